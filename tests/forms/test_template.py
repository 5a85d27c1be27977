"""The blank returns: what design section 5 fixes, written out here by hand, and the sheet that
checks the others.
"""

from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from libreoffice import converted
from made import COM, ENF, FORMS, HARM, INFO, INT, MEDIA, MODEL, blank, good, opened
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval.forms.blank_form import blank_return
from pcmd_eval.forms.marked_copy import marked_copies
from pcmd_eval.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan

CODES = (
    "227",
    "228",
    "230",
    "231",
    "232",
    "233",
    "234",
    "235",
    "236",
    "237",
    "238",
    "239",
    "240",
    "25",
)
COMMUNES = dict(zip(CODES, (23, 10, 28, 33, 27, 19, 17, 31, 20, 14, 23, 15, 17, 0), strict=True))
Q = "Quý I|Quý II|Quý III|Quý IV"
HEADERS = {
    COM: f"Mã xã|Tên xã|Loại|Hình thức|{Q}|Lượt người|Ghi chú",
    INT: "Mã|Chương trình|Số, ngày văn bản|Đã thực hiện|Nội dung đã thực hiện|Kinh phí (triệu "
    "đồng)|Ghi chú",
    HARM: f"Mã|Hoạt động|{Q}|Số người được tiếp cận|Ghi chú",
    MODEL: "TT|Tên mô hình|Loại mô hình (1/2/3)|Mã xã|Ngày bắt đầu|Đang hoạt động|Số người được "
    "hỗ trợ|Dịch vụ|Ghi chú",
    MEDIA: f"Mã|Cơ quan|{'|'.join(f'Tháng {month}' for month in range(1, 13))}|Ghi chú",
    ENF: f"Mã|Nội dung|Đơn vị tính|{Q}|Ghi chú",
}
ROWS = {
    INT: [f"2.{n}" for n in range(1, 7)],
    HARM: ["3.1.1", "3.1.2", "3.1.3", "3.1.4", "3.2.1", "3.2.2", "3.2.3"],
    MODEL: [*range(1, 11)],
    MEDIA: ["5.1", "5.2", "5.3", "5.4"],
    ENF: [f"6.{n}" for n in range(1, 12)],
}
SHUT = {
    COM: "ABC",
    INT: "AB",
    HARM: "AB",
    MODEL: "A",
    MEDIA: "AB",
    ENF: "ABC",
}  # the columns that the form fills in
KINDS = {
    COM: {"D": "list", **dict.fromkeys("EFGHI", "whole")},
    INT: {"D": "list", "F": "decimal"},
    HARM: dict.fromkeys("CDEFG", "whole"),
    MODEL: {"C": "list", "E": "date", "F": "list", "G": "whole"},
    MEDIA: dict.fromkeys("CDEFGHIJKLMN", "whole"),
    ENF: dict.fromkeys("DEFG", "whole"),
}
SHEETS = {
    code: (MODEL, MEDIA, ENF) if code == "25" else (COM, INT, HARM, MODEL, ENF) for code in CODES
}
LABELS = (
    "Phiên bản biểu mẫu|Kế hoạch|Năm|Mã đơn vị|"
    "Tên đơn vị|Ngày chốt số liệu|Ngày gửi|Đơn vị lập biểu|Số liệu minh họa"
)
BLANK, KIND, READY = (
    "Số ô còn trống",
    "Số ô ghi không đúng kiểu (chữ thay cho số, …)",
    "Sẵn sàng gửi",
)
NOTE = (COM, "Có cuộc tổ chức thì phải có lượt người")  # needs no mending


@cache
def book(code: str) -> Workbook:
    """The blank return, opened; the tests only look at it."""
    return load_workbook(BytesIO(blank(code)))


def kinds(page: Worksheet, place: str) -> list[str]:
    """The checks on a cell that refuse or propose anything."""
    return [
        check.type
        for check in page.data_validations.dataValidation
        if place in check.sqref and check.type
    ]


