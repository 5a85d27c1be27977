"""The Word template: what is wrong with it in words, and files that Word opens without a repair."""

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from editions import case_of
from libreoffice import converted
from papers import everything, made, opened, paragraphs, text_of
from seeds import seeds

from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.office.reports import docx_renderer
from pcmd_eval.office.reports.document import make_paper
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.plan.report_settings import PlanSettings, load_settings
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

UNITS = ("25", "230", "240")  # the province, a district, and one that sent nothing


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{{ row.done }}", "{{ row.don }}", "không có tên “don”"),
        (
            "{{ table_note }}",
            "{{ table_nte }}",
            "không có tên “table_nte”; xóa chỗ đặt đó hoặc sửa tên.",
        ),
        (
            *("{%p if is_notice and requested %}", "{%p if is_notice and %}"),
            "câu lệnh trong ngoặc viết sai",
        ),
    ],
)
def test_render_names_what_is_wrong_with_the_template(
    case, tmp_path, monkeypatch, old, new, message
):
    document = docx.Document(docx_renderer.TEMPLATE)
    cells = [cell for table in document.tables for cell in table._cells]
    for paragraph in (p for part in (document, *cells) for p in part.paragraphs):
        if old in paragraph.text:
            paragraph.text = paragraph.text.replace(old, new)
    document.save(tmp_path / "review.docx")
    monkeypatch.setattr(docx_renderer, "TEMPLATE", tmp_path / "review.docx")
    with pytest.raises(InputRefused, match=re.escape(message)) as refusal:
        make_paper(case, "report")
    assert refusal.value.reasons[0].startswith("Mẫu review.docx")


@pytest.mark.slow
def test_render_unit_named_with_marks_of_xml_stays_text(case):
    plan = case.plan.model_copy(update={"title": "Kế hoạch A & B <2017> {{ x }}"})
    document = made(replace(case, plan=plan), "25")
    assert "A & B <2017> {{ x }}" in text_of(document)


@pytest.mark.slow
def test_render_twice_gives_the_same_bytes(case, files):
    assert make_paper(case, "report") == files["25"]


@pytest.mark.parametrize("unit", UNITS)
def test_render_gives_files_that_need_no_repair(files, unit):
    with zipfile.ZipFile(io.BytesIO(files[unit])) as parts:
        assert parts.testzip() is None
        xml = "".join(parts.read(n).decode() for n in parts.namelist() if n.endswith(".xml"))
    assert "NỘI BỘ" not in xml and "Bản công khai" not in xml
    document = opened(files[unit])
    roots = [
        part.element for part in document.part.package.iter_parts() if hasattr(part, "element")
    ]
    for element in (e for root in roots for e in root.iter()):
        name = str(element.tag).rpartition("}")[2]
        if name in ("rPr", "pPr", "tblPr", "tcPr", "trPr", "sectPr"):
            children = [child.tag for child in element if not str(child.tag).endswith("Reference")]
            assert len(children) == len(set(children)), (name, children)
        if name == "tc":
            assert element[-1].tag == qn("w:p")
    body = document.element.body
    numbers = [properties.get("id") for properties in body.iter(qn("wp:docPr"))]
    assert len(numbers) == len(set(numbers)) == (1 if unit == "25" else 0)
    assert not re.search(r"\{[{%]|[%}]\}", "".join(body.itertext()))


def test_render_captions_are_numbered_by_word(files):
    for unit, fields in {"25": ["Bảng", "Hình"], "230": ["Bảng"]}.items():
        body = opened(files[unit]).element.body
        codes = [field.get(qn("w:instr")).split()[:2] for field in body.iter(qn("w:fldSimple"))]
        assert codes == [["SEQ", name] for name in fields]
    numbers = [field.find(f".//{qn('w:t')}").text for field in body.iter(qn("w:fldSimple"))]
    assert numbers == ["1"]  # as Word counts, which it does not do on opening


def test_render_headings_and_signature_stay_with_the_next_paragraph(files):
    for unit in UNITS:
        document = opened(files[unit])
        for heading in ("Heading 1", "Heading 2"):
            assert document.styles[heading].paragraph_format.keep_with_next
        before, closing = next(
            pair for pair in pairwise(document.paragraphs) if pair[1].text.endswith("./.")
        )
        assert closing.paragraph_format.keep_with_next
        # No page has a closing sentence and a signature alone.
        assert before.paragraph_format.keep_with_next or unit == "25"


