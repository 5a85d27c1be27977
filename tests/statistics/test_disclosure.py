"""Promise 15: what is published rests on `public` and `totals`, and these tell of persons what the
policy allows.
"""

import json
import re
import shutil
import subprocess
import sys
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcmd_eval.evaluation.findings import evaluate, judge
from pcmd_eval.evaluation.observations import OBSERVATIONS, tidy
from pcmd_eval.statistics.disclosure_control import (
    Disclosure,
    load_disclosure,
    public,
    round_to_base,
    totals,
)
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv, to_csv_bytes
from pcmd_eval.util.yaml_models import load_model

RULES = load_disclosure()
CANARY = "Nguyễn Thị Chim Hoàng Yến"
# told only as sums, in the words of the design
PERSONS = r"6\.(2|7|8|9|10|11)|3\.\d\.\d:persons|4\.\d+:persons"
COARSE = r"3\.(1\.2|1\.4|2\.2|2\.3)"  # of a unit only whether there was any


def about(cells: pd.DataFrame, pattern: str) -> pd.Series:
    return cells.objective.ne("communication") & cells["item"].fillna("").str.fullmatch(pattern)


def with_values(cells: pd.DataFrame, values: dict[int, str], plan, returns) -> pd.DataFrame:
    """The cells with other values in some rows, as they would be read."""
    changed = cells.assign(
        value=cells.value.where(~cells.index.isin(values), pd.Series(values, dtype="string"))
    )
    return tidy(changed[[*OBSERVATIONS]], returns, plan)


def test_the_policy_covers_what_the_design_names(plan, shipped):
    cells = shipped.cells
    listed = {(slug, item) for slug, own in RULES.masked.items() for item in own}
    in_cells = cells[about(cells, PERSONS)]
    names = in_cells["item"].mask(in_cells.objective == "support_model", "persons")
    assert {*zip(in_cells.objective, names, strict=True)} == listed
    assert {*cells["item"][about(cells, COARSE)]} == {*RULES.coarse["harm_reduction"]}
    assert RULES.listed["communication"] == plan.form.sheet("communication").column("form").choices


def test_no_number_of_persons_no_name_and_no_file_is_left(shipped):
    told = public(shipped.cells, RULES)
    persons, coarse = told[about(told, PERSONS)], told[about(told, COARSE)]
    assert len(persons) > 300 and persons[["value", "number", "some"]].isna().all(axis=None)
    assert {*coarse.value.dropna()} == {"0", ">0"} and {*coarse.number.dropna()} == {0}
    assert told[["raw", "file"]].isna().all(axis=None)
    names = told.value[(told["column"] == "name") & (told["row"] != "none")].dropna()
    assert len(names) and names.str.fullmatch(r"mô hình \d+").all()


def test_the_same_cells_with_the_same_states_remain(shipped):
    told, kept = (
        public(shipped.cells, RULES),
        ["reporter", "unit_code", "objective", "period", "state", "sheet", "cell"],
    )
    pd.testing.assert_frame_equal(told[kept], shipped.cells[kept])
    others = ~(about(told, PERSONS + "|" + COARSE + r"|6\.1") | (told["column"] == "name"))
    pd.testing.assert_frame_equal(
        told[others].drop(columns=["raw", "file"]),
        shipped.cells[others].drop(columns=["raw", "file"]),
    )


def test_a_coarse_item_says_one_thing_of_the_whole_year(shipped):
    """Lâm Thao sheltered in quarters I and III: `>0` stands in all four; what is blank stays."""
    told = public(shipped.cells, RULES)
    own = told[(told.reporter == "237") & (told["item"] == "3.2.3")]
    assert [*own.value] == [">0"] * 4 and own.number.isna().all() and own.some.all()
    coarse = told[about(told, COARSE)]
    assert (coarse.groupby(["reporter", "item"]).value.nunique() <= 1).all()
    assert (coarse.value.isna() == (coarse.state != "reported")).all()


