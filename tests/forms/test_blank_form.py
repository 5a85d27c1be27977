"""The blank returns: what design section 5 fixes, written out here by hand, and the sheet that
checks the others.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from made import COM, ENF, FORMS, HARM, INFO, INT, MEDIA, MODEL, blank
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval.forms.blank_form import blank_return
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

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
def test_blank_return_of_each_reporter_has_its_sheets_and_particulars(
    code: str, plan: Plan
) -> None:
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
def test_blank_return_sheet_has_headers_rows_locks_and_validations(
    code: str, name: str, plan: Plan
) -> None:
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


def test_blank_return_drop_down_offers_the_forms_of_communication() -> None:
    """Six words that themselves hold commas, so that they stand in a range."""
    check = next(c for c in book("228")[COM].data_validations.dataValidation if "D5" in c.sqref)
    title, _, area = check.formula1.partition("!")
    assert (
        tuple(row[0].value for row in book("228")[title.strip("'")][area.replace("$", "")]) == FORMS
    )


def test_blank_return_written_twice_has_the_same_bytes(plan: Plan) -> None:
    """No time of its own in the file, so that a changed byte is a changed form."""
    assert blank_return(plan, "228") == blank("228")
    assert book("228").properties.creator == book("228").properties.lastModifiedBy == "pcmd-eval"


def test_blank_return_read_back_is_blank(tmp_path: Path, plan: Plan) -> None:
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
    assert {*intake.issues.rule} == {"cutoff-date", "sent-date"}


def test_blank_return_of_another_plan_has_its_own_sheets(tmp_path: Path) -> None:
    """A plan of two objectives: the form has their sheets only, and reads back without a
    disagreement.
    """
    plan = load_plan("binh_thuan_2017")
    (tmp_path / "a.xlsx").write_bytes(blank_return(plan, plan.reporting_units.index[0]))
    assert load_workbook(tmp_path / "a.xlsx").sheetnames == ["Kiểm tra", INFO, COM, INT]
    assert {*read_returns(plan, tmp_path).issues.rule} == {"cutoff-date", "sent-date"}


def test_blank_return_prints_a_deadline_only_where_it_binds(tmp_path: Path) -> None:
    assumed = load_workbook(BytesIO(blank("228")))
    assert "Hạn gửi" not in assumed[COM]["A2"].value
    text = (paths.PLANS / "phu_tho_2017.yaml").read_text(encoding="utf-8")
    path = tmp_path / "phu_tho_2017.yaml"
    path.write_text(text.replace("status: assumption", "status: stated", 1), encoding="utf-8")
    stated = load_workbook(BytesIO(blank_return(load_plan(str(path)), "228")))
    assert stated[COM]["A2"].value.endswith(" Hạn gửi: 20/12/2017.")


def test_blank_return_says_how_to_report_by_quarter() -> None:
    lines = [row[0].value for row in load_workbook(BytesIO(blank("228")))[INFO].iter_rows()]
    assert any(str(line).startswith("Báo cáo theo quý:") for line in lines)
