"""Writes the illustrative returns of Phú Thọ 2017: made-up figures on the project's own forms, real names of units.

    python scripts/illustrative.py [FOLDER]

FOLDER is data/returns/phu_tho_2017 unless named. Every run writes the same bytes. What is planted stands in the tables
below, so that it can be read and changed; everything else is drawn at random from a fixed seed. Nothing comes from a
return of any district. tests/test_illustrative.py says what the planted cases must lead to.
"""

import io
import re
import sys
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval import paths
from pcmd_eval.files import sorted_zip, write_atomic
from pcmd_eval.form import Form, Sheet
from pcmd_eval.intake.template import blank_return
from pcmd_eval.plan import Plan, load_plan

PLAN = "phu_tho_2017"
SEED = 884

Typed = str | int | float | date | None
Quarters = tuple[Typed, Typed, Typed, Typed]

# ---- which returns there are ----------------------------------------------------------------------------------------

# 240 Tân Sơn sends nothing. The deadline is 20/12/2017: 231 and 238 meet it on the day, 235 Cẩm Khê is late.
MISSING = "240"
# reporter: (cut-off, sent), as typed. 236 Tam Nông closed its figures on 30/11, before quarter IV was over.
DATES: dict[str, tuple[Typed, Typed]] = {
    "227": (date(2017, 12, 15), date(2017, 12, 18)),
    "228": (date(2017, 12, 15), date(2017, 12, 19)),
    "230": (date(2017, 12, 15), date(2017, 12, 18)),
    "231": (date(2017, 12, 18), date(2017, 12, 20)),
    "232": ("15/12/2017", "18/12/2017"),
    "233": (date(2017, 12, 15), date(2017, 12, 19)),
    "234": (date(2017, 12, 15), date(2017, 12, 18)),
    "235": (date(2017, 12, 20), date(2017, 12, 28)),
    "236": (date(2017, 11, 30), date(2017, 12, 4)),
    "237": (date(2017, 12, 15), "18/12/2017"),
    "238": (date(2017, 12, 15), "20/12/2017"),
    "239": (date(2017, 12, 15), date(2017, 12, 15)),
    "25": (date(2017, 12, 15), date(2017, 12, 19)),
}
# 234 Yên Lập never touched this sheet, so its return is partial.
UNTOUCHED = ("234", "harm_reduction")

# ---- 1. communication -----------------------------------------------------------------------------------------------

# How many communes surely maintain communication (3 or 4 active quarters). Đoan Hùng: exactly 21 of 28.
MAINTAINING = {
    "227": 20,  # of 23, of which 18 are needed: met
    "228": 7,  # of 10, 8 needed: 2 more may
    "230": 21,  # of 28, 21 needed: met to the last one
    "231": 27,  # of 33, 25 needed: met
    "232": 18,  # of 27, 21 needed: not met
    "233": 13,  # of 19, 15 needed: 3 more may
    "234": 14,  # of 17, 13 needed: met
    "235": 22,  # of 31, 24 needed: not met
    "236": 13,  # of 20, 15 needed: 4 more may
    "237": 12,  # of 14, 11 needed: met
    "238": 16,  # of 23, 18 needed: 4 more may
    "239": 10,  # of 15, 12 needed: not met
}
TALK = "nói chuyện, hội nghị"
LOUDSPEAKER = "loa truyền thanh"
LEAFLET = "tờ rơi, sách"
BOARD = "pano, áp phích"
SHOW = "văn nghệ, phim"
FROM_COMMUNE = "Theo báo cáo của Ủy ban nhân dân xã"


@dataclass(frozen=True)
class Row:
    """The row of one commune as typed; `stands` says what it must come to: yes, maybe or no."""

    stands: str
    quarters: Quarters
    attendance: Typed = None
    form: str = TALK
    note: str = ""


