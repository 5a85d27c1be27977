"""Published tables rest on `public` and `totals`, and these disclose what the policy allows."""

import json
import shlex
import shutil
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import two_levels
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from toy import pcmd
from yaml_cases import BUILDERS, cells_of
from yaml_files import read_yaml

from pcmd_eval.evaluation.comparisons import broken_comparisons
from pcmd_eval.evaluation.findings import evaluate, judge
from pcmd_eval.evaluation.observations import (
    OBSERVATIONS,
    tidy,
    type_cells,
)
from pcmd_eval.evaluation.states import FILLED_STATES, mask_unknown
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

TABLE = read_yaml(Path(__file__).parent / "disclosure_control.yaml")
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


def mark_contradictory(cells: pd.DataFrame, broken) -> pd.DataFrame:
    """The cells; those that a broken comparison doubts are contradictory."""
    doubted = {label for one in broken for label in one.doubted}
    state = cells.state.mask(cells.index.isin(doubted), "contradictory")
    return mask_unknown(cells.assign(state=state))


def cells_of_230(plan, slug: str, inputs: dict[str, object], day: str) -> pd.DataFrame:
    """The cells of the objective where 230 reports these inputs up to this day."""
    return cells_of(plan, [*BUILDERS[slug](inputs, plan)], {"230": day})


@pytest.fixture(scope="module")
def public_cells(plan, shipped) -> pd.DataFrame:
    """The public frame of the shipped returns, only read."""
    return public(plan, shipped.cells, RULES)


@pytest.fixture(scope="module")
def communes(tmp_path_factory):
    """A plan for which three communes report."""
    return two_levels.make_plan(tmp_path_factory.mktemp("plan"), communes=3)


# ---- public --------------------------------------------------------------------------------------


def test_policy_lists_the_items_about_persons_that_the_form_has(plan, shipped):
    """And of an objective with coarse items every item: where communes report, what is the
    province's alone has its number, or a reason why not.
    """
    cells = shipped.cells
    listed = {(slug, item) for slug, item in RULES.about_persons.index if item not in COARSE_ITEMS}
    in_cells = cells[about(cells, PERSONS)]
    names = in_cells["item"].mask(in_cells.objective == "support_model", "persons")
    assert {*zip(in_cells.objective, names, strict=True)} == listed
    assert {*cells["item"][about(cells, COARSE)]} == COARSE_ITEMS
    groups = (RULES.summed, RULES.coarse, RULES.never, RULES.province_only)
    for slug in RULES.coarse:
        grouped = {item for group in groups for item in group.get(slug, ())}
        assert grouped >= {item.code for item in plan.form.sheet(slug).items}


def test_public_has_no_number_of_persons_no_name_and_no_file(public_cells):
    persons = public_cells[about(public_cells, PERSONS)]
    assert len(persons) > 300 and persons[["value", "number", "some"]].isna().all(axis=None)
    coarse = public_cells[about(public_cells, COARSE)]
    assert {*coarse.value.dropna()} == {"0", ">0"} and {*coarse.number.dropna()} == {0}
    assert public_cells[["raw", "file"]].isna().all(axis=None)
    is_name = (public_cells["column"] == "name") & (public_cells["row"] != "none")
    names = public_cells.value[is_name].dropna()
    assert len(names) and names.str.fullmatch(r"mô hình \d+").all()


def test_public_leaves_all_other_cells_as_they_are(shipped, public_cells):
    cells = public_cells
    unchanged = ["reporter", "unit_code", "objective", "period", "sheet", "cell"]
    pd.testing.assert_frame_equal(cells[unchanged], shipped.cells[unchanged])
    others = ~(about(cells, PERSONS + "|" + COARSE) | cells["column"].isin(["name"]))
    hidden = ["raw", "file", "item", "row"]
    pd.testing.assert_frame_equal(
        cells[others].drop(columns=hidden), shipped.cells[others].drop(columns=hidden)
    )
    coded = others & (cells.objective != "communication")
    assert cells["item"][coded].equals(shipped.cells["item"][coded])


def test_public_coarse_item_says_one_thing_of_the_whole_year(public_cells):
    """Lâm Thao sheltered in quarters I and III: `>0` stands in all four; what is blank stays."""
    cells = public_cells
    shelter = cells[(cells.reporter == "237") & (cells["item"] == "3.2.3")]
    assert [*shelter.value] == [">0"] * 4 and shelter.number.isna().all() and shelter.some.all()
    coarse = cells[about(cells, COARSE)]
    assert (coarse.groupby(["reporter", "item"]).value.nunique() <= 1).all()
    assert (coarse.value.isna() == (coarse.state != "reported")).all()


