"""The illustrative returns: each planted case leads to what it was planted for, and the script writes these files.

Expected values are worked by hand from the tables at the top of data/illustrative.py and section 4 of the design.
"""

import re
import unicodedata
import zipfile
from collections import Counter, defaultdict
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from pcmd_eval import paths
from pcmd_eval.findings import Finding
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import Evidence, Observation
from pcmd_eval.project import Project

FOLDER = paths.returns_folder("phu_tho_2017")
FILES = (
    *("227-viet-tri.xlsx", "228-phu-tho.xlsx", "230-doan-hung.xlsx", "231-ha-hoa.xlsx", "232-thanh-ba.xlsx"),
    *("233-phu-ninh.xlsx", "234-yen-lap.xlsx", "235-cam-khe.xlsx", "236-tam-nong.xlsx", "237-lam-thao.xlsx"),
    *("238-thanh-son.xlsx", "239-thanh-thuy.xlsx", "25-phu-tho.xlsx"),
)
MET, NOT, OPEN, NONE, OUTSIDE = "met", "not_met", "undetermined", "none_arose", "not_applicable"
# Objectives 2 and 3 of a district: 0 or 1, 1 needed of 1.
YES, NO, PERHAPS = (MET, 1, 1, 1, 1), (NOT, 0, 0, 1, 1), (OPEN, 0, 1, 1, 1)
APART = (OUTSIDE, None, None, None, None)


def handled(cases: int) -> tuple[str, int, int, int, int]:
    """Objective 6 where every case was handled."""
    return (MET, cases, cases, cases, cases)


