"""Forms, mails and the page of `check` of a plan whose communes report themselves."""

import re
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from made import COM, asked, edited
from openpyxl import Workbook, load_workbook
from two_levels import write_plan_of_today

from pcmd_eval.office.asks.request_list import Requests
from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.forms.mail import mail_texts
from pcmd_eval.office.intake.returns import Intake, read_returns
from pcmd_eval.office.site.check_page import check_page, intake_lines
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util.spelling import alphabet_key

GONE = re.compile(r"\b(huyện|thị trấn|quận|thị xã|sở lao động)\b", re.IGNORECASE)
AREA = re.compile(r"(Quận|Huyện|Thị xã) [\w ]+ \(cũ\)")


@pytest.fixture(scope="module")
def hanoi(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan of today for twelve of its communes."""
    return load_plan(str(write_plan_of_today(tmp_path_factory.mktemp("plan"), communes=12)))


@pytest.fixture(scope="module")
def intake(hanoi: Plan, tmp_path_factory: pytest.TempPathFactory) -> Intake:
    """One commune sent a return with an unreadable figure, all others none."""
    folder = tmp_path_factory.mktemp("returns")

    def fill(book: Workbook) -> None:
        book[COM]["D5"], book[COM]["E5"] = "loa truyền thanh", "ba"

    (folder / "a.xlsx").write_bytes(edited(blank_return(hanoi, "00004"), fill))
    return read_returns(hanoi, folder)


@pytest.fixture(scope="module")
def requests(hanoi: Plan, intake: Intake) -> Requests:
    """What the communes are asked for."""
    return asked(hanoi, intake)


def test_blank_return_of_a_commune_is_about_itself(hanoi: Plan) -> None:
    book = load_workbook(BytesIO(blank_return(hanoi, "00004")))
    rows = [[cell.value for cell in row[:3]] for row in book[COM].iter_rows(min_row=5)]
    assert rows[0] == ["00004", "Ba Đình", "Phường"]
    assert len(rows) == 1 + 6 and not any(row[0] for row in rows[1:])
    cells = [cell.value for page in book for row in page.iter_rows() for cell in row]
    texts = [text for text in cells if isinstance(text, str)]
    assert [text for text in texts if GONE.search(text)] == []


def test_check_where_communes_report_names_no_district(
    hanoi: Plan, intake: Intake, requests: Requests
) -> None:
    mails = mail_texts(hanoi, intake, requests, ["a.xlsx"])
    assert len(mails) == 12 + 1 and "bổ sung 5 điểm\n" in mails["00004-ba-dinh.txt"]
    page = check_page(hanoi, intake, requests).decode().partition("<main")[2]
    lines = "\n".join(intake_lines(hanoi, intake, requests))
    texts = mails | {"page": AREA.sub("", page), "lines": AREA.sub("", lines)}
    assert [name for name, text in texts.items() if GONE.search(text)] == []


def test_check_page_where_communes_report_lists_them_by_name(
    hanoi: Plan, intake: Intake, requests: Requests
) -> None:
    page = BeautifulSoup(check_page(hanoi, intake, requests).decode(), "lxml")
    (table,) = [t for t in page("table") if "Khu vực" in [head.get_text() for head in t("th")]]
    names = [row.th.get_text() for row in table.select("tbody tr")]
    bare = [name.split(" ", 1)[1] for name in names[:-1]]
    assert bare == sorted(bare, key=alphabet_key) and names[-1].startswith("Các cơ quan")
    assert len(bare) == 12 and not page.select(".letters"), "few are seen at a glance"
