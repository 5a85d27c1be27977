"""Make a notebook with its page: execute it in this process, and reject it if it is not valid."""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

import pcmd_eval
from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.show import SHOWN_BY
from pcmd_eval.office.batch import notebook_html, papermill_engine
from pcmd_eval.office.batch.failed_notebook import record_cell
from pcmd_eval.office.batch.tasks import SET, Cases, Task
from pcmd_eval.office.batch.workers import RECORD, Made, ReportStep, TaskFailed
from pcmd_eval.office.site.navigation import link_page

# What a page may have besides text: the displays of the package, see `SHOWN_BY`.
_DISPLAY_KINDS, _DISPLAY_MIME_TYPES = (
    ("page", "sentence", "table", "picture"),
    {"text/html", "text/plain"},
)
_ACCEPTED = (
    "Trang chỉ nhận: show(…) và biểu đồ của công cụ, hình matplotlib, bảng hoặc dãy số của pandas "
    "ở dòng cuối ô, chữ do print in ra"
)
# The first pattern that matches names the output.
_MIME_TYPE_LABELS = {
    r"application/vnd\.jupyter\.widget.*": "điều khiển tương tác (widget)",
    r"application/javascript": "mã chạy trong trình duyệt",
    r"text/html": "HTML của thư viện khác",
    r"(image/[\w.+-]+)": r"ảnh \1",
    r"(.*)": r"kết quả kiểu \1",
}
_ADDRESS = re.compile(r"<.*\bat 0x[0-9a-fA-F]{4,}.*>")  # differs at every run
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # colours, and what clears a screen
_LONGEST = 120  # characters of a line that a message quotes


def warm_up() -> None:
    """Import and use once the libraries of all notebooks, so that forked processes need not."""
    matplotlib.use(papermill_engine.MATPLOTLIB_BACKEND)
    cells = [new_markdown_cell("# a\n\n- b\n\n|c|\n|-|\n|d|")]
    notebook_html.page_bytes(new_notebook(cells=cells), "", "", ())
    main = sys.modules["__main__"]
    with tempfile.TemporaryDirectory() as os.environ["IPYTHONDIR"]:
        shell = papermill_engine.get_shell()
        shell.transform_cell("a")  # type: ignore[no-untyped-call] # of IPython
        shell.enable_matplotlib("inline")  # type: ignore[no-untyped-call]
        assert shell.display_formatter
        shell.display_formatter.format("a")
        load = shell.extension_manager.load_extension  # type: ignore[union-attr] # of IPython
        load(case_editions.DISPLAY)
    for name in dir(pcmd_eval):  # a notebook imports them all
        getattr(pcmd_eval, name)
    sys.modules["__main__"] = main  # the shell has put the namespace of notebooks in its place


def make_notebook(cases: Cases, task: Task, folder: Path, report_step: ReportStep) -> Made:
    """Execute the notebook of a task on the public case; return it and its page.

    Raises TaskFailed if it shows an output that a page may not have, or, except for
    the plan's extra notebooks, did not compare the findings of its unit.
    """
    public = cases.public
    expected_findings = [
        row
        for (unit, objective), row in case_editions.filed_texts(public).items()
        if unit == task.unit and task.slug in (objective, "review")
    ]
    case_editions.compared_findings.clear()  # entries inherited from the parent process
    case_editions.run_case = case_editions.RunCase(cases.plan_name, public)
    parameters = {"plan": cases.plan_name, "unit": task.unit}
    notebook, stray_bytes = execute(task.template, parameters, folder, report_step)
    is_extra = task.slug in public.plan.extra_notebooks
    has_compared = is_extra or case_editions.compared_findings == expected_findings
    if cause := next(find_failures(notebook, has_compared, stray_bytes), ""):
        raise TaskFailed(cause)
    report_step("trang: ")
    notebook = notebook_html.normalise(notebook, json.loads(task.template))
    case = public.at(task.unit)
    title = f"Kế hoạch {case.plan.plan}, năm {case.year}"
    objective = case.plan.by_slug.get(task.slug)
    heading = objective.title if objective else ""
    page = notebook_html.page_bytes(
        notebook, case.name, title, tuple(case.marks), objective=heading
    )
    linked = link_page(f"{task.path}.html", page, case, cases.units)
    files = {".ipynb": notebook_html.notebook_bytes(notebook), ".html": linked}
    return Made({f"{SET}/{task.path}{suffix}": content for suffix, content in files.items()})