def test_public_coarse_item_leaves_what_is_not_known(plan):
    """Tested in quarter I; II is blank, III is 0, IV unreadable: `>0` in I and III alone."""
    inputs = {"activities": {"230": {"3.1.2": "2 - 0 ?"}}}
    cells = public(plan, cells_of_230(plan, "harm_reduction", inputs, "2017-12-31"), RULES)
    row = cells[(cells.reporter == "230") & (cells["item"] == "3.1.2")].set_index("period")
    quarters = row.loc[["Q1", "Q2", "Q3", "Q4"]]
    assert [*quarters.value.fillna("")] == [">0", "", ">0", ""]
    assert [*quarters.some.isna()] == [False, True, False, True]
    assert [*quarters.state] == ["reported", "blank", "reported", "unreadable"]


def test_public_cases_where_communes_report_are_those_of_the_provincial_bodies(communes):
    """A commune is a small unit, the bodies of the province are none."""
    commune, province = communes.reporting_units.index[0], communes.province
    numbers = {commune: "2 0 0 0", province: "4 0 0 1"}
    inputs = {"cases": {unit: {"6.3": row, "6.4": row} for unit, row in numbers.items()}}
    days = dict.fromkeys([commune, province], "2026-12-31")
    exact = cells_of(communes, [*BUILDERS["enforcement"](inputs, communes)], days)
    cells = public(communes, exact, RULES)
    cases = cells[cells["item"] == "6.3"].set_index(["reporter", "period"]).number
    assert cases[province].to_dict() == {"Q1": 4, "Q2": 0, "Q3": 0, "Q4": 1}
    assert cases[commune].isna().all()


def test_public_activities_where_communes_report_are_those_of_the_province(communes):
    """That a commune has one activity, and which, may tell that it helped somebody."""
    of_units = {unit: {"3.1.1": "5 0 0 1"} for unit in communes.reporting_units.index}
    rows = BUILDERS["harm_reduction"]({"activities": of_units}, communes)
    exact = cells_of(communes, [*rows], {})
    cells = public(communes, exact, RULES)
    assert exact.number.notna().any() and cells[["value", "number", "some"]].isna().all(axis=None)
    assert totals(communes, exact, RULES).set_index("item").words["3.1.1"] == "18"
    only = {"enforcement": RULES.province_only["enforcement"]}
    policy = RULES.model_copy(update={"province_only": only})
    assert unpublished_slugs(communes, policy) == ["harm_reduction", "enforcement"]


def test_public_models_of_one_name_stay_one_and_others_differ(shipped, public_cells):
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
    pd.testing.assert_frame_equal(evaluate(plan, public_cells), findings)
    for slug in plan.by_slug:
        for other in plan.alternatives(slug):
            pd.testing.assert_frame_equal(
                *(judge(other.plan, slug, cells) for cells in (public_cells, shipped.cells))
            )


def test_public_cells_survive_the_way_through_a_file(plan, shipped, public_cells, tmp_path):
    file = tmp_path / "observations.csv"
    file.write_bytes(to_csv_bytes(public_cells[[*OBSERVATIONS]]))
    pd.testing.assert_frame_equal(type_cells(read_csv(file), shipped.returns, plan), public_cells)


