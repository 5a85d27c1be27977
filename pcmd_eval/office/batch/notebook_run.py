"""Read the template of a notebook, execute it in this process, and find why it does not count."""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from pcmd_eval.analysis.case import Case
from pcmd_eval.evaluation.findings import FINDING_COLUMNS
from pcmd_eval.office.batch import papermill_engine
from pcmd_eval.office.batch.failed_notebook import record_cell
from pcmd_eval.office.batch.outputs import find_refused_outputs
from pcmd_eval.office.batch.workers import ReportStep, TaskFailed
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused

_DECLARATION = re.compile(r"^(\w+: \w+) = ", re.MULTILINE)
_OWN = "đặt tệp ấy vào thư mục, hoặc bỏ tên khỏi khóa extra_notebooks của kế hoạch."


def proof_of(case: Case, unit: str, slug: str) -> list[dict[str, str]]:
    """Return the findings that the notebook of a unit must confirm, as texts."""
    rows = case.findings[case.findings.unit_code == unit]
    rows = rows if slug == "review" else rows[rows.objective == slug]
    return rows[[*FINDING_COLUMNS]].astype("string").fillna("").to_dict("records")


def execute(
    text: str, parameters: Mapping[str, str], folder: Path, report_step: ReportStep
) -> tuple[NotebookNode, int]:
    """Return the executed notebook, and the number of bytes that bypassed IPython's stdout and
    stderr; `text`: of its template. Raises TaskFailed for a cell that failed.

    These are the steps of `papermill.execute_notebook` without its last one, which serialises the
    notebook even if no file is to be written.
    """
    template = folder / "template.ipynb"
    template.write_text(text, encoding="utf-8")
    options = {
        "progress_bar": False,
        "on_cell": lambda index: report_step(f"ô {index + 1}: "),
        "on_end": partial(record_cell, folder),
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


def find_failures(notebook: NotebookNode, is_proved: bool, written: int) -> Iterator[str]:
    """Yield the reasons why a notebook does not count although papermill accepts it."""
    yield from find_refused_outputs(notebook)
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            yield f"ô {number}: chưa chạy"
    if not is_proved:
        yield "ô cuối chưa đối chiếu đúng kết quả của đơn vị này với findings.csv"
    if written:
        yield "có ô ghi thẳng ra màn hình"


def read_template(name: str, plan: Plan) -> str:
    """Return the text of a notebook template, without the cells on what a plan lacks: a previous
    year, areas, boundaries for a map.

    Raises InputRefused if papermill could not set its plan and its unit.
    """
    file = paths.NOTEBOOKS / f"{name}.ipynb"
    try:
        text = file.read_text(encoding="utf-8")
        notebook = json.loads(text)
        tagged = [cell for cell in notebook["cells"] if _has_tag(cell, "parameters")]
        source = "".join("".join(cell["source"]) for cell in tagged)
    except (OSError, ValueError, KeyError, TypeError):
        raise InputRefused(
            f"Thiếu sổ {file.name} trong {file.parent}, hoặc không phải sổ Jupyter hợp lệ; "
            + (_OWN if name in plan.extra_notebooks else "lấy lại từ bộ cài.")
        ) from None
    if len(tagged) != 1:
        raise InputRefused(
            f"Sổ {file.name} phải có đúng một ô mang thẻ “parameters”, thấy {len(tagged)}; gắn "
            "lại thẻ."
        )
    if sorted(_DECLARATION.findall(source)) != ["plan: str", "unit: str"]:
        raise InputRefused(
            f"Sổ {file.name}: ô tham số phải khai báo đúng plan: str và unit: str; sửa lại."
        )
    topics = {
        "previous": plan.previous is not None,
        "areas": not plan.areas.empty,
        "map": plan.units.boundaries is not None,
    }
    for tag, has_topic in topics.items():
        if not has_topic:
            notebook["cells"] = [cell for cell in notebook["cells"] if not _has_tag(cell, tag)]
    return json.dumps(notebook)


def _has_tag(cell: Mapping[str, Any], tag: str) -> bool:
    return tag in cell["metadata"].get("tags", ())
