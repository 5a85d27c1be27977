"""A second, independent computation of the findings, straight from the workbooks.

It shares no code with the package: it was written from the specification alone (the form, the words
and the counting rules) and exists so that two implementations can be compared row by row. openpyxl
opens the files; everything else is whole numbers and fractions. What cannot be read, is blank or is
not there has one name, `None`: for a verdict these are the same, unknown.
"""

from __future__ import annotations

import csv
import gzip
import re
import unicodedata
import zlib
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from yaml_files import read_yaml

VERSION = 1
QUARTERS = ["Quý I", "Quý II", "Quý III", "Quý IV"]
MONTHS = [f"Tháng {month}" for month in range(1, 13)]
PROGRAMMES = ["2.1", "2.2", "2.3", "2.4", "2.5", "2.6"]
LIMBS = [["3.1.1", "3.1.2", "3.1.3", "3.1.4"], ["3.2.1", "3.2.2", "3.2.3"]]
OUTLETS = ["5.1", "5.2", "5.3", "5.4"]
OPTIONAL = {"2.6", "5.4"}
LABELS = {  # folded label by code, before names of the place
    **{"2.1": "giảmnghèo", "2.2": "dạynghềcholaođộngnôngthôn", "2.3": "việclàm"},
    **{"2.4": "phòng,chốnghiv/aids", "2.5": "phòng,chốngmuabánngười"},
    **{"2.6": "chươngtrìnhkhác", "3.1.1": "tiếpcậncộngđồng,đồngđẳng"},
    **{"3.1.2": "tưvấn,xétnghiệmhiv", "3.1.3": "cấpphátvậtdụngcanthiệp"},
    **{"3.1.4": "khám,điềutrịbệnhlâytruyềnquađườngtìnhdục"},
    **{"3.2.1": "truyềnthôngphòngngừabạolựcgiới", "3.2.2": "tưvấn,hỗtrợngườibịbạolực"},
    **{"3.2.3": "nơitạmlánh,chuyểngửi", "5.1": "báo{name}", "5.4": "khác"},
    **{"5.2": "đàiphátthanhvàtruyềnhình{kind}", "5.3": "cổngthôngtinđiệntử{kind}"},
    **{"6.1": "lượtkiểmtracơsở", "6.2": "cơsởviphạm", "6.3": "vụviệcpháthiện"},
    **{"6.4": "đãxửlýhànhchính", "6.5": "đãxửlýhìnhsự", "6.6": "đangxửlý"},
    **{"6.7": "tổngsốngườiviphạm", "6.8": "ngườibándâm", "6.9": "ngườimuadâm"},
    **{"6.10": "chủchứa,môigiới,tổchức", "6.11": "tiềnphạt"},
}
PREFILLED = {"mã", "chươngtrình", "hoạtđộng", "cơquan", "nộidung", "đơnvịtính", "#"}
PRIVATE = {"6.2", "6.7", "6.8", "6.9", "6.10", "6.11"}  # persons, and what leads to them
COARSE = {"3.1.2", "3.1.4", "3.2.2", "3.2.3"}
YEARLY = {"lượtngười", "sốngườiđượctiếpcận", "sốngườiđượchỗtrợ"}  # counts of persons
TYPE_WORDS = ["thànhphố", "thịtrấn", "thịxã", "phường", "huyện", "tỉnh", "xã"]
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
MOST = 9999  # of a count in a quarter or month: more is a day, a telephone number or a slip
UNREADABLE = object()  # an error value, or a formula whose result is not stored
BROKEN_FILE = (
    BadZipFile,
    InvalidFileException,
    ParseError,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
)
BROKEN_CONTENT = (KeyError, ValueError, TypeError, IndexError, AttributeError)

Row = dict[str, Any]


class OpenZero(int):
    """A zero of a period that was not over: nothing is known."""


@dataclass(frozen=True)
class Asked:
    """A plan as its file and its register say it.

    `units`: the communes of each unit that reports, a name by code; `kind` of the province: tỉnh or
    thành phố; `labels` of the form's coded rows; `form`: its sheets and comparisons; `rules` and
    the two targets by (slug, key). Of the form's words: `headers`, the header of a period by each
    folded name of it, `signs` and `none_words`, and `denial` of a normalized text.
    """

    number: str
    year: int
    province: str
    kind: str
    units: dict[str, dict[str, str]]
    of_communes: bool
    objectives: list[dict[str, Any]]
    labels: dict[str, str]
    form: dict[str, Any]
    headers: dict[str, str]
    signs: tuple[str, ...]
    none_words: set[str]
    denial: re.Pattern[str]
    rules: dict[tuple[str, str], Any]
    open_days: int

    @property
    def register(self) -> dict[str, str]:
        """Return the key of each commune's name by code."""
        return {code: key for own in self.units.values() for code, key in own.items()}


