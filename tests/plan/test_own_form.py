"""A form of one's own: a column more, or months instead of quarters, is an edit of form and plan
alone, and what cannot be is refused in words.
"""

import shutil
from pathlib import Path

import independent
import openpyxl
import pandas as pd
import pytest
from filling import fill
from made import asked
from own_form import (
    FORM,
    MONTHS,
    PLAN,
    Content,
    change_plan,
    replace_periods,
    write_form,
    write_plan,
    write_plan_of_months,
)
from toy import pcmd
from yaml_files import read_yaml, write_yaml

from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.forms.annotated_return import annotated_returns
from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.office.intake.row_matching import ItemMatcher
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.statistics.components import list_components
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.yaml_models import parse_model

COUNT, AMOUNT = "Số buổi tập huấn", "Kinh phí khác (triệu đồng)"
ENTRIES = [
    {"key": "trainings", "header": COUNT, "kind": "count", "period": "Y", "width": 12},
    {"key": "spent", "header": AMOUNT, "kind": "amount", "period": "Y", "width": 12},
]
THREE_QUARTERS = [("q1", "Quý I", "Q1"), ("q2", "Quý II", "Q2"), ("q3", "Quý III", "Q3")]
DECIDED = ["unit_code", "objective", "verdict", "low", "high", "needed", "total", "target", "basis"]


def add_columns(content: Content, entries: list[Content], sheets: int = 6) -> None:
    """Put columns before the remarks of the first sheets."""
    for sheet in content["sheets"][:sheets]:
        at = [column["key"] for column in sheet["columns"]].index("note")
        sheet["columns"][at:at] = entries


def class_columns(data: Path, entries: list[Content]) -> None:
    """Class the columns as public in every sheet of the policy of a data folder."""
    policy = read_yaml(data / "disclosure.yaml")
    for classes in policy["classes"].values():
        classes |= {entry["key"]: "public" for entry in entries}
    write_yaml(data / "disclosure.yaml", policy)


def copy_project(folder: Path) -> Path:
    """Copy the project's data and notebooks; return its root."""
    shutil.copytree(paths.DATA, folder / "data", ignore=shutil.ignore_patterns("*.xlsx"))
    shutil.copytree(paths.NOTEBOOKS, folder / "notebooks")
    return folder


# ---- months instead of quarters ------------------------------------------------------------------


def assert_findings_equal_the_oracle(findings: pd.DataFrame, plan_file: Path, sent: Path) -> None:
    asked = independent.read_plan(plan_file, paths.UNITS)
    expected = pd.DataFrame(independent.findings(independent.read_all(sent, asked), asked))
    tables = [frame[DECIDED].astype("string").fillna("") for frame in (findings, expected)]
    assert tables[0].to_numpy().tolist() == tables[1].to_numpy().tolist()
    of_communes = findings[findings.objective == "communication"]
    assert (of_communes.low.astype(int) > 0).sum() >= 3


def assert_issues_speak_of_months(issues: pd.DataFrame) -> None:
    of_months = issues[issues.sheet.isin(["1 Tuyên truyền", "5 Tin bài"])]
    assert of_months.rule.eq("merged").any()
    assert not of_months.message.str.contains("quý").any()


@pytest.mark.slow
def test_months_are_read_and_judged_as_the_oracle_does(tmp_path: Path) -> None:
    file = write_plan_of_months(tmp_path)
    plan, blanks = load_plan(str(file)), tmp_path / "blank"
    blanks.mkdir()
    for code in ("228", "230", "239", "25"):
        name = plan.reporters.folder[code]
        (blanks / f"{name}.xlsx").write_bytes(blank_return(plan, code))
    fill(blanks, tmp_path / "sent", 4, 0.15, near=True)
    intake = read_returns(plan, tmp_path / "sent")
    findings = evaluate(plan, intake.cells)
    assert_findings_equal_the_oracle(findings, file, tmp_path / "sent")
    assert_issues_speak_of_months(intake.issues)


