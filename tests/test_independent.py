"""The independent computation against expectations worked by hand from the specification.

District 228 has 10 communes, so it needs ceil(7.5) = 8. In its base return the commune of row 5 (07939 Trường
Thịnh) is all zero, the seven of rows 6 to 12 are active in all four quarters, those of rows 13 and 14 are
zero: 7 sure, 7 possible, and row 5 decides whether 8 are reached.
"""

from __future__ import annotations

import csv
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import filling
import independent
import pytest
from openpyxl import Workbook

UNITS = Path(__file__).resolve().parents[1] / "data" / "units" / "phu_tho_2017.csv"
Q = ["Quý I", "Quý II", "Quý III", "Quý IV"]
HEADERS = {
    "1 Tuyên truyền": ["Mã xã", "Tên xã", "Loại", "Hình thức", *Q, "Lượt người", "Ghi chú"],
    "2 Lồng ghép": [
        *("Mã", "Chương trình", "Số, ngày văn bản", "Đã thực hiện", "Nội dung đã thực hiện"),
        *("Kinh phí (triệu đồng)", "Ghi chú"),
    ],
    "3 Can thiệp": ["Mã", "Hoạt động", *Q, "Số người được tiếp cận", "Ghi chú"],
    "4 Mô hình": [
        *("TT", "Tên mô hình", "Loại mô hình (1/2/3)", "Mã xã", "Ngày bắt đầu", "Đang hoạt động"),
        *("Số người được hỗ trợ", "Dịch vụ", "Ghi chú"),
    ],
    "5 Tin bài": ["Mã", "Cơ quan", *(f"Tháng {month}" for month in range(1, 13)), "Ghi chú"],
    "6 Xử lý": ["Mã", "Nội dung", "Đơn vị tính", *Q, "Ghi chú"],
}
CODES = {
    "2 Lồng ghép": [f"2.{number}" for number in range(1, 7)],
    "3 Can thiệp": ["3.1.1", "3.1.2", "3.1.3", "3.1.4", "3.2.1", "3.2.2", "3.2.3"],
    "5 Tin bài": ["5.1", "5.2", "5.3", "5.4"],
    "6 Xử lý": [f"6.{number}" for number in range(1, 12)],
}
COM, INT, HARM, MODEL, MEDIA, ENF = HEADERS
Cells = dict[str, Any]


def communes() -> dict[str, list[tuple[str, str, str]]]:
    """The communes of each district, in the order of the register."""
    result: dict[str, list[tuple[str, str, str]]] = {}
    with UNITS.open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            one = (line["commune_code"], line["commune_name"], line["commune_type"])
            result.setdefault(line["district_code"], []).append(one)
    return result


COMMUNES = communes()


def cases(table: list[tuple]) -> list[Any]:
    """The rows of a table of cases as parameters, the first column as their name."""
    return [pytest.param(*row[1:], id=row[0]) for row in table]


def blank(code: str, only: list[str] | None = None) -> Workbook:
    """A blank return of a reporter, with all its sheets or only some."""
    book = Workbook()
    info = book.active
    info.title = "Thông tin"
    labels = {
        "Phiên bản biểu mẫu": 1,
        "Kế hoạch": "884/KH-UBND",
        "Năm": 2017,
        "Mã đơn vị": code,
        "Tên đơn vị": None,
        "Ngày chốt số liệu": date(2017, 12, 31),
        "Ngày gửi": date(2018, 1, 5),
        "Đơn vị lập biểu": None,
        "Số liệu minh họa": "Có",
    }
    for pair in labels.items():
        info.append(pair)
    usual = [MODEL, MEDIA, ENF] if code == "25" else [COM, INT, HARM, MODEL, ENF]
    for title in usual if only is None else only:
        sheet = book.create_sheet(title)
        for at, header in enumerate(HEADERS[title], 1):
            sheet.cell(4, at).value = header
        for row, item in enumerate(CODES.get(title, []), 5):
            sheet.cell(row, 1).value, sheet.cell(row, 2).value = item, f"nội dung {item}"
        for row, commune in enumerate(COMMUNES.get(code, []) if title == COM else [], 5):
            for at, value in enumerate(commune, 1):
                sheet.cell(row, at).value = value
    return book


def put(book: Workbook, title: str, cells: Cells) -> None:
    """Write cells, or whole rows of cells from a first one on (a list as value); `merge` merges ranges."""
    sheet = book[title]
    for place, value in cells.items():
        if place == "merge":
            for area in value:
                sheet.merge_cells(area)
            continue
        first = sheet[place]
        for at, one in enumerate(value if isinstance(value, list) else [value]):
            sheet.cell(first.row, first.column + at).value = one


