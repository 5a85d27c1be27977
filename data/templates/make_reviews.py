"""Writes the two Word templates of the review, once; afterwards they are edited in Word and this script is history.

    python data/templates/make_reviews.py [FOLDER]

Values: notes on documents, part 1 (Thông tư 01/2011/TT-BNV, Nghị định 30/2020/NĐ-CP). All format stands in named
styles, so that whoever edits a template in Word changes a style and not a hundred paragraphs.
"""

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from pcmd_eval.files import sorted_zip

FACE, LANGUAGE = "Times New Roman", "vi-VN"
LEFT, CENTRE, RIGHT, BOTH = (getattr(WD_ALIGN_PARAGRAPH, name) for name in ("LEFT", "CENTER", "RIGHT", "JUSTIFY"))
TEXT_WIDTH, ANNEX_WIDTH = 160.0, 247.0  # mm between the margins, upright and landscape
PADDING = 1.9  # mm on each side of a cell
BLANK = "\u00a0" * 6  # room for a number or a day that is written by hand

# name: size, bold, italic, alignment, first line (mm), space before, space after (pt)
STYLES = {
    "Đoạn văn": (14, False, False, BOTH, 12.7, 0, 6),
    "Phần cần soạn": (14, False, True, BOTH, 12.7, 0, 6),
    "Quốc hiệu": (12, True, False, CENTRE, 0, 0, 0),
    "Tiêu ngữ": (13, True, False, CENTRE, 0, 0, 0),
    "Cơ quan chủ quản": (12, False, False, CENTRE, 0, 0, 0),
    "Cơ quan ban hành": (12, True, False, CENTRE, 0, 0, 0),
    "Số ký hiệu": (13, False, False, CENTRE, 0, 6, 0),
    "Địa danh ngày tháng": (13, False, True, CENTRE, 0, 6, 0),
    "Dự thảo": (13, True, False, CENTRE, 0, 6, 0),
    "Tên loại": (14, True, False, CENTRE, 0, 18, 0),
    "Trích yếu": (14, True, False, CENTRE, 0, 0, 0),
    "Kính gửi": (14, False, False, CENTRE, 0, 12, 0),
    "Nơi kính gửi": (14, False, False, LEFT, 0, 0, 0),
    "Chức vụ ký": (14, True, False, CENTRE, 0, 0, 0),
    "Nơi nhận": (12, True, True, LEFT, 0, 0, 0),
    "Danh sách nơi nhận": (11, False, False, LEFT, 0, 0, 0),
    "Phụ lục": (14, True, False, CENTRE, 0, 0, 0),
    "Tên phụ lục": (14, True, False, CENTRE, 0, 0, 0),
    "Kèm theo": (13, False, True, CENTRE, 0, 0, 6),
    "Tên bảng": (13, True, False, CENTRE, 0, 6, 3),
    "Đầu bảng": (11, True, False, CENTRE, 0, 1, 1),
    "Số cột": (9, False, True, CENTRE, 0, 0, 0),
    "Ô chữ": (11, False, False, LEFT, 0, 1, 1),
    "Ô số": (11, False, False, RIGHT, 0, 1, 1),
    "Ô giữa": (11, False, False, CENTRE, 0, 1, 1),
    "Ghi chú bảng": (11, False, True, LEFT, 0, 2, 2),
    "Hình": (12, False, False, CENTRE, 0, 6, 0),
    "Chú thích hình": (12, False, True, CENTRE, 0, 2, 8),
    "Số liệu minh họa": (12, True, False, CENTRE, 0, 0, 0),
    "Số trang": (13, False, False, RIGHT, 0, 0, 0),
    "Dòng kẻ": (2, False, False, CENTRE, 0, 0, 0),
    "Ngắt": (2, False, False, LEFT, 0, 0, 0),
}
KEPT = ("Normal", "Default Paragraph Font", "Normal Table", "No List", "Table Grid", "Header", "Footer")
KEPT += ("Heading 1", "Heading 2", "Heading 3")
BODY = ("Đoạn văn", "Phần cần soạn", "Heading 1", "Heading 2", "Heading 3")
FIXED_LINE = {"Dòng kẻ": 3, "Ngắt": 2}  # pt


# ---- styles and numbering -------------------------------------------------------------------------------------------


def set_face(style: ParagraphStyle, size: float, bold: bool, italic: bool) -> None:
    """Times New Roman in black for every script, without the theme's face and colour."""
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, italic
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FACE)
    complex_size = OxmlElement("w:szCs")
    complex_size.set(qn("w:val"), str(int(size * 2)))
    size_element = style.element.rPr.find(qn("w:sz"))
    size_element.addnext(complex_size)


