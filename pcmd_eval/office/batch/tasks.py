"""List the tasks of a run, and make the files of one from the cases of the run."""

import gc
import json
import os
import pickle
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.figure import Figure
from nbformat.v4 import new_markdown_cell, new_notebook

import pcmd_eval
from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.case import Case, prepare
from pcmd_eval.analysis.missing_data import missing_of
from pcmd_eval.charts import renderer
from pcmd_eval.evaluation.findings import format_findings
from pcmd_eval.office.batch import notebook_html, papermill_engine
from pcmd_eval.office.batch.evaluate import report_files
from pcmd_eval.office.batch.guard import Guard
from pcmd_eval.office.batch.notebook_run import execute, find_failures, proof_of, read_template
from pcmd_eval.office.batch.workers import Made, ReportStep, TaskFailed
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.office.reports.document import make_paper
from pcmd_eval.office.reports.placeholders import Paper, PaperKind, enclosed_forms, list_papers
from pcmd_eval.office.site.navigation import link_page, notebook_pages, template_name
from pcmd_eval.office.site.pages import pages
from pcmd_eval.statistics.indicators import format_for_csv
from pcmd_eval.util.files import to_csv_bytes
from pcmd_eval.util.templates import compile_templates

REPORTS, DOCUMENT, SITE, NOTEBOOK = "reports", "document", "site", "notebook"
# Folders of the files that tasks make, by what becomes of them.
SET, PAPERS, INTERNAL = "set", "papers", "internal"


class Task(NamedTuple):
    """The task to make a notebook with its page, a Word document, the pages of the whole set, or
    the slow files of internal/.

    `path`: of its files, without suffix, or the name of a document; `unit`: its code; `slug`: of
    the notebook's objective, or "review"; `template`: its text; `paper`: the kind of document.
    """

    kind: str
    path: str
    unit: str
    slug: str = ""
    template: str = ""
    paper: PaperKind | None = None


@dataclass(frozen=True, eq=False)
class Cases:
    """What the tasks of a run are made from: the province's exact and public case.

    `plan_name`: as typed; `units`: those of the set; `narratives`: officials' texts by the name of
    their file; `private`: the folders that no notebook may read. Only for the files of
    internal/, and only in the process of the run: the intake, and the path from internal/ to its
    returns.
    """

    plan_name: str
    exact: Case
    public: Case
    units: tuple[str, ...]
    narratives: Mapping[str, bytes]
    intake: Intake | None = None
    path_to_returns: str = ""
    private: tuple[str, ...] = ()


def list_tasks(exact: Case, public: Case) -> list[Task]:
    """Return every task, those first that take longest.

    Raises InputRefused for a missing template, or one that would not take its plan and unit.
    """
    plan, province, texts = exact.plan, exact.plan.province, dict[str, str]()
    tasks = [Task(REPORTS, "", province)]
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


def make_files(cases: Cases, task: Task, folder: Path, report_step: ReportStep) -> Made:
    """Make the files of a task from the cases of its run; the process does nothing else.

    `folder`: an empty one to work in; `report_step`: called with the step that begins. Raises
    TaskFailed for a result that does not count. Changes the environment of the process.
    """
    os.environ["IPYTHONDIR"] = str(folder)
    os.chdir(folder)
    renderer.shared_folder = folder.parent / "pictures"
    return _MAKERS[task.kind](cases, task, folder, report_step)


def make_files_from(packed: bytes, task: Task, folder: Path, report_step: ReportStep) -> Made:
    """Do `make_files` with packed cases: in a process that was not forked from the run."""
    return make_files(unpack(packed), task, folder, report_step)


def pack(cases: Cases) -> bytes:
    """Return the cases, without the intake, as bytes for `make_files_from`."""
    return zlib.compress(pickle.dumps(replace(cases, intake=None)))


def unpack(packed: bytes) -> Cases:
    """Return the cases that `pack` packed."""
    return pickle.loads(zlib.decompress(packed))


def start_tasks(cases: Cases, tasks: list[Task]) -> Iterator[Task]:
    """Yield the tasks, each when its process can be forked; `tasks` begins with the reports.

    While these are made, this process loads and computes what all others need.
    """
    yield tasks[0]
    assert cases.intake
    cases.intake.files.clear()  # nobody else needs the workbooks, of very many objects
    _warm_up(cases)
    yield from tasks[1:]


