"""The blank returns: what design section 5 fixes, written out here by hand, and what a clerk can and cannot do."""

from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval import paths
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.intake.template import blank_return
from pcmd_eval.observations import ReturnState, State
from pcmd_eval.project import Project, open_project
from pcmd_eval.units import load_register

CODES = ("227", "228", "230", "231", "232", "233", "234", "235", "236", "237", "238", "239", "240", "25")
COMMUNES = dict(zip(CODES, (23, 10, 28, 33, 27, 19, 17, 31, 20, 14, 23, 15, 17, 0), strict=True))
Q = ("Quý I", "Quý II", "Quý III", "Quý IV")
HEADERS = {
    "1 Tuyên truyền": ("Mã xã", "Tên xã", "Loại", "Hình thức", *Q, "Lượt người", "Ghi chú"),
    "2 Lồng ghép": (
        *("Mã", "Chương trình", "Số, ngày văn bản", "Đã thực hiện", "Nội dung đã thực hiện"),
        *("Kinh phí (triệu đồng)", "Ghi chú"),
    ),
    "3 Can thiệp": ("Mã", "Hoạt động", *Q, "Số người được tiếp cận", "Ghi chú"),
    "4 Mô hình": (
        *("TT", "Tên mô hình", "Loại mô hình (1/2/3)", "Mã xã", "Ngày bắt đầu", "Đang hoạt động"),
        *("Số người được hỗ trợ", "Dịch vụ", "Ghi chú"),
    ),
    "5 Tin bài": ("Mã", "Cơ quan", *(f"Tháng {month}" for month in range(1, 13)), "Ghi chú"),
    "6 Xử lý": ("Mã", "Nội dung", "Đơn vị tính", *Q, "Ghi chú"),
}
ITEMS = {
    "2 Lồng ghép": ("2.1", "2.2", "2.3", "2.4", "2.5", "2.6"),
    "3 Can thiệp": ("3.1.1", "3.1.2", "3.1.3", "3.1.4", "3.2.1", "3.2.2", "3.2.3"),
    "5 Tin bài": ("5.1", "5.2", "5.3", "5.4"),
    "6 Xử lý": ("6.1", "6.2", "6.3", "6.4", "6.5", "6.6", "6.7", "6.8", "6.9", "6.10", "6.11"),
}
MEASURES = ("lượt", "cơ sở", "vụ", "vụ", "vụ", "vụ", "người", "người", "người", "người", "triệu đồng")
DISTRICT = ("1 Tuyên truyền", "2 Lồng ghép", "3 Can thiệp", "4 Mô hình", "6 Xử lý")
PROVINCE = ("4 Mô hình", "5 Tin bài", "6 Xử lý")
INFO = (
    *("Phiên bản biểu mẫu", "Kế hoạch", "Năm", "Mã đơn vị", "Tên đơn vị", "Ngày chốt số liệu", "Ngày gửi"),
    *("Đơn vị lập biểu", "Số liệu minh họa"),
)
GIVEN = {"Mã xã", "Tên xã", "Loại", "Mã", "Chương trình", "Hoạt động", "TT", "Cơ quan", "Nội dung", "Đơn vị tính"}
SHEETS = [(code, name) for code in CODES for name in (PROVINCE if code == "25" else DISTRICT)]


@cache
def template(code: str) -> bytes:
    """The blank return of a reporter."""
    project = open_project("phu_tho_2017")
    return blank_return(project.plan, project.form, project.register, project.register.reporter(code))


@cache
def book(code: str) -> Workbook:
    """The blank return, opened; the tests only look at it."""
    return load_workbook(BytesIO(template(code)))


def column(page: Worksheet, header: str) -> int:
    """The number of a column of row 4."""
    return next(cell.column for cell in page[4] if cell.value == header)


def validations(page: Worksheet, place: str) -> list[str]:
    """The kinds of checks on a cell."""
    return [check.type for check in page.data_validations.dataValidation if place in check.sqref and check.type]


@pytest.mark.parametrize("code", CODES)
def test_sheets_and_particulars(code: str, project: Project) -> None:
    """The sheets of this reporter in order; the particulars filled in but for the days, the office and the mark."""
    workbook = book(code)
    assert workbook.sheetnames == ["Thông tin", *(PROVINCE if code == "25" else DISTRICT)]
    page = workbook["Thông tin"]
    values = {page.cell(row, 1).value: page.cell(row, 2).value for row in range(5, 5 + len(INFO))}
    assert tuple(values) == INFO
    name = project.register.reporter(code).full_name
    assert tuple(values.values()) == (1, "884/KH-UBND", 2017, code, name, None, None, None, None)