ROWS = {
    # 227 Việt Trì
    "07897": Row(
        "yes", (3, 2, 4, 2), 640, note="Lồng ghép trong hội nghị triển khai nhiệm vụ của phường"
    ),
    "07900": Row("yes", (2, 5, 5, 1), 1170),
    "07912": Row("maybe", (2, 1, None, 0), 205),  # one blank decides
    "07924": Row("yes", (4, 6, 0, 5), 1260),
    # 228 thị xã Phú Thọ
    "07957": Row("maybe", (None, None, None, None), form=""),  # row never filled
    "07963": Row("maybe", (1, 2, "khoảng 3", 0), 230),
    # 230 Đoan Hùng
    "07987": Row("no", (0, 1, 0, None), 62),  # a blank that cannot matter
    "07999": Row("yes", (2, 1, 0, 0), 215),  # only together with its second row
    "08020": Row("yes", (1, 2, 1, 0), "gần 200", note=FROM_COMMUNE),
    "08023": Row("yes", (" 7 ", "02", 4, 3), "1.115"),
    "08047": Row("yes", (3, 2, 2, 1), 480),  # and a second row without figures
    # 231 Hạ Hoà
    "08137": Row("maybe", (None, None, None, None)),  # row removed
    "08110": Row("yes", ("03", 2, 2, 2), 555, LOUDSPEAKER, "Phát trên hệ thống truyền thanh xã"),
    # 232 Thanh Ba
    "08176": Row("yes", (1, 0, 0, 0), 45),  # only together with its second row
    "08200": Row("maybe", (1, 0, None, 2), 190),
    # 233 Phù Ninh
    "08248": Row("maybe", (2, 2, 0, None), 260),
    "08269": Row("maybe", (None, None, None, None), form=""),
    "08275": Row("maybe", (None, 1, 0, 1), 118),
    # 234 Yên Lập
    "08317": Row("maybe", (1, None, None, 1), 96),
    # 235 Cẩm Khê: a board that stood all year, its four quarters merged into one cell
    "08389": Row("maybe", (2, 0, 1, "?"), 174),
    "08428": Row("yes", (1, 1, 1, 1), 0, BOARD, "Pano đặt tại nhà văn hóa xã"),
    # 236 Tam Nông: two active quarters, and the fourth was not over
    "08440": Row("maybe", (1, 2, 0, 0), 188),
    "08458": Row("maybe", (2, 0, 1, 0), 201),
    "08473": Row("maybe", (0, 1, 1, 0), 133),
    "08488": Row("maybe", (3, 1, 0, 0), 290),
    # 237 Lâm Thao
    "08524": Row("yes", (2, 3, 1, 0), 470),
    # 238 Thanh Sơn
    "08584": Row("maybe", (None, None, None, None), form=""),
    "08602": Row("maybe", (1, 1, None, 0), 147),
    "08635": Row("maybe", (0, None, 2, 1), 166, note=FROM_COMMUNE),
    "08650": Row("maybe", (None, None, None, None)),  # row removed
    # 239 Thanh Thuỷ
    "08686": Row("maybe", (1, 1, None, None), 121),
}
REMOVED_ROWS = ("08137", "08650")
MERGED_ROW = "08428"
# Second rows of communes, each of another form: (commune, inserted below the first row or else at the bottom, row).
SECOND_ROWS = (
    ("07999", True, Row("yes", (0, 0, 3, 2), 410, LOUDSPEAKER)),
    ("08047", False, Row("yes", (None, None, None, None), form=LEAFLET)),
    ("07900", True, Row("yes", (1, 1, 1, 1), 0, BOARD)),
    ("07924", False, Row("yes", (0, 2, 1, 0), 180, SHOW)),
    ("08176", False, Row("yes", (0, 2, 1, 0), 220, LOUDSPEAKER)),
    ("08524", False, Row("yes", (0, 1, 0, 1), 150, SHOW, "Phối hợp với Đoàn thanh niên xã")),
)
# Names typed anew, in other spellings of the same name; a code that a spreadsheet made a number.
NAMES = {
    "07921": "xã Phượng Lâu",
    "08053": "Thị trấn Hạ Hòa",
    "08308": "Xuân Thuỷ",
    "08332": "Minh Hoà",
    "08434": "Hưng Hóa",
    "08506": "Chu Hoá",
    "08536": " Tứ  Xã",
    "08674": "Thị trấn Thanh Thuỷ",
}
NUMERIC_CODES = ("07897",)

