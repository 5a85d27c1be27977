"""Other plans are data alone: everything is made for them, without what they lack and without a trace of the first."""

import io
import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import docx
import pytest
import yaml
from openpyxl import load_workbook
from other_plans import OTHERS, Small, fill_returns, small
from shipped import shipped

from pcmd_eval import display, paths
from pcmd_eval.batch.jobs import NOTEBOOKS, jobs_of
from pcmd_eval.bounds import decide
from pcmd_eval.cli import main
from pcmd_eval.commands.lab import working_copy
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.errors import InputRefused
from pcmd_eval.figures import Chart
from pcmd_eval.intake.checks import Rules
from pcmd_eval.notebook import Case
from pcmd_eval.objectives import OBJECTIVES, evaluate
from pcmd_eval.observations import ReturnState
from pcmd_eval.plan import load_plan
from pcmd_eval.project import Project, open_project
from pcmd_eval.published import Published
from pcmd_eval.reporting import reporting, silent
from pcmd_eval.review import annexes
from pcmd_eval.review.content import review_content
from pcmd_eval.review.documents import render
from pcmd_eval.review.narrative import load_narratives
from pcmd_eval.review.reviews import properties_of, review_files
from pcmd_eval.review.sentences import target_sentence
from pcmd_eval.review.settings import load_review_settings
from pcmd_eval.site.public import map_of, site_files
from pcmd_eval.strict import load
from pcmd_eval.wording import Verdict

# Names of the first plan: its province, its number, its districts with names of their own.
TRACES = re.compile(r"Phú Thọ|PHÚ THỌ|phu[-_]tho|\b884\b|Việt Trì|Đoan Hùng|Lâm Thao|Yên Lập|Cẩm Khê")
PICTURE = re.compile(r'"image/png": "[^"]*"|data:image/png;base64,[^"]*')  # letters and digits that are no words
NOT_JUDGED = "Chỉ tiêu của kế hoạch mà sổ này không đánh giá được"


@pytest.fixture(scope="module", params=OTHERS)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """One of the other plans with the returns of two districts."""
    return small(open_project(request.param), tmp_path_factory.mktemp(request.param) / "returns")


@pytest.fixture(scope="module")
def site(made: Small) -> dict[str, bytes]:
    """The pages of its set."""
    picture = map_of(made.project, made.evidence, made.published.findings)
    return site_files(made.published, picture, jobs_of(made.project), {}, load_disclosure())


def lacking(project: Project) -> list[str]:
    """The objectives that only the first plan has."""
    return [slug for slug in OBJECTIVES if slug not in project.plan]


def text_of(document: bytes) -> str:
    """Every word of a Word file, tables, headers and footers included."""
    opened = docx.Document(io.BytesIO(document))
    parts = [opened.element, *(r.target_part.element for r in opened.part.rels.values() if "header" in r.reltype)]
    paragraphs = (p for part in parts for p in part.iter(f"{{{part.nsmap['w']}}}p"))
    return "\n".join("".join(p.itertext()) for p in paragraphs)


def foreign_titles(project: Project) -> list[str]:
    """The titles of the objectives the plan lacks."""
    own = {objective.title for objective in project.plan.objectives}
    return [o.title for o in load_plan("phu_tho_2017").objectives if o.title not in own]


# ---- the form and the returns ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OTHERS)
def test_the_form_has_the_sheets_of_the_plans_objectives_only(name: str) -> None:
    project = open_project(name)
    assert {sheet.objective for sheet in project.form.sheets} == {o.slug for o in project.plan.objectives}


@pytest.mark.parametrize("name", OTHERS)
def test_blank_returns_name_nothing_of_the_first_plan(name: str, tmp_path: Path) -> None:
    assert main(["template", "--plan", name, "--to", str(tmp_path)]) == 0
    project = open_project(name)
    asked = [u for u in project.register.reporters if project.form.sheets_of(u, project.register)]
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(unit.folder for unit in asked)
    for path in tmp_path.iterdir():
        cells = [str(c.value) for s in load_workbook(path).worksheets for row in s.iter_rows() for c in row if c.value]
        assert project.plan.plan in cells and not TRACES.search("\n".join(cells)), path.name


