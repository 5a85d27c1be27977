"""Test that a request is gone once a return has what the notice asks for."""

from datetime import date
from pathlib import Path
from random import Random

import pytest
from editions import case_of
from made import COM, ENF, HARM, INT, edited, good, inform
from openpyxl import Workbook, load_workbook
from papers import made, text_of
from seeds import seeds

from pcmd_eval.analysis.case import Case, issues_of
from pcmd_eval.analysis.missing_data import missing_of
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan
from pcmd_eval.reports.placeholders import Paper, enclosed_forms, silent_units
from pcmd_eval.util import paths

QUARTER_COLUMNS = {  # of sheets 1 and 6, from 1 on
    "1": {"Q1": 5, "Q2": 6, "Q3": 7, "Q4": 8},
    "6": {"Q1": 4, "Q2": 5, "Q3": 6, "Q4": 7},
}
CASE_ROWS = ("6.3", "6.4", "6.5", "6.6")
PERSON_ROWS = ("6.7", "6.8", "6.9", "6.10")
NO_MODEL = "Không có mô hình"
ANSWERS = {"document": "12/KH-UBND ngày 01/3/2017", "carried_out": "Có", "attendance": 300}
ANSWERS |= {"type": 1, "operating": "Có", "start": date(2017, 2, 1), "name": "Mô hình thử"}


def answer(book: Workbook, rows, plan: Plan) -> None:
    """Write into a return what the notice asks for: cells of `missing_cells` of one reporter."""
    if rows.is_open.any():  # then the request says so
        inform(book, cutoff=date(2017, 12, 31), sent=date(2018, 1, 3))
    for row in rows[~rows.index.duplicated()].itertuples():
        if row.state == "open":
            continue  # the figure is still 0 at the end of the period
        sheet = book[plan.form.sheet(row.objective).name]
        value = NO_MODEL if str(row.row) == "none" else ANSWERS.get(str(row.column), 1)
        if str(row.row) == "6.1":
            value = 100  # inspections, more than places with violations
        for codes in (CASE_ROWS, PERSON_ROWS):
            if row.objective == "enforcement" and str(row.row) in codes:
                value = consistent(sheet, row, rows, codes)
        if isinstance(row.cell, str):
            for area in [one for one in sheet.merged_cells.ranges if row.cell in one]:
                sheet.unmerge_cells(area.coord)  # one number over four quarters: one in each
                for at in area.cells:
                    sheet.cell(*at).value = 1
            if str(row.column) == "carried_out" and says_none(sheet, row.cell):
                value = "Không"
            sheet[row.cell].value = value
        else:
            sheet.cell(*place_of_absent(sheet, row, plan)).value = value


def says_none(sheet, carried_out: str) -> bool:
    """Whether the document beside this cell is none: what was carried out then contradicts it."""
    document = sheet[carried_out].offset(column=-1).value
    return "/" not in str(document)


def consistent(sheet, row, rows, codes: tuple[str, ...]) -> int:
    """A count that agrees with those the quarter already has: the first is the sum of the others."""
    total, *parts = codes
    asked = {*rows.row[(rows.objective == row.objective) & (rows.period == row.period)]}
    column = QUARTER_COLUMNS["6"][row.period]
    places = {str(sheet.cell(at, 1).value): at for at in range(5, sheet.max_row + 1)}
    known = {
        code: int(str(sheet.cell(places[code], column).value).replace(".", "").strip())
        for code in codes
        if code in places and code not in asked
    }
    if total in asked:
        return sum(known.values()) if row.row == total else 0
    first = min(code for code in asked if code in parts)
    return known[total] - sum(known.get(part, 0) for part in parts) if row.row == first else 0


def place_of_absent(sheet, row, plan: Plan) -> tuple[int, int]:
    """The cell of a commune's row that is added below the others."""
    unit = plan.register.loc[row.unit_code]
    codes = {str(sheet.cell(at, 1).value): at for at in range(5, sheet.max_row + 1)}
    at = codes.get(row.unit_code) or max(codes.values()) + 1
    for column, text in enumerate((row.unit_code, unit["name"], unit["type"], "khác"), 1):
        sheet.cell(at, column).value = text
    columns = QUARTER_COLUMNS["1"] | {"Y": 9}
    return at, columns[row.period]


