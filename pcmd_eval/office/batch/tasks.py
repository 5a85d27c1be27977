"""List the tasks of a run; hold the cases that they are made from."""

from dataclasses import dataclass
from typing import NamedTuple

from pcmd_eval.analysis.case import Case
from pcmd_eval.office.batch.notebook_template import read_template
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.office.reports.placeholders import PaperKind, list_papers
from pcmd_eval.office.site.navigation import notebook_pages, template_name

SLOW_FILES, DOCUMENT, SITE, NOTEBOOK = "slow_files", "document", "site", "notebook"
# Folders of the files that tasks make, by what becomes of them.
SET, PAPERS, INTERNAL = "set", "papers", "internal"


class Task(NamedTuple):
    """The task to make a notebook with its page, a Word document, the pages of the whole set, or
    the slow files of internal/.

    `path`: of its files, without suffix, or the name of a document; `unit`: its code; `slug`: of
    the notebook's objective, or "review", or the name of an extra notebook; `template`: its text;
    `paper`: the kind of document.
    """

    kind: str
    path: str
    unit: str
    slug: str = ""
    template: str = ""
    paper: PaperKind | None = None


@dataclass(frozen=True, eq=False)
class Cases:
    """The inputs of all tasks of a run: the province's exact and public case.

    `plan_name`: as typed; `units`: those of the set. Only for the files of internal/, and only in
    the process of the run: the intake, and the path from internal/ to its returns.
    """

    plan_name: str
    exact: Case
    public: Case
    units: tuple[str, ...]
    intake: Intake | None = None
    path_to_returns: str = ""


def list_tasks(exact: Case, public: Case) -> list[Task]:
    """Return every task: `SLOW_FILES` first, then documents, pages and notebooks.

    Raises InputRefused for a template that is missing or does not declare `plan` and `unit`.
    """
    plan, province, texts = exact.plan, exact.plan.province, dict[str, str]()
    tasks = [Task(SLOW_FILES, "", province)]
    for name, (kind, unit) in list_papers(exact).items():
        tasks.append(Task(DOCUMENT, name, unit, paper=kind))
    tasks.append(Task(SITE, "", province))
    for unit in plan.reporters.index:
        for slug, page in notebook_pages(public, unit).items():
            name = template_name(page)
            if name not in texts:
                texts[name] = read_template(name, plan)
            tasks.append(Task(NOTEBOOK, page.removesuffix(".html"), unit, slug, texts[name]))
    return tasks
