"""What there is to make, each with all that its process is given, and the hash of that."""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import csv_bytes
from pcmd_eval.findings import COLUMNS
from pcmd_eval.indicators import filed
from pcmd_eval.observations import OBSERVATIONS
from pcmd_eval.site import pages

NOTEBOOK, DOCUMENT, SITE = "notebook", "document", "site"
REMARKS = "remarks"  # beside a document: what should be read once more; never published
_DATA = (
    "*.yaml",
    "*.csv",
    *(f"{folder}/**/*" for folder in ("fonts", "forms", "plans", "templates", "units")),
)


class Failed(Exception):
    """Why what a task made does not count."""


@dataclass(frozen=True, eq=False)
class Given:
    """What every task of an edition is given: the plan's name, the tables by name, and the program that makes it."""

    plan: str
    internal: bool
    tables: Mapping[str, bytes]
    program: str

    @cached_property
    def key(self) -> str:
        """The hash of all of it."""
        return digest(self.plan, self.internal, sorted(self.tables.items()), self.program)


@dataclass(frozen=True, eq=False)
class Task:
    """A notebook with its page, a document (each of one unit), or the pages of the set, and what it is made from.

    `place`: in the set, without suffix; `template`: the notebook's text; `rows`: those of findings.csv that it must
    confirm; `page`: what its page says besides; `words`: what people wrote for the document; `units`: those in the set.
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
    return Given(Path(plan_name).name, case.internal, tables | beside, program())


def tasks_of(case: Case, given: Given) -> Iterator[Task]:
    """The documents, which take longest, and the notebooks of every unit.

    Raises InputRefused for a template that would evaluate another unit than it is told to.
    """
    texts = case.findings[[*COLUMNS]].astype("string").fillna("")
    for unit in case.plan.reporters.index:
        file = paths.NARRATIVE / case.plan.name / f"{unit}.md"
        words = ((file.name, file.read_bytes()),) if file.is_file() else ()
        yield Task(given, DOCUMENT, f"{pages.folder(case, unit)}/review", unit, words=words)
    slugs, marks = (
        [o.slug for o in case.plan.objectives],
        tuple(m + pages.MARKS.get(m, "") for m in case.marks),
    )
    for unit in case.plan.reporters.index:
        for slug, place in pages.notebooks(case, unit).items():
            own = (texts.unit_code == unit) & texts.objective.isin(
                [slug] if slug in slugs else slugs
            )
            page = (
                f"{case.units.full_name[unit]}, năm {case.year}",
                str(pages.menu(case.at(unit), place)),
                marks,
            )
            rows, name = tuple(texts[own].to_dict("records")), Path(place).stem
            yield Task(
                given, NOTEBOOK, place.removesuffix(".html"), unit, _template(name), rows, page
            )


def _template(name: str) -> str:
    """The text of a notebook; raises InputRefused if papermill could not hand it its plan and its unit."""
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
            f"Sổ {file.name} phải có đúng một ô mang thẻ “parameters”, thấy {len(tagged)}; gắn lại thẻ."
        )
    if declared != ["plan: str", "unit: str"]:
        raise InputRefused(
            f"Sổ {file.name}: ô tham số phải khai báo đúng plan: str và unit: str; sửa lại."
        )
    return text


# ---- the program ----------------------------------------------------------------------------------------------------


def hashes(folder: Path, *patterns: str) -> dict[str, str]:
    """The SHA-256 of every file of a folder that a pattern names, by its place; "" for one that cannot be read."""
    found = {p for pattern in patterns or ("**/*",) for p in folder.glob(pattern) if p.is_file()}
    return {p.relative_to(folder).as_posix(): _hash(p) for p in sorted(found)}


def _hash(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def inputs() -> dict[str, str]:
    """The hash of every file of the program, its plans, forms, registers, templates and notebooks, by its place."""
    package = Path(__file__).parents[1]
    parts = {package: ("**/*.py",), paths.DATA: _DATA, paths.NOTEBOOKS: ("*.ipynb",)}
    return {
        f"{part.name}/{place}": found
        for part in parts
        for place, found in hashes(part, *parts[part]).items()
    }


def versions() -> dict[str, str]:
    """Python, and every installed library with its version."""
    names = {
        p.name.removesuffix(".dist-info")
        for entry in sys.path
        for p in Path(entry).glob("*.dist-info")
    }
    parts = (name.rpartition("-") for name in sorted(names))
    return {"python": sys.version.split()[0], "platform": sys.platform} | {
        name: number for name, _, number in parts
    }


def program() -> str:
    """The hash of all that is installed here and that every result depends on; each notebook is in its own tasks."""
    return digest(
        {p: found for p, found in inputs().items() if not p.endswith(".ipynb")}, versions()
    )


def digest(*parts: Any) -> str:
    """The hash of values that print as what they are."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()