# ---- 2. integration -------------------------------------------------------------------------------------------------

# Programmes 2.1 to 2.5 (2.6 if it is used): (document, carried out), as typed. Five districts count: 227, 230, 232,
# 237, 238; seven surely do not; only the missing one may. 228 and 231: issued but not carried out.
INTEGRATION: dict[str, tuple[tuple[Typed, Typed], ...]] = {
    "227": (
        ("62/KH-UBND ngày 28/3/2017", "Có"),
        ("71/KH-UBND ngày 11/4/2017", None),
        ("Kế hoạch số 74/KH-UBND ngày 14/4/2017", "Có"),
        ("80/KH-UBND ngày 21/4/2017", "Có"),
        ("Chưa có", "Không"),
    ),
    "228": (
        ("không", "Không"),
        ("đang soạn thảo", "Không"),
        ("Kế hoạch số 38/KH-UBND ngày 05/5/2017", "Không"),
        ("Chưa có", "Không"),
        ("Chưa có", None),
    ),
    "230": (
        ("Kế hoạch số 51/KH-UBND ngày 03/4/2017", "Có"),
        ("Chưa có", "Không"),
        ("66/KH-UBND ngày 18/5/2017", "Không"),
        ("58/KH-UBND, ngày 20/4/2017", "Có"),
        ("Chưa có", None),
    ),
    "231": (
        ("Kế hoạch số 47/KH-UBND ngày 10/4/2017", "Không"),
        ("không có", "Không"),
        ("Không có", None),
        ("49/KH-UBND ngày 17/4/2017", "KHÔNG"),
        ("không có", "Không"),
    ),
    "232": (
        ("Chưa ban hành", "không"),
        ("QĐ 215/QĐ-UBND ngày 12/5/2017", "có"),
        (None, None),
        ("33/KH-LĐTBXH ngày 09/6/2017", "Có"),
        ("Chưa ban hành", "Không"),
    ),
    "233": (
        ("Không", "Không"),
        ("Không", "Không"),
        ("Không", "Không"),
        ("Chưa có", "Có"),  # done without a document: does not count
        ("Không", "Không"),
    ),
    "234": (
        ("Kế hoạch số 29/KH-UBND ngày 24/4/2017", "Không"),
        ("Chưa có", None),
        ("Chưa có", "Không"),
        ("Chưa có", "Không"),
        ("-", "Không"),
    ),
    "235": (
        ("Chưa ban hành", "Không"),
        (0, "Không"),
        ("-", "Không"),
        ("không", "Không"),
        ("KHÔNG CÓ", None),
    ),
    "236": (
        (None, "Không"),
        ("Chưa có", "Không"),
        ("Chưa có", "Không"),
        ("Chưa có", "Không"),
        ("Số: 44/KH-UBND, ngày 25/5/2017", "Không"),
    ),
    "237": (
        ("35/KH-UBND ngày 30/3/2017", "Có"),
        ("36/KH-UBND ngày 30/3/2017", "Có"),
        ("37/KH-UBND ngày 30/3/2017", "Có"),
        ("41/KH-UBND ngày 13/4/2017", "Có"),
        ("42/KH-UBND ngày 13/4/2017", "CÓ"),
        ("55/KH-UBND ngày 02/6/2017", "Có"),
    ),
    "238": (
        ("Kế hoạch số 60/KH-UBND ngày 19/4/2017", "Có"),
        ("Chưa có", "Không"),
        ("Chưa có", "Không"),
        ("đang trình ký", "Có"),  # perhaps a second one, which this rule does not need
        ("Chưa có", "Không"),
    ),
    "239": (
        ("Chưa có", "Không"),
        ("Chưa có", "Không"),
        ("Chưa có", None),
        ("không có", "Không"),
        ("Chưa có", "Không"),
    ),
}
CONTENT = (
    "Lồng ghép nội dung phòng ngừa vào hội nghị, lớp học",
    "Tuyên truyền tại các buổi sinh hoạt của chương trình",
    "Tư vấn, giới thiệu việc làm",
    "Cấp phát tài liệu tại các lớp tập huấn",
)

