"""What ends a table: totals, the line of place and day, the signature block.

Such rows are no data and nobody is asked about them; what stands in them, names of persons, is kept nowhere.
"""

import re
from collections.abc import Collection, Iterable, Mapping

from pcmd_eval.form import Form, Sheet
from pcmd_eval.intake.cells import Cell, read
from pcmd_eval.spelling import fold_name, tidy

Rows = Mapping[
    int, Mapping[str, Cell]
]  # the cells that hold anything, by row and key of the column
_PLACE_AND_DAY = re.compile(
    r"(?:[^\d,]{1,40}, ?)?(?:ngày|ngay) ?[\d.…/_ ]*(?:tháng|thang|/) ?[\d.…_ ]*"
    r"(?:(?:năm|nam|/) ?[\d.…_ ]*)?|[^\d,]{1,40}, ?(?:ngày|ngay) ?\d{1,2}[/.-]\d{1,2}[/.-]\d{4}"
)
_ROOM = 8  # words that may follow a sign: "Trưởng phòng Lao động - Thương binh và Xã hội"


class Below:
    """The words of the form, ready to look at the rows of a sheet; `whose`: the unit that may stand beside "tổng"."""

    def __init__(self, form: Form, sheet: Sheet, whose: str) -> None:
        words = form.below
        self.form, self.sheet = form, sheet
        self.signs, self.totals = _longest_first(words.signs), _longest_first(words.total)
        phrases = (*words.total, *words.total_tail, whose)
        self.tail = {word for phrase in phrases for word in _plainly(phrase).split()}

    def passed(self, rows: Rows, known: Collection[int]) -> dict[int, str]:
        """Why rows are passed over: `total`, `foot`, or `text`, which is words alone; `known` say whose they are.

        Below a sign a name alone owns nothing: signers bear the names of communes.
        """
        own = {column.key for column in self.sheet.columns if column.kind != "note"}
        asked = {column.key for column in self.sheet.asked}
        first, last = self.sheet.columns[0].key, max(known, default=0)
        passed: dict[int, str] = {}
        began = False
        for row, cells in sorted(rows.items()):
            figures = self._figures(cells)
            if row in known and (figures or not began or first in cells):
                continue
            owned = first in cells and not asked.isdisjoint(cells)  # a row of somebody's, misspelt
            beside = (row > last and not owned) or own.isdisjoint(cells)
            if self._is_total(cells):
                passed[row] = "total"
            elif figures:
                continue
            elif began or any(self._is_sign(cell.text) for cell in cells.values()):
                passed[row], began = "foot", True
            elif beside and not (self.sheet.rows == "lines" and "name" in cells):
                passed[row] = "text"
        return passed

    def _figures(self, cells: Mapping[str, Cell]) -> bool:
        """Whether anything that the form asks for stands there and can be read."""
        for column in self.sheet.asked:
            cell = cells.get(column.key)
            if cell is None or column.kind == "name":
                continue
            if read(cell, column.kind, self.form, column.choices).state == "reported":
                return True
        return False

    def _is_total(self, cells: Mapping[str, Cell]) -> bool:
        heads = [c.key for c in self.sheet.columns if c.kind in ("key", "label", "name")]
        said = [words for key in heads if key in cells and (words := _plainly(cells[key].text))]
        begins = any(_begins(words, self.totals) for words in said)
        rest = {word for words in said for word in words.split() if not word.isdigit()}
        return begins and rest <= self.tail

    def _is_sign(self, text: str) -> bool:
        if _PLACE_AND_DAY.fullmatch(tidy(text).strip(" .;")):
            return True
        words = _plainly(text)
        sign = _begins(words, self.signs)
        free = text.strip().startswith(("-", "(")) or ":" in text
        return bool(sign) and (free or len(words.removeprefix(sign).split()) <= _ROOM)


def _begins(words: str, phrases: Iterable[str]) -> str:
    """The phrase with which the words begin."""
    return next((p for p in phrases if words == p or words.startswith(f"{p} ")), "")


def _longest_first(phrases: Iterable[str]) -> list[str]:
    return sorted(map(_plainly, phrases), key=len, reverse=True)


def _plainly(text: str) -> str:
    """Words alone, spelt one way; signs where there is no word."""
    words = re.findall(r"[^\W_]+", fold_name(re.sub(r"[^\w\s]", " ", text)))
    return " ".join(words) or tidy(text)
