"""Read the cells of a workbook that a reporter sent, as people see them and with their formulas."""

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cache, cached_property
from html import unescape as unescape_xml
from io import BytesIO, StringIO
from posixpath import join, normpath
from typing import NamedTuple

from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.cell_range import CellRange

from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.file_guard import UNPACKED, Refused, guard
from pcmd_eval.util.spelling import fold

MAX_ROWS_READ, MAX_COLUMNS = 5000, 200  # as far as a return can honestly go
OWN_AUTHOR = "pcmd-eval"  # of the comments that we write into an annotated return
SENDER_COMMENT = "Nhận xét của đơn vị: "  # stands before the sender's own comment in ours
_STRUCK = "nội dung bị gạch ngang; xóa nếu bỏ, bỏ gạch ngang nếu đúng"
_RAISED = "có chữ số nhỏ đặt cao hoặc thấp; chỉ ghi số liệu, chuyển chú thích sang cột Ghi chú"
# A formula that gives "": Excel and LibreOffice store the empty text, openpyxl reads None.
_EMPTY_RESULT = re.compile(rb"<c\s([^<>]*)>\s*<f[^<]*(?:</f>\s*|(?<=/)>\s*)<v[^<>]*(?:/>|></v>)")
_IS_TEXT, _XML_ADDRESS = re.compile(rb'\st="str"'), re.compile(rb'(?:^|\s)r="([A-Z]+[0-9]+)"')
_CALCULATE_ON_LOAD = re.compile(rb'<calcPr\s[^<>]*fullCalcOnLoad="(?:1|true)"')
_RELATION = re.compile(rb"<Relationship\s[^<>]*>")
_TARGET = re.compile(rb'\sTarget="([^"]*drawings/drawing[^"]*)"')
_ANCHOR = re.compile(rb"<(?:\w+:)?from>")  # where a shape begins; its place follows
_POSITION = re.compile(rb"<(?:\w+:)?(?:col|row)>(\d{1,7})<")
_SHAPE_TEXT, _IS_PICTURE = re.compile(rb"<a:t>([^<]*)</a:t>"), re.compile(rb"<(?:\w+:)?pic[ >]")


class Hidden(NamedTuple):
    """Hidden rows or columns that hold something.

    `extent`: their number in words, 3 dòng; `cell`: the first filled one; `is_filtered`: a filter
    may hide them.
    """

    extent: str
    cell: Cell
    is_filtered: bool = False


class Remark(NamedTuple):
    """A sender's remark outside the cells; `kind`: comment, text box or picture."""

    kind: str
    address: str
    text: str = ""