# ---- 3. harm reduction ----------------------------------------------------------------------------------------------

# The limbs with any activity: HIV (3.1) and gender-based violence (3.2). 234 and 240 send nothing on it.
HIV, VIOLENCE = "3.1", "3.2"
LIMBS = {
    "227": (HIV, VIOLENCE),
    "228": (HIV,),
    "230": (HIV,),
    "231": (),
    "232": (VIOLENCE,),
    "233": (),
    "235": (VIOLENCE,),
    "236": (HIV,),
    "237": (HIV, VIOLENCE),
    "238": (),  # and one cell blank: see CELLS
    "239": (),
}
# Persons reached by one activity of each sort: few where people seek help for themselves.
REACHED = {
    "3.1.1": (4, 15),
    "3.1.2": (1, 4),
    "3.1.3": (3, 12),
    "3.1.4": (1, 2),
    "3.2.1": (20, 60),
    "3.2.2": (1, 2),
    "3.2.3": (1, 1),
}

# ---- 4. support model -----------------------------------------------------------------------------------------------

# reporter: its one line. The first model stands in two returns, differently spelt, and is one model; that of 233 is
# doubtful (nobody said whether it operates); that of 228 is of type 2. All the others have none.
MODELS: dict[str, dict[str, Typed]] = {
    "227": {
        "name": "Mô hình Đồng hành tại cộng đồng",
        "type": "1",
        "commune": "07900",
        "start": date(2016, 6, 1),
        "operating": "Có",
        "persons": 18,
        "services": "Tư vấn, giới thiệu dịch vụ y tế, hỗ trợ học nghề",
    },
    "25": {
        "name": "mô hình ĐỒNG HÀNH  tại cộng đồng",
        "type": 1,
        "start": "01/6/2016",
        "operating": "có",
        "persons": 18,
        "services": "Tư vấn, giới thiệu dịch vụ",
        "note": "Thành phố Việt Trì thực hiện",
    },
    "228": {
        "name": "Mô hình bảo đảm quyền của người lao động trong cơ sở dịch vụ",
        "type": 2,
        "start": date(2017, 3, 20),
        "operating": "Có",
        "persons": 26,
        "services": "Tư vấn pháp luật, khám sức khỏe định kỳ",
    },
    "233": {
        "name": "Nhóm hỗ trợ hòa nhập cộng đồng",
        "type": "1",
        "start": "15/9/2017",
        "operating": None,
        "persons": 3,
        "services": "Tư vấn tâm lý",
        "note": "Đang củng cố hoạt động",
    },
}

# ---- 5. media -------------------------------------------------------------------------------------------------------

SILENT_MONTH = 2  # no outlet had anything: 11 of 12 months
PORTAL_ONLY_MONTH = 7  # only the portal, which is not the press proper

# ---- 6. enforcement -------------------------------------------------------------------------------------------------