def base(code: str, only: list[str] | None = None) -> Workbook:
    """A complete return in which nothing but communication in rows 6 to 12 was done."""
    book = blank(code, only)
    for title in book.sheetnames[1:]:
        if title == COM:
            for row in range(5, 5 + len(COMMUNES[code])):
                put(book, COM, {f"E{row}": [1, 1, 1, 1] if 6 <= row <= 12 else [0, 0, 0, 0]})
        elif title == INT:
            put(book, INT, {f"C{row}": ["không", "Không"] for row in range(5, 10)})
        elif title == HARM:
            put(book, HARM, {f"C{row}": [0, 0, 0, 0] for row in range(5, 12)})
        elif title == MODEL:
            put(book, MODEL, {"B5": "Không có mô hình"})
        elif title == MEDIA:
            put(book, MEDIA, {f"C{row}": [1] * 12 for row in (5, 6, 7)})
        elif title == ENF:
            put(book, ENF, {f"D{row}": [0, 0, 0, 0] for row in range(5, 16)})
    return book


def found(folder: Path, unit: str, objective: str, rules: dict | None = None) -> tuple:
    """Verdict, low, high, needed and total of one finding."""
    rows = independent.findings(folder, UNITS, rules)
    row = next(row for row in rows if (row["unit_code"], row["objective"]) == (unit, objective))
    return tuple(row[field] for field in ("verdict", "low", "high", "needed", "total"))


def evaluate(folder: Path, code: str, title: str, cells: Cells, *, objective: str, **more: Any) -> tuple:
    """One finding of one return whose only sheet is the base one changed in `cells`."""
    book = base(code, [title])
    put(book, title, cells)
    put(book, "Thông tin", more.get("info", {}))
    book.save(folder / "tep.xlsx")
    return found(folder, code, objective, more.get("rules"))


MET, MAY, NOT = ("met", 8, 8), ("undetermined", 7, 8), ("not_met", 7, 7)

COMMUNICATION = [
    # 3 of the 4 quarters active: it maintains; 2 of 4: it does not; 2 active + 1 blank may be 3
    ("three quarters", {"E5": [1, 0, 2, 1]}, MET),
    ("two quarters", {"E5": [1, 1, 0, 0]}, NOT),
    ("zero is a value", {"E5": [1, 1, 0, 0], "I5": 500}, NOT),
    ("blank is not zero", {"E5": [1, 1, None, 0]}, MAY),
    ("spaces are blank", {"E5": [1, 1, "   ", 0]}, MAY),
    ("one active and one blank are fewer than 3", {"E5": [1, None, 0, 0]}, NOT),
    ("wholly blank quarters", {"E5": [None, None, None, None]}, MAY),
    # spellings of a whole number: read; all else is unreadable, so 2 sure + 1 unknown
    ("text numbers", {"E5": [" 7 ", "02", "1.115", 0]}, MET),
    ("text zero", {"E5": [1, 1, "0", "00"]}, NOT),
    ("about ten", {"E5": [1, 1, "gần 10", 0]}, MAY),
    ("negative text", {"E5": [1, 1, "-1", 0]}, MAY),
    ("negative number", {"E5": [1, 1, -3, 0]}, MAY),
    ("fraction", {"E5": [1, 1, 2.5, 0]}, MAY),
    ("decimal text", {"E5": [1, 1, "1.11", 0]}, MAY),
    ("decimal comma", {"E5": [1, 1, "1,115", 0]}, MAY),
    ("boolean", {"E5": [1, 1, True, 0]}, MAY),
    ("date", {"E5": [1, 1, date(2017, 8, 1), 0]}, MAY),
    ("error value", {"E5": [1, 1, "#N/A", 0]}, MAY),
    ("other digits", {"E5": [1, 1, "٧", 0]}, MAY),
    ("formula without a stored result", {"E5": [1, 1, "=1+1", 0]}, MAY),
    # several rows: over all rows Q1, Q2 and Q3 are active
    (
        "rows add up",
        {"E5": [1, 0, 0, 0], "A15": ["07939", "Trường Thịnh", "Phường", "khác", 0, 1, 1, 0]},
        MET,
    ),
    # the second row is passed over, as the first has a reported cell; else it would leave 4 unknown
    ("blank second row", {"E5": [1, 1, 0, 0], "A15": ["07939", "Trường Thịnh", "Phường", "khác"]}, NOT),
    # with one reported cell the second row is not passed over: Q3 = 0 and blank = unknown
    ("part-filled second row", {"E5": [1, 1, 0, 0], "A15": ["07939", "", "", "", 0]}, MAY),
    # 07888 Dữu Lâu belongs to 227
    ("foreign commune", {"A15": ["07888", "Dữu Lâu", "Phường", "khác", 1, 1, 1, 1]}, NOT),
    # row 5 removed: no row, 4 unknown
    ("no row", {"A5": [None] * 8}, MAY),
    ("wholly blank rows between", {"A18": ["07939", None, None, None, 1, 1, 1, 0]}, MET),
    # code of row 5 with the name of row 6 spoils both: 6 sure, 8 possible
    ("code and name disagree", {"B5": "Hùng Vương"}, ("undetermined", 6, 8)),
    # an unknown name spoils only the unit of the code
    ("unknown name", {"B5": "Nơi Khác"}, MAY),
    ("accents count", {"B5": "Truong Thinh"}, MAY),
    ("name without a code", {"A5": None}, MAY),
    ("text code without a name", {"B5": None, "E5": [1, 1, 1, 0]}, MET),
    ("numeric code with its name", {"A5": 7939, "E5": [1, 1, 1, 0]}, MET),
    ("numeric code without a name", {"A5": 7939, "B5": None, "E5": [1, 1, 1, 0]}, MAY),
    # code 07888 of another district, name of row 5: within this reporter only, so row 5 alone is spoiled
    ("foreign code, own name", {"A15": ["07888", "Trường Thịnh"]}, MAY),
    # 08230 Phong Châu of 233 has the name of 07945 Phong Châu of 228 and agrees with its own code
    ("same name in two districts", {"A15": ["08230", "Phong Châu", "", "", 9]}, NOT),
    # a merged cell fills its range: 1, 1 and the 1 over both of G and H
    ("merged quarters", {"E5": [0, 1, 1, None], "merge": ["G5:H5"]}, MET),
    # the commune's cells merged over two rows: both rows belong to it
    (
        "merged names",
        {
            **{"E5": [1, 1, 0, 0]},
            **{"A15": ["07939", "Trường Thịnh", "Phường", "a", 0, 0, 1, 0], "D16": ["b", 0, 0, 0, 1]},
            "merge": ["A15:A16", "B15:B16"],
        },
        MET,
    ),
]