def test_a_body_that_is_asked_nothing_gets_no_form_and_owes_none(tmp_path: Path, capsys) -> None:
    """The second plan asks only districts: its province has nothing to send."""
    assert main(["template", "--plan", "binh_thuan_2017", "60", "--to", str(tmp_path)]) == 3
    assert "không cần báo cáo của Tỉnh Bình Thuận" in capsys.readouterr().err
    found = small(open_project("binh_thuan_2017"), tmp_path / "returns")
    row = next(r for r in found.evidence.returns if r.reporter == "60")
    assert (row.state, row.expected, row.counts) == (ReturnState.NOT_ASKED, 0, False)
    assert "60" not in {r.reporter for r in silent(found.evidence)}
    whole = reporting(found.evidence, found.project.register.reporters)
    assert (whole.expected, whole.received) == (10, 2)


def test_a_label_of_the_form_takes_the_name_of_the_province(tmp_path: Path) -> None:
    content = yaml.safe_load((paths.PLANS / "phu_tho_2017.yaml").read_text(encoding="utf-8"))
    content["units"] = {"register": "vietnam_2017.csv.gz", "province": "46"}
    (tmp_path / "hue.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    items = open_project(str(tmp_path / "hue.yaml")).form.sheet("media").items
    assert items[0].label == "Báo Thừa Thiên Huế"


def test_checks_of_figures_that_are_not_asked_find_nothing(made: Small) -> None:
    """No rule needs a code that the form of the plan does not have."""
    codes = {item.code for sheet in made.project.form.sheets for item in sheet.items}
    rules = load(paths.DATA / "checks.yaml", Rules).rules
    assert {part for r in rules for part in re.findall(r"6\.\d+", r.compare or "")} - codes or "6.3" in codes
    assert {o.objective for o in made.evidence.observations} == {o.slug for o in made.project.plan.objectives}


# ---- findings, indicators, site --------------------------------------------------------------------------------------


def test_findings_and_indicators_are_those_of_the_plans_objectives(made: Small) -> None:
    slugs, units = [o.slug for o in made.project.plan.objectives], made.project.register.reporters
    assert len(made.published.findings) == len(slugs) * len(units)
    assert {f.objective for f in made.published.findings} == set(slugs)
    assert {i.objective for i in made.published.indicators} == {"", *slugs}
    two = {unit.code for unit in made.project.register.districts[:2]}
    verdicts = {f.verdict for f in made.published.findings if f.unit_code in two}
    assert verdicts == {Verdict.MET}, "what is filled in is enough"
    rest = {f.verdict for f in made.published.findings if f.unit_code not in two}
    assert rest <= {Verdict.UNDETERMINED, Verdict.MET} and Verdict.UNDETERMINED in rest


def test_the_site_leaves_out_what_the_plan_lacks(made: Small, site: dict[str, bytes]) -> None:
    pages = {place: unescape(content.decode()) for place, content in site.items() if place.endswith((".html", ".csv"))}
    assert {p for p in pages if p.startswith("objectives/")} == {
        f"objectives/{o.slug}.html" for o in made.project.plan.objectives
    }
    for place, words in pages.items():
        assert not TRACES.search(words), (place, TRACES.findall(words))
        for title in (*foreign_titles(made.project), *(NOTEBOOKS[slug] for slug in lacking(made.project))):
            assert title not in words, (place, title)
    assert ("map.png" in site) == bool(made.project.plan.units.boundaries)
    assert "Bản đồ" not in pages["index.html"]


def test_pages_say_who_reports_and_what_the_plan_calls_its_districts(made: Small, site: dict[str, bytes]) -> None:
    project = made.project
    pages = {place: unescape(site[place].decode()) for place in ("index.html", "returns.html")}
    asked = bool(project.form.sheets_of(project.register.province, project.register))
    assert ("các cơ quan cấp tỉnh gửi chung một báo cáo" in pages["returns.html"]) == asked
    for page in pages.values():
        assert "Mỗi huyện, thị xã, thành phố " in page and "huyện, thành, thị" not in page
    first = [shipped().files[place].decode() for place in pages]
    assert all("Mỗi huyện, thành, thị " in page for page in first) and "gửi chung" in first[1]


def test_targets_that_cannot_be_judged_are_listed_with_the_reason(made: Small, site: dict[str, bytes]) -> None:
    assert made.project.plan.not_judged
    for place in ("index.html", "method.html"):
        page = unescape(site[place].decode())
        assert NOT_JUDGED in page
        assert all(t.sentence in page and t.why in page for t in made.project.plan.not_judged), place
    first = {p: content.decode() for p, content in shipped().files.items() if p in ("index.html", "method.html")}
    assert len(first) == 2 and not any(NOT_JUDGED in page for page in first.values())


# ---- reviews ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("rules", ["tt01", "nd30"])
def test_the_review_leaves_out_what_the_plan_lacks(made: Small, rules: Any, whole: bool) -> None:
    unit = made.project.register.province if whole else made.project.register.districts[0]
    settings = load_review_settings().model_copy(update={"issuer": "ubnd"})
    content = review_content(made.published, unit, settings)
    words = text_of(render(settings.template(rules), content, properties_of(made.published, unit)))
    assert not TRACES.search(words), TRACES.findall(words)
    assert not [title for title in foreign_titles(made.project) if title in words]
    assert made.project.plan.plan in words
    assert all(f"Chỉ tiêu {o.number} ({o.title})" in words for o in made.project.plan.objectives)
    headings = {
        "enforcement": "Đấu tranh, triệt phá, xử lý vi phạm",
        "communication": "Công tác thông tin, tuyên truyền",
        "harm_reduction": "Can thiệp giảm tác hại, hỗ trợ hòa nhập cộng đồng",
        "support_model": "Xây dựng, thí điểm mô hình",
    }
    assert {slug for slug, head in headings.items() if head in words} == headings.keys() - lacking(made.project)
    assert (NOT_JUDGED in words) == whole
    assert all((target.sentence in words) == whole for target in made.project.plan.not_judged)


def test_every_unit_gets_a_review(made: Small) -> None:
    files, _ = review_files(made.published, with_pdf=False)
    folders = {job.folder for job in jobs_of(made.project)}
    assert set(files) == {f"{folder}/review.docx" for folder in folders}
    assert load_narratives(made.project)[1] == []


def test_the_table_by_unit_names_the_plans_own_objectives(made: Small) -> None:
    rows = annexes.targets_by_district(made.published).rows
    assert len(rows) == len(made.project.register.reporters)
    assert all(f"{o.number}. {o.title}: " in rows[0]["verdicts"] for o in made.project.plan.objectives)


# ---- notebooks, lab --------------------------------------------------------------------------------------------------


def test_notebooks_are_those_of_the_plans_objectives(made: Small) -> None:
    names = {job.notebook for job in jobs_of(made.project)}
    assert names == {NOTEBOOKS[o.slug] for o in made.project.plan.objectives} | {"district_review", "province_review"}


def test_the_summary_of_the_province_lists_what_is_not_judged(made: Small) -> None:
    case = Case(made.project, made.project.register.province, made.evidence, {})
    own = [f for f in made.published.findings if f.unit_code == case.unit.code]
    said = display.summary(case, own).text
    assert NOT_JUDGED in said and all(target.sentence in said for target in made.project.plan.not_judged)
    district = case.at(made.project.register.districts[0].code)
    assert NOT_JUDGED not in display.summary(district, own).text


@pytest.mark.parametrize("name", OTHERS)
def test_the_lab_opens_on_the_plan(name: str, tmp_path: Path) -> None:
    project = open_project(name)
    folder = working_copy(tmp_path, project, name)
    stems = {path.stem for path in folder.glob("*.ipynb")}
    assert not stems & {NOTEBOOKS[slug] for slug in lacking(project)}
    assert {NOTEBOOKS[o.slug] for o in project.plan.objectives} | {"explore", "province_review"} <= stems
    for path in folder.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        source = next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", []))
        values: dict[str, Any] = {}
        exec(source, values)
        assert values["plan"] == name and project.register.reporter(values["unit"])


def test_the_lab_of_the_first_plan_opens_the_templates_as_they_are(project: Project, tmp_path: Path) -> None:
    for path in working_copy(tmp_path, project, "phu_tho_2017").glob("*.ipynb"):
        assert path.read_bytes() == (paths.NOTEBOOKS / path.name).read_bytes()


# ---- every shape of target, end to end -------------------------------------------------------------------------------

TARGETS = {
    "communication": ["75% .. 80%", ">= 69.5%", "> 70%", "1/277", "277/277", ">= 150", "all", "none"],
    "integration": ["40% .. 50%", "> 50%", "13/13", "5/13", ">= 5", "all", "none"],
    "harm_reduction": ["20% .. 30%", "> 99%", ">= 13", "none"],
    "support_model": [">= 1", ">= 40"],
    "media": ["every month", ">= 90%", "90% .. 95%", ">= 11"],
}


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory):
    """The first plan with another target for one objective."""

    def plan_with(slug: str, target: str) -> Project:
        content = yaml.safe_load((paths.PLANS / "phu_tho_2017.yaml").read_text(encoding="utf-8"))
        for objective in content["objectives"]:
            if objective["slug"] == slug:
                objective["target"]["value"] = target
        path = tmp_path_factory.mktemp("plans") / "other.yaml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return open_project(str(path))

    return plan_with


