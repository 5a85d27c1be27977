"""Open a workbook that somebody sent: refuse what is no plain workbook, each with its remedy.

Then give its cells. Measured on 2.646 foreign files: what costs openpyxl time and memory is the
size when unpacked, parts that are read many times over, and ranges that it fills cell by cell. All
of these can be seen before it opens the file.
"""

import contextlib
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO, StringIO
from typing import NamedTuple

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval.intake.cells import Cell
from pcmd_eval.spelling import fold

FILE_LIMIT = 64 << 20  # bytes, pictures included; the largest honest return unpacks to 0.13 MB
UNPACKED = 8 << 20  # bytes without pictures
READ = 128 << 20  # the same if each part is read as often as it is named
TAGS, FILLED = 200_000, 50_000  # tags; cells of merges and links
PARTS = 500
COPIED = 100_000_000  # copies of a formula x bytes of their sheet
COSTLY = 10**9  # squares of the lengths of areas and formats
ROWS, COLUMNS = 5000, 200  # as far as a return can honestly go


class Refused(Exception):
    """The file cannot be a return; the message is a Vietnamese sentence with the remedy."""


_SAVE = "mở bằng Excel, chọn Lưu thành (Save As), kiểu Excel Workbook (.xlsx), rồi gửi lại"
_COPY = "chép số liệu sang biểu mẫu do Sở gửi"
LARGE = f"Tệp quá lớn hoặc có quá nhiều ô so với một báo cáo; {_COPY}"
_OLE = b"\xd0\xcf\x11\xe0"  # before zip: every fifth old workbook holds a zip
_NO_WORKBOOK = (
    (rb"\Z", "Tệp rỗng (0 byte), có thể gửi lỗi; gửi lại tệp"),
    (
        _OLE + rb".*E\0n\0c\0r\0y\0p\0t\0e\0d\0P",
        "Tệp có mật khẩu mở; bỏ mật khẩu trong Excel rồi gửi lại",
    ),
    (_OLE, f"Tệp là sổ Excel đời cũ (.xls) mang đuôi .xlsx; {_SAVE}"),
    (rb"PK", "Tệp bị cụt hoặc hỏng, có thể gửi chưa xong; gửi lại tệp gốc"),
    (
        rb"(\xef\xbb\xbf|\xff\xfe)?[\s\0]*<\0?(?i:!doctype|h|table|meta)",
        f"Tệp là trang web (HTML); {_SAVE}",
    ),
    (rb"(\xef\xbb\xbf|\xff\xfe)?[\s\0]*<", f"Tệp là XML, không phải sổ Excel; {_SAVE}"),
    (rb"[^\0]{0,4000}?[,;\t]", f"Tệp là văn bản CSV mang đuôi .xlsx; {_SAVE}"),
    (rb"", f"Tệp không phải sổ Excel .xlsx; {_SAVE}"),
)
_PARTS = (
    (r"vbaProject|macrosheets", "Tệp có macro; lưu lại dạng .xlsx (không macro) rồi gửi lại"),
    (
        r"externalLinks|connections|queryTables",
        "Tệp có liên kết ngoài (lấy số liệu nơi khác); ngắt liên kết, gửi lại",
    ),
    (r"embeddings|activeX", "Tệp có đối tượng nhúng; xóa đối tượng nhúng rồi gửi lại"),
    (r"workbook\.bin$", f"Tệp là sổ Excel nhị phân (.xlsb) mang đuôi .xlsx; {_SAVE}"),
    (r"^content\.xml$", f"Tệp là bảng tính OpenDocument (.ods) mang đuôi .xlsx; {_SAVE}"),
)
_PICTURE = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|BM|II\*\0|MM\0\*|RIFF|\x01\0\0\0|\xd7\xcd\xc6\x9a"
)
_STRANGE = re.compile(
    rb"<!(?:DOCTYPE|ENTITY|\[CDATA)|\A(?:\xff\xfe|\xfe\xff|\0+<|<\0|Lo\xa7\x94)"
    rb"""|\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\sencoding\s*=\s*["'](?!(?i:utf-8|us-ascii)["'])"""
)
_COSTLY = re.compile(rb"""\s(?:sqref|formatCode)\s*=\s*("[^"]*"|'[^']*')""")
_SHARED = re.compile(rb"""["']shared["']""")  # a formula that stands for those of other cells
_RANGED = re.compile(rb"(?:mergeCell|hyperlink)(\s[^<]*)")  # a > may stand in a value, a < may not
_STRUCK = "nội dung bị gạch ngang; xóa nếu bỏ, bỏ gạch ngang nếu đúng"
_RAISED = "có chữ số nhỏ đặt cao hoặc thấp; chỉ ghi số liệu, chuyển chú thích sang cột Ghi chú"
_RANGE = re.compile(rb"""\sref\s*=\s*["']([^"'<]*)""")