def _warm_up(cases: Cases) -> None:
    """Load and compute once what all tasks need, so that forked processes have it."""
    compile_templates()
    matplotlib.use(papermill_engine.MATPLOTLIB_BACKEND)
    figure = Figure((1, 1))
    figure.text(0, 0, "a")
    figure.savefig(BytesIO(), format="png")
    cells = [new_markdown_cell("# a\n\n- b\n\n|c|\n|-|\n|d|")]
    notebook_html.page_bytes(new_notebook(cells=cells), "", "", ())
    main = sys.modules["__main__"]
    with tempfile.TemporaryDirectory() as os.environ["IPYTHONDIR"]:
        shell = papermill_engine.get_shell()
        shell.transform_cell("a")  # type: ignore[no-untyped-call] # of IPython
        assert shell.display_formatter
        shell.display_formatter.format("a")
        load = shell.extension_manager.load_extension  # type: ignore[union-attr] # of IPython
        load(case_editions.DISPLAY)
    for name in dir(pcmd_eval):  # a notebook imports them all
        getattr(pcmd_eval, name)
    sys.modules["__main__"] = main  # the shell has put the namespace of notebooks in its place
    for case in (cases.exact, cases.public):
        prepare(case)
        case_editions.filed_texts(case)
        missing_of(case)
    *_, paper = list_papers(cases.exact).values()
    make_paper(cases.exact.at(paper.unit), Path(), paper.kind)  # compiles the template
    gc.collect()
    gc.freeze()  # a collection in a worker would write to, and so copy, all memory that it shares


# ---- one function for each kind of task ----------------------------------------------------------


def _make_reports(cases: Cases, task: Task, folder: Path, report_step: ReportStep) -> Made:
    assert cases.intake
    files = report_files(cases.exact, cases.intake, cases.path_to_returns)
    return Made(_below(INTERNAL, files))


def _make_document(cases: Cases, task: Task, folder: Path, report_step: ReportStep) -> Made:
    """Make a Word document and the forms that it encloses; remarks are those of `make_paper`."""
    assert task.paper
    for name, text in cases.narratives.items():
        (folder / name).write_bytes(text)
    content, remarks = make_paper(cases.exact.at(task.unit), folder, task.paper)
    enclosed = enclosed_forms(cases.exact, Paper(task.paper, task.unit))
    return Made(_below(PAPERS, {task.path: content, **enclosed}), remarks)


def _make_site(cases: Cases, task: Task, folder: Path, report_step: ReportStep) -> Made:
    tables = {
        "findings.csv": to_csv_bytes(format_findings(cases.public.findings)),
        "indicators.csv": to_csv_bytes(format_for_csv(cases.public.indicators)),
    }
    return Made(_below(SET, tables | pages(cases.public, cases.units)))


def _make_notebook(cases: Cases, task: Task, folder: Path, report_step: ReportStep) -> Made:
    """Make an executed notebook and its page.

    Raises TaskFailed unless it confirmed the findings of its unit, if it is of the package, and
    shows nothing but what a page may have, see `outputs`. It reads nothing but the public case.
    """
    public = cases.public
    _drop_exact(cases)
    case_editions.proved.clear()  # what the process that was forked has proved itself
    case_editions.run_case = case_editions.RunCase(cases.plan_name, public)
    with Guard(cases.private):
        notebook, written = execute(
            task.template, {"plan": cases.plan_name, "unit": task.unit}, folder, report_step
        )
    is_own = task.slug in public.plan.extra_notebooks
    is_proved = is_own or case_editions.proved == proof_of(public, task.unit, task.slug)
    if cause := next(find_failures(notebook, is_proved, written), ""):
        raise TaskFailed(cause)
    report_step("trang: ")
    notebook = notebook_html.normalise(notebook, json.loads(task.template))
    case = public.at(task.unit)
    title = f"Kế hoạch {case.plan.plan}, năm {case.year}"
    page = notebook_html.page_bytes(notebook, case.name, title, tuple(case.marks))
    files = {
        f"{task.path}.ipynb": notebook_html.notebook_bytes(notebook),
        f"{task.path}.html": link_page(f"{task.path}.html", page, case, cases.units),
    }
    return Made(_below(SET, files))


def _below(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{path}": content for path, content in files.items()}


_MAKERS: dict[str, Callable[[Cases, Task, Path, ReportStep], Made]] = {
    REPORTS: _make_reports,
    DOCUMENT: _make_document,
    SITE: _make_site,
    NOTEBOOK: _make_notebook,
}


def _drop_exact(cases: Cases) -> None:
    """Empty the exact case: a published notebook sees the public one and nothing else.

    The objects themselves are emptied: functions that called this one in the forked process still
    name them.
    """
    cases.exact._cache.clear()
    for held in filter(None, (cases.exact, cases.intake)):
        vars(held).clear()