@pytest.mark.long
def test_months_go_through_a_whole_run(tmp_path: Path) -> None:
    """Notebooks, papers and pages speak of months in objective 1; each sheet has columns more."""
    root, output = copy_project(tmp_path / "project"), tmp_path / "out"
    form = root / "data" / "forms" / FORM.name

    def change(content: Content) -> None:
        replace_periods(content, MONTHS)
        add_columns(content, ENTRIES)

    write_form(form, change)
    class_columns(root / "data", ENTRIES)
    plan_file = write_plan(root / "data" / "plans", change_plan)
    code, text = pcmd(root, "template", "--to", str(tmp_path / "blank"))
    assert code == 0, text
    fill(tmp_path / "blank", tmp_path / "sent", 4, 0.15, near=True)
    places = ("--returns", str(tmp_path / "sent"), "--output", str(output))
    code, text = pcmd(root, "run", "--unit", "230", "--unit", "25", "--jobs", "1", *places)
    assert code in (0, 1) and "Traceback" not in text, text
    tables = {
        name: pd.read_csv(output / "internal" / f"{name}.csv", dtype="string")
        for name in ("findings", "check")
    }
    oracle_plan = write_yaml(
        tmp_path / "plan.yaml", read_yaml(plan_file) | {"form": str(form)[:-5]}
    )
    assert_findings_equal_the_oracle(tables["findings"], oracle_plan, tmp_path / "sent")
    assert_issues_speak_of_months(tables["check"])
    [page] = (output / "published/districts").glob("230-*/1_communication.html")
    assert "Tháng 12" in page.read_text(encoding="utf-8")
    assert [*(output / "internal/documents").glob("thong-bao-*-230-*.docx")]


@pytest.mark.parametrize(
    ("periods", "rules", "words"),
    [
        (
            *(THREE_QUARTERS, {}),
            ["“rules.quarters” của communication xét Quý IV", "“columns.period” của biểu 1"],
        ),
        ([], {"months": [1, 2]}, ["active_quarters và quarters, hoặc active_months và months"]),
    ],
    ids=["a quarter that the form lacks", "quarters and months"],
)
def test_load_plan_rule_over_a_period_that_the_form_lacks_is_refused(
    tmp_path: Path, periods: list[tuple[str, str, str]], rules: Content, words: list[str]
) -> None:
    """Fail closed: such a period counted as one without activity."""
    if periods:
        write_form(tmp_path / "form.yaml", lambda content: replace_periods(content, periods))

    def change(content: Content) -> None:
        entries = content["objectives"][0]["rules"]
        for key, value in rules.items():
            entries[key] = entries["quarters"] | {"value": value, "choices": []}

    with pytest.raises(InputRefused) as refusal:
        load_plan(str(write_plan(tmp_path, change)))
    assert all(piece in " ".join(refusal.value.reasons) for piece in words)


# ---- more columns --------------------------------------------------------------------------------


@pytest.mark.slow
def test_added_columns_are_read_and_leave_findings_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy_project(tmp_path / "project")
    class_columns(root / "data", ENTRIES)
    monkeypatch.setattr(paths, "DATA", root / "data")
    write_form(tmp_path / "form.yaml", lambda content: add_columns(content, ENTRIES))
    shutil.copy(tmp_path / "form.yaml", root / "data" / "forms")
    monkeypatch.setattr(paths, "FORMS", root / "data" / "forms")
    wider, shipped = (
        load_plan(str(write_plan(tmp_path, lambda content: None))),
        load_plan(PLAN.stem),
    )
    findings, titles = {}, []
    for name, plan in {"wider": wider, "shipped": shipped}.items():
        (tmp_path / name).mkdir()
        for code in ("228", "25"):
            (tmp_path / name / f"{code}-a.xlsx").write_bytes(blank_return(plan, code))
        fill(tmp_path / name, tmp_path / f"{name} sent", 3, 0, near=True)
    for path in (tmp_path / "wider sent").iterdir():
        book = openpyxl.load_workbook(path)
        for sheet in [sheet for sheet in book if COUNT in {cell.value for cell in sheet[4]}]:
            heads = {cell.value: cell.column for cell in sheet[4]}
            for cells in [*sheet.iter_rows(min_row=5)]:
                code, label = cells[0].value, str(cells[1].value or "=")
                if code and not label.startswith(("=", "-", "Không có")):
                    cells[heads[COUNT] - 1].value, cells[heads[AMOUNT] - 1].value = 2, 1.5
                    titles.append(sheet.title)
        book.save(path)
    for name, plan in {"wider": wider, "shipped": shipped}.items():
        cells = read_returns(plan, tmp_path / f"{name} sent").cells
        findings[name] = evaluate(plan, cells)
        if name == "wider":
            added = cells[cells["item"].str.contains("trainings|spent") & cells.file.notna()]
    pd.testing.assert_frame_equal(findings["wider"], findings["shipped"])
    assert {*added.value.dropna()} == {"2", "1.5"}
    assert added.value.notna().sum() == 2 * len(titles) and len({*titles}) >= 5