# unit: (verdict, low, high, needed, total) of objectives 1, 2, 3 and 6. Needed communes are ceil(3n / 4).
DISTRICTS = {
    # 20 sure, and Bạch Hạc with 2 active quarters and one blank; cases 3 + 3 + 3 + 2
    "227": ((MET, 20, 21, 18, 23), YES, YES, handled(11)),
    # 7 sure; one row never filled, one with "khoảng 3". 38/KH-UBND issued, not carried out. Cases 1 + 0 + 1 + 1
    "228": ((OPEN, 7, 9, 8, 10), NO, YES, handled(3)),
    # exactly 21 of 28: 21 = 3/4 of 28, and nothing that may; cases 1 + 2 + 1 + 1
    "230": ((MET, 21, 21, 21, 28), YES, YES, handled(5)),
    # the removed row may; two plans issued, neither carried out; 4 cases detected, of which 1 is pending
    "231": ((MET, 27, 28, 25, 33), NO, NO, (NOT, 3, 3, 4, 4)),
    # 18 + 1 < 21
    "232": ((NOT, 18, 19, 21, 27), YES, YES, handled(2)),
    # 13 < 15 <= 13 + 3; no document at all, one programme carried out without one
    "233": ((OPEN, 13, 16, 15, 19), NO, NO, handled(3)),
    # sheet 3 never touched
    "234": ((MET, 14, 15, 13, 17), NO, PERHAPS, handled(1)),
    # late, which changes nothing here; 22 + 1 < 24; cases 1 + 1 + 2 + 0
    "235": ((NOT, 22, 23, 24, 31), NO, YES, handled(4)),
    # closed on 30/11: four communes with 2 active quarters and a 0 in quarter IV may still reach 3. In quarter IV
    # one case went each way, so no 0 stands in 6.3 to 6.5. Cases 0 + 1 + 1 + 2
    "236": ((OPEN, 13, 17, 15, 20), NO, YES, handled(4)),
    "237": ((MET, 12, 12, 11, 14), YES, YES, handled(4)),
    # 16 < 18 <= 16 + 4; zeros in sheet 3 but for one blank, which decides
    "238": ((OPEN, 16, 20, 18, 23), YES, PERHAPS, handled(2)),
    # 10 + 1 < 12; nothing to handle
    "239": ((NOT, 10, 11, 12, 15), NO, NO, (NONE, 0, 0, 0, 0)),
    # missing
    "240": ((OPEN, 0, 17, 13, 17), PERHAPS, PERHAPS, (OPEN, 0, None, None, None)),
}
PROVINCE = {
    # low 20+7+21+27+18+13+14+22+13+12+16+10+0, high 21+9+21+28+19+16+15+23+17+12+20+11+17; 208 needed
    "communication": (OPEN, 193, 229, 208, 277),
    # 227, 230, 232, 237, 238; perhaps 240: never 7
    "integration": (NOT, 5, 6, 7, 13),
    # 227, 228, 230, 232, 235, 236, 237; perhaps 234, 238, 240
    "harm_reduction": (MET, 7, 10, 3, 13),
    # one model in two returns; 240 is silent, so that there is no upper bound
    "support_model": (MET, 1, None, 1, None),
    # all months but February
    "media": (NOT, 11, 11, 12, 12),
    # low 11+3+5+3+2+3+1+4+4+4+2+0+0, and 8 of the provincial bodies (2 + 2 + 2 + 2)
    "enforcement": (NOT, 50, None, None, None),
}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """data/illustrative.py, which is no part of the package."""
    spec = spec_from_file_location("illustrative", paths.DATA / "illustrative.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def intake(project: Project) -> Intake:
    return read_returns(FOLDER, project.plan, project.form, project.register)


@pytest.fixture(scope="module")
def evidence(intake: Intake) -> Evidence:
    return intake.evidence


@pytest.fixture(scope="module")
def findings(evidence: Evidence) -> dict[tuple[str, str], Finding]:
    return {(f.unit_code, f.objective): f for f in evaluate(evidence)}


@pytest.fixture(scope="module")
def workbooks() -> dict[str, Workbook]:
    """Each committed workbook by the code of its reporter."""
    return {name.partition("-")[0]: load_workbook(FOLDER / name) for name in FILES}


def numbers(finding: Finding) -> tuple[Any, ...]:
    return (finding.verdict.value, finding.low, finding.high, finding.needed, finding.total)


def typed(evidence: Evidence, reporter: str, objective: str) -> list[Observation]:
    return [o for o in evidence.observations if (o.reporter, o.objective) == (reporter, objective)]


def under(evidence: Evidence, objective: str, rule: str, value: object) -> dict[str, tuple[Any, ...]]:
    """The numbers of one objective for every unit, with one rule changed."""
    found = evaluate(evidence.under(evidence.plan.with_rules({(objective, rule): value})))
    return {f.unit_code: numbers(f) for f in found if f.objective == objective}


# ---- the script and its files ---------------------------------------------------------------------------------------


def test_the_script_writes_what_is_committed(script: ModuleType, tmp_path: Path) -> None:
    """Two runs give the same bytes; their parts are those committed (another zlib may pack them otherwise)."""
    first, second = (script.write_returns(tmp_path / run) for run in ("first", "second"))
    assert [path.name for path in first] == list(FILES)
    assert sorted(path.name for path in FOLDER.glob("*.xlsx")) == sorted(FILES)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert parts(one) == parts(FOLDER / one.name), f"run python data/illustrative.py: {one.name} differs"


def parts(path: Path) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as container:
        return [(name, container.read(name)) for name in container.namelist()]


def test_every_workbook_is_marked(workbooks: dict[str, Workbook], evidence: Evidence, project: Project) -> None:
    for code, workbook in workbooks.items():
        rows = {row[0]: row[1] for row in workbook["Thông tin"].iter_rows(values_only=True)}
        unit = project.register.reporter(code)
        body = "Sở" if code == "25" else "Phòng"
        assert rows["Số liệu minh họa"] == "Có"
        assert rows["Đơn vị lập biểu"] == f"{body} Lao động - Thương binh và Xã hội {unit.inline_name}"
    assert all(r.illustrative for r in evidence.returns if r.file)


def test_texts_are_composed_and_nothing_runs(workbooks: dict[str, Workbook]) -> None:
    for workbook in workbooks.values():
        for cell in (cell for sheet in workbook for row in sheet.iter_rows() for cell in row):
            if isinstance(cell.value, str):
                assert unicodedata.is_normalized("NFC", cell.value)
                assert cell.data_type == "s"
                assert not cell.value.startswith(("=", "+", "@", "<"))


def test_the_words_used_are_those_of_the_form(script: ModuleType, project: Project) -> None:
    words = project.form.sheet("communication").column("form").choices
    assert {script.TALK, script.LOUDSPEAKER, script.LEAFLET, script.BOARD, script.SHOW} <= set(words)


def test_planted_tables_name_real_units(script: ModuleType, project: Project) -> None:
    reporters = {unit.code for unit in project.register.reporters} - {script.MISSING}
    assert script.DATES.keys() == script.CASES.keys() == reporters
    assert script.MAINTAINING.keys() == script.INTEGRATION.keys() == reporters - {"25"}
    assert script.LIMBS.keys() == reporters - {"25", script.UNTOUCHED[0]}
    communes = {unit.code for unit in project.register.communes("25")}
    seconds = {code for code, _, _ in script.SECOND_ROWS}
    assert {*script.ROWS, *script.NAMES, *script.REMOVED_ROWS, script.MERGED_ROW} <= communes
    assert seconds <= script.ROWS.keys()
    assert all(row.form != script.ROWS[code].form for code, _, row in script.SECOND_ROWS)


def test_the_log_names_every_file_of_data() -> None:
    log = (paths.DATA / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./-]+)`", log)
    for path in paths.DATA.rglob("*"):
        if path.is_file() and not path.name.startswith(("README", ".", "~$")) and "__pycache__" not in path.parts:
            relative = path.relative_to(paths.DATA).as_posix()
            assert any(relative == n or (n.endswith("/") and relative.startswith(n)) for n in named), relative
    assert "District boundaries: Who's On First / Mesoshapes (Mapzen, Art of the Mappable), CC0." in log


def test_the_folder_says_in_both_languages_that_it_is_made_up() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "made up" in text
    assert "không phải số liệu thật" in text


# ---- returns --------------------------------------------------------------------------------------------------------


def test_one_return_is_missing_one_late_one_partial(evidence: Evidence) -> None:
    states = {r.reporter: r.state.value for r in evidence.returns}
    special = {"240": "missing", "235": "late", "234": "partial"}
    assert states == {**dict.fromkeys((*DISTRICTS, "25"), "on_time"), **special}
    assert [r.reporter for r in evidence.returns if r.late] == ["235"]


def test_returns_on_time_report_nine_cells_in_ten(evidence: Evidence) -> None:
    for row in evidence.returns:
        if row.state == "on_time":
            assert row.reported * 10 >= row.expected * 9, row


def test_the_partial_return_lacks_one_sheet_whole(evidence: Evidence) -> None:
    reported = {o.objective: False for o in evidence.observations if o.reporter == "234"}
    for observation in (o for o in evidence.observations if o.reporter == "234"):
        reported[observation.objective] |= observation.reported
    assert [objective for objective, any_ in reported.items() if not any_] == ["harm_reduction"]


def test_no_fault_stops(intake: Intake) -> None:
    assert [fault for fault in intake.faults if fault.severity == "stop"] == []
    # Five cells that nobody can read, and no other mistake of reading: names, codes and columns all agree.
    unreadable = {(f.reporter, f.value) for f in intake.faults if f.rule == "unreadable"}
    assert unreadable == {
        *(("228", "khoảng 3"), ("228", "đang soạn thảo"), ("230", "gần 200")),
        *(("235", "?"), ("238", "đang trình ký")),
    }
    slips = {"code-name", "foreign-unit", "unknown-code", "double-code", "double-row", "column", "sheet"}
    assert not {f.rule for f in intake.faults} & slips


# ---- verdicts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", DISTRICTS)
def test_verdicts_of_a_district(code: str, findings: dict[tuple[str, str], Finding]) -> None:
    found = [numbers(finding) for (unit, _), finding in findings.items() if unit == code]
    one, two, three, six = DISTRICTS[code]
    assert found == [one, two, three, APART, APART, six]


def test_verdicts_of_the_province(findings: dict[tuple[str, str], Finding]) -> None:
    assert {slug: numbers(finding) for (unit, slug), finding in findings.items() if unit == "25"} == PROVINCE
    assert len(findings) == 84


def test_every_verdict_occurs_among_districts(findings: dict[tuple[str, str], Finding]) -> None:
    by_objective = defaultdict(Counter)
    for (unit, objective), finding in findings.items():
        if unit != "25":
            by_objective[objective][finding.verdict.value] += 1
    assert by_objective["communication"] == {MET: 5, NOT: 3, OPEN: 5}  # 227 230 231 234 237; 232 235 239; the rest
    assert by_objective["integration"] == {MET: 5, NOT: 7, OPEN: 1}
    assert by_objective["harm_reduction"] == {MET: 7, NOT: 3, OPEN: 3}  # not: 231 233 239; open: 234 238 240
    assert by_objective["enforcement"] == {MET: 10, NOT: 1, NONE: 1, OPEN: 1}


def test_integration_that_was_issued_but_not_carried_out_is_said(findings: dict[tuple[str, str], Finding]) -> None:
    assert "2.1 và 2.4" in findings["231", "integration"].reason
    assert "2.3" in findings["230", "integration"].reason


def test_a_second_row_decides_for_its_commune(evidence: Evidence) -> None:
    """Chí Đám: 2 1 0 0 in one form and 0 0 3 2 in the other; neither row alone has three active quarters."""
    rows = Counter(o.item for o in evidence.of("communication", "07999") if o.period != "Y")
    assert rows == {"nói chuyện, hội nghị": 4, "loa truyền thanh": 4}


def test_one_model_in_two_returns_one_doubtful_one_of_another_type(evidence: Evidence) -> None:
    lines = {code: {o.item: o for o in typed(evidence, code, "support_model")} for code in ("227", "25", "228", "233")}
    names = [lines[code]["4.1:name"].value for code in ("227", "25")]
    assert names == ["Mô hình Đồng hành tại cộng đồng", "mô hình ĐỒNG HÀNH  tại cộng đồng"]
    assert [lines[code]["4.1:type"].value for code in lines] == ["1", "1", "2", "1"]
    assert lines["233"]["4.1:operating"].state == "blank"
    stated = {o.reporter for o in evidence.observations if o.item == "none:name" and o.reported}
    assert stated == DISTRICTS.keys() - {"227", "228", "233", "240"}


# ---- choices that the plan leaves open ------------------------------------------------------------------------------


def test_both_limbs_change_the_picture(evidence: Evidence) -> None:
    """Sure: 227, 237. Perhaps: 234, 240, and 236 (its zeros of quarter IV), and not 238 (no HIV activity at all)."""
    found = under(evidence, "harm_reduction", "limbs", "both")
    assert found["25"] == (OPEN, 2, 5, 3, 13)
    assert found["228"] == found["232"] == NO  # one limb only


def test_more_programmes_change_the_picture(evidence: Evidence) -> None:
    """At least two: 227 (3), 230 (2), 232 (2), 237 (6); perhaps 238 and 240. At least five: 237; perhaps 240."""
    assert under(evidence, "integration", "min_programmes", 2)["25"] == (NOT, 4, 6, 7, 13)
    assert under(evidence, "integration", "min_programmes", 5)["25"] == (NOT, 1, 2, 7, 13)


def test_media_from_april_or_of_the_press_alone(evidence: Evidence) -> None:
    assert under(evidence, "media", "months", list(range(4, 13)))["25"] == (MET, 9, 9, 9, 9)
    # without the portal July is empty too
    assert under(evidence, "media", "outlets", ["5.1", "5.2"])["25"] == (NOT, 10, 10, 12, 12)


def test_only_models_of_the_year(evidence: Evidence) -> None:
    assert under(evidence, "support_model", "started", "plan_year")["25"] == (OPEN, 0, None, 1, None)


def test_the_pending_case_as_handled(evidence: Evidence) -> None:
    found = under(evidence, "enforcement", "pending", "handled")
    assert found["231"] == handled(4)
    assert found["25"][:2] == (OPEN, 51)


def test_other_regularities_move_the_province(evidence: Evidence) -> None:
    verdicts = [under(evidence, "communication", "active_quarters", n)["25"][0] for n in (1, 2, 3, 4)]
    assert verdicts == [MET, MET, OPEN, NOT]


# ---- real life's disorder, and figures that could stand in a return -------------------------------------------------


def test_the_disorder_is_there(evidence: Evidence, workbooks: dict[str, Workbook]) -> None:
    raw = {o.raw: o for o in evidence.observations if o.reported}
    assert [raw[text].value for text in ("02", " 7 ", "1.115", "03", "7,5")] == ["2", "7", "1115", "3", "7.5"]
    assert workbooks["227"]["1 Tuyên truyền"]["A8"].value == 7897
    assert "E34:H34" in [str(area) for area in workbooks["235"]["1 Tuyên truyền"].merged_cells.ranges]
    assert workbooks["230"]["6 Xử lý"]["H5"].value == "gồm 8 + 8 + 5"
    assert workbooks["230"]["6 Xử lý"]["F5"].value == 8 + 8 + 5
    # only the removed rows are absent; those never filled are blank
    absent = {o.unit_code for o in evidence.observations if o.state == "absent" and o.reporter != "240"}
    assert absent == {"08137", "08650"}
    # the optional row of the province, left blank, is not asked for
    assert {o.item for o in typed(evidence, "25", "media")} == {"5.1", "5.2", "5.3"}
    assert {o.item.partition(":")[0] for o in typed(evidence, "237", "integration")} >= {"2.6"}
    dates = [workbooks[code]["Thông tin"]["B11"].value for code in ("232", "237", "238")]
    assert dates == ["18/12/2017", "18/12/2017", "20/12/2017"]
    spellings = {"Thị trấn Hạ Hòa", "Chu Hoá", "Xuân Thuỷ", "Thị trấn Thanh Thuỷ"}
    written = {c.value for w in workbooks.values() if "1 Tuyên truyền" in w for c in w["1 Tuyên truyền"]["B"]}
    assert spellings <= written


@pytest.mark.parametrize("code", [code for code in (*DISTRICTS, "25") if code != "240"])
def test_cases_and_persons_add_up(code: str, evidence: Evidence) -> None:
    cells = {(o.item, o.period): o.value for o in typed(evidence, code, "enforcement")}
    for quarter in ("Q1", "Q2", "Q3", "Q4"):
        row = [0, *(int(cells[f"6.{n}", quarter] or 0) for n in range(1, 11))]
        assert row[4] + row[5] + row[6] == row[3]
        assert row[8] + row[9] + row[10] == row[7]


def test_exactly_one_case_is_pending(evidence: Evidence) -> None:
    pending = [o for o in evidence.observations if o.item == "6.6" and o.reported and o.value != "0"]
    assert [(o.reporter, o.period, o.value) for o in pending] == [("231", "Q4", "1")]


def test_some_counts_of_persons_are_small(evidence: Evidence) -> None:
    """A year's total of 1 to 4 persons in several districts, so that withholding has something to do."""
    persons: Counter[tuple[str, str]] = Counter()
    for o in evidence.observations:
        if o.item in ("6.7", "6.8", "6.9", "6.10") and o.reported and o.reporter != "25":
            persons[o.reporter, o.item] += int(o.value)
    small = Counter(item for (_, item), count in persons.items() if 1 <= count <= 4)
    assert small["6.7"] >= 2
    assert all(small[item] >= 2 for item in ("6.8", "6.9", "6.10"))


def test_figures_are_of_the_size_the_script_draws(evidence: Evidence) -> None:
    """No figure comes from elsewhere: at most 7 sessions a quarter, 30 to 150 persons each, 3 cases a quarter."""
    rows: dict[tuple[str, str], dict[str, Observation]] = defaultdict(dict)
    for o in evidence.observations:
        if o.objective == "communication" and o.cell:
            rows[o.file, re.sub("[A-Z]", "", o.cell)][o.period] = o
    for cells in (row for row in rows.values() if all(o.reported for o in row.values())):
        sessions = [int(cells[quarter].value) for quarter in ("Q1", "Q2", "Q3", "Q4") if quarter in cells]
        attendance = int(cells["Y"].value)
        assert max(sessions) <= 7
        assert cells["Y"].item.startswith("pano") or 30 * sum(sessions) <= attendance <= 150 * sum(sessions), cells["Y"]
    cases = [int(o.value) for o in evidence.observations if o.item in ("6.3", "6.4", "6.5", "6.6") and o.reported]
    assert max(cases) == 3
