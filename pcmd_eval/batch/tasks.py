"""What there is to make, each with all that its process is given, and the hash of that."""

import ast
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import csv_bytes
from pcmd_eval.findings import COLUMNS
from pcmd_eval.indicators import filed
from pcmd_eval.observations import OBSERVATIONS
from pcmd_eval.plan import Plan
from pcmd_eval.site import ways

NOTEBOOK, DOCUMENT, SITE = "notebook", "document", "site"
REMARKS = "remarks"  # beside a document: what should be read once more; never published
_SHARED = ("*.yaml", "*.csv", "fonts/**/*", "templates/**/*")  # data that every plan is made with


class Failed(Exception):
    """Why what a task made does not count."""


@dataclass(frozen=True, eq=False)
class Given:
    """What every task of an edition is given: the plan's name, the tables by name, and the program
    that makes it.

    `data`: patterns of the files of data that belong to the program.
    """

    plan: str
    internal: bool
    tables: Mapping[str, bytes]
    program: str
    data: tuple[str, ...]

    @cached_property
    def key(self) -> str:
        """The hash of all of it."""
        return digest(self.plan, self.internal, sorted(self.tables.items()), self.program)


@dataclass(frozen=True, eq=False)
class Task:
    """A notebook with its page, a document (each of one unit), or the pages of the set, and what it
    is made from.

    `place`: in the set, without suffix; `template`: the notebook's text; `rows`: those of
    findings.csv that it must confirm; `page`: what its page says besides; `words`: what people
    wrote for the document; `units`: those in the set.
    """

    given: Given
    kind: str
    place: str
    unit: str
    template: str = ""
    rows: tuple[dict[str, str], ...] = ()
    page: tuple[Any, ...] = ()
    words: tuple[tuple[str, bytes], ...] = ()
    units: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """The hash of all that its process is given."""
        own = (
            self.kind,
            self.place,
            self.unit,
            self.template,
            self.rows,
            self.page,
            self.words,
            self.units,
        )
        return digest(self.given.key, *own)


def given_by(case: Case, plan_name: str) -> Given:
    """What the tasks of a case are given; a plan of a file lies beside its tables."""
    tables = {
        "observations.csv": csv_bytes(case.cells[[*OBSERVATIONS]]),
        "returns.csv": csv_bytes(case.returns),
        "findings.csv": csv_bytes(case.findings),
        "totals.csv": csv_bytes(case.totals),
        "indicators.csv": csv_bytes(filed(case.figures)),
    }
    beside = (
        {Path(plan_name).name: Path(plan_name).read_bytes()} if plan_name.endswith(".yaml") else {}
    )
    data = data_of(case.plan)
    return Given(Path(plan_name).name, case.internal, tables | beside, program(data), data)


def tasks_of(case: Case, given: Given) -> Iterator[Task]:
    """The documents, which take longest, and the notebooks of every unit.

    Raises InputRefused for a template that would evaluate another unit than it is told to.
    """
    texts = case.findings[[*COLUMNS]].astype("string").fillna("")
    for unit, place in ways.documents(case).items():
        file = paths.NARRATIVE / case.plan.name / f"{unit}.md"
        words = ((file.name, file.read_bytes()),) if file.is_file() else ()
        yield Task(given, DOCUMENT, place.removesuffix(".docx"), unit, words=words)
    slugs, marks = (
        [o.slug for o in case.plan.objectives],
        tuple(m + ways.MARKS.get(m, "") for m in case.marks),
    )
    for unit in case.plan.reporters.index:
        for slug, place in ways.notebooks(case, unit).items():
            own = (texts.unit_code == unit) & texts.objective.isin(
                [slug] if slug in slugs else slugs
            )
            page = (
                case.units.full_name[unit],
                f"Kế hoạch {case.plan.plan}, năm {case.year}",
                marks,
            )
            rows, name = tuple(texts[own].to_dict("records")), Path(place).stem
            yield Task(
                given,
                NOTEBOOK,
                place.removesuffix(".html"),
                unit,
                _template(name, case.plan),
                rows,
                page,
            )


def _template(name: str, plan: Plan) -> str:
    """The text of a notebook, without its cells on the year before where the plan names none.

    Raises InputRefused if papermill could not hand it its plan and its unit.
    """
    file = paths.NOTEBOOKS / f"{name}.ipynb"
    try:
        text = file.read_text(encoding="utf-8")
        tagged = [
            c for c in json.loads(text)["cells"] if "parameters" in c["metadata"].get("tags", ())
        ]
        lines = [line for cell in tagged for line in ast.parse("".join(cell["source"])).body]
        declared = sorted(ast.unparse(line).partition(" = ")[0] for line in lines)
    except (OSError, ValueError, KeyError, TypeError, SyntaxError):
        raise InputRefused(
            f"Thiếu sổ {file.name}, hoặc không phải sổ Jupyter hợp lệ; lấy lại từ bộ cài."
        ) from None
    if len(tagged) != 1:
        raise InputRefused(
            f"Sổ {file.name} phải có đúng một ô mang thẻ “parameters”, thấy {len(tagged)}; gắn "
            "lại thẻ."
        )
    if declared != ["plan: str", "unit: str"]:
        raise InputRefused(
            f"Sổ {file.name}: ô tham số phải khai báo đúng plan: str và unit: str; sửa lại."
        )
    if plan.previous:
        return text
    notebook = json.loads(text)
    notebook["cells"] = [c for c in notebook["cells"] if not _about_two_years(c)]
    return json.dumps(notebook)