@settings(max_examples=10, phases=[Phase.explicit, Phase.generate])  # to shrink takes minutes
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
        quarters = data.draw(st.permutations([*coarse[unit]]), label=str(unit))
        numbers |= {row: data.draw(st.integers(0, 3)) for row in quarters}
        numbers[quarters[0]] = data.draw(st.integers(1, 3))
    values = {row: str(number) for row, number in numbers.items()}
    believed = with_values(cells, values, plan, shipped.returns)
    broken = [*broken_comparisons(believed, plan)]
    hidden = {*cells.index[about(cells, f"{PERSONS}|{COARSE}")]}
    public_broken = [entry._replace(doubted={*entry.doubted} - hidden) for entry in broken]
    pd.testing.assert_frame_equal(
        public(plan, mark_contradictory(believed, broken), RULES),
        mark_contradictory(public_cells, public_broken),
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
    inputs = {"cases": {"230": {item: f"{number} 0 0 0" for item, number in numbers.items()}}}
    exact = cells_of_230(plan, "enforcement", inputs, "2017-12-31")
    cells = public(plan, exact, RULES)
    assert (exact.state == "contradictory").any() == (numbers != {"6.1": "3", "6.2": "3"})
    assert [*cells["item"][cells.state == "contradictory"]] == doubted


def test_public_zero_of_persons_in_an_open_quarter_looks_like_any_number(plan):
    """The state says that the quarter was not over, of whatever number."""
    inputs = {"cases": {"230": {"6.3": "0 0 0 0", "6.7": "0 0 0 0"}}}
    exact = cells_of_230(plan, "enforcement", inputs, "2017-11-30")
    states = public(plan, exact, RULES).set_index(["reporter", "item", "period"]).state["230"]
    assert states["6.3", "Q4"] == "open" and states["6.7", "Q4"] == "open"


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
    exact = tidy(rows[[*OBSERVATIONS]], shipped.returns, plan)
    assert CANARY not in to_csv_bytes(public(plan, exact, RULES)).decode()


# ---- totals --------------------------------------------------------------------------------------


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
    about_persons = {key for key in RULES.about_persons.index if key[1] not in COARSE_ITEMS | NEVER}
    parts: dict[tuple[str, str], dict[str, Decimal]] = {}
    cases: dict[str, Decimal] = dict.fromkeys(plan.reporters.index, Decimal(0))
    for cell in shipped.cells.itertuples():
        number = Decimal(cell.value) if str(cell.value).isdecimal() else Decimal(0)
        if cell.objective == "enforcement" and cell.item == "6.3":
            cases[cell.reporter] += number
        key = cell.objective, cell.item
        if key in about_persons:
            number = Decimal(cell.value) if cell.state == "reported" else number
            of_item = parts.setdefault(key, dict.fromkeys(plan.reporters.index, Decimal(0)))
            of_item[cell.reporter] += number
    expected = {}
    for key, of_item in parts.items():
        floor = cases if key[1] == "6.7" else {}
        secret = [part - floor.get(unit, 0) for unit, part in of_item.items()]
        secret = [part for part in secret if part > 0]
        is_safe = len(secret) >= 3 and sum(secret) - max(secret) - (len(secret) - 1) > 5
        is_safe &= sum(secret) >= 50 and sum(secret) >= 5 * len(secret)
        expected[key] = round_to_base(sum(of_item.values()), 5) if is_safe else "withheld"
    words = totals(plan, shipped.cells, POLICY).set_index(["objective", "item"]).words.to_dict()
    del words["support_model", "persons"]
    assert words == expected and {*expected.values()} > {"withheld"}


@pytest.mark.parametrize("case", [*TABLE["sums"], *TABLE["sums of violators"]], ids=str)
def test_totals_are_disclosed_where_no_reporter_sees_through_them(plan, shipped, case):
    item = "6.7" if "cases" in case else "6.2"
    values = {}
    for name, numbers in {"6.3": case.get("cases"), item: case["numbers"]}.items():
        if numbers is None:
            continue
        cells = shipped.cells[(shipped.cells["item"] == name) & (shipped.cells.state == "reported")]
        values |= dict.fromkeys(cells.index, "0")
        values |= dict(zip(cells.index[cells.period == "Q1"], map(str, numbers), strict=False))
    cells = with_values(shipped.cells, values, plan, shipped.returns)
    assert totals(plan, cells, POLICY).set_index("item").words[item] == case["total"]


def test_totals_known_zeros_of_all_are_zero(plan, shipped):
    """Every reporter says 0 in every quarter, and every year is closed."""
    returns = shipped.returns.assign(cutoff=pd.Timestamp("2017-12-31"), state="on_time")
    of_item = shipped.cells.index[shipped.cells["item"] == "6.2"]
    zeros = with_values(shipped.cells, dict.fromkeys(of_item, "0"), plan, returns)
    sums = totals(plan, zeros, RULES)
    assert sums.set_index("item").words["6.2"] == "0"
    rows = compute_indicators(plan, public(plan, zeros, RULES), returns, sums)
    row = rows.set_index(["unit_code", "item"]).loc[("25", "places")]
    assert (row.words, row.value, row.state, row.precision) == ("0", 0, "complete", "exact")


def cells_of_models(lines: list[str]) -> pd.DataFrame:
    """The cells of lines: reporter, name, persons."""
    rows = [
        ("support_model", reporter, f"4.{number}", column, value)
        for number, (reporter, name, persons) in enumerate(map(shlex.split, lines), 1)
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


@pytest.mark.parametrize("case", TABLE["models"], ids=lambda case: ", ".join(case["lines"]))
def test_totals_of_models_need_three_of_three_reporters(plan, case):
    """Nobody can say whether the persons of a line without a name are those of another model."""
    [row] = totals(plan, cells_of_models(case["lines"]), POLICY).itertuples()
    assert row.words == case["total"]
    assert row.state == ("incomplete" if '""' in str(case["lines"]) else "complete")


def test_totals_over_nothing_are_no_zero(plan, shipped):
    no_value = pd.array([pd.NA] * len(shipped.cells), dtype="string")
    absent = shipped.cells.assign(state="absent", value=no_value)
    sums = totals(plan, type_cells(absent[[*OBSERVATIONS]], shipped.returns, plan), RULES)
    assert len(sums) == 11 and sums.words.isna().all()


def test_load_disclosure_unknown_key_is_refused(tmp_path):
    file = tmp_path / "disclosure.yaml"
    text = (paths.DATA / "disclosure.yaml").read_text(encoding="utf-8")
    file.write_text(text + "threshold: 5\n", encoding="utf-8")
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
    code, text = pcmd(paths.ROOT, "run", "--returns", str(returns), "--output", str(output))
    assert code == 0, text
    before, after = (
        {file.relative_to(root): file.read_bytes() for file in root.rglob("*") if file.is_file()}
        for root in (shipped_run / "published", output / "published")
    )
    record = json.loads(after.pop(Path("run.json")))
    del before[Path("run.json")]
    assert len(before) > 200 and before == after
    assert all(job["reused"] for job in record["jobs"])
    assert CANARY in (output / "internal" / "observations.csv").read_text(encoding="utf-8")
