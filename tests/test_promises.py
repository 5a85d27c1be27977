"""Promises 20, 26, 34 and the numbers of documents, where no other test proves them; and the table of all of them."""

import ast
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import evidence_of
from docx import Document
from docx.enum.text import WD_BREAK
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from printed import allowed_numbers, known_texts, numbers, page_text, shares, stray_numbers, texts_of
from review_set import DISTRICT, PROVINCE, RULES, word_file
from review_set import published as given_reviews
from review_set import settings as review_settings
from shipped import shipped
from test_display import everything

from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.findings import findings_csv
from pcmd_eval.indicators import Status, indicators, indicators_csv
from pcmd_eval.intake.sheets import absent_observations
from pcmd_eval.notebook import Case
from pcmd_eval.objectives import evaluate
from pcmd_eval.project import Project
from pcmd_eval.published import Published
from pcmd_eval.review.content import review_content
from pcmd_eval.review.documents import render
from pcmd_eval.review.reviews import properties_of
from pcmd_eval.site.public import map_of, site_files
from pcmd_eval.units import Unit

TESTS = Path(__file__).parent
NOTHING = re.compile(r"(?<![\w-])(?:nan|-?inf|infinity|none|nat|null|undefined)(?![\w-])", re.IGNORECASE)
DOCUMENTS = [(rules, code) for rules in RULES for code in (PROVINCE, DISTRICT)]


# ---- what a Word file tells ------------------------------------------------------------------------------------------