@pytest.mark.parametrize(("slug", "written"), [(slug, text) for slug, texts in TARGETS.items() for text in texts])
def test_every_shape_of_target_goes_all_the_way(synthetic, slug: str, written: str) -> None:
    project = synthetic(slug, written)
    evidence = shipped().evidence.under(project.plan)
    before = shipped().published
    findings = evaluate(evidence)
    code = project.register.province.code
    finding = next(f for f in findings if (f.unit_code, f.objective) == (code, slug))
    was = before.finding(code, slug)
    target = project.plan[slug].target.value
    assert (finding.low, finding.high, finding.total, finding.target) == (was.low, was.high, was.total, written)
    assert finding.needed == target.needed(finding.total)
    assert target.words in finding.reason and finding.verdict in (Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED)
    least, most = finding.low or 0, finding.high
    if target.shape != "none":
        assert (finding.verdict is Verdict.MET) == (least >= (finding.needed or 0))
        assert (finding.verdict is Verdict.NOT_MET) == (most is not None and most < (finding.needed or 0))
    published = Published(project, findings, before.indicators, True)
    unit = project.register.province
    pages = site_files(published, None, jobs_of(project), {}, load_disclosure())
    page = unescape(pages[f"objectives/{slug}.html"].decode())
    assert target.words in page and "findings.xlsx" in pages
    said = re.sub(r"\b0(?=\d\b)", "", target_sentence(published, unit, slug))  # running text writes 05
    assert target.words in said, said
    row = annexes.targets(published, unit).rows[project.plan[slug].number - 1]
    assert row["asked"].startswith(target.words)
    case = Case(project, unit, evidence, {})
    assert target.words in display.rules_table(case, slug).text
    assert display.alternatives(case, slug).text and display.undecided(case, findings[-6:]).text


