"""A form of one's own: one more column is one entry of its YAML, and what cannot be is refused in
words.
"""

import re
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from filling import fill
from toy import pcmd

from pcmd_eval.evaluation.findings import evaluate, format_findings
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.intake.row_matching import ItemMatcher
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import to_csv_bytes
from pcmd_eval.util.yaml_models import parse_model

FORM = paths.FORMS / "return_v1.yaml"
COUNT, AMOUNT = "Số buổi tập huấn", "Kinh phí khác (triệu đồng)"
ENTRIES = f"""      - {{key: trainings, header: {COUNT}, kind: count, period: Y, width: 12}}
      - {{key: spent, header: {AMOUNT}, kind: amount, period: Y, width: 12}}
"""
SENDERS = ("228", "230", "25")


def extended(folder: Path, entries: str = ENTRIES, sheets: int = 6) -> Path:
    """A project whose form has more columns on each of its sheets or on the first of them."""
    shutil.copytree(paths.DATA, folder / "data", ignore=shutil.ignore_patterns("*.xlsx"))
    shutil.copytree(paths.NOTEBOOKS, folder / "notebooks")
    form = FORM.read_text(encoding="utf-8")
    note = re.compile(r"^ +- \{key: note,", re.MULTILINE)
    wider, many = note.subn(lambda match: entries + match[0], form, count=sheets)
    assert many == sheets
    (folder / "data" / "forms" / FORM.name).write_text(wider, encoding="utf-8")
    return folder


def write_returns(root: Path, folder: Path) -> dict[str, int]:
    """Complete returns on the forms of a project; gives how many cells of the new columns hold a
    figure, by sheet.
    """
    code, output = pcmd(root, "template", *SENDERS, "--to", str(folder / "blank"))
    assert code == 0, output
    fill(folder / "blank", folder / "sent", 3, 0, near=True)
    cells: dict[str, int] = {}
    for path in (folder / "sent").iterdir():
        book = openpyxl.load_workbook(path)
        for sheet in book.worksheets:
            heads = {cell.value: cell.column for cell in sheet[4]}
            rows = range(5, sheet.max_row + 1) if COUNT in heads else ()
            for row in rows:
                code, name = sheet.cell(row, 1).value, sheet.cell(row, 2).value
                optional = code in (None, "2.6", "5.4")
                spare = not name or str(name).startswith("=")
                if optional or spare:
                    continue
                sheet.cell(row, heads[COUNT]).value = 2
                sheet.cell(row, heads[AMOUNT]).value = 1.5
                cells[sheet.title] = cells.get(sheet.title, 0) + 1
        book.save(path)
    return cells


@pytest.mark.slow
def test_run_with_an_added_form_column_leaves_findings_unchanged(
    plan: Plan, blanks: Path, tmp_path: Path
) -> None:
    """The column is in the form and in observations.csv; notebooks, documents and pages are made."""
    root = extended(tmp_path / "own")
    cells = write_returns(root, tmp_path / "wider")
    (tmp_path / "blanks").mkdir()
    for name in plan.reporters.folder[[*SENDERS]]:
        shutil.copy(blanks / f"{name}.xlsx", tmp_path / "blanks")
    fill(tmp_path / "blanks", tmp_path / "shipped", 3, 0, near=True)
    places = ("--returns", str(tmp_path / "wider/sent"), "--output", str(tmp_path / "out"))
    code, output = pcmd(root, "run", "--unit", "25", *places)
    assert code == 0, output
    shipped = evaluate(plan, read_returns(plan, tmp_path / "shipped").cells)
    internal = tmp_path / "out" / "internal"
    assert (internal / "findings.csv").read_bytes() == to_csv_bytes(format_findings(shipped))
    assert (internal / "audit.xlsx").is_file()
    read = pd.read_csv(internal / "observations.csv", dtype="string")
    for sheet in ("1 Tuyên truyền", "6 Xử lý"):
        for item, figure in {"trainings": "2", "spent": "1.5"}.items():
            rows = read[(read.sheet == sheet) & read["item"].str.endswith(item)]
            assert [*rows.value] == [figure] * cells[sheet]
    assert min(cells.values()) > 0 and len(cells) >= 5


def test_template_of_two_word_columns_has_a_list_for_each(tmp_path: Path) -> None:
    """Words with commas are listed beside the particulars, those of a second such column beside
    them.
    """
    entry = (
        "      - {key: place, header: Nơi, kind: label, width: 9, fill: true, choices: [chợ, nhà]}"
    )
    root = extended(tmp_path / "own", f"{entry}\n", sheets=1)
    code, output = pcmd(root, "template", "228", "--to", str(tmp_path))
    assert code == 0, output
    book = openpyxl.load_workbook(next(tmp_path.glob("228-*.xlsx")))
    lists = {
        check.formula1
        for check in book["1 Tuyên truyền"].data_validations.dataValidation
        if check.type == "list" and "!" in check.formula1
    }
    assert lists == {"'Thông tin'!$E$5:$E$10", "'Thông tin'!$F$5:$F$6"}
    assert [row[0].value for row in book["Thông tin"]["F4:F6"]] == [
        "Nơi (danh sách chọn)",
        "chợ",
        "nhà",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: count, period: Q2,", "kind: count,", "cột q2: “period” đi cùng ô phải điền"),
        ("key: q2, header: Quý II,", "key: more, header: Quý I,", "tiêu đề cột trùng nhau"),
        ("kind: count, period: Q2,", "kind: count, period: Q1,", "quý, tháng (period) trùng nhau"),
        ('code: "3.2", label', 'code: "3.1", label', "mã trùng nhau"),
        ("key: unit_name,", "key: place,", "thiếu cột unit_name"),
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
