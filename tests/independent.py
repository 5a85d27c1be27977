"""A second, independent computation of the findings, straight from the workbooks.

It shares no code with the package: it was written from the specification alone (the form, the words,
the counting rules and the table of what an open question may change) and exists so that two
implementations can be compared row by row. openpyxl opens the files; everything else is plain
Python over dicts, whole numbers and fractions. The way of a figure:

1. `read` makes of a workbook a `File`: its filled cells, and what it asks (`doubted`, `opened`).
2. `copies_in_place` gives an annotated copy the place of the file it was made from.
3. `put_together` makes of the files of a unit one `Unit`: of each cell the version that counts, and
   its state; `compare` then doubts what the comparisons of the form find broken.
4. `findings` counts.

A cell that is blank or absent is not there; both are unknown. Where the specification leaves two
readings, this one doubts more. Questions of senders are taken as open: `xac_nhan.csv` is not read.
"""

from __future__ import annotations

import csv
import gzip
import re
import unicodedata
import zlib
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from hashlib import sha256
from itertools import combinations, pairwise, permutations
from math import ceil, floor
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from yaml_files import read_yaml

VERSION = 1
QUARTERS = ["Q1", "Q2", "Q3", "Q4"]
HEADERS = {"Q1": "Quý I", "Q2": "Quý II", "Q3": "Quý III", "Q4": "Quý IV"}
HEADERS |= {f"M{month:02d}": f"Tháng {month}" for month in range(1, 13)}
MODELS = "support_model"
PROGRAMMES = ["2.1", "2.2", "2.3", "2.4", "2.5", "2.6"]
LIMBS = [["3.1.1", "3.1.2", "3.1.3", "3.1.4"], ["3.2.1", "3.2.2", "3.2.3"]]
OUTLETS = ["5.1", "5.2", "5.3", "5.4"]
OPTIONAL = {"2.6", "5.4"}
PRIVATE = {"6.2", "6.7", "6.8", "6.9", "6.10", "6.11"}  # persons, or what leads to them
COARSE = {"3.1.2", "3.1.4", "3.2.2", "3.2.3"}
CASES = {"6.3", "6.4", "6.5", "6.6"}  # where communes report, of the province only
TYPE_WORDS = ["thànhphố", "thịtrấn", "thịxã", "phường", "huyện", "quận", "tỉnh", "xã"]
TONES = "\u0300\u0301\u0303\u0309\u0323"
A_DATE = "[0-9]{1,2} ?[/.-] ?[0-9]{1,2} ?[/.-] ?[0-9]{4}|[0-9]{1,2} tháng [0-9]{1,2},? năm [0-9]{4}"
A_NUMBER = r"[0-9]+[a-z]?(?:/[0-9]{4})?/[^\W\d_][\w.&]*(?:-[\w.&]+)*|[0-9]+-[^\W\d_]+/[^\W\d_]+"
KINDS = "kế hoạch|kh|quyết định|qđ|công văn|cv|chỉ thị|chương trình|nghị quyết|hướng dẫn|văn bản"
ABOVE = "(?:ubnd |hđnd |ủy ban nhân dân )?(?:tỉnh|{kind})|sở|bộ|chính phủ|thủ tướng|trung ương"
FOR = "thực hiện .*|triển khai .*|theo .*"
PAPER = re.compile(
    rf"(?:(?:{KINDS}) )?(?:số:? )?(?P<number>{A_NUMBER}),?"
    rf" ?[(]?(?:ngày )?(?P<day>{A_DATE})[)]?[.]?(?: (?:của (?P<of>.*)|{FOR}))?"
)
DOUBT = re.compile(
    r"(?<!\w)(không|chưa|ko|chẳng|dự thảo|đang|chờ|sẽ|tờ trình|ttr|hết hiệu lực|bãi bỏ|hủy|bỏ|đề "
    r"nghị)(?!\w)"
)
UNREADABLE = object()  # an error value, or a formula whose result is not stored
BROKEN = (BadZipFile, InvalidFileException, ParseError, zlib.error, EOFError, OSError, RuntimeError)
BROKEN += (KeyError, ValueError, TypeError, IndexError, AttributeError)  # by what stands in it

Row = dict[str, Any]
Grid = dict[tuple[int, int], Any]
Place = tuple[str, str, str, int, str]  # objective, commune or code, form or name, turn, column


@dataclass(frozen=True)
class Asked:
    """A plan as its file and its register say it.

    `units`: the communes of each unit that reports, a name by code; `names` and `slugs` of those
    who report; `kind` of the province: tỉnh or thành phố; `labels` of the form's coded rows;
    `sheets` of the form by objective; `rules` and the two targets by (slug, key). Of the form's
    words: `headers`, the header of a period by each folded name of it, `ignored` ones, `signs`,
    `not_data` and `none_words`, and `denial` of a normalized text.
    """

    number: str
    year: int
    province: str
    kind: str
    units: dict[str, dict[str, str]]
    names: dict[str, str]
    slugs: dict[str, str]
    objectives: list[dict[str, Any]]
    labels: dict[str, str]
    form: dict[str, Any]
    headers: dict[str, str]
    units_of_headers: str
    ignored: set[str]
    signs: tuple[str, ...]
    not_data: re.Pattern[str]
    none_words: set[str]
    denial: re.Pattern[str]
    rules: dict[tuple[str, str], Any]
    open_days: int

    @property
    def register(self) -> dict[str, str]:
        """The key of each commune's name by code."""
        return {code: key for own in self.units.values() for code, key in own.items()}

    def secrecy(self, place: Place) -> int:
        """Rank a cell: 2 for persons, 1 for cases where communes report, else 0."""
        communes_report = all({*own} <= {unit} for unit, own in self.units.items())
        return 2 if is_private(place) else int(communes_report and place[1] in CASES)

    @property
    def sheets(self) -> dict[str, Row]:
        """The form's sheets by objective."""
        return {sheet["objective"]: sheet for sheet in self.form["sheets"]}

    def sheets_of(self, reporter: str) -> list[Row]:
        """Return the sheets that a reporter is asked for."""
        slugs = {objective["slug"] for objective in self.objectives}
        who = {"everyone", "province" if reporter == self.province else "unit"}
        return [
            one for slug, one in self.sheets.items() if slug in slugs and one["reporter"] in who
        ]

    def keys_of(self, slug: str) -> dict[str, str]:
        """Return the column of each quarter or month of a sheet."""
        columns = self.sheets[slug]["columns"] if slug in self.sheets else []
        return {c["period"]: c["key"] for c in columns if c.get("period", "Y") != "Y"}

    def period_of(self, place: Place) -> str:
        """Return the period of a cell; that of the year is Y."""
        return {key: at for at, key in self.keys_of(place[0]).items()}.get(place[4], "Y")

    def is_count(self, place: Place) -> bool:
        """Return whether the form asks for a count in a cell."""
        return any(
            c["key"] == place[4] and c["kind"] == "count" for c in self.sheets[place[0]]["columns"]
        )

    def is_over(self, place: Place, cell: Cell) -> bool:
        """Return whether the time of a cell was over at its cut-off: of what moves, the year."""
        month = 12 if moves(place) else max(months_of(self.period_of(place)))
        end = date(self.year, month, monthrange(self.year, month)[1])
        return bool(cell.cutoff) and (end - cell.cutoff).days <= self.open_days


# --- reading one value
# -------------------------------------------------------------------------------------


def fold(value: object) -> str:
    """Fold a text without case, spaces and Unicode form; anything else is empty."""
    if not isinstance(value, str):
        return ""
    seen = value.replace("\u200b", "")  # a space without width
    return unicodedata.normalize(
        "NFC", "".join(unicodedata.normalize("NFC", seen).casefold().split())
    )


def normalized(value: object) -> str:
    """Return a text in lower case with single spaces."""
    return " ".join(unicodedata.normalize("NFC", str(value)).casefold().split())


def name_key(value: object) -> str:
    """Reduce spellings of one unit name to a key: no type, one place for tones, one d, one i."""
    text = re.sub(r"^(x|p|tt|tx|tp|h)[.]", "", fold(value))
    text = text.replace("\u00f0", "đ").replace("\u0256", "đ")
    for word in TYPE_WORDS:
        if text.startswith(word) and text != word:
            text = text.removeprefix(word)
            break
    out, waiting = "", ""
    for char in unicodedata.normalize("NFD", text):
        if char in TONES:
            waiting += char
            continue
        if not unicodedata.combining(char) and char not in "aeiouy":
            out, waiting = out + waiting, ""
        out += "i" if char == "y" else char
    return out + waiting


def is_blank(value: object) -> bool:
    """Return whether a value is nothing, or only spaces."""
    return value is None or (isinstance(value, str) and not value.strip())


