"""What there is to run: the jobs of a plan, what a worker is given for one, and what stops a run before it starts."""

import ast
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.project import Project
from pcmd_eval.strict import Strict, load

PARAMETERS = ("plan", "unit")
NOTEBOOKS = {slug: f"{number}_{slug}" for number, slug in enumerate(OBJECTIVES, 1)}
REVIEWS = ("district_review", "province_review")


class BrokenTemplate(Exception):
    """A notebook template cannot be run; `reasons` are Vietnamese sentences that say what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Job:
    """One notebook for one unit, and the folder of the set its results go to."""

    unit: str
    notebook: str
    folder: str

    @property
    def place(self) -> str:
        """Where its results lie in the set, without a suffix: districts/230-doan-hung/1_communication."""
        return f"{self.folder}/{self.notebook}"


Amount = Annotated[int, Field(gt=0)]


class Limits(Strict):
    """How many seconds a kernel may take to start, a cell to run, a notebook to end; how many MiB it may add.

    Memory counts from what a kernel holds when it starts, and is limited where the system can (Linux).
    """

    start: Amount = 60
    cell: Amount = 120
    notebook: Amount = 300
    memory: Amount = 2048


def load_limits() -> Limits:
    """The limits of data/limits.yaml; raises InputRefused that names each faulty key."""
    return load(paths.DATA / "limits.yaml", Limits)


@dataclass(frozen=True)
class Setting:
    """What all notebooks of a run share.

    `socket` is the preloaded process that kernels are forked from: "" for ordinary kernels, None where each worker has
    a process of its own (other machines). `identity` is what a worker's installation must be; "" asks for nothing.
    `scratch` is a place for sockets (a short path).
    """

    run_id: str
    plan: str
    illustrative: bool = False
    audience: str = "public"
    kernel: str = "pcmd-eval"
    socket: str | None = ""
    limits: Limits = field(default_factory=Limits)
    scratch: Path | None = None
    identity: str = ""


@dataclass(frozen=True)
class Task:
    """Everything a worker needs for one job: the template as text, the rows of findings.csv it must confirm, its files.

    `files` are all that its kernel is given to read, by name; no folder is shared with the worker.
    """

    job: Job
    template: str
    rows: tuple[dict[str, str], ...]
    setting: Setting
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What became of a job: the notebook and its page, or the cell and the cause of the failure.

    `kernel` is how its kernel came to be: "forked" or "ordinary"; "" where it did not.
    """

    job: Job
    done: bool
    seconds: float = 0.0
    cell: str = ""
    cause: str = ""
    notebook: bytes = b""
    page: bytes = b""
    kernel: str = ""

    @property
    def words(self) -> str:
        """A failure in one line."""
        return f"{self.job.unit} {self.job.notebook}{f', {self.cell}' if self.cell else ''}: {self.cause}"


# ---- before anything starts -----------------------------------------------------------------------------------------


def jobs_of(project: Project) -> list[Job]:
    """Every objective of the plan for every unit, a review of each district, and one of the province."""
    register, jobs = project.register, []
    for unit in register.reporters:
        district = unit != register.province
        folder = f"districts/{unit.folder}" if district else "province"
        names = [NOTEBOOKS[objective.slug] for objective in project.plan.objectives]
        jobs += [Job(unit.code, name, folder) for name in (*names, REVIEWS[0] if district else REVIEWS[1])]
    return jobs


