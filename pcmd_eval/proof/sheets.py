"""Frames of formulas as pages of an Excel workbook: `table` writes one and gives the address of every cell."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

FIRST = 4  # the row of the first cells, counted from 0: title, two remarks and the header stand above
_FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter", "text_wrap": True}
OPTIONS = {
    "in_memory": True,
    "default_format_properties": _FONT,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_LINES = {"border": 1, "border_color": "#BFBFBF"}
_LOOKS = {
    "title": {"bold": True, "font_size": 14, "text_wrap": False},
    "remark": {"italic": True},
    "heading": {"bold": True, "align": "center", "bg_color": "#DCE6F1", "border": 1},
    "text": _LINES,
    "short": _LINES | {"align": "center"},
    "date": _LINES | {"align": "center", "num_format": "dd/mm/yyyy"},
    "link": _LINES | {"font_color": "#0563C1", "underline": 1},
    "input": _LINES | {"align": "center", "bg_color": "#FFF2CC"},
    "input date": _LINES | {"align": "center", "bg_color": "#FFF2CC", "num_format": "dd/mm/yyyy"},
    "input share": _LINES | {"align": "center", "bg_color": "#FFF2CC", "num_format": "0%"},
}


class Formula(NamedTuple):
    """A formula without its `=`, in which `#` is the number of its own row, and the value it has."""

    text: str
    value: object


class Input(NamedTuple):
    """What people may change (never a formula), the choices that a drop-down offers, and how it is shown."""

    value: object
    choices: Sequence[object] = ()
    kind: str = ""


class Link(NamedTuple):
    """A text that leads to a place: `internal:` in this workbook, `external:` in another."""

    value: str
    target: str


def formulas(texts: pd.Series, values: pd.Series) -> pd.Series:
    """Formulas beside their values, which are looked up by the index of the texts."""
    found = map(Formula, texts, values.reindex(texts.index), strict=True)
    return pd.Series([*found], texts.index, dtype=object)


def looks(book: Workbook) -> dict[str, Format]:
    """The formats of every page."""
    return {name: book.add_format(look) for name, look in _LOOKS.items()}


def table(
    page: Worksheet, looks: Mapping[str, Format], title: str, remarks: Sequence[str], frame: pd.DataFrame
) -> pd.DataFrame:
    """Write a title, two remarks, and the frame from row 5 on; gives the address of every cell, as other pages use it."""
    lengths = [_length(frame[head]) for head in frame]
    widths = [
        min(40, max(long + 2, len(head) / 2, *(len(word) + 3 for word in head.split())))
        for head, long in zip(frame, lengths, strict=True)
    ]
    page.write_string(0, 0, title, looks["title"])
    for row, remark in enumerate(remarks, 1):
        page.merge_range(row, 0, row, len(widths) - 1, remark, looks["remark"])
        page.set_row(row, 16 * math.ceil(1.1 * len(remark) / sum(widths)))
    for column, head in enumerate(frame):
        page.set_column(column, column, widths[column])
        page.write_string(FIRST - 1, column, head, looks["heading"])
        for row, cell in enumerate(frame[head], FIRST):
            _put(page, row, column, cell, looks, "text" if lengths[column] > 16 else "short")
    page.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(FIRST + len(frame), len(widths))}"})
    page.freeze_panes(FIRST, 0)
    page.repeat_rows(FIRST - 1)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer("&L&A&R&P/&N")
    rows, columns = range(FIRST, FIRST + len(frame)), range(len(widths))
    cells = [[f"'{page.name}'!{xl_rowcol_to_cell(row, column)}" for column in columns] for row in rows]
    return pd.DataFrame(cells, frame.index, frame.columns)


def span(cells: pd.Series) -> str:
    """Neighbouring cells of one column as one range."""
    return cells.iloc[0] if len(cells) == 1 else f"{cells.iloc[0]}:{cells.iloc[-1].rpartition('!')[2]}"


def _length(cells: pd.Series) -> float:
    """How long the texts of a column are, but for the few longest."""
    values = (cell.value if isinstance(cell, Formula | Input | Link) else cell for cell in cells)
    return pd.Series([10 if isinstance(value, date) else len(str(value)) for value in values]).quantile(0.95)


def _put(page: Worksheet, row: int, column: int, cell: object, looks: Mapping[str, Format], kind: str) -> None:
    value = cell.value if isinstance(cell, Formula | Input | Link) else cell
    day = "date" if isinstance(value, date) else ""
    look = looks[f"input {day or cell.kind}".strip() if isinstance(cell, Input) else day or kind]
    if isinstance(cell, Link):
        page.write_url(row, column, cell.target, looks["link"], cell.value)
    elif isinstance(cell, Formula):
        own = re.sub("#", str(row + 1), cell.text).replace(f"'{page.name}'!", "")
        page.write_formula(row, column, f"={own}", look, value)
    else:
        page.write(row, column, value, look)
    if isinstance(cell, Input) and cell.choices:
        rule = {"validate": "list", "source": [*cell.choices], "error_type": "warning"}
        page.data_validation(row, column, row, column, rule)