def count(value: object) -> int | None:
    """Return a non-negative whole number; None for everything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if value >= 0 else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and value >= 0 else None
    if isinstance(value, str) and re.fullmatch(
        r"[0-9]{1,15}|[1-9][0-9]{0,2}[.][0-9]{3}", value.strip()
    ):
        return int(value.strip().replace(".", ""))
    return None


def day(value: object) -> date | None:
    """Return an Excel date, or one of text: d/m/yyyy, also with points or hyphens, or in words."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = normalized(value) if isinstance(value, str) else ""
    texts = re.findall(A_DATE, text)
    if len(texts) > 1 and re.search(rf"đến (?:hết )?(?:ngày )?{re.escape(texts[-1])}", text):
        text = texts[-1]
    text = re.sub("^(?:tính )?(?:đến )?(?:hết )?(?:ngày )?", "", text)
    if re.fullmatch(A_DATE, text):
        of_month, month, year = map(int, re.findall("[0-9]+", text))
    elif re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        year, month, of_month = map(int, text.split("-"))
    elif re.fullmatch("[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}", text):
        of_month, month, year = map(int, text.split("/"))
        year += 2000
    else:
        return None
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def is_paper(text: str, asked: Asked) -> bool:
    """Return whether a text names one valid document of the sender: number, symbol, day."""
    found = PAPER.fullmatch(text)
    if not found or DOUBT.search(text) or not day(found["day"]):
        return False
    above = re.match(rf"(?:{ABOVE.format(kind=asked.kind)})(?!\w)", found["of"] or "")
    return not above and fold(found["number"]) != fold(asked.number)


def document(value: object, asked: Asked) -> str:
    """Classify a document cell: `blank`, `none`, `given` or `unreadable`."""
    if is_blank(value):
        return "blank"
    if says_none(value, asked):
        return "none"
    if isinstance(value, str):
        text = normalized(value)
        if all(is_paper(part.strip(), asked) for part in text.split(";")):
            return "given"
    return "unreadable"


def says_none(value: object, asked: Asked) -> bool:
    """Return whether a cell states that there is no document, or no model."""
    if isinstance(value, float) and value == 0:
        return True
    text = normalized(value)
    return fold(text) in asked.none_words or bool(asked.denial.fullmatch(text))


def yes_no(value: object) -> str:
    """Classify an answer: `yes`, `no`, `blank` or `unreadable`."""
    if is_blank(value):
        return "blank"
    return {"có": "yes", "không": "no"}.get(fold(value), "unreadable")


def amount(value: object) -> Fraction | None:
    """Return a sum of money, also with a comma and dots of thousands; None for everything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Fraction(str(value)) if value >= 0 else None
    written = r"[0-9]{1,12}(,[0-9]{1,3})?|[1-9][0-9]{0,2}([.][0-9]{3}){1,3}(,[0-9]{1,3})?"
    if isinstance(value, str) and re.fullmatch(written, value.strip()):
        return Fraction(value.strip().replace(".", "").replace(",", "."))
    return None


def reading(value: object, column: Row, asked: Asked) -> Any:
    """Return what a cell that is not blank says; None if that cannot be read."""
    if column["kind"] == "document":
        says = document(value, asked)
        return None if says == "unreadable" else says
    if column["kind"] == "yes_no":
        return None if yes_no(value) == "unreadable" else yes_no(value)
    if column["kind"] == "name":
        return normalized(value)
    if column["kind"] == "date":
        return day(value)
    number = amount(value) if column["kind"] == "amount" else count(value)
    if column["kind"] == "choice":
        return number if str(number) in column["choices"] else None
    return None if number is None or number > column.get("most", number) else number


def years_of(value: str) -> set[int]:
    """Return the years of the documents that a text names."""
    found = [PAPER.fullmatch(part.strip()) for part in normalized(value).split(";")]
    return {day(one["day"]).year for one in found if one}


def unaccented(text: str) -> str:
    """Return a text in lower case without accents."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(char for char in plain if not unicodedata.combining(char))


def months_of(period: str) -> set[int]:
    """Return the months of a period of the form."""
    if period == "Y":
        return {*range(1, 13)}
    number = int(period[1:])
    return {number} if period[0] == "M" else {3 * number - 2, 3 * number - 1, 3 * number}


def months_named(title: str) -> set[int]:
    """Return the months of the parts of the year that the title of a column names."""
    months: set[int] = set()
    for roman in re.findall(r"\bqu[ýí] ?(iv|i{1,3}|[1-4])\b", title):
        months |= months_of(f"Q{ {'i': 1, 'ii': 2, 'iii': 3, 'iv': 4}.get(roman) or roman }")
    months |= {int(n) for n in re.findall(r"\btháng ?(1[0-2]|0?[1-9])\b", title)}
    for number in re.findall(r"\b([369]|sáu|chín) ?tháng\b", title):
        length = {"sáu": 6, "chín": 9}.get(number) or int(number)
        months |= {*range(13 - length, 13)} if "cuối" in title else {*range(1, length + 1)}
    return months


# --- reading a file
# -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One filled cell of one file; `value` is None where it cannot be read.

    `day`: on which it was sent, None without an order; `may_end`: what stands may be less later.
    """

    value: Any
    raw: Any
    file: str
    at: tuple[str, int, int]
    day: date | None
    cutoff: date | None
    may_end: bool
    state: str = ""

    @property
    def content(self) -> Any:
        """What it says, however it is written."""
        if self.value is None or self.value == "given":
            return "written", fold(self.raw) or str(self.raw)
        return self.value

    @property
    def stands(self) -> Any:
        """What is known, or was at an early cut-off; else None."""
        return self.value if self.state in ("reported", "open") else None

    @property
    def floor(self) -> Any:
        """What is known, or stands and only grows; else None."""
        is_floor = self.value not in (0, "no", "none") and not self.may_end
        return self.stands if self.state == "reported" or is_floor else None


@dataclass
class File:
    """One workbook that was not refused, read alone.

    `doubted` and `opened`: places, or (objective, unit or code, column) of all rows; the same of
    whole sheets. `noted`: coded rows with anything in them. `points_to`: units between which it
    cannot be placed; if any, it is held. `base`: the name and hash of the file of which it is a
    copy, `replaced`: the cells of the one whose place it takes; `named`: the cells that a copy asks
    to mend; `unread`: another sheet holds figures.
    """

    name: str
    digest: str
    reporter: str
    cutoff: date | None
    sent: date | None
    pages: dict[str, Grid]
    asked: Asked
    day: date | None = None
    cells: dict[Place, Cell] = field(default_factory=dict)
    doubted: set[tuple[Any, ...]] = field(default_factory=set)
    opened: set[tuple[Any, ...]] = field(default_factory=set)
    doubted_sheets: set[str] = field(default_factory=set)
    opened_sheets: set[str] = field(default_factory=set)
    noted: set[tuple[str, str]] = field(default_factory=set)
    points_to: set[str] = field(default_factory=set)
    base: tuple[str, str] | None = None
    replaced: dict[Place, Cell] = field(default_factory=dict)
    is_base_sure: bool = True
    named: set[tuple[str, int, int]] = field(default_factory=set)
    unread: bool = False
    words: set[str] = field(default_factory=set)

    def list_of_models(self) -> dict[Place, Cell]:
        """Return the cells of its list of models, a denial among them."""
        return {place: cell for place, cell in self.cells.items() if place[0] == MODELS}


def calculated(path: Path) -> bool:
    """Return whether any formula has a stored result; openpyxl writes none."""
    with ZipFile(path) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        return any(re.search(rb"(</f>|<f[^>]*/>)\s*<v>[^<]", parts.read(name)) for name in sheets)


def grid(values: Any, formulas: Any, asked: Asked) -> Grid:
    """Return the cells of a sheet: stored results for formulas, merged data ranges filled."""
    cells: Grid = {}
    for row in formulas.iter_rows():
        for cell in row:
            if cell.value is None:
                continue
            stored = values.cell(cell.row, cell.column)
            value = stored.value
            if stored.data_type in ("e", "f") or value is None:
                value = UNREADABLE
            cells[cell.row, cell.column] = value
    for area in formulas.merged_cells.ranges:
        first = cells.get((area.min_row, area.min_col))
        if area.min_row >= 5 and not (is_blank(first) and area.min_row == area.max_row):
            for row_number in range(area.min_row, area.max_row + 1):
                for column in range(area.min_col, area.max_col + 1):
                    is_figure = header(cells.get((4, column)), asked) in asked.headers.values()
                    cells[row_number, column] = UNREADABLE if is_figure else first
    return cells


def header(value: object, asked: Asked) -> str:
    """Return a folded header without a unit in brackets and the year; of a period the form's."""
    text = fold(value)
    text = re.sub(rf"(?:\((?:{asked.units_of_headers})\)|/?\(?(?:năm)?20[0-9]{{2}}\)?)+$", "", text)
    return asked.headers.get(text) or asked.headers.get(text.removeprefix("số"), text)


def title_key(title: str) -> str:
    """Return a title of a sheet without signs."""
    return re.sub(r"[\W_]", "", fold(title))


def begins(text: str, words: Iterable[str]) -> bool:
    """Return whether a text begins with one of the words as a whole."""
    return any(
        text.startswith(word) and not text[len(word) : len(word) + 1].isalnum() for word in words
    )


def is_signature(row: Row, code: object, asked: Asked) -> bool:
    """Return whether a row without a figure begins with a word of who signs.

    That may stand in any column of a row without a code.
    """
    texts = [normalized(value) for value in row.values() if not is_blank(value)]
    signs = texts if is_blank(code) else [normalized(code)]
    is_signed = any(begins(text, asked.signs) for text in signs)
    return is_signed and all(count(text) is None for text in texts)


