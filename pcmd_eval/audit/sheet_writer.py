"""Write frames of formulas as sheets of an Excel workbook; `write` returns the cells' addresses."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pandas as pd
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from pcmd_eval.util.excel import CELL_BORDER, FONT_NAME, PAGE_FOOTER, WorkbookWriter, set_up_page

_FIRST_DATA_ROW = 4  # counted from 0: the title, two remarks and the headers stand above
_AUDIT_FONT = {
    "font_name": FONT_NAME,
    "font_size": 11,
    "valign": "vcenter",
    "text_wrap": True,
    "font_scheme": "none",
}
_CENTRED = CELL_BORDER | {"align": "center"}
_INPUT, _DAY = _CENTRED | {"bg_color": "#FFF2CC"}, {"num_format": "dd/mm/yyyy"}
_AUDIT_STYLES = {
    "title": {"bold": True, "font_size": 14, "text_wrap": False},
    "remark": {"italic": True},
    "head": {"bold": True, "align": "center", "bg_color": "#DCE6F1", "border": 1},
    "text": CELL_BORDER,
    "short": _CENTRED,
    "date": _CENTRED | _DAY,
    "link": CELL_BORDER | {"font_color": "#0563C1", "underline": 1},
    "input": _INPUT,
    "input date": _INPUT | _DAY,
    "input share": _INPUT | {"num_format": "0%"},
    "blue": {"font_color": "#00507D", "bg_color": "#D6EAF8"},
    "orange": {"font_color": "#8A3800", "bg_color": "#FBE5D6"},
    "grey": {"font_color": "#404040", "bg_color": "#E7E6E6"},
    "red": {"font_color": "#FFFFFF", "bg_color": "#C00000"},
}
_WIDEST_CENTRED = 18  # letters: wider columns are aligned left
_WRAPPED_FROM = 24  # letters: longer texts wrap


class Entry(NamedTuple):
    """The content of a cell, never read as a formula by itself.

    `formula` (without "=") computes the value; `link` leads to a place in this workbook (with the
    prefix "internal:") or another ("external:"); `options` fill a drop-down; `look` is a key of
    `_STYLES_BY_NAME`. In a formula `[Head]` is the cell under that header in the formula's own row,
    `[:Head]` the column from its first cell down to that one, `[:Head:]` the whole column.
    """

    value: object
    formula: str = ""
    link: str = ""
    options: Sequence[object] = ()
    look: str = ""

    @property
    def letters(self) -> int:
        """Return the number of letters of the value as it is shown."""
        return len("dd/mm/yyyy" if isinstance(self.value, date) else str(self.value))


def entries(formulas: pd.Series | str, values: pd.Series, otherwise: object = "") -> pd.Series:
    """Return a series of `Entry` (object): formulas with their values, matched by index.

    One formula holds for every value. `otherwise` replaces a missing value.
    """
    if isinstance(formulas, str):
        formulas = pd.Series(formulas, values.index)
    values = values.reindex(formulas.index).astype(object)
    values = values.where(values.notna(), otherwise)
    return pd.Series(map(Entry, values, formulas), formulas.index, dtype=object)


def span(cells: pd.Series) -> str:
    """Return the addresses of neighbouring cells of one column as one range."""
    first = cells.iloc[0]
    last = cells.iloc[-1].rpartition("!")[2]
    return first if len(cells) == 1 else f"{first}:{last}"


def across(heads: Sequence[str]) -> str:
    """Return the cells of a formula's own row from the first of these headers to the last."""
    return f"[{heads[0]}]:[{heads[-1]}]"


