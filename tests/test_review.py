"""What a review says: official wording by verdict, numbers of the published set alone, each mark explained."""

import io
import re
from dataclasses import replace
from datetime import date

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from review_set import DISTRICT, PROVINCE, content, opened, published, settings

from pcmd_eval import canvas
from pcmd_eval.findings import Finding
from pcmd_eval.indicators import Indicator, Status
from pcmd_eval.published import DASH_WORDS, MARKER_WORDS, Published
from pcmd_eval.review import annexes, charts, sentences
from pcmd_eval.review.annex_cells import STAR_WORDS, rate_cell, table, verdict_cell
from pcmd_eval.review.charts import map_chart, matrix_chart, targets_chart
from pcmd_eval.review.content import review_content
from pcmd_eval.review.documents import Properties, render, template_faults
from pcmd_eval.review.narrative import Narrative, Paragraph, read_narrative
from pcmd_eval.review.settings import load_review_settings
from pcmd_eval.units import Unit
from pcmd_eval.wording import Verdict

REGISTER = published().project.register
PROVINCE_UNIT, DISTRICT_UNIT = REGISTER.province, REGISTER.reporter(DISTRICT)


def with_finding(**changed: object) -> Published:
    """The shipped set with the province's finding on one objective changed."""
    given = published()
    slug = changed.pop("slug")
    findings = [
        replace(f, **changed) if (f.unit_code, f.objective) == (PROVINCE, slug) else f  # type: ignore[arg-type]
        for f in given.findings
    ]
    return replace(given, findings=findings)


# ---- numbers and sentences ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "words"), [(0, "0"), (1, "01"), (9, "09"), (10, "10"), (1234, "1.234")])
def test_counts_below_ten_take_a_zero_in_prose(count: int, words: str) -> None:
    assert sentences.prose(count) == words


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"slug": "communication", "verdict": Verdict.MET, "low": 208, "high": 208},
            "kế hoạch từ 75% trở lên (tương ứng 208/277 xã, phường, thị trấn); thực hiện 208/277 (75,09%) xã, phường, "
            "thị trấn duy trì tuyên truyền thường xuyên, đạt 100% so với chỉ tiêu kế hoạch, đạt chỉ tiêu.",
        ),
        (  # 207/277 is 74,73%; 207/208 is 99,52%
            {"slug": "communication", "verdict": Verdict.NOT_MET, "low": 207, "high": 207},
            "thực hiện 207/277 (74,73%) xã, phường, thị trấn duy trì tuyên truyền thường xuyên, "
            "mới đạt 99,52% so với chỉ tiêu kế hoạch, chưa đạt chỉ tiêu.",
        ),
        (  # 8/7 is 114,29%
            {"slug": "integration", "verdict": Verdict.MET, "low": 8, "high": 9},
            "thực hiện 08/13 (61,54%) huyện, thành, thị có kế hoạch lồng ghép và đã thực hiện, "
            "đạt 114,29% so với chỉ tiêu kế hoạch, vượt chỉ tiêu.",
        ),
        (
            {"slug": "integration", "verdict": Verdict.UNDETERMINED, "low": 6, "high": 7},
            "theo báo cáo của 12/13 huyện, thành, thị; phần chưa biết nếu đều thực hiện thì nhiều nhất là "
            "07/13 (53,85%). Chưa đủ số liệu để đánh giá.",
        ),
        (
            {"slug": "enforcement", "verdict": Verdict.NONE_AROSE, "low": 0, "high": 0, "needed": 0, "total": 0},
            "Chỉ tiêu 6 (Phát hiện và xử lý vi phạm): trong năm không phát sinh vụ việc.",
        ),
        (  # a number that another text sets is not the plan's
            {"slug": "media", "low": 11, "high": 11},
            "mức áp dụng tháng nào cũng có; thực hiện 11/12 (91,67%) tháng có tin, bài trên phương tiện thông tin đại "
            "chúng cấp tỉnh, mới đạt 91,67% so với mức áp dụng, chưa đạt chỉ tiêu.",
        ),
    ],
)
def test_each_verdict_has_its_official_sentence(changed: dict, said: str) -> None:
    slug = changed["slug"]
    assert said in sentences.target_sentence(with_finding(**changed), PROVINCE_UNIT, slug)


