"""The papers: what holds of all, and what other returns, rules and words change.

`tests/golden/papers` has one of each kind as text, which `make golden` writes and a person reads.
"""

import re
from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest
from docx.oxml.ns import qn
from editions import case_of
from filling import fill
from made import COM, ENF, HARM, INT, edited, good, inform, put
from papers import controls, everything, made, opened, paragraphs, rows, styled, text_of

from pcmd_eval.analysis.case import missing_of
from pcmd_eval.analysis.case_queries import all_findings
from pcmd_eval.analysis.missing_data import count_unsent
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.office.reports.annexes import annexes_of
from pcmd_eval.office.reports.placeholders import list_papers, requests_to
from pcmd_eval.office.reports.sections import open_points
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.report_settings import PlanSettings
from pcmd_eval.statistics import indicators


@pytest.fixture(scope="module")
def report(files):
    return opened(files["25"])


def test_list_papers_has_a_report_twelve_notices_and_a_letter(case):
    papers = list_papers(case)
    kinds = [paper.kind for paper in papers.values()]
    assert Counter(kinds) == {"report": 1, "notice": 12, "reminder": 1}
    assert next(iter(papers)) == "bao-cao-884-25-phu-tho.docx"
    assert papers["cong-van-884-240-tan-son.docx"] == ("reminder", "240")


# ---- what holds of every paper -------------------------------------------------------------------


def test_papers_have_every_reason_once(case, files):
    """Unchanged, but that what every reason of a unit that falls short adds is said once, and that
    the number of models is a minimum, as in the table.
    """
    for unit in case.plan.reporters.index:
        if unit == "240":  # the letter has no finding
            continue
        text = everything(opened(files[unit])).replace("\u00a0", " ")
        findings = all_findings(case).query("unit_code == @unit")
        for reason in findings.reason[findings.verdict != "not_applicable"]:
            own = re.sub(r" Chỉ tiêu \d giao cho toàn tỉnh.*", "", reason)
            own = own.replace("có 01 mô hình", "có ít nhất 01 mô hình")
            # Its last quarter alone is open: the figures are those up to the cut-off.
            own = own.replace(
                "phát hiện ít nhất 04 vụ việc (chưa đủ số liệu), đã xử lý ít nhất 04.",
                "phát hiện 04 vụ việc, đã xử lý 04; chưa có số liệu sau ngày này.",
            )
            assert text.count(own) == 1, (unit, reason)
        note = text.count("không phải căn cứ xem xét vi phạm")
        assert note == findings.reason.str.contains("không phải căn cứ").any(), unit


def test_papers_have_no_sign_no_abbreviation_and_no_capital_in_a_sentence(files):
    for unit, content in files.items():
        text = everything(opened(content))
        assert not re.search(r"[●▲■◊○]|\bnt\b|\d–\d", text), unit
        body = text_of(opened(content))
        assert not re.search(r"(?<=[a-zđ,] )(?:Huyện|Xã|Phường|Quận|Tỉnh)(?= [A-ZĐ])", body), unit


def test_report_figures_equal_the_tables(report, case):
    text = text_of(report)
    assert "Cuộc tuyên truyền: ít nhất 2.698 cuộc;" in text
    assert "tổng số người vi phạm: ít nhất 144 người;" in text
    results, communes, by_unit, *_ = map(rows, report.tables[-6:])
    names = [*case.plan.senders.full_name[case.plan.expected_reporters]]
    assert [row[1] for row in results[2:]] == [row[1] for row in by_unit[2:-1]] == names
    requested = count_unsent(missing_of(case)).reindex(case.plan.expected_reporters, fill_value=0)
    assert [int(row[-1]) for row in results[2:]] == [*requested]
    finding = case.finding("communication")
    for at, number in ((2, 277 - finding.high), (3, finding.high - finding.low)):
        texts = [row[at] for row in communes[2:] if row[at] != "không có"]
        assert sum(int(re.search(r"\d+", text)[0]) for text in texts) == number
    detected = by_unit[0].index("Vụ việc phát hiện (vụ)")
    cases = [row[detected].rstrip("*") for row in by_unit[2:]]
    assert sum(int(n) for n in cases[:-1] if n.isdigit()) == int(cases[-1])


