"""Year on year: hand cases (year_on_year.yaml), files of the year before, and the shipped years."""

import csv
import io
import re
import runpy
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from editions import case_of
from yaml_files import read_yaml, write_yaml

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_changes, all_indicators
from pcmd_eval.analysis.sums import read_year
from pcmd_eval.evaluation.observations import CELL_COUNTS
from pcmd_eval.office.batch.fingerprint import hash_inputs
from pcmd_eval.office.batch.tasks import NOTEBOOK, list_tasks
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.office.site.pages import pages
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.plan.previous_year import read_previous
from pcmd_eval.statistics import indicators
from pcmd_eval.statistics.year_on_year import (
    CHANGE_COLUMNS,
    CHANGE_DTYPES,
    compare_years,
    explain_mixture,
    summarize_changes,
)
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

TABLE = read_yaml(Path(__file__).parent / "year_on_year.yaml")
REFUSED = TABLE.pop("refused files")
CASES = [case for group in TABLE.values() for case in group]
KEY = ["unit_code", "item"]
YEAR_END = "2017-12-31"


def plan_with_previous(plan: Plan, tmp_path: Path, *lines: str, cutoff: object = None) -> Plan:
    """Return the plan with these lines, the head first, as its file of 2016, as Excel writes it."""
    file = tmp_path / "2016.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    content = plan.content()
    previous = content["previous"] | {"figures": str(file), "cutoff": cutoff}
    return Plan.model_validate(content | {"previous": previous, "name": plan.name})


def returns_of(plan: Plan, cutoff: object = YEAR_END) -> pd.DataFrame:
    """Return a return of every reporter; the days by which they count: one for all, or by code."""
    days = cutoff if isinstance(cutoff, dict) else dict.fromkeys(plan.reporters.index, cutoff)
    frame = pd.DataFrame({"reporter": [*plan.reporters.index], "state": "on_time"}, dtype="string")
    dated = frame.reporter.map(lambda code: days.get(code, YEAR_END))
    counts = dict.fromkeys(CELL_COUNTS, 0)
    cutoffs = pd.to_datetime(dated.where(dated != "none").astype("string"))
    return frame.assign(cutoff=cutoffs, **counts)


