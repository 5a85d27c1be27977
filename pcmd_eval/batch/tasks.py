"""What there is to make, each with all that its process is given, and the hash of that."""

import json
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pcmd_eval.analysis.session import Case
from pcmd_eval.batch.fingerprint import data_of, digest, program
from pcmd_eval.evaluation.findings import COLUMNS
from pcmd_eval.evaluation.observations import OBSERVATIONS
from pcmd_eval.site import navigation as ways
from pcmd_eval.statistics.indicators import format_for_csv
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import to_csv_bytes

NOTEBOOK, DOCUMENT, SITE = "notebook", "document", "site"
_DECLARED = re.compile(r"^(\w+: \w+) = ", re.MULTILINE)
REMARKS = "remarks"  # beside a document: what should be read once more; never published


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
        return digest(astuple(self))


@dataclass(frozen=True, eq=False)
class Task:
    """A notebook with its page, a document (each of one unit), or the pages of the set, and what it
    is made from.

    `given_key`: of what every task of its edition is given; `place`: in the set, without suffix;
    `template`: the notebook's text; `rows`: those of findings.csv that it must confirm; `page`: the
    unit, the plan and the marks that its page names; `words`: what people wrote for the document;
    `units`: those in the set.
    """

    given_key: str
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
        return digest(astuple(self))


def given_by(case: Case, plan_name: str) -> Given:
    """What the tasks of a case are given; a plan of a file lies beside its tables."""
    tables = {
        "observations.csv": to_csv_bytes(case.cells[[*OBSERVATIONS]]),
        "returns.csv": to_csv_bytes(case.returns),
        "findings.csv": to_csv_bytes(case.findings),
        "totals.csv": to_csv_bytes(case.totals),
        "indicators.csv": to_csv_bytes(format_for_csv(case.figures)),
    }
    if plan_name.endswith(".yaml"):
        tables[Path(plan_name).name] = Path(plan_name).read_bytes()
    data = data_of(case.plan)
    return Given(Path(plan_name).name, case.internal, tables, program(data), data)


def tasks_of(case: Case, given: Given) -> list[Task]:
    """The documents, which take longest, and the notebooks of every unit.

    Raises InputRefused for a template that would evaluate another unit than it is told to.
    """
    made = []
    for unit, place in ways.documents(case).items():
        file = paths.NARRATIVE / case.plan.name / f"{unit}.md"
        words = ((file.name, file.read_bytes()),) if file.is_file() else ()
        made.append(Task(given.key, DOCUMENT, place.removesuffix(".docx"), unit, words=words))
    texts = case.findings[[*COLUMNS]].astype("string").fillna("")
    plan, marks = f"Kế hoạch {case.plan.plan}, năm {case.year}", tuple(case.marks)
    for unit in case.plan.reporters.index:
        page, own = (case.units.full_name[unit], plan, marks), texts[texts.unit_code == unit]
        for slug, place in ways.notebook_pages(case, unit).items():
            judged = own if slug == "review" else own[own.objective == slug]
            template, rows = _template(Path(place).stem, case.plan), judged.to_dict("records")
            where = place.removesuffix(".html")
            made.append(Task(given.key, NOTEBOOK, where, unit, template, tuple(rows), page))
    return made


def _template(name, plan):
    """The text of a notebook, without its cells on the year before where the plan names none.

    Raises InputRefused if papermill could not hand it its plan and its unit.
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
    if sorted(_DECLARED.findall(source)) != ["plan: str", "unit: str"]:
        raise InputRefused(
            f"Sổ {file.name}: ô tham số phải khai báo đúng plan: str và unit: str; sửa lại."
        )
    if plan.previous:
        return text
    notebook["cells"] = [cell for cell in notebook["cells"] if not _has_tag(cell, "previous")]
    return json.dumps(notebook)


def _has_tag(cell, tag):
    return tag in cell["metadata"].get("tags", ())