def set_styles(document: Document) -> None:
    for name in ("rPrDefault", "pPrDefault"):
        found = document.styles.element.find(f".//{qn(f'w:{name}')}")
        if found is not None:
            found.clear()
    face = f'w:ascii="{FACE}" w:hAnsi="{FACE}" w:cs="{FACE}" w:eastAsia="{FACE}"'
    defaults = (
        f"<w:rPr {nsdecls('w')}><w:rFonts {face}/><w:sz w:val='28'/><w:szCs w:val='28'/>"
        f"<w:lang w:val='{LANGUAGE}' w:eastAsia='{LANGUAGE}' w:bidi='ar-SA'/></w:rPr>"
    )
    document.styles.element.find(f".//{qn('w:rPrDefault')}").append(parse_xml(defaults))
    for style in list(document.styles):  # those of the theme bring its faces and colours with them
        if style.name not in KEPT:
            style.delete()
        else:
            for link in style.element.findall(qn("w:link")):
                style.element.remove(link)
    normal = document.styles["Normal"]
    set_face(normal, 14, False, False)
    lang = parse_xml(f"<w:lang {nsdecls('w')} w:val='{LANGUAGE}' w:eastAsia='{LANGUAGE}'/>")
    normal.element.rPr.append(lang)
    set_spacing(normal, LEFT, 0, 0, 0, "Normal")
    for level in (1, 2, 3):
        heading = document.styles[f"Heading {level}"]
        set_face(heading, 14, level < 3, False)
        heading.font.all_caps = False
        set_spacing(heading, BOTH, 12.7, 6 if level < 3 else 0, 6, heading.name)
        heading.paragraph_format.keep_with_next = True
    for name, (size, bold, italic, alignment, first, before, after) in STYLES.items():
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        style.quick_style = True
        set_face(style, size, bold, italic)
        set_spacing(style, alignment, first, before, after, name)
    for name in ("Tên bảng", "Hình", "Phụ lục", "Tên phụ lục", "Tên loại", "Trích yếu", "Kèm theo"):
        document.styles[name].paragraph_format.keep_with_next = True
    document.styles["Nơi kính gửi"].paragraph_format.left_indent = Mm(45)
    document.styles["Kính gửi"].paragraph_format.space_after = Pt(0)
    border(document.styles["Dự thảo"].element.get_or_add_pPr(), "top", "left", "bottom", "right")
    side = Mm((63 - 2 * PADDING - 32) / 2)
    document.styles["Dự thảo"].paragraph_format.left_indent = side
    document.styles["Dự thảo"].paragraph_format.right_indent = side
    border(document.styles["Dòng kẻ"].element.get_or_add_pPr(), "bottom")


def set_spacing(style: ParagraphStyle, alignment: int, first: float, before: float, after: float, name: str) -> None:
    form = style.paragraph_format
    form.alignment, form.space_before, form.space_after = alignment, Pt(before), Pt(after)
    form.first_line_indent = Mm(first) if first else None
    if name in FIXED_LINE:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(FIXED_LINE[name])
    else:
        form.line_spacing = 1.15 if name in BODY else 1.0
    form.widow_control = True


def border(properties, *sides: str) -> None:
    """Lines around a paragraph: drawn, not underlined."""
    lines = "".join(f"<w:{side} w:val='single' w:sz='6' w:space='1' w:color='000000'/>" for side in sides)
    element = parse_xml(f"<w:pBdr {nsdecls('w')}>{lines}</w:pBdr>")
    after = ("shd", "tabs", "spacing", "ind", "contextualSpacing", "jc", "outlineLvl", "rPr", "sectPr")
    properties.insert_element_before(element, *(f"w:{name}" for name in after))


def set_numbering(document: Document) -> None:
    """Headings I. / 1. / a) and annexes Phụ lục I, II, … count by themselves, so that a part can be put in or out."""
    numbering = document.part.numbering_part.element
    for child in list(numbering):
        numbering.remove(child)
    headings = [("upperRoman", "%1.", "Heading1"), ("decimal", "%2.", "Heading2"), ("lowerLetter", "%3)", "Heading3")]
    annexes = [("upperRoman", "Phụ lục %1", document.styles["Phụ lục"].style_id)]
    for number, levels in ((1, headings), (2, annexes)):
        inside = "".join(
            f"<w:lvl w:ilvl='{depth}'><w:start w:val='1'/><w:numFmt w:val='{kind}'/><w:pStyle w:val='{style}'/>"
            f"<w:suff w:val='{'space' if number == 1 else 'nothing'}'/><w:lvlText w:val='{text}'/>"
            f"<w:lvlJc w:val='left'/><w:pPr><w:ind w:left='0' w:firstLine='{720 if number == 1 else 0}'/></w:pPr>"
            "</w:lvl>"
            for depth, (kind, text, style) in enumerate(levels)
        )
        kind = "multilevel" if number == 1 else "singleLevel"
        numbering.append(
            parse_xml(
                f"<w:abstractNum {nsdecls('w')} w:abstractNumId='{number}'>"
                f"<w:multiLevelType w:val='{kind}'/>{inside}</w:abstractNum>"
            )
        )
    for number in (1, 2):
        text = f"<w:num {nsdecls('w')} w:numId='{number}'><w:abstractNumId w:val='{number}'/></w:num>"
        numbering.append(parse_xml(text))
    for name, depth, number in (("Heading 1", 0, 1), ("Heading 2", 1, 1), ("Heading 3", 2, 1), ("Phụ lục", 0, 2)):
        properties = document.styles[name].element.get_or_add_pPr()
        level = properties.get_or_add_numPr()
        level.get_or_add_ilvl().val, level.get_or_add_numId().val = depth, number
    outline = OxmlElement("w:outlineLvl")
    outline.set(qn("w:val"), "0")
    document.styles["Phụ lục"].element.get_or_add_pPr().append(outline)


# ---- building blocks ------------------------------------------------------------------------------------------------