def table(
    cells: Grid, asked: Asked, sheet: Row
) -> tuple[dict[str, int], dict[int, str], list[Row]]:
    """Return columns by the form's folded headers, other headers by column, and the data rows.

    A row has its values by folded header, those of other columns by number; `#` is its number.
    """
    of_form = {fold(column["header"]) for column in sheet["columns"]}
    columns: dict[str, int] = {}
    others: dict[int, str] = {}
    for (row, column), value in sorted(cells.items(), key=lambda item: item[0]):
        if row == 4 and fold(value):
            name = header(value, asked)
            if name in of_form and name not in columns:
                columns[name] = column
            else:
                others[column] = normalized(value)
    rows, is_foot = [], False
    for number in sorted({row for row, _ in cells if row >= 5}):
        row = {name: cells.get((number, column)) for name, column in columns.items()}
        row |= {column: cells.get((number, column)) for column in others}
        code = cells.get((number, 1))
        is_foot = is_foot or is_signature(row, code, asked)
        if not all(is_blank(value) for value in row.values()) and not (is_foot and is_blank(code)):
            rows.append(row | {"#": number})
    return columns, others, rows


def read(path: Path, reporters: Iterable[str], asked: Asked) -> File | None:
    """Read one workbook; None if it must be refused."""
    try:
        formulas = load_workbook(path)
        values = load_workbook(path, data_only=True) if calculated(path) else formulas
        pages = {
            title_key(sheet.title): grid(values[sheet.title], sheet, asked)
            for sheet in formulas.worksheets
        }
    except BROKEN:
        return None
    cover, info = pages.get(title_key("Thông tin"), {}), {}
    for (row, column), value in sorted(cover.items(), key=lambda item: item[0]):
        if column == 1:
            info.setdefault(fold(value), cover.get((row, 2)))
    code = info.get(fold("Mã đơn vị"))
    reporter = fold(code) if isinstance(code, str) else str(count(code))
    if (
        count(info.get(fold("Phiên bản biểu mẫu"))) != VERSION
        or count(info.get(fold("Năm"))) != asked.year
    ):
        return None
    if fold(info.get(fold("Kế hoạch"))) != fold(asked.number) or reporter not in reporters:
        return None
    cutoff, sent = day(info.get(fold("Ngày chốt số liệu"))), day(info.get(fold("Ngày gửi")))
    digest = sha256(path.read_bytes()).hexdigest()
    file = File(path.name, digest, reporter, cutoff, sent, pages, asked)
    name = info.get(fold("Tên đơn vị"))
    named = {unit for unit, key in asked.names.items() if key == name_key(name)}
    if not is_blank(name) and reporter not in named:
        file.points_to = {reporter, *named}
    file.points_to |= units_of_rows(file) | units_of_name(file)
    read_copy(file)
    return fill_in(file)


def units_of_rows(file: File) -> set[str]:
    """Return the units between which the rows leave a file: more are other reporters' communes."""
    units, asked = file.asked.units, file.asked
    owners = {code: unit for unit, own in units.items() for code in own}
    sheet = asked.sheets.get("communication")
    rows = table(file.pages.get(title_key(sheet["name"]), {}), asked, sheet)[2] if sheet else []
    codes = [commune_of(row, asked.register) for row in rows]
    found = [owners[code] for code in codes if code in owners]
    is_of_another = found.count(file.reporter) * 2 < len(found)
    return {file.reporter, *found} if is_of_another else set()


def units_of_name(file: File) -> set[str]:
    """Return the units between which a file's name leaves it: it names others, and not its own.

    A number of two digits names no other: it may be a day or a version.
    """
    words = f"-{'-'.join(re.findall('[a-z0-9]+', unaccented(file.name.removesuffix('.xlsx'))))}-"
    named = {
        unit
        for unit, name in file.asked.names.items()
        if f"-{unit}-" in words or f"-{file.asked.slugs[unit]}-" in words
    }
    others = {unit for unit in named if len(unit) > 2 or f"-{file.asked.slugs[unit]}-" in words}
    return {file.reporter, *others} if others and file.reporter not in named else set()


def read_copy(file: File) -> None:
    """Read of which file this is an annotated copy, and the cells that it asks to mend."""
    page = file.pages.get(title_key(file.asked.form["mend_page"]["name"]), {})
    says = re.fullmatch(r"\s*(.+?)(?: sha256:([0-9a-f]+))?\s*", str(page.get((1, 8), "")))
    if not says:
        return
    file.base = says[1], says[2] or ""
    heads = {fold(value): column for (_, column), value in page.items()}
    for row in {row for row, _ in page}:
        sheet, cell = (page.get((row, heads.get(fold(name), 0))) for name in ("Biểu", "Ô"))
        for area in re.findall(r"[A-Z]+[0-9]+(?::[A-Z]+[0-9]+)?", str(cell)):
            left, top, right, bottom = range_boundaries(area)
            file.named |= {
                (title_key(str(sheet)), row, column)
                for row in range(top, bottom + 1)
                for column in range(left, right + 1)
            }


def fill_in(file: File) -> File:
    """Return the file with its cells and doubts, as one of its reporter."""
    asked, cutoff, sent = file.asked, file.cutoff, file.sent
    file = replace(
        file,
        **{
            name: set()
            for name in ("doubted", "opened", "doubted_sheets", "opened_sheets", "noted")
        },
        words=set(),
        cells={},
    )
    cutoff = cutoff if cutoff and cutoff.year == asked.year else None
    is_before = bool(cutoff and sent and sent < cutoff)
    within = asked.form["info"]["sent_within"]
    is_far = bool(cutoff and sent and (sent - cutoff).days > within)
    believed = None if is_before else cutoff
    file.day = None if is_before or is_far else sent
    for sheet in asked.sheets.values():
        cells = file.pages.get(title_key(sheet["name"]), {})
        (read_lines if sheet["rows"] == "lines" else read_rows)(file, sheet, cells)
    after = {
        place
        for place, cell in file.cells.items()
        if (period := asked.period_of(place)) != "Y" and cell.value
        if believed and date(asked.year, min(months_of(period)), 1) > believed
    }
    file.doubted |= after
    believed = None if after else believed
    file.cells = {
        place: replace(cell, day=file.day, cutoff=believed) for place, cell in file.cells.items()
    }
    read_other_sheets(file)
    return file


def code_of(row: Row, labels: Mapping[str, str]) -> str:
    """Return the code of a row, also with a stop, a comma, or as a number told by its label."""
    value = row.get("mã")
    if isinstance(value, float):
        said = {fold(text) for text in row.values()}
        alike = [own for own in labels if own.count(".") == 1 and float(own) == value]
        return next((own for own in alike if labels[own] in said), "")
    return fold(value).replace(",", ".").rstrip(".")


