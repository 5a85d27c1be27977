"""Save the executed cells of a failed notebook, for analysts to find the cause."""

import json
from collections.abc import Mapping
from typing import Any, TextIO

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.parameterize import parameterize_notebook

from pcmd_eval.office.batch.notebook_html import notebook_bytes, page_bytes
from pcmd_eval.util.files import Files


def record_cell(record: TextIO, index: int, cell: NotebookNode | None = None) -> None:
    """Append a JSON line to the record of a task: index, execution count and outputs of a cell.

    Without `cell` the one at `index` has only begun: it has no count and no outputs yet.
    """
    entry: dict[str, Any] = {"index": index, "count": None, "outputs": []}
    if cell:
        entry |= {"count": cell.execution_count, "outputs": cell.outputs}
    record.write(json.dumps(entry) + "\n")
    record.flush()  # the process may end at the next cell


def failed_files(
    template: str,
    parameters: Mapping[str, str],
    record: str,
    failure: str,
    unit: str,
    plan: str,
) -> Files:
    """Return a failed notebook (".ipynb") and its page with all code (".html"), by suffix.

    `record`: the lines of `record_cell`; `failure`: the cause, added as an error output to the last
    cell that was begun, unless it has one; `unit`, `plan`: their names.
    """
    notebook = nbformat.reads(template, 4)
    notebook.metadata.setdefault("papermill", {})  # as papermill's own reader does
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])
    notebook = parameterize_notebook(notebook, dict(parameters))
    for cell in notebook.cells:
        cell.metadata.pop("tags", None)
    entries: list[dict[str, Any]] = [json.loads(line) for line in record.splitlines()]
    for entry in entries:
        cell = notebook.cells[entry["index"]]
        cell.outputs = nbformat.from_dict(entry["outputs"])
        cell.execution_count = entry["count"]
    has_error = entries and any(one["output_type"] == "error" for one in entries[-1]["outputs"])
    if not has_error:
        kinds = [cell.cell_type for cell in notebook.cells]
        cell = notebook.cells[entries[-1]["index"] if entries else kinds.index("code")]
        error = new_output("error", ename="Sổ dừng", evalue=failure, traceback=[failure])
        cell.outputs = [*cell.outputs, error]
    page = page_bytes(notebook, unit, plan, (), with_code=True)
    return {".ipynb": notebook_bytes(notebook), ".html": page}