@dataclass
class Return:
    """One workbook that was not refused."""

    reporter: str
    cutoff: date | None
    sent: date | None
    sheets: dict[str, list[Row]]
    asked: Asked


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
    text = unicodedata.normalize("NFC", value).casefold() if isinstance(value, str) else ""
    if re.fullmatch(rf"(?:ngày )?(?:{A_DATE})", " ".join(text.split())):
        of_month, month, year = map(int, re.findall("[0-9]+", text))
        try:
            return date(year, month, of_month)
        except ValueError:
            return None
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


# --- reading the files
# -------------------------------------------------------------------------------------


def calculated(path: Path) -> bool:
    """Return whether any formula has a stored result; openpyxl writes none."""
    with ZipFile(path) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        return any(re.search(rb"(</f>|<f[^>]*/>)\s*<v>[^<]", parts.read(name)) for name in sheets)


def grid(values: Any, formulas: Any, asked: Asked) -> dict[tuple[int, int], Any]:
    """Return the cells of a sheet: stored results for formulas, merged data ranges filled."""
    cells: dict[tuple[int, int], Any] = {}
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
                    is_figure = re.match(
                        "(quý|tháng)(i|v|[0-9])", header(cells.get((4, column)), asked)
                    )
                    cells[row_number, column] = UNREADABLE if is_figure else first
    return cells


def header(value: object, asked: Asked) -> str:
    """Return a folded header; that of a quarter or month as the form writes it."""
    text = fold(value)
    behind = r"(?:\([^)]*\))?(?:/?(?:năm)?20[0-9]{2})?(?:\([^)]*\))?"
    return asked.headers.get(re.sub(f"{behind}$", "", text), text)


def is_signature(row: Row, code: object, asked: Asked) -> bool:
    """Return whether a row without a figure begins with a word of who signs.

    That may stand in any column of a row without a code.
    """
    texts = [normalized(value) for value in row.values() if not is_blank(value)]
    begins = any(
        text.startswith(word) and not text[len(word) : len(word) + 1].isalnum()
        for text in (texts if is_blank(code) else [normalized(code)])
        for word in asked.signs
    )
    return begins and all(count(text) is None for text in texts)


def table(cells: Mapping[tuple[int, int], Any], asked: Asked) -> list[Row]:
    """Return the data rows below row 4 by folded header; `#` is the row number."""
    headers: dict[int, str] = {}
    for (row, column), value in sorted(cells.items(), key=lambda item: item[0]):
        if row == 4 and fold(value) and header(value, asked) not in headers.values():
            headers[column] = header(value, asked)
    rows, is_foot = [], False
    for number in sorted({row for row, _ in cells if row >= 5}):
        row = {name: cells.get((number, column)) for column, name in headers.items()}
        code = cells.get((number, 1))
        is_foot = is_foot or is_signature(row, code, asked)
        if not all(is_blank(value) for value in row.values()) and not (is_foot and is_blank(code)):
            rows.append(row | {"#": number})
    return rows


def read(path: Path, reporters: Iterable[str], asked: Asked) -> Return | None:
    """Read one workbook; None if it must be refused."""
    try:
        formulas = load_workbook(path)
        values = load_workbook(path, data_only=True) if calculated(path) else formulas
        sheets = {
            fold(sheet.title): grid(values[sheet.title], sheet, asked)
            for sheet in formulas.worksheets
        }
    except (*BROKEN_FILE, *BROKEN_CONTENT):
        return None
    info: dict[str, Any] = {}
    for (row, column), value in sorted(
        sheets.get(fold("Thông tin"), {}).items(), key=lambda item: item[0]
    ):
        if column == 1:
            info.setdefault(fold(value), sheets[fold("Thông tin")].get((row, 2)))
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
    tables = {name: table(cells, asked) for name, cells in sheets.items()}
    one = Return(reporter, cutoff, sent, tables, asked)
    if is_of_another(one):
        return None
    mark_open(one)
    return one