def test_render_pictures_are_sharp_and_described(files):
    report = opened(files["25"])
    [shape] = report.inline_shapes  # the map; bars say the same
    blip = shape._inline.graphic.graphicData.pic.blipFill.blip.embed
    assert report.part.related_parts[blip].image.px_width / shape.width.inches >= 200
    assert shape.width <= Mm(160)
    described = shape._inline.docPr.get("descr")
    assert "Huyện Đoan Hùng" in described and "năm 2017" in described


@pytest.mark.slow
def test_render_under_newer_rules_puts_the_page_number_on_top(case):
    settings = PlanSettings(rules="nd30", issuer="ubnd")
    other = replace(case, plan=case.plan.model_copy(update={"review": settings}))
    document = made(other, "25")
    section = document.sections[0]
    above, below = (
        "PAGE" in "".join(edge._element.itertext()) for edge in (section.header, section.footer)
    )
    assert (above, below) == (True, False)
    assert "/BC-UBND" in document.tables[0].cell(1, 0).text
    assert "Kính gửi: Bộ Lao động - Thương binh và Xã hội" in paragraphs(document)


@pytest.mark.slow
def test_render_with_a_deputy_signs_as_the_settings_say(case):
    department = {"signing": ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"], "signer": "Tên người ký"}
    settings = PlanSettings.model_validate({"department": department})
    other = replace(case, plan=case.plan.model_copy(update={"review": settings}))
    for unit, table in (("25", 2), ("230", 2)):
        cell = made(other, unit).tables[table].cell(0, 1)
        lines = [p for p in cell.paragraphs if p.text]
        assert [p.text for p in lines] == ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Tên người ký"]
        assert len({p.style.name for p in lines}) == 1


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_papers_have_few_pages(files, tmp_path: Path):
    for unit, content in files.items():
        (tmp_path / f"{unit}.docx").write_bytes(content)
    converted(sorted(tmp_path.glob("*.docx")), tmp_path, "pdf")
    pages = {}
    for unit in files:
        command = ["pdfinfo", tmp_path / f"{unit}.pdf"]
        output = subprocess.run(command, capture_output=True, check=True).stdout
        pages[unit] = int(re.search(rb"Pages:\s+(\d+)", output)[1])
    assert pages.pop("25") <= 4 + 5 and pages.pop("240") == 1
    assert max(pages.values()) <= 3  # two, and one of its annex


@pytest.mark.slow
@pytest.mark.parametrize("name", seeds(["thua_thien_hue_2017"], ["binh_thuan_2017"]))
def test_render_of_another_plan_has_its_objectives(name, tmp_path):
    plan = load_plan(name)
    sent, silent = plan.reporting_units.index[:2]
    (tmp_path / "sent.xlsx").write_bytes(blank_return(plan, sent))
    case = case_of(plan, read_returns(plan, tmp_path), internal=True)
    report, *others = (made(case, u) for u in (plan.province, sent, silent))
    assert all("Nơi nhận:" in everything(document) for document in others)
    numbers = [row.cells[0].text for row in report.tables[1].rows[1:]]
    assert numbers == [str(objective.number) for objective in plan.objectives]
    assert f"“{plan.not_judged[0].sentence}”" in text_of(report)
    assert load_settings().department.name.upper().split(" - ")[0] in text_of(report).upper()


@pytest.mark.slow
def test_render_template_with_a_logo_and_without_the_map_keeps_the_rest(
    case, tmp_path, monkeypatch
):
    template = docx.Document(docx_renderer.TEMPLATE)
    for paragraph in template.paragraphs:
        if paragraph.text == "{{ picture_map }}":
            paragraph._element.getparent().remove(paragraph._element)
    logo = str(paths.ROOT / "docs/pictures/explore.png")
    template.paragraphs[0].insert_paragraph_before().add_run().add_picture(logo, width=Mm(20))
    template.save(tmp_path / "review.docx")
    monkeypatch.setattr(docx_renderer, "TEMPLATE", tmp_path / "review.docx")
    [shape] = opened(make_paper(case, "report")).inline_shapes
    assert shape.width == Mm(20)
