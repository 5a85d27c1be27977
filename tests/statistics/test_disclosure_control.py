"""Published tables rest on `public`, and tell of persons what the policy allows."""

import json
import shutil
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml
from editions import judge_cells
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from made import ENF, edited, good, inform, put
from openpyxl import Workbook
from toy import pcmd, returns_of
from two_levels import NAME, make_plan
from yaml_cases import BUILDERS, cells_of

from pcmd_eval.evaluation.comparisons import FailedComparison, find_failed_comparisons
from pcmd_eval.evaluation.findings import evaluate, judge
from pcmd_eval.evaluation.observations import (
    OBSERVATIONS,
    type_cells,
)
from pcmd_eval.evaluation.states import FILLED_STATES, mask_unknown
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.disclosure import load_disclosure
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.statistics.disclosure_control import public, unpublished_slugs
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import to_csv_bytes

CANARY = "Nguyễn Thị Chim Hoàng Yến"
# The items about persons in the words of the design, and those of which a unit says yes or no.
PERSONS = r"6\.(2|7|8|9|10|11)|3\.\d\.\d:persons|4\.\d+:persons"
COARSE = r"3\.(1\.2|1\.4|2\.2|2\.3)"
PERSON_CODES = {"6.2", "6.7", "6.8", "6.9", "6.10", "6.11"}
COARSE_CODES = {"3.1.2", "3.1.4", "3.2.2", "3.2.3"}


def about(cells: pd.DataFrame, pattern: str) -> pd.Series:
    return cells.objective.ne("communication") & cells["item"].fillna("").str.fullmatch(pattern)


def with_values(
    cells: pd.DataFrame, values: dict[int, str], plan: Plan, returns: pd.DataFrame
) -> pd.DataFrame:
    """The cells with other values in some rows, believed even where they contradict each other."""
    is_changed = cells.index.isin(values)
    changed = cells.assign(
        value=cells.value.where(~is_changed, pd.Series(values, dtype="string")),
        state=cells.state.mask(is_changed, "reported"),
    )
    return type_cells(changed[[*OBSERVATIONS]], returns, plan)


def mark_contradictory(cells: pd.DataFrame, broken: Iterable[FailedComparison]) -> pd.DataFrame:
    """The cells; those that a broken comparison doubts are contradictory."""
    doubted = {cell.Index for one in broken for cell in one.doubted}
    state = cells.state.mask(cells.index.isin(doubted), "contradictory")
    return mask_unknown(cells.assign(state=state))


def cells_of_230(plan: Plan, slug: str, inputs: dict[str, object], day: str) -> pd.DataFrame:
    """The cells of the objective where 230 reports these inputs up to this day."""
    return cells_of(plan, [*BUILDERS[slug](inputs, plan)], {"230": day})


@pytest.fixture(scope="module")
def public_cells(plan: Plan, shipped: Intake) -> pd.DataFrame:
    """The public frame of the shipped returns, only read."""
    return public(plan, shipped.cells)