def read_templates(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The text of each template; raises BrokenTemplate with a sentence for each that is not there."""
    texts, faults = {}, []
    for name in dict.fromkeys(names):
        path = folder / f"{name}.ipynb"
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            faults.append(f"Thiếu sổ {path.name} trong thư mục {folder.name}. Lấy lại tệp từ bộ cài.")
    if faults:
        raise BrokenTemplate(*faults)
    return texts


def on_plan(text: str, plan: str, unit: str) -> str:
    """A template with this plan and unit in its parameters cell; one that names the plan already is left as it is."""
    try:
        content = json.loads(text)
        cell = next(c for c in content["cells"] if "parameters" in c["metadata"].get("tags", []))
        source = "".join(cell["source"])
    except (ValueError, TypeError, KeyError, StopIteration):
        return text  # check_templates says what is wrong with it
    if f'plan: str = "{plan}"' in source:
        return text
    for name, value in (("plan", plan), ("unit", unit)):
        line = f"{name}: str = {json.dumps(value, ensure_ascii=False)}"
        source = re.sub(rf'^{name}: str = "[^"]*"', lambda _, line=line: line, source, flags=re.MULTILINE)
    cell["source"] = source.splitlines(keepends=True)
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n"


def check_templates(texts: Mapping[str, str]) -> None:
    """Raise BrokenTemplate with one sentence for each fault of any template."""
    faults = [f"Sổ {name}.ipynb: {fault}." for name, text in texts.items() for fault in _template_faults(text)]
    if faults:
        raise BrokenTemplate(*faults)


def _template_faults(text: str) -> list[str]:
    from pcmd_eval.batch import light  # noqa: F401

    # isort: split
    import nbformat

    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except Exception:  # nbformat raises many kinds of errors for a broken file
        return ["không phải tệp sổ Jupyter hợp lệ; lấy lại tệp từ bộ cài"]
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if any("injected-parameters" in c.metadata.get("tags", []) for c in notebook.cells):
        return ["là sổ đã chạy, không phải sổ mẫu; lấy lại tệp từ bộ cài"]
    if len(tagged) != 1 or tagged[0].cell_type != "code":
        return [f"phải có đúng một ô mã mang thẻ “parameters”, thấy {len(tagged)}; gắn lại thẻ cho ô tham số"]
    try:
        statements = ast.parse(tagged[0].source).body
    except SyntaxError:
        return ["ô tham số không phải mã Python hợp lệ; sửa lại ô đó"]
    declared = {ast.unparse(s.target): s for s in statements if isinstance(s, ast.AnnAssign)}
    if len(statements) != len(PARAMETERS) or sorted(declared) != sorted(PARAMETERS):
        found = ", ".join(declared) or "không có tham số nào"
        return [f"ô tham số phải khai báo đúng hai tham số plan: str và unit: str, thấy {found}; sửa lại tên"]
    wrong = [name for name, s in declared.items() if not _is_text(s)]
    return [f"tham số {name} phải có kiểu str và giá trị là văn bản trong dấu nháy; sửa lại" for name in wrong]


def _is_text(declared: ast.AnnAssign) -> bool:
    text = isinstance(declared.value, ast.Constant) and isinstance(declared.value.value, str)
    return text and ast.unparse(declared.annotation) == "str"


def tasks_of(
    jobs: Iterable[Job],
    templates: dict[str, str],
    rows: Sequence[dict[str, str]],
    setting: Setting,
    files: Callable[[Job], Mapping[str, bytes]] = lambda job: {},
) -> list[Task]:
    """A task for each job; raises InputRefused for a unit that is not text or that findings.csv does not know."""
    by_unit: dict[object, list[dict[str, str]]] = {}
    for row in rows:
        by_unit.setdefault(row["unit_code"], []).append(row)
    tasks, refused = [], []
    for job in jobs:
        if not (isinstance(job.unit, str) and isinstance(setting.plan, str)):
            refused.append(f"Tham số plan và unit phải là văn bản, không phải {setting.plan!r}, {job.unit!r}.")
        elif job.unit not in by_unit:
            refused.append(f"Không có kết quả nào của đơn vị mang mã “{job.unit}”. Kiểm tra mã đơn vị.")
        else:
            wanted = [r for r in by_unit[job.unit] if job.notebook in (NOTEBOOKS[r["objective"]], *REVIEWS)]
            tasks.append(Task(job, templates[job.notebook], tuple(wanted), setting, files(job)))
    if refused:
        raise InputRefused(*dict.fromkeys(refused))
    return tasks
