"""Published tables rest on `public` and `totals`, and these disclose what the policy allows."""

import json
import shutil
import subprocess
import sys
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest
import two_levels
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from yaml_cases import BUILDERS, cells_of

from pcmd_eval.evaluation.comparisons import broken_comparisons
from pcmd_eval.evaluation.findings import evaluate, judge
from pcmd_eval.evaluation.observations import (
    FILLED_STATES,
    OBSERVATIONS,
    mark_contradictory,
    type_cells,
)
from pcmd_eval.statistics.disclosure_control import (
    Disclosure,
    load_disclosure,
    public,
    round_to_base,
    totals,
    unpublished_slugs,
)
from pcmd_eval.statistics.indicators import compute_indicators
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv, to_csv_bytes
from pcmd_eval.util.yaml_models import load_model

RULES = load_disclosure()
# Numbers of the tests' own, so that another number in the data fails no test.
POLICY = RULES.model_copy(update={"base": 5, "least": 50, "average": 5, "parts": 3, "width": 5})
CANARY = "Nguyễn Thị Chim Hoàng Yến"
# The items about persons in the words of the design, and those of which a unit says yes or no.
PERSONS = r"6\.(2|7|8|9|10|11)|3\.\d\.\d:persons|4\.\d+:persons"
COARSE = r"3\.(1\.2|1\.4|2\.2|2\.3)"
COARSE_ITEMS = {"3.1.2", "3.1.4", "3.2.2", "3.2.3"}
NEVER = {"6.8", "6.9", "6.10"}


def about(cells: pd.DataFrame, pattern: str) -> pd.Series:
    return cells.objective.ne("communication") & cells["item"].fillna("").str.fullmatch(pattern)


def with_values(cells: pd.DataFrame, values: dict[int, str], plan, returns) -> pd.DataFrame:
    """The cells with other values in some rows, believed even where they contradict each other."""
    is_changed = cells.index.isin(values)
    changed = cells.assign(
        value=cells.value.where(~is_changed, pd.Series(values, dtype="string")),
        state=cells.state.mask(is_changed, "reported"),
    )
    return type_cells(changed[[*OBSERVATIONS]], returns, plan)


@pytest.fixture(scope="module")
def public_cells(plan, shipped) -> pd.DataFrame:
    """The public frame of the shipped returns, only read."""
    return public(plan, shipped.cells, RULES)


def test_policy_lists_the_items_about_persons_that_the_form_has(plan, shipped):
    cells = shipped.cells
    listed = {(slug, item) for slug, item in RULES.about_persons.index if item not in COARSE_ITEMS}
    in_cells = cells[about(cells, PERSONS)]
    names = in_cells["item"].mask(in_cells.objective == "support_model", "persons")
    assert {*zip(in_cells.objective, names, strict=True)} == listed
    assert {*cells["item"][about(cells, COARSE)]} == COARSE_ITEMS


def test_public_has_no_number_of_persons_no_name_and_no_file(plan, shipped, public_cells):
    cells = public_cells
    persons, coarse = cells[about(cells, PERSONS)], cells[about(cells, COARSE)]
    assert len(persons) > 300 and persons[["value", "number", "some"]].isna().all(axis=None)
    assert {*coarse.value.dropna()} == {"0", ">0"} and {*coarse.number.dropna()} == {0}
    assert cells[["raw", "file"]].isna().all(axis=None)
    names = cells.value[(cells["column"] == "name") & (cells["row"] != "none")].dropna()
    assert len(names) and names.str.fullmatch(r"mô hình \d+").all()


def test_public_leaves_all_other_cells_as_they_are(plan, shipped, public_cells):
    cells = public_cells
    kept = ["reporter", "unit_code", "objective", "period", "sheet", "cell"]
    pd.testing.assert_frame_equal(cells[kept], shipped.cells[kept])
    others = ~(about(cells, PERSONS + "|" + COARSE) | cells["column"].isin(["name"]))
    hidden = ["raw", "file", "item", "row"]
    pd.testing.assert_frame_equal(
        cells[others].drop(columns=hidden), shipped.cells[others].drop(columns=hidden)
    )
    coded = others & (cells.objective != "communication")
    assert cells["item"][coded].equals(shipped.cells["item"][coded])


