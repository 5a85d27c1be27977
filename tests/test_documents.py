"""A Word template is filled as it stands: text as typed, pictures with their words, the same bytes each time."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_SECTION
from docx.oxml.ns import qn
from docx.shared import Mm
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pcmd_eval.errors import InputRefused
from pcmd_eval.figures import Chart
from pcmd_eval.files import printable
from pcmd_eval.review.documents import Properties, render
from pcmd_eval.review.tags import template_faults

PROPERTIES = Properties("DỰ THẢO Báo cáo <thử> & năm 2017", "Kế hoạch thử", date(2017, 12, 31))


@dataclass(frozen=True)
class Filled:
    """Stands for the content of a review."""

    values: dict[str, Any]
    pictures: dict[str, Chart] = field(default_factory=dict)


def template(*paragraphs: str, header: str = "", rows: tuple[tuple[str, ...], ...] = ()) -> bytes:
    """A template with these paragraphs, a table of these rows and this header."""
    document = Document()
    document.core_properties.author = "Người Soạn"
    for text in paragraphs:
        document.add_paragraph(text)
    if rows:
        table = document.add_table(0, len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    document.sections[0].header.paragraphs[0].text = header
    return saved(document)


def saved(document: Any) -> bytes:
    """A python-docx document as bytes."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def chart(width: int = 300, height: int = 100, alt: str = "Biểu đồ: 21/28 xã") -> Chart:
    """A picture of 100 dots an inch."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(buffer, "png", dpi=(100, 100))
    return Chart(buffer.getvalue(), alt, ())


def words(content: bytes) -> list[str]:
    """The paragraphs of a document, outside tables."""
    return [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]


def made(source: bytes, values: dict[str, Any], **pictures: Chart) -> bytes:
    """The template filled in."""
    return render(source, Filled(values, pictures), PROPERTIES, "thu.docx")


# ---- filling ---------------------------------------------------------------------------------------------------------


def test_values_loops_and_rows_are_filled_in_body_table_and_header():
    source = template(
        "Có {{ n }} xã.",
        "{%p for p in people %}",
        "- {{ p.name }}",
        "{%p endfor %}",
        header="{{ mark }}",
        rows=(("TT", "Đơn vị"), ("{%tr for r in rows %}", ""), ("{{ loop.index }}", "{{ r }}"), ("{%tr endfor %}", "")),
    )
    content = made(
        source, {"n": "1.234", "people": [{"name": "A"}, {"name": "B"}], "mark": "MINH HỌA", "rows": ["x", "y"]}
    )
    document = Document(io.BytesIO(content))
    assert [p.text for p in document.paragraphs] == ["Có 1.234 xã.", "- A", "- B"]
    assert [[c.text for c in row.cells] for row in document.tables[0].rows] == [
        ["TT", "Đơn vị"],
        ["1", "x"],
        ["2", "y"],
    ]
    assert document.sections[0].header.paragraphs[0].text == "MINH HỌA"


@pytest.mark.parametrize(
    "text",
    [
        "a < b & c > d",
        "<b>đậm</b>",
        "{{ n }}",
        "{% if x %}",
        "{_{ x }_}",
        "“x” 'y' \"z\"",
        "&amp; &#65;",
        "=1+1",
        "]]>",
        "a %_} b",
    ],
)
def test_text_comes_out_as_it_was_typed(text: str):
    assert words(made(template("«{{ t }}»"), {"t": text})) == [f"«{text}»"]


@settings(max_examples=20)
@given(st.text(max_size=30))
def test_any_text_gives_a_document_that_opens(text: str):
    shown = "\n".join(words(made(template("{{ t }}"), {"t": text})))
    assert shown == printable(text)


def test_control_characters_are_left_out():
    assert words(made(template("{{ t }}"), {"t": "a\x00\x07\x0bb\x1f\ufffec"})) == ["abc"]


def test_a_picture_has_its_words_its_size_and_a_number_of_its_own():
    document = Document(io.BytesIO(template("{{ a }}", "{{ b }}", header="{{ a }}")))
    document.add_section(WD_SECTION.NEW_PAGE).page_width = Mm(400)
    document.add_paragraph("{{ b }}")
    source = saved(document)
    content = made(source, {}, a=chart(), b=chart(2000, 500, "Bản đồ\n<13> huyện"))
    opened = Document(io.BytesIO(content))
    properties = list(opened.element.iter(qn("wp:docPr")))
    assert [p.get("descr") for p in properties] == ["Biểu đồ: 21/28 xã", "Bản đồ <13> huyện", "Bản đồ <13> huyện"]
    head = next(opened.sections[0].header._element.iter(qn("wp:docPr")))
    numbers = [p.get("id") for p in (*properties, head)]
    assert len(set(numbers)) == 4 and head.get("descr") == "Biểu đồ: 21/28 xã"
    sizes = [(i.extent.cx, i.extent.cy) for i in opened.element.iter(qn("wp:inline"))]
    assert sizes[0] == (3 * 914400, 914400)  # 300 dots at 100 an inch
    rooms = [s.page_width - s.left_margin - s.right_margin for s in opened.sections]
    assert [cx for cx, _ in sizes[1:]] == rooms and all(abs(cx / cy - 4) < 0.001 for cx, cy in sizes[1:])


def test_the_file_names_nobody_and_its_dates_are_those_of_the_data():
    content = made(template("x"), {})
    core = Document(io.BytesIO(content)).core_properties
    assert (core.title, core.subject, core.language) == (PROPERTIES.title, "Kế hoạch thử", "vi-VN")
    assert (core.author, core.last_modified_by, core.comments) == ("", "", "")
    assert core.created == core.modified and core.created.date() == date(2017, 12, 31)
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        assert all("Người Soạn".encode() not in container.read(name) for name in container.namelist())
        assert {entry.date_time for entry in container.infolist()} == {(1980, 1, 1, 0, 0, 0)}


_PROGRAM = """
import pathlib, sys
from test_documents import fingerprint
print(fingerprint(pathlib.Path(sys.argv[1]).read_bytes()))
"""


def fingerprint(source: bytes) -> str:
    """The hash of a document with a bit of everything."""
    values = {"rows": ["x", "y"], "names": {"a": "1", "b": "2"}}
    return hashlib.sha256(made(source, values, c=chart(), d=chart(50, 50, "khác"))).hexdigest()


def test_the_same_input_gives_the_same_bytes_on_any_computer(tmp_path: Path):
    parts = ("{{ c }}{{ d }}", "{%p for k, v in names.items() %}", "{{ k }}{{ v }}", "{%p endfor %}")
    (tmp_path / "t.docx").write_bytes(template(*parts, header="{{ d }}", rows=(("{{ rows[0] }}", "{{ rows[1] }}"),)))
    env = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C"}
    env["PYTHONPATH"] = str(Path(__file__).parent)
    run = [sys.executable, "-c", _PROGRAM, str(tmp_path / "t.docx")]
    elsewhere = subprocess.run(run, env=env, capture_output=True, check=True, text=True).stdout.strip()
    assert elsewhere == fingerprint((tmp_path / "t.docx").read_bytes())


# ---- what is missing -------------------------------------------------------------------------------------------------


def test_a_missing_name_stops_and_is_named_with_file_and_paragraph():
    source = template("Đầu.", "Có {{ tong_so }} xã.")
    with pytest.raises(InputRefused) as refused:
        made(source, {})
    (reason,) = refused.value.reasons
    assert "thu.docx" in reason and "Đoạn 2" in reason and "“Có {{ tong_so }} xã.”" in reason and "“tong_so”" in reason


def test_a_missing_key_inside_a_loop_is_named():
    source = template("{%p for r in rows %}", "{{ r.a }} {{ r.b }}", "{%p endfor %}")
    with pytest.raises(InputRefused, match=r"Đoạn 2, thân văn bản, .*“b”"):
        made(source, {"rows": [{"a": 1}, {"a": 1, "c": 2}]})


def test_what_is_no_word_file_is_refused():
    with pytest.raises(InputRefused, match="không phải tệp Word"):
        made(b"PK not", {})


# ---- the template check ----------------------------------------------------------------------------------------------

DATA = {"n": "1", "rows": [{"a": 1}], "said": {"x": ["1"], "y": []}}
SOUND = (
    "{{ n }}",
    "{%p for r in rows %}",
    "{{ r.a }}",
    "{%p endfor %}",
    "{% for s in said.x %}{{ s }}{% endfor %}{{ said.y|length }}",
)


def test_a_template_that_fits_has_no_fault():
    assert template_faults(template(*SOUND), DATA) == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("{{ m }}", ["Đoạn 6, thân văn bản, “{{ m }}”", "không có tên “m”"]),
        ("{% if not n %}{{ m }}{% endif %}", ["Đoạn 6", "“m”"]),  # a branch these data never take
        ("{% for r in rows %}{{ r.z }}{% endfor %}", ["Đoạn 6", "“z”"]),
        ("{{ n", ["Đoạn 6", "không đủ cặp"]),
        ("{{ n n }}", ["Đoạn 6", "thẻ viết sai"]),
        ("{{ n|nofilter }}", ["Đoạn 6"]),
        ("{%p if n %}", ["Đoạn 6", "chưa được đóng"]),
        ("{%p endif %}", ["Đoạn 6", "không có thẻ mở"]),
        ("{% if n %}", ["Đoạn 6", "chưa được đóng"]),
        ("{%p if n %} chữ", ["Đoạn 6", "sẽ mất"]),
        ("{%tr if n %}", ["Đoạn 6", "chỉ dùng trong bảng"]),
        ("{% for r in rows %}x{% endfor %}", ["Đoạn 6", "vòng lặp không in “r”"]),
        ("{% for r in rows %}{% if r.a %}- {% endif %}{% endfor %}", ["Đoạn 6", "“r”"]),  # a condition prints nothing
        ("{% for r in rows %}{{ 'x' if r.a else n }}{% endfor %}", ["Đoạn 6", "“r”"]),
        ("{% for s in said.x %}{% for s in said.x %}{{ s }}{% endfor %}{% endfor %}", ["Đoạn 6", "“s”"]),
        ("{% for k, v in rows[0].items() %}{{ n }}{% endfor %}", ["Đoạn 6", "“k”, “v”"]),
    ],
)
def test_a_fault_names_its_paragraph(more: str, words: list[str]):
    faults = template_faults(template(*SOUND, more), DATA)
    assert faults and all(word in faults[0] for word in words), faults


@pytest.mark.parametrize(
    "more",
    [
        "{% for r in rows %}{% for k in r %}{{ k }}{% endfor %}{% endfor %}",
        "{% for r in rows %}{% set a = r.a %}{{ a }}{% endfor %}",
        "{% for r in rows %}{% if n %}{{ r.a }}{% else %}x{% endif %}{% endfor %}",
        "{% for k, v in rows[0].items() %}{{ v }}{% endfor %}",
        "{% for i in range(3) %}.{% endfor %}",  # goes through no data
    ],
)
def test_a_loop_that_prints_what_it_goes_through_is_no_fault(more: str):
    assert template_faults(template(*SOUND, more), DATA) == []


def test_a_block_may_not_be_closed_by_another_kind_or_in_another_paragraph():
    for end in ("{% endif %}", "{%p endif %}"):
        for start in ("{% if n %}", "{%p if n %}"):
            faults = template_faults(template(*SOUND, start, "x", end), DATA)
            assert bool(faults) == ((start, end) != ("{%p if n %}", "{%p endif %}")), (start, end)


def test_tables_and_headers_are_looked_at_too():
    faults = template_faults(template(*SOUND, header="{{ h }}", rows=(("{{ t }}", "x"),)), DATA)
    assert len(faults) == 2 and "bảng trong thân văn bản" in faults[0] and "Đoạn 1, đầu trang" in faults[1]
    row = ("{%tr for r in rows %}", "{{ r.a }}")
    (lost,) = [f for f in template_faults(template(*SOUND, rows=(row, ("{%tr endfor %}", ""))), DATA) if "sẽ mất" in f]
    assert "hàng" in lost


def test_data_that_no_tag_shows_are_named():
    assert template_faults(template(*SOUND), {**DATA, "more": 1}) == ["Mẫu: không thẻ nào dùng “more” của dữ liệu."]
    lost = template_faults(template(*SOUND), {**DATA, "said": {**DATA["said"], "causes": []}})
    assert lost == ["Mẫu: không thẻ nào dùng “said.causes” của dữ liệu."]


def test_a_template_for_two_documents_must_do_for_each():
    source = template(*SOUND, "{%p if whole %}", "{{ map }}", "{%p endif %}")
    whole, part = {**DATA, "whole": True, "map": "x"}, {**DATA, "whole": False}
    assert template_faults(source, whole, part) == []
    (fault,) = template_faults(template(*SOUND, "{{ whole }}{{ map }}"), whole, part)
    assert "Đoạn 6" in fault and "“map”" in fault


def test_tags_that_word_split_into_runs_are_one_tag():
    document = Document(io.BytesIO(template(*SOUND)))
    paragraph = document.add_paragraph("{{ ")
    paragraph.add_run("m").bold = True
    paragraph.add_run(" }}")
    (fault,) = template_faults(saved(document), DATA)
    assert "“{{ m }}”" in fault


def test_tracked_changes_and_comments_are_a_fault():
    document = Document(io.BytesIO(template(*SOUND)))
    document.add_comment(document.paragraphs[0].runs, "nhớ sửa", author="Người Soạn")
    (fault,) = template_faults(saved(document), DATA)
    assert "nhận xét" in fault and "Người" not in fault
