"""The notice to a district and the letter to one that sent nothing."""

import re

import pandas as pd
import pytest
from editions import case_of
from filling import fill
from made import ENF, edited, good, inform, put
from papers import (
    controls,
    everything,
    made,
    opened,
    paragraphs,
    rows,
    styled,
    table_of_requests,
    text_of,
)

from pcmd_eval.analysis.case import issues_of
from pcmd_eval.analysis.missing_data import missing_of
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.reports.placeholders import list_papers, summarize_remarks

NOTICES = ("227", "228", "230", "231", "232", "233", "234", "235", "236", "237", "238", "239")


@pytest.fixture(scope="module")
def notices(files):
    return {unit: opened(files[unit]) for unit in NOTICES}


def test_notice_is_addressed_by_the_department_to_the_district(notices):
    document = notices["230"]
    head = "\n".join(cell for row in rows(document.tables[0]) for cell in row)
    assert "UBND TỈNH PHÚ THỌ\nSỞ LAO ĐỘNG -" in head and "/TB-SLĐTBXH" in head
    said = paragraphs(document)
    assert said[:3] == [
        "THÔNG BÁO",
        "Kết quả đánh giá việc thực hiện Kế hoạch phòng, chống mại dâm năm 2017",
        "của huyện Đoan Hùng",
    ]
    assert "Kính gửi: Ủy ban nhân dân huyện Đoan Hùng" in said
    recipients, signing = (cell.text for cell in document.tables[2].rows[0].cells)
    assert recipients.split("\n")[1] == "- Như trên;" and signing.strip() == "GIÁM ĐỐC"
    assert "TT Huyện ủy, TT HĐND, Công an huyện" in recipients
    assert "Phòng Lao động - Thương binh và Xã hội huyện Đoan Hùng" in recipients
    text = text_of(document)
    assert "giả định" not in text and "không phải vi phạm" not in text
    assert text.count("là phần đóng góp") == 1
    assert "Mức đánh giá cấp huyện do Sở tạm xác định." in text
    assert styled(document, "Heading 1") == [
        *("KẾT QUẢ THỰC HIỆN", "SO SÁNH VỚI NĂM 2016", "ĐỀ NGHỊ BỔ SUNG")
    ]


def test_notice_requests_begin_with_what_settles_a_verdict(notices):
    """Yên Lập left sheet 3 empty, which decides its own verdict, and a commune's quarters, the
    province's.
    """
    blank = " (còn trống)"
    assert [row[1:] for row in table_of_requests(notices["234"])] == [
        [
            "3 Can thiệp",
            f"toàn bộ biểu{blank}",
            "35 ô: C5:G11",
            "kết luận chỉ tiêu 3 của huyện Yên Lập",
        ],
        [
            "1 Tuyên truyền",
            f"quý II và III của xã Nga Hoàng{blank}",
            "2 ô: F14:G14",
            "kết luận chỉ tiêu 1 của tỉnh Phú Thọ",
        ],
        [
            "2 Lồng ghép",
            f"mục “Đã thực hiện” về dạy nghề cho lao động nông thôn{blank}",
            "D6",
            "hoàn thiện số liệu",
        ],
    ]
    text = text_of(notices["234"])
    assert "20/12" not in text  # an assumed day
    assert "trong 05 ngày làm việc kể từ ngày nhận được Thông báo này" in text
    assert (
        "- Báo cáo: huyện Yên Lập gửi báo cáo thiếu nhiều số liệu; còn 38 ô đề nghị bổ sung, cập "
        "nhật (chi tiết tại Phụ lục kèm theo)."
    ) in text
    assert "trong 05 ngày" in text and "Bảng 2" not in text


def test_notice_of_an_open_quarter_asks_to_update_it(notices):
    """Tam Nông's figures go to 30/11: four communes say 0 of quarter IV; to move the day for them
    alone would make the zeros of other communes and sheets final.
    """
    first, second = table_of_requests(notices["236"])
    assert first[2:4] == [
        "quý IV của xã Hiền Quan, xã Hùng Đô, xã Hương Nộn và xã Dậu Dương (đang ghi 0)",
        "H7, H13, H18, H23",
    ]
    assert second[3] == "C5"
    text = text_of(notices["236"])
    assert "còn 05 ô đề nghị bổ sung, cập nhật (chi tiết tại Phụ lục kèm theo)" in text
    update = (
        "Số liệu mới chốt đến 30/11/2017, đề nghị cập nhật mọi biểu đến hết quý IV rồi ghi lại "
        "Ngày chốt số liệu."
    )
    assert update in text and update[:20] not in text_of(notices["238"])