def test_public_coarse_item_says_one_thing_of_the_whole_year(plan, shipped, public_cells):
    """Lâm Thao sheltered in quarters I and III: `>0` stands in all four; what is blank stays."""
    cells = public_cells
    shelter = cells[(cells.reporter == "237") & (cells["item"] == "3.2.3")]
    assert [*shelter.value] == [">0"] * 4 and shelter.number.isna().all() and shelter.some.all()
    coarse = cells[about(cells, COARSE)]
    assert (coarse.groupby(["reporter", "item"]).value.nunique() <= 1).all()
    assert (coarse.value.isna() == (coarse.state != "reported")).all()


def test_public_coarse_item_leaves_what_is_not_known(plan):
    """Tested in quarter I; II is blank, III is 0, IV unreadable: `>0` in I and III alone."""
    given = {"activities": {"230": {"3.1.2": "2 - 0 ?"}}}
    rows = BUILDERS["harm_reduction"](given, plan)
    cells = public(plan, cells_of(plan, [*rows], {"230": "2017-12-31"}), RULES)
    row = cells[(cells.reporter == "230") & (cells["item"] == "3.1.2")].set_index("period")
    quarters = row.loc[["Q1", "Q2", "Q3", "Q4"]]
    assert [*quarters.value.fillna("")] == [">0", "", ">0", ""]
    assert [*quarters.some.isna()] == [False, True, False, True]
    assert [*quarters.state] == ["reported", "blank", "reported", "unreadable"]


def test_public_cases_where_communes_report_are_those_of_the_provincial_bodies(tmp_path):
    """A commune is a small unit, the bodies of the province are none."""
    communes = two_levels.make_plan(tmp_path, communes=3)
    commune, province = communes.reporting_units.index[0], communes.province
    numbers = {commune: "2 0 0 0", province: "4 0 0 1"}
    given = {"cases": {unit: {"6.3": row, "6.4": row} for unit, row in numbers.items()}}
    days = dict.fromkeys([commune, province], "2026-12-31")
    exact = cells_of(communes, [*BUILDERS["enforcement"](given, communes)], days)
    cells = public(communes, exact, RULES)
    cases = cells[cells["item"] == "6.3"].set_index(["reporter", "period"]).number
    assert cases[province].to_dict() == {"Q1": 4, "Q2": 0, "Q3": 0, "Q4": 1}
    assert cases[commune].isna().all()


def test_public_activities_where_communes_report_are_those_of_the_province(tmp_path):
    """That a commune has one activity, and which, may tell that it helped somebody."""
    communes = two_levels.make_plan(tmp_path, communes=3)
    of_units = {unit: {"3.1.1": "5 0 0 1"} for unit in communes.reporting_units.index}
    rows = BUILDERS["harm_reduction"]({"activities": of_units}, communes)
    exact = cells_of(communes, [*rows], {})
    cells = public(communes, exact, RULES)
    assert exact.number.notna().any() and cells[["value", "number", "some"]].isna().all(axis=None)
    words = totals(communes, exact, RULES).set_index("item").words
    assert words["3.1.1"] == "18"


def test_policy_names_every_item_of_an_objective_with_coarse_items(plan):
    """What is the province's alone where communes report has its number, or a reason why not."""
    groups = (RULES.summed, RULES.coarse, RULES.never, RULES.province_only)
    for slug in RULES.coarse:
        listed = {item for group in groups for item in group.get(slug, ())}
        assert listed >= {item.code for item in plan.form.sheet(slug).items}


def test_unpublished_slugs_are_those_of_coarse_items_and_of_the_provinces(tmp_path):
    communes = two_levels.make_plan(tmp_path, communes=3)
    cases = {"enforcement": RULES.province_only["enforcement"]}
    policy = RULES.model_copy(update={"province_only": cases})
    assert unpublished_slugs(communes, policy) == ["harm_reduction", "enforcement"]


