"""What ends a table: totals, the line of place and day, the signature block.

Such rows are no data and nobody is asked about them; what stands in them, names of persons, is kept
nowhere.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache

from pcmd_eval.intake.cell_parsers import Cell, read_cell
from pcmd_eval.plan.form import Below, Form
from pcmd_eval.plan.sheet import Column, Sheet
from pcmd_eval.util.spelling import any_of_pattern, normalize_text, split_words

Cells = Mapping[str, Cell]  # what stands in a row, by the key of the column; nothing blank
_PLACE_AND_DAY = re.compile(
    r"(?:[^\d,]{1,40}, ?)?(?:ngày|ngay) ?[\d.…/_ ]*(?:tháng|thang|/) ?[\d.…_ ]*"
    r"(?:(?:năm|nam|/) ?[\d.…_ ]*)?|[^\d,]{1,40}, ?(?:ngày|ngay) ?\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"
)


def reported(cells: Cells, columns: Iterable[Column], form: Form) -> bool:
    """Whether any of these columns holds what the form asks for and can be read."""
    filled = [column for column in columns if column.key in cells]
    readings = (read_cell(cells[one.key], one.kind, form, one.choices) for one in filled)
    return any(reading.state == "reported" for reading in readings)


def passed(
    rows: Mapping[int, Cells], owned: Collection[int], form: Form, sheet: Sheet, whose: str
) -> Iterator[int]:
    """The rows that are passed over; `owned` say whose they are, `whose` may stand in a total.

    Below the row that ends a table a name alone owns nothing: signers bear the names of communes. A
    row above it that has a code and no readable figure may be somebody's, and so may a line that
    has a name.
    """
    asked = {column.key for column in sheet.asked}
    figures = [column for column in sheet.asked if column.kind != "name"]
    heads = [column.key for column in sheet.columns if column.kind in ("key", "label", "name")]
    ended = False
    for row, cells in sorted(rows.items()):
        filled = reported(cells, figures, form)
        coded = sheet.columns[0].key in cells
        if row in owned and (filled or coded or not ended):
            continue
        if _is_total([cells[key].text for key in heads if key in cells], form.below, whose):
            yield row
        elif not filled:
            named = sheet.rows == "lines" and "name" in cells
            misspelt = coded and not asked.isdisjoint(cells)
            ended = ended or any(_is_end(cell.text, form.below) for cell in cells.values())
            if ended or not (named or misspelt):
                yield row


def _is_total(texts, words: Below, whose):
    rest = {word for word in _plainly(" ".join(texts)).split() if not word.isdigit()}
    return rest <= _words_of(words, whose) and any(_begun(text, words.total) for text in texts)


@cache
def _words_of(words: Below, whose):
    """The words of which a row of totals consists."""
    return {*_plainly(" ".join((*words.total, *words.total_tail, whose))).split()}


def _is_end(text, words: Below):
    placed = _PLACE_AND_DAY.fullmatch(normalize_text(text).strip(" .;"))
    return bool(placed or _begun(text, words.signs))


def _begun(text, phrases):
    """Whether a text begins with one of the phrases."""
    return bool(_beginning(phrases).match(_plainly(text)))


@cache
def _beginning(phrases: tuple[str, ...]):
    return re.compile(rf"(?:{any_of_pattern(map(_plainly, phrases))})(?: |$)")


def _plainly(text):
    """Words alone; signs where there is no word."""
    return " ".join(split_words(text)) or normalize_text(text)
