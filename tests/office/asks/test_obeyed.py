"""Done literally, what a list asks for is gone, nothing new is asked, and no verdict turns.

A clerk works in the annotated return: by its sheet `Cần sửa` he writes into the cells that it names
what their column holds, either as little as there can be or something everywhere, and brings the
figures up to date where that is asked. The department confirms what he does not change.
"""

import re
import runpy
from datetime import date
from io import BytesIO
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from editions import case_of
from made import COM, ENF, HARM, INFO, INT, asked, edited, good, inform
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from seeds import seeds

from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.forms.annotated_return import annotated_returns
from pcmd_eval.office.intake.confirmations import CONFIRMATIONS_FILE, draft_confirmations
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.office.reports.placeholders import Paper, enclosed_blank_returns, silent_units
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.plan.sheet import Sheet
from pcmd_eval.util import paths
from pcmd_eval.util.cell_ranges import Position, parse_ranges
from pcmd_eval.util.files import to_csv_bytes

PARTS = {"6.3": ("6.4", "6.5", "6.6"), "6.7": ("6.8", "6.9", "6.10")}  # sums of sheet 6
FIRM = ("met", "not_met", "none_arose")


class Clerk:
    """Writes into the annotated return of one file what it asks for."""

    def __init__(self, plan: Plan, content: bytes, is_much: bool) -> None:
        self.plan, self.is_much = plan, is_much
        self.book = load_workbook(BytesIO(content))
        self.sheets = {sheet.name: sheet for sheet in plan.form.sheets}

    def obey(self) -> Workbook:
        """Do what each line of `Cần sửa` says."""
        for line in self.book[self.plan.form.mend_page.name].iter_rows(min_row=5):
            number, grade, sheet, cells, *_, message = (cell.value for cell in line)
            if not isinstance(number, int):
                continue
            places = parse_ranges(cells or "")
            if "mới chốt đến" in message:
                self.bring_up_to_date(places)
            elif (sheet in self.sheets and grade != "cần xác nhận") or "bỏ gộp" in message:
                values = {at: self.value(self.sheets[sheet], at, {*places}) for at in places}
                for at, value in values.items():
                    self.book[sheet].cell(*at).value = value
                    if value == "Chưa có" and "sửa hoặc xác nhận mục Đã thực hiện" in message:
                        self.book[sheet].cell(at[0], at[1] + 1).value = "Không"
        inform(self.book, sent=date(self.plan.year + 1, 1, 5))
        return self.book

    def value(self, sheet: Sheet, at: Position, places: set[Position]) -> object:
        """What the cell holds in the end."""
        page, column = self.book[sheet.name], sheet.columns[at[1] - 1]
        code = str(page.cell(at[0], 1).value)
        item = next((item for item in sheet.items if item.code == code), None)
        kind = column.for_item(item).kind
        number = self.number(page, code, at, places) if kind in ("count", "amount") else 0
        year = self.plan.year
        return {
            "document": f"12/KH-UBND ngày 01/3/{year}" if self.is_much else "Chưa có",
            "yes_no": "Có" if self.is_much and self.has_document(sheet, at, places) else "Không",
            "date": date(year, 2, 1),
            "choice": 1,
            "name": "Mô hình thử" if page.cell(at[0], 3).value else "Không có mô hình",
        }.get(kind, number)

    def has_document(self, sheet: Sheet, at: Position, places: set[Position]) -> bool:
        """Whether the row has a document, or is asked for one; without it nothing is done."""
        columns = [c for c, column in enumerate(sheet.columns, 1) if column.kind == "document"]
        return all(
            (at[0], c) in places or "/" in str(self.book[sheet.name].cell(at[0], c).value)
            for c in columns
        )

    def number(self, page: Worksheet, code: str, at: Position, places: set[Position]) -> int:
        """A number that agrees with the others of its row or quarter."""
        if code == "6.1":
            return 100  # inspections, more than places with violations
        if not code.startswith("6."):
            is_of_persons = (page.title, at[1]) in ((COM, 9), (HARM, 7))
            return (300 if is_of_persons else 1) if self.is_much else 0
        rows = {str(page.cell(row, 1).value): row for row in range(5, page.max_row + 1)}
        for total, parts in PARTS.items():
            known = {
                one: int(re.sub(r"\D", "", str(page.cell(rows[one], at[1]).value)) or 0)
                for one in (total, *parts)
                if (rows[one], at[1]) not in places
            }
            if code == total:
                return sum(known.values())
            if code in parts and total in known:
                lacking = known[total] - sum(known.get(part, 0) for part in parts)
                first = min((part for part in parts if part not in known), default="")
                return max(lacking, 0) if code == first else 0
        return 0

    def bring_up_to_date(self, places: list[Position]) -> None:
        """Move the cut-off to the end of the year; of much, something began in its last weeks."""
        for at in places:
            self.book[INFO].cell(*at).value = date(self.plan.year, 12, 31)
        for name in self.sheets if self.is_much else ():
            if name in self.book.sheetnames:
                self.begin(self.book[name])

    def begin(self, page: Worksheet) -> None:
        """Something that nobody did before the cut-off began after it."""
        last = {COM: 8, HARM: 6}.get(page.title, 0)  # the column of quarter IV
        for row in range(5, page.max_row + 1) if last else ():
            cell = page.cell(row, last)
            cell.value = 1 if cell.value == 0 else cell.value
        for row in range(5, 10) if page.title == INT else ():
            if page.cell(row, 4).value == "Không":
                page.cell(row, 3).value = f"44/KH-UBND ngày 1/12/{self.plan.year}"
                page.cell(row, 4).value = "Có"
        for row in (7, 10) if page.title == ENF else ():  # a case found in December, pending
            page.cell(row, 7).value += 1