def execute(
    text: str, parameters: Mapping[str, str], folder: Path, report_step: ReportStep
) -> tuple[NotebookNode, int]:
    """Return the executed notebook, and the number of bytes written directly to the file
    descriptors 1 and 2. `text`: of the template. Raises TaskFailed for a cell that failed.

    These are the steps of `papermill.execute_notebook` without its last one, which serialises the
    notebook even if no file is to be written.
    """
    template = folder / "template.ipynb"
    template.write_text(text, encoding="utf-8")
    options: dict[str, Any] = {"progress_bar": False}

    def begin_cell(index: int) -> None:
        report_step(f"ô {index + 1}: ")
        record_cell(record, index)

    with tempfile.TemporaryFile() as stray, (folder / RECORD).open("a", encoding="utf-8") as record:
        options |= {"on_cell": begin_cell, "on_end": partial(record_cell, record)}
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


def find_failures(notebook: NotebookNode, has_compared: bool, stray_bytes: int) -> Iterator[str]:
    """Yield the reasons to reject a notebook that papermill executed without an error.

    `has_compared`: with findings.csv; `stray_bytes`: see `execute`.
    """
    yield from _find_refused_outputs(notebook)
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            yield f"ô {number}: chưa chạy"
    if not has_compared:
        yield "ô cuối chưa đối chiếu đúng kết quả của đơn vị này với findings.csv"
    if stray_bytes:
        yield "có ô ghi thẳng ra màn hình"


def _find_refused_outputs(notebook: NotebookNode) -> Iterator[str]:
    """Yield a sentence for each cell that shows something that a published page may not have."""
    for number, cell in enumerate(notebook.cells, 1):
        refusals = map(_describe_refused, cell.get("outputs", ()))
        attached = "ảnh đính kèm" if cell.get("attachments") else ""
        if refusal := next(filter(None, [attached, *refusals]), ""):
            yield f"ô {number}: hiện {refusal}. {_ACCEPTED}"


def _describe_refused(output: NotebookNode) -> str:
    """Return the Vietnamese name of an output that a page may not have, else ""."""
    if output.output_type == "stream":
        if output.name == "stderr":
            line = output.text.strip().partition("\n")[0][:_LONGEST]
            return f"lời báo trên luồng lỗi (stderr): “{line}”"
        return _describe_refused_text(output.text)
    if output.output_type not in ("execute_result", "display_data"):
        return "kết quả tự thay đổi sau khi hiện"
    mime_types = {*output.data}
    if mime_types == {"text/plain"}:
        return _describe_refused_text(output.data["text/plain"])
    if output.metadata.get(SHOWN_BY) in _DISPLAY_KINDS and mime_types == _DISPLAY_MIME_TYPES:
        return ""
    foreign = sorted(mime_types - {"text/plain"})
    return next(
        match.expand(name)
        for pattern, name in _MIME_TYPE_LABELS.items()
        for kind in foreign or ["text/plain"]
        if (match := re.fullmatch(pattern, kind))
    )


def _describe_refused_text(text: str) -> str:
    """Return the Vietnamese name of a text with a memory address or terminal codes, else ""."""
    if _CONTROL.search(text):
        return "chữ có ký tự điều khiển màn hình"
    match = _ADDRESS.search(text)
    return f"một đối tượng không phải bảng hay hình: “{match[0][:_LONGEST]}”" if match else ""
