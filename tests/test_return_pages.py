"""Internal pages: each cell is where links lead, everything is escaped, and nobody mistakes them for public ones."""

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from test_trace import shipped

from pcmd_eval import paths
from pcmd_eval.batch.evaluation import evaluate_into
from pcmd_eval.cli import main
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import Evidence, State
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project
from pcmd_eval.proof.trace import trace
from pcmd_eval.site.return_pages import anchor, link, return_page, trace_page, write_pages
from pcmd_eval.wording import LOOKS


class Found(HTMLParser):
    """The anchors, links, text and tags of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.words = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append(tag)
        self.ids += [named["id"]] if "id" in named else []
        self.links += [named["href"]] if tag == "a" and named.get("href") else []

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def written(tmp_path_factory, project: Project) -> Path:
    evidence, output = shipped(), OutputFolder(tmp_path_factory.mktemp("pages"))
    names = write_pages(evidence, project, evaluate(evidence), output)
    assert sorted(p.relative_to(output.internal).as_posix() for p in output.internal.rglob("*.html")) == names
    return output.internal


def test_every_link_of_every_trace_leads_to_an_anchor(written: Path, project: Project):
    anchors = {p.name: Found(p.read_bytes()).ids for p in (written / "returns").iterdir()}
    for name, ids in anchors.items():
        assert len(set(ids)) == len(ids), name
    for page in (written / "trace").iterdir():
        found = Found(page.read_bytes())
        to_cells = [address for address in found.links if "#" in address]
        assert to_cells
        for address in to_cells:
            place, _, target = address.removeprefix("../returns/").partition("#")
            assert target in anchors[place], (page.name, address)


def test_every_cell_of_every_trace_is_on_the_page_of_its_unit(written: Path, project: Project):
    evidence = shipped()
    for unit in project.register.reporters:
        links = Found((written / "trace" / f"{unit.code}.html").read_bytes()).links
        steps = [s for o in evidence.plan.objectives for s in trace(evidence, unit, o.slug)]
        assert sorted(link(s.observation, project.form) for s in steps) == sorted(a for a in links if "#" in a)


def test_pages_say_whose_they_are_and_that_they_stay_inside(written: Path, project: Project):
    for folder in ("returns", "trace"):
        for unit in project.register.reporters:
            page = (written / folder / f"{unit.code}.html").read_text(encoding="utf-8")
            assert "NỘI BỘ" in page
            assert "SỐ LIỆU MINH HỌA" in page
            assert unit.full_name in page
            assert "default-src 'none'" in page
            assert not {"script", "iframe", "img", "link"} & set(Found(page.encode()).tags)


def test_the_finding_stands_above_its_cells(written: Path, project: Project):
    words = " ".join(Found((written / "trace" / "230.html").read_bytes()).words.split())
    for finding in (f for f in evaluate(shipped()) if f.unit_code == "230"):
        assert f"{LOOKS[finding.verdict].word}. {finding.reason}" in words
    assert "Không có ô nào: kết luận này không dựa vào số liệu của báo cáo." in words, "media"


def test_a_missing_return_has_a_page_that_lists_what_is_missing(project: Project):
    evidence = shipped()
    missing = next(r.reporter for r in evidence.returns if not r.counts)
    page = Found(return_page(evidence, project, project.register.reporter(missing)))
    assert "Không có báo cáo nào của đơn vị được tính" in page.words
    first = next(o for o in evidence.observations if o.reporter == missing)
    assert first.state is State.ABSENT
    assert anchor(first, project.form) in page.ids


def test_what_a_return_says_is_text_and_never_markup(project: Project):
    hostile = "<script>alert(1)</script><b>\"'&"
    evidence: Evidence = shipped()
    kept = [o for o in evidence.observations if (o.reporter, o.objective) != ("230", "support_model")]
    own = next(o for o in evidence.observations if o.objective == "support_model" and o.item.endswith(":name"))
    cell = replace(own, reporter="230", unit_code="230", item="4.1:name", value=hostile, raw=hostile, cell="B5")
    bad = replace(evidence, observations=(*kept, cell))
    district = project.register.reporter("230")
    for page in (return_page(bad, project, district), trace_page(bad, project, district, evaluate(bad))):
        assert b"<script" not in page
        assert b"&lt;script&gt;" in page
    assert re.search(rb'id="4-mo-hinh-B5"', return_page(bad, project, district))


# ---- the ways in ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, project: Project) -> Path:
    """internal/ as `evaluate` leaves it."""
    output = OutputFolder(tmp_path_factory.mktemp("entry"))
    evaluate_into(project, paths.returns_folder(project.plan.name), output)
    return output.internal


def test_every_number_of_every_page_is_two_steps_from_its_cells(evaluated: Path, project: Project):
    """The first page leads to each finding's cells and to each return; no link of any page leads nowhere."""
    found = {p.relative_to(evaluated).as_posix(): Found(p.read_bytes()) for p in evaluated.rglob("*.html")}
    for name, page in found.items():
        for address in page.links:
            place, _, target = address.partition("#")
            to = (evaluated / name).parent.joinpath(place).resolve() if place else evaluated / name
            assert to.is_file(), (name, address)
            if target and to.suffix == ".html":
                assert target in found[to.relative_to(evaluated.resolve()).as_posix()].ids, (name, address)
    entry = found["index.html"].links
    assert {f"trace/{u.code}.html#{o.slug}" for u in project.register.reporters for o in project.plan.objectives} < {
        *entry
    }
    assert {"check.html", *(f"returns/{unit.code}.html" for unit in project.register.reporters)} < {*entry}
    assert "changes.html" not in entry and "index.html" in json.loads((evaluated / "hashes.json").read_bytes())["files"]


def test_a_fault_leads_to_its_cell_and_a_unit_to_its_return(evaluated: Path, project: Project):
    links = Found((evaluated / "check.html").read_bytes()).links
    with (evaluated / "check.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    cells = {(o.reporter, o.file, o.sheet, o.cell): o for o in shipped().observations if o.cell}
    keys = [(row["reporter"], row["file"], row["sheet"], row["cell"]) for row in rows]
    expected = {link(cells[key], project.form, "returns/") for key in keys if key in cells}
    assert expected and expected == {address for address in links if "#" in address}
    assert {f"returns/{unit.code}.html" for unit in project.register.reporters} <= {*links}


def test_a_check_without_pages_of_returns_leads_nowhere(project: Project, tmp_path: Path):
    given = ["--returns", str(paths.returns_folder(project.plan.name)), "--output", str(tmp_path)]
    main(["check", *given])
    assert Found((tmp_path / "internal" / "check.html").read_bytes()).links == []
    assert not (tmp_path / "internal" / "index.html").exists()