@given(st.integers(1, 400), st.integers(1, 400))
def test_a_share_of_the_target_never_contradicts_the_verdict(part: int, needed: int) -> None:
    shown = float(sentences.of_target(part, needed).rstrip("%").replace(".", "").replace(",", "."))
    assert (shown < 100) == (part < needed) and (shown > 100) == (part > needed)


def test_a_huge_target_missed_by_one_is_not_rounded_to_a_hundred() -> None:
    assert sentences.of_target(99999, 100000) == "99,999%"


def test_the_coverage_names_who_is_missing() -> None:
    said = sentences.coverage(published(), PROVINCE_UNIT)[0]
    assert said.startswith("Số liệu được tổng hợp theo báo cáo của 12/13 huyện, thành, thị và của các cơ quan cấp tỉnh")
    assert "chưa có báo cáo đọc được: huyện Tân Sơn" in said and "Gửi sau hạn: huyện Cẩm Khê" in said
    assert "2.471/2.745 (90,02%)" in said


def test_a_district_without_a_return_is_not_said_to_have_done_nothing() -> None:
    silent = REGISTER.reporter("240")
    for slug in ("communication", "integration", "harm_reduction", "enforcement"):
        said = sentences.target_sentence(published(), silent, slug)
        assert said.endswith("chưa có báo cáo. Chưa đủ số liệu để đánh giá.")
    made = review_content(published(), silent, settings()).values["said"]
    assert made["inspection"] == [] and made["funding"] == []
    assert not any(re.search(r"\b0 ", words) for lines in made.values() for words in lines)


def test_a_missed_district_target_is_no_breach() -> None:
    said = sentences.target_sentence(published(), REGISTER.reporter("232"), "communication")
    assert "mới đạt 85,71% so với mức áp dụng, chưa đạt chỉ tiêu" in said  # 18 of 21
    assert said.endswith("kết quả của đơn vị là phần đóng góp, không phải vi phạm.")


def test_a_programme_is_named_and_not_only_numbered() -> None:
    said = sentences.target_sentence(published(), DISTRICT_UNIT, "integration")
    assert said.endswith("Đã ban hành văn bản nhưng chưa thực hiện: việc làm (2.3).")


def test_withheld_and_unknown_values_are_in_no_sentence() -> None:
    """The same set in which 6.7 is withheld says the same but for that clause."""
    given = published()
    rows = [
        replace(i, value="", status=Status.WITHHELD) if (i.unit_code, i.indicator) == (PROVINCE, "6.7") else i
        for i in given.indicators
    ]
    full = sentences.figures(given, PROVINCE_UNIT, "enforcement")[0]
    assert "; tổng số người vi phạm: 144 người" in full
    lacking = sentences.figures(replace(given, indicators=rows), PROVINCE_UNIT, "enforcement")[0]
    assert lacking == full.replace("; tổng số người vi phạm: 144 người", "")


def test_a_review_says_zeros_in_words_and_not_twice() -> None:
    """Thanh Thuỷ had no case, Cẩm Khê no programme and no money, Hạ Hoà documents alone."""
    quiet = sentences.paragraphs(published(), REGISTER.reporter("239"))["enforcement"]
    assert quiet == ["Chỉ tiêu 6 (Phát hiện và xử lý vi phạm): trong năm không phát sinh vụ việc."]
    said = sentences.paragraphs(published(), REGISTER.reporter("235"))
    assert said["integration"][1] == (
        "Chưa ban hành văn bản lồng ghép theo chương trình; chưa chương trình nào được tổ chức thực hiện; chưa chương "
        "trình nào vừa có văn bản vừa được thực hiện (chưa tính phần chưa có số liệu)."
    )
    assert said["funding"] == ["Theo báo cáo, chưa chi kinh phí lồng ghép các chương trình."]
    assert sentences.figures(published(), REGISTER.reporter("231"), "integration")[0].startswith(
        "Đã ban hành 02 văn bản"
    )


def test_what_is_not_zero_is_said_also_where_no_case_arose() -> None:
    """A set in which nothing arose and a case is pending all the same tells it."""
    made = [
        replace(i, value="2") if (i.unit_code, i.objective, i.indicator) == ("239", "enforcement", "6.6") else i
        for i in published().indicators
    ]
    given = replace(published(), indicators=made)
    assert sentences.figures(given, REGISTER.reporter("239"), "enforcement") == ["Đang xử lý 02 vụ."]