def test_inspections_are_told_by_the_year(shipped):
    """The first quarter that can be believed holds the year's sum; the others, also those of
    quarter IV, nothing.
    """
    exact, told = (
        cells[cells["item"] == "6.1"] for cells in (shipped.cells, public(shipped.cells, RULES))
    )
    assert (
        told.number.groupby(told.reporter)
        .sum(min_count=1)
        .equals(exact.number.groupby(exact.reporter).sum(min_count=1))
    )
    assert (told[told.some.notna()].groupby("reporter").size() == 1).all()
    assert told.value[exact.some.notna()].notna().sum() == told.number.notna().sum() == 13


def test_models_of_one_name_stay_one_and_others_differ(shipped):
    told = public(shipped.cells, RULES)
    lines = pd.DataFrame(
        {"exact": shipped.cells.value.str.casefold().str.replace(" ", ""), "told": told.value}
    )
    lines = lines[(told["column"] == "name") & (told["row"] != "none")].dropna()
    assert (lines.groupby("exact").told.nunique() == 1).all() and (
        lines.groupby("told").exact.nunique() == 1
    ).all()


def test_verdicts_rest_on_public_cells_alone(plan, shipped):
    """Under every choice of every rule; what a verdict needs to know of persons is only whether
    there was any.
    """
    told = public(shipped.cells, RULES)
    pd.testing.assert_frame_equal(evaluate(plan, told), evaluate(plan, shipped.cells))
    for slug in plan.by_slug:
        for other in plan.alternatives(slug):
            found = [judge(other.plan, slug, cells) for cells in (told, shipped.cells)]
            pd.testing.assert_frame_equal(*found)


def test_public_cells_survive_the_way_through_a_file(plan, shipped, tmp_path):
    told, file = public(shipped.cells, RULES), tmp_path / "observations.csv"
    file.write_bytes(to_csv_bytes(told[[*OBSERVATIONS]]))
    pd.testing.assert_frame_equal(tidy(read_csv(file), shipped.returns, plan), told)


@settings(max_examples=20)
@given(data=st.data())
def test_non_interference(plan, shipped, data):
    """Whatever the cells about persons say, the public frame is the same."""
    cells = shipped.cells
    masked = cells.index[about(cells, PERSONS) & (cells.state == "reported")]
    in_year = cells.some.fillna(False).groupby([cells.reporter, cells["item"]], dropna=False)
    any_in_year = about(cells, COARSE) & cells.number.notna() & in_year.transform("any")
    coarse = cells[any_in_year].groupby(["reporter", "item"]).groups
    rows = data.draw(st.lists(st.sampled_from([*masked]), min_size=1, max_size=20, unique=True))
    numbers = {row: data.draw(st.integers(0, 5000), label=str(row)) for row in rows}
    for unit in data.draw(st.lists(st.sampled_from([*coarse]), max_size=5, unique=True)):
        moved = data.draw(st.permutations([*coarse[unit]]), label=str(unit))  # among its quarters
        numbers |= {row: data.draw(st.integers(0, 3)) for row in moved}
        numbers[moved[0]] = data.draw(st.integers(1, 3))
    other = with_values(
        cells, {row: str(number) for row, number in numbers.items()}, plan, shipped.returns
    )
    pd.testing.assert_frame_equal(public(other, RULES), public(cells, RULES))


def test_typed_text_does_not_get_through(plan, shipped):
    cells = shipped.cells
    typed = cells.objective.eq("communication") & cells.reporter.eq("227")
    forms = cells["item"].mask(typed & (cells.period == "Q1"), f"{CANARY}: họp")
    forms = forms.mask(typed & (cells.period == "Y"), f"{CANARY}: họp:attendance")
    rows = cells.assign(item=forms, raw=CANARY, file=f"{CANARY}.xlsx")
    rows = rows.assign(
        value=rows.value.mask(rows["column"].eq("name") & rows["row"].ne("none"), CANARY)
    )
    told = public(tidy(rows[[*OBSERVATIONS]], shipped.returns, plan), RULES)
    assert CANARY not in to_csv_bytes(told).decode()
    assert {*told["item"][typed & (told.period == "Q1")]} == {"khác"}
    assert {*told["item"][typed & (told.period == "Y")]} == {"khác:attendance"}


