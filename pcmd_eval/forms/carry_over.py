"""Carry a sender's values over into our form, and map each cell to its position there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from openpyxl.utils import coordinate_to_tuple

from pcmd_eval.forms.row_layout import Position, row_keys
from pcmd_eval.intake.cell import LONGEST
from pcmd_eval.intake.cover_sheet import particular_rows
from pcmd_eval.intake.row_matching import row_matcher
from pcmd_eval.intake.sheet_table import SentTable, find_renamed, unexpected_sheets
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.spelling import fold

_EPOCH = 1900  # the year of the first day that Excel knows
# Behind a value whose look made it unreadable: in our form it looks plain, and would be read.
REWRITE = " (ghi lại)"
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")
_BLANK = (None, "")
SENT_NOTE = "Ô màu xanh nhạt: số liệu đã gửi"  # a line of ours under the particulars


@dataclass
class CarriedSheet:
    """The values and comments of one sheet in our form by position.

    `positions`: where the cells of each file stand in our form, if not where they stood.
    """

    positions: dict[tuple[str, Position], Position] = field(default_factory=dict)
    values: dict[Position, object] = field(default_factory=dict)
    comments: dict[Position, str] = field(default_factory=dict)

    def at(self, file: str, cell: str) -> Position:
        """Return the position in our form of a cell (B17) of a file."""
        position = coordinate_to_tuple(cell)
        return self.positions.get((file, position), position)


def carry_over(plan: Plan, unit: str, books: Mapping[str, SentBook]) -> dict[str, CarriedSheet]:
    """Return every sheet of the form by name, put together from a unit's files in the order of
    sending: the later filled cell counts. The files' other sheets stand behind them.

    A sheet that a file lacks is taken from the one most like it; the second of two sheets with one
    name is kept as it is, next to the first.
    """
    form_sheets = {sheet.name: sheet for sheet in plan.sheets_of(unit)}
    combined = {}
    for file, book in reversed(books.items()):
        for name, target in _carry_book(plan, unit, file, book).items():
            if name not in combined:
                combined[name] = target
            elif name in form_sheets:
                _add_older(plan, unit, form_sheets[name], combined[name], target)
            else:
                _fill_in(combined[name], target, {})
    names = [plan.form.info.sheet, *form_sheets]
    ordered = [name for name in names if name in combined]
    return {name: combined[name] for name in [*ordered, *(combined.keys() - {*names})]}


def _carry_book(plan, unit, file, book):
    """Carry one file over."""
    form = plan.form
    unmatched = unexpected_sheets(book, plan, unit)
    doubled = []
    sheets = {form.info.sheet: _carry_particulars(form, file, book)}
    for sheet in plan.sheets_of(unit):
        titles = book.titles(sheet.name)
        like = "" if titles else find_renamed(unmatched, sheet)
        if like:
            del unmatched[like]
            titles = [like]
        if titles:
            target = _carry_table(form, sheet, file, book, titles[0])
            _drop_spellings(plan, unit, sheet, target)
            sheets[sheet.name] = target
        doubled += titles[1:]
    for title in [*unmatched, *doubled]:
        values = {at: _value(cell) for at, cell in book.page(title).cells.items()}
        if values:
            name = _NO_TITLE.sub("_", title)[:31]
            sheets[name] = CarriedSheet({}, values, book.comments(title))
    return sheets


def _carry_table(form, sheet, file, book, title):
    """Carry a sheet of the form over.

    A blank cell stays blank, but not in a label column, which we prefill; only unknown headers are
    carried over.
    """
    page = book.page(title)
    table = SentTable(page, form, sheet)
    form_columns = dict(enumerate(sheet.columns, 1))
    targets = _target_columns(table)
    up = table.header_row - form.header_row  # rows that the sender inserted above the table
    repeated = _repeated_statements(form, page) if sheet.rows == "lines" else ()
    target = CarriedSheet()
    for row, (at, to) in product(table.rows, targets.items()):
        cell = page.at(row, at)
        column = form_columns.get(to)
        kind = column.kind if column else "label"
        if (cell.text or kind != "label") and (row, at) not in repeated:
            target.positions[file, (row, at)] = (row - up, to)
            is_asked = column is not None and column.is_expected
            suffix = cell.display_issue and is_asked
            value = cell.raw + REWRITE if suffix else _value(cell, kind == "date")
            target.values[row - up, to] = value
    _carry_headers(form, sheet, file, table, target)
    for (row, at), text in book.comments(title).items():
        if row > table.header_row:
            target.comments[row - up, targets.get(at, at)] = text
    return target


def _carry_headers(form, sheet, file, table, target):
    """Carry the headers over: their positions, and the texts of those unknown to the form."""
    form_columns, targets = dict(enumerate(sheet.columns, 1)), _target_columns(table)
    for at, cell in table.header_cells.items():
        target.positions[file, (table.header_row, at)] = (form.header_row, targets[at])
        column = sheet.headers.get(form.header_of(cell.text, sheet))
        if not column or column != form_columns.get(targets[at]):
            target.values[form.header_row, targets[at]] = _value(cell)


def _drop_spellings(plan, unit, sheet, target):
    """Let the form write the labels of communes that are surely meant: another spelling of a name
    would look wrong to its formulas.
    """
    if sheet.rows != "communes":
        return
    matcher = row_matcher(plan, sheet, unit)
    labels = [at for at, c in enumerate(sheet.columns, 1) if c.kind == "label" and not c.fill]
    own_rows = {row for row, _ in target.values if row >= plan.form.first_row}
    for row in own_rows:
        code, label = target.values.get((row, 1)), target.values.get((row, 2))
        texts = ("" if text is None else str(text) for text in (code, label))
        if matcher.match(*texts, type(code) in (int, float)).matched:
            for at in labels:
                target.values.pop((row, at), None)


def _repeated_statements(form, page):
    """Return the cells that a merged statement such as “Không có mô hình” fills but the first."""
    repeated = set()
    for area in page.merged:
        if form.grammar.denies(page.at(area.min_row, area.min_col).text):
            repeated.update(area.cells)
            repeated.remove((area.min_row, area.min_col))
    return repeated


def _target_columns(table):
    """Return the column of our form for each column of the sender.

    One with an unknown header stays where it is, so that mending the header is enough, unless a
    column of ours takes its place: then it moves to the right of both tables.
    """
    form_columns = {column.key: number for number, column in enumerate(table.sheet.columns, 1)}
    targets = {at: form_columns[key] for key, at in table.columns.items()}
    taken = {*targets.values()}
    sender_columns = sorted({at for row, at in table.page.cells if row >= table.header_row})
    last = max([len(form_columns), *sender_columns])
    for at in sender_columns:
        targets.setdefault(at, at + last if at in taken else at)
    return targets


def _carry_particulars(form, file, book):
    """Carry over the first sheet, with rows matched by label, and the remarks next to them."""
    [page] = book.pages(form.info.sheet)
    [title] = book.titles(form.info.sheet)
    sender_rows = particular_rows(form.info, page)
    target = CarriedSheet(comments=book.comments(title))
    for to, key in enumerate(form.info.labels, form.first_row):
        if key in sender_rows:
            target.positions[file, (sender_rows[key], 2)] = (to, 2)
            cell, is_day = page.at(sender_rows[key], 2), key in form.info.days
            rewrite = cell.display_issue and is_day
            target.values[to, 2] = cell.raw + REWRITE if rewrite else _value(cell, is_day)
    info = form.info
    known = {*map(fold, (*info.labels.values(), *info.hints.values(), *info.guide))}
    next_row = form.first_row + len(info.labels)
    for (row, at), cell in page.cells.items():
        is_remark = row > next_row or (at == 3 and row >= form.first_row)
        is_own = fold(cell.text) in known or cell.text.startswith(SENT_NOTE)
        if is_remark and at < 5 and not is_own:
            target.values.setdefault((row, at), _value(cell))
    return target


def _value(cell, is_day=False):
    """Return the value to write: as it was read, or as it was seen where our format changes it."""
    value = cell.value
    if isinstance(value, date) and is_day and value.year > _EPOCH:
        return value
    if isinstance(value, str):  # a sign that cannot be written leaves a mark: 1?2 is not 12
        return remove_control_characters(value, "\ufffd")[:LONGEST]
    if cell.is_number and "%" in cell.number_format:
        return f"{value * 100:g}%"
    return value if cell.is_number and not is_day else cell.raw


# -- several files of one unit ---------------------------------------------------------------------


def _add_older(plan, unit, sheet, newer, older):
    """Fill the rows of a later file in from an earlier one, whose other rows go below.

    A row of the later file without entries takes those of the same commune or of any line.
    """
    first = plan.form.first_row
    entries = [at for at, column in enumerate(sheet.columns, 1) if column.is_entry]
    filled = {
        row for (row, at), value in newer.values.items() if at in entries and value not in _BLANK
    }
    free, taken = {}, {}
    for row, key in row_keys(plan, unit, sheet, newer.values).items():
        if row in filled:
            taken.setdefault(key, row)
        else:
            free.setdefault(key.matched, row)
    last = max((row for row, _ in newer.values if row >= first), default=first - 1)
    rows = {}
    sent = {
        row for (row, at), value in older.values.items() if at in entries and value not in _BLANK
    }
    for row, key in row_keys(plan, unit, sheet, older.values).items():
        if row not in sent:
            continue
        target = taken.get(key) or free.pop(key.matched, 0)
        if not target:
            last = target = last + 1
        taken[key] = rows[row] = target
    _fill_in(newer, older, rows)


def _fill_in(newer, older, rows):
    """Put the values and comments of an earlier file where the later one has none; `rows`: where
    its rows of data stand now.
    """

    def shifted(position):
        row, column = position
        return (rows.get(row, row), column)

    values = {at: value for at, value in older.values.items() if not rows or at[0] in rows}
    for at, value in values.items():
        if newer.values.get(shifted(at)) in _BLANK:
            newer.values[shifted(at)] = value
    for at, text in older.comments.items():
        newer.comments.setdefault(shifted(at), text)
    for row_and_column, at in older.positions.items():
        newer.positions[row_and_column] = shifted(at)
