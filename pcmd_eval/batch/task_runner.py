"""Run one task in its worker process; reject a result that proves nothing."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from pcmd_eval.analysis import session
from pcmd_eval.analysis.case import is_internal, prepare
from pcmd_eval.analysis.missing_data import missing_of
from pcmd_eval.analysis.show import SHOWN_BY
from pcmd_eval.batch import notebook_html, papermill_engine, worker_process
from pcmd_eval.batch.tasks import (
    DOCUMENT,
    NOTEBOOK,
    REMARKS,
    SITE,
    Task,
    TaskFailed,
    TaskInputs,
)
from pcmd_eval.charts import picture
from pcmd_eval.reports.document import make_paper
from pcmd_eval.reports.placeholders import list_papers
from pcmd_eval.site.pages import pages

ReportStep = Callable[[str], None]
# The outputs that a published notebook may have: those of the package's displays, see `SHOWN_BY`.
_OUTPUT_KINDS, _MIME_TYPES = ("page", "sentence", "table", "picture"), {"text/html", "text/plain"}

# In the fork server: by the key of TaskInputs, the folder from which its case was read. The folder
# no longer exists; `session.cached_cases` has the case under its name.
_preloaded: dict[str, str] = {}


def preload_cases(every: Iterable[TaskInputs]) -> None:
    """Load, in the fork server, the cases of a run and compute what is the same for its tasks."""
    folders = {}
    for inputs in every:
        if inputs.case_key not in folders:
            with tempfile.TemporaryDirectory(prefix="pcmd-") as folder:
                _write_tables(inputs.tables, folder)
                arguments = (inputs.plan, folder)
                case = session.cached_cases[arguments] = session.load_filed_case(*arguments)
                prepare(case)
                session.filed_texts(case)
                missing_of(case)
                if is_internal(case):
                    # Compiles the Word template; the report, which comes first, would take longest.
                    *_, paper = list_papers(case).values()
                    make_paper(case.at(paper.unit), Path(folder), paper.kind)
                folders[inputs.case_key] = folder
        _preloaded[inputs.key] = folders[inputs.case_key]


def run_task(
    task: Task, inputs: TaskInputs, folder: str, report_step: ReportStep
) -> dict[str, bytes]:
    """Return the files of a task by path; raises TaskFailed for a result that does not count.

    `folder`: an empty one to work in; `report_step`: called with the step that begins. Changes the
    environment and the working directory of this process.
    """
    tables = _preloaded.get(inputs.key)
    if not tables:
        tables = folder
        _write_tables(inputs.tables, folder)
    _write_tables(dict(task.words), folder)
    os.environ.update(PCMD_TABLES=tables, IPYTHONDIR=folder)
    os.chdir(folder)
    # The parent draws pictures, each once: most notebooks have the same.
    picture.draw = worker_process.draw_in_parent
    return _RUNNERS[task.kind](task, inputs, Path(folder), report_step)


def _write_tables(files: Mapping[str, bytes], folder: str | Path) -> None:
    for name, content in files.items():
        Path(folder, name).write_bytes(content)


def _run_site(
    task: Task, inputs: TaskInputs, folder: Path, report_step: ReportStep
) -> dict[str, bytes]:
    """Return the pages about all units, and the CSV tables that they link to, by path."""
    tables = {name: inputs.tables[name] for name in ("findings.csv", "indicators.csv")}
    return tables | pages(session.open_case(inputs.plan, task.unit), task.units)


def _run_document(
    task: Task, inputs: TaskInputs, folder: Path, report_step: ReportStep
) -> dict[str, bytes]:
    """Return a Word document, and next to it, as JSON, what is left to do on it (see `review`)."""
    case = session.open_case(inputs.plan, task.unit)
    document, left = make_paper(case, folder, task.paper or None)
    return {task.path: document, f"{task.path}.{REMARKS}": json.dumps(left).encode()}


def _run_notebook(
    task: Task, inputs: TaskInputs, folder: Path, report_step: ReportStep
) -> dict[str, bytes]:
    """Return an executed notebook and its page by path.

    Raises TaskFailed unless it confirmed the findings of its unit and shows nothing but displays of
    the package.
    """
    proof = folder / "proof"
    os.environ["PCMD_PROOF"] = str(proof)
    notebook, written = _execute(task, inputs.plan, folder / "template.ipynb", report_step)
    is_proved = session.read_proof(proof) == list(task.rows)
    if cause := next(_find_failures(notebook, is_proved, written), ""):
        raise TaskFailed(cause)
    report_step("trang: ")
    notebook = notebook_html.normalise(notebook, json.loads(task.template))
    return {
        f"{task.path}.ipynb": notebook_html.notebook_bytes(notebook),
        f"{task.path}.html": notebook_html.page_bytes(notebook, *task.page),
    }


_RUNNERS = {NOTEBOOK: _run_notebook, DOCUMENT: _run_document, SITE: _run_site}


def _execute(
    task: Task, plan: str, template: Path, report_step: ReportStep
) -> tuple[NotebookNode, int]:
    """Return the executed notebook, and the number of bytes that bypassed IPython's stdout and
    stderr. Raises TaskFailed for a cell that failed.

    These are the steps of `papermill.execute_notebook` without its last one, which serialises the
    notebook even if no file is to be written.
    """
    template.write_text(task.template, encoding="utf-8")
    parameters = {"plan": plan, "unit": task.unit}
    options = {
        "progress_bar": False,
        "on_cell": lambda index: report_step(f"ô {index + 1}: "),
    }
    with tempfile.TemporaryFile() as stray:
        for stream in (1, 2):
            os.dup2(stray.fileno(), stream)
        try:
            notebook = load_notebook_node(str(template))
            name = papermill_engine.ENGINE_NAME
            notebook = parameterize_notebook(notebook, parameters, engine_name=name)
            executed = papermill_engines.execute_notebook_with_engine(name, notebook, "", **options)
            raise_for_execution_errors(executed, None)
        except PapermillExecutionError as error:
            raise TaskFailed(f"ô {error.cell_index + 1}: {error.ename}: {error.evalue}") from None
        if sys.__stdout__:
            sys.__stdout__.flush()
        return executed, stray.seek(0, os.SEEK_END)


def _find_failures(notebook: NotebookNode, is_proved: bool, written: int) -> Iterator[str]:
    """Yield the reasons why a notebook does not count although papermill accepts it.

    An output not made by our displays may be a frame that an analyst printed, with cells of a
    return: it must not be published.
    """
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            yield f"ô {number}: chưa chạy"
        if cell.get("attachments") or not all(map(_is_ours, cell.get("outputs", ()))):
            yield f"ô {number}: hiện một kết quả không qua trình bày của pcmd_eval"
    if not is_proved:
        yield "ô cuối chưa đối chiếu đúng kết quả của đơn vị này với findings.csv"
    if written:
        yield "có ô ghi thẳng ra màn hình"


def _is_ours(output: NotebookNode) -> bool:
    """Return whether a display of the package made an output."""
    is_display = output.output_type in ("execute_result", "display_data")
    return (
        is_display
        and output.metadata.get(SHOWN_BY) in _OUTPUT_KINDS
        and set(output.data) == _MIME_TYPES
    )