@pytest.mark.parametrize(
    ("exact", "told"),
    [
        *[
            ("0", "0"),
            ("1", "dưới 5"),
            ("4", "dưới 5"),
            ("0.5", "dưới 5"),
            ("5", "5"),
            ("7", "5"),
            ("7.5", "10"),
        ],
        *[("8", "10"), ("12.5", "15"), ("122", "120"), ("123", "125")],
    ],
)
def test_rounding(exact, told):
    assert round_to_base(Decimal(exact), 5) == told


def test_totals_are_the_years_sums_of_the_province(shipped):
    """Recounted in plain Python, each by itself; of models, which several may list, by hand below."""
    parts: dict[tuple[str, str], dict[str, Decimal]] = {}
    for cell in shipped.cells.itertuples():
        if cell.objective in ("harm_reduction", "enforcement") and re.fullmatch(PERSONS, cell.item):
            own = parts.setdefault((cell.objective, cell.item), {})
            number = Decimal(cell.value if cell.state == "reported" else 0)
            own[cell.reporter] = own.get(cell.reporter, Decimal(0)) + number
    expected = {}
    for key, own in parts.items():
        above, whole = [part for part in own.values() if part > 0], sum(own.values())
        told = len(above) >= 3 and max(above) <= whole * 4 / 5 and whole - len(above) >= 5
        expected[key] = round_to_base(whole, 5) if told else "withheld"
    told = totals(shipped.cells, RULES).set_index(["objective", "item"]).value.to_dict()
    del told["support_model", "persons"]
    assert told == expected and [key for key in told if told[key] == "withheld"] == [
        ("enforcement", "6.10")
    ]


def of_enforcement(plan, shipped, item, numbers):
    """What is told of an item if these are the first reporters' numbers of quarter I, and all else
    of it is 0.
    """
    cells = shipped.cells
    mine = cells[(cells["item"] == item) & (cells.state == "reported")]
    values = dict.fromkeys(mine.index, "0")
    values |= dict(zip(mine.index[mine.period == "Q1"], map(str, numbers), strict=False))
    told = totals(with_values(cells, values, plan, shipped.returns), RULES)
    return told.set_index("item").value[item]


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([4, 4], "withheld"),  # two reporters
        ([3, 3, 2], "10"),
        ([8, 1, 1], "10"),  # exactly 80%
        ([9, 1, 1], "withheld"),  # one has more
        ([2, 2, 2], "withheld"),  # each would be 1 to 4
        ([2, 2, 2, 2], "withheld"),  # each would be 1 to 5
        ([3, 3, 2, 1], "10"),
        ([], "withheld"),  # nothing but zeros: that there was none is no sum of several
    ],
)
def test_a_sum_is_told_where_no_reporter_can_be_seen_through_it(plan, shipped, numbers, told):
    assert of_enforcement(plan, shipped, "6.2", numbers) == told


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ({"227": [9], "228": [8], "230": [7]}, "25"),
        ({"227": [9, 8, 7], "228": [1]}, "withheld"),  # four models, two reporters
        ({"227": [9], "228": [9], "230": [9]}, "withheld"),  # three reporters of one model
    ],
)
def test_of_models_three_and_of_three_reporters(plan, shipped, lines, told):
    rows = [
        ("support_model", reporter, f"4.{n}:{column}", value)
        for reporter, persons in lines.items()
        for n, number in enumerate(persons, 1)
        for column, value in (("name", f"{number} {n}"), ("persons", str(number)))
    ]
    cells = pd.DataFrame(rows, columns=["objective", "reporter", "item", "value"], dtype="string")
    split = cells["item"].str.split(":", expand=True)
    cells = cells.assign(row=split[0], column=split[1])
    assert [*totals(cells, RULES).value] == [told]


