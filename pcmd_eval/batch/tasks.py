"""List the tasks of a run, each with everything its worker process needs, and the hash of that."""

import json
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pcmd_eval.analysis.case import Case, cached, is_internal, issues_of
from pcmd_eval.batch.fingerprint import data_patterns, hash_environment
from pcmd_eval.evaluation import findings
from pcmd_eval.evaluation.findings import FINDING_COLUMNS
from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.plan.plan import Plan
from pcmd_eval.reports.placeholders import PaperKind, list_papers
from pcmd_eval.site.navigation import notebook_pages, template_name
from pcmd_eval.statistics.indicators import format_for_csv
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import to_csv_bytes
from pcmd_eval.util.hashes import digest

NOTEBOOK, DOCUMENT, SITE = "notebook", "document", "site"
_DECLARATION = re.compile(r"^(\w+: \w+) = ", re.MULTILINE)
REMARKS = "remarks"  # suffix of the JSON next to a document: what is left to do on it


class TaskFailed(Exception):
    """The result of a task does not count; the message says why."""


@dataclass(frozen=True, eq=False)
class TaskInputs:
    """The inputs that all tasks of one kind share.

    `plan`: a name, or the name of its file in `tables`; `tables`: contents by file name;
    `environment`: hash of code, data files and library versions; `patterns`: of those data files.
    """

    plan: str
    tables: Mapping[str, bytes]
    environment: str
    patterns: tuple[str, ...]

    @cached_property
    def key(self) -> str:
        """Return the hash of all fields."""
        return digest(astuple(self))

    @cached_property
    def case_key(self) -> str:
        """Return the hash of the fields from which a case is loaded, for any kind of task."""
        return digest(self.plan, self.tables)


@dataclass(frozen=True, eq=False)
class Task:
    """The task to make a notebook with its page, a Word document, or the pages of the whole set.

    `inputs_key`: of its TaskInputs; `kind`: NOTEBOOK, DOCUMENT or SITE; `path`: of its files in the
    set, without suffix, or the name of a document; `unit`: its code. For a notebook, `template`:
    its text; `rows`: the findings that it must confirm, as text; `page`: arguments of `page_bytes`.
    For a document, `paper`: its kind; `words`: (name, content) of the file that officials wrote.
    For the pages of the set, `units`: the codes of its units.
    """

    inputs_key: str
    kind: str
    path: str
    unit: str
    template: str = ""
    rows: tuple[dict[str, str], ...] = ()
    page: tuple[Any, ...] = ()
    words: tuple[tuple[str, bytes], ...] = ()
    units: tuple[str, ...] = ()
    paper: PaperKind | Literal[""] = ""

    @cached_property
    def key(self) -> str:
        """Return the hash of all fields, under which the result is stored."""
        return digest(astuple(self))


def collect_inputs(case: Case, plan_name: str, documents: bool) -> TaskInputs:
    """Return the inputs that the notebooks of a case share.

    `documents`: those of its documents, or of the pages of the whole set, which depend on more data
    files. A plan that is a file of the user's is added to the tables.
    """
    tables = cached(case, collect_inputs, lambda: _tables_of(case))
    if plan_name.endswith(".yaml"):
        tables = tables | {Path(plan_name).name: Path(plan_name).read_bytes()}
    patterns = data_patterns(case.plan, documents)
    environment = hash_environment(patterns)
    return TaskInputs(Path(plan_name).name, tables, environment, patterns)


def _tables_of(case: Case) -> dict[str, bytes]:
    """Return the contents of the tables of a case by file name."""
    tables = {
        "observations.csv": to_csv_bytes(case.cells[[*OBSERVATIONS]]),
        "returns.csv": to_csv_bytes(case.returns),
        "findings.csv": to_csv_bytes(findings.format_findings(case.findings)),
        "indicators.csv": to_csv_bytes(format_for_csv(case.indicators)),
    }
    return tables | ({"check.csv": to_csv_bytes(issues_of(case))} if is_internal(case) else {})


def list_documents(case: Case, inputs: TaskInputs) -> list[Task]:
    """Return the task of every paper."""
    tasks = []
    for name, (kind, unit) in list_papers(case).items():
        file = paths.NARRATIVE / case.plan.name / f"{unit}.md"
        words = ((file.name, file.read_bytes()),) if file.is_file() else ()
        tasks.append(Task(inputs.key, DOCUMENT, name, unit, paper=kind, words=words))
    return tasks


def list_notebooks(case: Case, inputs: TaskInputs) -> list[Task]:
    """Return the tasks of the notebooks of every unit.

    Raises InputRefused for a missing template, or one that would not take its plan and unit.
    """
    tasks = []
    texts = case.findings[[*FINDING_COLUMNS]].astype("string").fillna("")
    plan, marks = f"Kế hoạch {case.plan.plan}, năm {case.year}", tuple(case.marks)
    templates = {}
    for unit in case.plan.reporters.index:
        page = (case.units.full_name[unit], plan, marks)
        findings = texts[texts.unit_code == unit]
        for slug, page_path in notebook_pages(case, unit).items():
            judged = findings if slug == "review" else findings[findings.objective == slug]
            name = template_name(page_path)
            if name not in templates:
                templates[name] = _read_template(name, case.plan)
            rows = tuple(judged.to_dict("records"))
            path, template = page_path.removesuffix(".html"), templates[name]
            tasks.append(Task(inputs.key, NOTEBOOK, path, unit, template, rows, page))
    return tasks


def _read_template(name: str, plan: Plan) -> str:
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
            f"Thiếu sổ {file.name}, hoặc không phải sổ Jupyter hợp lệ; lấy lại từ bộ cài."
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