def test_report_names_every_annex_in_its_text(report):
    text = text_of(report).partition("Phụ lục\n")[0]
    for at, _ in enumerate(styled(report, "Tên phụ lục")):
        assert re.search(rf"Phụ lục {('I', 'II', 'III', 'IV', 'V')[at]}\b", text)


def test_report_asks_for_an_opinion_on_every_open_rule(report, case):
    """And on the targets of 5 and 6, which are not the plan's."""
    rules = [rule for objective in case.plan.objectives for _, rule in objective.rules.items()]
    points = sum(rule.status in ("assumption", "borrowed") for rule in rules) + 2
    table = rows(report.tables[-1])[2:]
    assert len(table) == points
    assert [row[-1] for row in table].count("kết luận không đổi") == 1
    assert (
        f"cho ý kiến về {points:02d} điểm Kế hoạch chưa quy định cụ thể (Phụ lục V); "
        f"{points - 1:02d} điểm có thể làm thay đổi kết luận của chỉ tiêu 1, 2, 3, 4, 5, 6; "
        "01 điểm không làm thay đổi kết luận."
    ) in text_of(report)


@pytest.mark.slow
def test_open_points_of_an_open_verdict_are_never_told_to_change_nothing(plan, tmp_path):
    """Without a return each reading leaves every verdict open; only a target decides by itself."""
    points = open_points(case_of(plan, read_returns(plan, tmp_path), internal=True))
    assert {point.effect for point in points if point.label != "Mức phải đạt"} == {"waits"}
    assert "kết luận không đổi" not in {point.readings for point in points}


@pytest.mark.slow
def test_results_by_unit_tell_a_day_that_is_not_written_from_a_missing_return(plan, tmp_path):
    book = edited(good(), lambda book: inform(book, cutoff=None, sent=None))
    (tmp_path / "228.xlsx").write_bytes(book)
    case = case_of(plan, read_returns(plan, tmp_path), internal=True)
    [table] = annexes_of(case, "report")["results"].tables
    days = table.frame.set_index("Đơn vị")[["Ngày gửi", "Ngày chốt số liệu"]]
    assert [*days.loc["Thị xã Phú Thọ"]] == ["không ghi", "chưa ghi rõ"]
    assert [*days.loc["Huyện Tân Sơn"]] == ["–", "–"]


@pytest.mark.slow
def test_report_of_the_committee_has_no_points_for_an_opinion(case):
    """They are put to the committee."""
    settings = PlanSettings(issuer="ubnd")
    other = replace(case, plan=case.plan.model_copy(update={"review": settings}))
    text = everything(made(other, "25"))
    assert "cho ý kiến" not in text and "CHO Ý KIẾN" not in text and "Phụ lục V)" not in text


@pytest.mark.parametrize("unit", ["228", "233", "235", "236"])
def test_notice_counts_on_its_first_page_what_its_annex_lists(case, files, unit):
    case, document = case.at(unit), opened(files[unit])
    asked_for = requests_to(case, False)
    line = next(p for p in paragraphs(document) if p.startswith("- Còn "))
    assert f"Còn {len(asked_for):02d} điểm đề nghị sửa, xác nhận hoặc bổ sung" in line
    [listed] = [t for t in map(rows, document.tables) if t[0][1:] == ["Biểu", "Ô", "Cần làm gì"]]
    assert len(listed) - 1 == len(asked_for) > 1


def test_notice_has_one_time_for_an_answer(case, files):
    """Tam Nông's last quarter was open at its cut-off."""
    for unit, time in {"236": "kể từ khi kết thúc quý IV", "233": "kể từ ngày nhận được"}.items():
        text = text_of(opened(files[unit]))
        assert text.count("05 ngày làm việc") == 1 and time in text


# ---- other returns, rules and words --------------------------------------------------------------


