"""Find the rows that are no data: totals, the line of place and day, the signature block.

Their words are in the form, under `below`. No issue names these rows, and their content (names of
persons) is not stored.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise

from pcmd_eval.office.intake.cell import Cell
from pcmd_eval.office.intake.cell_parsers import read_cell
from pcmd_eval.plan.form import Below, Form
from pcmd_eval.plan.sheet import Column, Sheet
from pcmd_eval.util.spelling import any_of_pattern, normalize_text, split_words

_MIN_NUMBERED = 3  # columns
RowCells = Mapping[str, Cell]  # the filled cells of a row, by the key of the column
_PLACE_AND_DAY = re.compile(
    r"(?:[^\d,]{1,40}, ?)?(?:ngày|ngay) ?[\d.…/_ ]*(?:tháng|thang|/) ?[\d.…_ ]*"
    r"(?:(?:năm|nam|/) ?[\d.…_ ]*)?|[^\d,]{1,40}, ?(?:ngày|ngay) ?\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"
)


def any_reported(cells: RowCells, columns: Iterable[Column], form: Form) -> bool:
    """Return whether any of these columns has a readable value."""
    filled = [column for column in columns if column.key in cells]
    readings = (read_cell(cells[c.key], c.kind, form, c.choices) for c in filled)
    return any(reading.state == "reported" for reading in readings)


def find_footer_rows(
    rows: Mapping[int, RowCells], matched: Collection[int], form: Form, sheet: Sheet, unit_name: str
) -> Iterator[int]:
    """Yield the rows that are not data; the label of a total may contain `unit_name`.

    `matched`: the rows that belong to an item, commune or model. A line of place and day or a
    signature ends the table. Below it a row with nothing but a label is not data: a signer may have
    the name of a commune. Above it a row without a readable figure may still be data if it has a
    code, or on a sheet of models a name.
    """
    expected = {column.key for column in sheet.expected_columns}
    columns = [column for column in sheet.expected_columns if column.kind != "name"]
    label_keys = [column.key for column in sheet.columns if column.kind in ("key", "label", "name")]
    has_ended, sum_rows = False, _find_sums(rows, matched, form, sheet)
    for row, cells in sorted(rows.items()):
        has_figure = any_reported(cells, columns, form)
        has_code = sheet.columns[0].key in cells
        if row in matched and (has_figure or has_code or not has_ended):
            continue
        names = [cells[key].text for key in label_keys if key in cells]
        # A row that compares with another year: "so với cùng kỳ".
        is_comparison = any(_begins_with(name, form.below.compared) for name in names)
        if (
            is_comparison
            or _is_numbering(cells)
            or row in sum_rows
            or _is_total(names, form.below, unit_name)
        ):
            yield row
        elif not has_figure:
            may_be_model = sheet.rows == "lines" and "name" in cells
            may_be_misspelt = has_code and not expected.isdisjoint(cells)
            has_ended |= any(_is_end(cell.text, form.below) for cell in cells.values())
            if has_ended or not (may_be_model or may_be_misspelt):
                yield row


def _find_sums(
    rows: Mapping[int, RowCells], matched: Collection[int], form: Form, sheet: Sheet
) -> set[int]:
    """Return the unmatched rows whose numbers are sums: of all matched rows, or of
    the block directly above or below.

    A block ends at the next unmatched row with a number.
    """
    columns = [column for column in sheet.expected_columns if column.kind in ("count", "amount")]
    numbers = {row: _read_numbers(cells, columns, form) for row, cells in rows.items()}
    blocks: list[list[int]] = [[]]
    next_block = {}  # by row: the index of the block below it
    for row in sorted(rows):
        if row in matched:
            blocks[-1].append(row)
        elif numbers[row]:
            next_block[row] = len(blocks)
            blocks.append([])
    matched_rows = [row for block in blocks for row in block]
    sums = set()
    for row, index in next_block.items():
        for block in (blocks[index - 1], blocks[index], matched_rows):
            added: Counter[str] = Counter()
            for block_row in block:
                added.update(numbers[block_row])
            is_sum = all(added[key] == value for key, value in numbers[row].items())
            # A row of zeros below rows of zeros is not taken for a total.
            if len(block) > 1 and is_sum and any(numbers[row].values()):
                sums.add(row)
    return sums


def _read_numbers(cells: RowCells, columns: Iterable[Column], form: Form) -> dict[str, Decimal]:
    """Return the readable numbers of a row, by key of the column."""
    keys = [column.key for column in columns if column.key in cells]
    values = {key: read_cell(cells[key], "amount", form).value for key in keys}
    return {key: Decimal(value) for key, value in values.items() if value}


def _is_numbering(cells: RowCells) -> bool:
    """Return whether a row numbers the columns: (1) (2) (3) or 1 2 3, also with A and B before."""
    texts = [cell.text.strip("()[] ") for cell in cells.values()]
    numbers = [int(text) for text in texts if text.isdigit()]
    letters = [text for text in texts if not text.isdigit()]
    is_sequence = all(later == number + 1 for number, later in pairwise(numbers))
    return len(texts) > _MIN_NUMBERED and is_sequence and letters == ["A", "B"][: len(letters)]


def _is_total(texts: Sequence[str], words: Below, unit_name: str) -> bool:
    """Return whether a row's labels have only words of a total, and one begins like a total."""
    written = {word for word in _plain(" ".join(texts)).split() if not word.isdigit()}
    has_total = any(_begins_with(text, words.total) for text in texts)
    return written <= _total_words(words, unit_name) and has_total


@cache
def _total_words(words: Below, unit_name: str) -> set[str]:
    """Return the folded words that the label of a total may have."""
    return {*_plain(" ".join((*words.total, *words.total_tail, unit_name))).split()}


def _is_end(text: str, words: Below) -> bool:
    """Return whether a text ends the table: a line of place and day, or a signature."""
    is_place_and_day = _PLACE_AND_DAY.fullmatch(normalize_text(text).strip(" .;"))
    return bool(is_place_and_day or _begins_with(text, words.signs))


def _begins_with(text: str, phrases: tuple[str, ...]) -> bool:
    return bool(_beginning(phrases).match(_plain(text)))


@cache
def _beginning(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of_pattern(map(_plain, phrases))})(?: |$)")


def _plain(text: str) -> str:
    """Return the folded words of a text joined by spaces; the normalized text if it has none."""
    return " ".join(split_words(text)) or normalize_text(text)