def test_public_models_of_one_name_stay_one_and_others_differ(plan, shipped, public_cells):
    cells = public_cells
    exact = shipped.cells.value.str.casefold().str.replace(" ", "")
    lines = pd.DataFrame({"exact": exact, "public": cells.value})
    lines = lines[(cells["column"] == "name") & (cells["row"] != "none")].dropna()
    assert (lines.groupby("exact").public.nunique() == 1).all()
    assert (lines.groupby("public").exact.nunique() == 1).all()


def test_public_cells_give_the_same_verdicts(plan, shipped, findings, public_cells):
    """Under every choice of every rule; what a verdict needs to know of persons is only whether
    there was any.
    """
    cells = public_cells
    pd.testing.assert_frame_equal(evaluate(plan, cells), findings)
    for slug in plan.by_slug:
        for other in plan.alternatives(slug):
            found = [judge(other.plan, slug, each) for each in (cells, shipped.cells)]
            pd.testing.assert_frame_equal(*found)


def test_public_cells_survive_the_way_through_a_file(plan, shipped, public_cells, tmp_path):
    cells, file = public_cells, tmp_path / "observations.csv"
    file.write_bytes(to_csv_bytes(cells[[*OBSERVATIONS]]))
    pd.testing.assert_frame_equal(type_cells(read_csv(file), shipped.returns, plan), cells)


@settings(max_examples=20, phases=[Phase.explicit, Phase.generate])  # to shrink takes minutes
@given(data=st.data())
def test_public_is_the_same_whatever_the_persons(plan, shipped, public_cells, data):
    """Whatever the cells about persons say, of themselves and against each other; a public cell
    that a comparison with them doubts alone tells that.
    """
    cells = shipped.cells
    is_filled = cells.state.isin(FILLED_STATES)
    masked = cells.index[about(cells, PERSONS) & is_filled]
    in_year = cells.some.fillna(False).groupby([cells.reporter, cells["item"]], dropna=False)
    any_in_year = about(cells, COARSE) & is_filled & in_year.transform("any")
    coarse = cells[any_in_year].groupby(["reporter", "item"]).groups
    rows = data.draw(st.lists(st.sampled_from([*masked]), min_size=1, max_size=20, unique=True))
    numbers = {row: data.draw(st.integers(0, 5000), label=str(row)) for row in rows}
    for unit in data.draw(st.lists(st.sampled_from([*coarse]), max_size=5, unique=True)):
        moved = data.draw(st.permutations([*coarse[unit]]), label=str(unit))  # among its quarters
        numbers |= {row: data.draw(st.integers(0, 3)) for row in moved}
        numbers[moved[0]] = data.draw(st.integers(1, 3))
    values = {row: str(number) for row, number in numbers.items()}
    believed = with_values(cells, values, plan, shipped.returns)
    broken = [*broken_comparisons(believed, plan)]
    hidden = {*cells.index[about(cells, f"{PERSONS}|{COARSE}")]}
    beside_persons = [each._replace(doubted={*each.doubted} - hidden) for each in broken]
    pd.testing.assert_frame_equal(
        public(plan, mark_contradictory(believed, broken), RULES),
        mark_contradictory(public_cells, beside_persons),
    )


@pytest.mark.parametrize(
    ("numbers", "doubted"),
    [
        ({"6.7": "4", "6.8": "1", "6.9": "1", "6.10": "1"}, []),  # 3 of 4 persons
        ({"6.7": "4", "6.8": "5", "6.9": "0", "6.10": "0"}, []),
        ({"6.1": "3", "6.2": "3"}, []),
        ({"6.1": "3", "6.2": "4"}, ["6.1"]),  # the known limit in docs/privacy.md
    ],
)
def test_public_state_tells_a_contradiction_of_public_cells_alone(plan, numbers, doubted):
    """More places than inspections doubts both: the inspections, which are public, say so."""
    cases = {item: f"{number} 0 0 0" for item, number in numbers.items()}
    rows = BUILDERS["enforcement"]({"cases": {"230": cases}}, plan)
    exact = cells_of(plan, [*rows], {"230": "2017-12-31"})
    cells = public(plan, exact, RULES)
    assert (exact.state == "contradictory").any() == (numbers != {"6.1": "3", "6.2": "3"})
    assert [*cells["item"][cells.state == "contradictory"]] == doubted