def test_a_reason_after_a_colon_brings_no_second_one() -> None:
    said = sentences.target_sentence(published(), PROVINCE_UNIT, "enforcement")
    assert said.startswith("Chỉ tiêu 6 (Phát hiện và xử lý vi phạm): tỉnh Phú Thọ đã xử lý 50 vụ việc;")


@pytest.mark.parametrize("code", [PROVINCE, DISTRICT])
def test_one_indicator_has_one_name_in_reviews_and_on_the_site(code: str) -> None:
    words = printed(code).lower()
    assert "cuộc tuyên truyền" in words and "chưa biết" in words
    assert (
        "buổi" not in words.replace("các buổi sinh hoạt", "")
        and "phần chưa rõ" not in words
        and "– chưa rõ" not in words
    )


def test_what_a_table_stars_a_sentence_qualifies() -> None:
    (said,) = sentences.media_figures(published())
    assert said.endswith("Cổng thông tin điện tử tỉnh: 26 tin, bài (chưa tính phần chưa có số liệu).")
    assert annexes.media(published()).rows[2]["pieces"] == "26*"


def test_what_is_not_known_of_communes_is_counted_without_a_return() -> None:
    """All 17 communes of Tân Sơn are not known: the count of them is a count, as on the site."""
    row = next(r for r in annexes.communication(published()).rows if r["unit"] == "Huyện Tân Sơn")
    assert [row[key] for key in ("communes", "maintaining", "unclear", "not_maintaining")] == ["17", "–", "17", "–"]


def test_words_that_judge_people_are_not_used() -> None:
    """Notes on documents, 3.4: the left column."""
    avoided = ("gái ", "kẻ mua", "hoàn lương", "thu gom", "cơ sở nhạy cảm", "ổ, động", "phòng chống", "đối tượng")
    for code in (PROVINCE, DISTRICT):
        words = printed(code).lower()
        assert not [word for word in avoided if word in words]


# ---- tables ---------------------------------------------------------------------------------------------------------


def test_each_mark_is_explained_under_the_table_in_which_it_stands_and_nowhere_else() -> None:
    assert table([{"a": "…", "b": "1"}]).notes == [MARKER_WORDS]
    assert table([{"a": "–"}, {"a": "12*"}]).notes == [DASH_WORDS, STAR_WORDS]
    assert table([{"a": "1 – 2", "b": "– trong đó", "c": "a*b"}]).notes == []


def test_a_sum_of_nothing_is_not_a_zero() -> None:
    row = next(r for r in annexes.enforcement(published()).rows if r["unit"] == "Huyện Tân Sơn")
    assert (row["n6_1"], row["n6_3"], row["n6_7"]) == ("–", "–", "–")
    quiet = next(r for r in annexes.enforcement(published()).rows if r["unit"] == "Huyện Thanh Thuỷ")
    assert (quiet["n6_3"], quiet["verdict"]) == ("0", "◊ Không phát sinh")


def test_a_value_that_rests_on_no_cell_is_printed_nowhere() -> None:
    made = [
        replace(i, value="0", status=Status.SHOWN, known=0, expected=4)
        if (i.unit_code, i.indicator) == (DISTRICT, "6.1")
        else i
        for i in published().indicators
    ]
    given = replace(published(), indicators=made)
    row = next(r for r in annexes.enforcement(given).rows if r["unit"] == "Huyện Đoan Hùng")
    assert row["n6_1"] == "–" and sentences.figures(given, DISTRICT_UNIT, "inspection") == []


def test_small_counts_of_persons_are_withheld_in_the_tables() -> None:
    rows = {r["unit"]: r["n6_7"] for r in annexes.enforcement(published()).rows}
    given = published()
    for unit in given.districts:
        found = given.indicator(unit.code, "enforcement", "6.7")
        assert (rows[unit.full_name] == "…") == (found is not None and found.status is Status.WITHHELD)
    assert "…" in rows.values()


def test_a_sum_that_is_not_full_has_a_star() -> None:
    rows = annexes.communication(published()).rows
    assert rows[-1]["sessions"].endswith("*") and not rows[-1]["unclear"].endswith("*")
    assert (rows[-1]["maintaining"], rows[-1]["unclear"], rows[-1]["communes"]) == ("193", "36", "277")