@pytest.mark.parametrize(("code", "name"), SHEETS)
def test_headers_and_rows(code: str, name: str, project: Project) -> None:
    """Header on row 4, data from row 5; every commune or code of this reporter once, as text, in order."""
    page = book(code)[name]
    assert tuple(cell.value for cell in page[4] if cell.value is not None) == HEADERS[name]
    first = [page.cell(row, 1).value for row in range(5, page.max_row + 1) if page.cell(row, 1).value is not None]
    if name == "1 Tuyên truyền":
        assert len(first) == COMMUNES[code] and all(isinstance(one, str) and len(one) == 5 for one in first)
        units = [project.register.units[one] for one in first]
        assert units == list(project.register.communes(code))
        rows = [(page.cell(r, 2).value, page.cell(r, 3).value) for r in range(5, 5 + len(first))]
        assert rows == [(unit.name, unit.type) for unit in units]
    elif name == "4 Mô hình":
        assert first == list(range(1, len(first) + 1)) and len(first) >= 5
    else:
        assert tuple(first) == ITEMS[name]
    if name == "6 Xử lý":
        assert tuple(page.cell(row, 3).value for row in range(5, 16)) == MEASURES


@pytest.mark.parametrize(("code", "name"), SHEETS)
def test_only_the_cells_to_fill_can_be_edited(code: str, name: str) -> None:
    """Protected, with rows to be added allowed; every entry cell open, every given one locked."""
    page = book(code)[name]
    protection = page.protection
    assert protection.sheet and not protection.password
    assert protection.insertRows is False  # False: not forbidden
    assert protection.deleteRows is True and protection.insertColumns is True and protection.deleteColumns is True
    given = len(ITEMS.get(name, ())) or COMMUNES[code] if name != "4 Mô hình" else 10
    shut = GIVEN if name != "4 Mô hình" else {"TT"}  # the commune of a model is for the sender to fill in
    for row in range(5, 5 + given):
        for number, header in enumerate(HEADERS[name], 1):
            assert page.cell(row, number).protection.locked is (header in shut), (row, header)
    for row in (1, 2, 3, 4):
        assert page.cell(row, 1).protection.locked
    if name == "1 Tuyên truyền":  # the rows below, for further forms of a commune, are open in every column
        assert page.max_row >= 4 + given + 10
        assert not any(page.cell(4 + given + 1, number).protection.locked for number in range(1, 11))


@pytest.mark.parametrize("code", CODES)
def test_particulars_can_be_filled_in_where_they_are_open(code: str) -> None:
    """The days, the office and the mark; not the unit, the plan or the version."""
    page = book(code)["Thông tin"]
    assert page.protection.sheet
    locked = {page.cell(row, 1).value: page.cell(row, 2).protection.locked for row in range(5, 5 + len(INFO))}
    assert {label for label, shut in locked.items() if not shut} == set(INFO[5:])
    assert validations(page, "B10") == ["date"] and validations(page, "B11") == ["date"]


@pytest.mark.parametrize(("code", "name"), SHEETS)
def test_checks_on_the_cells(code: str, name: str) -> None:
    """Whole numbers in counts, the words of a choice in drop-downs, days in dates: on the first and the last row."""
    page = book(code)[name]
    last = {"1 Tuyên truyền": 4 + COMMUNES[code] + 10, "4 Mô hình": 9}.get(name, 4 + len(ITEMS.get(name, ())))
    expected = {
        **dict.fromkeys((*Q, *(f"Tháng {month}" for month in range(1, 13))), "whole"),
        **dict.fromkeys(("Lượt người", "Số người được tiếp cận", "Số người được hỗ trợ"), "whole"),
        **dict.fromkeys(("Hình thức", "Đã thực hiện", "Loại mô hình (1/2/3)", "Đang hoạt động"), "list"),
        **{"Kinh phí (triệu đồng)": "decimal", "Ngày bắt đầu": "date"},
    }
    for header in HEADERS[name]:
        for row in (5, last):
            place = page.cell(row, column(page, header)).coordinate
            kind = expected.get(header)
            if name == "6 Xử lý" and row == last and header in Q:
                kind = "decimal"  # 6.11 is an amount of money
            if kind:
                assert validations(page, place) == [kind], (header, place)
    for check in page.data_validations.dataValidation:
        if check.type in ("whole", "decimal"):
            assert (check.operator, check.formula1) == ("greaterThanOrEqual", "0")
        if check.type == "list" and not check.formula1.startswith(("'", "$")):
            assert check.formula1 in ('"Có,Không"', '"1,2,3"')