def commune_code(value: object) -> str:
    """Return the code of a commune; one typed as a number has lost its zeros."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(count(value)).zfill(5) if is_number else fold(value)


def commune_of(row: Row, register: Mapping[str, str]) -> str:
    """Return the code on which code and name of a row agree; "" where they do not."""
    raw, name = row.get(fold("Mã xã")), row.get(fold("Tên xã"))
    code = commune_code(raw)
    if is_blank(name):
        return code if isinstance(raw, str) else ""
    return code if code and register.get(code) == name_key(name) else ""


def placed(
    file: File, sheet: Row, rows: list[Row]
) -> tuple[list[tuple[str, Row, bool]], list[Row]]:
    """Return (commune or code, row, whether both agree) of each row that names one, and the rest."""
    asked, own = file.asked, file.asked.units.get(file.reporter, {})
    items = {item["code"] for item in sheet.get("items", [])}
    labels = [fold(one["header"]) for one in sheet["columns"] if one["kind"] == "label"]
    lines: list[tuple[str, Row, bool]] = []
    strangers = []
    for row in rows:
        if sheet["rows"] == "communes":
            raw, name = row.get("mãxã"), row.get("tênxã")
            agreed = commune_of(row, asked.register)
            named = {
                code for code, key in own.items() if not is_blank(name) and key == name_key(name)
            }
            aims = {agreed} & own.keys() if agreed else named | ({commune_code(raw)} & own.keys())
        else:
            code, said = code_of(row, asked.labels), {fold(row.get(label)) for label in labels}
            named = {item for item in items if asked.labels[item] in said}
            agreed = not named or code in named
            aims = {code} & items if agreed else named | ({code} & items)
            if not agreed and not code and not filled(row, sheet):
                aims = set()
        lines += [(aim, row, bool(agreed)) for aim in sorted(aims)]
        if not aims:
            strangers.append(row)
    return lines, strangers


def filled(row: Row, sheet: Row) -> bool:
    """Return whether a row has anything in the columns that are no key and no label."""
    heads = [fold(one["header"]) for one in sheet["columns"] if one["kind"] not in ("key", "label")]
    return not all(is_blank(row.get(head)) for head in heads)


def columns_of(sheet: Row) -> dict[str, Row]:
    """Return the columns whose cells the form asks for, by folded header."""
    asked_for = [one for one in sheet["columns"] if one["kind"] not in ("key", "label", "note")]
    return {fold(column["header"]): column for column in asked_for}


def is_figure(value: object) -> bool:
    """Return whether a value is a number."""
    return count(value) is not None or amount(value) is not None


def read_rows(file: File, sheet: Row, page: Grid) -> None:
    """Read a sheet whose rows have a commune or a code."""
    slug, asked, title = sheet["objective"], file.asked, title_key(sheet["name"])
    columns, others, rows = table(page, asked, sheet)
    lines, strangers = placed(file, sheet, rows)
    items = {item["code"]: item for item in sheet.get("items", [])}
    lines = [line for line in lines if filled(line[1], sheet) or not line[2]]
    aims = [aim for aim, *_ in lines]
    unsure = {aim for aim, _, is_agreed in lines if not is_agreed}
    file.doubted |= {
        (slug, aim, column["key"]) for aim in unsure for column in columns_of(sheet).values()
    }
    unsure |= {aim for aim in aims if items and aims.count(aim) > 1}
    file.noted |= {(slug, aim) for aim, row, _ in lines if filled(row, sheet)}
    keys: list[Place] = []
    for aim, row, _ in lines:
        form = fold(str(row.get("hìnhthức") or ""))
        turn = sum(key[1:3] == (aim, form) for key in keys)
        keys.append((slug, aim, form, turn, ""))
        for head, column in columns_of(sheet).items():
            raw, place = row.get(head), (slug, aim, form, turn, column["key"])
            if is_blank(raw):
                continue
            value = None if aim in unsure else reading(raw, column | items.get(aim, {}), asked)
            at = (title, row["#"], columns[head])
            file.cells[place] = Cell(value, raw, file.name, at, None, None, aim == "6.6")
            # Of another year the document, and that it was carried out: a "Không" stays one.
            is_old = value == "given" and asked.year not in years_of(raw)
            if is_old or (value == "yes" and (slug, aim, "document") in file.doubted):
                file.doubted.add((slug, aim, column["key"]))
    if not items:
        doubt_twins(file, sheet, keys)
    is_whole = is_sheet_whole(file, sheet)
    if any(opens(row, sheet, asked, is_whole) for row in strangers):
        file.opened_sheets.add(slug)
    for column, title_of_column in others.items():
        months = months_named(title_of_column)
        figured = [key for key, line in zip(keys, lines, strict=True) if is_figure(line[1][column])]
        if months:
            of_time = [key for at, key in asked.keys_of(slug).items() if months_of(at) & months]
            file.doubted |= {(*place[:4], key) for place in figured for key in of_time}
        elif any(is_figure(row[column]) for row in rows) and not is_whole:
            file.doubted_sheets |= set() if fold(title_of_column) in asked.ignored else {slug}
    notes = [fold(one["header"]) for one in sheet["columns"] if one["kind"] == "note"]
    if any(not is_blank(row.get(head)) for row in rows for head in notes):
        file.words.add(slug)


def doubt_twins(file: File, sheet: Row, keys: list[Place]) -> None:
    """Doubt two rows of a commune with one form of communication; a blank one equals any."""
    with_cells = {place[:4] for place in file.cells}
    for one, other in combinations([key for key in keys if key[:4] in with_cells], 2):
        if one[1] != other[1] or not (one[2] == other[2] or "" in (one[2], other[2])):
            continue
        for column in columns_of(sheet).values():
            places = [(*key[:4], column["key"]) for key in (one, other)]
            first, second = (getattr(file.cells.get(place), "value", None) or 0 for place in places)
            if column["period"] != "Y" and first > 0 and second > 0:
                larger = second >= first
                file.doubted.add(places[larger])
                file.opened.add(places[not larger])
            elif column["period"] == "Y" or first > 0 or second > 0:
                file.doubted |= {*places}


def is_sheet_whole(file: File, sheet: Row) -> bool:
    """Return whether every cell that the form asks for in a sheet is filled readably."""
    slug = sheet["objective"]
    keys = [column["key"] for column in columns_of(sheet).values()]
    own = {item["code"] for item in sheet.get("items", [])}
    own = own or {*file.asked.units.get(file.reporter, {})}
    own -= {*OPTIONAL}
    timed = {*file.asked.keys_of(slug).values()}
    for code in own:
        rows: dict[Place, set[str]] = {}
        for place, cell in file.cells.items():
            if place[:2] == (slug, code):
                rows.setdefault((*place[:4], ""), set()).update(
                    [place[4]] * (cell.value is not None)
                )
        rows = {key: row for key, row in rows.items() if row & timed or not timed} or rows
        if not rows or any(row != {*keys} for row in rows.values()):
            return False
    return True


def opens(row: Row, sheet: Row, asked: Asked, is_whole: bool) -> bool:
    """Return whether a row that names nothing of this reporter leaves the rest of a sheet open."""
    heads = [fold(one["header"]) for one in sheet["columns"] if one["kind"] in ("key", "label")][:2]
    texts = [normalized(row[head]) for head in heads if not is_blank(row.get(head))]
    values = [row[head] for head in columns_of(sheet) if not is_blank(row.get(head))]
    is_other = bool(texts) and bool(asked.not_data.match(texts[0]))
    is_group = bool(texts) and texts[0] in {group["code"] for group in sheet.get("groups", [])}
    if not values or is_other or is_group:
        return False
    has_name = bool(texts) and begins(texts[-1], ("xã", "phường", "thị trấn"))
    has_code = not is_blank(row.get(heads[0]))
    return has_code or has_name or (any(map(is_figure, values)) and not is_whole)


def read_lines(file: File, sheet: Row, page: Grid) -> None:
    """Read the list of models; a statement that there is none beside a line is wrong, or the line."""
    asked, title = file.asked, title_key(sheet["name"])
    columns, _, rows = table(page, asked, sheet)
    denials, lines = [row for row in rows if denies_models(row, asked)], [*filter(a_model, rows)]
    of_file = (file.name, (title, 0, 0), None, None, False)
    if denials:
        place = (MODELS, "", "", 0, "none")
        file.cells[place] = Cell(None if lines else "none", "none", *of_file)
    names: list[str] = []
    for row in lines:
        name = fold(row.get("tênmôhình")) if names_a_model(row.get("tênmôhình"), asked) else ""
        names.append(name)
        for head, column in columns_of(sheet).items():
            raw = row.get(head)
            if not is_blank(raw):
                value = None if denials else reading(raw, column, asked)
                at = (title, row["#"], columns[head])
                place = (MODELS, "", name, names.count(name) - 1, column["key"])
                may_end = column["kind"] not in ("count", "name")
                file.cells[place] = Cell(value, raw, file.name, at, None, None, may_end)


def read_other_sheets(file: File) -> None:
    """Doubt what the second sheets of a form's name speak of; see other sheets with figures."""
    form, own = file.asked.form, {title_key("Thông tin")}
    own |= {title_key(form[page]["name"]) for page in ("check_page", "mend_page")}
    for title, page in file.pages.items():
        sheets = {title_key(sheet["name"]): sheet for sheet in form["sheets"]}
        behind = {key: title.removeprefix(key) for key in sheets if title.startswith(key)}
        key = next((key for key in behind if re.fullmatch("(bảnsao|copy)?[0-9]*", behind[key])), "")
        if title in own or title == key:
            continue
        if not key:
            numbers = (value for value in page.values() if not isinstance(value, str))
            file.unread |= any(map(is_figure, numbers))
            continue
        sheet = sheets[key]
        slug, (_, _, rows) = sheet["objective"], table(page, file.asked, sheet)
        lines, strangers = placed(file, sheet, rows) if sheet["rows"] != "lines" else ([], rows)
        for aim, row, _ in lines:
            heads = [head for head in columns_of(sheet) if not is_blank(row.get(head))]
            file.doubted |= {(slug, aim, columns_of(sheet)[head]["key"]) for head in heads}
        is_list = sheet["rows"] == "lines"
        if any(
            a_model(row) or denies_models(row, file.asked)
            if is_list
            else opens(row, sheet, file.asked, False)
            for row in strangers
        ):
            file.doubted_sheets.add(slug)


# --- the files of a unit
# -------------------------------------------------------------------------------------


@dataclass
class Unit:
    """What the files of one reporter say together: of each cell what counts, with its state."""

    reporter: str
    cells: dict[Place, Cell]
    noted: set[tuple[str, str]]
    asked: Asked

    def row(self, slug: str, code: str) -> dict[str, Cell]:
        """Return the cells of a coded row by the key of their column."""
        return {place[4]: cell for place, cell in self.cells.items() if place[:2] == (slug, code)}

    def rows(self, slug: str) -> dict[tuple[str, str, int], dict[str, Cell]]:
        """Return the filled rows of a sheet."""
        rows: dict[tuple[str, str, int], dict[str, Cell]] = {}
        for place, cell in self.cells.items():
            if place[0] == slug:
                rows.setdefault(place[1:4], {})[place[4]] = cell
        return rows


def read_all(folder: Path, asked: Asked) -> dict[str, Unit]:
    """Read the returns in `folder`, by reporter: the files of each together."""
    reporters = sorted([*asked.units, asked.province])
    paths = sorted(Path(folder).glob("*.xlsx"))
    read_files = (read(path, reporters, asked) for path in paths if path.name[:2] != "~$")
    files = copies_in_place([file for file in read_files if file])
    sent_by = {unit: [file for file in files if file.reporter == unit] for unit in reporters}
    held = [file for file in files if is_held(file, sent_by[file.reporter])]
    units = {}
    for reporter in reporters:
        own = [file for file in sent_by[reporter] if file not in held]
        if own:
            units[reporter] = put_together(
                own, [file for file in held if reporter in file.points_to]
            )
    return units