@pytest.mark.slow
def test_columns_added_since_are_asked_of_returns_of_the_new_version_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped returns are of version 1: their issues, states and findings stay, and so does the
    form of a copy. The sum of a column that one return of version 2 has is not complete.
    """
    root = copy_project(tmp_path / "project")
    class_columns(root / "data", ENTRIES)
    monkeypatch.setattr(paths, "DATA", root / "data")

    def add(content: Content) -> None:
        content["version"] = 2
        add_columns(content, [entry | {"since": 2} for entry in ENTRIES])

    write_form(tmp_path / "form.yaml", add)
    shutil.copy(tmp_path / "form.yaml", root / "data" / "forms")
    monkeypatch.setattr(paths, "FORMS", root / "data" / "forms")
    shipped, later = (
        load_plan(PLAN.stem),
        load_plan(str(write_plan(tmp_path, lambda content: None))),
    )
    sent = shutil.copytree(paths.returns_folder(PLAN.stem), tmp_path / "sent")
    before, after = (read_returns(plan, sent) for plan in (shipped, later))
    for name in ("cells", "returns", "issues"):  # 240 sent none, and is asked for all
        sent_before, sent_after = (
            getattr(intake, name).query("reporter != '240'") for intake in (before, after)
        )
        pd.testing.assert_frame_equal(
            sent_after.reset_index(drop=True), sent_before.reset_index(drop=True)
        )
    copies = [
        annotated_returns(plan, intake, asked(plan, intake))["231-ha-hoa.xlsx"]
        for plan, intake in ((shipped, before), (later, after))
    ]
    assert copies[0] == copies[1]
    (sent / "240-tan-son.xlsx").write_bytes(blank_return(later, "240"))
    rows = list_components(later, read_returns(later, sent).cells, after.returns)
    rows = rows[(rows["item"] == "2.1:trainings") & (rows.reporter != "240")]
    assert len(rows) == 12 and not rows.known.any()


def test_blank_return_of_two_word_columns_has_a_list_for_each(tmp_path: Path) -> None:
    """Words with commas are listed beside the particulars, those of a second such column beside
    them.
    """
    entry = {"key": "place", "header": "Nơi", "kind": "label", "width": 9, "fill": True}
    entry["choices"] = ["chợ", "nhà"]
    write_form(tmp_path / "form.yaml", lambda content: add_columns(content, [entry], sheets=1))
    plan = load_plan(str(write_plan(tmp_path, lambda content: None)))
    (tmp_path / "228.xlsx").write_bytes(blank_return(plan, "228"))
    book = openpyxl.load_workbook(tmp_path / "228.xlsx")
    checks = book["1 Tuyên truyền"].data_validations.dataValidation
    lists = {check.formula1 for check in checks if check.type == "list" and "!" in check.formula1}
    assert lists == {"'Thông tin'!$E$5:$E$10", "'Thông tin'!$F$5:$F$6"}
    words = [row[0].value for row in book["Thông tin"]["F4:F6"]]
    assert words == ["Nơi (danh sách chọn)", "chợ", "nhà"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: count, period: Q2,", "kind: count,", "cột q2: “period” đi cùng ô phải điền"),
        ("key: q2, header: Quý II,", "key: more, header: Quý I,", "tiêu đề cột trùng nhau"),
        ("kind: count, period: Q2,", "kind: count, period: Q1,", "quý, tháng (period) trùng nhau"),
        ('code: "3.2", label', 'code: "3.1", label', "mã trùng nhau"),
        ("key: unit_name,", "key: place,", "thiếu cột unit_name"),
        ("key: q2, header", "key: q2, since: 2, header", "q2 ghi since 2"),
        ('at: "6.3"', 'at: "6.1"', "so sánh cases-parts: “at” phải là một trong left, right"),
    ],
)
def test_form_with_an_impossible_entry_is_refused_by_its_column(
    old: str, new: str, expected: str
) -> None:
    content = FORM.read_text(encoding="utf-8").replace("{year}", "2017").replace(old, new, 1)
    with pytest.raises(InputRefused) as refusal:
        parse_model(content.encode(), FORM.name, Form)
    assert FORM.name in str(refusal.value) and expected in str(refusal.value)


def test_item_matcher_codes_may_be_words() -> None:
    """A number typed as a code is compared with numeric codes alone."""
    items = ItemMatcher({"A": "Giảm nghèo", "B.1": "Việc làm", "2.1": "Dạy nghề", "2.10": "Khác"})
    assert items.match("2.1", "", is_number=True)[2:] == ("", "", "", "2.1", True)
    assert items.match("2.1", "Khác", is_number=True).matched == "2.10"
    assert items.match("7", "Việc làm", is_number=True)[2:] == ("", "", "B.1", "B.1", False)