@pytest.mark.parametrize("code", ["228", "25"])
def test_a_drop_down_offers_the_forms_of_communication(code: str) -> None:
    """Six words that themselves hold commas, so that they stand in a range."""
    workbook = book(code)
    if code == "25":
        assert "1 Tuyên truyền" not in workbook.sheetnames
        return
    page = workbook["1 Tuyên truyền"]
    check = next(c for c in page.data_validations.dataValidation if "D5" in c.sqref)
    title, _, area = check.formula1.partition("!")
    words = [cell.value for row in workbook[title.strip("'")][area.replace("$", "")] for cell in row]
    assert words == [
        *("nói chuyện, hội nghị", "loa truyền thanh", "tờ rơi, sách", "pano, áp phích", "văn nghệ, phim", "khác")
    ]


@pytest.mark.parametrize("code", CODES)
def test_every_page_prints_on_a4_landscape(code: str) -> None:
    """One page wide, the header on every page, the unit and the page in the footer."""
    for page in book(code).worksheets:
        setup = page.page_setup
        assert (setup.orientation, str(setup.paperSize), setup.fitToWidth, setup.fitToHeight) == (
            "landscape",
            "9",
            1,
            0,
        )
        assert page.sheet_properties.pageSetUpPr.fitToPage
        if page.title != "Thông tin":
            assert page.print_title_rows in ("$4:$4", "4:4")


@pytest.mark.parametrize("code", ["228", "25"])
def test_the_same_form_gives_the_same_bytes(code: str, project: Project) -> None:
    """No time of its own in the file, so that a changed byte is a changed form."""
    again = blank_return(project.plan, project.form, project.register, project.register.reporter(code))
    assert again == template(code)


def test_no_person_is_named_in_the_properties() -> None:
    """Neither as author nor as the one who changed it last."""
    properties = book("230").properties
    assert properties.creator == "pcmd-eval" and not properties.lastModifiedBy


def test_blank_returns_read_back_as_blank(tmp_path: Path, project: Project) -> None:
    """Every cell of the fourteen is there and blank: none absent, none unreadable, none reported; all are `empty`.

    Expected cells, by hand: a district has (4 quarters + attendance) for each commune, 5 programmes x 3, 7 activities
    x 5, 1 statement on models and 11 rows x 4; the province 1 + 3 outlets x 12 + 44. The optional rows do not count.
    """
    for code in CODES:
        (tmp_path / f"{code}.xlsx").write_bytes(template(code))
    intake = read_returns(tmp_path, project.plan, project.form, project.register)
    assert {o.state for o in intake.evidence.observations} == {State.BLANK}
    assert {o.value for o in intake.evidence.observations} == {""}
    expected = {code: 5 * n + 5 * 3 + 7 * 5 + 1 + 11 * 4 for code, n in COMMUNES.items()} | {"25": 1 + 3 * 12 + 44}
    assert {r.reporter: r.expected for r in intake.evidence.returns} == expected
    assert {r.state for r in intake.evidence.returns} == {ReturnState.EMPTY}
    assert not {"unreadable", "code-name", "foreign-unit", "column", "sheet"} & {f.rule for f in intake.faults}
    assert not any(o.item.startswith(("2.6", "5.4")) for o in intake.evidence.observations)
    assert all(o.cell and o.file == f"{o.reporter}.xlsx" for o in intake.evidence.observations)


def test_blank_returns_of_another_province_read_back_without_a_disagreement(tmp_path: Path, project: Project) -> None:
    """018 Gia Lâm (Hà Nội) has a town and a commune of the name Yên Viên; the blank return tells them apart by code."""
    register = load_register(paths.UNITS / "vietnam_2017.csv.gz", "01")
    units = project.plan.units.model_copy(update={"province": "01"})
    plan = project.plan.model_copy(update={"units": units})
    (tmp_path / "018.xlsx").write_bytes(blank_return(plan, project.form, register, register.reporter("018")))
    intake = read_returns(tmp_path, plan, project.form, register)
    assert [fault.message for fault in intake.faults if fault.rule == "code-name"] == []
    assert {o.state for o in intake.evidence.observations if o.reporter == "018"} == {State.BLANK}