@pytest.mark.slow
def test_notice_of_a_bad_return_stays_short(plan, blanks, tmp_path):
    """However much is wrong: one habit is one row."""
    fill(blanks, tmp_path / "sent", 1, 0.6)
    case = case_of(plan, read_returns(plan, tmp_path / "sent"), internal=True)
    notices = [paper.unit for paper in list_papers(case).values() if paper.kind == "notice"]
    wrong = missing_of(case).reporter.value_counts()
    for unit in wrong.reindex(notices).nlargest(3).index:
        document = made(case, unit)
        assert len(rows(document.tables[-2])) <= 30, unit
        assert len(text_of(document)) < 3000, unit


@pytest.fixture
def paper(plan, tmp_path):
    """Make a paper of these returns, by unit."""

    def make(unit, kind=None, **files):
        for name, content in files.items():
            (tmp_path / f"{name}.xlsx").write_bytes(content)
        case = case_of(plan, read_returns(plan, tmp_path), internal=True)
        return everything(made(case, unit, kind))

    return make


@pytest.mark.slow
def test_notice_that_asks_for_nothing_names_what_its_annex_lists(paper):
    text = paper("228", a=edited(good(), lambda book: put(book[COM], 5, 5, 0, 0, 0, 1, 30)))
    assert "Các phường, xã chưa" not in text and "đề nghị bổ sung" not in text.casefold()
    assert re.search(r"- Các xã, phường chưa .*: danh sách tại Phụ lục kèm theo\.", text)
    assert "HOẶC CHƯA ĐỦ SỐ LIỆU" in text and "BỔ SUNG" not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"cutoff": "30/11/2017", "sent": "04/12/2017"}, "kể từ khi kết thúc quý IV"),
        ({"cutoff": "30/11/2017", "sent": "09/01/2018"}, "kể từ ngày nhận được Thông báo này"),
        ({"cutoff": None}, "- Báo cáo chưa ghi rõ ngày chốt số liệu."),
        ({"cutoff": None}, "Chưa ghi ngày; ghi ngày cuối cùng mà số liệu tính đến"),
    ],
)
def test_notice_fits_the_days_of_the_return(paper, days, said):
    def spoil(book):
        for row in range(5, 9):
            put(book[COM], row, 5, 1, 1, 0, 0, 30)
        inform(book, **days)

    text = paper("228", a=edited(good(), spoil))
    assert said in text and "gửi đến ngày" not in text


@pytest.mark.slow
def test_report_compares_what_its_annex_has(paper):
    """Of the province's own bodies alone there are figures of both years."""

    def spoil(book):
        inform(book, cutoff="31/12/2017", sent="05/01/2018", mark="Có")
        book[ENF]["D6"] = 99  # more places with violations than inspections

    report = paper("25", a=edited(good("25"), spoil))
    assert "So với năm 2016 (chi tiết tại Phụ lục" in report
    assert "Các cơ quan cấp tỉnh:" not in report
    assert "Hình 1" not in report  # no unit has a verdict of its own


@pytest.mark.slow
def test_papers_mark_figures_to_be_confirmed_and_do_not_compare_them(paper):
    """More places with violations than inspections: either may be the wrong number."""

    def spoil(book):
        inform(book, cutoff="31/12/2017", sent="05/01/2018", mark="Có")
        book[ENF]["D6"] = 99

    content = edited(good(), spoil)
    report = paper("25", a=content)
    assert re.search(r"Lượt kiểm tra cơ sở: ít nhất \d+ lượt \(chờ xác nhận\)", report)
    assert report.count("(chờ xác nhận)") == 2  # inspections and places
    notice = paper("228", a=content)
    assert "Phát hiện và xử lý" in notice and "Lượt kiểm tra cơ sở năm 2016" not in notice