def test_public_zero_of_persons_in_an_open_quarter_looks_like_any_number(plan):
    """Of cases, which are public, the state says that their 0 is not believed."""
    cases = {"6.3": "0 0 0 0", "6.7": "0 0 0 0"}
    rows = BUILDERS["enforcement"]({"cases": {"230": cases}}, plan)
    exact = cells_of(plan, [*rows], {"230": "2017-11-30"})
    states = public(plan, exact, RULES).set_index(["reporter", "item", "period"]).state["230"]
    assert states["6.3", "Q4"] == "open" and states["6.7", "Q4"] == "reported"


def test_public_zeros_of_persons_in_an_open_year_leave_the_sentence_as_it_is(plan, shipped):
    """A sheet with nothing but zeros of persons was filled, whether these are public or not."""
    is_sheet = (shipped.cells.reporter == "230") & (shipped.cells.objective == "harm_reduction")
    is_person = is_sheet & about(shipped.cells, ".*:persons")
    exact = shipped.cells.assign(
        state=shipped.cells.state.mask(is_sheet, "blank").mask(is_person, "open"),
        **{key: shipped.cells[key].mask(is_sheet) for key in ("value", "number", "amount", "some")},
    )
    findings = [
        judge(plan, "harm_reduction", cells) for cells in (exact, public(plan, exact, RULES))
    ]
    assert "còn thiếu" in findings[0].query("unit_code == '230'").reason.item()
    pd.testing.assert_frame_equal(*findings)


def test_public_has_no_word_that_a_clerk_typed(plan, shipped):
    cells = shipped.cells
    is_typed = cells.objective.eq("communication") & cells.reporter.eq("227")
    forms = cells["item"].mask(is_typed & (cells.period == "Q1"), f"{CANARY}: họp")
    forms = forms.mask(is_typed & (cells.period == "Y"), f"{CANARY}: họp:attendance")
    rows = cells.assign(item=forms, raw=CANARY, file=f"{CANARY}.xlsx")
    is_name = rows["column"].isin(["name"]) & rows["row"].ne("none")
    rows = rows.assign(value=rows.value.mask(is_name, CANARY))
    exact = type_cells(rows[[*OBSERVATIONS]], shipped.returns, plan)
    assert CANARY not in to_csv_bytes(public(plan, exact, RULES)).decode()


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        *[("5", "5"), ("7", "5"), ("7.5", "10"), ("8", "10"), ("12.5", "15")],
        *[("122", "120"), ("123", "125"), ("122.5", "125")],
    ],
)
def test_round_to_base_gives_the_nearest_multiple(exact, rounded):
    assert round_to_base(Decimal(exact), 5) == rounded


def test_totals_are_the_years_sums_of_the_province(plan, shipped):
    """Recounted in plain Python, each by itself; models by hand below."""
    about_persons = {*RULES.about_persons.index}
    parts: dict[tuple[str, str], dict[str, Decimal]] = {}
    cases: dict[str, Decimal] = {}
    for cell in shipped.cells.itertuples():
        number = Decimal(cell.value) if str(cell.value).isdecimal() else Decimal(0)
        if cell.objective == "enforcement" and cell.item == "6.3":
            cases[cell.reporter] = cases.get(cell.reporter, Decimal(0)) + number
        if (cell.objective, cell.item) in about_persons:
            if cell.item in {*COARSE_ITEMS, *NEVER}:
                continue
            if cell.state == "reported":
                number = Decimal(cell.value)
            of_item = parts.setdefault((cell.objective, cell.item), {})
            of_item[cell.reporter] = of_item.get(cell.reporter, Decimal(0)) + number
    expected = {}
    for key, of_item in parts.items():
        whole = sum(of_item.values())
        floor = cases if key[1] == "6.7" else {}
        secret = [part - floor.get(unit, 0) for unit, part in of_item.items()]
        secret = [part for part in secret if part > 0]
        is_safe = len(secret) >= 3 and sum(secret) - max(secret) - (len(secret) - 1) > 5
        is_safe &= sum(secret) >= 50 and sum(secret) >= 5 * len(secret)
        expected[key] = round_to_base(whole, 5) if is_safe else "withheld"
    found = totals(plan, shipped.cells, POLICY).set_index(["objective", "item"]).words.to_dict()
    del found["support_model", "persons"]
    assert found == expected and {*expected.values()} > {"withheld"}


