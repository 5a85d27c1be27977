"""Make the files of one task from the cases of a run."""

import gc
import os
import pickle
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import lazy_loader
from matplotlib.style import context

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.case_queries import all_findings, all_indicators, prepare
from pcmd_eval.analysis.show import gaps_of
from pcmd_eval.charts import renderer
from pcmd_eval.charts.style import Head, empty_figure, figure_to_svg, style_settings
from pcmd_eval.evaluation.findings import format_findings
from pcmd_eval.office.batch.evaluate import make_slow_files
from pcmd_eval.office.batch.tasks import (
    DOCUMENT,
    INTERNAL,
    NOTEBOOK,
    PAPERS,
    SET,
    SITE,
    SLOW_FILES,
    Cases,
    Task,
)
from pcmd_eval.office.batch.workers import Made, ReportStep
from pcmd_eval.office.reports.document import make_paper
from pcmd_eval.office.reports.placeholders import Paper, enclosed_blank_returns, list_papers
from pcmd_eval.office.site.navigation import imprint_values
from pcmd_eval.office.site.pages import pages
from pcmd_eval.statistics.indicators import format_for_csv
from pcmd_eval.util.files import to_csv_bytes
from pcmd_eval.util.hashes import prefix_paths
from pcmd_eval.util.templates import compile_templates

# IPython, papermill and nbconvert take half of the start: they load while returns are read.
notebook_run = lazy_loader.load("pcmd_eval.office.batch.notebook_run", suppress_warning=True)


def make_files(cases: Cases, task: Task, folder: Path, report_step: ReportStep) -> Made:
    """Make the files of a task from the cases of its run, in a process for this task alone.

    `folder`: an empty one to work in; `report_step`: called with a text at the start of each step.
    Raises TaskFailed for an invalid result. Changes environment and folder of the process.
    """
    os.environ["IPYTHONDIR"] = str(folder)
    os.chdir(folder)
    renderer.svg_cache = folder.parent / "pictures"
    if task.kind == NOTEBOOK:
        return notebook_run.make_notebook(cases, task, folder, report_step)
    if task.kind == DOCUMENT:
        return _make_document(cases, task)
    if task.kind == SITE:
        return _make_site(cases)
    assert task.kind == SLOW_FILES and cases.intake
    files = make_slow_files(cases.exact, cases.intake, cases.path_to_returns)
    return Made(prefix_paths(INTERNAL, files))


def make_files_from(packed: bytes, task: Task, folder: Path, report_step: ReportStep) -> Made:
    """Do `make_files` with packed cases: in a process that was not forked from the run."""
    return make_files(pickle.loads(zlib.decompress(packed)), task, folder, report_step)


def pack(cases: Cases) -> bytes:
    """Return the cases, without the intake, as bytes for `make_files_from`."""
    return zlib.compress(pickle.dumps(replace(cases, intake=None)))


def start_tasks(cases: Cases, tasks: list[Task]) -> Iterator[Task]:
    """Yield the tasks, `SLOW_FILES` first.

    Before the second one, drop the workbooks, which only `SLOW_FILES` reads, and compute once what
    all others need: their processes are forked with it.
    """
    yield tasks[0]
    assert cases.intake
    cases.intake.files.clear()  # very many objects
    _warm_up(cases)
    yield from tasks[1:]


def load_libraries() -> None:
    """Load and use once the libraries of all tasks, so that forked processes need not."""
    compile_templates()
    for is_for_word in (False, True):
        with context(style_settings(is_for_word)):
            figure_to_svg(empty_figure(Head("title", ("mark",), is_for_word), 1, 1))
    notebook_run.warm_up()


def _warm_up(cases: Cases) -> None:
    """Compute once what all tasks need, so that forked processes have it."""
    for case in (cases.exact, cases.public):
        prepare(case)
        case.recount()
        gaps_of(case)
        case_editions.filed_texts(case)
        imprint_values(case)
    *_, paper = list_papers(cases.exact).values()
    make_paper(cases.exact.at(paper.unit), paper.kind)  # compiles the template
    gc.collect()
    gc.freeze()  # a collection in a worker would write to, and so copy, all memory that it shares


def _make_document(cases: Cases, task: Task) -> Made:
    """Make a Word document and the forms that it encloses."""
    assert task.paper
    content = make_paper(cases.exact.at(task.unit), task.paper)
    enclosed = enclosed_blank_returns(cases.exact, Paper(task.paper, task.unit))
    return Made(prefix_paths(PAPERS, {task.path: content, **enclosed}))


def _make_site(cases: Cases) -> Made:
    """Make the pages and CSV files of the whole set."""
    tables = {
        "findings.csv": to_csv_bytes(format_findings(all_findings(cases.public))),
        "indicators.csv": to_csv_bytes(format_for_csv(all_indicators(cases.public))),
    }
    return Made(prefix_paths(SET, tables | pages(cases.public, cases.units)))
