"""Read the cells of a workbook that a reporter sent: displayed values and formulas."""

import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cached_property
from io import BytesIO, StringIO
from typing import Any, NamedTuple

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval.office.intake.cell import Cell
from pcmd_eval.office.intake.file_guard import MAX_UNPACKED, Refused, guard
from pcmd_eval.util.cell_ranges import Position
from pcmd_eval.util.spelling import split_words

MAX_ROWS_READ, MAX_COLUMNS = 5000, 200  # as far as a return can honestly go
BASE_CELL = (1, 8)  # where an annotated return names the file it was made from
TOOL_NAME = "pcmd-eval"  # application and author of the workbooks that we write
_STRUCK = "nội dung bị gạch ngang; xóa nếu bỏ, bỏ gạch ngang nếu đúng"
_RAISED = "có chữ số nhỏ đặt cao hoặc thấp; chỉ ghi số liệu, chuyển chú thích sang cột Ghi chú"
# A formula that gives "": Excel and LibreOffice store the empty text, openpyxl reads None.
_EMPTY_RESULT = re.compile(rb"<c\s([^<>]*)>\s*<f[^<]*(?:</f>\s*|(?<=/)>\s*)<v[^<>]*(?:/>|></v>)")
_IS_TEXT, _XML_ADDRESS = re.compile(rb'\st="str"'), re.compile(rb'(?:^|\s)r="([A-Z]+[0-9]+)"')
_CALCULATE_ON_LOAD = re.compile(rb'<calcPr\s[^<>]*fullCalcOnLoad="(?:1|true)"')


class Page(NamedTuple):
    """The cells of one worksheet by (row, column); each cell of a merge has the first one's value.

    `merged`: the merged areas without blank ones in one row; `distant_cell`: the address of the
    first cell beyond `MAX_ROWS_READ` or `MAX_COLUMNS`, which are not read, "" for none.
    """

    cells: dict[tuple[int, int], Cell]
    merged: tuple[CellRange, ...] = ()
    distant_cell: str = ""

    def at(self, row: int, column: int) -> Cell:
        """Return the cell at a position, a blank one with its address if there is none."""
        return self.cells.get((row, column)) or Cell(f"{get_column_letter(column)}{row}")


@contextmanager
def _guarded_reading() -> Iterator[None]:
    """Raise Refused for any error of openpyxl over a broken file; silence what it prints."""
    with warnings.catch_warnings(action="ignore"), redirect_stdout(StringIO()):
        try:
            yield
        except Refused:
            raise
        except Exception as error:
            raise Refused("broken") from error


