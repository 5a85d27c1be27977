"""The sheet `Kiểm tra`: its formulas, recalculated, against the reader of returns."""

from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest
from jinja2.runtime import Macro
from libreoffice import converted
from made import COM, SHEETS, annotated, blank, good, opened, place
from openpyxl import load_workbook
from yaml_files import read_yaml

from pcmd_eval.office.forms.self_check import SheetFormula
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.templates import load_macros

BLANK = "Số ô còn trống"
READY = "Không còn điểm cần sửa trong những điểm dưới đây"
NOTE = (COM, "Có cuộc tổ chức thì phải có lượt người")  # needs no mending
TABLE = read_yaml(Path(__file__).parent / "self_check.yaml")
LINES = {
    name: {
        (SHEETS[sheet], title): result
        for sheet in edit["lines"]
        for title, result in edit["lines"][sheet].items()
    }
    for name, edit in TABLE["edits"].items()
}


def write_return(file: Path, cells: dict[str, Any]) -> None:
    """Write a sound return with these values at addresses like `COM!E5` or `COM!E5:H5`."""
    book = opened(good(guided=True))
    for at, value in cells.items():
        sheet, _, area = place(at).partition("!")
        area = area if ":" in area else f"{area}:{area}"
        for cell in (cell for row in book[sheet][area] for cell in row):
            cell.value = value
    book.save(file)


def recalculated(folder: Path, plan: Plan):
    """Yield the name of each workbook as LibreOffice writes it, how it is read, and two of its
    sheets with what formulas come to: `Kiểm tra` and the first.
    """
    for copy in converted(sorted(folder.glob("*.xlsx")), folder / "out"):
        (own_folder := folder / copy.stem).mkdir()
        file = copy.rename(own_folder / copy.name)
        with closing(load_workbook(file, data_only=True, read_only=True)) as book:
            checks = [*book["Kiểm tra"].iter_rows(4, max_col=3, values_only=True)]
            first = book[COM]["B15"].value if COM in book.sheetnames else None
        yield copy.stem, read_returns(plan, own_folder), checks, first


@pytest.mark.long
def test_self_check_recalculated_is_ready_where_the_reader_has_no_issue(
    tmp_path: Path, plan: Plan
) -> None:
    for name, cells in TABLE["fillings"].items():
        write_return(tmp_path / f"{name}.xlsx", cells)
    (tmp_path / "untouched.xlsx").write_bytes(blank("228"))
    for name, intake, [(answer, *_), *_], commune in recalculated(tmp_path, plan):
        issues = intake.issues[intake.issues.severity != "note"]
        is_sound = issues.empty and not (intake.cells.state == "blank").any()
        assert (answer == READY) == is_sound, (name, answer, issues.to_string())
        assert (answer == "Chưa điền") == (name == "untouched")
        assert name != "added" or commune == "Trường Thịnh"


@pytest.mark.slow
def test_self_check_recalculated_agrees_with_the_reader(
    tmp_path: Path, plan: Plan, shipped: Intake
) -> None:
    """Of edits only the lines named; blanks and comparisons as the reader has them. Also for the
    shipped returns, which have no such sheet, in our own form.
    """
    note = shipped.issues.iloc[[0]].assign(rule="distant-cell", sheet="", cell="")
    sent = shipped.returns.dropna(subset="file")
    notes = pd.concat(
        note.assign(reporter=row.reporter, file=row.file) for row in sent.itertuples()
    )
    copies = annotated(plan, replace(shipped, issues=notes))
    for name, content in copies.items():
        (tmp_path / name).write_bytes(content)
    for name, edit in TABLE["edits"].items():
        write_return(tmp_path / f"{name}.xlsx", edit["write"])
    titles = {check.title: check.id for check in plan.form.checks}
    names = []
    for name, intake, [(answer, *_), *rows], _ in recalculated(tmp_path, plan):
        names.append(name)
        results = {(sheet, title): result for sheet, title, result in rows[3:] if sheet}
        assert rows[-1][1] == "Trang này không xét"
        silent = (0, "đúng", "chưa có số liệu")
        lines = {line: result for line, result in results.items() if result not in silent}
        assert lines == LINES.get(name, lines), name
        number = len({*lines} - {NOTE})
        assert answer == (f"Còn {number} điểm cần sửa" if number else READY), name
        blanks = intake.cells[intake.cells.state == "blank"].sheet.value_counts()
        broken = {(issue.sheet, issue.rule) for issue in intake.issues.itertuples()}
        for (sheet, title), result in results.items():
            assert title != BLANK or result == blanks.get(sheet, 0), (name, sheet)
            if title in titles:
                says_so = str(result).startswith(("Xem", "Lưu ý"))
                assert says_so == ((sheet, titles[title]) in broken), (name, title)
    assert len(names) == len(copies) + len(LINES) == 27


def test_self_check_formulas_are_within_the_limits_of_excel() -> None:
    """Not too long; in conditional formats no constants of several words and no other sheet;
    something turns red.
    """
    for code in ("231", "25"):
        book = load_workbook(BytesIO(blank(code)))
        rows = book["Kiểm tra"].iter_rows(min_row=8)
        formulas = [cell.value for row in rows for cell in (row[2], *row[5:8]) if cell.value]
        assert all(len(formula.text) < 8000 for formula in formulas)
        for page in book.worksheets[2:]:
            areas = page.conditional_formatting
            rules = [rule.formula[0] for area in areas for rule in area.rules]
            assert rules
            assert not [r for r in rules if "{" in r or "!" in r or len(r) > 8000]


def test_sheet_formula_entries_are_the_macros_of_the_template() -> None:
    exported = vars(load_macros("office/forms/selfcheck.j2")).items()
    assert {*get_args(SheetFormula)} == {name for name, part in exported if isinstance(part, Macro)}