def test_a_range_is_reached_from_its_lower_end(synthetic) -> None:
    """75% of 277 communes are 207,75: 208 are needed, and more than 80% is no failure."""
    target = synthetic("communication", "75% .. 80%").plan["communication"].target.value
    assert (target.needed(277), target.words) == (208, "từ 75% đến 80%")
    from pcmd_eval.bounds import Bounds

    assert decide(target, Bounds(208, 208), 277) is decide(target, Bounds(277, 277), 277) is Verdict.MET
    assert decide(target, Bounds(207, 207), 277) is Verdict.NOT_MET


@pytest.mark.parametrize(
    ("slug", "written"),
    [("enforcement", ">= 90%"), ("support_model", ">= 10%"), ("media", "11/12"), ("media", "every quarter")],
)
def test_a_target_the_objective_cannot_have_is_refused(synthetic, slug: str, written: str) -> None:
    with pytest.raises(InputRefused, match=f"“target” của {slug}"):
        synthetic(slug, written)


# ---- the whole batch -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_the_whole_batch_runs_and_publishes(name: str, tmp_path: Path) -> None:
    """`run`, then `review`, as a user does; every file of the set is read for traces of the first plan."""
    project = open_project(name)
    codes = [unit.code for unit in project.register.districts[:2]]
    province = project.register.province
    codes += [province.code] if project.form.sheets_of(province, project.register) else []
    returns = fill_returns(project, tmp_path / "returns", codes)
    more = ["--plan", name, "--returns", str(returns), "--output", str(tmp_path / "out")]
    for command in ("check", "evaluate", "run", "review"):
        call = [sys.executable, "-m", "pcmd_eval", command, *more]
        done = subprocess.run(call, capture_output=True, text=True, check=False, env={**os.environ}, timeout=900)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    folder = tmp_path / "out" / "published"
    record = json.loads((folder / "run.json").read_bytes())
    assert len(record["jobs"]) == len(jobs_of(project)) and not record["failed"]
    for path in folder.rglob("*"):
        if path.suffix in (".html", ".ipynb", ".csv"):
            words = unescape(PICTURE.sub("", path.read_text(encoding="utf-8")))
        elif path.suffix == ".docx":
            words = text_of(path.read_bytes())
        else:
            continue
        assert not TRACES.search(words), (path.name, TRACES.findall(words))
    assert isinstance(map_of(project, small(project, tmp_path / "again").evidence, []), Chart | None)
