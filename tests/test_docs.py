"""The documents: their generated parts are current, their links resolve, both languages say as much, commands exist."""

import re
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
import yaml
from lxml import etree

from pcmd_eval import paths
from pcmd_eval.batch.jobs import NOTEBOOKS
from pcmd_eval.cli import app
from pcmd_eval.plan import load_plan
from pcmd_eval.spelling import slug
from pcmd_eval.targets import Target

DOCS = paths.ROOT / "docs"
sys.path.insert(0, str(DOCS))
import generate  # noqa: E402
import picture  # noqa: E402

PAGES = sorted(DOCS.rglob("*.md"))
PAIRS = [(path, DOCS / "vi" / path.name) for path in sorted((DOCS / "en").glob("*.md"))]
PAIRS.append((DOCS / "another-plan.md", DOCS / "vi" / "another-plan.md"))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def name_of(path: Path) -> str:
    return path.relative_to(DOCS).as_posix()


def prose(path: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


# ---- generated parts -------------------------------------------------------------------------------------------------


def test_generated_parts_and_the_picture_are_current() -> None:
    stale = [name_of(p) for p, t in generate.current().items() if p.read_text(encoding="utf-8") != t]
    assert not stale, f"run: python docs/generate.py ({', '.join(stale)})"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_markers_come_in_pairs_and_are_known(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"<!-- generated: (.+?) -->", text) if path != DOCS / "README.md" else []
    assert set(names) <= generate.BLOCKS.keys()
    assert len(names) == len(re.findall(r"^<!-- end -->$", text, re.MULTILINE))


def test_every_block_is_used_in_both_languages() -> None:
    for folder in ("en", "vi"):
        pages = {*(DOCS / folder).glob("*.md"), *(en if folder == "en" else vi for en, vi in PAIRS)}
        text = "".join(page.read_text(encoding="utf-8") for page in pages)
        assert set(re.findall(r"<!-- generated: (\w+) -->", text)) == generate.BLOCKS.keys(), folder


def test_impact_is_computed_from_the_returns() -> None:
    """By hand: with both limbs asked for, of the findings on objective 3 some change; each count is within bounds."""
    assert {key.partition(".")[0] for key in generate.impact()} == set(NOTEBOOKS)
    for key, (changed, judged, whole) in generate.impact().items():
        assert 0 <= changed <= judged and (not whole or changed), key
    plan = load_plan("phu_tho_2017")
    offered = {f"{o.slug}.{key}" for o in plan.objectives for key, rule in o.rules.items() if len(rule.choices) > 1}
    assert generate.impact().keys() == offered


def test_nothing_that_people_wrote_is_left_over() -> None:
    """A rating of a rule that is gone, or English for a text that is gone, would mislead the next writer."""
    keys = {key for key, _, _ in generate.choices(load_plan("phu_tho_2017"))}
    assert yaml.safe_load((DOCS / "ratings.yaml").read_text(encoding="utf-8")).keys() == keys
    english = yaml.safe_load((DOCS / "english.yaml").read_text(encoding="utf-8"))
    plans = "".join(path.read_text(encoding="utf-8") for path in paths.PLANS.glob("*.yaml"))
    sources = plans + (paths.DATA / "disclosure.yaml").read_text(encoding="utf-8")
    sources += "".join(path.read_text(encoding="utf-8") for path in (paths.ROOT / "pcmd_eval").rglob("*.py"))
    gone = [text for text in english if text not in sources]
    assert not gone


def test_every_sentence_of_the_plan_is_in_the_coverage() -> None:
    entries = yaml.safe_load((DOCS / "coverage.yaml").read_text(encoding="utf-8"))["entries"]
    assert [e["objective"] for e in entries if "objective" in e] == [
        o.slug for o in load_plan("phu_tho_2017").objectives
    ]
    assert {e["how"] for e in entries} <= {"assessed", "partly", "not"}
    assert all(e["en"] and e["vi"] and ("objective" in e or (e["sentence"] and e["english"])) for e in entries)


def test_every_shape_of_target_has_english() -> None:
    """The target of a new plan needs no words of its own in english.yaml."""
    for text in (">= 75%", "> 69.5%", "75% .. 80%", "10/10", "1", ">= 2", "every month", "all", "none"):
        target = Target.parse(text)
        said = generate.target_in("en", target)
        assert said and all(number in said for number in re.findall(r"[\d.]*\d", text) if target.shape != "own")
        assert generate.target_in("vi", target) == target.words


def test_a_text_without_english_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Which another plan in data/plans meets first: the page on other plans says what to do."""
    content = yaml.safe_load((paths.PLANS / "binh_thuan_2017.yaml").read_text(encoding="utf-8"))
    content["objectives"][0]["target"]["value"] = "75% .. 80%"
    monkeypatch.setattr(paths, "PLANS", tmp_path)
    for title in (content["objectives"][0]["title"], "Chỉ tiêu mới"):
        content["objectives"][0]["title"] = title
        (tmp_path / f"{slug(title)}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        if title != "Chỉ tiêu mới":
            assert "from 75% to 80%" in generate.plans("en")
    with pytest.raises(generate.MissingText, match=r"english\.yaml: Chỉ tiêu mới"):
        generate.plans("en")
    assert "docs/english.yaml" in (DOCS / "another-plan.md").read_text(encoding="utf-8")


# ---- the picture -----------------------------------------------------------------------------------------------------


def test_imports_never_go_up() -> None:
    assert picture.upward() == []


def test_every_module_stands_in_one_layer_and_in_the_picture() -> None:
    modules = [module for layer in picture.layers() for module in layer.modules]
    assert sorted(modules) == sorted(picture.imports()) and len(set(modules)) == len(modules)
    root = etree.fromstring((DOCS / "architecture.svg").read_bytes())
    words = " ".join(root.itertext())
    assert all(re.search(rf"\b{module}\b", words) for module in modules)
    ordered = ["plan", "intake.returns", "intake.checks", "objectives", "figures", "review.content", "batch.workers"]
    heights = [picture.heights()[module] for module in (*ordered, "cli")]
    assert heights == sorted(heights) and len(set(heights)) == len(heights)


def test_a_named_module_that_is_gone_would_be_noticed() -> None:
    given = yaml.safe_load((DOCS / "layers.yaml").read_text(encoding="utf-8"))
    assert {module for layer in given for module in layer["modules"]} <= picture.imports().keys()


# ---- links, languages, commands --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_resolve(path: Path) -> None:
    links = [link for link in LINK.findall(prose(path)) if not link.startswith(("http://", "https://"))]
    missing = [link for link in links if not (path.parent / unquote(link.partition("#")[0])).exists()]
    assert not missing


def test_every_page_is_reached_from_the_index() -> None:
    linked = {(DOCS / link).resolve() for link in LINK.findall(prose(DOCS / "README.md")) if "://" not in link}
    assert {p for p in PAGES if p != DOCS / "README.md" and p.name != "tutorial.md"} <= linked
    for start in ("README.md", "README.vi.md"):
        assert "docs/README.md" in (paths.ROOT / start).read_text(encoding="utf-8")


@pytest.mark.parametrize(("english", "vietnamese"), PAIRS, ids=[en.stem for en, _ in PAIRS])
def test_both_languages_have_the_same_parts(english: Path, vietnamese: Path) -> None:
    def outline(path: Path) -> list[tuple[str, str]]:
        """Headings by their level, markers, tables, lists and blocks of code, in order."""
        found = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if mark := re.match(r"(#+) |(<!-- .+? -->)|(\| ---)|(```)|(- |\d+\. )", line):
                found.append((mark[0] if mark[2] else mark[0].strip("0123456789. "), path.stem))
        return found

    assert outline(english) == outline(vietnamese)
    given = re.compile(r"<[^<>`]+>|OUTPUT|OLD NEW|THU_MUC|BO_CU BO_MOI")
    codes = [{given.sub("…", c) for c in re.findall(r"`([^`\n]+)`", prose(p))} for p in (english, vietnamese)]
    assert codes[0] == codes[1]


def test_pages_exist_in_both_languages() -> None:
    assert {path.name for path in (DOCS / "en").glob("*.md")} | {"another-plan.md", "tutorial.md"} >= {
        path.name for path in (DOCS / "vi").glob("*.md")
    }


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_commands_and_their_options_exist(path: Path) -> None:
    command = typer.main.get_command(app)
    known = {name: {o for p in c.params for o in p.opts} for name, c in command.commands.items()}  # type: ignore[attr-defined]
    for line in re.findall(r"pcmd-eval ([^`\n]+)", path.read_text(encoding="utf-8")):
        name, *rest = line.split("#")[0].split()
        assert name in known, (name, line)
        assert {word for word in rest if word.startswith("--")} <= known[name] | {"--help"}, line


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_files_that_pages_name_exist(path: Path) -> None:
    for named in re.findall(r"`((?:data|docs|pcmd_eval|tests|notebooks)/[\w./-]+)`", prose(path)):
        assert (paths.ROOT / named).exists(), named


def test_markdown_without_places_of_this_computer() -> None:
    for path in PAGES:
        assert not re.search(r"/(?:work|root|home|tmp)/", path.read_text(encoding="utf-8")), path
