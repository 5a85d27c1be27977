"""Charts draw the numbers of the table beside them, say them in words, and are the same bytes for the same numbers."""

import struct
from dataclasses import replace

import pytest

from pcmd_eval import display, figures, objectives, workings
from pcmd_eval.notebook import for_all_units, open_case
from pcmd_eval.plan import Units
from pcmd_eval.tables import Sentence
from pcmd_eval.wording import LOOKS


@pytest.fixture(scope="module")
def case():
    return open_case("phu_tho_2017", "230")


@pytest.fixture(scope="module")
def charts(case):
    return {name: draw(case) for name, draw in DRAW.items()}


def shares(case):
    return for_all_units(case, objectives.communication)


DRAW = {
    "bounds": lambda case: figures.bounds_chart(case, shares(case)),
    "cases": figures.cases_chart,
    "months": figures.months_chart,
    "map": lambda case: figures.map_chart(case, shares(case)),
    "maps": lambda case: figures.map_chart(case, objectives.evaluate(case.evidence)),
    "models": figures.models_map,
}


@pytest.mark.parametrize("name", DRAW)
def test_a_chart_has_words_and_is_the_same_twice(case, charts, name):
    chart = charts[name]
    data, metadata = chart._repr_mimebundle_()
    assert data == {"image/png": chart.png, "text/plain": chart.alt}
    assert metadata == {"image/png": {"alt": chart.alt}, "pcmd_eval": "chart"}
    assert repr(chart) == chart.alt
    assert chart.alt.startswith("SỐ LIỆU MINH HỌA. ")
    assert chart.png == DRAW[name](case).png
    assert chart.png.startswith(b"\x89PNG")
    assert b"Software" not in chart.png
    width, height = struct.unpack(">II", chart.png[16:24])
    assert 700 < width < 1300
    assert 150 < height < 1500


def test_bounds_chart_draws_the_comparison(case, charts):
    table = display.comparison(case, shares(case))
    assert {row[0]: tuple(row[1:5]) for row in table.rows} == charts["bounds"].values


def test_cases_chart_draws_the_reporters_table(case, charts):
    table = workings.reporters_table(case)
    assert {row[0]: tuple(row[1:5]) for row in table.rows} == charts["cases"].values
    assert charts["cases"].values["Huyện Tân Sơn"] == (None, None, None, None), (
        "nothing received is not nothing handled"
    )


def test_months_chart_draws_the_months_table(case, charts):
    table = workings.months_table(case)
    assert {row[0]: (row[-1].value,) for row in table.rows} == charts["months"].values


def test_map_shows_all_districts_with_the_words_of_the_table(case, charts):
    table = display.comparison(case, shares(case))
    words = {row[0]: (LOOKS[row[-1]].word,) for row in table.rows[:-1]}
    assert len(words) == 13
    assert charts["map"].values == words
    assert all(name in charts["map"].alt for name in words)


def test_maps_hold_the_objectives_that_districts_have(case, charts):
    assert {len(words) for words in charts["maps"].values.values()} == {4}


def test_models_map_says_what_the_table_says(case, charts):
    told = {name: f"{words[0]}" for name, words in charts["models"].values.items()}
    table = {row[0]: row[1].split(" ", 1)[1] for row in display.parts_table(case).rows}
    assert told == {name: table[name] for name in told}
    assert len(told) == 13


def test_every_district_lies_inside_the_map(case):
    shapes = figures._shapes(case)
    assert set(shapes) == {unit.code for unit in case.districts}
    assert all(len(shape.vertices) > 20 for shape in shapes.values())


def test_without_boundaries_there_is_a_sentence_instead_of_a_map(case):
    units = Units(register=case.plan.units.register_file, province="25")
    plan = case.plan.model_copy(update={"units": units})
    bare = replace(case, project=replace(case.project, plan=plan))
    assert isinstance(figures.map_chart(bare, shares(case)), Sentence)
    assert isinstance(figures.map_chart(case, []), Sentence)
