"""The published set of the shipped returns, made once, with stand-ins for the notebooks' pages and the documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pcmd_eval import paths
from pcmd_eval.batch.jobs import Job, jobs_of
from pcmd_eval.disclosure import Disclosure, load_disclosure
from pcmd_eval.figures import Chart
from pcmd_eval.findings import Finding
from pcmd_eval.indicators import indicators
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import Evidence
from pcmd_eval.project import Project, open_project
from pcmd_eval.published import Published
from pcmd_eval.site.public import map_of, site_files

PLAN = "phu_tho_2017"
STAND_IN = '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Sổ</title></head><body>Sổ</body></html>'


@dataclass(frozen=True)
class Shipped:
    """Everything a site is made of."""

    project: Project
    evidence: Evidence
    findings: list[Finding]
    published: Published
    picture: Chart
    jobs: list[Job]
    rules: Disclosure
    reviews: tuple[str, ...]
    files: dict[str, bytes]


@cache
def shipped() -> Shipped:
    """The site of the shipped returns, with a review of each unit."""
    project, rules = open_project(PLAN), load_disclosure()
    evidence = read_returns(paths.returns_folder(PLAN), project.plan, project.form, project.register).evidence
    findings = evaluate(evidence)
    published = Published(project, findings, indicators(evidence, project.form, rules), evidence.illustrative)
    picture, jobs = map_of(project, evidence, findings), jobs_of(project)
    reviews = tuple(f"{folder}/review.{kind}" for folder in folders(jobs) for kind in ("docx", "pdf"))
    files = site_files(published, picture, jobs, {}, rules, reviews)
    return Shipped(project, evidence, findings, published, picture, jobs, rules, reviews, files)


def pages_of(project: Project) -> list[str]:
    """The places of a site's pages."""
    units = [f"districts/{district.folder}" for district in project.register.districts]
    objectives = [f"objectives/{objective.slug}.html" for objective in project.plan.objectives]
    inner = [f"{folder}/index.html" for folder in (*units, "province")]
    return sorted(["changes.html", "index.html", "method.html", "returns.html", *objectives, *inner])


def folders(jobs: Iterable[Job]) -> list[str]:
    """The folders of the units, each once."""
    return list(dict.fromkeys(job.folder for job in jobs))


def write_set(folder: Path) -> Path:
    """The whole set as files: the site, stand-ins for what it leads to."""
    made = shipped()
    files = {f"{job.place}.html": STAND_IN.encode() for job in made.jobs}
    files |= dict.fromkeys(made.reviews, b"document")
    for place, content in (files | made.files).items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