def is_later(one: Any, other: Any) -> bool:
    """Return whether a cell or file was surely sent after another."""
    return bool(one.day and other.day and one.day > other.day)


def copies_in_place(files: list[File]) -> list[File]:
    """Return the files, of each file and its annotated copies the latest copy in its place."""
    by_digest = {file.digest: file for file in files}
    by_name = {file.name: file for file in files}

    def first(file: File) -> File:
        """Return the file that a copy counts for, itself where that is gone."""
        seen = {file.name}
        while file.base:
            base = by_digest.get(file.base[1]) or by_name.get(file.base[0])
            if not base or base.name in seen:
                break
            seen.add(base.name)
            file = base
        return file

    result = []
    for file in files:
        copies = [one for one in files if one is not file and first(one) is file]
        if first(file) is file:
            last = max(copies, key=lambda one: (one.sent or date.min, one.name), default=None)
            result.append(in_place_of(file, last) if last else file)
    for file in result:
        file.is_base_sure = not file.base or file.base[1] in by_digest
    return result


def in_place_of(base: File, copy: File) -> File:
    """Return a copy whose cells have the day of its base, changed ones its own, if that is later."""
    own_day = copy.day if copy.sent != base.sent else None
    models = [content_of(file.list_of_models()) for file in (base, copy)]
    cells = {}
    for place, cell in copy.cells.items():
        before = base.cells.get(place)
        is_same = before is not None and before.content == cell.content
        if place[0] == MODELS:
            is_same = models[0] >= models[1]  # what is deleted is gone from this file alone
        cells[place] = replace(cell, day=base.day if is_same else own_day)
    return replace(copy, cells=cells, day=own_day, replaced=base.cells)


def content_of(cells: Mapping[Place, Cell]) -> set[tuple[Place, Any]]:
    """Return what cells say by place."""
    return {(place, cell.content) for place, cell in cells.items()}


def put_together(files: list[File], held: list[File]) -> Unit:
    """Return what the files of a unit say; `held` point to it, too, and count nowhere."""
    asked, reporter = files[0].asked, files[0].reporter
    files = sorted(files, key=lambda file: bool(file.base))  # a copy is of what was sent before
    name_rows(files)
    versions: dict[Place, list[Cell]] = {}
    for file in files:
        for place, cell in file.cells.items():
            versions.setdefault(place, []).append(cell)
    cells, doubted = count_lists(files, versions)
    for place, several in versions.items():
        if place[0] != MODELS:
            cells[place] = last_of(several)
    for place, cell in cells.items():
        others = [file for file in files if file.name != cell.file]
        replaced = [file.replaced[place] for file in others if place in file.replaced]
        if is_contradicted(place, cell, versions.get(place, [cell]), replaced, asked):
            doubted.add(place)
    doubted |= falling_cases(cells, versions, asked) | gone_rows(cells, versions, asked)
    doubted |= changed_periods(cells, files, asked) | unordered_copies(cells, files)
    doubted |= held_back(cells, [replace(file, reporter=reporter) for file in held])
    opened, opened_sheets, doubted_sheets = set(), set(), set()
    noted = {each for file in files for each in file.noted}
    for file in files:
        for place, cell in cells.items():
            if cell.file == file.name or not is_later(cell, file):
                about = {place, (place[0], place[1], place[4])}
                doubted |= {place} if about & file.doubted else set()
                opened |= {place} & file.opened
        opened_sheets |= file.opened_sheets
        doubted_sheets |= file.doubted_sheets
        is_first = not any(other.cells and not is_later(other, file) for other in files)
        if file.words and not file.cells and not is_first:
            doubted_sheets |= file.words
    if any(file.unread for file in files) and not is_form_whole(reporter, cells, noted, asked):
        doubted_sheets |= {*asked.sheets}
    for place, cell in cells.items():
        is_open = place in opened or place[0] in opened_sheets or not asked.is_over(place, cell)
        state = "open" if is_open else "reported"
        if place in doubted or place[0] in doubted_sheets:
            state = "contradictory"
        cells[place] = replace(cell, state="unreadable" if cell.value is None else state)
    unit = Unit(reporter, cells, noted, asked)
    compare(unit)
    settle_cases(unit)
    return unit


def is_held(file: File, files: list[File]) -> bool:
    """Return whether a file counts nowhere: it may be another unit's.

    One whose free name alone speaks against its cover is held where it would change or fill a cell
    of the unit on it.
    """
    is_by_name_alone = file.points_to and file.points_to == units_of_name(file)
    if not is_by_name_alone or re.match(r"[0-9]+-[a-z-]+$", file.name.removesuffix(".xlsx")):
        return bool(file.points_to)
    others = [one for one in files if one is not file and not one.points_to]
    others.sort(key=lambda one: one.day or date.min)
    cells = file.cells.items()
    own = {place: cell for place, cell in cells if is_weighed(place) and place[0] != MODELS}
    cells = {place: found[-1] for place in own if (found := _versions(others, place))}
    changes = any(
        cell.content != own[place].content and not is_later(cell, own[place])
        for place, cell in cells.items()
    )
    fills = len(cells) < len(own)
    if file.list_of_models():  # which counts whole
        models = [one.list_of_models() for one in others if one.list_of_models()]
        fills |= not models
        for last in models[-1:]:
            is_earlier = any(is_later(cell, file) for cell in last.values())
            changes |= not is_earlier and weighed(last) != weighed(file.list_of_models())
    has_own_communes = any(
        place[0] == "communication" and place[1] != file.reporter for place in file.cells
    )  # the row of a commune that reports stands in its form as its code does on the cover
    return changes or (fills and not has_own_communes)


def weighed(cells: Mapping[Place, Cell]) -> set[tuple[Place, Any]]:
    """Return what public cells say by place."""
    return content_of({place: cell for place, cell in cells.items() if is_weighed(place)})


def _versions(files: list[File], place: Place) -> list[Cell]:
    return [file.cells[place] for file in files if place in file.cells]


def name_rows(files: list[File]) -> None:
    """Give the rows of a commune that name no form the only form that any file names for it.

    Rows of one form are numbered from the top.
    """
    forms: dict[str, set[str]] = {}
    for slug, code, form, *_ in (place for file in files for place in file.cells):
        forms.setdefault(code, set()).update({form} - {""} if slug == "communication" else ())
    for file in files:
        tops = {place[:4]: cell.at[1] for place, cell in file.cells.items()}
        targets = {}
        for code in {key[1] for key in tops if key[0] == "communication"}:
            if len(forms[code]) == 1:
                own = [key for key in tops if key[:2] == ("communication", code)]
                for turn, key in enumerate(sorted(own, key=tops.__getitem__)):
                    targets[key] = ("communication", code, *forms[code], turn)
        for marks in (file.doubted, file.opened):
            named = {(*targets.get(mark[:4], mark[:4]), *mark[4:]) for mark in marks}
            marks.clear()
            marks.update(named)
        file.cells = {
            (*targets.get(place[:4], place[:4]), place[4]): cell
            for place, cell in file.cells.items()
        }


def latest(cells: list[Cell]) -> list[Cell]:
    """Return the versions of a cell of which none is surely earlier than another."""
    return [cell for cell in cells if not any(is_later(other, cell) for other in cells)]


def last_of(cells: list[Cell]) -> Cell:
    """Return the latest version of a cell; where several may be, the one that says least, of these
    one with a day: what it says is later than what came before.
    """

    def order(cell: Cell) -> tuple[Any, ...]:
        """Return the key by which the first of the latest counts."""
        number = cell.value if isinstance(cell.value, int | Fraction) else 0
        return cell.cutoff or date.min, cell.day is None, number

    return min(latest(cells), key=order)


def count_lists(
    files: list[File], versions: Mapping[Place, list[Cell]]
) -> tuple[dict[Place, Cell], set[tuple[Any, ...]]]:
    """Return the latest list of models with what is gone from it, and the cells in doubt."""
    lists = [cells for file in files if (cells := file.list_of_models())]
    first = [next(iter(cells.values())) for cells in lists]
    last = [
        cells
        for cells, one in zip(lists, first, strict=True)
        if not any(is_later(other, one) for other in first)
    ]
    counted = {place: last_of(versions[place]) for cells in last for place in cells}
    doubted: set[tuple[Any, ...]] = set()
    if any(content_of(cells) != content_of(last[0]) for cells in last):
        doubted |= {*counted}
    earlier = [cells for cells in lists if cells not in last]
    models = models_of(counted)
    for place, cell in (one for cells in earlier for one in gone_lines(cells, models).items()):
        counted[place] = cell
        doubted.add(place)
    return counted, doubted


def models_of(cells: Mapping[Place, Cell]) -> dict[str, dict[Place, Any]]:
    """Return by name what each line is: a model of its type, without a name one of its own."""
    models: dict[str, dict[Place, Any]] = {}
    for place in cells:
        if place[4] != "none":
            line = place[:4]
            kind = cells.get((*line, "type"))
            content = (kind.content if kind else None) if place[2] else place[3]
            models.setdefault(place[2], {})[line] = content
    return models