# reporter: for each quarter the cases (administrative, criminal, pending); those detected are their sum. Exactly one
# case is pending (231, quarter IV); 239 had nothing to handle.
NIL, ONE, TWO, THREE = (0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0)
CASES = {
    "227": (THREE, (2, 1, 0), THREE, TWO),
    "228": (ONE, NIL, ONE, ONE),
    "230": (ONE, TWO, (0, 1, 0), ONE),
    "231": (ONE, NIL, ONE, (1, 0, 1)),
    "232": (NIL, ONE, ONE, NIL),
    "233": (ONE, ONE, NIL, ONE),
    "234": (NIL, ONE, NIL, NIL),
    "235": (ONE, ONE, (1, 1, 0), NIL),
    "236": (NIL, ONE, ONE, (1, 1, 0)),
    "237": (ONE, NIL, TWO, ONE),
    "238": (NIL, ONE, NIL, ONE),
    "239": (NIL, NIL, NIL, NIL),
    "25": ((1, 1, 0), TWO, (1, 1, 0), TWO),
}

# ---- single cells, written last ------------------------------------------------------------------------------------

# (reporter, objective, code of the row, column): as typed. Figures typed as text keep their value.
CELLS: dict[tuple[str, str, str, str], Typed] = {
    ("227", "enforcement", "6.4", "q1"): "03",
    ("227", "enforcement", "6.11", "q2"): "7,5",
    ("228", "integration", "2.5", "budget"): None,
    ("230", "enforcement", "6.1", "q3"): 21,
    ("230", "enforcement", "6.1", "note"): "gồm 8 + 8 + 5",
    ("230", "enforcement", "6.5", "note"): "Đã chuyển hồ sơ theo quy định",
    ("230", "harm_reduction", "3.1.1", "note"): "Phối hợp với Trung tâm Y tế huyện",
    ("231", "harm_reduction", "3.1.4", "persons"): None,
    ("231", "enforcement", "6.6", "note"): "Đang củng cố hồ sơ, chưa có kết luận",
    ("232", "integration", "2.3", "note"): "Chờ hướng dẫn của cấp trên",
    ("233", "enforcement", "6.4", "q1"): " 1 ",
    ("235", "enforcement", "6.1", "q4"): None,
    ("236", "enforcement", "6.3", "note"): "Số liệu tính đến ngày 30/11/2017",
    ("237", "communication", "08530", "attendance"): None,
    (
        "238",
        "harm_reduction",
        "3.2.2",
        "q3",
    ): None,  # one blank: the district may have done something
    ("239", "enforcement", "6.3", "note"): "Trong năm không phát sinh vụ việc",
    ("25", "media", "5.3", "m5"): None,
    ("25", "media", "5.2", "m9"): "04",
    ("25", "media", "5.2", "note"): "Gồm cả phóng sự và bản tin",
    ("25", "enforcement", "6.1", "note"): "Đội kiểm tra liên ngành của tỉnh",
}


# ---- writing --------------------------------------------------------------------------------------------------------


class Page:
    """One sheet of a return: cells by the code of their row and the key of their column."""

    def __init__(self, sheet: Worksheet, form: Form, layout: Sheet) -> None:
        """Keep where the columns are; rows are found by what stands in them."""
        self.sheet, self.layout, self.first = sheet, layout, form.first_row
        self.columns = {column.key: number for number, column in enumerate(layout.columns, 1)}
        self.key = next(column.key for column in layout.columns if column.kind in ("key", "label"))

    def row(self, code: str) -> int:
        """The first row with that code."""
        rows = range(self.first, self.sheet.max_row + 1)
        return next(
            row for row in rows if self.sheet.cell(row, self.columns[self.key]).value == code
        )

    def free_row(self) -> int:
        """The first spare row: after the last one with a code."""
        rows = range(self.first, self.sheet.max_row + 1)
        return 1 + max(row for row in rows if self.sheet.cell(row, self.columns[self.key]).value)

    def put(self, row: int, values: Mapping[str, Typed]) -> None:
        """Write cells of one row; an empty text leaves the cell empty."""
        for key, value in values.items():
            self.sheet.cell(row, self.columns[key]).value = None if value == "" else value

    def insert_below(self, row: int) -> int:
        """Insert a row with the look of `row` below it."""
        self.sheet.insert_rows(row + 1)
        for number in self.columns.values():
            self.sheet.cell(row + 1, number)._style = copy(self.sheet.cell(row, number)._style)
        return row + 1


