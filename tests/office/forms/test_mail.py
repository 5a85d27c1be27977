"""The text for each unit's mail: what came, what to mend, what changed, what to attach."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from made import COM, ENF, INT, asked, edited, good, inform
from openpyxl import Workbook, load_workbook

from pcmd_eval.office.forms.annotated_return import annotated_returns
from pcmd_eval.office.forms.mail import mail_texts
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan

Mail = Callable[..., str]


@pytest.fixture
def mail(tmp_path: Path, plan: Plan) -> Mail:
    """The text for thị xã Phú Thọ (228) that sent these files, by name."""

    def write(**files: bytes) -> str:
        for name, content in files.items():
            (tmp_path / f"{name}.xlsx").write_bytes(content)
        intake = read_returns(plan, tmp_path)
        requests = asked(plan, intake)
        texts = mail_texts(plan, intake, requests, annotated_returns(plan, intake, requests))
        assert len(texts) == 14
        return texts["228-phu-tho.txt"]

    return write


@pytest.mark.slow
def test_mail_of_a_sound_return_says_that_nothing_is_to_mend(mail: Mail) -> None:
    text = mail(a=good())
    subject = "Tiêu đề: Đã nhận báo cáo năm 2017 thực hiện Kế hoạch 884/KH-UBND – thị xã Phú Thọ"
    assert text.startswith(f"{subject}; không có điểm nào phải sửa\n")
    assert "- a.xlsx, gửi ngày 18/12/2017, số liệu chốt đến ngày 15/12/2017\n" in text
    assert "Không có điểm nào phải sửa." in text and "Đính kèm" not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK broken", "- Chưa đọc được: Tệp 228-phu-tho.xlsx:"),
        (
            edited(good(), lambda book: inform(book, name="Huyện Đoan Hùng")),
            "- Chưa đọc được: 228-phu-tho.xlsx: Tên “Huyện Đoan Hùng” không phải của mã 228",
        ),
    ],
    ids=["broken", "of another unit"],
)
def test_mail_of_an_unreadable_file_says_how_to_send_it_again(
    mail: Mail, content: bytes, words: str
) -> None:
    text = mail(**{"228-phu-tho": content})
    assert "đề nghị gửi lại\n" in text and words in text


def test_mail_of_issues_and_blanks_lists_them(mail: Mail) -> None:
    def spoil(book: Workbook) -> None:
        book[COM]["E5"], book[ENF]["D5"], book[INT]["C5"] = "ba", None, "45/KH-UBND ngày 1/4/2016"
        inform(book, cutoff=date(2017, 11, 30))
        for row in range(5, 9):
            book[COM].cell(row, 6).value = book[COM].cell(row, 8).value = 0

    text = mail(a=edited(good(), spoil))
    assert "đề nghị sửa, xác nhận, bổ sung 4 điểm\n" in text
    lines = [line.partition(":")[0] for line in text.splitlines() if line[1:2] == ")"]
    assert lines == [
        "1) 1 Tuyên truyền, ô E5, Phường Trường Thịnh, Quý I",
        "2) 2 Lồng ghép, ô C5, Số, ngày văn bản",
        "3) 6 Xử lý, ô D5, Quý I",
        "4) Thông tin, ô B10, Ngày chốt số liệu",
    ]
    assert "đề nghị cập nhật mọi biểu đến hết năm 2017" in text
    assert text.endswith("Đính kèm: a.xlsx\n")


@pytest.mark.slow
def test_mail_has_the_lines_of_the_page_that_it_attaches(plan: Plan, tmp_path: Path) -> None:
    """A blank sheet 2 is one point."""

    def spoil(book: Workbook) -> None:
        for cell in [cell for row in book[INT]["C5:F9"] for cell in row]:
            cell.value = None

    (tmp_path / "a.xlsx").write_bytes(edited(good(), spoil))
    intake = read_returns(plan, tmp_path)
    requests = asked(plan, intake)
    [copy] = annotated_returns(plan, intake, requests).values()
    page = load_workbook(BytesIO(copy))[plan.form.mend_page.name]
    rows = [row for row in page.iter_rows(values_only=True) if isinstance(row[0], int)]
    mail = mail_texts(plan, intake, requests, ["a.xlsx"])["228-phu-tho.txt"]
    [(_, _, sheet, cells, *_, message)] = rows
    assert (sheet, cells) == (INT, "C5:D9, F5:F9")
    assert f"1) {INT}, ô {cells}: {message}\n" in mail and "bổ sung 1 điểm\n" in mail
