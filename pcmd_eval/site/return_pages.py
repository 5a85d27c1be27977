"""Internal pages that end every question: each return as it was read, and each finding with the cells behind it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from pcmd_eval.files import write_atomic
from pcmd_eval.findings import Finding
from pcmd_eval.form import Column, Form, Sheet
from pcmd_eval.html import fill
from pcmd_eval.observations import Evidence, Observation
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project
from pcmd_eval.proof.trace import Step, trace
from pcmd_eval.proof.words import STANDING_WORDS, CellWords, part_name, rule_words
from pcmd_eval.reporting import current
from pcmd_eval.spelling import order, slug
from pcmd_eval.tables import STANDINGS
from pcmd_eval.units import Register, Unit
from pcmd_eval.wording import LOOKS, OWN_BODIES, RETURN_WORDS, number, short_date
from pcmd_eval.workings import QUARTERS, read_as

# ---- anchors --------------------------------------------------------------------------------------------------------


def anchor(observation: Observation, form: Form) -> str:
    """The place of a cell on the page of its return: `1-tuyen-truyen-E5`, or the list of cells that are not there."""
    sheet = slug(observation.sheet or form.sheet(observation.objective).name)
    return f"{sheet}-{observation.cell or 'khong-co'}"


def link(observation: Observation, form: Form, returns: str = "../returns/") -> str:
    """The way to a cell; `returns` is that to the pages of returns, unless said otherwise from `internal/trace`."""
    return f"{returns}{observation.reporter}.html#{anchor(observation, form)}"


# ---- a page for each return -----------------------------------------------------------------------------------------


@dataclass
class _Row:
    """One row of a sheet: what it is about, and its cells by the key of their column."""

    label: str
    cells: dict[str, Observation] = field(default_factory=dict)


@dataclass(frozen=True)
class _SheetView:
    name: str
    anchor: str
    columns: tuple[Column, ...]
    rows: list[_Row]
    absent: list[str]


def return_page(evidence: Evidence, project: Project, reporter: Unit) -> bytes:
    """The return of a reporter that counts, cell by cell as it was read; of a missing one, what is missing."""
    own = [o for o in evidence.observations if o.reporter == reporter.code]
    sheets = [_view(sheet, own, project.register) for sheet in project.form.sheets_of(reporter, project.register)]
    others = [r for r in evidence.returns if r.reporter == reporter.code]
    seen: set[str] = set()

    def first(identity: str) -> bool:
        """Whether an anchor is new: two readings of one merged cell share its place."""
        fresh = identity not in seen
        seen.add(identity)
        return fresh

    return fill(
        "return.html.j2",
        plan=project.plan,
        unit=reporter,
        name=_reporter_name(reporter, project.register),
        illustrative=evidence.illustrative,
        row=current(evidence, reporter),
        others=[(r, RETURN_WORDS[r.state]) for r in others],
        sheets=sheets,
        form=project.form,
        anchor=anchor,
        first=first,
        read_as=read_as,
        short_date=short_date,
    )


def _view(sheet: Sheet, own: Iterable[Observation], register: Register) -> _SheetView:
    """The rows of a sheet in their order; a cell that is not there has no row and is listed."""
    labels = {item.code: f"{item.code} {item.label}" for item in sheet.items}
    rows: dict[tuple[str, ...], _Row] = {}
    absent: dict[str, list[str]] = defaultdict(list)
    for o in (o for o in own if o.objective == sheet.objective):
        name, _, key = o.item.partition(":")
        column = next(c for c in sheet.asked if (c.key == key if key else c.main and c.period == o.period))
        label = labels.get(name, name)
        if sheet.rows == "communes":
            label = f"{o.unit_code} {register.units[o.unit_code].full_name}{f' ({name})' if name else ''}"
        if o.cell:
            line = "".join(letter for letter in o.cell if letter.isdecimal())
            rows.setdefault((o.unit_code, name, line), _Row(label)).cells[column.key] = o
        else:
            absent[label or sheet.name].append(column.header)
    missing = [f"{label}: {', '.join(headers)}" for label, headers in absent.items()]
    return _SheetView(sheet.name, slug(sheet.name), sheet.asked, list(rows.values()), missing)


def _reporter_name(unit: Unit, register: Register) -> str:
    return f"{OWN_BODIES}, {unit.full_name}" if unit == register.province else unit.full_name


# ---- a page for the findings of each unit ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Group:
    """The cells of one counted part, with how it stands."""

    part: str
    name: str
    standing: str
    steps: list[Step]


@dataclass(frozen=True)
class _Shelf:
    """The parts of one district, folded away together."""

    name: str
    groups: list[_Group]


def trace_page(evidence: Evidence, project: Project, unit: Unit, findings: Iterable[Finding]) -> bytes:
    """The findings of a unit, each with every cell behind it, grouped by the part that it counts."""
    found = {finding.objective: finding for finding in findings if finding.unit_code == unit.code}
    plan = project.plan
    sections = []
    for objective in plan.objectives:
        steps = trace(evidence, unit, objective.slug)
        groups = _groups(steps, project.register)
        shelves = _shelves(groups, project.register) if unit == project.register.province else []
        sections.append((objective, found[objective.slug], groups, shelves, len(steps)))
    return fill(
        "trace.html.j2",
        plan=plan,
        unit=unit,
        illustrative=evidence.illustrative,
        sections=sections,
        looks=LOOKS,
        standings=STANDINGS,
        tally=_tally,
        part_words=STANDING_WORDS,
        rule_words=lambda step: rule_words(project.plan, step),
        within=lambda step: [f"{_within(name)}: {STANDING_WORDS[how]}" for name, how in step.parts[:-1]],
        periods=QUARTERS,
        item_words=CellWords(project.form, project.register).item,
        link=lambda o: link(o, project.form),
        read_as=read_as,
        number=number,
    )


def _groups(steps: list[Step], register: Register) -> list[_Group]:
    ordered = sorted(steps, key=lambda step: step.parts[-1])  # stable: the cells keep their order
    return [
        _Group(name, part_name(name, register), standing, list(own))
        for (name, standing), own in groupby(ordered, key=lambda step: step.parts[-1])
    ]


def _tally(groups: Iterable[_Group]) -> list[tuple[str, int]]:
    """How many parts there are of each standing."""
    count = Counter(group.standing for group in groups)
    return [(standing, count[standing]) for standing in STANDING_WORDS if count[standing]]


def _shelves(groups: list[_Group], register: Register) -> list[_Shelf]:
    """The communes by their districts, as dictionaries order these; nothing where the parts are no communes."""
    of_district: dict[str, list[_Group]] = defaultdict(list)
    for group in groups:
        unit = register.units.get(group.part)
        if unit is None or unit.parent in ("", register.province.code):
            return []
        of_district[unit.parent].append(group)
    districts = sorted((register.units[code] for code in of_district), key=lambda unit: order(unit.name))
    return [_Shelf(district.full_name, of_district[district.code]) for district in districts]


def _within(part: str) -> str:
    """A part inside the one whose name stands above the table."""
    rest = part.rpartition("/")[2]
    return QUARTERS.get(rest, rest)


# ---- files ----------------------------------------------------------------------------------------------------------


def page_files(evidence: Evidence, project: Project, findings: Iterable[Finding]) -> dict[str, bytes]:
    """returns/<reporter>.html and trace/<unit>.html for every unit that reports, by their places in `internal/`."""
    listed, units = list(findings), project.register.reporters
    pages = {f"returns/{unit.code}.html": return_page(evidence, project, unit) for unit in units}
    return {**pages, **{f"trace/{unit.code}.html": trace_page(evidence, project, unit, listed) for unit in units}}


def write_pages(evidence: Evidence, project: Project, findings: Iterable[Finding], output: OutputFolder) -> list[str]:
    """Write these pages; those of units that report no more go."""
    pages = page_files(evidence, project, findings)
    for name, content in pages.items():
        write_atomic(output.internal / name, content)
    for folder in ("returns", "trace"):
        for old in (output.internal / folder).glob("*.html"):
            if f"{folder}/{old.name}" not in pages:
                old.unlink()
    return sorted(pages)