@pytest.mark.slow
def test_report_has_one_number_of_cases_that_were_detected_at_least(paper):
    """Of quarter I only the parts are known: 2 + 1 cases, beside 2 + 4 + 1 of the others."""
    report = paper("25", a=edited(good(), lambda book: put(book[ENF], 7, 4, None)))
    assert (
        "phát hiện ít nhất 10 vụ việc" in report
        and "\nđã xử lý ít nhất 09; phát hiện ít nhất 10\n" in report
    )
    cells = report.splitlines()
    assert "10*" in cells and "7*" not in cells


@pytest.mark.slow
def test_notice_names_no_number_day_or_answer_that_nobody_gave(paper):
    """Cases handled but not detected, a row of another unit, two files; no commune fell short."""

    def blank_cases(book):
        for row in (7, 8, 9, 10):
            put(book[ENF], row, 4, *[None] * 4)
        book[HARM]["C5"], book[INT]["D5"] = "khoảng 3", None

    def spoil(book):
        blank_cases(book)
        for row in (8, 9):
            put(book[ENF], row, 4, *[0] * 4)
        put(book[COM], 20, 1, "99999", "Xã Lạ", None, None, 1)
        book[HARM]["C5"] = None
        inform(book, cutoff="31/12/2017", sent="05/01/2018")

    text = paper("228", a=edited(good(), blank_cases), b=edited(good(), spoil))
    assert "chưa ghi nhận vụ việc đã xử lý" in text and "đã xử lý 0" not in text
    assert "Tính đến" not in text and "ghi Có hoặc Không theo thực tế" in text
    assert "(tệp a.xlsx và b.xlsx gửi kèm" in text


@pytest.mark.slow
@pytest.mark.parametrize("is_known", [False, True])
def test_papers_call_a_return_late_only_where_the_deadline_is_known(case, files, is_known):
    """The shipped plan assumes the day."""
    content = case.plan.content()
    content["rules"]["deadline"]["status"] = "stated" if is_known else "assumption"
    other = replace(case, plan=Plan.model_validate(content | {"name": case.plan.name}))
    texts = {unit: everything(made(other, unit)) for unit in ("25", "240")}
    assert ("chậm nhất ngày 20/12/2017" in texts["240"]) == is_known
    assert ("gửi muộn" in texts["25"]) == is_known
    assert "Tổng hợp từ các báo cáo gửi đến ngày 28/12/2017." in texts["25"]


def test_report_placeholders_have_the_style_of_the_text(report):
    for control in controls(report):
        assert control.find(f".//{qn('w:pStyle')}").get(qn("w:val")) == "Đoạnvăn"
    for heading in ("Heading 1", "Heading 2"):
        assert report.styles[heading].next_paragraph_style.name == "Đoạn văn"


@pytest.mark.parametrize(
    ("value", "state", "measure", "text"),
    [
        (4, "incomplete", "huyện", "ít nhất 04 huyện"),
        (4, "complete", "huyện", "04 huyện"),
        (1234.5, "incomplete", "triệu đồng", "ít nhất 1.234,5 triệu đồng"),
        (0, "complete", "vụ", "0 vụ"),
        (8, "incomplete", "triệu đồng", "ít nhất 8 triệu đồng"),
        (0, "incomplete", "chương trình", "chưa đủ số liệu"),
        (None, "unknown", "vụ", "chưa có số liệu"),
    ],
)
def test_words_in_sentence_are_those_of_officials(value, state, measure, text):
    row = {"value": value, "state": state, "measure": measure, "precision": "exact"}
    words = indicators.describe_sums(
        pd.Series([value], dtype="Float64"), pd.Series([state == "complete"])
    )
    [row] = pd.DataFrame([row]).assign(words=words.words).itertuples()
    assert indicators.words_in_sentence(row, measure) == text


def test_settings_without_a_signer_or_drafter_name_the_key():
    issuer = {"symbol": "BC", "addressed": ["A"], "signing": ["B"], "recipients": ["C"]}
    with pytest.raises(ValueError, match="signer, place"):
        PlanSettings.model_validate({"issuers": {"so": issuer}})
    with pytest.raises(ValueError, match="drafter"):
        PlanSettings.model_validate({"department": {"name": "Sở Y tế"}})