class Page:
    """Puts paragraphs and tables into a document."""

    def __init__(self, document: Document, rules: str) -> None:
        self.document, self.rules = document, rules

    def say(self, text: str, style: str = "Đoạn văn") -> Paragraph:
        return self.document.add_paragraph(text, style)

    def tag(self, text: str) -> None:
        """A tag of docxtpl in a paragraph of its own, which goes away with it."""
        self.document.add_paragraph("{%p " + text + " %}", "Đoạn văn")

    def each(self, listed: str, style: str = "Đoạn văn") -> None:
        """One paragraph for each text of a list."""
        self.tag(f"for said_line in {listed}")
        self.say("{{ said_line }}", style)
        self.tag("endfor")

    def people(self, part: str, hint: str, level: int = 3) -> None:
        """What people wrote for this part, or a line that asks for it; their sub-headings are of that level."""
        self.words(part, level)
        self.tag("else")
        self.say(f"[Phần do đơn vị soạn: {hint}]", "Phần cần soạn")
        self.tag("endfor")

    def words(self, part: str, level: int) -> None:
        """The loop over what people wrote for this part, not yet closed."""
        self.tag(f"for paragraph in people.{part}")
        self.tag("if paragraph.heading")
        self.say("{{ paragraph.text }}", f"Heading {level}")
        self.tag("else")
        self.say("{% if paragraph.item %}- {% endif %}{{ paragraph.text }}")
        self.tag("endif")

    def outlined(self, part: str, below: Sequence[tuple[str, str, str]]) -> None:
        """A part with sub-headings of the outline (name, heading, hint); without them if people wrote it as one."""
        self.words(part, 2)
        self.tag("endfor")
        self.tag(f"if not people.{part} or " + " or ".join(f"people.{name}" for name, _, _ in below))
        for name, heading, hint in below:
            self.say(heading, "Heading 2")
            self.people(name, hint, 2)
        self.tag("endif")

    def picture(self, name: str, caption: str) -> None:
        self.say("{{ " + name + " }}", "Hình")
        self.say(caption, "Chú thích hình")

    def table(
        self,
        source: str,
        caption: str,
        columns: Sequence[tuple[str, str, float, str]],
        numbered: bool = True,
        together: bool = False,
    ) -> None:
        """A data table: columns are (heading, name of the cell, width in mm, style); its marks explained below.

        A short table stays `together` on one page.
        """
        self.say(caption, "Tên bảng")
        made = self.document.add_table(rows=0, cols=len(columns), style="Table Grid")
        widths = [width for _, _, width, _ in columns]
        self._row(made, [(text, "Đầu bảng") for text, *_ in columns], widths, head=True)
        if numbered:
            self._row(made, [(f"({place})", "Số cột") for place in range(1, len(columns) + 1)], widths, head=True)
        self._row(
            made, [("{%tr for row in " + source + ".rows %}", "Ô chữ"), *[("", "Ô chữ")] * (len(columns) - 1)], widths
        )
        self._row(made, [("{{ row." + name + " }}", style) for _, name, _, style in columns], widths)
        self._row(made, [("{%tr endfor %}", "Ô chữ"), *[("", "Ô chữ")] * (len(columns) - 1)], widths)
        set_grid(made, widths)
        narrow(made)
        if together:
            for paragraph in (p for row in made.rows for cell in row.cells for p in cell.paragraphs):
                paragraph.paragraph_format.keep_with_next = True
        describe(made, caption, "Các cột: " + "; ".join(text for text, *_ in columns))
        self.tag(f"for mark in {source}.notes")
        self.say("{{ mark }}", "Ghi chú bảng")
        self.tag("endfor")

    def _row(self, made: Table, cells: Sequence[tuple[str, str]], widths: Sequence[float], head: bool = False) -> None:
        row = made.add_row()
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if head:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, (text, style), width in zip(row.cells, cells, widths, strict=True):
            put(cell, text, style)
            cell.width = Mm(width)

    def annex(self, title: str, first: bool = False) -> None:
        """A new landscape section whose pages count from 1, with the heading of an annex."""
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        self.document.paragraphs[-1].style = "Ngắt"
        upright(section, landscape=True)
        section.different_first_page_header_footer = False
        number_from_one(section)
        self.say("", "Phụ lục")
        self.say(title, "Tên phụ lục")
        self.say(
            "(Kèm theo Báo cáo số" + BLANK + "/{{ issuer.symbol }} ngày" + BLANK + "tháng" + BLANK + "năm" + BLANK
            + "của {{ issuer.name }})",
            "Kèm theo",
        )  # fmt: skip


def put(cell: _Cell, text: str, style: str) -> Paragraph:
    """The first paragraph of a cell, or a further one."""
    first = cell.paragraphs[0]
    paragraph = first if not first.text and len(cell.paragraphs) == 1 and not first.runs else cell.add_paragraph()
    paragraph.style = style
    if text:
        paragraph.add_run(text)
    return paragraph


def tag(cell: _Cell, text: str) -> None:
    put(cell, "{%p " + text + " %}", "Ngắt")


def rule(cell: _Cell, length: float, width: float) -> None:
    """A drawn line of that length (mm) in the middle of a cell."""
    line = put(cell, "", "Dòng kẻ")
    side = Mm((width - 2 * PADDING - length) / 2)
    line.paragraph_format.left_indent, line.paragraph_format.right_indent = side, side