def gone_lines(
    cells: Mapping[Place, Cell], later: Mapping[str, Mapping[Place, Any]]
) -> dict[Place, Cell]:
    """Return the cells of lines, at a place of their own, that a later list of fewer models of
    their name lacks: it has none of their type.
    """
    gone: dict[Place, Cell] = {}
    for name, lines in models_of(cells).items():
        others = {*later.get(name, {}).values()}
        if len({*lines.values()}) > len(others):
            gone |= {
                (*place[:3], -1 - place[3], place[4]): cell
                for place, cell in cells.items()
                if place[:4] in lines and lines[place[:4]] not in others
            }
    return gone


def moves(place: Place) -> bool:
    """Return whether figures move out of and into a cell when a later cut-off comes."""
    return place[0] == "enforcement" and place[1] in ("6.4", "6.5", "6.6")


def has_later_cutoff(one: Cell, other: Cell) -> bool:
    """Return whether the cut-off of another cell is surely later."""
    return bool(one.cutoff and other.cutoff and one.cutoff < other.cutoff)


def falls(now: Any, was: Any, is_yearly: bool, cutoffs: tuple[date | None, date | None]) -> bool:
    """Return whether a number is a 0 after one above 0, or of the year and less at a later day."""
    has_later_cutoff = bool(cutoffs[1] and (not cutoffs[0] or cutoffs[0] < cutoffs[1]))
    return now < was and (now == 0 or (is_yearly and has_later_cutoff))


def is_contradicted(
    place: Place, now: Cell, versions: list[Cell], replaced: list[Cell], asked: Asked
) -> bool:
    """Return whether a version that counts and the ones before it, or of no order, contradict; of
    `replaced` ones, which a copy changed, only that they are back.
    """
    last = latest(versions)
    if any(cell.content != now.content for cell in last):
        return True
    dated = [cell for cell in versions if cell.day and cell not in last]
    earlier = sorted(dated, key=lambda cell: cell.day)
    said = [
        cell
        for cell in earlier
        if cell.value is not None and (cell.value != 0 or asked.is_over(place, cell))
    ]  # an open 0 says nothing yet
    while said and said[-1].content == now.content:
        said.pop()  # said again: the question is still the one of the first file that says so
    if now.value is None or not said:
        return False
    back = [*said, *(cell for cell in replaced if is_later(said[-1], cell))]
    if now.content in [cell.content for cell in back]:
        return True
    numbers = [cell for cell in said if isinstance(cell.value, int | Fraction)]
    if not isinstance(now.value, int | Fraction):
        return False
    if moves(place):
        numbers = [was for was in numbers if not has_later_cutoff(was, now)]
    is_yearly = asked.is_count(place) and asked.period_of(place) == "Y"
    return any(falls(now.value, was.value, is_yearly, (was.cutoff, now.cutoff)) for was in numbers)


def falling_cases(
    cells: Mapping[Place, Cell], versions: Mapping[Place, list[Cell]], asked: Asked
) -> set[tuple[Any, ...]]:
    """Return the cells of quarters whose handled cases together fall."""
    doubted: set[tuple[Any, ...]] = set()
    for key in asked.keys_of("enforcement").values():
        places = [("enforcement", code, "", 0, key) for code in ("6.4", "6.5")]
        now = [cells.get(place) for place in places]
        if not all(cell and cell.value is not None and cell.day for cell in now):
            continue
        newest = max(now, key=lambda cell: cell.day)
        before = [{one.file: one for one in versions[place]} for place in places]
        for name in before[0].keys() & before[1].keys():
            was = [of_file[name] for of_file in before]
            if all(
                is_later(newest, cell) and cell.value is not None and has_later_cutoff(cell, newest)
                for cell in was
            ) and sum(cell.value for cell in was) > sum(cell.value for cell in now):
                doubted |= {*places}
    return doubted


def changed_periods(
    cells: Mapping[Place, Cell], files: list[File], asked: Asked
) -> set[tuple[Any, ...]]:
    """Return the cells of a quarter or month of which a later file changes more than half of those
    of an earlier one.
    """
    doubted: set[tuple[Any, ...]] = set()
    sheets = {slug for file in files for slug in file.opened_sheets | file.doubted_sheets}
    for earlier, later in permutations(files, 2):
        was: dict[tuple[str, str], list[Place]] = {}
        changed: dict[tuple[str, str], list[Place]] = {}
        for place, cell in earlier.cells.items():
            group, now = (place[0], asked.period_of(place)), later.cells.get(place)
            about = {place, (place[0], place[1], place[4])} & (earlier.doubted | earlier.opened)
            is_known = cell.value is not None and not about and place[0] not in sheets
            if group[1] == "Y" or not is_weighed(place) or not is_known:
                continue
            if not asked.is_over(place, cell):
                continue
            was.setdefault(group, []).append(place)
            if not now or now.content == cell.content or not is_later(now, cell):
                continue
            if now.content == cells[place].content and not is_later(cells[place], now):
                changed.setdefault(group, []).append(place)
        for group, places in changed.items():
            if len(was[group]) >= 3 and 2 * len(places) > len(was[group]):
                doubted |= {*places}
    return doubted


def gone_rows(
    cells: Mapping[Place, Cell], versions: Mapping[Place, list[Cell]], asked: Asked
) -> set[tuple[Any, ...]]:
    """Return the cells of a commune's row that no later file has, another form instead; of files
    whose order is not known both rows.
    """
    doubted: set[tuple[Any, ...]] = set()
    timed = {*asked.keys_of("communication").values()}
    rows: dict[Place, dict[str, list[Cell]]] = {}
    for place, several in versions.items():
        if place[0] == "communication":
            rows.setdefault((*place[:4], ""), {})[place[4]] = several
    for row, other in permutations(rows, 2):
        if row[1] != other[1] or row[2] == other[2]:
            continue
        own = [cell for several in rows[row].values() for cell in several]
        files = {cell.file for cell in own}
        later = (
            cell
            for key in timed & rows[row].keys() & rows[other].keys()
            for cell in rows[other][key]
        )
        if any(c.file not in files and not any(is_later(one, c) for one in own) for c in later):
            doubted |= {(*row[:4], key) for key in rows[row]}
    return doubted


def unordered_copies(cells: Mapping[Place, Cell], files: list[File]) -> set[tuple[Any, ...]]:
    """Return cells of copies without a sure base that differ and that nobody asked to mend, but for
    those of which a later file says the same.
    """
    return {
        place
        for file in files
        if not file.is_base_sure
        for place, cell in file.cells.items()
        if cell.at not in file.named and place in cells
        if cells[place].file == file.name or cells[place].content != cell.content
        for one in _versions([other for other in files if other is not file], place)
        if one.content != cell.content
    }


def held_back(cells: Mapping[Place, Cell], held: list[File]) -> set[tuple[Any, ...]]:
    """Return the cells that held files would change if they were this unit's; their cover, and so
    the day on it, may be another's.
    """
    doubted: set[tuple[Any, ...]] = set()
    for file in map(fill_in, held):
        models = {place: cell for place, cell in cells.items() if place[0] == MODELS}
        other = file.list_of_models()
        if other and content_of(other) != content_of(models):
            doubted |= {*models}
        doubted |= {
            place
            for place, cell in file.cells.items()
            if place in cells and cells[place].content != cell.content
        }
    return doubted


def is_form_whole(
    reporter: str, cells: dict[Place, Cell], noted: set[tuple[str, str]], asked: Asked
) -> bool:
    """Return whether a unit's form lacks no cell."""
    as_one = File("", "", reporter, None, None, {}, asked, cells=cells, noted=noted)
    models = [sheet for sheet in asked.sheets.values() if sheet["rows"] == "lines"]
    own = [sheet for sheet in asked.sheets_of(reporter) if sheet not in models]
    return all(is_sheet_whole(as_one, sheet) for sheet in own) and bool(
        as_one.list_of_models() or not models
    )


def is_weighed(place: Place) -> bool:
    """Return whether a cell is public and not coarse."""
    return not is_private(place) and place[1] not in COARSE


def is_private(place: Place) -> bool:
    """Return whether a cell counts persons, or leads to them."""
    return place[4] == "persons" or place[1] in PRIVATE


# --- comparisons
# -------------------------------------------------------------------------------------


def number_of(cell: Cell | None) -> Any:
    """Return the number of a cell as comparisons take it: 1 for a document or a yes."""
    value = cell.stands if cell else None
    return {"given": 1, "yes": 1, "none": 0, "no": 0}.get(value, value)


def broken(
    check: Row, lines: Iterable[list[tuple[Place, Cell | None]]], secrecy: Callable[[Place], int]
) -> list[Place]:
    """Return the places that a comparison doubts, of those compared only the most secret; a line:
    the cells of its left, then right side.
    """
    numbered = [[(place, cell, number_of(cell)) for place, cell in line] for line in lines]
    numbered = [line for line in numbered if all(number is not None for *_, number in line)]
    doubted: list[Place] = []
    if check["operator"] == "grow":
        numbered = [line for line in numbered if any(number for *_, number in line)]
        steps = []
        for line in numbered:
            kept = [(p, n) for p, cell, n in line if not (cell.state == "open" and n == 0)]
            steps.append([*pairwise(kept)])
        rising = sum(any(b[1] > a[1] > 0 for a, b in line) for line in steps)
        if rising < check["least"] or any(b[1] < a[1] for line in steps for a, b in line):
            return []
        most = max(secrecy(place) for line in numbered for place, *_ in line)
        doubted = [b[0] for line in steps for a, b in line if a[1] > 0]
        return [place for place in doubted if secrecy(place) == most]
    names = [*check["left"], *check["right"]]
    for line in numbered:
        sides = line[: len(check["left"])], line[len(check["left"]) :]
        left, right = (sum(number for *_, number in side) for side in sides)
        waits = any(
            cell.state == "open" and number == 0 and own <= other
            for side, own, other in ((sides[0], left, right), (sides[1], right, left))
            for _, cell, number in side
        )
        is_broken = {
            "=": left != right and not waits,
            "<=": left > right and not (check.get("above_zero") and right == 0),
            "needs": left > 0 and right == 0,
        }[check["operator"]]
        if is_broken:
            places = [place for place, *_ in line]
            most = max(map(secrecy, places))
            if check.get("doubts") == "at":
                places = [places[names.index(check["at"])]]
            doubted += [place for place in places if secrecy(place) == most]
    return doubted