# ---- what is in it -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_sheets_and_particulars(code: str, plan: Plan) -> None:
    """The sheets of this reporter in order; the particulars filled in but for the days, the office
    and the mark.
    """
    assert book(code).sheetnames == ["Kiểm tra", INFO, *SHEETS[code]]
    rows = [*book(code)[INFO].iter_rows(min_row=5, max_row=13, max_col=2)]
    assert "|".join(str(label.value) for label, _ in rows) == LABELS
    given = [1, "884/KH-UBND", 2017, code, plan.register.full_name[code]]
    assert [cell.value for _, cell in rows] == [*given, *[None] * 4]
    assert [not cell.protection.locked for _, cell in rows] == [*[False] * 5, *[True] * 4]
    assert kinds(book(code)[INFO], "B10") == kinds(book(code)[INFO], "B11") == ["date"]
    days = [c for c in book(code)[INFO].data_validations.dataValidation if c.type == "date"]
    from_1950 = ("greaterThanOrEqual", "18264")  # as the reader has it: 1/1/1950, in Excel's days
    assert {(check.operator, check.formula1) for check in days} == {from_1950}


@pytest.mark.parametrize(
    ("code", "name"), [(code, name) for code in ("228", "230", "25") for name in SHEETS[code]]
)
def test_headers_rows_locks_and_checks(code: str, name: str, plan: Plan) -> None:
    """Header on row 4, data from row 5, each commune or code once and in order; only what people
    fill in is open.
    """
    page, communes = book(code)[name], plan.communes(code)
    rows = ROWS.get(name, [*communes.index])
    last = (
        4 + len(rows) + (30 if name == COM else 0)
    )  # rows for further forms of a commune, open in every column
    assert "|".join(cell.value for cell in page[4]) == HEADERS[name] and page.max_row == last
    assert [page.cell(row, 1).value for row in range(5, 5 + len(rows))] == rows
    assert name != COM or [page.cell(row, 2).value for row in range(5, 5 + len(rows))] == [
        *communes.name
    ]
    assert name != COM or len(rows) == COMMUNES[code]
    assert page.protection.sheet and not page.protection.password
    assert (page.protection.insertRows, page.protection.deleteRows) == (
        False,
        True,
    )  # False: not forbidden
    for cell in (cell for row in page.iter_rows(min_row=5) for cell in row):
        given = cell.row < 5 + len(rows) and cell.column_letter in SHUT[name]
        assert cell.protection.locked is given, cell.coordinate
        kind = KINDS[name].get(cell.column_letter)
        kind = "decimal" if name == ENF and cell.row == 15 and kind else kind  # 6.11: money
        assert (
            given or cell.column == 1 or kinds(page, cell.coordinate) == ([kind] if kind else [])
        ), cell.coordinate
    for check in page.data_validations.dataValidation:
        assert check.type not in ("whole", "decimal") or (check.operator, check.formula1) == (
            "greaterThanOrEqual",
            "0",
        )
        assert (
            check.type != "list"
            or "$" in check.formula1
            or check.formula1 in ('"Có,Không"', '"1,2,3"')
        )


def test_a_drop_down_offers_the_forms_of_communication() -> None:
    """Six words that themselves hold commas, so that they stand in a range."""
    check = next(c for c in book("228")[COM].data_validations.dataValidation if "D5" in c.sqref)
    title, _, area = check.formula1.partition("!")
    assert (
        tuple(row[0].value for row in book("228")[title.strip("'")][area.replace("$", "")]) == FORMS
    )


def test_the_same_input_gives_the_same_bytes(plan: Plan) -> None:
    """No time of its own in the file, so that a changed byte is a changed form."""
    assert blank_return(plan, "228") == blank("228")
    assert book("228").properties.creator == book("228").properties.lastModifiedBy == "pcmd-eval"


def test_blank_returns_read_back_as_blank(tmp_path: Path, plan: Plan) -> None:
    """Every cell of the fourteen is there and blank, and all are `empty`: the sheet of checks is
    passed over.

    Expected cells, by hand: a district has (4 quarters + attendance) for each commune, 5 programmes
    x 3, 7 activities x 5, 1 statement on models and 11 rows x 4; the province 1 + 3 outlets x 12 +
    44. The optional rows do not count.
    """
    for code in CODES:
        (tmp_path / f"{code}.xlsx").write_bytes(blank(code))
    intake = read_returns(plan, tmp_path)
    assert {*intake.cells.state} == {"blank"} and intake.cells["cell"].notna().all()
    expected = {code: 5 * n + 5 * 3 + 7 * 5 + 1 + 11 * 4 for code, n in COMMUNES.items()} | {
        "25": 1 + 3 * 12 + 44
    }
    assert intake.returns.set_index("reporter").expected.to_dict() == expected
    assert {*intake.returns.state} == {"empty"}
    assert {*intake.faults.rule} == {"cutoff-date", "sent-date"}


