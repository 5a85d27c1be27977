"""Find the rows that are no data: totals, the line of place and day, the signature block.

No issue names them, and what stands in them, names of persons, is kept nowhere.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache

from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.cell_parsers import read_cell
from pcmd_eval.plan.form import Below, Form
from pcmd_eval.plan.sheet import Column, Sheet
from pcmd_eval.util.spelling import any_of_pattern, normalize_text, split_words

RowCells = Mapping[str, Cell]  # the filled cells of a row, by the key of the column
_PLACE_AND_DAY = re.compile(
    r"(?:[^\d,]{1,40}, ?)?(?:ngày|ngay) ?[\d.…/_ ]*(?:tháng|thang|/) ?[\d.…_ ]*"
    r"(?:(?:năm|nam|/) ?[\d.…_ ]*)?|[^\d,]{1,40}, ?(?:ngày|ngay) ?\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"
)


def any_reported(cells: RowCells, columns: Iterable[Column], form: Form) -> bool:
    """Return whether any of these columns has a readable value."""
    filled = [column for column in columns if column.key in cells]
    readings = (read_cell(cells[one.key], one.kind, form, one.choices) for one in filled)
    return any(reading.state == "reported" for reading in readings)


def find_footer_rows(
    rows: Mapping[int, RowCells], matched: Collection[int], form: Form, sheet: Sheet, unit_name: str
) -> Iterator[int]:
    """Yield the rows that are not data; a label of totals may have `unit_name`.

    After the row that ends the table, a row with only a label is not data: a signer may have the
    name of a commune. Before it, a row with a code but no readable figure may be data, and so may
    the line of a model with a name.
    """
    expected = {column.key for column in sheet.expected_columns}
    columns = [column for column in sheet.expected_columns if column.kind != "name"]
    labels = [column.key for column in sheet.columns if column.kind in ("key", "label", "name")]
    ended, sums = False, _find_sums(rows, matched, form, sheet)
    for row, cells in sorted(rows.items()):
        has_figure = any_reported(cells, columns, form)
        has_code = sheet.columns[0].key in cells
        if row in matched and (has_figure or has_code or not ended):
            continue
        names = [cells[key].text for key in labels if key in cells]
        if row in sums or _is_total(names, form.below, unit_name):
            yield row
        elif not has_figure:
            may_be_model = sheet.rows == "lines" and "name" in cells
            may_be_misspelt = has_code and not expected.isdisjoint(cells)
            ended = ended or any(_is_end(cell.text, form.below) for cell in cells.values())
            if ended or not (may_be_model or may_be_misspelt):
                yield row


def _find_sums(rows, matched, form, sheet):
    """Return the unmatched rows whose figures are sums: of all rows, or of those above or below.

    A block of rows ends at the next row that is not matched.
    """
    columns = [column for column in sheet.expected_columns if column.kind in ("count", "amount")]
    numbers = {row: _numbers(cells, columns, form) for row, cells in rows.items()}
    blocks, totals = [[]], {}
    for row in sorted(rows):
        if row in matched:
            blocks[-1].append(row)
        elif numbers[row]:
            totals[row] = len(blocks)  # the number of blocks above it
            blocks.append([])
    every = [row for block in blocks for row in block]
    sums = set()
    for row, above in totals.items():
        for block in (blocks[above - 1], blocks[above], every):
            added = Counter()
            for one in block:
                added.update(numbers[one])
            if len(block) > 1 and all(added[key] == value for key, value in numbers[row].items()):
                sums.add(row)
    return sums


def _numbers(cells, columns, form):
    readings = {column.key: cells.get(column.key) for column in columns}
    values = {key: read_cell(cell, "amount", form).value for key, cell in readings.items() if cell}
    return {key: Decimal(value) for key, value in values.items() if value}


def _is_total(texts, words: Below, unit_name):
    spoken = {word for word in _plain(" ".join(texts)).split() if not word.isdigit()}
    has_total = any(_begins_with(text, words.total) for text in texts)
    return spoken <= _total_words(words, unit_name) and has_total


@cache
def _total_words(words: Below, unit_name):
    return {*_plain(" ".join((*words.total, *words.total_tail, unit_name))).split()}


def _is_end(text, words: Below):
    is_place_and_day = _PLACE_AND_DAY.fullmatch(normalize_text(text).strip(" .;"))
    return bool(is_place_and_day or _begins_with(text, words.signs))


def _begins_with(text, phrases):
    return bool(_beginning(phrases).match(_plain(text)))


@cache
def _beginning(phrases: tuple[str, ...]):
    return re.compile(rf"(?:{any_of_pattern(map(_plain, phrases))})(?: |$)")


def _plain(text):
    """Return the words alone; the signs where there is no word."""
    return " ".join(split_words(text)) or normalize_text(text)