def test_notice_says_how_each_kind_of_cell_is_filled_in(notices):
    """Yên Lập lacks counts and a yes or no; Tam Nông a document, of which 0 is no answer."""
    told = {
        unit: text_of(document).partition("Cách ghi: ")[2] for unit, document in notices.items()
    }
    numbers, yes_no = "ô ghi số không phát sinh thì ghi 0", "mục “Đã thực hiện” ghi Có hoặc Không"
    document = "mục “Số, ngày văn bản” chưa có thì ghi Chưa có"
    assert told["234"].startswith(f"{numbers}; {yes_no}.")
    assert told["236"].startswith(f"{document}.")
    assert told["232"].startswith(f"{numbers}; {document}; {yes_no}.")
    assert told["233"].startswith(f"{numbers}; mục “Đang hoạt động” ghi Có hoặc Không.")
    cells = [row for unit in notices for row in table_of_requests(notices[unit])]
    assert "đang ghi “đang trình ký”; ghi số, ngày văn bản, chưa có thì ghi Chưa có" in str(cells)
    assert "đang ghi “khoảng 3”; chỉ ghi chữ số" in str(cells)


def test_notice_asks_for_a_whole_row_once(notices):
    """Thanh Sơn left out a commune and left the row of another blank; its attendance is no request
    of its own.
    """
    rows = [row[2:4] for row in table_of_requests(notices["238"])]
    assert rows[:2] == [
        [
            "toàn bộ dòng của xã Võ Miếu; quý III của xã Cự Thắng; quý II của xã Khả Cửu "
            "(còn trống)",
            "7 ô: E10:I10, G12, F19",
        ],
        ["toàn bộ dòng của xã Thượng Cửu (chưa có trong báo cáo)", "5 ô: thêm dòng"],
    ]


@pytest.mark.parametrize("unit", NOTICES)
def test_notice_table_of_requests_has_as_many_cells_as_its_summary(notices, unit):
    said = re.search(r"còn (\d+) ô đề nghị bổ sung", text_of(notices[unit]))
    total = 0
    for row in table_of_requests(notices[unit]):
        counted = re.match(r"(\d+) ô", row[3])
        total += int(counted[1]) if counted else len(row[3].split(", "))
    assert total == (int(said[1]) if said else 0)


def test_notice_lists_the_contradictions_of_check(notices):
    """Phù Ninh carried out a programme without a document; Cẩm Khê merged four quarters."""
    last = {unit: rows(notices[unit].tables[-3])[-1][1:] for unit in ("230", "233", "235")}
    assert last["233"] == [
        "2 Lồng ghép",
        "ghi chưa có văn bản nhưng đã thực hiện; bổ sung số, ngày văn bản hoặc sửa mục Đã thực "
        "hiện.",
        "D8",
        "sửa hoặc xác nhận",
    ]
    assert last["235"] == [
        "1 Tuyên truyền",
        "đang gộp nên các quý được tính cùng một số; bỏ gộp, ghi số của từng quý.",
        "E34 đến H34 (xã Điêu Lương)",
        "sửa hoặc xác nhận",
    ]
    assert last["230"][-1] == "hoàn thiện số liệu"  # I23 is asked for
    assert "sửa hoặc xác nhận bằng văn bản" not in text_of(notices["230"])
    assert "và sửa hoặc xác nhận bằng văn bản các điểm" in text_of(notices["233"])


def test_notice_of_nothing_done_has_no_lines_of_zeros(notices):
    table = {unit: rows(notices[unit].tables[1])[2][3] for unit in ("234", "235", "236")}
    assert table["235"] == "chưa ban hành kế hoạch lồng ghép"
    assert table["236"] == "đã ban hành 01 kế hoạch lồng ghép nhưng chưa thực hiện"
    for unit in ("235", "239"):
        text = text_of(notices[unit])
        assert "Lồng ghép: " not in text and not re.search(r"(?<!\d)0 (?:cuộc|văn bản)", text)
    assert len(rows(notices["239"].tables[-1])) >= 3  # communes; all figures of persons are 0
    assert "Người bán dâm" not in everything(notices["239"])


def test_notice_names_models_that_do_not_count(case, notices):
    """Thị xã Phú Thọ reports one of type 2; whether Phù Ninh's operates is unknown."""
    assert (
        "Đơn vị báo cáo 01 mô hình loại 2 (bảo đảm quyền của người lao động trong cơ sở dịch vụ), "
        "không thuộc chỉ tiêu này."
    ) in text_of(notices["228"])
    assert "01 mô hình chưa báo cáo mục “Đang hoạt động” của dòng 1." in text_of(notices["233"])
    hosts = "Thành phố Việt Trì có mô hình được tính vào chỉ tiêu chung."
    assert hosts in paragraphs(notices["227"])
    assert "mô hình" not in text_of(notices["234"])  # has none: nobody asks it for one