@pytest.mark.parametrize(("cells", "expected"), cases(COMMUNICATION))
def test_communication(tmp_path: Path, cells: Cells, expected: tuple) -> None:
    """What the row of one commune makes of a district that lacks one commune."""
    assert evaluate(tmp_path, "228", COM, cells, objective="communication") == (*expected, 8, 10)


SPELLINGS = [
    # all of them agree with the town Hạ Hoà, the first commune of 231
    *("Hạ Hòa", "hạ hoà", "Thị trấn Hạ Hoà", "THỊ TRẤN HẠ HÒA", "  Hạ   Hoà ", "HạHòa"),
    unicodedata.normalize("NFD", "Hạ Hòa"),
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings_of_a_name_agree(tmp_path: Path, name: str) -> None:
    """Type, tone placement, case, spaces and normal form of a unit name do not matter: 8 stay sure."""
    # 231: 33 communes, needed ceil(24.75) = 25; rows 6 to 12 and this one (row 5) are active
    assert COMMUNES["231"][0][1] == "Hạ Hoà"
    got = evaluate(tmp_path, "231", COM, {"B5": name, "E5": [1, 1, 1, 1]}, objective="communication")
    assert got == ("not_met", 8, 8, 25, 33)


@pytest.mark.parametrize(("name", "row"), [("Ðoan Hùng", 5), ("xã đông khê", 6), ("Iên Kiện", 24)])
def test_letters_of_a_name_agree(tmp_path: Path, name: str, row: int) -> None:
    """An eth for Đ and i for y do not matter."""
    # 230: 28 communes, needed 21; rows 6 to 12 active; the row of the name gets 4 active quarters
    assert independent.name_key(name) == independent.name_key(COMMUNES["230"][row - 5][1])
    got = evaluate(tmp_path, "230", COM, {f"B{row}": name, f"E{row}": [1, 1, 1, 1]}, objective="communication")
    assert got == ("not_met", 7 + (row != 6), 7 + (row != 6), 21, 28)


RULES = [
    # row 5 is active in I, II and III; rows 6 to 12 in all; so 8 for 1, 2 or 3 quarters and 7 for 4
    ({"active_quarters": 1}, MET),
    ({"active_quarters": 4}, NOT),
    # II to IV all: row 5 lacks IV
    ({"quarters": [2, 3, 4], "active_quarters": 3}, NOT),
    ({"quarters": [2, 3, 4], "active_quarters": 2}, MET),
]


@pytest.mark.parametrize(("rules", "expected"), RULES)
def test_communication_rules(tmp_path: Path, rules: dict, expected: tuple) -> None:
    """The alternatives of objective 1."""
    got = evaluate(tmp_path, "228", COM, {"E5": [1, 1, 1, 0]}, objective="communication", rules=rules)
    assert got == (*expected, 8, 10)


PERIOD = [
    # quarter IV ends on 31/12: 17 days after 14/12, 16 after 15/12
    (date(2017, 12, 14), [1, 1, 0, 0], MAY),
    (date(2017, 12, 15), [1, 1, 0, 0], NOT),
    ("14/12/2017", [1, 1, 0, "0"], MAY),
    ("cuối năm", [1, 1, 0, 0], NOT),  # no cut-off: the zeros stand
    (None, [1, 1, 0, 0], NOT),
    (date(2017, 9, 13), [1, 1, 0, 5], MET),  # a value > 0 counts, whatever the cut-off
]


@pytest.mark.parametrize(("cutoff", "quarters", "expected"), PERIOD)
def test_open_period(tmp_path: Path, cutoff: Any, quarters: list, expected: tuple) -> None:
    """A zero for a quarter that was not over is unknown."""
    # rows 13 and 14 must not become possible: with 2 active quarters or none they stay below 3, as only
    # quarter IV (or III and IV) is open
    info = {"B6": cutoff}
    got = evaluate(tmp_path, "228", COM, {"E5": quarters}, objective="communication", info=info)
    assert got == (*expected, 8, 10)


GIVEN = "45/KH-UBND ngày 12/4/2017"
INTEGRATION = [
    ("given and done", {"C5": [GIVEN, "Có"]}, ("met", 1, 1)),
    ("folded yes", {"C5": [GIVEN, " cÓ "]}, ("met", 1, 1)),
    ("given, not done", {"C5": [GIVEN, "Không"]}, ("not_met", 0, 0)),
    ("given, blank", {"C5": [GIVEN, None]}, ("undetermined", 0, 1)),
    ("given, unreadable", {"C5": [GIVEN, "Co"]}, ("undetermined", 0, 1)),
    ("none, done", {"C5": ["Chưa ban  hành", "Có"]}, ("not_met", 0, 0)),
    ("numeric zero is none", {"C5": [0, "Có"]}, ("not_met", 0, 0)),
    ("none, unreadable", {"C5": ["-", "x"]}, ("not_met", 0, 0)),
    ("blank, done", {"C5": [None, "Có"]}, ("undetermined", 0, 1)),
    ("blank, blank", {"C5": [None, None]}, ("undetermined", 0, 1)),
    ("blank, not done", {"C5": [None, "Không"]}, ("not_met", 0, 0)),
    ("unreadable, done", {"C5": ["45/KH-UBND", "Có"]}, ("undetermined", 0, 1)),
    ("unreadable, blank", {"C5": ["ngày 12/4/2017", None]}, ("undetermined", 0, 1)),
    ("unreadable, not done", {"C5": ["đang làm", "Không"]}, ("not_met", 0, 0)),
    ("no such date", {"C5": ["45/KH-UBND ngày 31/2/2017", "Có"]}, ("undetermined", 0, 1)),
    ("points in the date", {"C5": ["45/KH-UBND ngày 12.4.2017", "Có"]}, ("undetermined", 0, 1)),
    ("a date cell", {"C5": [date(2017, 4, 12), "Có"]}, ("undetermined", 0, 1)),
    # 2.1 stands twice (rows 5 and 11): its cells are unreadable although both are complete
    ("code twice", {"C5": [GIVEN, "Có"], "A11": ["2.1", "", GIVEN, "Có"]}, ("undetermined", 0, 1)),
    ("code removed", {"A5": [None] * 4}, ("undetermined", 0, 1)),
    # 2.6 (row 10) is optional: wholly blank in the base; partly filled its blanks are unknown
    ("optional removed", {"A10": [None, None]}, ("not_met", 0, 0)),
    ("optional partly filled", {"D10": "Có"}, ("undetermined", 0, 1)),
    ("optional filled", {"C10": [GIVEN, "Có"]}, ("met", 1, 1)),
]


@pytest.mark.parametrize(("cells", "expected"), cases(INTEGRATION))
def test_integration(tmp_path: Path, cells: Cells, expected: tuple) -> None:
    """What one programme makes of a district in which all others are without a plan."""
    assert evaluate(tmp_path, "228", INT, cells, objective="integration") == (*expected, 1, 1)


def test_min_programmes(tmp_path: Path) -> None:
    """One programme counts and one may: two are possible, three are not."""
    cells = {"C5": [GIVEN, "Có"], "C6": [GIVEN, None]}
    for least, expected in {1: ("met", 1, 1), 2: ("undetermined", 0, 1), 3: ("not_met", 0, 0)}.items():
        rules = {"min_programmes": least}
        got = evaluate(tmp_path, "228", INT, cells, objective="integration", rules=rules)
        assert got == (*expected, 1, 1)


HARM_CASES = [
    ("nothing", {}, "any", ("not_met", 0, 0)),
    ("one HIV cell", {"C5": 1}, "any", ("met", 1, 1)),
    ("one HIV cell, both wanted", {"C5": 1}, "both", ("not_met", 0, 0)),
    ("a cell of each limb", {"C5": 1, "F11": 2}, "both", ("met", 1, 1)),
    ("one limb, the other unknown", {"C5": 1, "F11": None}, "both", ("undetermined", 0, 1)),
    ("one blank", {"D8": None}, "any", ("undetermined", 0, 1)),
    ("a blank beside a value", {"D8": None, "C5": 1}, "any", ("met", 1, 1)),
    ("persons do not count", {"G5": 90}, "any", ("not_met", 0, 0)),
    ("code twice", {"C5": 1, "A12": "3.1.1"}, "any", ("undetermined", 0, 1)),
    ("row removed", {"A6": None}, "any", ("undetermined", 0, 1)),
]


@pytest.mark.parametrize(("cells", "limbs", "expected"), cases(HARM_CASES))
def test_harm_reduction(tmp_path: Path, cells: Cells, limbs: str, expected: tuple) -> None:
    """One limb, or both, with a quarter cell above zero."""
    got = evaluate(tmp_path, "228", HARM, cells, objective="harm_reduction", rules={"limbs": limbs})
    assert got == (*expected, 1, 1)


MEDIA_CASES = [
    # the base covers all 12 months by 5.1, 5.2 and 5.3 (rows 5 to 7); column N is December, D is February
    ("all", {}, {}, ("met", 12, 12, 12, 12)),
    ("one outlet is enough", {"D5": 0, "D6": None}, {}, ("met", 12, 12, 12, 12)),
    ("a month of zeros", {"D5": 0, "D6": 0, "D7": 0}, {}, ("not_met", 11, 11, 12, 12)),
    ("a month with a blank", {"D5": 0, "D6": None, "D7": 0}, {}, ("undetermined", 11, 12, 12, 12)),
    # 5.4 (row 8) filled in March only: its blank in February makes that month possible
    ("optional", {"D5": 0, "D6": 0, "D7": 0, "E8": 1}, {}, ("undetermined", 11, 12, 12, 12)),
    ("optional covers", {"D5": 0, "D6": 0, "D7": 0, "D8": 1}, {}, ("met", 12, 12, 12, 12)),
    # 5.1 twice: unreadable, the others still cover
    ("code twice", {"A9": "5.1"}, {}, ("met", 12, 12, 12, 12)),
    # from April on: 9 months
    ("later months", {"D5": 0, "D6": 0, "D7": 0}, {"months": list(range(4, 13))}, ("met", 9, 9, 9, 9)),
    # the press: only the portal covers February
    ("press", {"D5": 0, "D6": 0}, {"outlets": "press"}, ("not_met", 11, 11, 12, 12)),
]


@pytest.mark.parametrize(("cells", "rules", "expected"), cases(MEDIA_CASES))
def test_media(tmp_path: Path, cells: Cells, rules: dict, expected: tuple) -> None:
    """Months covered by any outlet of the province's return."""
    assert evaluate(tmp_path, "25", MEDIA, cells, objective="media", rules=rules) == expected


def test_media_open_months(tmp_path: Path) -> None:
    """With a cut-off of 10/11 a zero of November (20 days on) is unknown, one of October is not."""
    zeros = {f"L{row}": [0, 0] for row in (5, 6, 7)}  # October and November
    info = {"B6": "10/11/2017"}
    got = evaluate(tmp_path, "25", MEDIA, zeros, objective="media", info=info)
    assert got == ("not_met", 10, 11, 12, 12)


ENFORCEMENT = [
    # rows 7 to 10 are 6.3 to 6.6, columns D to G the quarters
    ("nothing arose", {}, "not_handled", ("none_arose", 0, 0, 0, 0)),
    ("all handled", {"D7": 5, "D8": 3, "D9": 2}, "not_handled", ("met", 5, 5, 5, 5)),
    ("one pending", {"D7": 5, "D8": 3, "D9": 1, "D10": 1}, "not_handled", ("not_met", 4, 4, 5, 5)),
    ("one pending, counted", {"D7": 5, "D8": 3, "D9": 1, "D10": 1}, "handled", ("met", 5, 5, 5, 5)),
    # 6.4 + 6.5 = 6 > 5; the sums keep it
    ("more than detected", {"D7": 5, "D8": 4, "D9": 2}, "not_handled", ("undetermined", 6, 6, 5, 5)),
    # 3 + 1 + 2 = 6, not 5: contradictory goes before not_met
    (
        "parts do not add up",
        {"D7": 5, "D8": 3, "D9": 1, "D10": 2},
        "not_handled",
        ("undetermined", 4, 4, 5, 5),
    ),
    # 3 + 1 + 0 = 4, not 5: 6.6 is reported, so contradictory too
    ("nobody has the fifth", {"D7": 5, "D8": 3, "D9": 1}, "not_handled", ("undetermined", 4, 4, 5, 5)),
    # 6.6 blank: nothing contradicts, 4 of 5 handled
    ("pending blank", {"D7": 5, "D8": 3, "D9": 1, "D10": None}, "not_handled", ("not_met", 4, 4, 5, 5)),
    # pending = handled: 6.6 blank makes the quarter incomplete
    (
        "pending blank, counted",
        {"D7": 5, "D8": 3, "D9": 1, "D10": None},
        "handled",
        ("undetermined", 4, "", 5, 5),
    ),
    # a blank 6.4 is not deduced from 5 - 2 - 0
    ("nothing is deduced", {"D7": 5, "D8": None, "D9": 2}, "not_handled", ("undetermined", 2, "", 5, 5)),
    (
        "detected blank",
        {"D7": None, "D8": 1, "D9": 2, "D10": 0},
        "not_handled",
        ("undetermined", 3, "", "", ""),
    ),
    # quarter I shows 1 of 2 handled, quarter II is incomplete: not met all the same
    (
        "not met and incomplete",
        {"D7": [2, None], "D8": 1, "D10": 1},
        "not_handled",
        ("not_met", 1, "", "", ""),
    ),
    (
        "other rows never block",
        {"D5": [None] * 4, "D11": [None] * 4},
        "not_handled",
        ("none_arose", 0, 0, 0, 0),
    ),
    ("code twice", {"A16": "6.5"}, "not_handled", ("undetermined", 0, "", 0, 0)),
    ("text code 6.30 is another", {"A7": "6.30"}, "not_handled", ("undetermined", 0, "", "", "")),
]


@pytest.mark.parametrize(("cells", "pending", "expected"), cases(ENFORCEMENT))
def test_enforcement(tmp_path: Path, cells: Cells, pending: str, expected: tuple) -> None:
    """Cases detected and handled by one district."""
    got = evaluate(tmp_path, "228", ENF, cells, objective="enforcement", rules={"pending": pending})
    assert got == expected


def test_enforcement_open_quarter(tmp_path: Path) -> None:
    """A year of zeros that closes on 14/12 is not a year in which nothing arose."""
    got = evaluate(tmp_path, "228", ENF, {}, objective="enforcement", info={"B6": date(2017, 12, 14)})
    assert got == ("undetermined", 0, "", "", "")


LINE = ["Mô hình A", 1, None, date(2017, 5, 1), "Có"]
MODELS = [
    # every return says none in B5; the lines given here stand in turn in those of 228 and 230
    ("none anywhere", [], ("not_met", 0, 0)),
    ("one", [LINE], ("met", 1, 1)),
    ("type as text", [["Mô hình A", "1", None, "1/5/2017", "có"]], ("met", 1, 1)),
    ("another type", [["Mô hình A", 2, None, None, "Có"]], ("not_met", 0, 0)),
    ("not working", [["Mô hình A", 1, None, None, "Không"]], ("not_met", 0, 0)),
    ("type blank", [["Mô hình A", None, None, None, "Có"]], ("undetermined", 0, 1)),
    ("type unreadable, not working", [["Mô hình A", "x", None, None, "Không"]], ("not_met", 0, 0)),
    ("working unreadable", [["Mô hình A", 1, None, None, "x"]], ("undetermined", 0, 1)),
    ("after the cut-off", [["Mô hình A", 1, None, "1/1/2018", "Có"]], ("not_met", 0, 0)),
    ("unreadable start", [["Mô hình A", 1, None, "đầu năm", "Có"]], ("met", 1, 1)),
    ("same model twice", [LINE, ["MÔ HÌNH  a", 1, None, None, "Không"]], ("met", 1, 1)),
    # with and without a type: two models, one sure, one possible
    ("with and without a type", [LINE, ["Mô hình A", None, None, None, "Có"]], ("met", 1, 2)),
    ("two names", [LINE, ["Mô hình B", 1, None, None, "Có"]], ("met", 2, 2)),
]


def all_returns(folder: Path, sheet: str, but: dict[str, Callable[[Workbook], None] | None]) -> None:
    """Base returns of all 14 reporters with one sheet; some changed, or left out (None)."""
    for code in [*COMMUNES, "25"]:
        change = but.get(code, lambda book: None)
        if change is not None:
            book = base(code, [sheet])
            change(book)
            book.save(folder / f"{code}.xlsx")


@pytest.mark.parametrize(("lines", "expected"), cases(MODELS))
def test_support_model(tmp_path: Path, lines: list[list], expected: tuple) -> None:
    """Models of the province, the lines spread over two returns."""

    def lines_of(at: int) -> Callable[[Workbook], None]:
        mine = lines[at::2]
        return lambda book: put(book, MODEL, {f"B{row}": line for row, line in enumerate(mine, 5)})

    all_returns(tmp_path, MODEL, {"228": lines_of(0), "230": lines_of(1)})
    assert found(tmp_path, "25", "support_model") == (*expected, 1, "")


def test_silent_model_sheets(tmp_path: Path) -> None:
    """One missing return or one empty sheet: no upper bound, never not met; a sure model still meets it."""
    all_returns(tmp_path, MODEL, {"228": None})
    assert found(tmp_path, "25", "support_model") == ("undetermined", 0, "", 1, "")
    all_returns(tmp_path, MODEL, {"228": lambda book: put(book, MODEL, {"B5": None, "A5": 1})})
    assert found(tmp_path, "25", "support_model") == ("undetermined", 0, "", 1, "")
    one_line = {"230": lambda book: put(book, MODEL, {"B5": LINE}), "228": lambda book: book.remove(book[MODEL])}
    all_returns(tmp_path, MODEL, one_line)
    assert found(tmp_path, "25", "support_model") == ("met", 1, "", 1, "")


def test_started_in_the_year(tmp_path: Path) -> None:
    """A model of 2016 counts under `any` and not under the plan's year."""
    line = ["Mô hình A", 1, None, date(2016, 5, 1), "Có"]
    all_returns(tmp_path, MODEL, {"228": lambda book: put(book, MODEL, {"B5": line})})
    assert found(tmp_path, "25", "support_model") == ("met", 1, 1, 1, "")
    assert found(tmp_path, "25", "support_model", {"started": "plan_year"}) == ("not_met", 0, 0, 1, "")


def first_communes(number: int) -> dict[str, Callable[[Workbook], None]]:
    """Changes after which exactly the first `number` communes of the register maintain communication."""
    changes, left = {}, number
    for code, own in COMMUNES.items():
        mine, left = min(left, len(own)), max(left - len(own), 0)
        cells = {f"E{row}": [1] * 4 if row < 5 + mine else [0] * 4 for row in range(5, 5 + len(own))}
        changes[code] = lambda book, cells=cells: put(book, COM, cells)
    return changes


@pytest.mark.parametrize(("number", "verdict"), [(207, "not_met"), (208, "met")])
def test_province_communication(tmp_path: Path, number: int, verdict: str) -> None:
    """207 of 277 is 74.73% and not met; 208 is met; the province's own return has no such sheet."""
    all_returns(tmp_path, COM, {**first_communes(number), "25": None})
    assert found(tmp_path, "25", "communication") == (verdict, number, number, 208, 277)


def test_province_districts(tmp_path: Path) -> None:
    """Six districts integrate and one return is missing: 6 or 7 of the 7 needed."""
    done = {code: (lambda book: put(book, INT, {"C5": [GIVEN, "Có"]})) for code in list(COMMUNES)[:6]}
    all_returns(tmp_path, INT, {**done, list(COMMUNES)[12]: None, "25": None})
    assert found(tmp_path, "25", "integration") == ("undetermined", 6, 7, 7, 13)
    # no sheet 3 in any return: all 13 may
    assert found(tmp_path, "25", "harm_reduction") == ("undetermined", 0, 13, 3, 13)


def test_province_enforcement(tmp_path: Path) -> None:
    """The province sums its 14 reporters; a not met goes before an undetermined; the own row is the whole."""
    handled = {"D7": 3, "D8": 3}
    all_returns(tmp_path, ENF, {"25": lambda book: put(book, ENF, handled)})
    assert found(tmp_path, "25", "enforcement") == ("met", 3, 3, 3, 3)
    all_returns(tmp_path, ENF, {})
    assert found(tmp_path, "25", "enforcement") == ("none_arose", 0, 0, 0, 0)
    pending = {"D7": 3, "D8": 2, "D10": 1}
    all_returns(tmp_path, ENF, {"25": lambda book: put(book, ENF, pending)})
    (tmp_path / "228.xlsx").unlink()
    assert found(tmp_path, "25", "enforcement") == ("not_met", 2, "", "", "")
    all_returns(tmp_path, ENF, {"25": lambda book: put(book, ENF, handled), "228": None})
    assert found(tmp_path, "25", "enforcement") == ("undetermined", 3, "", "", "")


def test_nothing_received(tmp_path: Path) -> None:
    """Without any return there are 84 rows, sorted, and nothing is met or not met."""
    rows = independent.findings(tmp_path, UNITS)
    assert [row["unit_code"] for row in rows] == [code for code in sorted([*COMMUNES, "25"]) for _ in range(6)]
    assert [row["objective"] for row in rows[:6]] == independent.SLUGS
    assert {row["verdict"] for row in rows} == {"undetermined", "not_applicable"}
    table = {(row["unit_code"], row["objective"]): list(row.values())[2:] for row in rows}
    assert table["228", "communication"] == ["undetermined", 0, 10, 8, 10, ">= 75%", "assumption"]
    assert table["228", "integration"] == ["undetermined", 0, 1, 1, 1, "1", "assumption"]
    assert table["228", "support_model"] == ["not_applicable", "", "", "", "", "", ""]
    assert table["228", "enforcement"] == ["undetermined", 0, "", "", "", "all", "borrowed"]
    assert table["25", "communication"] == ["undetermined", 0, 277, 208, 277, ">= 75%", "plan"]
    assert table["25", "integration"] == ["undetermined", 0, 13, 7, 13, ">= 50%", "plan"]
    assert table["25", "harm_reduction"] == ["undetermined", 0, 13, 3, 13, ">= 20%", "plan"]
    assert table["25", "support_model"] == ["undetermined", 0, "", 1, "", ">= 1", "plan"]
    assert table["25", "media"] == ["undetermined", 0, 12, 12, 12, "every month", "borrowed"]
    assert table["25", "enforcement"] == ["undetermined", 0, "", "", "", "all", "borrowed"]


ABSENT, OLD, NEW = ("undetermined", 0, 1, 1, 1), ("not_met", 0, 0, 1, 1), ("met", 1, 1, 1, 1)
TWO = [
    # the first file reports nothing done, the second reports one programme with a plan
    ("the later counts", date(2018, 1, 5), "6/1/2018", NEW),
    ("a text date sorts as a date", "10/1/2018", date(2018, 1, 9), OLD),
    ("a tie", date(2018, 1, 5), "05/01/2018", ABSENT),
    ("no date sorts first", date(2018, 1, 5), None, OLD),
    ("no readable date sorts first", "đầu năm", date(2018, 1, 5), NEW),
]


@pytest.mark.parametrize(("first", "second", "expected"), cases(TWO))
def test_two_files_of_one_reporter(tmp_path: Path, first: Any, second: Any, expected: tuple) -> None:
    """The later of two files counts; two of the same date leave every cell absent."""
    for name, sent, cells in (("a", first, {}), ("b", second, {"C5": [GIVEN, "Có"]})):
        book = base("228", [INT])
        put(book, INT, cells)
        put(book, "Thông tin", {"B7": sent})
        book.save(tmp_path / f"{name}.xlsx")
    assert found(tmp_path, "228", "integration") == expected


REFUSED = [
    *({"B1": 2}, {"B1": None}, {"B2": "361/QĐ-TTg"}, {"B3": 2016}, {"B4": "999"}, {"B4": None}),
]


@pytest.mark.parametrize("info", REFUSED, ids=str)
def test_refused_files(tmp_path: Path, info: Cells) -> None:
    """A file of another version, plan, year or unit is as if it had not come; the rest goes on."""
    good = base("230", [INT])
    good.save(tmp_path / "good.xlsx")
    got = evaluate(tmp_path, "228", INT, {}, objective="integration", info=info)
    assert got == ABSENT
    assert found(tmp_path, "230", "integration") == OLD


def test_other_files_are_left(tmp_path: Path) -> None:
    """Lock files, other endings, folders and broken archives are no returns."""
    (tmp_path / "hong.xlsx").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "~$228.xlsx").write_bytes(b"lock")
    (tmp_path / "thu-muc.xlsx").mkdir()
    book = base("228", [INT])
    book.save(tmp_path / "thu-muc.xlsx" / "228.xlsx")
    book.save(tmp_path / "228.xlsm")
    book.save(tmp_path / "~$that.xlsx")
    assert found(tmp_path, "228", "integration") == ABSENT
    assert evaluate(tmp_path, "228", INT, {}, objective="integration") == OLD


