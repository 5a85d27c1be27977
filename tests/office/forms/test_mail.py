"""The text for each unit's mail: what came, what to mend, what changed, what to attach."""

from collections.abc import Callable
from pathlib import Path

import pytest
from made import asked, edited, good, inform

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