def communication(page: Page, district: str, plan: Plan, rng: Random) -> None:
    """Fill the rows of communes: those planted as they stand in ROWS, the others at random to reach MAINTAINING."""
    communes = [*plan.communes(district).index]
    others = [code for code in communes if code not in ROWS]
    planted = sum(ROWS[code].stands == "yes" for code in communes if code in ROWS)
    drawn = rng.sample(others, MAINTAINING[district] - planted)
    for code in communes:
        row = ROWS.get(code) or random_row(rng, code in drawn, early=district == "236")
        page.put(page.row(code), _cells(row))
    for code, below, second in (found for found in SECOND_ROWS if found[0] in communes):
        unit = plan.register.loc[code]
        at = page.insert_below(page.row(code)) if below else page.free_row()
        page.put(
            at, {"unit": code, "unit_name": unit["name"], "unit_type": unit.type, **_cells(second)}
        )
    for code in set(communes) & NAMES.keys():
        page.put(page.row(code), {"unit_name": NAMES[code]})
    if MERGED_ROW in communes:
        row, first = page.row(MERGED_ROW), page.columns["q1"]
        page.sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=first + 3)
    for code in set(communes) & set(REMOVED_ROWS):
        page.sheet.delete_rows(page.row(code))


def _cells(row: Row) -> dict[str, Typed]:
    quarters = {f"q{number}": value for number, value in enumerate(row.quarters, 1)}
    return {"form": row.form, **quarters, "attendance": row.attendance, "note": row.note}


def random_row(rng: Random, maintains: bool, early: bool) -> Row:
    """A commune that surely maintains communication, or surely does not, also if quarter IV was not over (early)."""
    active = (
        rng.choice((3, 4, 4)) if maintains else rng.choice((0, 1, 1) if early else (0, 1, 2, 2))
    )
    quarters = set(rng.sample(range(4), active))
    sessions = [rng.randint(1, 6) if quarter in quarters else 0 for quarter in range(4)]
    attendance = sum(rng.randint(30, 150) for _ in range(sum(sessions)))
    form = rng.choice((TALK, TALK, LOUDSPEAKER, LEAFLET, SHOW))
    return Row(
        "yes" if maintains else "no",
        (sessions[0], sessions[1], sessions[2], sessions[3]),
        attendance,
        form,
    )


def integration(page: Page, district: str, plan: Plan, rng: Random) -> None:
    """Fill the programmes from INTEGRATION; money and words at random."""
    for item, (document, carried_out) in zip(
        page.layout.items, INTEGRATION[district], strict=False
    ):
        done = str(carried_out).casefold() == "có"
        values: dict[str, Typed] = {"document": document, "carried_out": carried_out}
        if document is not None or carried_out is not None:
            values |= {
                "content": rng.choice(CONTENT) if done else None,
                "budget": rng.randint(5, 40) if done else 0,
            }
        page.put(page.row(item.code), values)


def harm_reduction(page: Page, district: str, plan: Plan, rng: Random) -> None:
    """Fill the activities of the limbs in LIMBS at random, zeros elsewhere."""
    for item in page.layout.items:
        active = item.code[:3] in LIMBS[district]
        usual = (0, 0, 1, 1) if REACHED[item.code][1] < 5 else (0, 1, 1, 2, 3)
        counts = [rng.choice(usual) if active else 0 for _ in range(4)]
        if active and item.code.endswith(".1"):
            counts[1] = rng.randint(1, 4)  # at least one activity in each limb
        persons = sum(rng.randint(*REACHED[item.code]) for _ in range(sum(counts)))
        page.put(
            page.row(item.code),
            {f"q{n}": count for n, count in enumerate(counts, 1)} | {"persons": persons},
        )


def support_model(page: Page, reporter: str, plan: Plan, rng: Random) -> None:
    """Fill the line of MODELS, or the statement that there is none."""
    page.put(page.first, MODELS.get(reporter, {"name": page.layout.none_statement}))