def list_quantities(plan: Plan, quantities: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return unit, item, value and what stands behind it, `7 of 25 cases` once for each unit."""
    rows = []
    for key, entry in quantities.items():
        number, code, item = re.fullmatch(r"(?:(\d+) of )?(\d+) (\w+)", key).groups()
        units = plan.reporting_units.index[: int(number)] if number else [code]
        rows += [(unit, item, *(entry if isinstance(entry, list) else [entry])) for unit in units]
    return rows


def rows_of(plan: Plan, quantities: dict[str, Any]) -> pd.DataFrame:
    """Return indicators of 2017: by unit and item the value and, where wanted, state and words."""
    defaults = (None, None, None, "complete", "")
    rows = [(*row, *defaults[len(row) :]) for row in list_quantities(plan, quantities)]
    frame = pd.DataFrame(rows, columns=[*KEY, "value", "state", "words"])
    about = indicators.catalogue(plan).loc[frame["item"], ["objective", "label", "measure"]]
    frame = frame.join(about.reset_index(drop=True).replace("", pd.NA)).assign(
        words=frame.words.where(frame.words != "", frame.value.astype(str)),
        precision="exact",
        illustrative="no",
        unit_name=frame.unit_code.map(plan.register.full_name),
    )
    return frame.reindex(columns=indicators.INDICATOR_COLUMNS).astype(indicators.INDICATOR_DTYPES)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: case.get("name") or f"{case['before']} {case['now']}"
)
def test_compare_years_hand_case_gives_the_expected_rows(
    plan: Plan, tmp_path: Path, case: dict[str, Any]
) -> None:
    file = io.StringIO()
    head = ("unit_code", "item", "value", "state", "precision", "measure")
    csv.writer(file, lineterminator="\n").writerows([head, *list_quantities(plan, case["before"])])
    cutoff = case.get("cutoff of 2016")
    with_2016 = plan_with_previous(plan, tmp_path, file.getvalue(), cutoff=cutoff)
    units = {key.split()[-2] for key in case["now"]} - {plan.province}
    known = {f"{unit} communes_unknown": 0 for unit in units}
    changes = compare_years(
        with_2016,
        rows_of(plan, known | case["now"]),
        returns_of(plan, case.get("cutoff", YEAR_END)),
    ).set_index(KEY)
    for key, expected in case["expect"].items():
        place = tuple(key.split())
        if expected == "no row":
            assert place not in changes.index
            continue
        row = changes.loc[place].fillna("empty")
        dash = {"change": "empty", "percent": "empty", "words": "–"} if "why" in expected else {}
        assert row[[*dash, *expected]].to_dict() == dash | expected
        assert (row.why == "empty") == ("why" not in expected)


def test_compare_years_public_rows_have_no_persons(plan, shipped, tmp_path):
    """Typed exactly: nothing of the year before leaves, and no difference."""
    lines = ["25,violators,143", "25,organisers,3", "230,violators,7", "25,own_violators,136"]
    lines += ["25,testing,40", "25,cases,51", "227,model_persons,18"]
    lines = ["unit_code,item,value,illustrative", *(f"{line},yes" for line in lines)]
    with_2016 = plan_with_previous(plan, tmp_path, *lines)
    persons = {"violators", "organisers", "testing", "model_persons", "own_violators", "fines"}
    for internal in (False, True):
        case = replace(case_of(plan, shipped, internal), plan=with_2016)
        assert bool({*all_changes(case)["item"]} & persons) == internal
        assert 51 in [*all_changes(case).before.dropna()]


# ---- files and plans -----------------------------------------------------------------------------


def refusal_of(plan: Plan, tmp_path: Path, *lines: str) -> str:
    """Return the message with which these lines are refused as the file of 2016."""
    with pytest.raises(InputRefused) as refused:
        plan_with_previous(plan, tmp_path, *lines).previous_figures  # noqa: B018
    return " ".join(refused.value.reasons)


def test_read_previous_names_every_faulty_line(tmp_path, plan):
    lines = ["unit_code,item,value", "230,cases,nhiều", "230,sessions,2.510", "", "232,cases,-3"]
    message = refusal_of(plan, tmp_path, *lines)
    for line, text in ((2, "nhiều"), (3, "2.510"), (5, "-3")):
        place = f"Tệp 2016.csv, dòng {line}, cột “value”: không phải số: số nguyên viết liền (2510)"
        assert place in message and f"(giá trị thấy được: '{text}')" in message


def test_read_previous_names_the_lines_that_no_line_may_be(tmp_path, plan):
    lines = ["230,sesions,5", "999,cases,1", "227,cases,1", "227,cases,2", "231,return_state,1"]
    message = refusal_of(plan, tmp_path, "unit_code,item,value", *lines)
    assert message.startswith("Tệp 2016.csv, dòng 2, 3, 5, 6: không có mã đơn vị hoặc tên")


def test_read_year_of_another_year_says_so_once(case, tmp_path):
    path = tmp_path / "2017.csv"
    all_indicators(case)[["year", "unit_code", "item"]].assign(value="").to_csv(path, index=False)
    with pytest.raises(InputRefused, match=r"Tệp 2017.csv, dòng 2, 3, .* không phải năm 2016"):
        read_year(path, 2016, case)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["lines"][-1])
def test_read_previous_faulty_file_is_refused(plan, tmp_path, case):
    assert case["says"] in refusal_of(plan, tmp_path, *case["lines"])


def test_read_previous_semicolons_are_read(plan, tmp_path):
    with_2016 = plan_with_previous(plan, tmp_path, "unit_code;item;value", "230;budget;22,5")
    assert with_2016.previous_figures.value["230", "budget"] == 22.5


@pytest.mark.parametrize(
    ("change", "words"),
    [({"yaer": 2016}, "previous.yaer"), ({"year": 2017}, "không phải năm trước")],
)
def test_load_plan_misspelt_key_or_later_year_is_refused(plan, tmp_path, change, words):
    content = plan.content()
    content["previous"] |= change
    with pytest.raises(InputRefused, match=words):
        load_plan(str(write_yaml(tmp_path / "plan.yaml", content)))


@pytest.mark.slow
def test_compare_years_real_returns_beside_a_made_up_year_gives_no_row(plan, shipped):
    """The run goes on without comparison, and the page says why."""
    real = replace(shipped, returns=shipped.returns.assign(illustrative=False))
    case = case_of(plan, real)
    assert all_changes(case).empty and [*all_changes(case)][:-2] == CHANGE_COLUMNS
    assert "chỉ số liệu năm trước là minh họa" in explain_mixture(plan, all_indicators(case))
    content = pages(case, [plan.province])["changes.csv"]
    assert content.decode() == ",".join(CHANGE_COLUMNS) + "\n"


@pytest.mark.slow
def test_compare_years_plan_without_a_previous_year_has_no_row_and_no_notebook_cell(
    plan, shipped, tmp_path
):
    alone = Plan.model_validate(plan.content() | {"previous": None})
    changes = replace(case_of(plan, shipped), plan=alone).changes
    assert changes.empty and [*changes][:-2] == CHANGE_COLUMNS
    other = load_plan("thua_thien_hue_2017")
    without = case_of(other, read_returns(other, tmp_path))
    for case, has_cell in ((case_of(plan, shipped, internal=True), True), (without, False)):
        tasks = [task for task in list_tasks(case, case) if task.kind == NOTEBOOK]
        assert {"nam-truoc" in task.template for task in tasks} == {has_cell}


def test_inputs_list_the_file_of_the_previous_year(plan):
    """Its file is an input of the set, and of no other plan's; the settings are shared."""
    place = "data/previous/phu_tho_2016.csv"
    files = hash_inputs(plan, plan.name)
    assert files[place] and files["data/comparison.yaml"]
    other = load_plan("binh_thuan_2017")
    assert place not in hash_inputs(other, other.name)


# ---- the shipped year, whose words are approved in tests/golden/year_on_year.txt -----------------


@pytest.fixture(scope="module")
def exact(plan: Plan, shipped: Intake) -> Case:
    return case_of(plan, shipped, internal=True)


def test_changes_of_the_province_are_the_sums_of_the_frame(exact: Case):
    """Inspections of the nine districts that are comparable, added up from the frame, and of the
    province's own bodies (40 and 38).
    """
    rows = exact.changes
    province = exact.province.changes.set_index("item")
    assert rows[CHANGE_COLUMNS].dtypes.astype(str).to_dict() == CHANGE_DTYPES
    row = province.loc["inspections"]
    units = rows[(rows["item"] == "inspections") & rows.change.notna()]
    assert (len(units), units.before.sum(), units.now.sum()) == (9, 334, 353)
    assert (row.before, row.now, row.change) == (334 + 40, 353 + 38, 17)


def test_changes_csv_has_the_columns_of_the_design_and_numbers_as_numbers(plan, shipped):
    text = pages(case_of(plan, shipped), [plan.province])["changes.csv"].decode()
    assert text.splitlines()[0] == (
        "unit_code,unit_name,objective,item,label,measure,before,now,change,percent,before_state,"
        "now_state,words,why"
    )
    frame = pd.read_csv(io.StringIO(text), dtype={"unit_code": str})
    assert {*frame[["before", "now", "change", "percent"]].dtypes.astype(str)} == {"float64"}
    row = frame.set_index(KEY).loc[("230", "attendance")]
    assert (row.before, row.before_state, row.now_state) == (22297, "complete", "incomplete")
    silent = frame.set_index(KEY).loc[("240", "attendance")]
    assert silent.now_state == "unknown"


@pytest.mark.slow
def test_script_illustrative_before_writes_what_is_committed(tmp_path: Path):
    script, file = paths.ROOT / "scripts" / "illustrative_before.py", tmp_path / "2016.csv"
    runpy.run_path(str(script))["main"](file)
    text = (paths.PREVIOUS / "phu_tho_2016.csv").read_text(encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text
    assert text.count(",yes\n") == len(text.splitlines()) - 1  # every line is marked


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, pytest.param(8, marks=pytest.mark.long)])
def test_changes_printed_are_altered_by_no_missing_cell(
    plan: Plan, exact: Case, shipped: Intake, times: int
):
    """Fill missing cells of this year, alone, a score of them and all at once, each with the least
    or the most that others reported in its place: no row that is compared moves.
    """
    filed, random = all_indicators(exact), Random(2017)
    columns = ["state", "precision", "words", "measure", "illustrative", "value"]
    same = plan.model_copy(update={})
    same.__dict__["previous_figures"] = filed.set_index(KEY)[columns]
    changes = compare_years(same, filed, exact.returns).set_index(KEY)
    compared = changes[changes.change.notna() & changes.scope.isna()]
    assert len(compared) > 250
    cells = shipped.cells.assign(column=shipped.cells["column"].fillna(""))
    missing = [*cells.index[cells.state != "reported"]]
    reported = cells[cells.state == "reported"].sort_values("value")
    alike = reported.groupby(["objective", "column"])[["value", "number", "some", "state"]]
    for together in (*[1, 20] * times, len(missing), len(missing)):
        filled = shipped.cells.copy()
        places = random.sample(missing, together)
        for at in places:
            group = alike.get_group((cells.objective[at], cells["column"][at]))
            like = group.iloc[random.choice([0, -1])]
            filled.loc[at, [*like.index]] = [*like]
        after = indicators.compute_indicators(plan, filled, shipped.returns).set_index(KEY).value
        assert not [key for key in compared.index if after.get(key) != compared.now[key]], places


