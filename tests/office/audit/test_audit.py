"""The audit workbook: the values of findings and cells, and where its links lead."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from editions import case_of
from openpyxl.cell import Cell
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.workbook import Workbook

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_findings
from pcmd_eval.office.audit.workbook import audit_workbook
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths
from pcmd_eval.util.verdicts import VERDICT_LABELS
from pcmd_eval.util.vocabulary import CELL_STATE_LABELS

COLUMNS = ["Mã đơn vị", "Đơn vị", "Chỉ tiêu", "Chắc chắn", "Tối đa", "Cần đạt", "Tổng số"]
COLUMNS += ["Kết luận"]
RETURNS = paths.returns_folder("phu_tho_2017")


@pytest.fixture(scope="module")
def case(plan: Plan, shipped: Intake) -> Case:
    return case_of(plan, shipped, internal=True)


@pytest.fixture(scope="module")
def content(case: Case) -> bytes:
    return audit_workbook(case, "../sent")


@pytest.fixture(scope="module")
def book(content: bytes) -> Workbook:
    return load_book(content)


def load_book(content: bytes) -> Workbook:
    return openpyxl.load_workbook(BytesIO(content))


def rows_of(book: Workbook, title: str) -> pd.DataFrame:
    """Return the rows below the headers of a sheet, as cells."""
    header, *rows = book[title].iter_rows(min_row=2)
    return pd.DataFrame(rows, columns=[cell.value for cell in header], dtype=object)


def test_audit_workbook_results_are_the_findings(book: Workbook, findings: pd.DataFrame) -> None:
    header, *rows = book["Kết quả"].iter_rows(min_row=2, values_only=True)
    assert [*header] == COLUMNS
    rows = [row[:2] + row[3:] for row in rows]
    expected = findings[["unit_code", "unit_name", "low", "high", "needed", "total"]].assign(
        verdict=findings.verdict.map(VERDICT_LABELS)
    )
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    assert texts == expected.astype("string").fillna("").to_numpy().tolist()


def test_audit_workbook_cells_are_the_observations(book: Workbook, shipped: Intake) -> None:
    rows = rows_of(book, "Ô số liệu")
    values = rows.map(lambda cell: cell.value).fillna("")
    cells = shipped.cells
    texts = cells.raw.fillna("") + "|" + cells.state.map(CELL_STATE_LABELS)
    units = cells.reporter + "|" + cells.unit_code
    columns = values["Mã đơn vị gửi"] + "|" + values["Mã"] + "|" + values["Ghi trong báo cáo"]
    assert sorted(columns + "|" + values["Tình trạng"]) == sorted(units + "|" + texts)
    numbers = [value for value in values["Giá trị"] if isinstance(value, int | float)]
    assert sum(numbers) == float(cells.number.sum() + cells.amount.sum())
    places = {
        (cell.hyperlink.target.replace("\\", "/").rpartition("/")[2], cell.hyperlink.location)
        for cell in rows["Nguồn"]
        if cell.hyperlink
    }
    placed = cells.dropna(subset=["file", "cell"])
    expected = zip(placed.file, "'" + placed.sheet + "'!" + placed.cell, strict=True)
    assert places == {*expected}


def test_audit_workbook_cell_links_to_its_place_in_the_sent_file(book: Workbook) -> None:
    rows = rows_of(book, "Ô số liệu")
    source = openpyxl.load_workbook(RETURNS / "230-doan-hung.xlsx", data_only=True)
    of_file = [row for row in rows.itertuples() if row.Nguồn.value and "230-" in row.Nguồn.value]
    assert len(of_file) > 200
    for row in of_file[::10]:
        link = row.Nguồn.hyperlink
        sheet, _, address = link.location.partition("!")
        assert link.target.replace("\\", "/") == "../sent/230-doan-hung.xlsx"
        content = source[sheet.strip("'")][address].value
        assert str("" if content is None else content) == (row[7].value or "")


def test_audit_workbook_finding_links_to_its_step_and_step_to_its_cells(
    book: Workbook, findings: pd.DataFrame
) -> None:
    """The last step of the unit, of which each row leads to the first of its cells."""
    records = {title: rows_of(book, title).to_dict("records") for title in book.sheetnames}

    def target_of(cell: Cell) -> tuple[str, dict[str, object]]:
        """Return the sheet that a link within the workbook leads to, and the values of its row."""
        title, _, address = cell.hyperlink.location.partition("!")
        number = coordinate_to_tuple(address)[0] - 3
        row = records[title.strip("'")][number]
        return title.strip("'"), {header: value.value for header, value in row.items()}

    is_judged = (findings.verdict != "not_applicable").to_numpy()
    results = rows_of(book, "Kết quả").loc[is_judged, ["Đơn vị", "Chỉ tiêu"]]
    for unit, name in results.itertuples(index=False):
        title, step = target_of(name)
        assert title.startswith(name.value[:2].strip("."))
        if unit.value != "Tỉnh Phú Thọ":
            assert step["Đơn vị báo cáo"] == unit.value
    headers = {"Kỳ": "Kỳ", "Đơn vị báo cáo": "Đơn vị gửi", "Đơn vị": "Đơn vị"}
    for row in (row for title in book.sheetnames[1:-1] for row in records[title]):
        title, cell = target_of(row["Các ô"])
        assert title == "Ô số liệu"
        for header in headers.keys() & row.keys():
            assert cell[headers[header]] == row[header].value
        if "Đơn vị" in row and "Kỳ" not in row:
            assert cell["Kỳ"] == "Quý I", "the first of a commune's cells"


def test_audit_workbook_part_that_nobody_knows_is_unknown(book: Workbook) -> None:
    """Tân Sơn sent nothing: its communes are unknown, and its cells have no place."""
    communes = rows_of(book, "1 Đơn vị cấp xã").map(lambda cell: cell.value)
    silent = communes[communes["Đơn vị báo cáo"] == "Huyện Tân Sơn"]
    assert len(silent) == 17 and {*silent["Duy trì thường xuyên"]} == {"■ Chưa rõ"}
    cells = rows_of(book, "Ô số liệu").map(lambda cell: cell.value)
    assert cells["Nguồn"][cells["Đơn vị gửi"] == "Huyện Tân Sơn"].isna().all()


@pytest.mark.slow
def test_audit_workbook_where_communes_report_links_each_commune(
    filled_set: Callable[[str, int, float], tuple[Path, Path]],
) -> None:
    file, returns = filled_set("communes", 3, 3 / 8)
    plan = load_plan(str(file))
    case = case_of(plan, read_returns(plan, returns), internal=True)
    book = load_book(audit_workbook(case))
    assert len(rows_of(book, "Kết quả")) == len(all_findings(case))
    assert len(rows_of(book, "Ô số liệu")) == len(case.cells)
    for title in book.sheetnames[1:-1]:
        assert all(cell.hyperlink for cell in rows_of(book, title)["Các ô"])