def test_the_summary_of_targets() -> None:
    rows = {row["title"]: row for row in annexes.targets(published(), PROVINCE_UNIT).rows}
    first = rows["Tuyên truyền ở xã, phường, thị trấn"]
    assert first["asked"] == "từ 75% trở lên (208/277)"
    assert first["done"] == "193/277 (69,68%); nhiều nhất 229/277 (82,67%)"
    assert (first["rate"], first["verdict"]) == ("92,79% – trên 100%", "■ Chưa đủ số liệu")
    second = rows["Lồng ghép với các chương trình kinh tế - xã hội"]
    assert (second["rate"], second["verdict"], second["basis"]) == ("71,43% – 85,71%", "▲ Chưa đạt", "kế hoạch nêu")
    assert rows["Phát hiện và xử lý vi phạm"]["basis"] == "mượn từ văn bản khác"


def test_a_missing_return_is_no_zero_in_the_tables_of_targets() -> None:
    """Tân Sơn sent nothing; Hạ Hoà reported that it has none. The dash stands with its meaning."""
    silent = annexes.targets(published(), REGISTER.reporter("240"))
    told = [row for row in silent.rows if row["verdict"] == "■ Chưa đủ số liệu"]
    assert [(row["done"], row["rate"]) for row in told] == [("–", "–")] * 4 and DASH_WORDS in silent.notes
    whole = annexes.targets_by_district(published())
    assert {r["unit"]: r["done"] for r in whole.rows}["Huyện Tân Sơn"] == "–" and DASH_WORDS in whole.notes
    none = annexes.targets(published(), REGISTER.reporter("231")).rows[2]
    assert (none["done"], none["rate"], none["verdict"]) == ("0/1 (0%)", "0%", "▲ Chưa đạt")


def test_an_objective_of_which_nothing_is_known_is_not_said_to_be_at_zero() -> None:
    """Also where the other sheets of the return came in."""
    blank = with_finding(slug="communication", low=0, high=277, reason="Tỉnh Phú Thọ chưa có số liệu để biết.")
    said = sentences.target_sentence(blank, PROVINCE_UNIT, "communication")
    assert said == "Chỉ tiêu 1 (Tuyên truyền ở xã, phường, thị trấn): tỉnh Phú Thọ chưa có số liệu để biết."


@pytest.mark.parametrize(
    ("changed", "rate"),
    [
        ({"low": 7, "high": 10, "needed": 3}, "233,33%"),  # what was done may go beyond the target
        ({"low": 2, "high": 10, "needed": 3}, "66,67% – trên 100%"),  # what is only possible is no result
        ({"low": 2, "high": 3, "needed": 3}, "66,67% – 100%"),
        ({"low": 5, "high": 6, "needed": 7}, "71,43% – 85,71%"),
        ({"low": 2, "high": None, "needed": 1}, "ít nhất 200%"),
    ],
)
def test_a_possible_rate_goes_up_to_the_target(changed: dict, rate: str) -> None:
    made = with_finding(slug="harm_reduction", **changed).finding(PROVINCE, "harm_reduction")
    assert rate_cell(made) == rate


def test_districts_stand_in_the_order_of_the_dictionary_with_the_province_last() -> None:
    names = [row["unit"] for row in annexes.targets_by_district(published()).rows]
    assert names[:3] == ["Huyện Cẩm Khê", "Huyện Đoan Hùng", "Huyện Hạ Hoà"] and names[-1] == "Tỉnh Phú Thọ"
    assert len(names) == 14


def test_every_rule_is_listed_with_its_status() -> None:
    plan = published().project.plan
    rows = annexes.rules(published(), PROVINCE_UNIT).rows
    asked = [rule.label for o in plan.objectives for rule in o.rules.values()] + [r.label for r in plan.rules.values()]
    assert [row["rule"] for row in rows if row["rule"] != "Mức cần đạt"] == asked
    assert {row["status"] for row in rows} == {"kế hoạch nêu", "mượn từ văn bản khác", "giả định"}


def test_a_verdict_is_shape_and_word() -> None:
    assert [verdict_cell(v) for v in Verdict] == [
        *("● Đạt", "▲ Chưa đạt", "■ Chưa đủ số liệu", "◊ Không phát sinh", "– Không áp dụng"),
    ]


