"""`run --audience internal`: every notebook in full, for the department alone, and nothing of it where readers look."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from small_root import (
    FAILS_FOR_230,
    NOTEBOOK,
    OBJECTIVE,
    READ,
    WRITE,
    finish,
    notebook,
    root,
    start,
    tiny,
    write_notebooks,
)
from test_publish import asked, places, quick, read

from pcmd_eval import display
from pcmd_eval.batch.evaluation import Outcome, Request
from pcmd_eval.batch.sets import file_hash
from pcmd_eval.cli import main
from pcmd_eval.notebook import open_case
from pcmd_eval.paths import OutputFolder

__all__ = ["asked", "quick", "root", "tiny"]  # the fixtures
OWN = """from pcmd_eval import display
from pcmd_eval.notebook import open_case
case = open_case(plan, unit)
display.heading(case)"""
Quick = Callable[[Request], Outcome]


def inside(request: Request) -> Request:
    return replace(request, audience="internal")


def snapshot(output: OutputFolder) -> tuple[str, dict[str, str]]:
    """What readers see: which set, and every byte of it."""
    shown = output.published
    return shown.resolve().name, {place: file_hash(shown / place) for place in places(shown)}


def test_notebooks_go_to_internal_with_the_mark_on_top_and_published_stays(root: Path):
    output = OutputFolder(root / "outputs" / "tiny")
    write_notebooks(root / "notebooks", **{NOTEBOOK: notebook(OWN, READ, WRITE)})
    assert finish(start(root))[0] == 0
    before, record = snapshot(output), read(output.internal / "run.json")
    public = (output.published / "province" / f"{NOTEBOOK}.html").read_text(encoding="utf-8")
    assert "NỘI BỘ" not in public

    code, out, _ = finish(start(root, "--audience", "internal"))
    assert code == 0 and "6 sổ đã chạy, 0 lỗi.\nNỘI BỘ: đã ghi các sổ đầy đủ." in out
    folder = output.internal / "notebooks"
    assert snapshot(output) == before and read(output.internal / "run.json") == record
    made = {f"{p}/{n}" for p in ("districts/230-doan-hung", "districts/240-tan-son", "province") for n in (NOTEBOOK,)}
    assert {f"{place}.{kind}" for place in made for kind in ("ipynb", "html")} <= places(folder)
    assert not [p for p in places(folder) if p.endswith((".csv", ".xlsx", ".docx", ".pdf", ".png"))]
    for place in [p for p in places(folder) if p.endswith(".html")]:
        page = BeautifulSoup((folder / place).read_bytes(), "html.parser")
        assert page.select_one("header p.banner").get_text().startswith("NỘI BỘ"), place
    for place in made:
        cells = json.loads((folder / f"{place}.ipynb").read_bytes())["cells"]
        first = next(cell for cell in cells if cell.get("outputs"))
        assert "".join(first["outputs"][0]["data"]["text/plain"]).startswith("NỘI BỘ")
    # Every page leads back to a first page that is there, and that one to every page.
    links = {a["href"] for a in BeautifulSoup((folder / "index.html").read_bytes(), "html.parser").select("a")}
    inside = {link for link in links if link.startswith("../")}
    assert links - inside == {p for p in places(folder) if p.endswith(".html") and p != "index.html"}
    # And to the cells behind each finding, the returns, the checks and the changes.
    cells = {f"../trace/{code}.html#{OBJECTIVE}" for code in ("230", "240", "25")}
    assert inside == cells | {f"../returns/{c}.html" for c in ("230", "240", "25")} | {
        *("../check.html", "../changes.html")
    }
    for link in inside:
        target, _, anchor = link.partition("#")
        page = (output.internal / target.removeprefix("../")).read_text(encoding="utf-8")
        assert not anchor or f'id="{anchor}"' in page


def test_an_internal_run_is_whole_or_not_at_all_and_uses_again_what_it_has(asked, quick: Quick, tmp_path: Path):
    output, folder = OutputFolder(tmp_path / "out"), tmp_path / "out" / "internal" / "notebooks"
    first = quick(inside(asked()))
    assert first.published and len(first.results) == 6 and not output.published.exists()
    again = quick(inside(asked()))
    assert again.published and not again.results and len(again.reused) == 6

    # What was made for the department is never used for readers, nor the other way round.
    assert len(quick(asked()).results) == 6
    before = snapshot(output)
    assert not quick(inside(asked())).results and not quick(asked()).results
    assert snapshot(output)[1].keys() == before[1].keys()

    shown = folder.resolve().name
    write_notebooks(tmp_path / "notebooks", district_review=FAILS_FOR_230)
    failed = quick(inside(asked()))
    assert len(failed.failed) == 1 and not failed.published and folder.resolve().name == shown
    part = quick(inside(asked(partial=True)))
    assert part.published and len(part.missing) == 1 and folder.resolve().name == part.run_id
    assert "chưa đánh giá: sổ không chạy xong (ô 5)" in (folder / "index.html").read_text(encoding="utf-8")
    assert not [place for place in places(folder) if "failed" in place]
    assert len(list((output.internal / "sets").iterdir())) <= 2


def test_open_faults_keep_a_set_from_readers_but_not_from_the_department(asked, quick: Quick, tmp_path: Path):
    returns = tmp_path / "returns"
    (returns / "again.xlsx").write_bytes((returns / "230-doan-hung.xlsx").read_bytes())
    assert not quick(asked()).published
    outcome = quick(inside(asked()))
    assert outcome.stopping and outcome.published
    assert not (tmp_path / "out" / "published").exists()


def test_the_command_says_that_readers_see_nothing_of_it(tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    arguments = ["run", "--plan", "tiny", "--returns", str(tmp_path / "returns"), "--output", str(tmp_path / "out")]
    assert main([*arguments, "--audience", "internal"]) == 0
    said = capsys.readouterr().out
    assert "NỘI BỘ" in said and "Bộ đã công bố không bị thay đổi." in said and "Đã công bố" not in said
    assert not (tmp_path / "out" / "published").exists()
    assert (tmp_path / "out" / "internal" / "notebooks" / "index.html").is_file()
    assert main([*arguments, "--audience", "everyone"]) == 2
    assert "--audience" in capsys.readouterr().err


def test_internal_pages_show_the_cells_and_say_so_on_every_finding_and_picture(monkeypatch: pytest.MonkeyPatch):
    public = open_case("phu_tho_2017", "230")
    monkeypatch.setenv("PCMD_AUDIENCE", "internal")
    case = open_case("phu_tho_2017", "230")
    assert case.marks == ["NỘI BỘ", "SỐ LIỆU MINH HỌA"] and public.marks == ["SỐ LIỆU MINH HỌA"]
    assert repr(display.heading(case)).startswith("NỘI BỘ: sổ này có số liệu chi tiết")
    assert "Từng ô của đơn vị" in repr(display.returns_table(case, "enforcement"))
    assert "Từng ô của đơn vị" not in repr(display.returns_table(public, "enforcement"))