def set_grid(made: Table, widths: Sequence[float]) -> None:
    """The grid as well as the cells: LibreOffice goes by the grid."""
    made.autofit = False
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Mm(width)
    properties = made._tbl.tblPr
    size = properties.find(qn("w:tblW"))
    size.set(qn("w:type"), "dxa")
    size.set(qn("w:w"), str(round(sum(widths) * 1440 / 25.4)))
    for row in made.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def narrow(made: Table) -> None:
    """Cells with 1 mm of room at each side."""
    sides = "".join(f"<w:{side} w:w='57' w:type='dxa'/>" for side in ("left", "right"))
    made._tbl.tblPr.insert_element_before(
        parse_xml(f"<w:tblCellMar {nsdecls('w')}>{sides}</w:tblCellMar>"), "w:tblLook", "w:tblCaption"
    )


def describe(made: Table, caption: str, description: str) -> None:
    """What a table says, for those who do not see it."""
    for name, words in (("tblCaption", caption), ("tblDescription", description)):
        element = OxmlElement(f"w:{name}")
        element.set(qn("w:val"), words)
        made._tbl.tblPr.append(element)


def upright(section, landscape: bool = False) -> None:
    """A4 with the margins that both rule sets allow."""
    wide, high = (297, 210) if landscape else (210, 297)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(wide), Mm(high)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        Mm(20),
        Mm(20),
        Mm(30),
        Mm(20),
    )
    section.header_distance, section.footer_distance, section.gutter = Mm(10), Mm(10), Mm(0)


def number_from_one(section) -> None:
    numbers = section._sectPr.find(qn("w:pgNumType"))
    if numbers is None:
        numbers = OxmlElement("w:pgNumType")
        section._sectPr.insert_element_before(numbers, "w:cols", "w:titlePg", "w:docGrid")
    numbers.set(qn("w:start"), "1")


def page_number(paragraph: Paragraph) -> None:
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), (None, "1"), ("end", "")):
        run = paragraph.add_run(text if kind is None else "")
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif kind == "":
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)


