"""What people write is read by headings, and each of its numbers that the published results contradict is found."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcmd_eval.findings import Finding
from pcmd_eval.indicators import Indicator, Status
from pcmd_eval.project import Project
from pcmd_eval.published import Published
from pcmd_eval.review.narrative import (
    FREE,
    OUTLINE,
    PARTS,
    arranged,
    contradictions,
    load_narratives,
    read_narrative,
    spoken,
)
from pcmd_eval.wording import Verdict, share

PLAN = ("884/KH-UBND", 2017)
UNIT, PROVINCE = ("230", "Huyện Đoan Hùng"), ("25", "Tỉnh Phú Thọ")


def finding(unit: tuple[str, str], objective: str, low: int, high: int | None, needed: int | None, total: int | None):
    """A finding with these numbers; verdict and reason play no part here."""
    targets = {"communication": ">= 75%", "integration": ">= 50%", "media": "every month", "enforcement": "all"}
    target = targets.get(objective, ">= 1")
    return Finding(*PLAN, *unit, objective, Verdict.NOT_MET, "", low, high, needed, total, target, "plan")


def indicator(unit: tuple[str, str], objective: str, key: str, value: str, status: Status = Status.SHOWN):
    """One row of indicators.csv."""
    return Indicator(*PLAN, *unit, objective, key, value, status)


@pytest.fixture(scope="module")
def published(project: Project) -> Published:
    """Đoan Hùng has 20 to 22 of 28 communes; the province 193 to 229 of 277, and 5 to 6 of 13 districts."""
    findings = [
        finding(UNIT, "communication", 20, 22, 21, 28),  # 71,43% to 78,57%
        finding(UNIT, "enforcement", 11, 11, 11, 11),
        finding(PROVINCE, "communication", 193, 229, 208, 277),  # 69,68% to 82,67%
        finding(PROVINCE, "integration", 5, 6, 7, 13),  # 38,46% to 46,15%
        finding(PROVINCE, "support_model", 1, None, 1, None),
        finding(PROVINCE, "media", 11, 11, 12, 12),
        finding(PROVINCE, "enforcement", 50, None, None, None),
    ]
    indicators = [
        indicator(UNIT, "enforcement", "6.4", "9"),
        indicator(UNIT, "enforcement", "6.7", "", Status.WITHHELD),
        indicator(UNIT, "communication", "attendance", "1234"),
        indicator(UNIT, "communication", "sessions", "257"),
        indicator(UNIT, "integration", "documents", "3"),
        indicator(UNIT, "integration", "budget", "46"),
        indicator(UNIT, "enforcement", "6.1", "44"),
        indicator(PROVINCE, "communication", "sessions", "2702"),
        indicator(PROVINCE, "enforcement", "6.2", "43"),
        indicator(PROVINCE, "enforcement", "6.11", "121.75"),
        indicator(PROVINCE, "enforcement", "6.7", "57"),
        indicator(PROVINCE, "integration", "2.3", "4"),
        *(indicator((d.code, d.full_name), "", "state", "on_time") for d in project.register.districts[1:]),
        indicator((project.register.districts[0].code, ""), "", "state", "missing"),
    ]
    return Published(project, findings, indicators, True)


def told(published: Published, text: str, unit: str = "230", part: str = "limits") -> list[tuple[str, str]]:
    """What is found wrong with a text: the line, and what was seen there."""
    narrative = read_narrative(f"# {PARTS[part]}\n\n{text}\n".encode(), "230.md", unit)
    assert not narrative.faults
    place = published.project.register.units.get(unit) or published.province
    return [(fault.cell, fault.value) for fault in contradictions(narrative, published, place)]


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_headings_paragraphs_and_items_are_read_with_their_lines():
    text = (
        "# Hạn chế\n\nĐoạn một\nviết tiếp.\n\n- ý thứ nhất,\n  xuống dòng\n- ý thứ hai\n\n## III. NGUYÊN NHÂN\nVì thế."
    )
    parts = read_narrative(text.encode(), "230.md", "230").parts
    found = {part: [(p.text, p.line, p.item) for p in paragraphs] for part, paragraphs in parts.items()}
    assert found == {
        "limits": [
            ("Đoạn một viết tiếp.", 3, False),
            ("ý thứ nhất, xuống dòng", 6, True),
            ("ý thứ hai", 8, True),
        ],
        "causes": [("Vì thế.", 11, False)],
    }


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("Phương hướng, nhiệm vụ năm 2018", "tasks"),
        ("V. PHƯƠNG HƯỚNG, NHIỆM VỤ NĂM 2018", "tasks"),
        ("2. Hạn chế, tồn tại", "limits"),
        ("kiến nghị, đề xuất", "proposals"),
        ("  Công  tác lãnh đạo, chỉ đạo  ", "direction"),
        (unicodedata.normalize("NFD", "Kết quả đạt được"), "results"),
        ("Tình hình tệ nạn mại dâm trên địa bàn", "situation"),
    ],
)
def test_a_heading_may_be_written_as_the_outline_does(heading: str, part: str):
    narrative = read_narrative(f"# {heading}\n\nCó.\n".encode(), "25.md", "25")
    assert list(narrative.parts) == [part] and not narrative.faults


def test_a_sub_heading_stands_in_its_part_without_the_number_that_word_gives_it():
    text = "# Tình hình\n\n## 1. Đặc điểm tình hình liên quan\nMiền núi.\n\n## 2. Tình hình tệ nạn mại dâm\n- Ít.\n"
    narrative = read_narrative(f"{text}\n## Nhận định\nỔn.\n\n## Bỏ trống\n\n# Hạn chế\nCó.\n".encode(), "25.md", "25")
    assert not narrative.faults and list(narrative.parts) == ["situation", "limits"]
    assert [(p.text, p.heading, p.line) for p in narrative.parts["situation"]] == [
        ("Đặc điểm tình hình liên quan", True, 3),
        ("Miền núi.", False, 4),
        ("Tình hình tệ nạn mại dâm", True, 6),
        ("Ít.", False, 7),
        ("Nhận định", True, 9),
        ("Ổn.", False, 10),
    ]
    placed = arranged(narrative.parts, whole=True)
    found = {name: [p.text for p in paragraphs] for name, paragraphs in placed.items() if paragraphs}
    assert found == {"setting": ["Miền núi."], "evils": ["Ít.", "Nhận định", "Ổn."], "limits": ["Có."]}


def test_a_district_addresses_its_proposals_as_it_likes():
    text = "# Kiến nghị\n\n## Với Tỉnh ủy, HĐND, UBND tỉnh\n\nHỗ trợ.\n"
    parts = read_narrative(text.encode(), "230.md", "230").parts
    assert [p.text for p in arranged(parts, whole=False)["proposals"]] == ["Với Tỉnh ủy, HĐND, UBND tỉnh", "Hỗ trợ."]
    assert [p.text for p in arranged(parts, whole=True)["to_province"]] == ["Hỗ trợ."]


def test_byte_order_mark_line_ends_and_remarks_do_not_matter():
    text = "\ufeff# Hạn chế\r\n<!-- nhắc:\r\n# Đề mục lạ -->\r\n\r\nĐoạn.\r\n"
    narrative = read_narrative(text.encode(), "25.md", "25")
    assert [(p.text, p.line) for p in narrative.parts["limits"]] == [("Đoạn.", 5)] and not narrative.faults


def test_the_skeleton_has_every_heading_and_says_nothing(project: Project):
    skeleton = Path(__file__).parent.parent / "data" / "narrative" / "mau.md"
    narrative = read_narrative(skeleton.read_bytes(), "mau.md", "25")
    assert narrative.parts == {} and narrative.faults == []
    lines = skeleton.read_text(encoding="utf-8").splitlines()
    assert [line[2:] for line in lines if line.startswith("# ")] == list(PARTS.values())
    own = [title for below in OUTLINE.values() for title in below.values()]
    assert [line[3:] for line in lines if line.startswith("## ")] == own


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("# Hạn chế\n\nĐoạn.\n\n# Khó khăn\n\nĐoạn.\n", "5", "Không có đề mục này"),
        ("# Hạn che\n", "1", "Không có đề mục này"),  # accents count
        ("# Hạn chế\nĐoạn.\n\n# 2. Hạn chế\nĐoạn.\n", "4", "đã có ở trên"),
        ("\nĐoạn.\n\n# Hạn chế\n", "2", "trước mọi đề mục"),
        ("# Tình hình\n\n## Chung\nĐoạn.\n\n## 2. Chung\nĐoạn.\n", "6", "đã có ở trên"),
        ("# Tình hình\n\n## Chung\nĐoạn.\n\n### Sâu hơn\nĐoạn.\n", "6", "một cấp đề mục con"),
        ("# Tình hình\nĐoạn.\n\n##\nĐoạn.\n", "4", "Không có đề mục này"),
        ("# Kết quả đạt được\nĐoạn.\n\n## 2. Hạn che\nĐoạn.\n", "4", "Không có đề mục này"),  # a part misspelt
        ("## 1. Đặc điểm tình hình liên quan\nĐoạn.\n", "1", "Không có đề mục này"),  # under no heading
        ("# Hạn chế\n\nĐây là **chữ đậm**.\n", "3", "Bỏ dấu này"),
        ("# Hạn chế\n\n| a | b |\n", "3", "Bỏ dấu này"),
    ],
)
def test_what_cannot_be_placed_is_a_fault_with_its_line(text: str, line: str, words: str):
    (fault,) = read_narrative(text.encode(), "230.md", "230").faults
    assert (fault.severity, fault.file, fault.cell) == ("stop", "230.md", line) and words in fault.message
    assert spoken(fault).startswith(f"230.md, dòng {line}")


def test_a_file_that_is_no_text_is_a_fault_not_a_traceback():
    (fault,) = read_narrative("# Hạn chế\n\nXã".encode("cp1258", "replace") + b"\xe3\xff", "230.md", "230").faults
    assert "UTF-8" in fault.message


def test_files_are_found_by_unit_code_and_others_are_named(project: Project, tmp_path: Path):
    for name in ("230.md", "25.md", "doan-hung.md", "README.md"):
        (tmp_path / name).write_text("# Hạn chế\n\nĐoạn.\n", encoding="utf-8")
    found, strays = load_narratives(project, tmp_path)
    assert sorted(found) == ["230", "25"] and [stray.file for stray in strays] == ["doan-hung.md"]
    assert load_narratives(project, tmp_path / "none") == ({}, [])


# ---- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Có 20/28 xã, phường, thị trấn (71,43%) duy trì tuyên truyền; nhiều nhất là 22/28 (78,57%), cần 21/28.",
        "Đạt 71,43%, làm tròn 71,4%, so với chỉ tiêu 75%.",
        "Toàn tỉnh 193/277 xã (69,68%).",
        "Mới đạt 95,24% so với chỉ tiêu; cả tỉnh đạt 92,8% kế hoạch.",  # 20 of the 21 needed, 193 of 208
        "Còn 6/28 xã chưa duy trì; 2/28 xã chưa đủ số liệu; 8 xã cần bổ sung.",
        "Có 05/13 huyện, thành, thị có kế hoạch lồng ghép; 4 huyện lồng ghép với việc làm.",
        "Theo báo cáo của 12/13 huyện, thành, thị.",
        "Trong năm có 11 tháng đưa tin; tháng 2 không có tin; 6 tháng đầu năm có ít.",
        "Phát hiện 11 vụ việc, xử lý hành chính 9 vụ; cả tỉnh 50 vụ việc.",
        "Có 1.234 lượt người dự; toàn tỉnh có 57 người vi phạm.",
        "Ngày 05 tháng 01 năm 2018, thực hiện Kế hoạch số 884/KH-UBND ngày 14/3/2017 và Nghị định 178/2004/NĐ-CP.",
        "Theo Điều 3, Khoản 2, Đội 178, giai đoạn 2016 - 2020, tháng 12/2017, quý 4/2017.",
        "1. Tăng 15% so với cùng kỳ; giảm 20% số vụ.",
        "Năm 2018 phấn đấu 80% số xã duy trì. Đến năm 2018 có 9/13 huyện lồng ghép.",
        "Tập huấn 3 lớp cho 7/9 đơn vị; 25 cơ sở lưu trú ký cam kết.",
        "Một mô hình, 1 mô hình loại 1. Ngày 3/4 họp.",
        "Hoạt động xã hội hóa: 3 xã hội viên tự nguyện.",
    ],
)
def test_what_was_published_or_is_no_claim_passes(published: Published, text: str):
    assert told(published, text) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Có 21/28 xã duy trì.", ["21/28 xã"]),
        ("Có 22/28 xã duy trì.", ["22/28 xã"]),  # the highest possible is not what was reached
        ("Nhiều nhất 23/28 xã.", ["23/28 xã"]),
        ("Đạt 19/28.", ["19/28"]),
        ("Có 21/30 xã duy trì.", ["21/30 xã"]),
        ("Có 20/28 xã (75%).", ["75%"]),  # the target, but not the share of this count
        ("Đạt 74,5%.", ["74,5%"]),
        ("Đạt 71%.", ["71%"]),
        ("Đạt 95,24% số xã.", ["95,24%"]),  # the share of what was needed, not of the communes
        ("Đạt 71 phần trăm.", ["71 phần trăm"]),
        ("Có 21 xã cần bổ sung và 23 xã đạt.", ["23 xã"]),
        ("Có 06/13 huyện có kế hoạch.", ["06/13 huyện"]),
        ("Có 9 tháng đưa tin; phát hiện 12 vụ việc.", ["9 tháng", "12 vụ việc"]),
        ("Xử lý 10 vụ.", ["10 vụ"]),
        ("Có 02 mô hình.", ["02 mô hình"]),
        ("Có 1.235 lượt người dự.", ["… người"]),
        ("Năm 2018 có 3 người được hỗ trợ.", ["… người"]),  # persons never pass unseen
    ],
)
def test_what_contradicts_is_found(published: Published, text: str, seen: list[str]):
    assert [value for _, value in told(published, text)] == seen


def test_the_line_is_that_of_the_number_also_within_a_paragraph(published: Published):
    text = "Dòng ba.\nDòng bốn có 19/28 xã.\n\n- Ý một.\n- Ý hai: đạt\n  74%."
    assert told(published, text) == [("4", "19/28 xã"), ("8", "74%")]


def test_the_fault_says_what_may_stand_there(published: Published):
    narrative = read_narrative("# Hạn chế\nCó 21/28 xã.\n".encode(), "230.md", "230")
    (fault,) = contradictions(narrative, published, published.project.register.units["230"])
    assert (
        fault.severity == "stop" and "20/28" in fault.message and spoken(fault).startswith("230.md, dòng 2: “21/28 xã”")
    )


@pytest.mark.parametrize(
    "text",
    ["Có 3 người bán dâm.", "Có 03 đối tượng.", "Có ba người bị xử phạt.", "Có 3/57 người.", "Chỉ tiêu 3 người."],
)
def test_a_number_of_persons_is_refused_and_not_repeated(published: Published, text: str):
    narrative = read_narrative(f"# Hạn chế\n{text}\n".encode(), "230.md", "230")
    (fault,) = contradictions(narrative, published, published.project.register.units["230"])
    said = spoken(fault).replace("230.md, dòng 2", "")
    assert fault.rule == "narrative_persons" and not any(digit in said for digit in "0123456789") and "ba " not in said


def test_a_district_may_not_say_what_only_another_district_published(published: Published):
    assert told(published, "Có 11 vụ việc.", unit="230") == []
    assert [seen for _, seen in told(published, "Có 11 vụ việc.", unit="240")] == ["11 vụ việc"]


FEW = [
    "Khởi tố 02 chủ chứa; 3 phụ nữ bán dâm; một người được hỗ trợ; 2 em gái 15 tuổi.",
    "Bắt giữ 03 phụ nữ.",
    "Xử phạt 3 trường hợp.",
    "Khởi tố 01 chủ chứa.",
    "Bắt 03 (ba) đối tượng; hai vợ chồng; 02 cặp nam nữ.",
    "Gồm nam: 2, nữ: một.",
    "Số người vi phạm là 3.",
    "Tại điểm 3 phụ nữ bị bắt; 3 trong số 57 đối tượng là học sinh.",
    "Phạt 3 - 4 khách; có 4 học viên nghỉ.",
    "Năm 2016 có 3 người vi phạm.",
]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("text", FEW)
def test_few_persons_are_refused_by_whatever_word_and_wherever(published: Published, text: str, part: str):
    found = told(published, text, part=part)
    assert found and {seen for _, seen in found} == {"… người"}


def test_every_number_of_few_persons_is_found(published: Published):
    assert len(told(published, FEW[0])) == 4 and len(told(published, FEW[4])) == 3 and len(told(published, FEW[5])) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Một số người, một trong những nguyên nhân, mỗi người, mọi người, nhiều người dân; không một người nào.",
        "Có 20 khách sạn; một khách sạn; 3 chủ trương; 2 chủ đề; 3 Hội Phụ nữ; đường Hai Bà Trưng.",
        "Trong năm học viên tăng; mỗi năm người dân; tháng ba người dân; ngày 8/3, phụ nữ.",
        "Khen thưởng 3 tập thể, 4 cá nhân. Bổ sung 2 cán bộ.",
        "Tập huấn cho 120 học viên.",
        "Xử phạt 9 trường hợp; toàn tỉnh xử phạt 57 trường hợp, 50 trường hợp là vụ việc.",
    ],
)
def test_everyday_words_for_people_are_no_number_of_persons(published: Published, text: str):
    assert told(published, text) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Đã đạt 1/6 chỉ tiêu.", ["1/6 chỉ tiêu"]),
        ("Có 2 mục tiêu đạt; 3 chỉ tiêu chưa đạt.", ["2 mục tiêu", "3 chỉ tiêu"]),
        ("Đạt 0 trong số 5 chỉ tiêu.", ["0 trong số 5 chỉ tiêu"]),
        ("Tổ chức 9.999 buổi tuyên truyền.", ["9.999 buổi"]),
        ("Tổ chức tuyên truyền được 300 cuộc, trong đó 258 buổi ở trường.", ["300 cuộc", "258 buổi"]),
        ("Kiểm tra 60 lượt cơ sở.", ["60 lượt"]),
        ("Ban hành 4 văn bản lồng ghép, kinh phí lồng ghép 50 triệu đồng.", ["4 văn bản", "50 triệu đồng"]),
        ("Phạt tiền 500 triệu đồng.", ["… triệu đồng"]),  # a district's fines are withheld, and not repeated
        ("Phạt tiền 121,75 triệu đồng.", ["… triệu đồng"]),
        ("Toàn tỉnh phạt tiền 0,5 tỷ đồng.", ["… tỷ đồng"]),
        ("Phát hiện 3 cơ sở vi phạm.", ["… cơ sở"]),
    ],
)
def test_verdicts_and_what_the_form_measures_are_held_against_the_results(
    published: Published, text: str, seen: list[str]
):
    assert [value for _, value in told(published, text)] == seen


@pytest.mark.parametrize(
    "text",
    [
        "Có 2/6 chỉ tiêu chưa đạt; đạt 0/6 chỉ tiêu; giao 3 chỉ tiêu cho các xã.",
        "Tổ chức 257 buổi tuyên truyền, trong đó 12 buổi ở trường; toàn tỉnh 2.702 buổi tuyên truyền.",
        "Họp 3 cuộc, 12 buổi làm việc; lồng ghép tuyên truyền trong 3 cuộc họp; ký cam kết với 25 cơ sở.",
        "Kiểm tra 44 lượt; ban hành 03 văn bản lồng ghép, 15 văn bản khác; kinh phí lồng ghép 0,046 tỷ đồng.",
        "Toàn tỉnh có 43 cơ sở vi phạm, phạt tiền 121,75 triệu đồng.",
    ],
)
def test_what_was_published_of_verdicts_and_measures_passes(published: Published, text: str):
    assert told(published, text) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Phát hiện 50 vụ việc.", ["50 vụ việc"]),
        ("Theo chỉ đạo của UBND tỉnh, phát hiện 50 vụ việc.", ["50 vụ việc"]),
        ("Toàn tỉnh phát hiện 50 vụ việc, huyện phát hiện 50 vụ việc.", ["50 vụ việc"]),
        ("Có 57 người vi phạm.", ["… người"]),
        ("Đạt 69,68% số xã.", ["69,68%"]),
        ("Cả tỉnh phát hiện 50 vụ việc; trong tỉnh 193/277 xã (69,68%).", []),
        ("Huyện đạt 71,43%, cao hơn toàn tỉnh (69,68%).", []),
        ("Trong 50 vụ việc của tỉnh, huyện có 11 vụ việc.", []),
    ],
)
def test_a_district_has_the_provinces_figures_only_where_it_speaks_of_it(
    published: Published, text: str, seen: list[str]
):
    assert [value for _, value in told(published, text)] == seen


@pytest.mark.parametrize(
    "text",
    [
        "Còn 6 xã chưa duy trì tuyên truyền thường xuyên (21,43%).",
        "Còn 6 xã, phường, thị trấn chưa duy trì (21,43%).",
        "Đạt 71,43%, thấp hơn năm 2016 (72%).",
        "Năm 2016, toàn huyện có 15/28 xã duy trì, đến nay có 20/28 xã. Năm 2016 có 60 người vi phạm.",
        "Tăng 2 vụ so với cùng kỳ năm 2016 (7 vụ); đạt 80% so với năm trước.",
    ],
)
def test_the_rest_of_a_share_and_an_earlier_year_are_no_contradiction(published: Published, text: str):
    assert told(published, text) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Năm 2016 có 15/28 xã; năm 2017 có 23/28 xã.", ["23/28 xã"]),
        ("Thực hiện Pháp lệnh năm 2003, huyện có 25/28 xã duy trì.", ["25/28 xã"]),  # the year of a law
        ("Đạt 72%, thấp hơn năm 2016 (73%).", ["72%"]),
    ],
)
def test_this_years_numbers_do_not_hide_behind_an_earlier_year(published: Published, text: str, seen: list[str]):
    assert [value for _, value in told(published, text)] == seen


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("situation", "Dân số 110.000 người; 45 cơ sở kinh doanh dịch vụ, gồm 20 khách sạn, 25 cơ sở karaoke."),
        ("situation", "Công an huyện quản lý 12 người bán dâm có hồ sơ (nguồn: Công an huyện); ước tính: 30 người."),
        ("direction", "Ban hành 15 văn bản; Ban Chỉ đạo gồm 15 người; Đội kiểm tra liên ngành 178 có 9 người."),
        ("communes", "Có 25/28 xã, phường, thị trấn lành mạnh, không có tệ nạn (89,29%)."),
        ("funding", "Kinh phí 50 triệu, thực hiện 46, đạt 92%; chi tuyên truyền 20 triệu đồng, đạt 80%."),
    ],
)
def test_what_the_outline_asks_for_beside_the_returns_may_be_written(published: Published, part: str, text: str):
    assert part in FREE and told(published, text, part=part) == []


@pytest.mark.parametrize(
    ("part", "text", "seen"),
    [
        ("situation", "Phát hiện 9 người vi phạm; bắt giữ 9 phụ nữ.", ["… người", "… người"]),
        ("situation", "Có 25/28 xã duy trì tuyên truyền.", ["25/28 xã"]),
        ("direction", "Kiểm tra 60 lượt.", ["60 lượt"]),
        ("communes", "Tỷ lệ xã duy trì tuyên truyền đạt 89,29%.", ["89,29%"]),
        ("funding", "Kinh phí lồng ghép 50 triệu đồng; phạt tiền 20 triệu đồng.", ["50 triệu đồng", "… triệu đồng"]),
    ],
)
def test_there_too_what_the_returns_hold_is_looked_at(published: Published, part: str, text: str, seen: list[str]):
    assert [value for _, value in told(published, text, part=part)] == seen


def test_sub_headings_are_looked_at_as_well(published: Published):
    assert told(published, "## Khởi tố 3 phụ nữ\n\nĐoạn.") == [("3", "… người")]


# ---- any numbers -----------------------------------------------------------------------------------------------------

_FILLER = st.sampled_from(
    [
        "Công tác phối hợp còn chưa thường xuyên.",
        "Ngày 14/3/2017 ban hành Kế hoạch 884/KH-UBND.",
        "Theo Điều 3 Nghị định 178/2004/NĐ-CP ngày 15/7/2004.",
        "- Kinh phí còn thấp, cán bộ kiêm nhiệm.",
    ]
)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Finding, list[str]]:
    total = draw(st.integers(9, 1500))
    low = draw(st.integers(0, total))
    high = draw(st.integers(low, total))
    needed = -(-3 * total // 4)
    made = finding(UNIT, "communication", low, high, needed, total)
    whole = f"{total:,}".replace(",", ".")
    said = [
        f"Có {low:02d}/{whole} xã duy trì.",
        f"Đạt {share(low, total, None)} số xã." if 4 * low != 3 * total else "Đạt 75%.",
        f"Nhiều nhất {high}/{total} xã.",
        f"Mức cần đạt là {needed}/{total}.",
        f"Trong {whole} xã có {low} xã duy trì.",
        f"Có {low}/{total} ({share(low, total)}).",
    ]
    lines = draw(st.lists(st.one_of(st.sampled_from(said), _FILLER), min_size=1, max_size=8))
    return made, lines


def _judged(project: Project, made: Finding, lines: list[str]) -> list[tuple[str, str]]:
    return told(Published(project, [made], [], True), "\n\n".join(lines))


@given(_cases())
def test_a_narrative_of_published_numbers_has_no_contradiction(project: Project, case: tuple[Finding, list[str]]):
    assert _judged(project, *case) == []


@given(_cases(), st.data())
def test_a_planted_number_is_found_on_its_line(project: Project, case: tuple[Finding, list[str]], data: st.DataObject):
    made, lines = case
    low, high, needed, total = made.low, made.high, made.needed, made.total
    right = {low, high, needed, total, high - low, total - high, total - low, max(needed - low, 0)}
    wrong = data.draw(st.sampled_from([number for number in range(total + 1) if number not in right]))
    planted = data.draw(st.sampled_from([f"Có {wrong}/{total} xã.", f"Có {wrong} xã.", f"Đạt {share(wrong, total)}."]))
    place = data.draw(st.integers(0, len(lines)))
    at = 3 + 2 * place
    assert [line for line, _ in _judged(project, made, [*lines[:place], planted, *lines[place:]])] == [str(at)]