def total_of(plan, shipped, numbers: dict[str, list[int]], item: str) -> str:
    """Return the published total of these numbers of quarter I; all else of the items is 0."""
    values = {}
    for name, of_item in numbers.items():
        cells = shipped.cells[(shipped.cells["item"] == name) & (shipped.cells.state == "reported")]
        values |= dict.fromkeys(cells.index, "0")
        first = cells.index[cells.period == "Q1"]
        values |= dict(zip(first, map(str, of_item), strict=False))
    found = totals(plan, with_values(shipped.cells, values, plan, shipped.returns), POLICY)
    return found.set_index("item").words[item]


@pytest.mark.parametrize(
    ("numbers", "disclosed"),
    [
        ([30, 30], "withheld"),  # two reporters
        ([20, 15, 15], "50"),
        ([20, 15, 14], "withheld"),  # 49
        ([43, 4, 4], "50"),  # 51 - 43 - 2 = 6
        ([44, 4, 3], "withheld"),  # 51 - 44 - 2 = 5: who knows the 44 sees 1 to 6
        ([900, 4, 4], "910"),  # no share of the sum: 908 - 900 - 2 = 6
        ([5] * 11, "55"),
        ([5] * 10 + [4], "withheld"),  # 54 for eleven
        ([2] * 6, "withheld"),  # “khoảng 10” would be two of each
        ([3] * 4, "withheld"),
        ([], "withheld"),  # zeros, but one district sent nothing
    ],
)
def test_totals_are_disclosed_where_no_reporter_sees_through_them(
    plan, shipped, numbers, disclosed
):
    assert total_of(plan, shipped, {"6.2": numbers}, "6.2") == disclosed


@pytest.mark.parametrize(
    ("cases", "violators", "disclosed"),
    [
        ([20, 20, 20], [20, 20, 20], "withheld"),  # each case has one: known exactly
        ([4, 4, 3], [24, 19, 18], "60"),  # beyond them 20, 15, 15
        ([4, 4, 3], [24, 19, 17], "withheld"),  # beyond them 49 of 60
        ([9, 9, 9], [53, 13, 12], "withheld"),  # beyond them 44, 4, 3
        ([9, 9, 9, 9], [39, 39, 9, 9], "withheld"),  # two go beyond
        ([0, 0, 0], [20, 15, 15], "50"),
    ],
)
def test_totals_of_violators_count_what_goes_beyond_the_public_cases(
    plan, shipped, cases, violators, disclosed
):
    numbers = {"6.3": cases, "6.7": violators}
    assert total_of(plan, shipped, numbers, "6.7") == disclosed


def test_totals_known_zeros_of_all_are_zero(plan, shipped):
    """Every reporter says 0 in every quarter, and every year is closed."""
    returns = shipped.returns.assign(cutoff=pd.Timestamp("2017-12-31"), state="on_time")
    is_item = shipped.cells["item"] == "6.2"
    cells = shipped.cells.assign(
        value=shipped.cells.value.mask(is_item, "0"),
        state=shipped.cells.state.mask(is_item, "reported"),
    )
    zeros = type_cells(cells[[*OBSERVATIONS]], returns, plan)
    assert totals(plan, zeros, RULES).set_index("item").words["6.2"] == "0"
    public_cells = public(plan, zeros, RULES)
    rows = compute_indicators(plan, public_cells, returns, totals(plan, zeros, RULES))
    row = rows.set_index(["unit_code", "item"]).loc[("25", "places")]
    assert (row.words, row.value, row.state, row.precision) == ("0", 0, "complete", "exact")


