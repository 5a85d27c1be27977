"""The one list of what is asked: each cell once, each habit once, and every print of it agrees."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from editions import case_of
from made import COM, ENF, HARM, INFO, INT, asked, edited, good, inform, put
from openpyxl import load_workbook
from papers import made, rows
from seeds import seeds

from pcmd_eval.analysis.missing_data import missing_cells
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.asks.request_list import Requests, check_table, list_requests, reminders
from pcmd_eval.office.forms.annotated_return import annotated_returns
from pcmd_eval.office.forms.mail import mail_texts
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.office.site.check_page import check_page, intake_lines
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.cell_ranges import parse_ranges


def sent(folder: Path, plan: Plan, **files: bytes) -> Intake:
    """Read these files, by name."""
    for name, content in files.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    return read_returns(plan, folder)


def asking(plan: Plan, intake: Intake) -> pd.DataFrame:
    """The rows of check.csv that ask thị xã Phú Thọ for something."""
    rows_of_unit = asked(plan, intake).without_notes().query("reporter == '228'")
    return rows_of_unit.reset_index(drop=True)


# ---- what a row is -------------------------------------------------------------------------------


def test_list_requests_of_one_habit_is_one_row_with_its_cells_and_an_example(
    tmp_path: Path, plan: Plan
) -> None:
    """Numbers with a word and a dash for 0, in 42 cells."""

    def write(book):
        for row in range(5, 15):
            put(book[COM], row, 5, f"{row} cuộc", f"{row} buổi", "-", f"{row} cuộc")
        put(book[ENF], 5, 4, "5 lượt", "6 lượt")

    rows_of_unit = asking(plan, sent(tmp_path, plan, a=edited(good(), write)))
    assert [*zip(rows_of_unit.sheet, rows_of_unit["cell"], strict=True)] == [
        (COM, "E5:H14"),
        (ENF, "D5:E5"),
    ]
    first = rows_of_unit.iloc[0]
    assert (first.rule, first.value) == ("unreadable", "5 cuộc")
    assert first.message.startswith("“5 cuộc”: không phải số nguyên; chỉ ghi chữ số")
    assert "không có thì ghi 0" in first.message
    assert first.message.endswith(". 39 ô khác có lỗi tương tự.")


def test_list_requests_asks_once_for_a_cell_that_has_an_issue(tmp_path: Path, plan: Plan) -> None:
    """A wrong figure is asked for as its issue says, not again as a cell without a figure."""

    def write(book):
        book[COM]["E5"], book[COM]["F5"] = "ba", None

    rows_of_unit = asking(plan, sent(tmp_path, plan, a=edited(good(), write)))
    assert [*zip(rows_of_unit.severity, rows_of_unit["cell"], strict=True)] == [
        ("mend", "E5"),
        ("missing", "F5"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sheet", "header"])
def test_list_requests_of_a_sheet_that_cannot_be_read_is_its_issue_alone(
    tmp_path: Path, plan: Plan, name: str
) -> None:
    """The copy, in which the sheet stands, is not asked for blanks as well."""

    def write(book):
        if name == "sheet":
            del book[HARM]
        else:
            book[HARM].insert_rows(2)

    rows_of_unit = asking(plan, sent(tmp_path, plan, a=edited(good(), write)))
    assert [*zip(rows_of_unit.sheet, rows_of_unit.rule, strict=True)] == [(HARM, name)]


@pytest.mark.slow
def test_list_requests_of_a_silent_or_refused_reporter_is_one_row(
    tmp_path: Path, plan: Plan
) -> None:
    intake = sent(tmp_path, plan, **{"228-phu-tho": b"PK broken", "230": good("230")})
    everything = asked(plan, intake).without_notes()
    [refused] = everything.query("reporter == '228'").itertuples()
    assert (refused.rule, refused.severity) == ("refused", "stop")
    [silent] = everything.query("reporter == '240'").itertuples()
    assert (silent.severity, silent.rule, silent.file, silent.sheet) == (
        "missing",
        "absent",
        "",
        "",
    )
    assert silent.message.startswith("Chưa nhận được báo cáo; đề nghị điền biểu mẫu")


@pytest.mark.slow
def test_list_requests_of_an_early_cutoff_is_one_row_at_the_last_file(
    tmp_path: Path, plan: Plan
) -> None:
    """Zeros of four sheets; the row stands at the day that has to be moved."""

    def early(book):
        inform(book, cutoff=date(2017, 11, 30))
        for row in range(5, 15):
            book[COM].cell(row, 8).value = book[COM].cell(row, 6).value = 0
        for row in range(5, 12):
            book[HARM].cell(row, 6).value = 0

    rows_of_unit = asking(plan, sent(tmp_path, plan, a=edited(good(), early)))
    [row] = rows_of_unit.itertuples()
    assert (row.file, row.sheet, row.cell, row.rule) == ("a.xlsx", INFO, "B10", "open")
    assert "cập nhật mọi biểu đến hết năm 2017" in row.message and "30/11/2017" in row.message


@pytest.mark.slow
def test_list_requests_says_which_open_verdicts_wait(plan: Plan, shipped: Intake) -> None:
    everything = asked(plan, shipped).without_notes()
    [row] = everything.query("reporter == '233' and cell == 'C8:D8'").itertuples()
    assert row.settles == "Huyện Phù Ninh: chỉ tiêu 2; Tỉnh Phú Thọ: chỉ tiêu 2"
    assert (everything.query("cell == 'I23'").settles == "").all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("blanks", "is_doubted"), [(("C5", "D5"), False), (("C5", "C6", "D6"), True)]
)
def test_request_doubts_what_was_carried_out_only_where_it_stands(
    plan: Plan, tmp_path: Path, blanks: tuple[str, ...], is_doubted: bool
) -> None:
    def spoil(book):
        for cell in blanks:
            book[INT][cell] = None

    [row] = asking(plan, sent(tmp_path, plan, a=edited(good(), spoil))).itertuples()
    assert ("sửa hoặc xác nhận mục Đã thực hiện" in row.message) == is_doubted


# ---- every print of it ---------------------------------------------------------------------------


def damage(seed: int):
    """Words, dashes and blanks, a sheet or a row that is gone, contradictions, an early cut-off."""
    rng = Random(seed)

    def change(book):
        inform(book, cutoff=rng.choice([date(2017, 12, 20), date(2017, 11, 30), None]))
        for name, columns in ((COM, range(5, 9)), (HARM, range(3, 7)), (ENF, range(4, 8))):
            places = [(row, at) for row in range(5, 12) for at in columns]
            for row, at in rng.sample(places, 6):
                book[name].cell(row, at).value = rng.choice([None, "4 cuộc", "-", "khoảng 3"])
        for row in rng.sample(range(5, 10), 2):
            book[INT].cell(row, rng.choice((3, 4))).value = rng.choice([None, "đang trình", "Có"])
        for column in range(1, 11):
            book[COM].cell(13, column).value = None
        if rng.random() < 0.3:
            del book[rng.choice([HARM, ENF])]
        elif rng.random() < 0.5:
            book[COM].merge_cells("E6:H6")

    return change


@pytest.fixture(
    scope="module", params=["shipped", pytest.param(1, marks=pytest.mark.slow), *seeds([], (2, 3))]
)
def intake(
    plan: Plan,
    shipped: Intake,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Intake:
    """The shipped returns, and three damaged sets of four units; the others are silent."""
    if request.param == "shipped":
        return shipped
    folder = tmp_path_factory.mktemp("damaged")
    for code in ("228", "230", "231", "233"):
        content = edited(good(code), damage(request.param * 1000 + int(code)))
        (folder / f"{code}.xlsx").write_bytes(content)
    return read_returns(plan, folder)


@pytest.fixture(scope="module")
def requests(plan: Plan, intake: Intake) -> Requests:
    return asked(plan, intake)


def test_requests_name_each_cell_in_one_row(plan: Plan, intake: Intake, requests: Requests) -> None:
    """And ask for each missing cell: in its row, or in that of what brings it."""
    table = check_table(requests).fillna("").query("severity != 'note'")
    named = [
        (row.file, row.sheet, position)
        for row in table.itertuples()
        for position in parse_ranges(row.cell)
    ]
    assert len(named) == len({*named}) > 0
    missing = missing_cells(plan, intake.cells, evaluate(plan, intake.cells, []))
    assert {*requests.request_by_label.index} == {*missing.index}
    assert not (requests.rows.severity[requests.request_by_label] == "note").any()
    blank = missing[missing.state == "blank"]
    places = zip(blank.file, blank.sheet, blank["cell"], strict=True)
    assert {*((file, sheet, *parse_ranges(cell)) for file, sheet, cell in places)} <= {*named}


@pytest.mark.slow
def test_annotated_returns_list_the_rows_of_their_file(
    plan: Plan, intake: Intake, requests: Requests
) -> None:
    """In these words, and no others; a link leads to a cell of each that names one."""
    copies = annotated_returns(plan, intake, requests)
    table = requests.without_notes()
    assert {*copies} == {*table.file} & {file.name for file in intake.files}
    for name, content in copies.items():
        page = load_workbook(BytesIO(content))[plan.form.mend_page.name]
        lines = [row for row in page.iter_rows(min_row=5) if isinstance(row[0].value, int)]
        messages = table.message[table.file == name]
        assert [line[7].value for line in lines] == [*messages]
        for line, cells in zip(lines, table["cell"][table.file == name], strict=True):
            assert bool(line[3].hyperlink) >= bool(cells)


def test_mails_and_page_list_the_rows_of_each_reporter(
    plan: Plan, intake: Intake, requests: Requests
) -> None:
    table = requests.without_notes()
    mails = mail_texts(plan, intake, requests, [])
    for unit in plan.expected_reporters:
        messages = [*table.message[table.reporter == unit]]
        mail = mails[f"{plan.register.folder[unit]}.txt"]
        lines = [line for line in mail.splitlines() if re.match(r"\d+\) ", line)]
        if intake.returns.file[intake.returns.reporter == unit].notna().any():
            pairs = zip(lines, messages, strict=True)
            assert all(line.endswith(message) for line, message in pairs), unit
            assert not messages or f"bổ sung {len(messages)} điểm\n" in mail
    lines = intake_lines(plan, intake, requests)
    assert [line for line in lines if line.startswith("[")] == lines[-len(requests.rows) :]
    page = load_page(check_page(plan, intake, requests))
    assert all(message in page for message in table.message)


def load_page(content: bytes) -> str:
    """The text of a page."""
    return BeautifulSoup(content.decode(), "lxml").get_text()


@pytest.mark.slow
def test_notice_lists_the_rows_of_its_unit(plan: Plan, intake: Intake, requests: Requests) -> None:
    case = case_of(plan, intake, internal=True)
    table = requests.without_notes()
    for unit in ("230", "233"):
        messages = [*table.message[table.reporter == unit]]
        tables = [rows(one) for one in made(case, unit).tables]
        [listed] = [lines for lines in tables if "Cần làm gì" in lines[0]]
        assert [line[-1].replace("\u2011", "-") for line in listed[1:]] == messages


@pytest.mark.slow
def test_reminders_repeat_the_message_that_asks_for_their_cell(
    plan: Plan, intake: Intake, requests: Requests
) -> None:
    findings = evaluate(plan, intake.cells)
    missing = missing_cells(plan, intake.cells, findings)
    reminded = reminders(plan, findings, missing, list_requests(plan, intake, missing))
    assert len(reminded) == len(missing) and reminded.request.notna().all()
    by_reporter = requests.without_notes().groupby("reporter").message.agg(set)
    for unit, messages in reminded.groupby("reporter").request:
        assert {*messages} <= by_reporter[unit], unit
