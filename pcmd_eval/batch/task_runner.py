"""How one task is made, in a process of its own: what counts as made, and what does not."""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from pcmd_eval.analysis import charts as figures
from pcmd_eval.analysis import session as cases
from pcmd_eval.analysis.case import prepare
from pcmd_eval.analysis.missing_data import missing_of
from pcmd_eval.analysis.show import SHOWN_BY
from pcmd_eval.batch import notebook_html as page
from pcmd_eval.batch import papermill_engine as engine
from pcmd_eval.batch import worker_process as fresh
from pcmd_eval.batch.fingerprint import program
from pcmd_eval.batch.tasks import DOCUMENT, NOTEBOOK, REMARKS, SITE, Failed, Given, Task
from pcmd_eval.reports import document as letter
from pcmd_eval.site import pages

# What a published notebook may show: what the package's own displays made, by their mark.
_KINDS, _SHOWN = ("page", "sentence", "table", "picture"), {"text/html", "text/plain"}


# In a server: by the key of what tasks are given, the folder that its case was read in. That is
# gone: its name is what `cases.held` has the case by.
_held: dict[str, str] = {}


def hold(given: Given) -> None:
    """In the server: read the tables of a run once, and keep all that is the same for its tasks."""
    with tempfile.TemporaryDirectory(prefix="pcmd-") as folder:
        _lay(given.tables, folder)
        opened = (given.plan, folder, given.internal)
        case = cases.held[opened] = cases.filed(*opened)
        prepare(case)
        missing_of(case)
        _held[given.key] = folder
        program(given.data)  # which no process has to read again
        letter.review(case, Path(folder))  # which compiles its template for all


def make(task: Task, given: Given, folder: str, say: Callable[[str], None]) -> dict[str, bytes]:
    """The files of a task by their places; `folder` is empty, `say` hears where it is. Raises
    Failed.
    """
    tables = _held.get(given.key)
    if not tables:
        tables = folder
        _lay(given.tables, folder)
    _lay(dict(task.words), folder)
    internal = str(int(given.internal))
    os.environ.update(PCMD_TABLES=tables, PCMD_INTERNAL=internal, IPYTHONDIR=folder)
    os.chdir(folder)
    figures.draw = fresh.drawn  # by the process that started this one, once for all notebooks
    try:
        return _MAKERS[task.kind](task, given, Path(folder), say)
    # Looked at afterwards: whatever was loaded by then is the program that the task's key names.
    finally:
        if program(given.data) != given.program:
            raise Failed(
                "chương trình hoặc kế hoạch đã bị sửa trong khi chạy, hoặc khác với máy chính"
            )


def _lay(files, folder):
    for name, content in files.items():
        Path(folder, name).write_bytes(content)


def _site(task, given, folder, say):
    """The pages of the set, beside the tables that they tell of."""
    tables = {name: given.tables[name] for name in ("findings.csv", "indicators.csv")}
    return tables | pages.pages(cases.open_case(given.plan, task.unit), task.units)


def _document(task, given, folder, say):
    """A Word document, and what should be read once more."""
    document, remarks = letter.review(cases.open_case(given.plan, task.unit), folder)
    return {
        f"{task.place}.docx": document,
        f"{task.place}.{REMARKS}": json.dumps(remarks).encode(),
    }


def _notebook(task, given, folder, say):
    """An executed notebook and its page, if it proved what it was to prove."""
    proof = folder / "proof"
    os.environ["PCMD_PROOF"] = str(proof)
    done, written = _executed(task, given.plan, folder / "template.ipynb", say)
    if cause := next(_unsound(done, cases.proved(proof) == list(task.rows), written), ""):
        raise Failed(cause)
    say("trang: ")
    done = page.normalised(done, json.loads(task.template))
    return {
        f"{task.place}.ipynb": page.text_of(done),
        f"{task.place}.html": page.page_bytes(done, *task.page),
    }


_MAKERS = {NOTEBOOK: _notebook, DOCUMENT: _document, SITE: _site}


def _executed(task, plan, template, say):
    """The notebook with its outputs, and how much its cells or a library wrote past IPython.

    The steps of `papermill.execute_notebook` but its last, which puts all of it into the text of a
    file, also where there is none to write.
    """
    template.write_text(task.template, encoding="utf-8")
    parameters = {"plan": plan, "unit": task.unit}
    told = {"progress_bar": False, "watch": lambda index: say(f"ô {index + 1}: ")}
    with tempfile.TemporaryFile() as past:
        for stream in (1, 2):
            os.dup2(past.fileno(), stream)
        try:
            notebook = load_notebook_node(str(template))
            given = parameterize_notebook(notebook, parameters, engine_name=engine.NAME)
            done = papermill_engines.execute_notebook_with_engine(engine.NAME, given, "", **told)
            raise_for_execution_errors(done, None)
        except PapermillExecutionError as error:
            raise Failed(f"ô {error.cell_index + 1}: {error.ename}: {error.evalue}") from None
        sys.__stdout__.flush()
        return done, past.seek(0, os.SEEK_END)


def _unsound(notebook, proved, written):
    """Why a notebook does not count, though papermill says that it does.

    A table printed while looking for an error would carry the cells of a return out of the
    department.
    """
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            yield f"ô {number}: chưa chạy"
        if cell.get("attachments") or not all(map(_own, cell.get("outputs", ()))):
            yield f"ô {number}: hiện một kết quả không qua trình bày của pcmd_eval"
    if not proved:
        yield "ô cuối chưa đối chiếu đúng kết quả của đơn vị này với findings.csv"
    if written:
        yield "có ô ghi thẳng ra màn hình"


def _own(output):
    """Whether a display of the package made it."""
    shown = output.output_type in ("execute_result", "display_data")
    return shown and output.metadata.get(SHOWN_BY) in _KINDS and set(output.data) == _SHOWN
