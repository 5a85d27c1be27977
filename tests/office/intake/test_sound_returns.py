"""Sound returns with the habits of official forms, in one file or several: no figure is lost or
read otherwise, and few false alarms are raised.
"""

from collections.abc import Callable, Collection, Hashable
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

import pandas as pd
import pytest
from made import COM, ENF, HARM, INT, MODEL, edited, good, inform, opened, plain, put
from natural import PEOPLE, end, natural, tables
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from seeds import seeds

from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.util.files import to_csv_bytes

Post = Callable[..., Intake]
Habit = Callable[[Workbook, Random], None]
SHEETS = (COM, INT, HARM, MODEL, ENF)
KEYS = ["objective", "unit_code", "item", "period"]


# ---- habits of official forms --------------------------------------------------------------------


def column_of(page: Worksheet, header: str) -> int:
    """Return the column of a header."""
    return next(cell.column for cell in page[4] if cell.value == header)


def letterhead(book: Workbook, rng: Random) -> None:
    """Write who sends it over the title, and the motto beside it."""
    for page in tables(book):
        page["A1"], page["A2"] = "UBND HUYỆN\nPHÒNG LAO ĐỘNG - TBXH", "Số: 123/BC-LĐTBXH"
        page["F1"], page["F2"] = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"


def numbered_columns(book: Workbook, rng: Random) -> None:
    """Number the columns in a row under the header."""
    for page in tables(book, INT, HARM, ENF):
        page.insert_rows(5)
        for column in range(1, page.max_column + 1):
            page.cell(5, column).value = rng.choice((f"({column})", column))


def half_years(book: Workbook, rng: Random) -> None:
    """Add columns of sums to the right."""
    for page in tables(book, HARM, ENF):
        at = page.max_column + 1
        put(page, 4, at, "6 tháng", "Lũy kế")
        put(page, 5, at, 3, 6)


def last_year(book: Workbook, rng: Random) -> None:
    """Compare with the year before below the table."""
    for page in tables(book, HARM, ENF):
        at, column = end(page), column_of(page, "Quý I")
        for row, words in enumerate(("So với cùng kỳ năm 2016", "Tỷ lệ %"), at):
            page.cell(row, 2).value = words
            put(page, row, column, *(rng.randrange(20, 150) for _ in range(4)))


def total_of_a_block(book: Workbook, rng: Random) -> None:
    """Add up the wards below the table."""
    for page in tables(book, COM):
        at = end(page) + 1
        page.cell(at, 2).value = "Cộng khối phường"
        page.cell(at, column_of(page, "Quý I")).value = 30


def hidden_list(book: Workbook, rng: Random) -> None:
    """Keep a hidden sheet of words."""
    page = book.create_sheet("Danh mục")
    for row, words in enumerate(("Nói chuyện", "Loa truyền thanh", "Khác"), 1):
        put(page, row, 1, words)
    page.sheet_state = "hidden"


def sheet_of_another_spelling(book: Workbook, rng: Random) -> None:
    """Spell the number of a sheet otherwise."""
    for page in tables(book, HARM):
        page.title = rng.choice(("3. Can thiệp", "3 - Can thiệp", "3.Can thiệp"))


def header_in_full(book: Workbook, rng: Random) -> None:
    """Write the header of attendance in other words."""
    for page in tables(book, COM):
        header = page.cell(4, column_of(page, "Lượt người"))
        header.value = rng.choice(("Số lượt người", "Lượt người (lượt)"))


def number_as_remark(book: Workbook, rng: Random) -> None:
    """Write one number as a remark."""
    for page in tables(book, ENF):
        page.cell(6, column_of(page, "Ghi chú")).value = 12


def denial_in_other_words(book: Workbook, rng: Random) -> None:
    """Deny a model in other words."""
    words = ("Huyện chưa có mô hình", "Không có MH", "Thị xã chưa có mô hình nào")
    for page in tables(book, MODEL):
        if page["B5"].value == "Không có mô hình":
            page["B5"].value = rng.choice(words)


# The last ones change what the others look for.
HABITS: tuple[Habit, ...] = (
    *(letterhead, half_years, last_year, total_of_a_block, hidden_list, number_as_remark),
    *(denial_in_other_words, header_in_full, numbered_columns, sheet_of_another_spelling),
)


# ---- one return in several files -----------------------------------------------------------------

QUARTERS = ("Quý I", "Quý II", "Quý III", "Quý IV")
CUTOFFS = (date(2017, 3, 31), date(2017, 6, 30), date(2017, 9, 30), date(2017, 12, 15))
WAYS = ("one file", "sheets", "sheets of one day", "quarters", "correction")
CORRECTED = {("3.1.2", "Q1"): "8", ("6.1", "Q2"): "10"}


class Part(NamedTuple):
    """One file of a return: what it holds of the whole, and when it was sent."""

    sent: date
    sheets: Collection[str] = SHEETS
    quarters: Collection[int] = range(4)
    is_without_others: bool = False
    is_correction: bool = False