# ---- the whole document ---------------------------------------------------------------------------------------------


def printed(code: str) -> str:
    """Every word of a document: text, tables, edges, alternative texts."""
    document = opened("tt01", code)
    words = [node.text or "" for node in document.element.body.iter() if node.tag.endswith("}t")]
    return "".join(f"{w} " for w in words) + " ".join(s._inline.docPr.get("descr") for s in document.inline_shapes)


def test_the_outline() -> None:
    heads = [(p.style.name[-1], p.text) for p in opened("tt01", PROVINCE).paragraphs if p.style.name[:7] == "Heading"]
    assert [text for level, text in heads if level == "1"] == [
        "TÌNH HÌNH TỆ NẠN MẠI DÂM TRÊN ĐỊA BÀN",
        "CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO",
        "KẾT QUẢ THỰC HIỆN",
        "ĐÁNH GIÁ CHUNG",
        "PHƯƠNG HƯỚNG, NHIỆM VỤ NĂM 2018",
        "KIẾN NGHỊ, ĐỀ XUẤT",
    ]
    seconds = [text for level, text in heads if level == "2"]
    assert seconds[:5] == [
        "Đặc điểm tình hình liên quan",
        "Tình hình tệ nạn mại dâm",
        "Ban hành văn bản",
        "Kiện toàn Ban Chỉ đạo, Đội kiểm tra liên ngành 178",
        "Phối hợp liên ngành",
    ]
    assert seconds[-3:] == ["Với Chính phủ, Bộ, ngành", "Với Tỉnh ủy, HĐND, UBND tỉnh", "Với cấp huyện"]
    assert seconds[5:8] == [
        "Kết quả thực hiện các chỉ tiêu của Kế hoạch số 884/KH-UBND",
        "Công tác thông tin, tuyên truyền",
        "Lồng ghép với các chương trình kinh tế - xã hội",
    ]


def test_the_opening_names_the_plan_in_full() -> None:
    body = [p.text for p in opened("tt01", PROVINCE).paragraphs if p.style.name == "Đoạn văn"]
    assert body[0] == (
        "Thực hiện Kế hoạch số 884/KH-UBND ngày 14 tháng 3 năm 2017 của UBND tỉnh Phú Thọ về phòng, chống mại dâm "
        "năm 2017, Sở Lao động - Thương binh và Xã hội báo cáo kết quả thực hiện như sau:"
    )


def test_what_people_wrote_stands_in_its_place_as_it_was_typed() -> None:
    parts = {"limits": [Paragraph("Phối hợp {{ x }} & <b>chưa</b> tốt.", 3), Paragraph("thiếu dịch vụ", 4, True)]}
    made = review_content(published(), DISTRICT_UNIT, settings(), Narrative("230.md", DISTRICT, parts))
    word = render(settings().template(), made, Properties("t", "s", date(2017, 12, 31)))
    said = [p.text for p in docx.Document(io.BytesIO(word)).paragraphs]
    place = said.index("Hạn chế, tồn tại")
    assert said[place + 1 : place + 4] == ["Phối hợp {{ x }} & <b>chưa</b> tốt.", "- thiếu dịch vụ", "Nguyên nhân"]


@pytest.mark.parametrize(("code", "places"), [(PROVINCE, 14), (DISTRICT, 12)])
def test_what_people_write_is_asked_for_where_there_is_nothing(code: str, places: int) -> None:
    said = [p.text for p in opened("tt01", code).paragraphs if p.style.name == "Phần cần soạn"]
    assert len(said) == places and all(re.fullmatch(r"\[Phần do đơn vị soạn: .+\]", words) for words in said)


def written(unit: Unit, text: str) -> list[tuple[str, str]]:
    """The paragraphs of a review with these words of people in it: style and text."""
    narrative = read_narrative(text.encode(), "x.md", unit.code)
    assert not narrative.faults
    word = render(
        settings().template(),
        review_content(published(), unit, settings(), narrative),
        Properties("t", "s", date(2017, 12, 31)),
    )
    return [(p.style.name, p.text) for p in docx.Document(io.BytesIO(word)).paragraphs]