def test_another_plan_has_its_own_sheets(tmp_path: Path) -> None:
    """A plan of two objectives: the form has their sheets only, and reads back without a
    disagreement.
    """
    plan = load_plan("binh_thuan_2017")
    (tmp_path / "a.xlsx").write_bytes(blank_return(plan, plan.districts.index[0]))
    assert load_workbook(tmp_path / "a.xlsx").sheetnames == ["Kiểm tra", INFO, COM, INT]
    assert {*read_returns(plan, tmp_path).faults.rule} == {"cutoff-date", "sent-date"}


# ---- the sheet that checks the others ------------------------------------------------------------

Q5 = ("E5", "F5", "G5", "H5", "I5")
EDITS: dict[str, tuple[dict[str, dict[str, object]], dict[tuple[str, str], object]]] = {
    "sound": ({}, {}),
    "nothing": (
        {COM: {f"{c}{r}": None for c, r in product("EFGHI", range(5, 15))}, MODEL: {"B5": " "}},
        {(COM, BLANK): 50, (MODEL, BLANK): 1},
    ),
    "blanks and spaces": (
        {ENF: {"E6": " ", "E7": None}, INT: {"C5": " "}},
        {(ENF, BLANK): 2, (INT, BLANK): 1},
    ),
    "wrong kinds": (
        {
            HARM: {"C5": "khoảng 3", "D5": -1, "E5": 1.5, "F5": "=1/0"},
            INT: {"D5": "đã làm", "C6": "=1/0"},
        },
        {(HARM, KIND): 4, (INT, KIND): 2},
    ),
    "cases": (
        {ENF: {"E7": 5, "F7": 5}},
        {
            (
                ENF,
                "Đã xử lý và đang xử lý cộng lại bằng số vụ phát hiện",
            ): "Xem ô E7 và 1 ô khác tô đỏ"
        },
    ),
    "persons": (
        {ENF: {"G12": 7}},
        {(ENF, "Số người từng loại cộng lại bằng tổng số người"): "Xem ô G11"}
        | {(ENF, "Số người bán dâm không hơn tổng số người"): "Xem ô G11"},
    ),
    "no document": (
        {INT: {"D7": "Có", "D9": "CÓ "}},
        {(INT, "Đã thực hiện thì phải có văn bản"): "Xem ô D7 và 1 ô khác tô đỏ"},
    ),
    "no session": (
        {COM: dict.fromkeys(("E9", "F9", "G9", "H9"), 0)},
        {(COM, "Có lượt người thì phải có cuộc tổ chức"): "Xem ô I9"},
    ),
    "nobody came": (
        {COM: {"D6": "Văn nghệ,  phim", "I6": 0, "D7": FORMS[1], "I7": 0}},
        {NOTE: "Lưu ý ô I6"},
    ),
    "growing": (
        {HARM: {f"{c}{row}": n for row in range(5, 12) for n, c in enumerate("CDEF")}},
        {(HARM, "Số liệu quý không cộng dồn"): "Xem các cột Quý I đến Quý IV: không dòng nào giảm"},
    ),
    "two rows, one blank": (
        {
            COM: dict.fromkeys(Q5)
            | {
                "A15": "07939",
                "B15": "Trường Thịnh",
                "E15": 1,
                "F15": 0,
                "G15": 0,
                "H15": 0,
                "I15": 5,
            }
        },
        {},
    ),
    "an optional row": ({INT: {"E10": "Tập huấn"}}, {(INT, BLANK): 3}),
    "half a model": ({MODEL: {"B5": "Tổ tư vấn", "C5": 1}}, {(MODEL, BLANK): 3}),
}