def guard(content: bytes) -> bytes:
    """The workbook without its pictures, plainly packed.

    Raises Refused unless it is a plain workbook.
    """
    if content.startswith(_OLE) or not zipfile.is_zipfile(BytesIO(content)):
        raise Refused(next(words for look, words in _NO_WORKBOOK if re.match(look, content, re.S)))
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as archive, zipfile.ZipFile(target, "w") as plain:
        parts = _parts(archive)
        for name, part in parts.items():
            plain.writestr(name, part)
    _weigh(parts)
    if b"spreadsheetml" not in parts.get("[Content_Types].xml", b""):
        raise Refused(f"Tệp nén này không phải sổ Excel; {_SAVE}")
    if any(b"http://purl.oclc.org/ooxml/" in part for part in parts.values()):
        raise Refused(f"Tệp ở kiểu Strict Open XML; {_SAVE} (không chọn kiểu Strict)")
    return target.getvalue()


def _parts(archive):
    """The parts by name, pictures emptied; never more of a part than it declares."""
    parts: dict[str, bytes] = {}
    listed = archive.infolist()
    for pattern, words in _PARTS:
        if any(re.search(pattern, part.filename, re.I) for part in listed):
            raise Refused(words)
    if any(part.flag_bits & 1 for part in listed):
        raise Refused("Tệp nén có mật khẩu; bỏ mật khẩu rồi gửi lại")
    names = [part.filename.replace("\\", "/").lstrip("/") for part in listed]
    known = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}.issuperset(p.compress_type for p in listed)
    if not known or len({*names}) < len(names) or len(names) > PARTS:
        words = "Tệp có cấu trúc bất thường (quá nhiều phần hoặc phần trùng tên)"
        raise Refused(f"{words}; {_COPY}")
    left = UNPACKED
    for name, part in zip(names, listed, strict=True):
        with archive.open(part) as stream:
            start = stream.read(8)
            if _PICTURE.match(start):
                parts[name] = b""
                continue
            left -= part.file_size
            if left < 0:
                raise Refused(LARGE)
            parts[name] = start + stream.read(part.file_size + 1)
    return parts


def _weigh(parts):
    """Refuse what would cost more than any return does, and XML that no reader should see."""
    texts = parts.values()
    if any(map(_STRANGE.search, texts)):
        words = "Tệp có phần không do Excel tạo ra (khai báo DTD hoặc mã không phải UTF-8)"
        raise Refused(f"{words}; {_SAVE}")
    tags = named = costly = copied = longest = 0
    for text in texts:
        tags += text.count(b"<")
        named += text.count(b"Target") + text.count(b"sheetId")
        costly += sum(len(value) ** 2 for value in _COSTLY.findall(text))
        copied = max(copied, len(_SHARED.findall(text)) * len(text))
        longest = max(longest, len(text))
    if tags > TAGS or named * longest > READ or costly > COSTLY or copied > COPIED:
        raise Refused(LARGE)
    if sum(map(_filled, texts)) > FILLED:
        raise Refused("Có vùng ô gộp hoặc liên kết quá lớn; bỏ gộp các ô ngoài bảng rồi gửi lại")


def _filled(text):
    """How many cells openpyxl would make for the merges and links of a part.

    Raises ValueError for what is no range.
    """
    ranges = (found for tag in _RANGED.findall(text) for found in _RANGE.findall(tag))
    corners = (range_boundaries(found.decode()) for found in ranges)
    return sum((right - left + 1) * (bottom - top + 1) for left, top, right, bottom in corners)


@dataclass(frozen=True)
class Page:
    """The cells of one worksheet by (row, column), merged data cells filled.

    `merged`: the areas; `hidden`: what nobody sees although it holds something.
    """

    cells: dict[tuple[int, int], Cell]
    merged: tuple[CellRange, ...] = ()
    hidden: tuple["Hidden", ...] = ()

    def at(self, row: int, column: int) -> Cell:
        """The cell there, empty if nothing stands in it."""
        return self.cells.get((row, column)) or Cell(f"{get_column_letter(column)}{row}")

    @cached_property
    def last_row(self) -> int:
        """The last row that holds anything."""
        return max((row for row, _ in self.cells), default=0)


class Hidden(NamedTuple):
    """Rows or columns that nobody sees although they hold something: which, and the first cell."""

    what: str
    cell: Cell
    filtered: bool = False  # by a filter, which shows that rows are hidden