def _about_two_years(cell: dict[str, Any]) -> bool:
    return "previous" in cell["metadata"].get("tags", ())


# ---- the program ---------------------------------------------------------------------------------


def hashes(folder: Path, *patterns: str) -> dict[str, str]:
    """The SHA-256 of every file of a folder that a pattern names, by its place; "" for one that
    cannot be read.
    """
    found = {p for pattern in patterns or ("**/*",) for p in folder.glob(pattern) if p.is_file()}
    return {p.relative_to(folder).as_posix(): _hash(p) for p in sorted(found)}


def _hash(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def data_of(plan: Plan) -> tuple[str, ...]:
    """Patterns of what a plan rests on in the folder of data: its own files, and what all plans
    share.
    """
    units = (plan.units.register_file, plan.units.boundaries, plan.units.later)
    own = [f"plans/{plan.name}.yaml", f"forms/{plan.form_name}.yaml"]
    if plan.previous:
        own.append(f"previous/{plan.previous.figures}")
    if plan.earlier:
        own += [f"plans/{plan.previous.plan}.yaml", f"units/{plan.earlier.units.register_file}"]
    return (*_SHARED, *own, *(f"units/{file}" for file in units if file))


def inputs(plan: Plan, plan_name: str) -> dict[str, str]:
    """The hash of every file that this plan's set is made with and by, by its place: nothing of
    other plans.

    `plan_name`: by which it was asked for; a file elsewhere stands there by its name alone.
    """
    objectives = [f"[0-9]*_{objective.slug}.ipynb" for objective in plan.objectives]
    found = _program_files(data_of(plan)) | _placed(paths.NOTEBOOKS, *objectives, "*_review.ipynb")
    file = Path(plan_name)
    if file.suffix == ".yaml" and file.resolve().parent != paths.PLANS.resolve():
        found.pop(f"{paths.DATA.name}/plans/{plan.name}.yaml", "")
        found[file.name] = _hash(file)
    return found


def _program_files(data: tuple[str, ...]) -> dict[str, str]:
    return _code() | _placed(paths.DATA, *data)


def _code() -> dict[str, str]:
    return _placed(Path(__file__).parents[1], "**/*.py")


@cache
def loaded() -> dict[str, str]:
    """The package as this process found it when it first asked, or the server that it was forked
    from.
    """
    return _code()


def current() -> bool:
    """Whether the package is still what was loaded: a worker of yesterday would run yesterday's."""
    return loaded() == _code()


def _placed(folder: Path, *patterns: str) -> dict[str, str]:
    found = hashes(folder, *patterns)
    return {f"{folder.name}/{place}": content for place, content in found.items()}


def versions() -> dict[str, str]:
    """Python, and the installed libraries that this project rests on with their versions."""
    folders = (path for entry in sys.path for path in Path(entry).glob("*.dist-info"))
    named = (path.stem.rpartition("-") for path in sorted(folders, key=lambda path: path.name))
    found = {name: number for name, _, number in named if _plain(name) in _needed()}
    return {"python": sys.version.split()[0], "platform": sys.platform} | found


@cache
def _needed() -> set[str]:
    """This project and what it rests on, directly or through others: what makes bytes, and no tools
    beside.
    """
    wanted, needed = ["pcmd-eval"], set()
    while wanted:
        name = wanted.pop()
        if name in needed:
            continue
        needed.add(name)
        with suppress(metadata.PackageNotFoundError):  # of another platform
            required = metadata.requires(name) or ()
            wanted += [_plain(words) for words in required if "extra ==" not in words]
    return needed


def _plain(requirement: str) -> str:
    """The name of a library as all write it: "ruamel.yaml>=0.18" is ruamel-yaml."""
    [name] = re.findall(r"^[\w.-]*\w", requirement)
    return re.sub("[-_.]+", "-", name).lower()


def program(data: tuple[str, ...]) -> str:
    """The hash of all that is installed here and that every result depends on; each notebook is in
    its own tasks.

    `data`: the patterns of what the plan rests on, see `data_of`.
    """
    return digest(_program_files(data), versions())


def digest(*parts: Any) -> str:
    """The hash of values that print as what they are."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()
