"""The form of the review, measured on the filled document: Thông tư 01/2011/TT-BNV and Nghị định 30/2020/NĐ-CP.

Values: notes on documents, part 1. What Word holds is read back by python-docx, what stands on paper from the PDF.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from review_set import DISTRICT, MM, PROVINCE, RULES, Line, PdfPage, opened, pages, pdf_files, word_file

from pcmd_eval.paths import TEMPLATES

DOCUMENTS = [(rules, code) for rules in RULES for code in (PROVINCE, DISTRICT)]
CENTRE, RIGHT, BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
ANNEXES = {PROVINCE: 8, DISTRICT: 4}
MARK = "SỐ LIỆU MINH HỌA"
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII"]


@pytest.fixture(params=DOCUMENTS, ids="-".join)
def document(request: pytest.FixtureRequest) -> Document:
    return opened(*request.param)


def mm(length: int) -> float:
    return round(length / 36000, 1)


def everything(document: Document) -> Iterator[Paragraph]:
    """Every paragraph, those in tables included."""
    for element in document.element.body.iter(qn("w:p")):
        yield Paragraph(element, document)


def of_style(document: Document, name: str) -> list[Paragraph]:
    return [p for p in everything(document) if p.style.name == name]


def look(paragraph: Paragraph) -> tuple:
    """Size, bold, italic, alignment as the style says; no run says otherwise."""
    font = paragraph.style.font
    assert not [r for r in paragraph.runs if r.font.size or r.font.name or r.font.bold is not None]
    return (
        font.size.pt,
        bool(font.bold),
        bool(font.italic),
        paragraph.paragraph_format.alignment or paragraph.style.paragraph_format.alignment,
    )


# ---- the page -------------------------------------------------------------------------------------------------------


def test_every_section_is_a4_with_the_margins_of_both_rule_sets(document: Document) -> None:
    first, *annexes = document.sections
    assert (mm(first.page_width), mm(first.page_height)) == (210, 297)
    for section in annexes:
        assert (mm(section.page_width), mm(section.page_height)) == (297, 210)
    for section in document.sections:
        edges = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
        assert [mm(edge) for edge in edges] == [20, 20, 30, 20]


def test_every_face_is_times_new_roman_in_black(document: Document) -> None:
    styles = document.styles.element
    for fonts in styles.iter(qn("w:rFonts")):
        assert {fonts.get(qn(f"w:{s}")) for s in ("ascii", "hAnsi", "cs", "eastAsia")} == {"Times New Roman"}
        assert not [key for key in fonts.attrib if "heme" in key]
    assert {c.get(qn("w:val")) for c in styles.iter(qn("w:color"))} <= {"000000", "auto"}
    assert not [c for c in styles.iter(qn("w:color")) if c.get(qn("w:themeColor"))]
    assert not list(document.element.body.iter(qn("w:rFonts")))
    assert not list(document.element.body.iter(qn("w:color")))


def test_the_language_is_vietnamese(document: Document) -> None:
    langs = {lang.get(qn("w:val")) for lang in document.styles.element.iter(qn("w:lang"))}
    assert langs == {"vi-VN"}
    assert document.styles.element.find(f".//{qn('w:docDefaults')}//{qn('w:lang')}") is not None
    assert document.core_properties.language == "vi-VN"


def test_body_text(document: Document) -> None:
    found = of_style(document, "Đoạn văn")
    assert len(found) > 15
    for paragraph in found:
        assert look(paragraph) == (14, False, False, BOTH)
    form = document.styles["Đoạn văn"].paragraph_format
    assert (mm(form.first_line_indent), form.space_after.pt, form.line_spacing) == (12.7, 6, 1.15)


def test_headings_count_by_themselves_in_the_ladder_of_official_documents(document: Document) -> None:
    numbering = document.part.numbering_part.element
    found = {
        level.find(qn("w:pStyle")).get(qn("w:val")): tuple(
            level.find(qn(f"w:{name}")).get(qn("w:val")) for name in ("numFmt", "lvlText")
        )
        for level in numbering.iter(qn("w:lvl"))
    }
    annex = document.styles["Phụ lục"].style_id
    ladder = {"Heading1": ("upperRoman", "%1."), "Heading2": ("decimal", "%2."), "Heading3": ("lowerLetter", "%3)")}
    assert found == ladder | {annex: ("upperRoman", "Phụ lục %1")}
    for level, bold in ((1, True), (2, True), (3, False)):
        style = document.styles[f"Heading {level}"]
        assert (style.font.size.pt, bool(style.font.bold), bool(style.font.italic)) == (14, bold, False)
        assert mm(style.paragraph_format.first_line_indent) == 12.7
        assert style.element.pPr.numPr.numId.val == 1 and style.element.pPr.numPr.ilvl.val == level - 1
    heads = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert heads[0] == "TÌNH HÌNH TỆ NẠN MẠI DÂM TRÊN ĐỊA BÀN"
    assert heads[4] == "PHƯƠNG HƯỚNG, NHIỆM VỤ NĂM 2018"
    assert all(head == head.upper() for head in heads) and len(heads) == 6


# ---- the heading block and the end ----------------------------------------------------------------------------------


def block(document: Document) -> Table:
    return document.tables[0]


def test_the_grid_of_the_heading_block(document: Document) -> None:
    made = block(document)
    assert [mm(column.width) for column in made.columns] == [63, 97]
    assert {tuple(mm(cell.width) for cell in row.cells) for row in made.rows} == {(63, 97)}
    for line in made._tbl.iter(qn("w:tblBorders")):
        pytest.fail(f"the heading block has borders: {line}")


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("Quốc hiệu", (12, True, False, CENTRE)),
        ("Tiêu ngữ", (13, True, False, CENTRE)),
        ("Cơ quan ban hành", (12, True, False, CENTRE)),
        ("Số ký hiệu", (13, False, False, CENTRE)),
        ("Địa danh ngày tháng", (13, False, True, CENTRE)),
        ("Dự thảo", (13, True, False, CENTRE)),
        ("Tên loại", (14, True, False, CENTRE)),
        ("Trích yếu", (14, True, False, CENTRE)),
        ("Kính gửi", (14, False, False, CENTRE)),
        ("Chức vụ ký", (14, True, False, CENTRE)),
        ("Nơi nhận", (12, True, True, WD_ALIGN_PARAGRAPH.LEFT)),
        ("Danh sách nơi nhận", (11, False, False, WD_ALIGN_PARAGRAPH.LEFT)),
        ("Phụ lục", (14, True, False, CENTRE)),
        ("Tên phụ lục", (14, True, False, CENTRE)),
        ("Kèm theo", (13, False, True, CENTRE)),
    ],
)
def test_the_size_and_cut_of_each_part(document: Document, style: str, expected: tuple) -> None:
    found = of_style(document, style)
    assert found
    assert {look(paragraph) for paragraph in found} == {expected}
    assert document.styles[style].paragraph_format.line_spacing == 1.0 or style == "Nơi nhận"


def test_rules_are_drawn_and_nothing_is_underlined(document: Document) -> None:
    assert not list(document.element.body.iter(qn("w:u"))) and not list(document.styles.element.iter(qn("w:u")))
    rules = of_style(document, "Dòng kẻ")
    assert len(rules) == 3  # under the issuer, the motto and the subject
    assert document.styles["Dòng kẻ"].element.pPr.find(qn("w:pBdr")) is not None
    box = document.styles["Dự thảo"].element.pPr.find(qn("w:pBdr"))
    assert [side.tag.rpartition("}")[2] for side in box] == ["top", "left", "bottom", "right"]


@pytest.mark.parametrize(
    ("code", "issuer", "lines", "number", "place", "signing"),
    [
        (
            PROVINCE,
            "so",
            ["UBND TỈNH PHÚ THỌ", "SỞ LAO ĐỘNG -", "THƯƠNG BINH VÀ XÃ HỘI"],
            "/BC-SLĐTBXH",
            "Phú Thọ,",
            ["GIÁM ĐỐC"],
        ),
        (
            PROVINCE,
            "ubnd",
            ["ỦY BAN NHÂN DÂN", "TỈNH PHÚ THỌ"],
            "/BC-UBND",
            "Phú Thọ,",
            ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"],
        ),
        (
            DISTRICT,
            "so",
            ["ỦY BAN NHÂN DÂN", "HUYỆN ĐOAN HÙNG"],
            "/BC-UBND",
            "Đoan Hùng,",
            ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"],
        ),
    ],
)
@pytest.mark.parametrize("rules", RULES)
def test_each_issuer_has_its_own_block(
    rules: str, code: str, issuer: str, lines: list[str], number: str, place: str, signing: list[str]
) -> None:
    document = opened(rules, code, issuer)
    left, right = block(document).rows[0].cells
    assert [p.text for p in left.paragraphs if p.text] == lines
    superior = [p.text for p in left.paragraphs if p.style.name == "Cơ quan chủ quản"]
    assert superior == (["UBND TỈNH PHÚ THỌ"] if code == PROVINCE and issuer == "so" else [])
    assert [p.text for p in right.paragraphs] == [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "",
    ]
    left, right = block(document).rows[1].cells
    assert re.fullmatch(rf"Số:\u00a0+{number}", left.paragraphs[0].text)
    assert left.paragraphs[1].text == "DỰ THẢO"
    assert re.fullmatch(rf"{place} ngày\u00a0+tháng\u00a0+năm\u00a0+", right.paragraphs[0].text)
    recipients, signed = next(t for t in document.tables if "Nơi nhận:" in t.cell(0, 0).text).rows[0].cells
    assert [p.text for p in signed.paragraphs if p.text] == signing  # no name: it is written by hand
    listed = [p.text for p in recipients.paragraphs if p.text]
    assert listed[0] == "Nơi nhận:" and all(re.fullmatch(r"- .+;", words) for words in listed[1:-1])
    assert re.fullmatch(r"- Lưu: VT, .+\.", listed[-1])


def test_the_body_ends_as_official_reports_do(document: Document) -> None:
    body = [p.text for p in document.paragraphs if p.style.name == "Đoạn văn"]
    closing = next(words for words in body if words.startswith("Trên đây là Báo cáo"))
    assert closing.endswith("trân trọng báo cáo./.")


# ---- page numbers, annexes, tables, pictures ------------------------------------------------------------------------


def fields(edge) -> list[str]:
    return [code.text for code in edge._element.iter(qn("w:instrText"))]


@pytest.mark.parametrize("code", (PROVINCE, DISTRICT))
@pytest.mark.parametrize(
    ("rules", "at", "other", "side"), [("tt01", "footer", "header", RIGHT), ("nd30", "header", "footer", CENTRE)]
)
def test_the_page_number_stands_where_the_rule_set_wants_it(
    rules: str, at: str, other: str, side: int, code: str
) -> None:
    document = opened(rules, code)
    first = document.sections[0]
    edge = getattr(first, at)
    assert fields(edge) == ["PAGE"] and edge.paragraphs[0].alignment == side
    assert edge.paragraphs[0].style.font.size.pt == 13
    assert not fields(getattr(first, other))
    assert first.different_first_page_header_footer
    assert not fields(first.first_page_header) and not fields(first.first_page_footer)


def test_annexes_are_landscape_sections_that_keep_the_edges_and_count_from_one(document: Document) -> None:
    annexes = document.sections[1:]
    titles = of_style(document, "Tên phụ lục")
    assert len(annexes) == len(titles) == len(of_style(document, "Phụ lục")) == ANNEXES[code_of(document)]
    for section in annexes:
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
        assert not section.different_first_page_header_footer
        assert section.header.is_linked_to_previous and section.footer.is_linked_to_previous


def code_of(document: Document) -> str:
    return DISTRICT if "ĐOAN HÙNG" in block(document).cell(0, 0).text else PROVINCE


def test_every_edge_bears_the_mark_of_made_up_figures(document: Document) -> None:
    first = document.sections[0]
    for edges in ((first.header, first.footer), (first.first_page_header, first.first_page_footer)):
        assert [p.text for edge in edges for p in edge.paragraphs].count(MARK) == 1


def test_data_tables_repeat_their_heads_and_say_what_they_are(document: Document) -> None:
    data = [t for t in document.tables if t._tbl.tblPr.find(qn("w:tblCaption")) is not None]
    assert len(document.tables) - len(data) == 2  # the heading block and the signature are no data
    for made in data:
        assert made._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        assert made._tbl.tblPr.find(qn("w:tblDescription")).get(qn("w:val"))
        assert made.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert made.rows[-1]._tr.trPr.find(qn("w:tblHeader")) is None  # it has rows of data
        assert not list(made._tbl.iter(qn("w:gridSpan"))) and not list(made._tbl.iter(qn("w:vMerge")))
        grid = [column.width for column in made.columns]
        assert all(
            abs(cell.width - width) < 1000 for row in made.rows for cell, width in zip(row.cells, grid, strict=True)
        )


def test_pictures_have_words_and_fit_the_page(document: Document) -> None:
    pictures = document.inline_shapes
    assert len(pictures) == (4 if code_of(document) == PROVINCE else 1)
    for picture in pictures:
        assert picture._inline.docPr.get("descr").startswith(MARK)
        assert mm(picture.width) <= 247
    assert mm(pictures[0].width) == pytest.approx(160, abs=0.3)


def test_no_tag_is_left(document: Document) -> None:
    said = "\n".join(p.text for p in everything(document))
    assert "{" not in said and "%}" not in said


def test_the_templates_are_what_their_script_writes(tmp_path: Path) -> None:
    """Until the department edits them in Word; then this test goes with the script."""
    import runpy

    made = runpy.run_path(str(TEMPLATES / "make_reviews.py"))["make"]
    for rules in RULES:
        assert made(rules) == (TEMPLATES / f"review_{rules}.docx").read_bytes()


def test_the_same_data_give_the_same_bytes() -> None:
    once = word_file("tt01", DISTRICT)
    word_file.cache_clear()
    assert word_file("tt01", DISTRICT) == once


# ---- on paper -------------------------------------------------------------------------------------------------------

slow = pytest.mark.slow
on_paper = pytest.mark.parametrize(("rules", "code"), DOCUMENTS)


@slow
def test_times_new_roman_is_replaced_by_a_face_of_the_same_widths() -> None:
    found = subprocess.run(["fc-match", "Times New Roman"], capture_output=True, text=True, check=True).stdout
    assert "Liberation Serif" in found or "Tinos" in found


@slow
@on_paper
def test_quoc_hieu_and_tieu_ngu_stand_on_one_line_each(rules: str, code: str) -> None:
    first = pages(rules, code)[0]
    name, motto = first.find("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), first.find("Độc lập - Tự do - Hạnh phúc")
    assert (name.right - name.left) / MM == pytest.approx(88.3, abs=1)  # 12 pt bold
    assert (motto.right - motto.left) / MM == pytest.approx(56.1, abs=1)  # 13 pt bold
    assert (name.left + name.right) / 2 == pytest.approx((motto.left + motto.right) / 2, abs=1)
    assert name.right <= (210 - 20) * MM and motto.top > name.top
    number, day = first.find("Số:"), first.find(", ngày")
    assert number.top == pytest.approx(day.top, abs=3)  # on the same line


@slow
@on_paper
def test_nothing_is_clipped(rules: str, code: str) -> None:
    for page in pages(rules, code):
        for line in page.lines:
            assert line.left >= 29 * MM and line.right <= page.width - 19 * MM, line  # a closing blank may hang out
            assert line.top >= 9 * MM and line.bottom <= page.height - 9 * MM, line


@slow
@on_paper
def test_the_pages_are_upright_then_landscape(rules: str, code: str) -> None:
    shapes = ["landscape" if page.width > page.height else "upright" for page in pages(rules, code)]
    assert shapes == sorted(shapes, reverse=True)
    assert {round(page.width / MM) for page in pages(rules, code)} == {210, 297}


def number_of(page: PdfPage, rules: str) -> Line | None:
    """The page number: a line of figures alone, in the bottom margin or the top margin."""
    edge = [
        line
        for line in page.lines
        if re.fullmatch(r"\d+", line.text)
        and (line.top > page.height - 20 * MM if rules == "tt01" else line.bottom < 20 * MM)
    ]
    assert len(edge) <= 1
    return edge[0] if edge else None


@slow
@on_paper
def test_page_numbers_stand_where_they_belong_and_start_again_in_each_annex(rules: str, code: str) -> None:
    found = pages(rules, code)
    assert number_of(found[0], rules) is None
    expected, annexes = 1, 0
    for page in found:
        if re.search(r"^Phụ lục [IV]+$", page.text, re.MULTILINE):
            expected, annexes = 1, annexes + 1
            assert f"Phụ lục {ROMAN[annexes - 1]}\n" in page.text
        if page is not found[0]:
            number = number_of(page, rules)
            assert number is not None and number.text == str(expected), (page.text[:80], expected)
            if rules == "tt01":
                assert number.right == pytest.approx(page.width - 20 * MM, abs=2)
            else:
                middle = (30 * MM + page.width - 20 * MM) / 2
                assert (number.left + number.right) / 2 == pytest.approx(middle, abs=2)
        expected += 1
    assert annexes == ANNEXES[code]


@slow
@on_paper
def test_every_page_says_that_the_figures_are_made_up(rules: str, code: str) -> None:
    assert all(MARK in page.text for page in pages(rules, code))


@slow
@on_paper
def test_the_signature_does_not_stand_alone_on_a_page(rules: str, code: str) -> None:
    page = next(page for page in pages(rules, code) if "Nơi nhận:" in page.text)
    closing, recipients = page.find("Trên đây là Báo cáo"), page.find("Nơi nhận:")
    capacity = next(line for line in page.lines if line.text in ("GIÁM ĐỐC", "TM. ỦY BAN NHÂN DÂN"))
    assert closing.top < recipients.top
    assert recipients.bottom == pytest.approx(capacity.bottom, abs=4)  # level with each other


@slow
@on_paper
@pytest.mark.skipif(shutil.which("pdffonts") is None, reason="poppler-utils is not installed")
def test_only_faces_of_the_widths_of_times_are_in_the_pdf(rules: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "review.pdf"
    path.write_bytes(pdf_files()[f"{rules}-{code}"])
    listed = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert listed and all(re.match(r"([A-Z]{6}\+)?(LiberationSerif|Tinos)", line) for line in listed), listed


@slow
@on_paper
def test_rules_are_a_third_to_a_half_of_the_words_above(rules: str, code: str) -> None:
    """Reckoned from the indents, against the printed width of the longest line above."""
    document, first = opened(rules, code), pages(rules, code)[0]
    issuer, motto, subject = of_style(document, "Dòng kẻ")
    lengths = {}
    for name, rule, room in (("issuer", issuer, 63 - 3.8), ("motto", motto, 97 - 3.8), ("subject", subject, 160)):
        form = rule.paragraph_format
        lengths[name] = room - mm(form.left_indent) - mm(form.right_indent)
    names = {PROVINCE: "THƯƠNG BINH VÀ XÃ HỘI", DISTRICT: "ỦY BAN NHÂN DÂN"}
    for name, words in (("issuer", names[code]), ("subject", "Kết quả thực hiện Kế hoạch phòng")):
        line = next(line for line in first.lines if words in line.text)
        assert 1 / 3 <= lengths[name] * MM / (line.right - line.left) <= 1 / 2, name
    line = first.find("Độc lập - Tự do - Hạnh phúc")
    assert lengths["motto"] * MM == pytest.approx(line.right - line.left, abs=3)