def set_edges(document: Document, rules: str) -> None:
    """Header and footer: the page number where the rule set wants it, not on page 1; the mark of made-up figures."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    for edge in (section.header, section.footer, section.first_page_header, section.first_page_footer):
        edge.is_linked_to_previous = False
        edge.paragraphs[0].style = "Số liệu minh họa"
    marked = (
        (section.header, section.first_page_header) if rules == "tt01" else (section.footer, section.first_page_footer)
    )
    for edge in marked:
        edge.paragraphs[0].add_run("{{ illustrative }}")
    numbered = section.footer if rules == "tt01" else section.header
    paragraph = numbered.paragraphs[0]
    paragraph.style = "Số trang"
    paragraph.alignment = RIGHT if rules == "tt01" else CENTRE
    page_number(paragraph)


# ---- the review -----------------------------------------------------------------------------------------------------


def heading_block(page: Page) -> None:
    made = page.document.add_table(rows=2, cols=2)
    widths = [63.0, 97.0]
    left, right = made.rows[0].cells
    tag(left, "if issuer.superior")
    put(left, "{{ issuer.superior }}", "Cơ quan chủ quản")
    tag(left, "endif")
    tag(left, "for name_line in issuer.lines")
    put(left, "{{ name_line }}", "Cơ quan ban hành")
    tag(left, "endfor")
    tag(left, "if issuer.superior")
    rule(left, 22, widths[0])
    tag(left, "else")
    rule(left, 16, widths[0])
    tag(left, "endif")
    put(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Quốc hiệu")
    put(right, "Độc lập - Tự do - Hạnh phúc", "Tiêu ngữ")
    rule(right, 56, widths[1])
    left, right = made.rows[1].cells
    put(left, "Số:" + BLANK + "/{{ issuer.symbol }}", "Số ký hiệu")
    put(left, "DỰ THẢO", "Dự thảo")
    put(right, "{{ issuer.place }}, ngày" + BLANK + "tháng" + BLANK + "năm" + BLANK, "Địa danh ngày tháng")
    set_grid(made, widths)
    page.say("BÁO CÁO", "Tên loại")
    page.say("Kết quả thực hiện Kế hoạch {{ subject }}", "Trích yếu")
    page.say("trên địa bàn {{ unit }}", "Trích yếu")
    line = page.say("", "Dòng kẻ")
    side = Mm((TEXT_WIDTH - 54) / 2)
    line.paragraph_format.left_indent, line.paragraph_format.right_indent = side, side
    page.tag("if issuer.addressed[1:]")
    page.say("Kính gửi:", "Kính gửi")
    page.tag("for addressee in issuer.addressed")
    page.say("- {{ addressee }}{% if loop.last %}.{% else %};{% endif %}", "Nơi kính gửi")
    page.tag("endfor")
    page.tag("elif issuer.addressed")
    page.say("Kính gửi: {{ issuer.addressed[0] }}", "Kính gửi")
    page.tag("endif")
    opening = page.say(
        "Thực hiện Kế hoạch số {{ plan }} {{ issued }} của {{ plan_issuer }} về {{ subject }}, {{ issuer.name }} "
        "báo cáo kết quả thực hiện{% if not whole %} trên địa bàn {{ unit }}{% endif %} như sau:"
    )
    opening.paragraph_format.space_before = Pt(12)


def body(page: Page) -> None:
    say, head = page.say, lambda text, level: page.document.add_paragraph(text, f"Heading {level}")
    head("TÌNH HÌNH TỆ NẠN MẠI DÂM TRÊN ĐỊA BÀN", 1)
    page.outlined(
        "situation",
        [
            ("setting", "Đặc điểm tình hình liên quan", "dân số, địa giới hành chính, du lịch, giao thông"),
            (
                "evils",
                "Tình hình tệ nạn mại dâm",
                "tính đến cuối năm: cơ sở kinh doanh dịch vụ theo loại hình, số người bán dâm có hồ sơ quản lý và số "
                "ước tính (ghi nguồn), địa bàn phức tạp, so với năm trước",
            ),
        ],
    )
    head("CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO", 1)
    page.outlined(
        "direction",
        [
            ("documents", "Ban hành văn bản", "các văn bản đã ban hành"),
            (
                "bodies",
                "Kiện toàn Ban Chỉ đạo, Đội kiểm tra liên ngành 178",
                "việc thành lập, kiện toàn và hoạt động trong năm",
            ),
            ("coordination", "Phối hợp liên ngành", "phối hợp giữa các ngành, đoàn thể, địa phương"),
        ],
    )
    head("KẾT QUẢ THỰC HIỆN", 1)
    head("Kết quả thực hiện các chỉ tiêu của Kế hoạch số {{ plan }}", 2)
    page.each("said.coverage")
    page.each("said.targets")
    page.table(
        "targets",
        "Tổng hợp kết quả thực hiện các chỉ tiêu năm {{ year }}",
        [
            ("TT", "tt", 9, "Ô giữa"),
            ("Chỉ tiêu", "title", 38, "Ô chữ"),
            ("Kế hoạch", "asked", 27, "Ô chữ"),
            ("Thực hiện", "done", 30, "Ô chữ"),
            ("Tỷ lệ", "rate", 19, "Ô giữa"),
            ("Đánh giá", "verdict", 19, "Ô chữ"),
            ("Căn cứ", "basis", 18, "Ô chữ"),
        ],
    )
    say(
        "Tỷ lệ: số chắc chắn chia cho mức cần đạt; khi phần chưa biết còn có thể thay đổi kết quả thì ghi cả hai đầu. "
        "Căn cứ: mức cần đạt lấy từ đâu. "
        "Diễn giải từng chỉ tiêu ở Phụ lục I; quy tắc và giả định ở phụ lục về phương pháp.",
        "Ghi chú bảng",
    )
    page.tag("if not_judged")
    say("Chỉ tiêu của kế hoạch mà sổ này không đánh giá được:")
    page.each("not_judged")
    page.tag("endif")
    page.picture("picture_targets", "Biểu đồ. Kết quả các chỉ tiêu so với mức cần đạt, {{ unit }}, năm {{ year }}")
    page.tag("if has.communication or (whole and has.media)")
    head("Công tác thông tin, tuyên truyền", 2)
    page.tag("endif")
    page.tag("if whole and has.communication")
    head("Tuyên truyền ở xã, phường, thị trấn", 3)
    page.tag("endif")
    page.each("said.communication")
    page.tag("if picture_map is defined")
    page.picture(
        "picture_map",
        "Bản đồ. Duy trì tuyên truyền thường xuyên theo huyện, thành, thị, năm {{ year }} "
        "(ranh giới: Who’s On First / Mesoshapes, CC0)",
    )
    page.tag("endif")
    page.tag("if whole and has.media")
    head("Thông tin trên phương tiện thông tin đại chúng cấp tỉnh", 3)
    page.each("said.media")
    page.tag("endif")
    for title, key in (
        ("Lồng ghép với các chương trình kinh tế - xã hội", "integration"),
        ("Can thiệp giảm tác hại, hỗ trợ hòa nhập cộng đồng", "harm_reduction"),
        ("Xây dựng, thí điểm mô hình", "support_model"),
    ):
        page.tag(f"if has.{key}")
        head(title, 2)
        page.tag("endif")
        page.each(f"said.{key}")
    page.tag("if has.enforcement")
    head("Công tác kiểm tra", 2)
    page.each("said.inspection")
    page.tag("if not said.inspection")
    say("Chưa đủ số liệu về công tác kiểm tra.")
    page.tag("endif")
    head("Đấu tranh, triệt phá, xử lý vi phạm", 2)
    page.each("said.enforcement")
    page.tag("endif")
    head("Xây dựng xã, phường, thị trấn lành mạnh, không có tệ nạn", 2)
    page.people(
        "communes",
        "kết quả xây dựng xã, phường, thị trấn không có tệ nạn mại dâm (biểu báo cáo số liệu không có nội dung này)",
    )
    head("Kinh phí thực hiện", 2)
    page.each("said.funding")
    page.people("funding", "kinh phí được giao và thực hiện theo nguồn (trung ương, địa phương, khác)")
    head("ĐÁNH GIÁ CHUNG", 1)
    head("Kết quả đạt được", 2)
    page.each("said.achieved")
    page.people("results", "đánh giá những kết quả đạt được")
    head("Hạn chế, tồn tại", 2)
    page.each("said.lacking")
    page.people("limits", "đánh giá hạn chế, tồn tại")
    head("Nguyên nhân", 2)
    page.people("causes", "nguyên nhân khách quan; nguyên nhân chủ quan")
    head("PHƯƠNG HƯỚNG, NHIỆM VỤ NĂM {{ next_year }}", 1)
    page.people("tasks", "mục tiêu, nhiệm vụ trọng tâm và giải pháp của năm sau", 2)
    head("KIẾN NGHỊ, ĐỀ XUẤT", 1)
    page.tag("if whole")
    page.outlined(
        "proposals",
        [
            ("to_government", "Với Chính phủ, Bộ, ngành", "kiến nghị về chính sách, pháp luật, nguồn lực"),
            ("to_province", "Với Tỉnh ủy, HĐND, UBND tỉnh", "kiến nghị về chỉ đạo, cơ chế, kinh phí"),
            ("to_districts", "Với cấp huyện", "đề nghị về tổ chức thực hiện"),
        ],
    )
    page.tag("else")
    page.people("proposals", "với UBND tỉnh, các sở, ngành của tỉnh", 2)
    page.tag("endif")
    closing = say(
        "Trên đây là Báo cáo kết quả thực hiện Kế hoạch {{ subject }} trên địa bàn {{ unit }}; "
        "{{ issuer.name }} trân trọng báo cáo./."
    )
    closing.paragraph_format.keep_with_next = True  # the signature never stands alone on a page


def signature(page: Page) -> None:
    made = page.document.add_table(rows=1, cols=2)
    left, right = made.rows[0].cells
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    put(left, "Nơi nhận:", "Nơi nhận")
    tag(left, "for recipient in issuer.recipients")
    put(left, "- {{ recipient }}{% if loop.last %}.{% else %};{% endif %}", "Danh sách nơi nhận")
    tag(left, "endfor")
    tag(right, "for signing_line in issuer.signing")
    put(right, "{{ signing_line }}", "Chức vụ ký")
    tag(right, "endfor")
    for _ in range(5):  # room for the signature, the seal and the name
        right.add_paragraph(style="Chức vụ ký")
    set_grid(made, [80.0, 80.0])


UNIT = [("TT", "tt", 10, "Ô giữa"), ("Đơn vị", "unit", 41, "Ô chữ")]


def columns(*given: tuple[str, str], width: float = ANNEX_WIDTH - 51, style: str = "Ô số") -> list:
    """The columns behind number and unit, all of one width."""
    return [*UNIT, *((text, name, width / len(given), style) for text, name in given)]


def annexes(page: Page) -> None:
    say = page.say
    page.annex("KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU")
    page.table(
        "reasons",
        "Diễn giải kết quả từng chỉ tiêu, {{ unit }}",
        [
            ("TT", "tt", 10, "Ô giữa"),
            ("Chỉ tiêu", "title", 55, "Ô chữ"),
            ("Đánh giá", "verdict", 32, "Ô chữ"),
            ("Diễn giải", "reason", 150, "Ô chữ"),
        ],
    )
    page.tag("if whole and not has.all_six")
    page.table(
        "by_district",
        "Kết quả các chỉ tiêu theo đơn vị (thứ tự chữ cái, không xếp hạng)",
        [*UNIT, ("Kết luận theo chỉ tiêu", "verdicts", ANNEX_WIDTH - 51, "Ô chữ")],
    )
    page.tag("endif")
    page.tag("if whole and has.all_six")
    page.table(
        "by_district",
        "Kết quả các chỉ tiêu theo huyện, thành, thị (thứ tự chữ cái, không xếp hạng)",
        [
            *UNIT,
            ("Xã, phường, thị trấn duy trì tuyên truyền/tổng số", "done", 68, "Ô chữ"),
            ("Chỉ tiêu 1: tuyên truyền", "communication", 32, "Ô chữ"),
            ("Chỉ tiêu 2: lồng ghép", "integration", 32, "Ô chữ"),
            ("Chỉ tiêu 3: can thiệp", "harm_reduction", 32, "Ô chữ"),
            ("Chỉ tiêu 6: xử lý vi phạm", "enforcement", 32, "Ô chữ"),
        ],
    )
    say("Chỉ tiêu 4 và 5 kế hoạch chỉ đặt cho toàn tỉnh.", "Ghi chú bảng")
    page.tag("endif")
    page.tag("if whole")
    page.picture("picture_matrix", "Biểu đồ. Kết luận của từng đơn vị theo từng chỉ tiêu")
    page.tag("if has.communication or has.media")
    page.annex("THÔNG TIN, TUYÊN TRUYỀN")
    page.tag("endif")
    page.tag("if has.communication")
    page.table(
        "communication",
        "Tuyên truyền ở xã, phường, thị trấn, năm {{ year }} (cuộc; lượt người; số xã, phường, thị trấn)",
        columns(
            ("Quý I", "sessions_Q1"), ("Quý II", "sessions_Q2"), ("Quý III", "sessions_Q3"), ("Quý IV", "sessions_Q4"),
            ("Cả năm (cuộc)", "sessions"), ("Lượt người", "attendance"), ("Số xã, phường, thị trấn", "communes"),
            ("Duy trì thường xuyên", "maintaining"), ("Chưa biết", "unclear"), ("Không duy trì", "not_maintaining"),
        ),
    )  # fmt: skip
    page.picture("picture_communication", "Biểu đồ. Tỷ lệ xã, phường, thị trấn duy trì tuyên truyền thường xuyên")
    page.tag("endif")
    page.tag("if has.media")
    page.table(
        "media",
        "Tin, bài trên phương tiện thông tin đại chúng cấp tỉnh, năm {{ year }}",
        [("TT", "tt", 10, "Ô giữa"), ("Cơ quan", "outlet", 90, "Ô chữ"), ("Số tin, bài", "pieces", 40, "Ô số")],
        together=True,
    )
    page.table(
        "months",
        "Các tháng có tin, bài (● có; ○ không; ■ chưa biết)",
        [(f"Tháng {month}", f"M{month:02d}", 20, "Ô giữa") for month in range(1, 13)],
        numbered=False,
    )
    page.tag("endif")
    page.tag("if has.integration")
    page.annex("LỒNG GHÉP VỚI CÁC CHƯƠNG TRÌNH KINH TẾ - XÃ HỘI")
    page.table(
        "integration",
        "Chương trình có kế hoạch lồng ghép và đã thực hiện, năm {{ year }}",
        [
            *columns(
                ("2.1. Giảm nghèo", "n2_1"), ("2.2. Dạy nghề cho lao động nông thôn", "n2_2"),
                ("2.3. Việc làm", "n2_3"), ("2.4. Phòng, chống HIV/AIDS", "n2_4"),
                ("2.5. Phòng, chống mua bán người", "n2_5"), ("2.6. Chương trình khác", "n2_6"),
                width=126, style="Ô giữa",
            ),
            ("Văn bản đã ban hành", "documents", 17, "Ô giữa"),
            ("Chương trình đã thực hiện", "carried_out", 18, "Ô giữa"),
            ("Có văn bản và thực hiện", "counted", 17, "Ô giữa"),
            ("Kinh phí (triệu đồng)", "budget", 18, "Ô giữa"),
        ],
    )  # fmt: skip
    say("Dòng “Toàn tỉnh”, các cột chương trình: số huyện, thành, thị chắc chắn có.", "Ghi chú bảng")
    page.tag("endif")
    page.tag("if has.harm_reduction or has.support_model")
    page.annex("CAN THIỆP GIẢM TÁC HẠI VÀ MÔ HÌNH HỖ TRỢ")
    page.tag("endif")
    page.tag("if has.harm_reduction")
    page.table(
        "interventions",
        "Hoạt động can thiệp và mô hình theo huyện, thành, thị, năm {{ year }} (cuộc)",
        columns(
            ("Giảm tác hại về HIV/AIDS", "n3_1"), ("Phòng ngừa, giảm bạo lực trên cơ sở giới", "n3_2"),
            ("Tiếp cận cộng đồng, đồng đẳng", "n3_1_1"), ("Cấp phát vật dụng can thiệp", "n3_1_3"),
            ("Truyền thông phòng ngừa bạo lực giới", "n3_2_1"), ("Mô hình hỗ trợ xã hội", "hosts"), style="Ô giữa",
        ),
    )  # fmt: skip
    say(
        "Dòng “Toàn tỉnh”, hai cột đầu: số huyện, thành, thị chắc chắn có; cột mô hình: số mô hình chắc chắn tính.",
        "Ghi chú bảng",
    )
    page.tag("endif")
    page.tag("if has.harm_reduction or has.support_model")
    page.table(
        "reached",
        "Hoạt động và số người được tiếp cận, hỗ trợ, toàn tỉnh",
        [
            ("TT", "tt", 10, "Ô giữa"),
            ("Hoạt động", "item", 110, "Ô chữ"),
            ("Số cuộc (số mô hình)", "activities", 45, "Ô số"),
            ("Số người", "persons", 45, "Ô số"),
        ],
        together=True,
    )
    page.tag("endif")
    page.tag("if has.enforcement")
    page.annex("KIỂM TRA, PHÁT HIỆN VÀ XỬ LÝ VI PHẠM")
    page.table(
        "enforcement",
        "Kiểm tra, vụ việc và người vi phạm theo đơn vị báo cáo, năm {{ year }}",
        [
            *columns(
                ("Lượt kiểm tra cơ sở", "n6_1"), ("Vụ việc phát hiện", "n6_3"), ("Đã xử lý hành chính (vụ)", "n6_4"),
                ("Đã xử lý hình sự (vụ)", "n6_5"), ("Đang xử lý (vụ)", "n6_6"), ("Số người vi phạm", "n6_7"),
                width=156,
            ),
            ("Đánh giá", "verdict", 40, "Ô chữ"),
        ],
    )  # fmt: skip
    say("Số vụ việc nhiều hay ít không phải là tốt hay xấu; bảng không xếp hạng.", "Ghi chú bảng")
    page.table(
        "handling",
        "Số liệu chỉ công bố cho toàn tỉnh, năm {{ year }}",
        [
            ("TT", "tt", 10, "Ô giữa"),
            ("Nội dung", "item", 110, "Ô chữ"),
            ("Đơn vị tính", "measure", 45, "Ô giữa"),
            ("Số liệu", "value", 45, "Ô số"),
        ],
        together=True,
    )
    page.tag("endif")
    page.annex("BÁO CÁO ĐÃ NHẬN VÀ CHẤT LƯỢNG SỐ LIỆU")
    page.table(
        "returns",
        "Tình trạng báo cáo của từng đơn vị",
        columns(
            ("Tình trạng", "state"), ("Gửi sau hạn", "late"), ("Ngày gửi", "sent"), ("Ngày chốt số liệu", "cutoff"),
            ("Ô phải báo cáo", "expected"), ("Có số liệu", "reported"), ("Trống", "blank"),
            ("Không đọc được", "unreadable"), ("Không có", "absent"), style="Ô giữa",
        ),
    )  # fmt: skip
    say(
        "Trống: ô để trống. Không đọc được: ô có nội dung nhưng không hiểu được. Không có: thiếu dòng hoặc thiếu "
        "báo cáo. Số 0 là báo cáo ghi không có; ô trống không phải số 0.",
        "Ghi chú bảng",
    )
    page.tag("else")
    page.annex("SỐ LIỆU CỦA ĐƠN VỊ")
    page.table(
        "figures",
        "Số liệu năm {{ year }}, {{ unit }}",
        [
            ("TT", "tt", 10, "Ô giữa"),
            ("Nội dung", "item", 117, "Ô chữ"),
            ("Đơn vị tính", "measure", 40, "Ô giữa"),
            ("Số liệu", "value", 40, "Ô số"),
            ("Tính trên số ô có số liệu/ số ô phải báo cáo", "based", 40, "Ô giữa"),
        ],
    )
    page.table(
        "own_return",
        "Tình trạng báo cáo của đơn vị",
        [
            (text, name, ANNEX_WIDTH / 9, "Ô giữa")
            for text, name in (
                ("Tình trạng", "state"), ("Gửi sau hạn", "late"), ("Ngày gửi", "sent"),
                ("Ngày chốt số liệu", "cutoff"), ("Ô phải báo cáo", "expected"), ("Có số liệu", "reported"),
                ("Trống", "blank"), ("Không đọc được", "unreadable"), ("Không có", "absent"),
            )
        ],
        numbered=False,
    )  # fmt: skip
    page.tag("endif")
    page.annex("PHƯƠNG PHÁP, QUY TẮC VÀ GIẢ ĐỊNH")
    for words in (
        "Kết luận dựa trên số đếm, không dựa trên tỷ lệ đã làm tròn. Đạt: số chắc chắn đã đủ mức cần đạt, dù số liệu "
        "còn thiếu ra sao. Chưa đạt: kể cả khi mọi phần chưa biết đều thuận lợi vẫn không đủ. Chưa đủ số liệu: kết "
        "luận còn tùy vào số liệu chưa có hoặc chưa đọc được. Không phát sinh: đã báo cáo đầy đủ và không có vụ việc "
        "nào.",
        "Số liệu về người được bảo vệ: số nhỏ, và các số có thể dùng để tính ra số nhỏ, không công bố; số theo loại "
        "người vi phạm chỉ công bố cho toàn tỉnh.",
        "Số liệu có thể chưa phản ánh đầy đủ thực tế, vì hoạt động mại dâm khó thống kê và báo cáo của một số đơn vị "
        "còn thiếu.",
    ):
        say(words)
    page.table(
        "rules",
        "Mức cần đạt và các quy tắc đang áp dụng",
        [
            ("TT", "tt", 10, "Ô giữa"),
            ("Chỉ tiêu", "objective", 48, "Ô chữ"),
            ("Quy tắc", "rule", 45, "Ô chữ"),
            ("Giá trị", "value", 42, "Ô chữ"),
            ("Căn cứ", "status", 25, "Ô chữ"),
            ("Lý do", "why", 77, "Ô chữ"),
        ],
    )
    page.annex("NGUỒN SỐ LIỆU VÀ TÀI LIỆU")
    for words in (
        "Số liệu: báo cáo của các huyện, thành, thị và các cơ quan cấp tỉnh theo biểu báo cáo số liệu; mọi con số "
        "trong Báo cáo này lấy từ bộ kết quả đã công bố (findings.csv, indicators.csv).",
        "Danh mục đơn vị hành chính: Tổng cục Thống kê.{% if boundaries %} Ranh giới trên bản đồ: Who’s On First / "
        "Mesoshapes (CC0), giấy phép https://github.com/whosonfirst-data/whosonfirst-data/blob/master/LICENSE.md."
        "{% endif %}",
    ):
        say(words)
    page.table(
        "sources",
        "Văn bản và quy ước làm căn cứ",
        [("TT", "tt", 10, "Ô giữa"), ("Nguồn", "source", 117, "Ô chữ"), ("Dùng cho", "used", 120, "Ô chữ")],
        numbered=False,
    )


def set_document(document: Document) -> None:
    """The way of the newer Word, proofing in Vietnamese, and nothing of the package this was made from."""
    settings = document.settings.element
    for found in settings.findall(f".//{qn('w:useFELayout')}"):
        found.getparent().remove(found)
    for found in settings.iter(qn("w:compatSetting")):
        if found.get(qn("w:name")) == "compatibilityMode":
            found.set(qn("w:val"), "15")
    language = settings.find(qn("w:themeFontLang"))
    language.set(qn("w:val"), LANGUAGE)
    del language.attrib[qn("w:eastAsia")]
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.title, properties.language = "Mẫu báo cáo kết quả thực hiện kế hoạch", LANGUAGE


def make(rules: str) -> bytes:
    """One template as a Word file."""
    document = docx.Document()
    body_element = document.element.body
    for child in list(body_element)[:-1]:
        body_element.remove(child)
    set_styles(document)
    set_numbering(document)
    upright(document.sections[0])
    set_edges(document, rules)
    set_document(document)
    page = Page(document, rules)
    heading_block(page)
    body(page)
    signature(page)
    annexes(page)
    buffer = io.BytesIO()
    document.save(buffer)
    return sorted_zip(buffer.getvalue())


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for rule_set in ("tt01", "nd30"):
        (folder / f"review_{rule_set}.docx").write_bytes(make(rule_set))