def test_notice_numbers_a_chapter_by_its_objective(notices):
    """Word counts the chapters: after one that is left out the title has the number."""
    titles = {unit: styled(notices[unit], "Heading 2") for unit in ("227", "234")}
    assert titles["227"][3:] == [
        "Mô hình hỗ trợ xã hội tại cộng đồng",
        "Phát hiện và xử lý vi phạm (chỉ tiêu 6)",
    ]
    assert titles["234"][2:] == [
        "Can thiệp giảm tác hại, phòng ngừa bạo lực giới",
        "Phát hiện và xử lý vi phạm (chỉ tiêu 6)",
    ]


def test_notice_of_an_open_period_has_no_comparison(notices):
    """Only Tam Nông's last quarter was open."""
    compared = {
        unit: re.findall(r"(?:tăng|giảm) \d|bằng năm 2016", text_of(document))
        for unit, document in notices.items()
    }
    assert not compared["236"] and sum(map(bool, compared.values())) >= 10
    text = text_of(notices["236"])
    assert "Không so sánh: số liệu năm 2017 chưa đủ và số liệu năm 2017 mới chốt" in text
    assert "SO SÁNH VỚI NĂM 2016" not in text_of(notices["239"])  # has no figures of that year


def test_notice_names_missing_cells_in_words(case, notices):
    """findings.csv says "3.2.2 quý III"."""
    finding = case.at("238").finding("harm_reduction")
    assert "3.2.2 quý III" in finding.reason
    text = text_of(notices["238"])
    assert "còn thiếu số liệu quý III về tư vấn, hỗ trợ người bị bạo lực" in text
    assert "3.2.2" not in text


def test_notice_annex_has_quarters_and_persons(notices):
    document = notices["230"]
    assert styled(document, "Phụ lục") == ["Phụ lục"]
    assert styled(document, "Tên phụ lục") == ["SỐ LIỆU CHI TIẾT CỦA HUYỆN ĐOAN HÙNG"]
    head, *found = rows(document.tables[-2])
    assert head == ["TT", "Đơn vị", "Quý I", "Quý II", "Quý III", "Quý IV"] * 2
    communes = [row[at : at + 6] for at in (0, 6) for row in found]
    # 16 of 28: the others were active in all quarters, which a note says.
    assert ["● Có"] * 4 not in [row[2:] for row in communes]
    assert sum(bool(row[1]) for row in communes) == 16
    trung = next(row for row in communes if row[1] == "Xã Phương Trung")
    assert trung[2:] == ["▲ Không", "● Có", "▲ Không", "■ Chưa rõ"]
    assert "không nêu ở bảng có tuyên truyền trong mọi quý." in text_of(document)
    figures = [cell for row in rows(document.tables[-1]) for cell in row]
    assert "Người bán dâm" in figures and "Tiền phạt (triệu đồng)" in figures
    assert styled(document, "Tên bảng")[1:] == [
        "1. Số liệu đề nghị bổ sung, sửa hoặc xác nhận",
        "2. Tuyên truyền theo quý",
        "3. Số liệu khác",
    ]


def test_notice_marks_made_up_figures_and_never_says_internal(files):
    for unit in ("25", "230"):
        first = opened(files[unit]).sections[0]
        for header in (first.first_page_header, first.header):
            marks = "Số liệu đầy đủ – không đăng công khai · SỐ LIỆU MINH HỌA"
            assert header.paragraphs[0].text == marks
        about = opened(files[unit]).core_properties
        assert about.title.startswith("DỰ THẢO ") and "SỐ LIỆU MINH HỌA" in about.title
        assert about.author == "Sở Lao động - Thương binh và Xã hội"
    letter = opened(files["240"]).sections[0]  # has no figures
    assert letter.header.paragraphs[0].text == "SỐ LIỆU MINH HỌA"


def test_notice_with_a_narrative_has_its_chapter(case, tmp_path):
    (tmp_path / "230.md").write_text("# Kiến nghị\nTăng cường kiểm tra.\n", encoding="utf-8")
    document = made(case, "230", tmp_path)
    assert styled(document, "Heading 1")[-2:] == ["KIẾN NGHỊ, ĐỀ XUẤT", "ĐỀ NGHỊ BỔ SUNG"]
    assert "Tăng cường kiểm tra." in paragraphs(document) and not controls(document)


