"""Frames of formulas as pages of an Excel workbook: `write` fills one and gives the address of every cell."""

import io
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

FIRST = 4  # the row of the first cells, counted from 0: title, two remarks and the heads stand above
_FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter", "text_wrap": True, "font_scheme": "none"}
_LINES = {"border": 1, "border_color": "#BFBFBF"}
_SHORT = _LINES | {"align": "center"}
_INPUT, _DAY = _SHORT | {"bg_color": "#FFF2CC"}, {"num_format": "dd/mm/yyyy"}
_LOOKS = {
    "title": {"bold": True, "font_size": 14, "text_wrap": False},
    "remark": {"italic": True},
    "head": {"bold": True, "align": "center", "bg_color": "#DCE6F1", "border": 1},
    "text": _LINES,
    "short": _SHORT,
    "date": _SHORT | _DAY,
    "link": _LINES | {"font_color": "#0563C1", "underline": 1},
    "input": _INPUT,
    "input date": _INPUT | _DAY,
    "input share": _INPUT | {"num_format": "0%"},
}


class Formula(NamedTuple):
    """The value of a formula, and the formula without its `=`; `#` in it is the number of its own row."""

    value: object
    text: str


class Input(NamedTuple):
    """What people may change (never a formula), the choices that a drop-down offers, and how it is shown."""

    value: object
    choices: Sequence[object] = ()
    kind: str = ""


class Link(NamedTuple):
    """A text that leads to a place: `internal:` in this workbook, `external:` in another."""

    value: str
    target: str


def formulas(texts: pd.Series | str, values: pd.Series, otherwise: object = "") -> pd.Series:
    """Formulas with their values: one each by the index of `texts`, or the same one beside every value."""
    texts = pd.Series(texts, values.index) if isinstance(texts, str) else texts
    found = values.astype(object).reindex(texts.index)
    pairs = zip(found.where(found.notna(), otherwise), texts, strict=True)
    return pd.Series([Formula(*pair) for pair in pairs], texts.index, dtype=object)


def span(cells: pd.Series) -> str:
    """Neighbouring cells of one column as one range."""
    return cells.iloc[0] if len(cells) == 1 else f"{cells.iloc[0]}:{cells.iloc[-1].rpartition('!')[2]}"


def across(first: int, many: int) -> str:
    """So many cells of a formula's own row, from this column on, counted from 0."""
    return f"{xl_col_to_name(first)}#:{xl_col_to_name(first + many - 1)}#"


class Sheets:
    """A workbook that takes no text for a formula, a number or a link; `colours` are those of words in its cells.

    `heading` and `mark` stand at the top of every page.
    Of `properties`, `created` must be given, as a datetime: equal content then gives equal bytes on every day.
    """

    def __init__(
        self,
        pages: Sequence[str],
        heading: str,
        mark: str,
        colours: Mapping[str, tuple[str, str]],
        **properties: object,
    ) -> None:
        taken = dict.fromkeys(("strings_to_formulas", "strings_to_numbers", "strings_to_urls"), False)
        self._stream, self._heading, self._mark = io.BytesIO(), heading, mark
        self.book = Workbook(self._stream, {"in_memory": True, "default_format_properties": {**_FONT}, **taken})
        self.book.set_properties(properties)
        self.pages: dict[str, Worksheet] = {page: self.book.add_worksheet(page) for page in pages}
        self.looks = {name: self.book.add_format(look) for name, look in _LOOKS.items()}
        pairs = colours.items()
        self._colours = {word: self.book.add_format({"font_color": c, "bg_color": g}) for word, (c, g) in pairs}

    def close(self) -> bytes:
        """The bytes of the file."""
        self.book.close()
        return self._stream.getvalue()

    def write(self, name: str, how: str, frame: pd.DataFrame, title: str = "", quoted: str = "") -> pd.DataFrame:
        """Fill a page, the frame from row 5 on; gives the address of every cell, as formulas use it.

        `how` says how to read it, `quoted` whom it quotes.
        """
        page, widths = self.pages[name], [_width(head, frame[head]) for head in frame]
        page.write_string(0, 0, title or f"{name}. {self._heading}", self.looks["title"])
        for row, remark in enumerate((f"{self._mark}. {quoted}" if quoted else self._mark, how), 1):
            page.merge_range(row, 0, row, len(widths) - 1, remark, self.looks["remark"])
            page.set_row(row, 16 * math.ceil(1.05 * len(remark) / sum(widths)))
        for column, head in enumerate(frame):
            page.set_column(column, column, widths[column])
            page.write_string(FIRST - 1, column, head, self.looks["head"])
            for row, cell in enumerate(frame[head], FIRST):
                self._put(page, row, column, cell, "text" if widths[column] > 18 else "short")
        for word, colour in self._colours.items():
            rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": colour}
            page.conditional_format(FIRST, 0, FIRST + len(frame) - 1, len(widths) - 1, rule)
        page.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(FIRST + len(frame), len(widths))}"})
        page.freeze_panes(FIRST, 0)
        page.repeat_rows(FIRST - 1)
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_footer("&L&A&R&P/&N")
        rows, columns = range(FIRST, FIRST + len(frame)), range(len(widths))
        cells = [[f"'{name}'!{xl_rowcol_to_cell(row, column)}" for column in columns] for row in rows]
        return pd.DataFrame(cells, frame.index, frame.columns)

    def _put(self, page: Worksheet, row: int, column: int, cell: object, kind: str) -> None:
        value = cell.value if isinstance(cell, Formula | Input | Link) else cell
        day = "date" if isinstance(value, date) else ""
        look = self.looks[f"input {day or cell.kind}".strip() if isinstance(cell, Input) else day or kind]
        if isinstance(cell, Link):
            page.write_url(row, column, cell.target, self.looks["link"], value)
        elif isinstance(cell, Formula):
            own = cell.text.replace("#", str(row + 1)).replace(f"'{page.name}'!", "")
            page.write_formula(row, column, f"={own}", look, value)
        else:
            page.write(row, column, value, look)
        if isinstance(cell, Input) and cell.choices:
            rule = {"validate": "list", "source": [*cell.choices], "error_type": "warning"}
            page.data_validation(row, column, row, column, rule)


def _width(head: str, cells: pd.Series) -> float:
    """The width of a column: that of its texts but for the few longest, which wrap; links do not."""
    links = any(isinstance(cell, Link) for cell in cells)
    values = (cell.value if isinstance(cell, Formula | Input | Link) else cell for cell in cells)
    lengths = pd.Series([10 if isinstance(value, date) else len(str(value)) for value in values])
    needed = lengths.max() if links else min(24, lengths.quantile(0.95))
    return max(needed + 2, len(head) / 2, *(len(word) + 3 for word in head.split()))