def media(page: Page, province: str, plan: Plan, rng: Random) -> None:
    """Fill the months of the provincial outlets; the optional row is left as it is."""
    for item in (item for item in page.layout.items if not item.optional):
        for month in range(1, 13):
            quiet = month == SILENT_MONTH or (month == PORTAL_ONLY_MONTH and item.code != "5.3")
            page.put(page.row(item.code), {f"m{month}": 0 if quiet else rng.randint(1, 5)})


def enforcement(page: Page, reporter: str, plan: Plan, rng: Random) -> None:
    """Fill the cases from CASES, with persons and fines that agree with them."""
    for number, (administrative, criminal, pending) in enumerate(CASES[reporter], 1):
        cases = administrative + criminal + pending
        selling = sum(rng.choice((1, 1, 2)) for _ in range(cases))
        buying = sum(rng.choice((1, 1, 2)) for _ in range(cases))
        fines = sum(rng.choice((0.75, 1.5, 2.5, 5)) for _ in range(administrative))
        premises = rng.randint(0, 2) if cases else 0
        counts = [rng.randint(4, 15), premises, cases, administrative, criminal, pending]
        counts += [selling + buying + criminal, selling, buying, criminal]
        for row, value in enumerate([*counts, fines], 1):
            page.put(page.row(f"6.{row}"), {f"q{number}": value})


FILLERS = {
    "communication": communication,
    "integration": integration,
    "harm_reduction": harm_reduction,
    "support_model": support_model,
    "media": media,
    "enforcement": enforcement,
}


def particulars(workbook: Workbook, reporter: str, plan: Plan) -> None:
    """Fill the first sheet: dates, office, and the mark that the figures are made up."""
    info = plan.form.info
    sheet = workbook[info.sheet]
    labels = {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1)}
    body = "Sở" if reporter == plan.province else "Phòng"
    cutoff, sent = DATES[reporter]
    office = f"{body} Lao động - Thương binh và Xã hội {plan.register.inline_name[reporter]}"
    for key, value in (
        ("cutoff", cutoff),
        ("sent", sent),
        ("office", office),
        ("illustrative", plan.form.yes_word),
    ):
        sheet.cell(labels[info.labels[key]], 2).value = value


def filled_return(plan: Plan, reporter: str) -> bytes:
    """The workbook of one reporter."""
    rng = Random(
        f"{SEED} {reporter}"
    )  # each its own, so that a change to one leaves the others alone
    workbook = load_workbook(io.BytesIO(blank_return(plan, reporter)))
    particulars(workbook, reporter, plan)
    for layout in plan.sheets_of(reporter):
        page = Page(workbook[layout.name], plan.form, layout)
        if (reporter, layout.objective) != UNTOUCHED:
            FILLERS[layout.objective](page, reporter, plan, rng)
        for (code, objective, row, column), value in CELLS.items():
            if (code, objective) == (reporter, layout.objective):
                page.put(page.row(row), {column: value})
        for code in NUMERIC_CODES if layout.rows == "communes" else ():
            if plan.register.parent[code] == reporter:
                page.put(page.row(code), {"unit": int(code)})
    workbook.properties.created = workbook.properties.modified = datetime(2017, 1, 1)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return sorted_zip(buffer.getvalue(), {"docProps/core.xml": _undated})


def _undated(part: bytes) -> bytes:
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2017-01-01T00:00:00Z", part)


def write_returns(folder: Path) -> list[Path]:
    """Write every return into `folder`; a file that is there is replaced."""
    plan = load_plan(PLAN)
    written = []
    for reporter, name in plan.reporters.folder.drop(MISSING).items():
        written.append(folder / f"{name}.xlsx")
        write_atomic(written[-1], filled_return(plan, reporter))
    return written


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else paths.returns_folder(PLAN)
    print(f"{len(write_returns(target))} workbooks in {target}")