def split(rng: Random, way: str) -> list[Part]:
    """Return the files that a return is sent in, one to five."""
    day = date(2017, 12, 16)
    if way == "quarters":
        groups = rng.choice((((0,), (1,), (2,), (3,)), ((0, 1), (2, 3)), ((0, 1, 2), (3,))))
        return [Part(CUTOFFS[group[-1]] + timedelta(3), quarters=group) for group in groups]
    if way.startswith("sheets"):
        names, number, is_without_others = rng.sample(SHEETS, 5), rng.randrange(2, 6), rng.random()
        days = [day + timedelta(at if way == "sheets" else 0) for at in range(number)]
        return [
            Part(days[at], names[at::number], is_without_others=is_without_others < 0.5)
            for at in range(number)
        ]
    correction = Part(day + timedelta(4), (), is_correction=True)
    return [Part(day), *([correction] if way == "correction" else [])]


def take_part(book: Workbook, code: str, part: Part) -> None:
    """Leave of a whole return what one file holds."""
    inform(book, cutoff=CUTOFFS[max(part.quarters)], sent=part.sent)
    is_in_year = 3 not in part.quarters  # nothing of the year is known
    for page in tables(book):
        if page.title not in part.sheets or (is_in_year and page.title in (INT, MODEL)):
            if part.is_without_others:
                book.remove(page)
            else:
                empty(page, opened(plain(code))[page.title])
        elif page.title not in (INT, MODEL):
            headers = {header for at, header in enumerate(QUARTERS) if at not in part.quarters}
            headers |= {"Lượt người", "Số người được tiếp cận"} if is_in_year else set()
            columns = [cell.column for cell in page[4] if cell.value in headers]
            for cell in (cell for row in page.iter_rows(min_row=5) for cell in row):
                if cell.column in columns and str(cell.value).strip()[:1].isdigit():
                    cell.value = None
    if part.is_correction:
        put(book[HARM], 6, column_of(book[HARM], "Quý I"), 8)
        put(book[ENF], 5, column_of(book[ENF], "Quý II"), 10)


def empty(page: Worksheet, blank_page: Worksheet) -> None:
    """Leave a sheet as the blank form has it."""
    for area in [area for area in page.merged_cells.ranges if area.min_row > 4]:
        page.unmerge_cells(area.coord)
    for cell in [cell for (row, _), cell in page._cells.items() if row > 4]:
        cell.value = None
    for row in blank_page.iter_rows(min_row=5, max_col=2):
        put(page, row[0].row, 1, *(cell.value for cell in row))


def figures(intake: Intake, code: str) -> dict[Hashable, str]:
    """Return the figures of a reporter by what they are about, those of models left out."""
    is_number = pd.to_numeric(intake.cells.value, errors="coerce").notna()
    is_figure = is_number & (intake.cells.objective != "support_model")
    cells = intake.cells[is_figure & (intake.cells.reporter == code)]
    return cells.set_index(KEYS).value.to_dict()


def trial(post: Post, seed: int) -> tuple[list[str], list[str]]:
    """Return the figures that are lost or read otherwise in a return of this seed, and alarms."""
    rng, code, way = Random(seed), ("228", "230", "227", "231")[seed % 4], WAYS[seed % 5]
    content, names = natural(code, 1000 + seed, habits=5)
    habits = [HABITS[at] for at in sorted(rng.sample(range(len(HABITS)), 4))]
    files = {}
    for name, part in zip("abcde", split(rng, way), strict=False):

        def change(book: Workbook, part: Part = part) -> None:
            take_part(book, code, part)
            for habit in habits:
                habit(book, Random(seed))

        files[name] = edited(content, change)
    expected = figures(post(whole=good(code)), code)
    if way == "correction":
        expected |= {key: CORRECTED[key[2:]] for key in expected if key[2:] in CORRECTED}
    intake = post(**files)
    read = figures(intake, code)
    names += [habit.__name__ for habit in habits]
    about = f"seed {seed}, {way}, {len(files)} files, {', '.join(names)}: "
    losses = [f"{about}{key}" for key, value in expected.items() if read.get(key) != value]
    alarms = intake.issues[intake.issues.severity != "note"]
    return losses, [*(about + alarms.file + " " + alarms.sheet + ": " + alarms.message)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(range(2), range(20)))
def test_read_returns_habits_of_clerks_raise_no_alarm(post: Post, seed: int) -> None:
    """No figure is lost or another, and no signer's name is kept anywhere."""
    senders = ("228", "230", "25")
    whole = post(**{code: good(code) for code in senders})
    intake = post(**{code: natural(code, seed)[0] for code in senders})
    assert not (intake.issues.severity != "note").any(), intake.issues.to_string()
    assert {*intake.cells.state[intake.cells.reporter.isin(senders)]} <= {"reported", "blank"}
    for code in senders:
        assert figures(whole, code).items() <= figures(intake, code).items()
    tables = to_csv_bytes(intake.issues) + to_csv_bytes(intake.cells[[*OBSERVATIONS]])
    assert not any(name.encode() in tables for name in PEOPLE if name != "Thanh Minh")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_read_returns_sound_return_loses_no_figure_and_raises_no_alarm(
    post: Post, seed: int
) -> None:
    assert trial(post, seed) == ([], [])


@pytest.mark.long
def test_read_returns_sixty_sound_returns_raise_five_alarms_at_most(post: Post) -> None:
    """Three are known, and right: a number is the only remark of a sheet that is blank."""
    trials = [trial(post, seed) for seed in range(5, 65)]
    assert not [text for losses, _ in trials for text in losses]
    alarms = [text for _, texts in trials for text in texts]
    assert len(alarms) <= 5, "\n".join(alarms)