def told(content: bytes) -> str:
    """All that a Word file tells: paragraphs of every part, alternative texts and titles, properties."""
    texts: list[str] = []
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            if re.fullmatch(r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml", name):
                root = etree.fromstring(packed.read(name))
                for paragraph in root.iter("{*}p"):
                    texts.append("".join(t.text or "" for t in paragraph.iter("{*}t")))
                texts += [p.get(key, "") for p in root.iter("{*}docPr", "{*}cNvPr") for key in ("descr", "title")]
            elif name.startswith("docProps/core") or re.match(r"word/charts/|word/diagrams/", name):
                texts.append(" ".join(etree.fromstring(packed.read(name)).itertext()))
    return "\n".join(texts)


@cache
def printable_numbers() -> set[str]:
    """The numbers that may stand in a review: the published ones, shares of what the plan needs, words of templates."""
    made, rules = given_reviews(), load_disclosure()
    texts = [*known_texts(made.project), *texts_of([row.item for row in rules.sensitive]), str(rules.threshold - 1)]
    texts += [str(made.project.plan.year + 1), *texts_of(review_settings())]
    texts += [re.sub(r"\{[{%].*?[%}]\}", "", told(review_settings().template(rules))) for rules in RULES]
    allowed = allowed_numbers(findings_csv(made.findings), indicators_csv(made.indicators), *texts)
    for f in made.findings:  # how much of what was needed: a share printed in the reviews alone
        allowed |= {
            share for part in (f.low, f.high) if f.needed and part is not None for share in shares(part, f.needed)
        }
        if f.needed:
            allowed |= {rounded for part in (f.low, f.high) if part for rounded in tenths(part, f.needed)}
    return allowed


def tenths(part: int, whole: int) -> set[str]:
    """The share with one decimal, rounded down or up."""
    low = part * 1000 // whole
    return {f"{n // 10},{n % 10}" for n in (low, low + 1)}


@pytest.mark.parametrize(("rules", "code"), DOCUMENTS)
def test_every_number_of_a_document_is_published(rules: str, code: str) -> None:
    assert stray_numbers(told(word_file(rules, code)), printable_numbers()) == []


@pytest.mark.parametrize("where", ["body", "header", "alternative text", "title"])
def test_a_stray_number_in_a_document_is_caught(where: str) -> None:
    document = Document(io.BytesIO(word_file("tt01", DISTRICT)))
    if where == "body":
        document.tables[-1].rows[-1].cells[-1].paragraphs[0].add_run("98,7").add_text("6%")
    elif where == "header":
        document.sections[-1].header.paragraphs[0].add_run("4.711 người").add_break(WD_BREAK.LINE)
    elif where == "alternative text":
        next(document.element.iter("{*}docPr")).set("descr", "cao nhất 389")
    else:
        document.core_properties.title = "Báo cáo 1871"
    changed = io.BytesIO()
    document.save(changed)
    assert len(stray_numbers(told(changed.getvalue()), printable_numbers())) == 1
    assert numbers("98,76%") == ["98,76"]


# ---- promise 20: nothing is no number --------------------------------------------------------------------------------


def nothing_received(project: Project) -> Case:
    """The province's case where no return came: every denominator that can be 0 is."""
    codes = [unit.code for unit in project.register.reporters]
    cells = [
        o for unit in project.register.reporters for o in absent_observations(unit, project.form, project.register)
    ]
    evidence = evidence_of(project.plan, project.register, cells, missing=codes)
    return Case(project, project.register.province, evidence, {})


def of_case(case: Case) -> Published:
    """What readers may know of it."""
    rows = indicators(case.evidence, case.project.form, load_disclosure())
    return Published(case.project, evaluate(case.evidence), rows, case.evidence.illustrative)


def everything_printed(case: Case) -> Iterator[tuple[str, str]]:
    """All pages, two reviews, and what notebooks show of two units, as text."""
    made, published = shipped(), of_case(case)
    picture = map_of(case.project, case.evidence, published.findings)
    for place, content in site_files(published, picture, made.jobs, {}, made.rules).items():
        if place.endswith(".html"):
            yield place, page_text(content)
        elif place.endswith(".csv"):
            yield place, content.decode().replace(",none,", ",,")  # a programme without a document
    for code in (PROVINCE, DISTRICT):
        unit = case.project.register.reporter(code)
        content = review_content(published, unit, review_settings())
        yield f"{code}.docx", told(render(review_settings().template("tt01"), content, properties_of(published, unit)))
        for number, shown in enumerate(everything(replace(case, unit=unit))):
            yield f"{code}, {number}", f"{page_text(shown.html)}\n{shown.text}"


@pytest.mark.parametrize("received", ["all", "nothing"])
def test_nothing_is_never_printed_as_a_word_of_the_program(received: str, project: Project) -> None:
    made = shipped()
    case = Case(project, project.register.province, made.evidence, {})
    texts = dict(everything_printed(case if received == "all" else nothing_received(project)))
    assert len(texts) > 60
    found = {place: NOTHING.findall(text) for place, text in texts.items()}
    assert {place: words for place, words in found.items() if words} == {}


def test_a_denominator_of_nothing_gives_no_share(project: Project) -> None:
    """Neither 0 % nor 100 %: the finding has no share and its row on the page no percentage."""
    case = nothing_received(project)
    without = [f for f in evaluate(case.evidence) if not f.total]
    assert without and all((f.value_low, f.value_high) == ("", "") for f in without)
    made, published = shipped(), of_case(case)
    files = site_files(published, None, made.jobs, {}, made.rules)
    for finding in without:
        page = BeautifulSoup(files[f"objectives/{finding.objective}.html"], "html.parser")
        name = project.register.reporter(finding.unit_code).full_name
        rows = [row for row in page.select("tbody tr") if row.th and row.th.get_text(" ", strip=True).startswith(name)]
        assert rows and "%" not in rows[0].get_text(), (finding.unit_code, finding.objective)


@pytest.mark.parametrize("text", ["nan", "a NaN b", "None", "<td>None</td>", "inf", "-inf %", "NaT", "từ None đến 3"])
def test_the_search_for_nothing_would_find_it(text: str) -> None:
    assert NOTHING.search(text)
    assert not NOTHING.search("none_arose, thông tin, nan-du, infor, tinh nano")


# ---- promise 26: a withheld value in no part -------------------------------------------------------------------------


def test_a_withheld_value_is_in_no_part_of_a_document() -> None:
    """Every part unpacked, pictures too: two values that nobody may know give the same bytes."""
    made, found = given_reviews(), []
    for value in ("4711", ""):
        rows = [replace(i, value=value) if i.status is Status.WITHHELD else i for i in made.indicators]
        assert sum(i.status is Status.WITHHELD for i in rows) > 3
        changed = replace(made, indicators=rows)
        for unit in (made.province, made.project.register.reporter("232")):
            content = review_content(changed, unit, review_settings())
            found.append(render(review_settings().template("tt01"), content, properties_of(changed, unit)))
    assert found[0] == found[2] and found[1] == found[3]
    for content in found:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            kinds = {name.rpartition(".")[2] for name in packed.namelist()}
            assert kinds == {"xml", "rels", "png"}  # no chart part or workbook behind a picture
            assert not [
                n for n in packed.namelist() if re.search(rb"(?<!\d)4\.?711(?!\d)", packed.read(n)) and ".png" not in n
            ]


def test_a_document_holds_no_notes_and_no_author() -> None:
    with zipfile.ZipFile(io.BytesIO(word_file("tt01", PROVINCE))) as packed:
        names = " ".join(packed.namelist())
        assert not re.search(r"comments|footnotes|endnotes|people|embeddings|charts|custom\.xml|thumbnail", names)
        core = etree.fromstring(packed.read("docProps/core.xml"))
        app = etree.fromstring(packed.read("docProps/app.xml"))
    said = {etree.QName(tag).localname: tag.text for tag in (*core, *app)}
    assert not any(said.get(key) for key in ("creator", "lastModifiedBy", "Company", "Manager"))


# ---- promise 25: nothing to fail -------------------------------------------------------------------------------------


def test_withholding_needs_no_solver() -> None:
    """It is worked out in closed form: there is no solver that could be missing, run out of time or find nothing."""
    package = TESTS.parent / "pcmd_eval"
    for module in ("disclosure", "indicators", "audit", "intervals", "editions"):
        tree = ast.parse((package / f"{module}.py").read_text(encoding="utf-8"))
        names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        roots = {name.partition(".")[0] for name in names}
        assert not roots & {"scipy", "numpy", "pulp", "ortools", "highspy", "subprocess", "signal"}, module


# ---- promise 34: files named by code, inside the run's folder --------------------------------------------------------

HOSTILE = [
    "../../x",
    "/abs",
    "CON",
    "nul",
    "a" * 300,
    "\x00",
    "..",
    "",
    "a\\b",
    "C:\\x",
    "x:y",
    "Đ" * 300,
    "-",
    "\u202e",
]


@settings(max_examples=300)
@given(name=st.one_of(st.sampled_from(HOSTILE), st.text(max_size=400)))
def test_whatever_a_unit_is_called_its_folder_is_inside_and_short(name: str) -> None:
    folder = Unit("230", name, "huyện", "25").folder
    assert re.fullmatch(r"230(-[a-z0-9]+)*", folder) and len(folder) <= 100
    root = Path("/run/published/districts")
    assert (root / folder).resolve().parent == root.resolve()


# ---- the table -------------------------------------------------------------------------------------------------------


def test_every_test_that_the_table_names_exists() -> None:
    text = (TESTS / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+)\.(test_\w+)`", text)
    for module, test in named:
        tree = ast.parse((TESTS / f"{module}.py").read_text(encoding="utf-8"))
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{module}.{test}"
    rows = [re.match(r"\| (\d+) \|", line) for line in text.splitlines()]
    promises = [int(row[1]) for row in rows if row]
    assert promises == sorted(set(promises)) and {*range(20, 27), 28, 31, 32, 33, 34, 40} <= set(promises)
    assert all("`test_" in line for line in text.splitlines() if re.match(r"\| \d+ \|", line))