def test_of_a_model_that_two_list_the_larger_number_counts(plan, shipped):
    """Three models of 9 persons each, one of them listed by a second reporter with 4 or with 20:
    27, or 38.
    """
    for other, told in (("4", "25"), ("20", "40")):
        lines = [
            ("227", "Một", "9"),
            ("228", "Hai", "9"),
            ("230", "Ba", "9"),
            ("231", "một", other),
        ]
        rows = [
            ("support_model", reporter, column, value)
            for reporter, name, persons in lines
            for column, value in (("name", name), ("persons", persons))
        ]
        cells = pd.DataFrame(rows, columns=["objective", "reporter", "column", "value"])
        cells = cells.assign(row="4.1", item="4.1:" + cells.column).astype("string")
        assert [*totals(cells, RULES).value] == [told]


@pytest.mark.parametrize(("organisers", "told"), [(1, "withheld"), (3, "20")])
def test_a_whole_is_not_told_where_its_parts_leave_too_little(plan, shipped, organisers, told):
    """Beside 6.8 and 6.9 "10" (each 8 or more) a 6.7 of "15" (at most 17) leaves 1 to 6.10, one of
    "20" leaves 6.
    """
    given = {"6.8": [3, 3, 2], "6.9": [3, 3, 2], "6.10": [0, 0, organisers]}
    values = {}
    for item, numbers in (
        given | {"6.7": [sum(own) for own in zip(*given.values(), strict=True)]}
    ).items():
        cells = shipped.cells[shipped.cells["item"] == item].query("state == 'reported'")
        values |= dict.fromkeys(cells.index, "0")
        values |= dict(zip(cells.index[cells.period == "Q1"], map(str, numbers), strict=False))
    found = totals(with_values(shipped.cells, values, plan, shipped.returns), RULES)
    words = found.set_index("item").value
    assert [*words[["6.8", "6.9", "6.10", "6.7"]]] == ["10", "10", "withheld", told]


def test_a_sum_over_nothing_is_no_zero(plan, shipped):
    mute = shipped.cells.assign(
        state="absent", value=pd.array([pd.NA] * len(shipped.cells), dtype="string")
    )
    told = totals(tidy(mute[[*OBSERVATIONS]], shipped.returns, plan), RULES)
    assert len(told) == 14 and told.value.isna().all()


def test_an_unknown_key_of_the_policy_is_refused(tmp_path):
    file = tmp_path / "disclosure.yaml"
    file.write_text(
        (paths.DATA / "disclosure.yaml").read_text(encoding="utf-8") + "threshold: 5\n",
        encoding="utf-8",
    )
    with pytest.raises(InputRefused, match="threshold"):
        load_model(file, Disclosure)


@pytest.mark.slow
def test_returns_that_differ_in_persons_alone_publish_the_same_bytes(shipped_run, tmp_path):
    """Persons moved from one district to another, a model renamed, a note written: nothing is
    executed again.
    """
    returns, output = tmp_path / "returns", tmp_path / "output"
    shutil.copytree(paths.returns_folder("phu_tho_2017"), returns)
    for name, change in (("230-doan-hung.xlsx", -1), ("231-ha-hoa.xlsx", 1)):
        book = openpyxl.load_workbook(returns / name)
        sheet = book["3 Can thiệp"]
        sheet["G5"] = sheet["G5"].value + change
        sheet["H5"] = CANARY
        sheet["E6"], sheet["F6"] = sheet["F6"].value, sheet["E6"].value  # tests of two quarters
        book.save(returns / name)
    book = openpyxl.load_workbook(returns / "233-phu-ninh.xlsx")
    book["4 Mô hình"]["B5"] = CANARY
    book.save(returns / "233-phu-ninh.xlsx")
    shutil.copytree(shipped_run, output, symlinks=True)
    run = [
        sys.executable,
        "-m",
        "pcmd_eval",
        "run",
        "--returns",
        str(returns),
        "--output",
        str(output),
    ]
    subprocess.run(run, check=True)
    before, after = (
        {
            p.relative_to(root): p.read_bytes()
            for p in sorted(root.rglob("*"))
            if p.is_file() and p.name != "run.json"
        }
        for root in (shipped_run / "published", output / "published")
    )
    assert len(before) > 200 and before == after
    assert all(
        job["reused"]
        for job in json.loads((output / "published" / "run.json").read_bytes())["jobs"]
    )
    assert CANARY in (output / "internal" / "observations.csv").read_text(encoding="utf-8")