def test_sub_headings_of_the_outline_take_what_was_written_and_ask_for_the_rest() -> None:
    said = written(PROVINCE_UNIT, "# Tình hình\nChung.\n\n## 2. Tình hình tệ nạn mại dâm\n- Ít.\n\n## Nhận định\nỔn.\n")
    place = said.index(("Heading 1", "TÌNH HÌNH TỆ NẠN MẠI DÂM TRÊN ĐỊA BÀN"))
    assert said[place + 1 : place + 3] == [("Đoạn văn", "Chung."), ("Heading 2", "Đặc điểm tình hình liên quan")]
    assert said[place + 3][0] == "Phần cần soạn"
    assert said[place + 4 : place + 9] == [
        ("Heading 2", "Tình hình tệ nạn mại dâm"),
        ("Đoạn văn", "- Ít."),
        ("Heading 2", "Nhận định"),
        ("Đoạn văn", "Ổn."),
        ("Heading 1", "CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO"),
    ]


def test_a_part_written_as_one_is_not_divided() -> None:
    said = written(DISTRICT_UNIT, "# Tình hình\nĐoạn.\n\n# Kiến nghị\n## Với Tỉnh ủy, HĐND, UBND tỉnh\nHỗ trợ.\n")
    place = said.index(("Đoạn văn", "Đoạn."))
    assert said[place + 1] == ("Heading 1", "CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO")
    place = said.index(("Heading 1", "KIẾN NGHỊ, ĐỀ XUẤT"))
    assert said[place + 1 : place + 3] == [("Heading 2", "Với Tỉnh ủy, HĐND, UBND tỉnh"), ("Đoạn văn", "Hỗ trợ.")]


def test_a_sub_heading_stands_one_level_below_its_heading() -> None:
    said = written(DISTRICT_UNIT, "# Nguyên nhân\n## a) Khách quan\nXa.\n\n# Phương hướng\n## Mục tiêu\nGiảm.\n")
    assert ("Heading 3", "Khách quan") in said and ("Heading 2", "Mục tiêu") in said


def test_the_reasons_of_the_findings_are_printed_word_for_word() -> None:
    words = " ".join(printed(PROVINCE).split())
    for finding in published().findings:
        if finding.unit_code == PROVINCE:
            assert " ".join(finding.reason.split()) in words


def test_a_district_review_tells_nothing_of_other_districts() -> None:
    words = printed(DISTRICT)
    others = [u.name for u in REGISTER.districts if u.code != DISTRICT and u.name not in ("Phú Thọ",)]
    assert not [name for name in others if name in words]


def test_figures_that_are_not_made_up_are_not_marked() -> None:
    real = review_content(replace(published(), illustrative=False), PROVINCE_UNIT, settings())
    assert real.values["illustrative"] == ""
    assert not any("MINH HỌA" in picture.alt for picture in real.pictures.values())


@pytest.mark.parametrize("rules", ["tt01", "nd30"])
def test_the_templates_and_the_data_know_the_same_names(rules: str) -> None:
    made = (content(code) for code in (PROVINCE, DISTRICT))
    values = ({**one.values, **dict.fromkeys(one.pictures, "")} for one in made)
    assert template_faults(settings().template(rules), *values) == []


LOOPED = (
    "{{ said_line }}",
    "- {{ addressee }}",
    "- {{ recipient }}",
    "{{ signing_line }}",
    "{{ name_line }}",
    "{{ mark }}",
)


@pytest.mark.parametrize("words", LOOPED)
def test_a_template_that_lost_what_a_loop_prints_is_not_sound(words: str) -> None:
    """Each such paragraph of the shipped template, taken away one at a time by somebody who edits it."""
    document = docx.Document(io.BytesIO(settings().template("tt01")))
    lost = next(p for p in document.element.body.iter(qn("w:p")) if "".join(p.itertext()).startswith(words))
    lost.getparent().remove(lost)
    edited = io.BytesIO()
    document.save(edited)
    made = (content(code) for code in (PROVINCE, DISTRICT))
    faults = template_faults(edited.getvalue(), *({**m.values, **dict.fromkeys(m.pictures, "")} for m in made))
    assert len(faults) == 1 and "vòng lặp không in" in faults[0] and "Đoạn " in faults[0]