class SentBook:
    """An opened workbook: displayed values and formulas.

    Merges are filled from `first_row` on; `has_objects`: see `file_guard.PlainWorkbook`. The
    constructor and `page` may raise Refused.
    """

    def __init__(self, content: bytes, first_row: int = 1) -> None:
        """Open a workbook; merges above `first_row` are not filled."""
        self._first_row = first_row
        self._pages = dict[str, Page]()
        with _guarded_reading():
            self._plain, self.has_objects = guard(content)
            sheets = self._formulas.worksheets
        self._titles = [sheet.title for sheet in sheets]
        # The titles of the visible worksheets.
        self.visible = [sheet.title for sheet in sheets if sheet.sheet_state == "visible"]

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process gets: no opened workbook, which is opened again if needed."""
        opened = ("_formulas", "_results")
        return {name: value for name, value in vars(self).items() if name not in opened}

    @cached_property
    def _formulas(self) -> Workbook:
        """The workbook with its formulas."""
        return load_workbook(BytesIO(self._plain), keep_links=False, rich_text=True)

    @cached_property
    def _results(self) -> Workbook:
        """The workbook with the stored results of its formulas, opened only where one is read."""
        source = BytesIO(self._plain)
        return load_workbook(source, keep_links=False, data_only=True, read_only=True)

    def pages(self, name: str) -> list[Page]:
        """Return the worksheets with that name, in the order of `titles`."""
        return [self.page(title) for title in self.titles(name)]

    def titles(self, name: str) -> list[str]:
        """Return the titles equal to `name` but for case and punctuation; the exact one first."""
        words = split_words(name)
        titles = [title for title in self._titles if split_words(title) == words]
        return sorted(titles, key=lambda title: title != name)

    def page(self, title: str) -> Page:
        """Return the worksheet with exactly that title."""
        if title not in self._pages:
            self._pages[title] = self._read_page(self._formulas[title])
        return self._pages[title]

    def _read_page(self, sheet: Worksheet) -> Page:
        """Return the cells of a worksheet and its merged areas."""
        # openpyxl's public `iter_rows` would make a cell for each gap.
        filled = [cell for _, cell in sorted(sheet._cells.items()) if cell.value is not None]
        near = [cell for cell in filled if _is_near(cell.row, cell.column)]
        with _guarded_reading():
            cells = dict(self._read_cells(sheet, near))
        areas = (area for area in sheet.merged_cells.ranges if area.min_row >= self._first_row)
        # A blank area in one row leaves its cells blank; over several rows they are ambiguous.
        merged = [
            area
            for area in areas
            if (area.min_row, area.min_col) in cells or area.min_row < area.max_row
        ]
        for area in merged:
            if first := cells.get((area.min_row, area.min_col)):
                positions = [position for position in area.cells if _is_near(*position)]
                cells |= dict.fromkeys(positions, first)
        distant = [cell.coordinate for cell in filled if not _is_near(cell.row, cell.column)]
        first_distant = distant[0] if distant else ""
        return Page(cells, tuple(merged), first_distant)

    def _read_cells(
        self, sheet: Worksheet, filled: Iterable[ExcelCell]
    ) -> Iterator[tuple[Position, Cell]]:
        """Yield (position, cell) of filled cells; raise Refused if their texts are too long in sum:
        a workbook may store a long text once and show it in many cells.
        """
        total_length, results = 0, None
        for cell in filled:
            formula = ""
            value: Any = cell.value
            if cell.data_type == "f":
                # An array formula is an object with a text.
                formula = value if isinstance(value, str) else getattr(value, "text", "") or "="
                results = self._stored_results(sheet) if results is None else results
                value = results.get((cell.row, cell.column))
            if isinstance(value, CellRichText):
                value = str(value)
            if isinstance(value, str):
                total_length += len(value)
                value = unescape(value)  # _x0007_: what XML cannot hold
            if total_length > MAX_UNPACKED:
                raise Refused("large")
            number_format = (cell.number_format, bool(cell.is_date))
            parsed = Cell(cell.coordinate, value, formula, *number_format, _display_issue(cell))
            yield (cell.row, cell.column), parsed

    def _stored_results(self, sheet: Worksheet) -> dict[Position, object]:
        """Return the stored results of a worksheet's formulas, by position; "" for an empty text.

        If the workbook is marked to be calculated on load, stored 0 and "" are dropped: programs
        that cannot calculate write them.
        """
        results: Any = self._results[sheet.title]  # Any: _worksheet_path is private
        rows = results.iter_rows(max_row=MAX_ROWS_READ, max_col=MAX_COLUMNS)
        stored = {
            (cell.row, cell.column): cell.value
            for row in rows
            for cell in row
            if cell.value is not None
        }
        with zipfile.ZipFile(BytesIO(self._plain)) as parts:
            workbook_xml = parts.read("xl/workbook.xml")
            sheet_xml = parts.read(results._worksheet_path.lstrip("/"))
        if _CALCULATE_ON_LOAD.search(workbook_xml):
            return {position: value for position, value in stored.items() if value not in (0, "")}
        for match in _EMPTY_RESULT.finditer(sheet_xml):
            if _IS_TEXT.search(b" " + match[1]) and (address := _XML_ADDRESS.search(match[1])):
                cell = sheet[address[1].decode()]
                stored[cell.row, cell.column] = ""
        return stored


def _is_near(row: int, column: int) -> bool:
    return row <= MAX_ROWS_READ and column <= MAX_COLUMNS


def _display_issue(cell: ExcelCell) -> str:
    """Return the issue (Vietnamese) of struck or raised text, "" if there is none."""
    runs = cell.value if isinstance(cell.value, CellRichText) else ()
    fonts: list[Any] = [  # a proxy of openpyxl, then fonts
        cell.font,
        *(run.font for run in runs if isinstance(run, TextBlock)),
    ]
    if any(font.strike for font in fonts):
        return _STRUCK
    # Not of the whole cell: a number that is raised as a whole still looks like itself.
    is_raised = any(font.vertAlign in ("superscript", "subscript") for font in fonts[1:])
    return _RAISED if is_raised else ""