def damage(rng: Random):
    """Blank cells, words instead of numbers, a commune without a row, an early cut-off."""

    def change(book: Workbook) -> None:
        inform(book, cutoff=rng.choice([date(2017, 12, 20), date(2017, 11, 30)]))
        for name, columns in ((COM, range(5, 9)), (HARM, range(3, 7)), (ENF, range(4, 8))):
            sheet = book[name]
            rows = [at for at in range(5, sheet.max_row + 1) if sheet.cell(at, 1).value]
            for at in rng.sample(rows, 3):
                sheet.cell(at, rng.choice([*columns])).value = rng.choice([None, "khoảng 3"])
        for at in rng.sample(range(5, 10), 2):
            book[INT].cell(at, rng.choice((3, 4))).value = rng.choice([None, "đang trình"])
        row = rng.randrange(5, 9)
        for column in range(1, 11):
            book[COM].cell(row, column).value = None

    return change


def answered(case: Case, source: Path, target: Path) -> Case:
    """The case after every district did what its notice asks."""
    target.mkdir()
    missing = missing_of(case)
    files = case.returns[case.returns.file.notna()].set_index("reporter").file
    for reporter, file in files.items():
        book = load_workbook(source / file)
        answer(book, missing[missing.reporter == reporter], case.plan)
        book.save(target / file)
    return case_of(case.plan, read_returns(case.plan, target), internal=True)


def questions(case: Case) -> set[tuple[str, ...]]:
    """What `check` asks the reporters to mend or to confirm, and where."""
    issues = issues_of(case)[issues_of(case).severity != "note"].fillna("")
    return {*issues[["reporter", "rule", "sheet", "cell"]].itertuples(index=False, name=None)}


def test_letter_whose_form_was_filled_in_is_settled(
    plan: Plan, shipped: Intake, tmp_path: Path
) -> None:
    """Tân Sơn takes the form that lies beside its letter."""
    before = case_of(plan, shipped, internal=True)
    [(name, form)] = enclosed_forms(before, Paper("reminder", "240")).items()
    assert name in text_of(made(before, "240", tmp_path)).replace("\u2011", "-")
    sent = tmp_path / "sent"
    sent.mkdir()

    def change(book: Workbook) -> None:
        inform(book, cutoff=date(2017, 12, 31), sent=date(2018, 1, 3))

    (sent / name).write_bytes(edited(form, change))
    blank = case_of(plan, read_returns(plan, sent), internal=True)
    after = answered(blank, sent, tmp_path / "answered")
    missing = missing_of(after)
    assert missing[missing.reporter == "240"].empty
    assert not [one for one in questions(after) if one[0] == "240"]
    assert "240" not in silent_units(after)


@pytest.mark.parametrize("seed", seeds([0, pytest.param(1, marks=pytest.mark.slow)], [2]))
def test_notice_request_that_was_answered_is_gone(
    plan: Plan, shipped: Intake, tmp_path: Path, seed: int
) -> None:
    """Seed 0: the shipped returns."""
    source, intake = paths.returns_folder(plan.name), shipped
    if seed:
        source = tmp_path / "sent"
        source.mkdir()
        for code in plan.reporting_units.index:  # each with gaps of its own
            content = edited(good(code), damage(Random(f"{code} {seed}")))
            (source / f"{code}.xlsx").write_bytes(content)
        intake = read_returns(plan, source)
    before = case_of(plan, intake, internal=True)
    asked = {*missing_of(before).reporter}
    assert len(asked) >= 12
    after = answered(before, source, tmp_path / "answered")
    senders = after.returns.reporter[after.returns.file.notna()]
    missing = missing_of(after)
    missing = missing[missing.reporter.isin(senders)]
    assert missing.empty, missing[["reporter", "unit_code", "item", "period", "raw", "state"]]
    assert questions(after) <= questions(before)  # nothing new is asked
    assert "điểm đề nghị sửa" not in text_of(made(after, "236" if not seed else "230", tmp_path))