# What clerks write, each into a sound return.
FILLINGS: dict[str, dict[str, dict[str, object]]] = {
    "sound": {},
    "draft": {INT: {"C6": "đang soạn thảo"}},
    "draft2": {INT: {"C5": "Dự thảo 45/KH-UBND ngày 12/4/2017"}},
    "denied": {INT: {"C5": "Chưa ban hành; thực hiện theo 884/KH-UBND ngày 14/3/2017"}},
    "plan": {INT: {"C5": "884/KH-UBND ngày 14/3/2017"}},
    "refers": {
        INT: {"C5": "45/KH-UBND ngày 12/4/2017 thực hiện Kế hoạch 884/KH-UBND ngày 14/3/2017"}
    },
    "above": {INT: {"C5": "Kế hoạch số 99/KH-UBND ngày 12/4/2017 của UBND tỉnh"}},
    "spelt": {INT: {"C5": "Kế hoạch số 45/KH-UBND ngày 12 tháng 4 năm 2017"}},
    "thuy": {INT: {"C5": "Kế hoạch số 45/KH-UBND ngày 12/4/2017 của UBND huyện Thanh Thủy"}},
    "no day": {INT: {"C5": "45/KH-UBND"}},
    "none word": {INT: {"C6": "Không có", "C7": "chưa ban hành"}},
    "start": {MODEL: {"B5": "Tổ tư vấn", "C5": 1, "E5": "cuối năm", "F5": "Có", "G5": 4}},
    "start day": {MODEL: {"B5": "Tổ tư vấn", "C5": 1, "E5": date(2016, 5, 1), "F5": "Có", "G5": 4}},
    "start text": {MODEL: {"B5": "Tổ tư vấn", "C5": 1, "E5": "12/5/2016", "F5": "Có", "G5": 4}},
    "start ahead": {
        MODEL: {"B5": "Tổ tư vấn", "C5": 1, "E5": date(2026, 5, 1), "F5": "Có", "G5": 4}
    },
    "type": {MODEL: {"B5": "Tổ tư vấn", "C5": 4, "E5": date(2016, 5, 1), "F5": "Có", "G5": 4}},
    "huge": {ENF: {"D5": 10**13}},
    "phone": {HARM: {"G5": 912345678}},
    "dong": {INT: {"F5": 25_000_000}},
    "fine": {ENF: {"D15": 1_500_000}},
    "total": {COM: {"B15": "Tổng cộng", "E15": 40, "F15": 30, "G15": 30, "H15": 20, "I15": 3000}},
    "total below": {
        COM: {"A46": "Tổng cộng", "E46": 40, "F46": 30, "G46": 30, "H46": 20, "I46": 3000}
    },
    "stray": {COM: {"E16": 4, "F16": 3, "G16": 3, "H16": 2, "I16": 300}},
    "stray harm": {
        HARM: {"A13": "3.9", "B13": "Việc khác", "C13": 1, "D13": 1, "E13": 1, "F13": 1, "G13": 1}
    },
    "signature": {COM: {"B17": "Người lập biểu", "H17": "Thủ trưởng đơn vị"}},
    "digits": {COM: {"E5": "12"}},
    "words": {COM: {"E5": "khoảng 3"}},
    "negative": {ENF: {"E6": -1}},
    "half": {HARM: {"C5": 2.5}},
    "true": {HARM: {"C5": True}},
    "answer": {INT: {"D5": "đang làm"}},
    "sent words": {INFO: {"B11": "cuối tháng 12"}},
    "sent text": {INFO: {"B11": "18/12/2017"}},
    "added": {
        COM: {"A15": "07939", "D15": FORMS[1], "E15": 1, "F15": 0, "G15": 2, "H15": 0, "I15": 5}
    },
    "lost zero": {COM: {"A15": 7939, "E15": 1, "F15": 0, "G15": 2, "H15": 0, "I15": 5}},
    "point": {COM: {"I5": " 1.115 "}},
    "point of a number": {COM: {"I5": 1.115}},
    "no thousand": {COM: {"I5": "0.115"}},
    "cases": {ENF: {"E7": 5}},
    "no document": {INT: {"D7": "Có"}},
}