def compare(unit: Unit) -> None:
    """Mark the cells contradictory that a comparison of the form doubts."""
    asked, doubted = unit.asked, []
    for slug, sheet in asked.sheets.items():
        rows = unit.rows(slug)
        for check in asked.form["checks"]:
            if slug not in check["sheets"] or check["severity"] == "note":
                continue
            names = [*check["left"], *check.get("right", [])]
            only = {*map(fold, check.get("only", []))}
            if {*names} <= {column["key"] for column in sheet["columns"]}:
                of_form = [key for key in rows if not only or key[1] in only]
                lines = [[(slug, *key, name) for name in names] for key in of_form]
            else:
                keys = asked.keys_of(slug).values()
                lines = [[(slug, name, "", 0, key) for name in names] for key in keys]
            if check["operator"] == "grow":
                lines = [line for line in lines if all(map(is_weighed, line))]
            cells = [[(p, unit.cells.get(p)) for p in line] for line in lines]
            doubted += broken(check, cells, asked.secrecy)
    for place in doubted:
        unit.cells[place] = replace(unit.cells[place], state="contradictory")


def settle_cases(unit: Unit) -> None:
    """Make what was handled final in each quarter in which it is all that was detected."""
    for key in unit.asked.keys_of("enforcement").values():
        found, *parts = (
            unit.cells.get(("enforcement", code, "", 0, key))
            for code in ("6.3", "6.4", "6.5", "6.6")
        )
        stands = [cell.stands for cell in parts[:2] if cell and cell.stands is not None]
        pending = parts[2].stands if parts[2] else None
        if found and found.state == "reported" and stands and sum(stands) == found.value:
            for code in ("6.4", "6.5", "6.6") if not pending else ():
                place = ("enforcement", code, "", 0, key)
                cell = unit.cells.get(place)
                if cell and cell.state == "open":
                    unit.cells[place] = replace(cell, state="reported")


# --- the six objectives
# ------------------------------------------------------------------------------------


def at_period(unit: Unit | None, slug: str, code: str, periods: Iterable[str]) -> list[Cell | None]:
    """Return the cells of a coded row by period; None without a cell."""
    if unit is None:
        return [None for _ in periods]
    row, keys = unit.row(slug, code), unit.asked.keys_of(slug)
    return [row.get(keys[period]) for period in periods]


def surely(cells: Iterable[Cell | None]) -> bool:
    """Return whether a cell is surely above 0."""
    return any(cell and cell.floor for cell in cells)


def perhaps(cells: Iterable[Cell | None]) -> bool:
    """Return whether a cell may be above 0."""
    cells = [*cells]
    return surely(cells) or any(cell is None or cell.state != "reported" for cell in cells)


def not_expected(unit: Unit | None, slug: str, code: str) -> bool:
    """Return whether a row is optional and blank."""
    return code in OPTIONAL and not (unit and (slug, code) in unit.noted)


def communication(
    unit: Unit | None, own: Iterable[str], rules: dict[str, Any], asked: Asked
) -> tuple[int, int]:
    """Count communes of one unit that surely, and that may, maintain communication."""
    keys, low, high = asked.keys_of("communication"), 0, 0
    looked_at = [f"M{n:02d}" for n in rules["months"]] if "months" in rules else []
    looked_at = looked_at or [f"Q{n}" for n in rules["quarters"]]
    wanted = rules["active_months" if "months" in rules else "active_quarters"]
    every = unit.rows("communication") if unit else {}
    for code in own:
        rows = [row for key, row in every.items() if key[0] == code]
        if any(row[key].state == "reported" for row in rows for key in row if key in keys.values()):
            rows = [row for row in rows if row.keys() & {*keys.values()}]
        active = unknown = 0
        for period in looked_at:
            cells = [row.get(keys[period]) for row in rows]
            active += surely(cells)
            unknown += not surely(cells) and (perhaps(cells) or not rows)
        low += active >= wanted
        high += active + unknown >= wanted
    return low, high


def integration(unit: Unit | None, rules: dict[str, Any]) -> tuple[int, int]:
    """Return whether the unit surely, and may, carry out enough programmes (0 or 1 each)."""
    sure = unknown = 0
    for code in PROGRAMMES:
        if not_expected(unit, "integration", code):
            continue
        row = unit.row("integration", code) if unit else {}
        paper, done = (
            row[key].floor if key in row else None for key in ("document", "carried_out")
        )
        if paper == "given" and done == "yes":
            sure += 1
        elif paper != "none" and done != "no":
            unknown += 1
    return int(sure >= rules["min_programmes"]), int(sure + unknown >= rules["min_programmes"])


def harm_reduction(unit: Unit | None, rules: dict[str, Any]) -> tuple[int, int]:
    """Return whether the unit surely, and may, do harm reduction (0 or 1 each)."""
    sure, may = [], []
    for codes in LIMBS:
        rows = [at_period(unit, "harm_reduction", code, QUARTERS) for code in codes]
        cells = [cell for row in rows for cell in row]
        sure.append(surely(cells))
        may.append(perhaps(cells))
    enough = {"any": any, "both": all}[rules["limbs"]]
    return int(enough(sure)), int(enough(may))


def a_model(row: Row) -> bool:
    """Return whether a line gives its type, its start, or whether it operates."""
    return (
        count(row.get(fold("Loại mô hình (1/2/3)"))) in {1, 2, 3}
        or day(row.get(fold("Ngày bắt đầu"))) is not None
        or yes_no(row.get(fold("Đang hoạt động"))) in {"yes", "no"}
    )


def denies_models(row: Row, asked: Asked) -> bool:
    """Return whether a line states that there is no model."""
    return any(says_none(row.get(fold(head)), asked) for head in ("TT", "Tên mô hình"))


def names_a_model(name: Any, asked: Asked) -> bool:
    """Return whether a text is the name of a model."""
    letters = re.sub(r"[^a-zà-ỹđ]", "", fold(name))
    return bool(letters) and letters not in map(fold, asked.form["no_names"])


def support_model(units: Iterable[Unit | None], rules: dict[str, Any]) -> tuple[int, int | str]:
    """Count models that surely, and that may, exist; unbounded while a list is silent or may grow."""
    best: dict[tuple[str, Any], int] = {}
    unnamed: list[int] = []
    silent = False
    for unit in units:
        rows = unit.rows(MODELS) if unit else {}
        cells = [cell for row in rows.values() for key, cell in row.items() if key != "persons"]
        silent |= not cells or any(cell.state in ("open", "contradictory") for cell in cells)
        for (_, name, _), row in rows.items():
            if "none" in row:
                continue
            start = row.get("start")
            known = {key: cell.floor for key, cell in row.items()}
            kind, working = known.get("type"), known.get("operating")
            level = 2 if kind == 1 and working == "yes" else 1
            is_after = bool(known.get("start") and start.cutoff and known["start"] > start.cutoff)
            if kind in {2, 3} or working == "no" or is_after:
                level = 0
            elif start and start.state in ("open", "contradictory"):
                level = min(level, 1)
            elif rules["started"] == "plan_year":
                begun = known.get("start")
                level = min(level, 1) if begun is None else level * (begun.year == unit.asked.year)
            if name:
                best[name, kind] = max(best.get((name, kind), 0), level)
            else:
                unnamed.append(level)  # one of the others, or one of its own
    low = sum(level == 2 for level in best.values()) or int(2 in unnamed)
    return low, "" if silent else sum(level >= 1 for level in [*best.values(), *unnamed])


def media(unit: Unit | None, rules: dict[str, Any]) -> tuple[int, int]:
    """Count months that surely, and that may, have news in provincial media."""
    outlets = OUTLETS if rules["outlets"] == "all" else rules["outlets"]
    periods = [f"M{month:02d}" for month in rules["months"]]
    codes = [code for code in outlets if not not_expected(unit, "media", code)]
    months = [*zip(*(at_period(unit, "media", code, periods) for code in codes), strict=True)]
    return sum(map(surely, months)), sum(map(perhaps, months))