class Page(NamedTuple):
    """The cells of one worksheet by (row, column), merged data cells filled.

    `merged`: the areas; `hidden`: see `Hidden`; `distant_cell`: the first cell that is not read,
    since no return goes so far; `remarks`: comments, text boxes and pictures.
    """

    cells: dict[tuple[int, int], Cell]
    merged: tuple[CellRange, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    distant_cell: str = ""
    remarks: tuple[Remark, ...] = ()

    def at(self, row: int, column: int) -> Cell:
        """Return the cell there, an empty one if nothing stands in it."""
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
    """An opened workbook, as people see it and with its formulas.

    Merges are filled from `first_row` on; `dropped`: see `file_guard.PlainWorkbook`. Opening it and
    reading a page may raise Refused.
    """

    def __init__(self, content: bytes, first_row: int = 1) -> None:
        self._first_row = first_row
        self.page = cache(self.page)  # by instance: the annotated return reads pages again
        with _guarded_reading():
            self._plain, self.dropped = guard(content)
            self._formulas = load_workbook(BytesIO(self._plain), keep_links=False, rich_text=True)
        with zipfile.ZipFile(BytesIO(self._plain)) as parts:
            self._has_drawings = any("drawings/drawing" in name for name in parts.namelist())

    @cached_property
    def _results(self):
        """The workbook with the stored results of its formulas, opened only where one is read."""
        source = BytesIO(self._plain)
        return load_workbook(source, keep_links=False, data_only=True, read_only=True)

    def _part(self, name):
        """Return a part of the workbook, b"" if there is none."""
        with zipfile.ZipFile(BytesIO(self._plain)) as parts:
            return parts.read(name) if name in parts.namelist() else b""

    def pages(self, name: str) -> list[Page]:
        """Return the worksheets with that name, in the order of `titles`."""
        return [self.page(title) for title in self.titles(name)]

    def titles(self, name: str) -> list[str]:
        """Return the titles that are that name, however spaced and cased; the exact one first."""
        titles = [s.title for s in self._formulas.worksheets if fold(s.title) == fold(name)]
        return sorted(titles, key=lambda title: title != name)

    def page(self, title: str) -> Page:
        """Return the worksheet with exactly that title."""
        sheet = self._formulas[title]
        filled = _filled_cells(sheet)
        near = [cell for cell in filled if _is_near(cell.row, cell.column)]
        with _guarded_reading():
            cells = dict(self._read_cells(near))
        areas = (area for area in sheet.merged_cells.ranges if area.min_row >= self._first_row)
        merged = [area for area in areas if (area.min_row, area.min_col) in cells]
        for area in merged:
            positions = [position for position in area.cells if _is_near(*position)]
            cells |= dict.fromkeys(positions, cells[area.min_row, area.min_col])
        distant = [cell.coordinate for cell in filled if not _is_near(cell.row, cell.column)]
        first_distant = distant[0] if distant else ""
        with _guarded_reading():
            remarks = [*_comments(sheet), *self._shapes(sheet)]
        hidden = _hidden_parts(sheet, cells)
        return Page(cells, tuple(merged), tuple(hidden), first_distant, tuple(remarks))

    def comments(self, title: str) -> dict[tuple[int, int], str]:
        """Return the sender's comments on a worksheet, by row and column."""
        cells = self._formulas[title]._cells.items()
        texts = {at: _sender_comment(cell.comment) for at, cell in cells if cell.comment}
        return {at: text for at, text in texts.items() if text}

    @property
    def hidden(self) -> list[str]:
        """Return the titles of hidden worksheets that hold something."""
        hidden_sheets = [s for s in self._formulas.worksheets if s.sheet_state != "visible"]
        return [sheet.title for sheet in hidden_sheets if _filled_cells(sheet)]

    @property
    def visible(self) -> list[str]:
        """Return the titles of the visible worksheets."""
        return [s.title for s in self._formulas.worksheets if s.sheet_state == "visible"]

    def _read_cells(self, filled):
        """Yield the filled cells, each with its position."""
        length, stored = 0, None
        for cell in filled:
            formula, value = "", cell.value
            if cell.data_type == "f":
                # An array formula is an object with a text.
                formula = value if isinstance(value, str) else getattr(value, "text", "") or "="
                stored = self._stored_results(cell.parent) if stored is None else stored
                value = stored.get((cell.row, cell.column))
            if isinstance(value, CellRichText):
                value = str(value)
            if isinstance(value, str):
                length += len(value)
                value = unescape(value)  # _x0007_: what XML cannot hold
            if length > UNPACKED:  # one long text, shared by many cells
                raise Refused("large")
            look = (cell.number_format, bool(cell.is_date), cell.font.name or "")
            parsed = Cell(cell.coordinate, value, formula, *look, _display_issue(cell))
            yield (cell.row, cell.column), parsed

    def _stored_results(self, sheet):
        """Return the stored results of a worksheet's formulas, by position.

        Where the workbook asks to be calculated when it is opened, a stored 0 or "" is no result:
        programs that cannot calculate write it.
        """
        results = self._results.worksheets[self._formulas.worksheets.index(sheet)]
        rows = results.iter_rows(max_row=MAX_ROWS_READ, max_col=MAX_COLUMNS)
        stored = {
            (cell.row, cell.column): cell.value
            for row in rows
            for cell in row
            if cell.value is not None
        }
        if _CALCULATE_ON_LOAD.search(self._part("xl/workbook.xml")):
            return {at: value for at, value in stored.items() if value not in (0, "")}
        for match in _EMPTY_RESULT.finditer(self._part(results._worksheet_path.lstrip("/"))):
            if _IS_TEXT.search(b" " + match[1]) and (address := _XML_ADDRESS.search(match[1])):
                cell = sheet[address[1].decode()]
                stored[cell.row, cell.column] = ""
        return stored

    def _shapes(self, sheet):
        """Yield the text boxes and pictures of a worksheet."""
        if not self._has_drawings:
            return
        results = self._results.worksheets[self._formulas.worksheets.index(sheet)]
        folder, _, name = results._worksheet_path.lstrip("/").rpartition("/")
        for relation in _RELATION.findall(self._part(f"{folder}/_rels/{name}.rels")):
            if target := _TARGET.search(relation):
                path = target[1].decode("utf-8", "replace")
                drawing = path.lstrip("/") if path.startswith("/") else normpath(join(folder, path))
                for content in _ANCHOR.split(self._part(drawing))[1:]:
                    yield from _read_shape(content)


def _read_shape(content):
    """Yield the remark of a text box or a picture, from its place in the drawing on."""
    position = _POSITION.findall(content)[:2]
    if len(position) < 2:
        return
    column, row = map(int, position)
    address = f"{get_column_letter(min(column, MAX_COLUMNS) + 1)}{row + 1}"
    text = b" ".join(_SHAPE_TEXT.findall(content)).decode("utf-8", "replace").strip()
    if text:
        yield Remark("text box", address, unescape_xml(text))
    elif _IS_PICTURE.search(content):
        yield Remark("picture", address)


def _comments(sheet):
    """Yield the sender's comments on a worksheet."""
    for _, cell in sorted(sheet._cells.items()):
        if cell.comment:
            text = _sender_comment(cell.comment)
            if text:
                yield Remark("comment", cell.coordinate, text)


def _sender_comment(comment):
    """Return the sender's part of a comment, without the author's name that Excel puts first.

    Of a comment in an annotated return that is what stands behind `SENDER_COMMENT`.
    """
    text = str(comment.text).strip()
    if comment.author == OWN_AUTHOR:
        return text.partition(SENDER_COMMENT)[2].strip()
    return text.removeprefix(f"{comment.author}:").strip()


def _filled_cells(sheet):
    """Return the cells with a value; openpyxl's public `iter_rows` would make one for each gap."""
    return [cell for _, cell in sorted(sheet._cells.items()) if cell.value is not None]


def _is_near(row, column):
    return row <= MAX_ROWS_READ and column <= MAX_COLUMNS


def _display_issue(cell):
    """Return, in Vietnamese, why a person sees something else than the value of a cell, or ""."""
    runs = cell.value if isinstance(cell.value, CellRichText) else ()
    fonts = [cell.font, *(run.font for run in runs if isinstance(run, TextBlock))]
    if any(font.strike for font in fonts):
        return _STRUCK
    # Not of the whole cell: a number that is raised as a whole still looks like itself.
    is_raised = any(font.vertAlign in ("superscript", "subscript") for font in fonts[1:])
    return _RAISED if is_raised else ""


def _hidden_parts(sheet, cells):
    """Yield one `Hidden` for all hidden rows that hold something, and one for all such columns."""
    rows = {row for row, look in sheet.row_dimensions.items() if look.hidden}
    columns = set()
    for look in sheet.column_dimensions.values():
        if look.hidden:
            columns.update(range(look.min or 0, min(look.max or 0, MAX_COLUMNS) + 1))
    for axis, (word, hidden) in enumerate((("dòng", rows), ("cột", columns))):
        hidden_cells = [position for position in sorted(cells) if position[axis] in hidden]
        if hidden_cells:
            number = len({position[axis] for position in hidden_cells})
            is_filtered = word == "dòng" and bool(sheet.auto_filter.ref)
            yield Hidden(f"{number} {word}", cells[hidden_cells[0]], is_filtered)