@pytest.mark.slow
def test_ready_to_send_is_what_nobody_asks_about(tmp_path: Path, plan: Plan) -> None:
    """Recalculated by LibreOffice, the sheet says `Sẵn sàng gửi` just where the reader has nothing
    to ask.
    """
    for name, filling in FILLINGS.items():
        pages = opened(good())
        for sheet, cells in filling.items():
            for place, value in cells.items():
                pages[sheet][place] = value
        pages.save(tmp_path / f"{name}.xlsx")
    (tmp_path / "untouched.xlsx").write_bytes(blank("228"))
    for copy in converted(sorted(tmp_path.glob("*.xlsx")), tmp_path / "out"):
        (own := tmp_path / copy.stem).mkdir()
        file = copy.rename(own / copy.name)
        intake = read_returns(plan, own)
        asked = intake.faults[intake.faults.severity != "note"]
        sound = asked.empty and not (intake.cells.state == "blank").any()
        with closing(load_workbook(file, data_only=True, read_only=True)) as pages:
            said, name = pages["Kiểm tra"]["A4"].value, pages[COM]["B15"].value
        assert (said == READY) == sound, (copy.stem, said, asked.to_string())
        assert (said == "Chưa điền") == (copy.stem == "untouched")
        assert copy.stem != "added" or name == "Trường Thịnh"


# The rules that a row breaks which does not say whose it is.
WHOSE = ("foreign-unit", "unknown-code", "code-name")


@pytest.mark.slow
def test_the_sheet_and_the_reader_say_the_same(tmp_path: Path, plan: Plan, shipped: Intake) -> None:
    """Recalculated by LibreOffice: of edits only the lines named; blanks and comparisons as the
    reader has them.

    Also for the shipped returns, which have no such sheet, in our own form.
    """
    note = shipped.faults.iloc[[0]].assign(rule="merged", sheet="", cell="")
    sent = shipped.returns.dropna(subset="file")
    notes = pd.concat(
        note.assign(reporter=row.reporter, file=row.file) for row in sent.itertuples()
    )
    copies = marked_copies(plan, replace(shipped, faults=notes))
    for name, content in copies.items():
        (tmp_path / name).write_bytes(content)
    for name, (edit, _) in EDITS.items():
        pages = opened(good())
        for sheet, cells in edit.items():
            for place, value in cells.items():
                pages[sheet][place] = value
        pages.save(tmp_path / f"{name}.xlsx")
    titles = {check.title: check.id for check in plan.form.checks}
    stray = plan.form.counted["strays"].title
    made = converted(sorted(tmp_path.glob("*.xlsx")), tmp_path / "out")
    assert len(made) == len(copies) + len(EDITS) == 26
    for copy in made:
        (own := tmp_path / copy.stem).mkdir()
        file = copy.rename(own / copy.name)
        intake = read_returns(plan, own)
        with closing(load_workbook(file, data_only=True, read_only=True)) as pages:
            (ready, *_), *rows = pages["Kiểm tra"].iter_rows(4, max_col=3, values_only=True)
        said = {(sheet, title): result for sheet, title, result in rows[3:] if sheet}
        wrong = {
            line: result
            for line, result in said.items()
            if result not in (0, "đúng", "chưa có số liệu")
        }
        assert file.name in copies or wrong == EDITS[file.stem][1], file.stem
        open_ = len({*wrong} - {NOTE})
        assert ready == (f"Còn {open_} điểm cần sửa" if open_ else READY), file.stem
        blanks = intake.cells[intake.cells.state == "blank"].sheet.value_counts()
        broken = {(fault.sheet, fault.rule) for fault in intake.faults.itertuples()}
        for (sheet, title), result in said.items():
            assert title != BLANK or result == blanks.get(sheet, 0), (file.name, sheet)
            if title == stray and file.name in copies:  # rows of one's own may stand between ours
                assert bool(result) == bool(broken & {(sheet, rule) for rule in WHOSE}), file.name
            where = (sheet, titles.get(title, ""))
            assert title not in titles or str(result).startswith(("Xem", "Lưu ý")) == (
                where in broken
            ), (
                file.name,
                title,
            )


def test_formulas_hold_what_excel_allows() -> None:
    """Not too long; in conditional formats no constants of several words and no other sheet;
    something turns red.
    """
    for code in ("231", "25"):
        checks = [row[2].value for row in book(code)["Kiểm tra"].iter_rows(min_row=8)]
        assert all(len(formula.text) < 8000 for formula in checks)
        for name in SHEETS[code]:
            rules = [
                rule.formula[0]
                for area in book(code)[name].conditional_formatting
                for rule in area.rules
            ]
            assert rules and not any(
                "{" in rule or "!" in rule or len(rule) > 8000 for rule in rules
            )