def enforcement(unit: Unit | None, rules: dict[str, Any]) -> Row:
    """Count the cases that one reporter detected and handled."""
    cases = {
        code: at_period(unit, "enforcement", code, QUARTERS)
        for code in ("6.3", "6.4", "6.5", "6.6")
    }
    is_pending_handled = rules["pending"] == "handled"
    handling = ["6.4", "6.5", "6.6"] if is_pending_handled else ["6.4", "6.5"]
    lows, totals, short, settled, known = [], [], [], [], []
    for at in range(4):
        quarter = {code: cells[at] for code, cells in cases.items()}
        final = {code: c.value for code, c in quarter.items() if c and c.state == "reported"}
        stands = {code: c.stands for code, c in quarter.items() if c and c.stands is not None}
        found = final.get("6.3")
        handled = [stands[code] for code in handling if code in stands]
        known.append(all(code in final for code in handling))
        pending = 0 if is_pending_handled else final.get("6.6", 0)
        is_less = found is not None and known[-1] and sum(handled) < found
        short.append(is_less or pending > 0)
        is_even = found is not None and bool(handled) and sum(handled) == found
        is_over = is_pending_handled or not stands.get("6.6")
        settled.append(is_even and is_over and not short[-1])
        lows.append(sum(handled))
        totals.append(found)
    total = "" if None in totals else sum(totals)
    verdict = "met" if total else "none_arose"
    if any(short) or not all(settled):
        verdict = "not_met" if any(short) else "undetermined"
    high = sum(lows) if all(one or other for one, other in zip(settled, known, strict=True)) else ""
    return {"verdict": verdict, "low": sum(lows), "high": high, "total": total}


# --- the plan and its findings
# -------------------------------------------------------------------------------------


def read_plan(file: Path, registers: Path) -> Asked:
    """Read what decides from a plan's file and its register, which lies in `registers`."""
    content = read_yaml(Path(file))
    province, objectives = content["units"]["province"], content["objectives"]
    level = content["units"].get("reporters", "district")
    register = registers / content["units"]["register"]
    opened = gzip.open if register.suffix == ".gz" else open
    units: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    with opened(register, "rt", encoding="utf-8-sig", newline="") as stream:
        lines = [line for line in csv.DictReader(stream) if line["province_code"] == province]
    for line in lines:
        own = units.setdefault(line[f"{level}_code"], {})
        own[line["commune_code"]] = name_key(line["commune_name"])
        names[line[f"{level}_code"]] = line[f"{level}_name"]
    kind = lines[0]["province_type"]
    names[province] = lines[0]["province_name"]
    rules = {
        (each["slug"], key): rule["value"]
        for each in objectives
        for key, rule in [
            *each["rules"].items(),
            *((key, each[key]) for key in ("target", "unit_target") if key in each),
        ]
    }
    form = read_yaml(registers.parent / "forms" / f"{content['form']}.yaml")
    items = {
        item["code"]: item["label"] for sheet in form["sheets"] for item in sheet.get("items", [])
    }
    place = {"province": names[province], "kind": kind}
    labels = {
        code: label.format(**place) for code, label in (items | content.get("labels", {})).items()
    }
    return Asked(
        number=content["plan"],
        year=content["year"],
        province=province,
        kind=kind.casefold(),
        units=dict(sorted(units.items())),
        names={unit: name_key(name) for unit, name in names.items()},
        slugs={unit: "-".join(unaccented(name).split()) for unit, name in names.items()},
        objectives=sorted(objectives, key=lambda each: each["number"]),
        labels={code: fold(label) for code, label in labels.items()},
        form=form,
        headers=_period_headers(form),
        units_of_headers="|".join(map(re.escape, map(fold, form["headers"]["units"]))),
        ignored={*map(fold, form["headers"]["ignored"])},
        signs=tuple(map(normalized, form["below"]["signs"])),
        not_data=_not_data(form["below"]),
        none_words={*map(fold, form["none_words"])},
        denial=_denial(form["documents"]["none"], content["year"]),
        rules=rules,
        open_days=content["rules"]["open_period_days"]["value"],
    )


def _period_headers(form: Mapping[str, Any]) -> dict[str, str]:
    """Return the folded header of a period by each folded name that the form knows for it."""
    names = {period: [name] for period, name in HEADERS.items()}
    for period, aliases in form["headers"]["periods"].items():
        names[period] += aliases
    return {fold(name): fold(HEADERS[at]) for at, aliases in names.items() for name in aliases}


def _denial(words: Mapping[str, list[str]], year: int) -> re.Pattern[str]:
    """Return the pattern of a text that says, in the form's words, that there is none."""
    any_of = {
        part: "|".join(sorted((re.escape(normalized(word)) for word in listed), reverse=True))
        for part, listed in words.items()
    }
    any_of = {part: text.replace(r"\{year\}", str(year)) for part, text in any_of.items()}
    place = rf"(?: (?!(?:{any_of['have']}|{any_of['what']})(?: |$))\w+){{0,5}}"
    return re.compile(
        rf"(?:(?:{any_of['who']}) )?(?:{any_of['deny']})(?: (?:{any_of['have']}))*"
        rf"(?: (?:{any_of['what']}))*(?: (?:{any_of['where']}){place})?[.]?"
    )


def _not_data(words: Mapping[str, list[str]]) -> re.Pattern[str]:
    """Return the pattern of the label of a row of totals, a comparison or a signature."""
    total, tail, *others = (
        "|".join(sorted(map(re.escape, map(normalized, words[key])), reverse=True))
        for key in ("total", "total_tail", "compared", "signs")
    )
    begun = "|".join(others)
    return re.compile(rf"(?:{total})(?:[ ,-]+(?:{total}|{tail}))*[.:]?$|(?:{begun})(?!\w)")


def needed(target: str, total: int | str) -> int | str:
    """Return the smallest number out of `total` that satisfies a target; "" if that is unknown."""
    number = [Fraction(part) for part in re.findall(r"[0-9]+(?:[.][0-9]+)?", target)]
    if not isinstance(total, int):
        return "" if target == "all" else int(number[0])
    if target in ("all", "every month"):
        return total
    if "%" in target:
        part = number[0] * total / 100
        return floor(part) + 1 if target.startswith("> ") else ceil(part)
    return int(number[0])


def verdict(low: int, high: int | str, least: int) -> str:
    """Return met, not_met or undetermined."""
    if low >= least:
        return "met"
    return "not_met" if isinstance(high, int) and high < least else "undetermined"


def counted(
    slug: str, returns: Mapping[str, Unit], rules: dict[str, Any], asked: Asked
) -> dict[str, Row]:
    """Count what an objective asks for: low, high and total of each unit that has a part."""
    reporters = sorted([*asked.units, asked.province])
    whole = asked.province
    if slug == "support_model":
        low, high = support_model(map(returns.get, reporters), rules)
        return {whole: {"low": low, "high": high, "total": ""}}
    if slug == "media":
        low, high = media(returns.get(whole), rules)
        return {whole: {"low": low, "high": high, "total": len(rules["months"])}}
    if slug == "enforcement":
        parts = {code: enforcement(returns.get(code), rules) for code in reporters}
        verdicts = {part["verdict"] for part in parts.values()}
        order = ["not_met", "undetermined", "met", "none_arose"]  # none_arose only where all are
        together: Row = {"verdict": next(word for word in order if word in verdicts)}
        for side in ("low", "high", "total"):
            values = [part[side] for part in parts.values()]
            together[side] = "" if "" in values else sum(values)
        return parts | {whole: together}
    result: dict[str, Row] = {}
    for code, own in asked.units.items():
        one = returns.get(code)
        if slug == "communication":
            (low, high), total = communication(one, own, rules, asked), len(own)
        else:
            count_of = {"integration": integration, "harm_reduction": harm_reduction}[slug]
            (low, high), total = count_of(one, rules), 1
        result[code] = {"low": low, "high": high, "total": total}
    sides = ("low", "high", "total")
    result[whole] = {side: sum(part[side] for part in result.values()) for side in sides}
    return result


def findings(
    returns: Mapping[str, Unit],
    asked: Asked,
    changed: Mapping[tuple[str, str], Any] | None = None,
) -> list[Row]:
    """The findings that these returns give under the plan, with some rules or targets `changed`."""
    changed = dict(changed or {})
    if changed.keys() - asked.rules.keys():
        raise ValueError(f"unknown rules: {sorted(changed.keys() - asked.rules.keys())}")
    basis_of = {"stated": "plan", "confirmed": "plan"}
    result: list[Row] = []
    for unit in sorted([*asked.units, asked.province]):
        for objective in asked.objectives:
            slug = objective["slug"]
            key = "target" if unit == asked.province else "unit_target"
            nothing = dict.fromkeys(("low", "high", "needed", "total", "target", "basis"), "")
            row: Row = {"unit_code": unit, "objective": slug, "verdict": "not_applicable"}
            result.append(row | nothing)
            if key not in objective:
                continue
            target = changed.get((slug, key), objective[key]["value"])
            status = "assumption" if (slug, key) in changed else objective[key]["status"]
            result[-1] |= {"target": target, "basis": basis_of.get(status, status)}
    for objective in asked.objectives:
        slug = objective["slug"]
        rules = {key: value for (own, key), value in asked.rules.items() if own == slug}
        rules |= {key: value for (own, key), value in changed.items() if own == slug}
        parts = counted(slug, returns, rules, asked)
        for row in result:
            if row["objective"] == slug and row["target"]:
                numbers = {"low": "", "high": "", "total": ""} | parts[row["unit_code"]]
                least = needed(row["target"], numbers["total"])
                row.update(numbers, needed=least)
                if "verdict" not in numbers:
                    row["verdict"] = verdict(row["low"], row["high"], least)
    return result