@pytest.fixture(scope="module")
def communes(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A plan for which three communes report."""
    return make_plan(tmp_path_factory.mktemp("plan"), communes=3)


# ---- public --------------------------------------------------------------------------------------


def test_policy_keeps_persons_and_what_leads_to_them() -> None:
    """And publishes of objective 3 only whether a unit had any, of four of its activities."""
    classes = load_disclosure().classes
    by_class: dict[str, set[str]] = {}
    for of_objective in classes.values():
        for key, item_class in of_objective.items():
            by_class.setdefault(item_class, set()).add(key)
    assert by_class["never"] == {"persons", *PERSON_CODES}
    assert by_class["coarse"] == COARSE_CODES and classes["harm_reduction"]["3.1.2"] == "coarse"
    assert by_class["province_only"] == {"6.3", "6.4", "6.5", "6.6"}
    assert classes["communication"]["attendance"] == "public"


def disclosed(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the exact cells of which the public edition has rows, numbered alike."""
    return cells[~about(cells, PERSONS)].reset_index(drop=True)


def test_public_has_no_number_of_persons_no_name_no_file_and_no_address(
    public_cells: pd.DataFrame,
) -> None:
    assert public_cells[about(public_cells, PERSONS)].empty, "a sum over none is no 0"
    coarse = public_cells[about(public_cells, COARSE)]
    assert {*coarse.value.dropna()} == {"0", ">0"} and {*coarse.number.dropna()} == {0}
    assert public_cells[["file", "sheet", "cell", "raw"]].isna().all(axis=None)
    is_name = (public_cells["column"] == "name") & (public_cells["row"] != "none")
    names = public_cells.value[is_name].dropna()
    assert len(names) and names.str.fullmatch(r"mô hình \d+").all()


def test_public_leaves_all_other_cells_as_they_are(shipped, public_cells):
    cells, exact = public_cells, disclosed(shipped.cells)
    unchanged = ["reporter", "unit_code", "objective", "period"]
    pd.testing.assert_frame_equal(cells[unchanged], exact[unchanged])
    others = ~(about(cells, COARSE) | cells["column"].isin(["name"]))
    hidden = ["file", "sheet", "cell", "raw", "item", "row"]
    pd.testing.assert_frame_equal(
        cells[others].drop(columns=hidden), exact[others].drop(columns=hidden)
    )
    coded = others & (cells.objective != "communication")
    assert cells["item"][coded].equals(exact["item"][coded])


def test_public_coarse_item_says_one_thing_of_the_whole_year(public_cells):
    """Lâm Thao sheltered in quarters I and III: `>0` stands in all four; what is blank stays."""
    cells = public_cells
    shelter = cells[(cells.reporter == "237") & (cells["item"] == "3.2.3")]
    assert [*shelter.value] == [">0"] * 4 and shelter.number.isna().all() and shelter.some.all()
    coarse = cells[about(cells, COARSE)]
    assert (coarse.groupby(["reporter", "item"]).value.nunique() <= 1).all()
    assert coarse.value[coarse.state == "reported"].notna().all()


def test_public_coarse_item_leaves_what_is_not_known(plan):
    """Tested in quarter I; II is blank, III is 0, IV unreadable: `>0` in I and III alone."""
    inputs = {"activities": {"230": {"3.1.2": "2 - 0 ?"}}}
    cells = public(plan, cells_of_230(plan, "harm_reduction", inputs, "2017-12-31"))
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
    cells = public(communes, exact)
    cases = cells[cells["item"] == "6.3"].set_index(["reporter", "period"]).number
    assert cases[province].to_dict() == {"Q1": 4, "Q2": 0, "Q3": 0, "Q4": 1}
    assert {*cases.index.get_level_values("reporter")} == {province}


def test_public_activities_where_communes_report_are_those_of_the_province(communes):
    """That a commune has one activity, and which, may tell that it helped somebody."""
    of_units = {unit: {"3.1.1": "5 0 0 1"} for unit in communes.reporting_units.index}
    rows = BUILDERS["harm_reduction"]({"activities": of_units}, communes)
    exact = cells_of(communes, [*rows], {})
    cells = public(communes, exact)
    assert exact.number.notna().any()
    is_activity = cells.objective == "harm_reduction"
    assert not cells.reporter[is_activity].isin(communes.reporting_units.index).any()
    assert unpublished_slugs(communes) == ["harm_reduction", "enforcement"]


def test_public_models_of_one_name_stay_one_and_others_differ(shipped, public_cells):
    cells = public_cells
    exact = disclosed(shipped.cells).value.str.casefold().str.replace(" ", "")
    lines = pd.DataFrame({"exact": exact, "public": cells.value})
    lines = lines[(cells["column"] == "name") & (cells["row"] != "none")].dropna()
    assert (lines.groupby("exact").public.nunique() == 1).all()
    assert (lines.groupby("public").exact.nunique() == 1).all()


@pytest.mark.slow
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


@pytest.mark.slow
@settings(max_examples=10, phases=[Phase.explicit, Phase.generate])  # to shrink takes minutes
@given(data=st.data())
def test_public_is_the_same_whatever_the_persons(plan, shipped, public_cells, data):
    """Whatever the cells about persons say, of themselves, against each other and against public
    ones.
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
    exact = mark_contradictory(believed, find_failed_comparisons(believed, plan))
    pd.testing.assert_frame_equal(public(plan, exact), public_cells)


@pytest.mark.parametrize(
    ("numbers", "doubted"),
    [
        ({"6.7": "4", "6.8": "1", "6.9": "1", "6.10": "1"}, []),  # 3 of 4 persons
        ({"6.7": "4", "6.8": "5", "6.9": "0", "6.10": "0"}, []),
        ({"6.1": "3", "6.2": "3"}, []),
        ({"6.1": "3", "6.2": "4"}, []),
        ({"6.3": "3", "6.4": "1", "6.5": "1", "6.6": "0"}, ["6.3", "6.4", "6.5", "6.6"]),
    ],
)
def test_public_state_tells_a_contradiction_of_public_cells_alone(plan, numbers, doubted):
    """More places than inspections doubts the places alone."""
    inputs = {"cases": {"230": {item: f"{number} 0 0 0" for item, number in numbers.items()}}}
    exact = cells_of_230(plan, "enforcement", inputs, "2017-12-31")
    cells = public(plan, exact)
    assert (exact.state == "contradictory").any() == (numbers != {"6.1": "3", "6.2": "3"})
    assert [*cells["item"][cells.state == "contradictory"]] == doubted


def test_public_zero_of_persons_in_an_open_quarter_looks_like_any_number(plan):
    """Also if it does not fit the kinds of violators."""
    public_frames = []
    for persons in ("0 0 0 0", "0 0 0 4"):
        inputs = {"cases": {"230": {"6.3": "0 0 0 0", "6.7": persons, "6.8": "0 0 0 1"}}}
        exact = cells_of_230(plan, "enforcement", inputs, "2017-11-30")
        public_frames.append(public(plan, exact))
    pd.testing.assert_frame_equal(*public_frames)
    states = public_frames[0].set_index(["reporter", "item", "period"]).state["230"]
    assert states["6.3", "Q4"] == "open" and "6.7" not in states.index.get_level_values("item")


def test_public_zeros_of_persons_in_an_open_year_leave_the_sentence_as_it_is(
    plan: Plan, shipped: Intake
) -> None:
    """A sheet with nothing but zeros of persons was filled, whether these are public or not."""
    is_sheet = (shipped.cells.reporter == "230") & (shipped.cells.objective == "harm_reduction")
    is_person = is_sheet & about(shipped.cells, ".*:persons")
    exact = shipped.cells.assign(
        state=shipped.cells.state.mask(is_sheet, "blank").mask(is_person, "open"),
        **{key: shipped.cells[key].mask(is_sheet) for key in ("value", "number", "amount", "some")},
    )
    findings = [judge(plan, "harm_reduction", cells) for cells in (exact, public(plan, exact))]
    assert findings[0].query("unit_code == '230'").verdict.item() == "undetermined"
    pd.testing.assert_frame_equal(*findings)


def test_public_has_no_word_that_a_clerk_typed(plan: Plan, shipped: Intake) -> None:
    cells = shipped.cells
    is_typed = cells.objective.eq("communication") & cells.reporter.eq("227")
    forms = cells["item"].mask(is_typed & (cells.period == "Q1"), f"{CANARY}: họp")
    forms = forms.mask(is_typed & (cells.period == "Y"), f"{CANARY}: họp:attendance")
    rows = cells.assign(item=forms, raw=CANARY, file=f"{CANARY}.xlsx")
    is_name = rows["column"].isin(["name"]) & rows["row"].ne("none")
    rows = rows.assign(value=rows.value.mask(is_name, CANARY))
    exact = judge_cells(rows[[*OBSERVATIONS]], shipped.returns, plan)
    assert CANARY not in to_csv_bytes(public(plan, exact)).decode()


# ---- comparisons ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "inputs", "doubted"),
    [
        # Persons of three kinds grow, what is public does not.
        (
            "enforcement",
            {"6.1": "3 1 2 1", "6.8": "1 2 3 4", "6.9": "1 2 3 4", "6.10": "1 2 3 4"},
            0,
        ),
        (
            "enforcement",
            dict.fromkeys(("6.1", "6.3", "6.4"), "1 2 3 4")
            | dict.fromkeys(("6.5", "6.6"), "0 0 0 0")
            | {"6.7": "4 3 2 1"},
            3,
        ),
        ("harm_reduction", {"3.1.1": "1 2 3 4", "3.1.2": "1 2 3 4", "3.1.3": "1 2 3 4"}, 0),
        ("harm_reduction", {"3.1.1": "1 2 3 4", "3.1.2": "9 0 0 1", "3.1.3": "1 2 3 4"}, 0),
        (
            "harm_reduction",
            {"3.1.1": "1 2 3 4", "3.1.2": "9 1 1 1", "3.1.3": "1 2 3 4", "3.2.1": "1 1 1 2"},
            3,
        ),
    ],
)
def test_cumulative_weighs_and_doubts_public_cells_alone(
    plan: Plan, slug: str, inputs: dict[str, str], doubted: int
) -> None:
    """Three rows that never fall, of those that are public."""
    key = {"enforcement": "cases", "harm_reduction": "activities"}[slug]
    cells = cells_of_230(plan, slug, {key: {"230": inputs}}, "2017-12-31")
    of_row = cells[(cells.reporter == "230") & (cells["row"] == next(iter(inputs)))]
    assert (of_row.state == "contradictory").sum() == doubted


@pytest.mark.slow
@pytest.mark.parametrize("later", [{6: 5}, {6: 3, 11: 9, 12: 4, 13: 4, 14: 2, 15: 9}])
def test_changed_period_weighs_public_cells_alone(
    plan: Plan, tmp_path: Path, later: dict[int, int]
) -> None:
    """The later file has other inspections in quarter I, and other numbers of persons."""

    def change(book: Workbook) -> None:
        inform(book, sent=date(2017, 12, 20))
        for row, number in (later | {5: 13}).items():
            book[ENF].cell(row, 4).value = number

    (tmp_path / "1.xlsx").write_bytes(good())
    (tmp_path / "2.xlsx").write_bytes(edited(good(), change))
    cells = public(plan, read_returns(plan, tmp_path).cells)
    states = cells.set_index(["reporter", "item", "period"]).state["228"]
    assert states["6.1", "Q1"] == "reported"


@pytest.mark.slow
def test_file_with_another_units_name_that_changes_persons_alone_counts(
    plan: Plan, tmp_path: Path
) -> None:
    """Whether it is held, which public cells show, rests on public cells."""

    def change(book: Workbook) -> None:
        inform(book, sent=date(2017, 12, 20))
        put(book[ENF], 11, 4, 9, 4, 3, 2)

    (tmp_path / "228.xlsx").write_bytes(good())
    (tmp_path / "Đoan Hùng.xlsx").write_bytes(edited(good(), change))
    intake = read_returns(plan, tmp_path)
    assert "file-name" not in {*intake.issues.rule}
    cells = intake.cells[(intake.cells.reporter == "228") & (intake.cells["item"] == "6.7")]
    assert {*cells.file} == {"Đoan Hùng.xlsx"}


# ---- what is not classed -------------------------------------------------------------------------


def write_form(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write the shipped plan with a changed form; return the plan's file."""
    text = (paths.FORMS / "return_v1.yaml").read_text(encoding="utf-8").replace("{year}", "2017")
    form = yaml.load(text, yaml.CSafeLoader)
    change({sheet["objective"]: sheet for sheet in form["sheets"]})
    (folder / "wider.yaml").write_text(yaml.safe_dump(form, allow_unicode=True), encoding="utf-8")
    plan = (paths.PLANS / "phu_tho_2017.yaml").read_text(encoding="utf-8")
    file = folder / "plan.yaml"
    file.write_text(plan.replace("return_v1", str(folder / "wider")), encoding="utf-8")
    return file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("add", "key"),
    [
        (lambda of: of["enforcement"]["items"].append({"code": "6.12", "label": "Mới"}), "6.12"),
        (
            lambda of: of["media"]["columns"].append(
                {"key": "readers", "header": "Bạn đọc", "kind": "count", "period": "Y", "width": 9}
            ),
            "readers",
        ),
    ],
    ids=["row", "column"],
)
def test_run_of_a_form_with_an_unclassed_item_is_refused(
    tmp_path: Path, add: Callable[[dict[str, Any]], None], key: str
) -> None:
    plan = write_form(tmp_path, add)
    code, text = pcmd(paths.ROOT, "check", "--plan", str(plan), "--output", str(tmp_path / "out"))
    words = " ".join(text.split())
    assert code == 3 and "wider.yaml" in words and f"khóa “{key}” chưa được xếp loại" in words


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("classes:", "base: 5\nclasses:", "“base”"),
        ('"6.2": never', '"6.2": secret', "“classes.enforcement.6.2”"),
        ('    "6.2": never # few premises: known which\n', "", "khóa “6.2” chưa được xếp loại"),
    ],
)
def test_policy_with_an_unknown_or_missing_key_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, words: str
) -> None:
    shutil.copytree(paths.DATA, tmp_path / "data", ignore=shutil.ignore_patterns("*.xlsx"))
    file = tmp_path / "data" / "disclosure.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(paths, "DATA", tmp_path / "data")
    with pytest.raises(InputRefused) as refusal:
        load_plan("phu_tho_2017")
    assert words in " ".join(refusal.value.reasons) and "disclosure.yaml" in str(refusal.value)


