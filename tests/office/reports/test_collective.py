"""Papers of a plan for which 126 communes report: one notice and one letter for all of them.

Their words are approved in tests/golden/papers, for twelve communes.
"""

import re
from dataclasses import replace

import pytest
from approved import commune_case
from editions import case_of
from made import COM, edited, inform, put
from papers import everything, made, opened, paragraphs, rows, styled, text_of

from pcmd_eval.analysis.case_queries import all_findings
from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.office.reports.annexes import annexes_of
from pcmd_eval.office.reports.document import make_paper
from pcmd_eval.office.reports.placeholders import list_papers, silent_units
from pcmd_eval.plan.plan import Plan, load_plan

SENT = 3
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Hà Nội's plan of 2026."""
    return load_plan("ha_noi_2026")


@pytest.fixture(scope="module")
def case(plan, tmp_path_factory):
    """Three communes sent a return with sheet 1 filled in, the others nothing."""
    folder = tmp_path_factory.mktemp("returns")

    def fill(book):
        put(book[COM], 5, 5, 2, 2, 2, 2)
        inform(book, cutoff="31/12/2026", sent="05/01/2027")

    for code in plan.reporting_units.index[:SENT]:
        (folder / f"{code}.xlsx").write_bytes(edited(blank_return(plan, code), fill))
    return case_of(plan, read_returns(plan, folder), internal=True)


@pytest.fixture(scope="module")
def papers(case):
    return {
        kind: opened(make_paper(case.at(unit), kind)) for kind, unit in list_papers(case).values()
    }


def test_notice_to_all_communes_counts_what_its_annex_lists(case, papers, plan):
    document = papers["notice"]
    assert f"Đã nhận {SENT:02d} trong 127 báo cáo phải gửi" in text_of(document)
    head, *lines = rows(document.tables[-2])
    assert head == ["TT", "Biểu", "Ô", "Cần làm gì", "Đơn vị"]
    assert len({line[3] for line in lines}) == len(lines)  # what several are asked for stands once
    units = {name for line in lines for name in line[4].split(", ")}
    request = f"Còn điểm đề nghị sửa, xác nhận hoặc bổ sung của {len(units):02d} đơn vị (chi tiết"
    assert request in text_of(document)
    results = [row[at : at + 4] for row in rows(document.tables[-1])[1:] for at in (0, 4)]
    assert [*map(len, results)].count(4) == 126
    assert styled(document, "Heading 1") == []  # its only request has no heading of its own


def test_letter_to_all_silent_communes_lists_them_in_its_annex(case, papers):
    assert "chưa có số liệu của 123 xã, phường" in text_of(papers["reminder"])
    names = {cell for row in rows(papers["reminder"].tables[-1]) for cell in row}
    silent = {*case.plan.register.full_name[silent_units(case)]}
    assert len(silent) == 126 - SENT and silent <= names


def test_letter_to_few_silent_communes_names_them(tmp_path):
    case = commune_case(tmp_path, communes=6)
    text = everything(made(case, case.plan.province, "reminder"))
    names = case.plan.register.inline_name[silent_units(case)]
    assert len(names) == 3 and all(name in text for name in names)
    assert "Phụ lục" not in text


def test_report_of_communes_sums_by_area_and_lists_at_most_twelve_names(case, papers):
    head, *lines = rows(papers["report"].tables[3])
    assert head[1:4] == ["Khu vực", "Đã gửi", "1. Tuyên truyền ở xã, phường"]
    halves = [half for line in lines for half in (line[:6], line[6:])]
    halves = [half for half in halves if any(half)]
    assert len(halves) == len(case.plan.areas) + 1  # and the city's own bodies
    sent = [half[2].split("/") for half in halves]
    assert sum(int(total) for _, total in sent) == 127
    assert sum(int(count) for count, _ in sent) == SENT
    for paragraph in paragraphs(papers["report"]):
        assert len(re.findall(r"\b(?:phường|xã) [A-ZĐ]", paragraph)) <= 12, paragraph


def test_report_of_communes_lists_no_unit_that_reached_everything(case, plan):
    """Nothing arose is reached, too: decided on codes, not on the words that are printed."""
    reached = [*plan.reporting_units.index[:SENT]]
    findings = all_findings(case)
    is_reached = findings.unit_code.isin(reached) & (findings.verdict != "not_applicable")
    findings = findings.assign(verdict=findings.verdict.mask(is_reached, "none_arose"))
    [table] = annexes_of(replace(case, _findings=findings), "report")["units"].tables
    names = {*case.plan.register.full_name[reached]}
    assert len(table.frame) == 126 - SENT and not names & {*table.frame.iloc[:, 1]}


@pytest.mark.slow
def test_notice_to_all_communes_says_what_its_verdicts_rest_on_and_who_sends_later(tmp_path, plan):
    def fill(book, cutoff="31/12/2026", sent="05/01/2027"):
        put(book[COM], 5, 5, 2, 2, 0, 0)
        inform(book, cutoff=cutoff, sent=sent)

    def fill_early(book):  # the last quarter is open
        fill(book, "30/11/2026", "01/12/2026")

    for code, write in zip(plan.reporting_units.index, (fill, fill_early), strict=False):
        (tmp_path / f"{code}.xlsx").write_bytes(edited(blank_return(plan, code), write))
    case = case_of(plan, read_returns(plan, tmp_path), internal=True)
    text = everything(opened(make_paper(case, "notice")))
    assert "Kết quả chỉ tiêu 1: “thường xuyên” là có tuyên truyền ít nhất 03 quý" in text
    assert "(quy tắc Sở tạm áp dụng)" in text and text.count("không phải căn cứ") == 1
    assert "tệp mang mã của từng đơn vị gửi kèm đánh dấu từng ô" in text
    later = plan.reporting_units.inline_name.iloc[1]
    assert f"; riêng {later} trong 05 ngày làm việc kể từ khi kết thúc quý IV, về Sở" in text