def test_numbers_come_from_the_published_set_alone() -> None:
    """Another value there is another value here: nothing is read from elsewhere."""
    given = published()

    def changed(row: Indicator) -> Indicator:
        return replace(row, value="987654") if row.indicator == "sessions" and row.unit_code == PROVINCE else row

    def raised(finding: Finding) -> Finding:
        one = (finding.unit_code, finding.objective) == (PROVINCE, "communication")
        return replace(finding, low=201) if one else finding

    made = replace(given, indicators=[changed(i) for i in given.indicators], findings=[*map(raised, given.findings)])
    said = str(review_content(made, PROVINCE_UNIT, settings()).values)
    assert "987.654" in said and "2.702" not in said and "201/277 (72,56%)" in said
    assert "2.702" in str(content(PROVINCE).values)


# ---- charts and settings --------------------------------------------------------------------------------------------


def test_charts_draw_the_findings_and_say_them() -> None:
    matrix = matrix_chart(published())
    assert matrix.values["Huyện Thanh Thuỷ"] == (
        *("not_met", "not_met", "not_met", "not_applicable", "not_applicable", "none_arose"),
    )
    assert "Chưa đủ số liệu: Huyện Tân Sơn." in matrix.alt
    bars = targets_chart(published(), PROVINCE_UNIT)
    assert bars.values["Tuyên truyền ở xã, phường, thị trấn"] == (193, 229, 208, 277)
    assert bars.alt.startswith("SỐ LIỆU MINH HỌA. ")
    drawn = map_chart(published(), "communication")
    assert drawn is not None and drawn.values["Huyện Cẩm Khê"] == ("Chưa đạt",)
    assert targets_chart(published(), PROVINCE_UNIT).png == bars.png


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        (["LiberationSerif-Regular.ttf", "LiberationSerif-Bold.ttf", "timesbd.ttf", "times.ttf"], "Times New Roman"),
        (["Tinos-Bold.ttf", "Tinos-Regular.ttf", "LiberationSerif-Bold.ttf"], "Tinos"),  # half a face is none
        (["DejaVuSerif.ttf"], "DejaVu Sans"),
        ([], "DejaVu Sans"),
    ],
)
def test_pictures_are_lettered_like_the_text_beside_them(
    installed: list[str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notes on documents, 4.2; in whatever order the machine lists its fonts."""
    for names in (installed, installed[::-1]):
        monkeypatch.setattr(font_manager, "findSystemFonts", lambda names=names: [f"/fonts/{name}" for name in names])
        monkeypatch.setattr(font_manager.fontManager, "addfont", lambda _: None)
        assert charts._faces.__wrapped__()[0] == expected


def test_the_pictures_of_a_review_are_drawn_in_its_face(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another face gives another picture of each kind; the charts of the notebooks stay in the one of the screen."""
    draw = {
        "targets": lambda: targets_chart(published(), PROVINCE_UNIT),
        "matrix": lambda: matrix_chart(published()),
        "shares": lambda: charts.shares_chart(published(), "communication"),
        "map": lambda: map_chart(published(), "communication"),
    }
    if charts._faces() == ["DejaVu Sans"]:
        pytest.skip("no face of the width of Times here")
    here = {name: one().png for name, one in draw.items()}
    monkeypatch.setattr(charts, "_faces", lambda: ["DejaVu Sans"])
    assert not [name for name, one in draw.items() if one().png == here[name]]
    assert canvas.STYLE["font.family"] == "DejaVu Sans"


def test_a_plan_without_boundaries_has_no_map_and_still_a_review() -> None:
    project = published().project
    units = project.plan.units.model_copy(update={"boundaries": None})
    plan = project.plan.model_copy(update={"units": units})
    given = replace(published(), project=replace(project, plan=plan))
    assert "picture_map" not in review_content(given, PROVINCE_UNIT, settings()).pictures


def test_a_town_named_like_the_province_is_told_apart() -> None:
    wording = load_review_settings().wording(REGISTER.reporter("228"), PROVINCE_UNIT)
    assert (wording.place, wording.lines) == ("Thị xã Phú Thọ", ("ỦY BAN NHÂN DÂN", "THỊ XÃ PHÚ THỌ"))


def test_values_not_seen_in_the_official_text_stay_listed() -> None:
    listed = " ".join(one.value for one in load_review_settings().unverified)
    for part in ("Số, ký hiệu", "Địa danh", "trích yếu", "Kính gửi", "chức vụ", "Nơi nhận", "Phụ lục", "BC-SLĐTBXH"):
        assert part in listed