def is_of_another(one: Return) -> bool:
    """Return whether the rows contradict the code: more are of other reporters' communes."""
    own, register = one.asked.units.get(one.reporter, {}), one.asked.register
    codes = [commune_of(row, register) for row in rows_of(one, "1 Tuyên truyền")]
    known_codes = [code for code in codes if code in register]
    return sum(code in own for code in known_codes) * 2 < len(known_codes)


def mark_open(one: Return) -> None:
    """Mark each zero of a period that was not over at the cut-off of its file, if it has one."""
    for sheet in one.asked.form["sheets"]:
        for column in sheet["columns"]:
            period, name = column.get("period"), fold(column["header"])
            if not period or column["kind"] not in ("count", "amount"):
                continue
            month = 12 if period == "Y" else int(period[1:]) * (3 if period[0] == "Q" else 1)
            end = date(one.asked.year, month, monthrange(one.asked.year, month)[1])
            if one.cutoff and (end - one.cutoff).days <= one.asked.open_days:
                continue
            for row in rows_of(one, sheet["name"]):
                if count(row.get(name)) == 0 or amount(row.get(name)) == 0:
                    row[name] = OpenZero()


def returns_in(folder: Path, reporters: list[str], asked: Asked) -> dict[str, Return]:
    """The return of each reporter: its files together."""
    found: dict[str, list[Return]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name.endswith(".xlsx") and not path.name.startswith("~$"):
            one = read(path, reporters, asked)
            if one:
                found.setdefault(one.reporter, []).append(one)
    together = {}
    for reporter, several in found.items():
        distinct: list[Return] = []
        # A file without a sheet of data has no filled cell: when it was sent decides nothing.
        for one in [one for one in several if has_rows(one)] or several[-1:]:
            if not any(says_the_same(one, other) for other in distinct):
                distinct.append(one)
        distinct.sort(key=lambda one: one.sent or date.min)
        if len(distinct) > 1:
            distinct = [without_doubt(one) for one in distinct]
        together[reporter] = distinct[0]
        for later in distinct[1:]:
            together[reporter] = with_later(together[reporter], later)
    return together


def has_rows(one: Return) -> bool:
    """Return whether a file has a row on a sheet of data."""
    return any(rows for name, rows in one.sheets.items() if name != fold("Thông tin"))


def says_the_same(one: Return, other: Return) -> bool:
    """Return whether two files read the same, regardless of their day."""
    return (one.cutoff, one.sheets) == (other.cutoff, other.sheets)


def with_later(one: Return, later: Return) -> Return:
    """Both files cell by cell: the later filled cell counts.

    A 0 over a number, a count of the year that falls with a later cut-off, and a cell that differs
    where the order of the files is not known are unreadable.
    """
    sheets = dict(one.sheets)
    is_ordered = one.sent is not None and later.sent is not None and one.sent < later.sent
    has_later_cutoff = bool(later.cutoff and (not one.cutoff or one.cutoff < later.cutoff))
    for name, rows in later.sheets.items():
        keyed = keyed_rows(one, sheets.get(name, []))
        later_keyed = keyed_rows(one, rows)
        if is_ordered and name == fold("4 Mô hình"):
            keyed, later_keyed = settled_models(keyed, later_keyed, one.asked)
        if is_ordered:  # what a later file says again is no longer in doubt
            resent = {key[:-2] for key in later_keyed}
            keyed = {
                key: row
                for key, row in keyed.items()
                if key[:-2] not in resent or (not key[-1] and (key[-2] == "0" or "mã" not in row))
            }
        for key, row in later_keyed.items():
            earlier = keyed.get(key, {})
            keyed[key] = {
                header: later_value(
                    earlier.get(header),
                    row.get(header),
                    is_ordered
                    or header in PREFILLED | {"mãxã", "tênxã", "loại", "hìnhthức", "ghichú"}
                    or content(header, earlier.get(header), one.asked)
                    == content(header, row.get(header), one.asked),
                    has_later_cutoff and header in YEARLY,
                )
                for header in {**earlier, **row}
            }
        sheets[name] = [*keyed.values()]
    return Return(one.reporter, later.cutoff, later.sent, sheets, one.asked)


def settled_models(
    earlier: dict[tuple[str, ...], Row], later: dict[tuple[str, ...], Row], asked: Asked
) -> tuple[dict[tuple[str, ...], Row], dict[tuple[str, ...], Row]]:
    """Return both files' lines of models without a statement that they answer.

    A later statement that there is none doubts the models before it, and itself.
    """
    if any(denies_models(row, asked) for row in later.values()):
        doubted = any(map(a_model, earlier.values()))
        return {}, {} if doubted and not any(map(a_model, later.values())) else later
    is_answered = any(map(a_model, later.values()))
    return {
        key: row for key, row in earlier.items() if not (is_answered and denies_models(row, asked))
    }, later


def keyed_rows(one: Return, rows: list[Row]) -> dict[tuple[str, ...], Row]:
    """The rows by what tells them apart: code, form or name, which of several, and any doubt."""
    keyed: dict[tuple[str, ...], Row] = {}
    own = one.asked.units.get(one.reporter, {})
    for row in rows:
        about, is_agreed = likely_key(row, one.asked, own)
        names = [row.get(head) for head in ("hìnhthức", "tênmôhình")]
        parts = [about, *(fold(str(name)) if name is not None else "" for name in names)]
        doubt = "" if is_agreed else f"{row.get('mã')} {row.get('mãxã')}"
        turn = sum(key[:-2] == tuple(parts) and key[-1] == doubt for key in keyed)
        keyed[(*parts, str(turn), doubt)] = row
    return keyed


def without_doubt(one: Return) -> Return:
    """A return in which no figure can be read that code and label of a row leave in doubt."""
    asked, sheets = (
        one.asked,
        {name: [dict(row) for row in rows] for name, rows in one.sheets.items()},
    )
    result = Return(one.reporter, one.cutoff, one.sent, sheets, asked)
    own = asked.units.get(one.reporter, {})
    believed_rows = [
        row for rows in commune_rows(result, own, asked.register).values() for row in rows
    ]
    in_question = [
        row
        for row in sheets.get(fold("1 Tuyên truyền"), [])
        if commune_of(row, asked.register) in own
        and not any(row is other for other in believed_rows)
    ]
    for sheet in asked.form["sheets"]:
        for item in sheet.get("items", []):
            rows = [
                row
                for row in rows_of(result, sheet["name"])
                if code_of(row, asked.labels) == item["code"]
            ]
            in_question += rows if coded(result, sheet["name"], item["code"]) is None else []
    heads = PREFILLED | {"mãxã", "tênxã", "loại", "hìnhthức"}
    for row in in_question:
        row |= {name: UNREADABLE for name in row.keys() - heads if not is_blank(row[name])}
    return result


def likely_key(row: Row, asked: Asked, own: Mapping[str, str]) -> tuple[str, bool]:
    """Return what a row is likely to be about, by its label or else its code, and if both agree."""
    if "mãxã" in row:
        agreed = commune_of(row, asked.register)
        of_that_name = [code for code in own if own[code] == name_key(row.get("tênxã") or "")]
        return agreed or next(iter(of_that_name), commune_code(row["mãxã"])), bool(agreed)
    heads = PREFILLED - {"mã", "đơnvịtính", "#"}
    code, said = code_of(row, asked.labels), {fold(row.get(head)) for head in heads}
    meant = [other for other, label in asked.labels.items() if label in said]
    return (meant[0], False) if meant and code not in meant else (code, True)


def content(header_of_cell: str, value: Any, asked: Asked) -> Any:
    """Return what a cell says, however it is written: two files of one day may differ in that."""
    if header_of_cell == fold("Số, ngày văn bản") and document(value, asked) == "none":
        return "none"
    if isinstance(value, OpenZero):
        return "open"
    read_values = (read_value(value) for read_value in (count, amount, day))
    return next((number for number in read_values if number is not None), fold(value) or value)


def later_value(earlier: Any, later: Any, is_order_known: bool, may_not_fall: bool) -> Any:
    """Return the value that counts of two values of one cell."""
    if is_blank(later) or is_blank(earlier):
        return earlier if is_blank(later) else later
    if not is_order_known:
        return UNREADABLE
    was, now = count(earlier), count(later)
    has_fallen = was is not None and now is not None and now < was
    return UNREADABLE if has_fallen and (now == 0 or may_not_fall) else later


def rows_of(one: Return | None, sheet: str) -> list[Row]:
    """Return the data rows of a sheet; none without a return or sheet."""
    return one.sheets.get(fold(sheet), []) if one else []


def period_values(row: Row, headers: list[str], numbers: Iterable[int]) -> list[int | None]:
    """Return the counts of a row by period; a zero of an open period is unknown."""
    result = []
    for number in numbers:
        written = row.get(fold(headers[number - 1]))
        value = count(written)
        value = None if value and value > MOST else value
        result.append(None if isinstance(written, OpenZero) else value)
    return result


def filled(row: Row) -> bool:
    """Return whether a row has anything that the form did not print."""
    return not all(is_blank(value) for name, value in row.items() if name not in PREFILLED)


def code_of(row: Row, labels: Mapping[str, str]) -> str:
    """Return the code of a row, also with a stop, a comma, or as a number told by its label."""
    value = row.get("mã")
    if isinstance(value, float):
        said = {fold(text) for text in row.values()}
        alike = [own for own in labels if own.count(".") == 1 and float(own) == value]
        return next((own for own in alike if labels[own] in said), "")
    return fold(value).replace(",", ".").rstrip(".")


def in_doubt(one: Return | None, sheet: str) -> set[str]:
    """Return codes of rows whose code and label disagree, and labels without a code."""
    doubt: set[str] = set()
    labels = one.asked.labels if one else {}
    for row in rows_of(one, sheet):
        code, heads = code_of(row, labels), PREFILLED - {"mã", "đơnvịtính", "#"}
        said = {fold(row.get(head)) for head in heads} - {""}
        meant = {own for own, label in labels.items() if label in said and own[0] == sheet[0]}
        if meant and code not in meant and (code or filled(row)):
            doubt |= meant | ({code} & labels.keys())
    return doubt


def coded(one: Return | None, sheet: str, code: str) -> Row | None:
    """Return the only row of a code; None where it is missing, doubled or in doubt."""
    labels = one.asked.labels if one else {}
    rows = [row for row in rows_of(one, sheet) if code_of(row, labels) == code]
    rows = [row for row in rows if filled(row)] or rows[:1]
    return rows[0] if len(rows) == 1 and code not in in_doubt(one, sheet) else None


def not_expected(one: Return | None, sheet: str, code: str) -> bool:
    """Return whether a row is optional and blank."""
    if code not in OPTIONAL:
        return False
    own = LABELS[code]  # names no place
    rows = [
        row
        for row in rows_of(one, sheet)
        if own in map(fold, row.values()) or fold(row.get("mã")) == code
    ]
    return not any(filled(row) for row in rows)


def coded_values(
    one: Return | None,
    place: tuple[str, str],
    headers: list[str],
    numbers: Iterable[int],
) -> list[int | None]:
    """Return the period values of a (sheet, code), unknown if missing or doubled."""
    numbers = list(numbers)
    row = coded(one, *place)
    if one is None or row is None:
        return [None] * len(numbers)
    return period_values(row, headers, numbers)


# --- comparisons
# -------------------------------------------------------------------------------------


def amount(value: object) -> Fraction | None:
    """Return a sum of money, also with a comma and dots of thousands; None for everything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Fraction(str(value)) if value >= 0 else None
    written = r"[0-9]{1,12}(,[0-9]{1,3})?|[1-9][0-9]{0,2}([.][0-9]{3}){1,3}(,[0-9]{1,3})?"
    if isinstance(value, str) and re.fullmatch(written, value.strip()):
        return Fraction(value.strip().replace(".", "").replace(",", "."))
    return None


def known(one: Return, row: Row, column: Row, item: Row) -> Fraction | int | None:
    """Return the number of a cell as comparisons take it: 1 for a document or a yes."""
    value, kind = row.get(fold(column["header"])), item.get("kind", column["kind"])
    if kind == "document":
        return {"given": 1, "none": 0}.get(document(value, one.asked))
    if kind == "yes_no":
        return {"yes": 1, "no": 0}.get(yes_no(value))
    number = {"count": count, "amount": amount}[kind](value)
    if number is None or number > item.get("most", column.get("most", number)):
        return None
    return None if isinstance(value, OpenZero) else number


def doubted(check: Row, groups: Iterable[dict[str, Any]]) -> list[tuple[Row, str]]:
    """Return the cells (row, header) that a comparison doubts; a group: (number, cell) by name."""
    names = [*check["left"], *check.get("right", [])]
    lines = [[group[name] for name in names] for group in groups if {*names} <= group.keys()]
    lines = [line for line in lines if all(number is not None for number, _ in line)]
    if check["operator"] == "grow":
        lines = [line for line in lines if any(number for number, _ in line)]
        codes = [str(line[0][1][0].get("mã")) for line in lines]
        pairs = zip(codes, lines, strict=True)
        lines = [line for code, line in pairs if code not in PRIVATE | COARSE]
        steps = [[(a[0], b) for a, b in pairwise(line)] for line in lines]
        rising = sum(any(b[0] > a > 0 for a, b in line) for line in steps)
        if rising < check["least"] or any(b[0] < a for line in steps for a, b in line):
            return []
        return [b[1] for line in steps for a, b in line if a > 0]
    cells = []
    for line in lines:
        left = sum(number for number, _ in line[: len(check["left"])])
        right = sum(number for number, _ in line[len(check["left"]) :])
        is_broken = {
            "=": left != right,
            "<=": left > right and not (check.get("above_zero") and right == 0),
            "needs": left > 0 and right == 0,
        }[check["operator"]]
        if is_broken:
            at = [names.index(check["at"])]
            where = at if check.get("doubts") == "at" else range(len(names))
            private = [at for at in where if names[at] in PRIVATE]
            cells += [line[position][1] for position in private or where]
    return cells


def believed(one: Return) -> Return:
    """Return a return in which no cell can be read that a comparison of its form doubts."""
    asked, cells = one.asked, []
    for sheet in asked.form["sheets"]:
        checks = [check for check in asked.form["checks"] if sheet["objective"] in check["sheets"]]
        columns = [column for column in sheet["columns"] if column.get("period")]
        items = {item["code"]: item for item in sheet.get("items", [])}
        rows: list[tuple[str, Row]] = []
        if sheet["rows"] == "communes":
            of_communes = commune_rows(one, asked.units.get(one.reporter, {}), asked.register)
            rows = [("", row) for own in of_communes.values() for row in own]
        elif checks:
            coded_rows = [(code, coded(one, sheet["name"], code)) for code in items]
            rows = [(code, row) for code, row in coded_rows if row is not None]
        by_row: list[dict[str, Any]] = []
        by_period: dict[str, dict[str, Any]] = {}
        for code, row in rows if checks else []:
            by_row.append({"form": fold(row.get("hìnhthức"))})
            for column in columns:
                number = known(one, row, column, items.get(code, {}))
                cell = number, (row, fold(column["header"]))
                by_row[-1][column["key"]] = cell
                if column["period"] != "Y":
                    by_period.setdefault(column["period"], {})[code] = cell
        for check in checks:
            if check["severity"] != "note":
                only = {*map(fold, check.get("only", []))}
                of_form = [row for row in by_row if not only or row["form"] in only]
                cells += doubted(check, [*of_form, *by_period.values()])
    for row, header_of_cell in cells:
        row[header_of_cell] = UNREADABLE
    return one


# --- the six objectives
# ------------------------------------------------------------------------------------


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


def commune_rows(
    one: Return | None, own: dict[str, str], register: dict[str, str]
) -> dict[str, list[Row]]:
    """Return the rows of each commune of a unit; none where code and name leave it in doubt."""
    rows: dict[str, list[Row]] = {code: [] for code in own}
    spoiled: set[str] = set()
    for row in rows_of(one, "1 Tuyên truyền"):
        raw, name = row.get(fold("Mã xã")), row.get(fold("Tên xã"))
        named = None if is_blank(name) else name_key(name)
        of_that_name = {code for code, key in own.items() if key == named}
        code = commune_of(row, register)
        if is_blank(raw):
            spoiled |= of_that_name
        elif not code:
            spoiled |= of_that_name | ({commune_code(raw)} & own.keys())
        elif code in own:
            rows[code].append(row)
    return {code: [] if code in spoiled else rows[code] for code in own}


def communication(
    one: Return | None, own: dict[str, str], register: dict[str, str], rules: dict[str, Any]
) -> tuple[int, int]:
    """Count communes of one unit that surely, and that may, maintain communication."""
    rows = commune_rows(one, own, register)
    low = high = 0
    of_months = "months" in rules
    headers = MONTHS if of_months else QUARTERS
    looked_at = list(rules["months" if of_months else "quarters"])
    wanted = rules["active_months" if of_months else "active_quarters"]
    for code in own:
        mine = rows[code]
        if any(count(row.get(fold(header))) is not None for row in mine for header in headers):
            mine = [
                row
                for row in mine
                if not all(is_blank(row.get(fold(header))) for header in headers)
            ]
        by_row = [period_values(row, headers, looked_at) for row in mine if one]
        active = unknown = 0
        for at in range(len(looked_at)):
            cells = [values[at] for values in by_row]
            if any(value for value in cells):
                active += 1
            elif not cells or None in cells:
                unknown += 1
        low += active >= wanted
        high += active + unknown >= wanted
    return low, high


def integration(one: Return | None, rules: dict[str, Any]) -> tuple[int, int]:
    """Return whether the unit surely, and may, carry out enough programmes (0 or 1 each)."""
    sure = unknown = 0
    for code in PROGRAMMES:
        if not_expected(one, "2 Lồng ghép", code):
            continue
        row = coded(one, "2 Lồng ghép", code)
        if one is None or row is None:
            unknown += 1
            continue
        paper = document(row.get(fold("Số, ngày văn bản")), one.asked)
        done = yes_no(row.get(fold("Đã thực hiện")))
        if paper == "given" and done == "yes":
            sure += 1
        elif paper != "none" and done != "no":
            unknown += 1
    return int(sure >= rules["min_programmes"]), int(sure + unknown >= rules["min_programmes"])


def harm_reduction(one: Return | None, rules: dict[str, Any]) -> tuple[int, int]:
    """Return whether the unit surely, and may, do harm reduction (0 or 1 each)."""
    sure, may = [], []
    for codes in LIMBS:
        cells: list[int | None] = []
        for code in codes:
            cells += coded_values(one, ("3 Can thiệp", code), QUARTERS, range(1, 5))
        sure.append(any(value for value in cells))
        may.append(sure[-1] or None in cells)
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


def support_model(
    reporters: Iterable[Return | None], rules: dict[str, Any]
) -> tuple[int, int | str]:
    """Count models that surely, and that may, exist; unbounded while a sheet is silent."""
    best: dict[tuple[str, int | None], int] = {}
    unnamed: list[int] = []
    silent = False
    for one in reporters:
        rows = rows_of(one, "4 Mô hình")
        says_no_model = any(denies_models(row, one.asked) for row in rows) if one else False
        spoke = says_no_model
        for row in filter(a_model, rows):
            spoke = True
            line: Row = {} if says_no_model else row  # one of the two is wrong
            kind = count(line.get(fold("Loại mô hình (1/2/3)")))
            kind = kind if kind in {1, 2, 3} else None
            working = yes_no(line.get(fold("Đang hoạt động")))
            start, cutoff = day(line.get(fold("Ngày bắt đầu"))), one.cutoff if one else None
            level = 2 if kind == 1 and working == "yes" else 1
            if kind in {2, 3} or working == "no" or (start and cutoff and start > cutoff):
                level = 0
            elif rules["started"] == "plan_year":
                level = min(level, 1) if start is None else level * (start.year == one.asked.year)
            name = line.get(fold("Tên mô hình"))
            letters = re.sub(r"[^a-zà-ỹđ]", "", fold(name))
            if letters and one and letters not in map(fold, one.asked.form["no_names"]):
                name = fold(name)
                best[name, kind] = max(best.get((name, kind), 0), level)
            else:
                unnamed.append(level)  # one of the others, or one of its own
        silent = silent or not spoke
    low = sum(level == 2 for level in best.values()) or int(2 in unnamed)
    return low, "" if silent else sum(level >= 1 for level in [*best.values(), *unnamed])


def media(one: Return | None, rules: dict[str, Any]) -> tuple[int, int]:
    """Count months that surely, and that may, have news in provincial media."""
    outlets = OUTLETS if rules["outlets"] == "all" else rules["outlets"]
    months = list(rules["months"])
    lines = [
        coded_values(one, ("5 Tin bài", code), MONTHS, months)
        for code in outlets
        if not not_expected(one, "5 Tin bài", code)
    ]
    sure = [any(values[at] for values in lines) for at in range(len(months))]
    may = [sure[at] or any(values[at] is None for values in lines) for at in range(len(months))]
    return sum(sure), sum(may)


def enforcement(one: Return | None, rules: dict[str, Any]) -> Row:
    """Count the cases that one reporter detected and handled."""
    cases = {
        code: coded_values(one, ("6 Xử lý", code), QUARTERS, range(1, 5))
        for code in ("6.3", "6.4", "6.5", "6.6")
    }
    handling = ["6.4", "6.5"] if rules["pending"] == "not_handled" else ["6.4", "6.5", "6.6"]
    unhandled = incomplete = False
    for at in range(4):
        found = cases["6.3"][at]
        handled = [cases[code][at] for code in handling]
        if found is None or None in handled or sum(handled) > found:
            incomplete = True
            continue
        unhandled |= sum(handled) < found
    if unhandled:
        verdict = "not_met"
    elif incomplete:
        verdict = "undetermined"
    else:
        verdict = "none_arose" if sum(cases["6.3"]) == 0 else "met"
    low = sum(value or 0 for code in handling for value in cases[code])
    total = "" if None in cases["6.3"] else sum(cases["6.3"])
    return {"verdict": verdict, "low": low, "high": "" if incomplete else low, "total": total}


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
    with opened(register, "rt", encoding="utf-8-sig", newline="") as stream:
        lines = [line for line in csv.DictReader(stream) if line["province_code"] == province]
    for line in lines:
        own = units.setdefault(line[f"{level}_code"], {})
        own[line["commune_code"]] = name_key(line["commune_name"])
    kind = lines[0]["province_type"]
    place = {"{name}": fold(lines[0]["province_name"]), "{kind}": fold(kind)}
    labels = {code: _in_place(label, place) for code, label in LABELS.items()}
    labels |= {code: fold(label) for code, label in content.get("labels", {}).items()}
    rules = {
        (each["slug"], key): rule["value"]
        for each in objectives
        for key, rule in [
            *each["rules"].items(),
            *((key, each[key]) for key in ("target", "unit_target") if key in each),
        ]
    }
    form = read_yaml(registers.parent / "forms" / f"{content['form']}.yaml")
    return Asked(
        number=content["plan"],
        year=content["year"],
        province=province,
        kind=kind.casefold(),
        units=dict(sorted(units.items())),
        of_communes=level == "commune",
        objectives=sorted(objectives, key=lambda each: each["number"]),
        labels=labels,
        form=form,
        headers=_period_headers(form),
        signs=tuple(map(normalized, form["below"]["signs"])),
        none_words={*map(fold, form["none_words"])},
        denial=_denial(form["documents"]["none"], content["year"]),
        rules=rules,
        open_days=content["rules"]["open_period_days"]["value"],
    )


def _period_headers(form: Mapping[str, Any]) -> dict[str, str]:
    """Return the folded header of a period by each folded name that the form knows for it."""
    headers = {f"Q{n}": name for n, name in enumerate(QUARTERS, 1)}
    headers |= {f"M{n:02d}": name for n, name in enumerate(MONTHS, 1)}
    names = {period: [name] for period, name in headers.items()}
    for period, aliases in form["headers"]["periods"].items():
        names[period] += aliases
    return {fold(name): fold(headers[at]) for at, aliases in names.items() for name in aliases}


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


def _in_place(label: str, place: Mapping[str, str]) -> str:
    """Return a label of the form with the names of a place."""
    for key, word in place.items():
        label = label.replace(key, word)
    return label


def read_all(folder: Path, asked: Asked) -> dict[str, Return]:
    """Read the returns in `folder` that count, by reporter, as far as they can be believed."""
    returns = returns_in(Path(folder), sorted([*asked.units, asked.province]), asked)
    return {reporter: believed(one) for reporter, one in returns.items()}


def needed(target: str, total: int | str) -> int | str:
    """Return the smallest number out of `total` that satisfies a target; "" if that is unknown."""
    number = [Fraction(part) for part in re.findall(r"[0-9]+(?:[.][0-9]+)?", target)]
    if not isinstance(total, int):
        return "" if target == "all" else int(number[0])
    if target in ("all", "every month"):
        return total
    if target == "none":
        return 0
    if "%" in target:
        part = number[0] * total / 100
        return floor(part) + 1 if target.startswith("> ") else ceil(part)
    return int(number[0])


def verdict(target: str, low: int, high: int | str, least: int) -> str:
    """Return met, not_met or undetermined."""
    if target == "none":
        return "met" if high == 0 else "not_met" if low > 0 else "undetermined"
    if low >= least:
        return "met"
    return "not_met" if isinstance(high, int) and high < least else "undetermined"


def counted(
    slug: str, returns: Mapping[str, Return], rules: dict[str, Any], asked: Asked
) -> dict[str, Row]:
    """Count what an objective asks for: low, high and total of each unit that has a part."""
    register = asked.register
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
            (low, high), total = communication(one, own, register, rules), len(own)
        else:
            count_of = {"integration": integration, "harm_reduction": harm_reduction}[slug]
            (low, high), total = count_of(one, rules), 1
        result[code] = {"low": low, "high": high, "total": total}
    sides = ("low", "high", "total")
    result[whole] = {side: sum(part[side] for part in result.values()) for side in sides}
    return result


def findings(
    returns: Mapping[str, Return],
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
                    row["verdict"] = verdict(row["target"], row["low"], row["high"], least)
    return result