class Sheets(WorkbookWriter):
    """A workbook with `heading` and `mark` at the top of every page.

    `pages`: names of the sheets; `colours`: by look, the words whose cells have it. `properties`
    must have `created`, a datetime: equal content then gives equal bytes on every day.
    """

    def __init__(
        self,
        pages: Sequence[str],
        heading: str,
        mark: str,
        colours: Mapping[str, Sequence[str]],
        **properties: object,
    ) -> None:
        super().__init__(properties, default_format_properties={**_AUDIT_FONT})
        self._heading = heading
        self._mark = mark
        self._colours = colours
        self.pages = {page: self.book.add_worksheet(page) for page in pages}
        self.styles = {name: self.cell_format(**look) for name, look in _AUDIT_STYLES.items()}

    def write(
        self, name: str, how: str, frame: pd.DataFrame, title: str = "", quoted: str = ""
    ) -> pd.DataFrame:
        """Fill a sheet with a frame of values or `Entry`; return the address of every cell.

        `how`: how to read the sheet; `title`: instead of its name and the heading of the workbook;
        `quoted`: the sentence of the plan. Both remarks stand under the title.
        """
        page = self.pages[name]
        cells = frame.map(lambda cell: cell if isinstance(cell, Entry) else Entry(cell))
        widths = [_column_width(head, cells[head]) for head in cells]
        remarks = (f"{self._mark}. {quoted}" if quoted else self._mark, how)
        self._write_heading(page, title or f"{name}. {self._heading}", remarks, widths)
        for column, head in enumerate(frame):
            page.set_column(column, column, widths[column])
            page.write_string(_FIRST_DATA_ROW - 1, column, head, self.styles["head"])
            for row, cell in enumerate(cells[head], _FIRST_DATA_ROW):
                default = "text" if widths[column] > _WIDEST_CENTRED else "short"
                self._write_cell(page, row, column, cell, default, frame)
        last = _FIRST_DATA_ROW + len(frame) - 1, len(widths) - 1
        self._add_colours(page, last)
        page.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(*last)}"})
        page.hide_gridlines(2)
        set_up_page(page, PAGE_FOOTER, _FIRST_DATA_ROW)
        return _addresses_of(name, frame)

    def _add_colours(self, page, last):
        """Colour the cells down to `last` by their words, also after these change."""
        for look, words in self._colours.items():
            for word in words:
                rule = {"type": "cell", "criteria": "==", "value": f'"{word}"'}
                page.conditional_format(
                    _FIRST_DATA_ROW, 0, *last, rule | {"format": self.styles[look]}
                )

    def _write_heading(self, page, title, remarks, widths):
        """Write the title and the remarks above a table; each row fits its wrapped remark."""
        page.write_string(0, 0, title, self.styles["title"])
        for row, remark in enumerate(remarks, 1):
            page.merge_range(row, 0, row, len(widths) - 1, remark, self.styles["remark"])
            page.set_row(row, 16 * math.ceil(1.05 * len(remark) / sum(widths)))

    def _write_cell(self, page, row, column, cell, default, frame):
        """Write an `Entry`; `default`: the style of a cell that is no date and has no look."""
        date_suffix = " date" if isinstance(cell.value, date) else ""
        look = self.styles[f"{cell.look}{date_suffix}".strip() or default]
        if cell.link:
            page.write_url(row, column, cell.link, self.styles["link"], cell.value)
        elif cell.formula:
            text = _by_address(cell.formula, row, frame).replace(f"'{page.name}'!", "")
            page.write_formula(row, column, f"={text}", look, cell.value)
        else:
            page.write(row, column, cell.value, look)
        if cell.options:
            rule = {"validate": "list", "source": [*cell.options], "error_type": "warning"}
            page.data_validation(row, column, row, column, rule)


def _addresses_of(name, frame):
    """Return a frame like `frame` with the address of each cell on the sheet `name`."""
    numbers = range(_FIRST_DATA_ROW + 1, _FIRST_DATA_ROW + 1 + len(frame))
    rows = pd.Series(numbers, frame.index).astype(str)
    letters = {head: xl_col_to_name(column) for column, head in enumerate(frame)}
    return pd.DataFrame({head: f"'{name}'!{letter}" + rows for head, letter in letters.items()})


def _by_address(formula, row, frame):
    """Return a formula with the headers in brackets replaced by addresses, see `Entry`."""
    last = _FIRST_DATA_ROW + len(frame)
    for number, head in enumerate(frame):
        column = xl_col_to_name(number)
        first = f"{column}${_FIRST_DATA_ROW + 1}"
        formula = formula.replace(f"[:{head}:]", f"{first}:{column}${last}")
        formula = formula.replace(f"[:{head}]", f"{first}:{column}{row + 1}")
        formula = formula.replace(f"[{head}]", f"{column}{row + 1}")
    return formula


def _column_width(head, cells):
    """Return the width of a column, by its texts without the longest twentieth, which wrap.

    Links do not wrap.
    """
    lengths = pd.Series([cell.letters for cell in cells])
    needed = min(_WRAPPED_FROM, lengths.quantile(0.95))
    if any(cell.link for cell in cells):
        needed = lengths.max()
    longest_word = max(map(len, head.split()))
    return max(needed + 2, len(head) / 2, longest_word + 3)
