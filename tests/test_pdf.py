"""The PDF is proved by the file, not by an exit code; the same documents give the same bytes on any day."""

import io
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from docx import Document

from pcmd_eval.review import pdf
from pcmd_eval.review.pdf import NoPdf, pages, pdfs, steady

posix = pytest.mark.skipif(os.name == "nt", reason="stands in for LibreOffice with a script")


def document(*paragraphs: str) -> bytes:
    """A Word document with these paragraphs and a title of seven letters, whose code is as long as an ID."""
    made = Document()
    made.core_properties.title = "Báo cáo"
    made.core_properties.author = ""
    for text in paragraphs:
        made.add_paragraph(text)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def program(folder: Path, body: str) -> str:
    """A script in the place of LibreOffice."""
    path = folder / "soffice"
    path.write_text(
        f"#!{sys.executable}\nimport os, sys, time\nout = sys.argv[sys.argv.index('--outdir') + 1]\n{body}\n"
    )
    path.chmod(0o755)
    return str(path)


TRAILER = (
    b"%PDF-1.7\n<</Type/Page/Parent 1 0 R>>\n<</Title<FEFF00420061006F002000630061006F>/CreationDate(D:{day}Z')>>\n"
    b"xref\ntrailer\n<</ID [ <{id}>\n<{id}> ]\n/DocChecksum /{sum}\n>>\nstartxref\n9\n%%EOF\n"
)


def of_day(day: bytes, ident: bytes, check: bytes) -> bytes:
    """A PDF as LibreOffice ends it, made at this time."""
    return TRAILER.replace(b"{day}", day).replace(b"{id}", ident * 32).replace(b"{sum}", check * 32)


# ---- without LibreOffice ---------------------------------------------------------------------------------------------


def test_where_there_is_no_libreoffice_there_is_no_pdf_and_a_line_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pdf, "converter", lambda: None)
    assert pdfs({"a": document("x")}) is None
    assert "LibreOffice" in pdf.MISSING and "\n" not in pdf.MISSING


def test_the_time_of_making_leaves_no_trace_and_moves_no_byte():
    monday, friday = of_day(b"20261124202511", b"A", b"4"), of_day(b"20270105070809", b"9", b"F")
    assert monday != friday and steady(monday) == steady(friday)
    assert len(steady(monday)) == len(monday) and steady(steady(monday)) == steady(monday)
    assert b"FEFF00420061006F002000630061006F" in steady(monday)  # the title is as long as an ID and stays
    assert b"D:20171231000000Z" in steady(monday)


def test_another_page_gives_another_identifier():
    here = of_day(b"20261124202511", b"A", b"4")
    other = here.replace(b"Parent 1", b"Parent 2")
    first, second = (re.search(rb"/ID \[ <(\w+)>", steady(content)) for content in (here, other))
    assert first and second and first[1] != second[1]


@posix
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("sys.exit(0)", "không làm được bản PDF của b"),  # what LibreOffice does with a broken file
        ("os.makedirs(out); [open(f'{out}/00{i}.pdf', 'wb').close() for i in (0, 1)]", "không có trang nào"),
        ("print('lạ', file=sys.stderr); sys.exit(1)", "lạ"),
        ("time.sleep(30)", "giây"),
    ],
)
def test_what_did_not_come_out_is_said(body: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pdf, "_SECONDS", 1 if "sleep" in body else 60)
    monkeypatch.setattr(pdf, "_SECONDS_EACH", 0)
    with pytest.raises(NoPdf, match=words):
        pdfs({"b": document("x"), "c": document("y")}, program(tmp_path, body))


@posix
def test_all_documents_go_through_one_call_under_names_of_their_own(tmp_path: Path):
    body = f"""
open({str(tmp_path / "calls")!r}, "a").write("x")
os.makedirs(out)
for name in [a for a in sys.argv if a.endswith(".docx")]:
    content = b"%PDF-1.7 /Type/Page " + str(os.path.getsize(name)).encode()
    open(f"{{out}}/{{name[:-5]}}.pdf", "wb").write(content)
"""
    documents = {"province": document("x" * 500), "districts/230": document("y")}
    made = pdfs(documents, program(tmp_path, body))
    assert made is not None and (tmp_path / "calls").read_text() == "x"
    assert {name: int(content.split()[-1]) for name, content in made.items()} == {
        n: len(d) for n, d in documents.items()
    }


# ---- with it ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(pdf.converter() is None, reason="needs LibreOffice")
def test_two_conversions_give_the_same_bytes_in_any_time_zone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    documents = {"a": document("Quốc hiệu", *["Đoạn văn dài. " * 30] * 30), "b": document("Một trang")}
    first = pdfs(documents)
    time.sleep(1.1)
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    second = pdfs(dict(reversed(documents.items())))
    assert first is not None and first == second
    assert pages(first["a"]) > 1 and pages(first["b"]) == 1
    # Another day, as far as a day can be set here: its date and identifiers in the same file.
    later = re.sub(rb"D:\d{14}", b"D:20310203040506", first["a"])
    assert steady(re.sub(rb"(?<=DocChecksum /)\w{32}", b"F" * 32, later)) == first["a"]
    if shutil.which("pdftotext"):
        (tmp_path / "a.pdf").write_bytes(first["a"])
        said = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, check=True).stdout.decode()
        assert "Quốc hiệu" in said
        info = subprocess.run(["pdfinfo", tmp_path / "a.pdf"], capture_output=True, check=True).stdout.decode()
        assert re.search(r"Title: +Báo cáo\n", info) and re.search(r"Tagged: +yes", info)
        assert f"Pages:           {pages(first['a'])}" in info


@pytest.mark.slow
@pytest.mark.skipif(pdf.converter() is None, reason="needs LibreOffice")
def test_a_file_that_is_no_document_is_named():
    with pytest.raises(NoPdf, match="của hỏng"):
        pdfs({"hỏng": document("x")[:200], "tốt": document("y")})