def test_sheet_names_are_folded(tmp_path: Path) -> None:
    """Normal form, spaces and case of a sheet name and of headers do not matter."""
    book = base("228", [INT])
    put(
        book,
        INT,
        {"C4": ["SỐ,  ngày văn bản", unicodedata.normalize("NFD", "Đã thực hiện")], "C5": [GIVEN, "Có"]},
    )
    book[INT].title = unicodedata.normalize("NFD", "2  LỒNG ghép")
    book.save(tmp_path / "228.xlsx")
    assert found(tmp_path, "228", "integration") == NEW


def test_a_stored_result_counts(tmp_path: Path) -> None:
    """A formula with its stored result is read as that result."""
    book = base("228", [HARM])
    put(book, HARM, {"C5": "=1+1"})
    book.save(tmp_path / "raw.xlsx")
    assert found(tmp_path, "228", "harm_reduction") == ABSENT
    with zipfile.ZipFile(tmp_path / "raw.xlsx") as old, zipfile.ZipFile(tmp_path / "stored.xlsx", "w") as new:
        for item in old.namelist():
            content = old.read(item)
            for empty in (b"<v></v>", b"<v />", b"<v/>"):
                content = content.replace(b"<f>1+1</f>" + empty, b"<f>1+1</f><v>2</v>")
            new.writestr(item, content)
    (tmp_path / "raw.xlsx").unlink()
    assert found(tmp_path, "228", "harm_reduction") == NEW


@pytest.mark.parametrize(("disorder", "near"), [(0.0, False), (0.1, True), (0.6, False)])
def test_fillings(tmp_path: Path, disorder: float, near: bool) -> None:
    """The random fillings can be evaluated, and are the same for the same seed."""
    blanks = tmp_path / "blanks"
    blanks.mkdir()
    for code in [*COMMUNES, "25"]:
        blank(code).save(blanks / f"{code}-don-vi.xlsx")
    results = []
    for name in ("a", "b"):
        filling.fill(blanks, tmp_path / name, 7, disorder, near)
        results.append(independent.findings(tmp_path / name, UNITS))
    assert results[0] == results[1]
    assert len(results[0]) == 84
    if not disorder:
        decided = [row for row in results[0] if row["objective"] in {"communication", "harm_reduction", "media"}]
        assert "undetermined" not in {row["verdict"] for row in decided}
