"""The papers of a plan for which communes report: one notice and one letter for all of them."""

import re

import pytest
import two_levels
from editions import case_of
from filling import fill_plan
from made import edited
from papers import everything, opened, paragraphs, rows, styled, text_of

from pcmd_eval.analysis.missing_data import count_missing, missing_of
from pcmd_eval.forms.blank_form import blank_return
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.reports.document import review
from pcmd_eval.reports.placeholders import list_papers, silent_units

SENT = 3


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Hà Nội's plan of 2026."""
    return load_plan("ha_noi_2026")


@pytest.fixture(scope="module")
def case(plan, tmp_path_factory):
    """Three communes sent a return with sheet 1 filled in, the others nothing."""
    folder = tmp_path_factory.mktemp("returns")

    def fill(book):
        for column in range(5, 9):
            book["1 Tuyên truyền"].cell(5, column).value = 2
        book["Thông tin"]["B10"] = "31/12/2026"
        book["Thông tin"]["B11"] = "05/01/2027"

    for code in plan.reporting_units.index[:SENT]:
        (folder / f"{code}.xlsx").write_bytes(edited(blank_return(plan, code), fill))
    return case_of(plan, read_returns(plan, folder), internal=True)


@pytest.fixture(scope="module")
def papers(case, tmp_path_factory):
    empty = tmp_path_factory.mktemp("words")
    return {
        kind: opened(review(case.at(unit), empty, kind)[0])
        for kind, unit in list_papers(case).values()
    }


def test_list_papers_of_communes_has_one_of_each_kind(case):
    assert [*list_papers(case)] == [
        "bao-cao-07-01-ha-noi.docx",
        "thong-bao-07-01-ha-noi.docx",
        "cong-van-07-01-ha-noi.docx",
        "cong-van-07-01-cac-co-quan-cap-thanh-pho.docx",
    ]


def test_notice_to_all_communes_has_what_each_should_send_in_its_annex(case, papers, plan):
    document = papers["notice"]
    assert "Kính gửi: Ủy ban nhân dân các xã, phường" in paragraphs(document)
    assert f"Đã nhận {SENT}/127 báo cáo" in text_of(document)
    head, *lines = rows(document.tables[-2])
    missing = count_missing(missing_of(case)).reindex(plan.reporting_units.index[:SENT])
    assert sum(int(line[head.index("Số ô")]) for line in lines) == missing.sum()
    said = re.search(r"Còn (\d+) ô của 03 đơn vị đề nghị bổ sung", text_of(document))
    assert int(said[1]) == missing.sum()
    results = [row[at : at + 4] for row in rows(document.tables[-1])[1:] for at in (0, 4)]
    assert [*map(len, results)].count(4) == 126


def test_only_request_of_a_collective_notice_has_no_heading_of_its_own(papers):
    assert styled(papers["notice"], "Heading 1") == []
    assert (
        "Đề nghị Ủy ban nhân dân các xã, phường nêu tại bảng 1 Phụ lục kèm theo chỉ đạo"
        in text_of(papers["notice"])
    )


def test_request_of_a_collective_notice_with_written_parts_is_a_numbered_chapter(
    case, tmp_path, plan
):
    (tmp_path / f"{plan.province}.md").write_text(
        "# Phương hướng, nhiệm vụ năm 2027\n\nTiếp tục tuyên truyền.\n", encoding="utf-8"
    )
    notice = opened(review(case.at(plan.province), tmp_path, "notice")[0])
    assert styled(notice, "Heading 1") == [
        "PHƯƠNG HƯỚNG, NHIỆM VỤ NĂM 2027",
        "ĐỀ NGHỊ BỔ SUNG",
    ]


def test_collective_notice_gives_open_periods_their_own_time(plan, tmp_path):
    """A zero of a quarter that is not over cannot be final five days after the notice."""

    def fill(book):
        for column, count in zip(range(5, 9), (2, 2, 0, 0), strict=True):
            book["1 Tuyên truyền"].cell(5, column).value = count
        book["Thông tin"]["B10"] = "30/11/2026"
        book["Thông tin"]["B11"] = "05/12/2026"

    code = plan.reporting_units.index[0]
    (tmp_path / f"{code}.xlsx").write_bytes(edited(blank_return(plan, code), fill))
    case = case_of(plan, read_returns(plan, tmp_path), internal=True)
    text = text_of(opened(review(case, tmp_path, "notice")[0]))
    assert "ngày nhận được Thông báo này (số liệu cập nhật đến hết quý IV: kể từ khi" in text


def test_report_says_what_the_parts_that_would_settle_a_target_are(papers):
    # 3 of 126 communes are known to keep up communication; all others would have to.
    text = text_of(papers["report"])
    assert "sẽ đạt nếu cả 123 xã, phường nêu trên đều duy trì tuyên truyền thường xuyên" in text
    assert "sẽ đạt nếu cả 12 tháng đều có tin, bài" in text


def test_letter_to_all_silent_communes_lists_them_in_its_annex(case, papers):
    document = papers["reminder"]
    text = text_of(document)
    assert "Sở Y tế chưa có số liệu của 123 xã, phường (danh sách tại Phụ lục kèm theo)" in text
    assert "- Biểu 1. " in text and "- Biểu 2. " in text and "Biểu 5" not in text
    assert "(tệp mang mã của từng đơn vị)" in text
    assert styled(document, "Tên phụ lục") == ["CÁC ĐƠN VỊ CHƯA GỬI BÁO CÁO"]
    names = {cell for row in rows(document.tables[-1]) for cell in row}
    silent = {*case.plan.register.full_name[silent_units(case)]}
    assert len(silent) == 126 - SENT and silent <= names


def test_report_of_communes_sums_by_area_and_lists_at_most_twelve_names(case, papers):
    report = papers["report"]
    head, _, *lines = rows(report.tables[3])
    assert head[1:4] == ["Khu vực", "Số đơn vị", "Đã gửi báo cáo"]
    assert len(lines) == len(case.plan.areas)
    assert sum(int(line[2]) for line in lines) == 126
    assert sum(int(line[3]) for line in lines) == SENT
    # Ba Đình has the three communes that sent: counts stand on one line.
    texts = ["03 đạt", "03 chưa đủ số liệu"]
    assert ["Quận Ba Đình (cũ)", "3", "3", *texts] in [line[1:6] for line in lines]
    for paragraph in paragraphs(report):
        assert len(re.findall(r"\b(?:phường|xã) [A-ZĐ]", paragraph)) <= 12, paragraph


def test_papers_of_2026_say_nothing_of_districts(papers):
    old = r"(?i)\b(?:huyện|quận|thị xã|thị trấn|cấp huyện|Sở Lao động|SLĐTBXH)\b(?![^,;\n]*\(cũ\))"
    for kind, document in papers.items():
        found = re.findall(old, everything(document))
        assert found == [], (kind, found[:3])
        assert "SỞ Y TẾ" in everything(document)


def test_annex_of_totals_names_no_year_before_where_there_is_none(tmp_path):
    plan = two_levels.make_plan(tmp_path, communes=4)
    returns = fill_plan(plan, tmp_path, 1, 0.0, near=False)
    case = case_of(plan, read_returns(plan, returns), internal=True)
    report = opened(review(case, tmp_path, "report")[0])
    titles = styled(report, "Tên phụ lục")
    assert "SỐ LIỆU CỦA TOÀN THÀNH PHỐ" in titles
    assert "2025" not in everything(report).replace("năm 2025\n", "")