def models(*lines: tuple[str, str, str]) -> pd.DataFrame:
    """The cells of lines: reporter, name, persons."""
    rows = [
        ("support_model", reporter, f"4.{n}", column, value)
        for n, (reporter, name, persons) in enumerate(lines, 1)
        for column, value in (("name", name), ("type", "1"), ("persons", persons))
        if value
    ]
    cells = pd.DataFrame(rows, columns=["objective", "reporter", "row", "column", "value"])
    cells = cells.assign(
        item=cells["row"] + ":" + cells["column"], unit_code=cells.reporter, period="Y"
    )
    number = cells.value.where(cells["column"] == "persons").astype("Int64")
    cells = cells.assign(state="reported", number=number, amount=None, some=number > 0)
    return cells.astype(dict.fromkeys(["objective", "reporter", "item", "row", "column"], "string"))


@pytest.mark.parametrize(
    ("lines", "disclosed"),
    [
        ([("227", "A", "20"), ("228", "B", "18"), ("230", "C", "16")], "55"),
        # Four models of two reporters, each of which sees two.
        (
            [("227", "A", "20"), ("227", "B", "20"), ("228", "C", "20"), ("228", "D", "20")],
            "withheld",
        ),
        # Three models of three reporters, of which one reported two: it would see the third.
        ([("227", "A", "9"), ("227", "B", "9"), ("228", "A", "9"), ("230", "C", "60")], "withheld"),
        # Three reporters of one model.
        ([("227", "A", "90"), ("228", "A", "90"), ("230", "A", "90")], "withheld"),
        # Of what A's two reporters say the larger counts: 30 + 10 + 10.
        ([("227", "A", "30"), ("231", "a", "2"), ("228", "B", "10"), ("230", "C", "10")], "50"),
        ([("227", "A", "2"), ("231", "a", "30"), ("228", "B", "10"), ("230", "C", "10")], "50"),
        # The same where one reporter has two lines of A: who knows the 60 sees 4 + 3 - 2 = 5.
        ([("227", "A", "60"), ("227", "A", "3"), ("230", "B", "4"), ("231", "C", "3")], "withheld"),
        # Who knows two models of 30 sees 4 + 3 + 1 in three others: 8 - 3 = 5.
        (
            [("227", f"{n}", "30") for n in range(2)]
            + [("228", "C", "4"), ("228", "D", "3"), ("230", "E", "1")],
            "withheld",
        ),
        # A line without a name may be one of the models: 20 + 18 + 16, or 20 + 18 + 25.
        ([("227", "A", "20"), ("228", "B", "18"), ("230", "C", "16"), ("231", "", "4")], "55"),
        ([("227", "A", "20"), ("228", "B", "18"), ("230", "C", "16"), ("231", "", "25")], "60"),
        # Two models, and a line that may be one of them.
        ([("227", "A", "30"), ("228", "B", "30"), ("230", "", "30")], "withheld"),
        # Only lines without a name: nothing says that there are three models.
        ([("227", "", "30"), ("228", "", "30"), ("230", "", "30")], "withheld"),
    ],
)
def test_totals_of_models_need_three_of_three_reporters(plan, lines, disclosed):
    assert [*totals(plan, models(*lines), POLICY).words] == [disclosed]


@pytest.mark.parametrize(("name", "state"), [("D", "complete"), ("", "incomplete")])
def test_totals_of_models_one_without_a_name_are_incomplete(plan, name, state):
    """Nobody can say whether its persons are those of another model."""
    lines = [("227", "A", "9"), ("228", "B", "9"), ("230", "C", "9"), ("231", name, "4")]
    assert [*totals(plan, models(*lines), RULES).state] == [state]


def test_totals_over_nothing_are_no_zero(plan, shipped):
    mute = shipped.cells.assign(
        state="absent", value=pd.array([pd.NA] * len(shipped.cells), dtype="string")
    )
    told = totals(plan, type_cells(mute[[*OBSERVATIONS]], shipped.returns, plan), RULES)
    assert len(told) == 11 and told.words.isna().all()


def test_load_disclosure_unknown_key_is_refused(tmp_path):
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