class Book:
    """An opened workbook, as people see it and with its formulas.

    Raises Refused, or whatever a broken file causes.
    """

    def __init__(self, content: bytes) -> None:
        self._plain = guard(content)
        self._formulas = self._load(data_only=False)

    def _load(self, data_only):
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(StringIO()),
        ):  # openpyxl warns, and prints
            warnings.simplefilter("ignore")
            source = BytesIO(self._plain)
            return load_workbook(source, keep_links=False, data_only=data_only, rich_text=True)

    @cached_property
    def _values(self):
        """The workbook with the stored results of its formulas, opened only where one is read."""
        return self._load(data_only=True)

    def pages(self, name: str, first_row: int = 1) -> list[Page]:
        """The worksheets with that name, however it is spaced and cased.

        Merges are filled from `first_row` on.
        """
        sheets = self._formulas.worksheets
        return [self._page(s, first_row) for s in sheets if fold(s.title) == fold(name)]

    @property
    def titles(self) -> list[str]:
        """The names of the worksheets."""
        return [sheet.title for sheet in self._formulas.worksheets]

    @property
    def hidden(self) -> list[str]:
        """The worksheets that nobody sees although something stands in them."""
        unseen = [title for title in self.titles if title not in self.visible]
        return [title for title in unseen if self.written(title)]

    @property
    def visible(self) -> list[str]:
        """The worksheets that people see."""
        return [s.title for s in self._formulas.worksheets if s.sheet_state == "visible"]

    def written(self, title: str) -> dict[tuple[int, int], object]:
        """What stands in a worksheet, by (row, column), as far as a return can go."""
        cells = self._formulas[title]._cells.items()
        return {at: cell.value for at, cell in cells if cell.value is not None and _near(*at)}

    def _page(self, sheet, first_row):
        cells = dict(self._cells(sheet))
        areas = (area for area in sheet.merged_cells.ranges if area.min_row >= first_row)
        merged = [area for area in areas if (area.min_row, area.min_col) in cells]
        for area in merged:
            near = [place for place in area.cells if _near(*place)]
            cells |= dict.fromkeys(near, cells[area.min_row, area.min_col])
        return Page(cells, tuple(merged), tuple(_hidden(sheet, cells)))

    def _cells(self, sheet):
        """The cells that hold anything.

        Openpyxl's own `iter_rows` makes one for every place up to the farthest.
        """
        texts = 0
        for (row, column), cell in sorted(sheet._cells.items()):
            if cell.value is None:
                continue
            if not _near(row, column):
                where = f"{sheet.title}, {cell.coordinate}"
                raise Refused(f"Có ô ở quá xa ({where}); xóa các ô ngoài bảng rồi gửi lại")
            formula, value = "", cell.value
            if cell.data_type == "f":
                whole = getattr(value, "text", "") or "="  # of one over several cells
                formula = value if isinstance(value, str) else whole
                value = self._result(cell)
            if isinstance(value, CellRichText):
                value = str(value)
            if isinstance(value, str):
                texts += len(value)
            if texts > UNPACKED:  # one long text, shared by many cells
                raise Refused(LARGE)
            yield (row, column), Cell.of(cell, value, formula, _odd(cell))

    def _result(self, cell):
        """What was stored for a formula; a 0 is none if the workbook is yet to be calculated."""
        stored = self._values[cell.parent.title].cell(cell.row, cell.column).value
        uncalculated = self._formulas.calculation.fullCalcOnLoad and stored in (0, "")
        return None if uncalculated else stored


def _near(row, column):
    return row <= ROWS and column <= COLUMNS


def _odd(cell):
    """Why a person does not see the value of a cell there, in words; "" if he does."""
    runs = cell.value if isinstance(cell.value, CellRichText) else ()
    fonts = [cell.font, *(run.font for run in runs if isinstance(run, TextBlock))]
    if any(font.strike for font in fonts):
        return _STRUCK
    raised = any(font.vertAlign in ("superscript", "subscript") for font in fonts[1:])
    return _RAISED if raised else ""


def _hidden(sheet, cells):
    """The rows, and the columns, that are hidden although they hold something."""
    rows = {row for row, look in sheet.row_dimensions.items() if look.hidden}
    columns: set[int] = set()
    for look in sheet.column_dimensions.values():
        if look.hidden:
            columns.update(range(look.min or 0, min(look.max or 0, COLUMNS) + 1))
    in_rows = [at for at in sorted(cells) if at[0] in rows]
    in_columns = [at for at in sorted(cells) if at[1] in columns and at[0] not in rows]
    if in_rows:
        told = _told([row for row, _ in in_rows], str)
        yield Hidden(f"dòng {told}", cells[in_rows[0]], bool(sheet.auto_filter.ref))
    if in_columns:
        told = _told([column for _, column in in_columns], get_column_letter)
        yield Hidden(f"cột {told}", cells[in_columns[0]])


def _told(numbers, spell):
    """6–9, 12."""
    ends = [dict.fromkeys(map(spell, run)) for run in runs(numbers)]
    return ", ".join(map("–".join, ends))


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last of numbers that follow each other: 6 and 9, 12 and 12."""
    found: list[tuple[int, int]] = []
    for number in sorted({*numbers}):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