def test_read_previous_reads_a_set_as_it_was_published(plan: Plan, tmp_path: Path, exact: Case):
    """indicators.csv, here of this very year: every complete exact indicator is equal."""
    filed = indicators.format_for_csv(all_indicators(exact)).assign(year="2016")
    with_2016 = plan_with_previous(plan, tmp_path, filed.to_csv(index=False))
    figures = read_previous(tmp_path / "2016.csv", 2016, plan.reporters.index)
    assert figures.equals(with_2016.previous_figures)
    rows = compare_years(with_2016, all_indicators(exact), returns_of(plan))
    assert {*rows.change.dropna()} == {0} and rows.change.notna().sum() > 200
    assert (rows.before.fillna(-1) == rows.now.fillna(-1)).all()


def test_summarize_changes_tells_the_first_row_that_is_compared(plan, tmp_path):
    """The inspections of 2016 are incomplete; 12 cases became 15: 3 of 12 are 25%."""
    lines = ["unit_code,item,value,state", "230,inspections,40,incomplete", "230,cases,12,"]
    with_2016 = plan_with_previous(plan, tmp_path, *lines)
    rows = rows_of(plan, {"230 inspections": 44, "230 cases": 15})
    changes = compare_years(with_2016, rows, returns_of(plan))
    assert summarize_changes(changes, with_2016) == (
        "Vụ việc phát hiện năm 2016: 12 vụ; năm 2017: 15 vụ; tăng 03 vụ (25,0%)."
    )
