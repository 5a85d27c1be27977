"""People's words for a document: their position, the figures they may name, the messages."""

import re

import pytest
from docx import Document

from pcmd_eval.office.reports.docx_renderer import TEMPLATE
from pcmd_eval.office.reports.narrative import list_misnamed, read_narrative
from pcmd_eval.office.reports.placeholders import fill_texts
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.plan.report_settings import load_settings
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

PARTS = {"results": ("Kết quả đạt được",), "limits": ("Hạn chế", "Tồn tại, hạn chế")}
PARTS["causes"] = ("Nguyên nhân",)
COMMUNES = {"communes": "xã, phường, thị trấn"}  # of 2017
FIGURES = {"sessions": "2.702*", "cases": "51*"}


def read(text: str, encoding: str = "utf-8"):
    """Read a text as the file 230.md."""
    return read_narrative("230.md", text.encode(encoding), PARTS, FIGURES)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("# Hạn chế\n\nMột.\nHai.\n\n# KẾT QUẢ  đạt được\nBa.\n", ["Một.", "Hai."]),
        # A named figure is filled in, all other text is left as it is, comments are left out.
        (
            "# Hạn chế\nTổ chức {{ so.sessions }} cuộc, phát hiện {{so.cases}} vụ.\n",
            ["Tổ chức 2.702* cuộc, phát hiện 51* vụ."],
        ),
        ("# Hạn chế\nSố <b>không</b> & “a < b” \\ 100đ.\n", ["Số <b>không</b> & “a < b” \\ 100đ."]),
        ("<!-- a\nb -->\n# Hạn chế\nCó 12 <!-- 99 --> cuộc.\n<!-- c -->", ["Có 12  cuộc."]),
        # Headings as printed.
        *(
            (f"## {heading}\nChữ.\n", ["Chữ."])
            for heading in ("Tồn tại, hạn chế", "TỒN TẠI,  HẠN CHẾ", "2. Hạn chế", "II. Hạn chế")
        ),
        *((f"## {heading}\nChữ.\n", ["Chữ."]) for heading in ("b) Hạn chế", "Hạn chế:")),
    ],
)
def test_read_narrative_lines_under_a_heading_are_paragraphs(text, limits):
    parts, _ = read(text)
    assert parts == {"results": ["Ba."] if "Ba." in text else [], "limits": limits, "causes": []}


def test_read_narrative_heading_with_replacement_mark_replaces():
    parts, replaced = read("# Hạn chế (thay):\nMột.\n# Nguyên nhân\nHai.\n")
    assert (parts["limits"], replaced) == (["Một."], {"limits"})


def test_read_narrative_accepts_every_heading_of_the_template():
    """The nearest heading above each place for people's words in the Word template."""
    above, printed = "", {}
    for paragraph in Document(TEMPLATE).paragraphs:
        if paragraph.style.name.startswith("Heading"):
            above = paragraph.text
            for key, words in ({"last_year": "2016", "next_year": "2018"} | COMMUNES).items():
                above = above.replace(f"{{{{ {key} }}}}", words)
        if place := re.match(r"\{%p for line in people\.(\w+)", paragraph.text):
            printed[place[1]] = above
    headings = fill_texts(load_settings().parts, COMMUNES)
    assert {*printed} == {*headings}
    for key, heading in printed.items():
        text = f"# {heading}\nChữ.\n".encode()
        assert read_narrative("25.md", text, headings, {})[0][key] == ["Chữ."], heading


def test_list_misnamed_returns_files_of_no_document():
    names = ("230.md", "25.md", "999.md", "doan-hung.md")
    remarks = list_misnamed(names, load_plan("phu_tho_2017"))
    assert [remark.partition(":")[0] for remark in remarks] == ["999.md", "doan-hung.md"]


def test_read_narrative_empty_file_has_no_lines():
    assert read("") == ({"results": [], "limits": [], "causes": []}, set())


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "# Mở đầu\nChữ.",
            ["dòng 1: không có đề mục “Mở đầu”. Dùng một trong: Kết quả đạt được; Hạn chế"],
        ),
        ("# Hạn chế\n{{ so.abc }} cuộc", ["dòng 2: không có số liệu tên “abc”. Tên các số"]),
        ("# Hạn chế\n\n{{ sessions }} cuộc", ["dòng 3: chỗ đặt số liệu viết sai"]),
        ("# Hạn chế\n{% for a in b %}", ["dòng 2: chỗ đặt số liệu viết sai"]),
        ("# Hạn chế\n{{ so.sessions", ["dòng 2: chỗ đặt số liệu viết sai"]),
        ("Chữ.\n# Hạn chế", ["dòng 1: chữ đứng trước mọi đề mục"]),
        ("<!-- a\nb -->\n# Hạn chế\nCó <!-- c\nChữ.", ["dòng 4: lời nhắc mở bằng <!-- chưa đóng"]),
        ("# A\n# Hạn chế\n{{ so.a }} {{ so.b }}\n", ["dòng 1", "dòng 3", "dòng 3"]),
    ],
)
def test_read_narrative_faults_are_refused_with_their_lines(text, messages):
    with pytest.raises(InputRefused) as refusal:
        read(text)
    for reason, message in zip(refusal.value.reasons, messages, strict=True):
        assert reason.startswith(f"230.md, {message}")


def test_read_narrative_other_encoding_is_refused():
    with pytest.raises(InputRefused, match=r"230\.md: không phải tệp văn bản UTF-8"):
        read("# Hạn chế\nChữ.", "utf-16")


def test_narrative_pattern_has_every_part_and_no_text():
    parts = fill_texts(load_settings().parts, COMMUNES)
    pattern = paths.NARRATIVE / "mau.md"
    read_parts, replaced = read_narrative("mau.md", pattern.read_bytes(), parts, {})
    assert (read_parts, replaced) == ({key: [] for key in parts}, set())
    lines = pattern.read_text(encoding="utf-8").splitlines()
    headings = [line.strip("# ") for line in lines if line.startswith("#")]
    assert headings == [first for first, *_ in parts.values()]