# ---- non-interference ----------------------------------------------------------------------------


def disturb(source: Path, target: Path, seed: int) -> int:
    """Copy returns with other numbers of persons, places and fines where they are above 0, and with
    the quarters of coarse items exchanged; return how many cells changed.
    """
    random, changed = Random(seed), 0
    target.mkdir()
    for file in sorted(source.glob("*.xlsx")):
        book = openpyxl.load_workbook(file)
        for row in [row for sheet in book for row in sheet.iter_rows(min_row=5)]:
            heads = [str(row[0].parent.cell(4, cell.column).value) for cell in row]
            quarters = [c for c, head in zip(row, heads, strict=True) if head.startswith("Quý")]
            numbers = [c for c, head in zip(row, heads, strict=True) if head.startswith("Số người")]
            before = [cell.value for cell in row]
            if str(row[0].value) in COARSE_CODES and all(type(c.value) is int for c in quarters):
                values = random.sample([cell.value for cell in quarters], len(quarters))
                for cell, value in zip(quarters, values, strict=True):
                    cell.value = value
            for cell in numbers + quarters * (str(row[0].value) in PERSON_CODES):
                is_read = type(cell.value) is int or str(row[0].value) == "6.11"
                if is_read and isinstance(cell.value, (int, float)) and 0 < cell.value < 9000:
                    cell.value = random.randint(1, 900)
            changed += before != [cell.value for cell in row]
        book.save(target / file.name)
    return changed


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("unit_run", marks=pytest.mark.slow),
        pytest.param("communes_run", marks=pytest.mark.long),
        pytest.param("shipped_run", marks=pytest.mark.long),
    ],
)
def test_returns_that_differ_in_persons_alone_publish_the_same_bytes(
    tmp_path: Path, request: pytest.FixtureRequest, name: str
) -> None:
    run = request.getfixturevalue(name)
    root, returns, options = paths.ROOT, paths.returns_folder("phu_tho_2017"), []
    if name == "communes_run":
        returns, options = run.parent / "returns", ["--plan", str(run.parent / f"{NAME}.yaml")]
    elif name == "unit_run":
        root, returns, options = run.parent, returns_of(run.parent), ["--unit", "230"]
    other, output = tmp_path / "other", tmp_path / "output"
    assert disturb(returns, other, 2) > 15
    places = ("--returns", str(other), "--output", str(output))
    code, text = pcmd(root, "run", *options, *places)
    assert code == 0, text
    before, after = (
        {file.relative_to(root): file.read_bytes() for file in root.rglob("*") if file.is_file()}
        for root in (run / "published", output / "published")
    )
    records = [json.loads(files.pop(Path("run.json"))) for files in (before, after)]
    for record in records:
        for job in record["jobs"]:
            job["seconds"] = 0
        for key in ("run_id", "started", "finished"):
            del record[key]
    assert len(before) > 20 and before == after and records[0] == records[1]
    exact = [(folder / "internal/indicators.csv").read_bytes() for folder in (run, output)]
    assert exact[0] != exact[1]
