"""What ends a table: totals, the line of place and day, the signature block.

Such rows are no data and nobody is asked about them; what stands in them, names of persons, is kept
nowhere.
"""

import re
from collections.abc import Collection, Iterable, Mapping

from pcmd_eval.form import Column, Form, Sheet
from pcmd_eval.intake.cells import Cell, read
from pcmd_eval.spelling import bare_words, tidy

Cells = Mapping[str, Cell]  # what stands in a row, by the key of the column; nothing blank
_PLACE_AND_DAY = re.compile(
    r"(?:[^\d,]{1,40}, ?)?(?:ngày|ngay) ?[\d.…/_ ]*(?:tháng|thang|/) ?[\d.…_ ]*"
    r"(?:(?:năm|nam|/) ?[\d.…_ ]*)?|[^\d,]{1,40}, ?(?:ngày|ngay) ?\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"
)
_ROOM = 8  # words that may follow a sign: "Trưởng phòng Lao động - Thương binh và Xã hội"


def reported(cells: Cells, columns: Iterable[Column], form: Form) -> bool:
    """Whether any of these columns holds what the form asks for and can be read."""
    there = [(cells[column.key], column) for column in columns if column.key in cells]
    readings = (read(cell, column.kind, form, column.choices) for cell, column in there)
    return any(reading.state == "reported" for reading in readings)


class Below:
    """The words of the form, ready to look at the rows of a sheet.

    `whose`: the unit that may stand beside "tổng".
    """

    def __init__(self, form: Form, sheet: Sheet, whose: str) -> None:
        words = form.below
        self.form, self.sheet = form, sheet
        self.closing = _longest_first(words.signs)
        self.totals = _longest_first(words.total)
        self.tail = {*_plainly(" ".join((*words.total, *words.total_tail, whose))).split()}
        self.heads = [c.key for c in sheet.columns if c.kind in ("key", "label", "name")]

    def passed(self, rows: Mapping[int, Cells], known: Collection[int]) -> set[int]:
        """The rows that are passed over; `known` say whose they are.

        Below a sign a name alone owns nothing: signers bear the names of communes.
        """
        ours = {column.key for column in self.sheet.columns if column.kind != "note"}
        asked = {column.key for column in self.sheet.asked}
        figures = [column for column in self.sheet.asked if column.kind != "name"]
        first = self.sheet.columns[0].key
        last = max(known, default=0)
        passed: set[int] = set()
        ended = False
        for row, cells in sorted(rows.items()):
            filled = reported(cells, figures, self.form)
            if row in known and (filled or not ended or first in cells):
                continue
            if self._is_total(cells):
                passed.add(row)
            elif not filled:
                misspelt = first in cells and not asked.isdisjoint(cells)  # a row of somebody's
                named = self.sheet.rows == "lines" and "name" in cells
                words_alone = row > last and not misspelt and not named
                ended = ended or any(self._is_sign(cell.text) for cell in cells.values())
                if ended or words_alone or ours.isdisjoint(cells):
                    passed.add(row)
        return passed

    def _is_total(self, cells):
        said = [_plainly(cells[key].text) for key in self.heads if key in cells]
        rest = {word for word in " ".join(said).split() if not word.isdigit()}
        return any(_begins(words, self.totals) for words in said) and rest <= self.tail

    def _is_sign(self, text):
        if _PLACE_AND_DAY.fullmatch(tidy(text).strip(" .;")):
            return True
        words = _plainly(text)
        sign = _begins(words, self.closing)
        free = text.strip().startswith(("-", "(")) or ":" in text
        return bool(sign) and (free or len(words.removeprefix(sign).split()) <= _ROOM)


def _begins(words, phrases):
    """The phrase with which the words begin."""
    return next((phrase for phrase in phrases if f"{words} ".startswith(f"{phrase} ")), "")


def _longest_first(phrases):
    return sorted(map(_plainly, phrases), key=len, reverse=True)


def _plainly(text):
    """Words alone; signs where there is no word."""
    return " ".join(bare_words(text)) or tidy(text)