def damage(rng: Random):
    """Blank cells, words instead of numbers, a commune without a row, an early cut-off."""

    def change(book: Workbook) -> None:
        inform(book, cutoff=rng.choice([date(2017, 12, 20), date(2017, 11, 30)]))
        for name, columns in ((COM, range(5, 9)), (HARM, range(3, 7)), (ENF, range(4, 8))):
            sheet = book[name]
            rows = [at for at in range(5, sheet.max_row + 1) if sheet.cell(at, 1).value]
            for at in rng.sample(rows, 3):
                sheet.cell(at, rng.choice([*columns])).value = rng.choice([None, "khoảng 3", "-"])
        for at in rng.sample(range(5, 10), 2):
            book[INT].cell(at, rng.choice((3, 4))).value = rng.choice([None, "đang trình"])
        row = rng.randrange(5, 9)
        for column in range(1, 11):
            book[COM].cell(row, column).value = None

    return change


def obeyed(plan: Plan, intake: Intake, source: Path, target: Path, is_much: bool) -> Intake:
    """The returns after every sender did what its copy asks, and the department confirmed."""
    target.mkdir()
    copies = annotated_returns(plan, intake, asked(plan, intake))
    for path in source.glob("*.xlsx"):
        if path.name not in copies:
            (target / path.name).write_bytes(path.read_bytes())
    for name, content in copies.items():
        Clerk(plan, content, is_much).obey().save(target / name)
    lines = draft_confirmations(intake.issues).assign(by="Phòng PCTNXH", on="08/01/2018")
    (target / CONFIRMATIONS_FILE).write_bytes(to_csv_bytes(lines))
    return read_returns(plan, target)


def verdicts(plan: Plan, intake: Intake) -> pd.Series:
    """The verdicts by unit and objective."""
    return evaluate(plan, intake.cells, []).set_index(["unit_code", "objective"]).verdict


def assert_settled(plan: Plan, before: Intake, after: Intake) -> None:
    """Nothing is asked of a sender any more, and no verdict that was told turned."""
    senders = after.returns.reporter[after.returns.file.notna()]
    left = asked(plan, after).without_notes()
    left = left[left.reporter.isin(senders)]
    assert left.empty, left[["reporter", "sheet", "cell", "value", "message"]].to_string()
    told, now = verdicts(plan, before), verdicts(plan, after)
    told = told[told.isin(FIRM)]
    assert len(told) and told.equals(now[told.index]), told.compare(now[told.index])


@pytest.mark.slow
@pytest.mark.parametrize("is_much", seeds([True], [False]))
def test_requests_of_the_shipped_set_obeyed_are_settled(
    plan: Plan, shipped: Intake, tmp_path: Path, is_much: bool
) -> None:
    source = paths.returns_folder(plan.name)
    after = obeyed(plan, shipped, source, tmp_path / "after", is_much)
    assert_settled(plan, shipped, after)


@pytest.mark.long
@pytest.mark.parametrize("is_much", [False, True])
def test_requests_of_a_damaged_set_obeyed_are_settled(
    plan: Plan, tmp_path: Path, is_much: bool
) -> None:
    source = tmp_path / "sent"
    source.mkdir()
    for code in plan.reporting_units.index[:6]:  # each with gaps of its own
        content = edited(good(code), damage(Random(f"{code} 1")))
        (source / f"{code}.xlsx").write_bytes(content)
    intake = read_returns(plan, source)
    assert_settled(plan, intake, obeyed(plan, intake, source, tmp_path / "after", is_much))


@pytest.mark.slow
def test_form_that_lies_beside_a_letter_filled_in_is_settled(
    plan: Plan, shipped: Intake, tmp_path: Path
) -> None:
    """Tân Sơn, which sent nothing, sends the form with its days alone, then what its copy asks."""
    [(name, form)] = enclosed_blank_returns(
        case_of(plan, shipped, internal=True), Paper("reminder", "240")
    ).items()
    source = tmp_path / "sent"
    source.mkdir()

    def change(book: Workbook) -> None:
        inform(book, cutoff=date(2017, 12, 31), sent=date(2018, 1, 3))

    (source / name).write_bytes(edited(form, change))
    intake = read_returns(plan, source)
    after = obeyed(plan, intake, source, tmp_path / "after", is_much=True)
    assert asked(plan, after).without_notes().query("reporter == '240'").empty
    assert "240" not in silent_units(case_of(plan, after))


@pytest.mark.long
@pytest.mark.parametrize("name", ["thua_thien_hue_2017", "ha_noi_2026"])
def test_requests_of_another_plan_obeyed_are_settled(tmp_path: Path, name: str) -> None:
    """Returns drawn from a seed, with the disorder of real ones, both ways."""
    script, plan = paths.ROOT / "scripts" / "illustrative.py", load_plan(name)
    source = tmp_path / "sent"
    source.mkdir()
    runpy.run_path(str(script))["write_returns"](source, name)
    intake = read_returns(plan, source)
    for is_much in (False, True):
        after = obeyed(plan, intake, source, tmp_path / f"after {is_much}", is_much)
        assert_settled(plan, intake, after)