def test_notice_of_tied_files_calls_them_unusable(plan, tmp_path):
    """Two files of one day can be opened, but neither can be used."""
    for code, cases in (("230", 3), ("230", 4), ("228", 3)):

        def change(book, cases=cases):
            inform(book, mark="Có")
            put(book[ENF], 7, 4, cases)

        (tmp_path / f"{code}-{cases}.xlsx").write_bytes(edited(good(code), change))
    case = case_of(plan, read_returns(plan, tmp_path), internal=True)
    assert "gửi tệp không dùng được" in text_of(made(case, "230", tmp_path))


# ---- the letter ----------------------------------------------------------------------------------


def test_letter_asks_a_silent_district_for_its_return(files):
    document = opened(files["240"])
    assert [p for p in paragraphs(document) if p.startswith("- Biểu")] == [
        "- Biểu 1. Tuyên truyền ở xã, phường, thị trấn;",
        "- Biểu 2. Lồng ghép với các chương trình kinh tế - xã hội;",
        "- Biểu 3. Can thiệp giảm tác hại, phòng ngừa bạo lực giới;",
        "- Biểu 4. Mô hình hỗ trợ xã hội tại cộng đồng;",
        "- Biểu 6. Phát hiện và xử lý vi phạm.",
    ]
    text = text_of(document)
    assert "- Ủy ban nhân dân huyện Tân Sơn;" in text
    assert "- Phòng Lao động - Thương binh và Xã hội huyện Tân Sơn." in text
    assert (
        "báo cáo số liệu năm 2017. Đến nay, huyện Tân Sơn chưa gửi báo cáo nên chưa có cơ sở đánh "
        "giá kết quả của huyện; đây là một nguyên nhân chưa đủ số liệu để kết luận chỉ tiêu 1 "
        "của tỉnh Phú Thọ."
    ) in text  # next to 19 communes of others
    # No line ends within the name of a file.
    assert text.count("đề nghị") == 1 and "(tệp 240\u2011tan\u2011son.xlsx)" in text
    assert "20/12" not in text  # an assumed day
    assert "trong 05 ngày làm việc" in text
    assert "Sở Lao động - Thương binh và Xã hội tỉnh Phú Thọ (qua Chi cục" in text
    assert "V/v đôn đốc" in document.tables[0].cell(1, 0).text
    assert len(document.sections) == 1 and not styled(document, "Heading 1")


def test_list_papers_has_a_report_eleven_or_more_notices_and_a_letter(case):
    papers = list_papers(case)
    kinds = [paper.kind for paper in papers.values()]
    assert (kinds.count("report"), kinds.count("notice"), kinds.count("reminder")) == (1, 12, 1)
    assert next(iter(papers)) == "bao-cao-884-25-phu-tho.docx"
    assert papers["cong-van-884-240-tan-son.docx"] == ("reminder", "240")


def test_summarize_remarks_has_one_line_for_each_kind(reviews):
    left = [reviews[unit][1] for unit in ("25", "230", "240")]
    assert summarize_remarks(left) == [
        "Báo cáo (1 văn bản): còn 10 phần do đơn vị soạn.",
        "Mọi văn bản: 3 chỗ ……… điền một lần ở data/review.yaml.",
    ]


def test_notice_of_a_bad_return_stays_short(plan, blanks, tmp_path):
    """However much is wrong: two pages of text and a short table, which the annotated return
    completes; looked at where most is to be mended or sent.
    """
    fill(blanks, tmp_path / "sent", 1, 0.6)
    case = case_of(plan, read_returns(plan, tmp_path / "sent"), internal=True)
    notices = [paper.unit for paper in list_papers(case).values() if paper.kind == "notice"]
    assert len(notices) >= 8
    wrong = pd.concat([issues_of(case).reporter, missing_of(case).reporter]).value_counts()
    for unit in wrong.reindex(notices).nlargest(3).index:
        document = made(case, unit, tmp_path)
        of_requests = table_of_requests(document)
        assert len(of_requests) <= 10 and len(rows(document.tables[3])) <= 1 + 10 + 6
        assert len(text_of(document)) < 4500, unit
        told = int(re.search(r"còn (\d+) ô", text_of(document))[1])
        counted = [re.match(r"(\d+) ô", row[3]) for row in of_requests]
        cells = [
            int(n[1]) if n else len(row[3].split(", "))
            for n, row in zip(counted, of_requests, strict=True)
        ]
        assert sum(cells) == told, unit
