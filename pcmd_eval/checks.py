"""Consistency rules: what the figures of a return say of each other; they ask the sender and change no value."""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Annotated, Any

from pydantic import Field, model_validator

from pcmd_eval import paths
from pcmd_eval.cells import DATE
from pcmd_eval.errors import InputRefused
from pcmd_eval.faults import Fault, Severity, worst_first
from pcmd_eval.observations import Evidence, Observation
from pcmd_eval.pages import Note
from pcmd_eval.project import Project
from pcmd_eval.returns import Intake, take_in
from pcmd_eval.spelling import fold
from pcmd_eval.strict import Strict, load
from pcmd_eval.units import Unit

_COMPARISON = re.compile(r"(\d+\.\d+(?: \+ \d+\.\d+)*) (=|<=) (\d+\.\d+)")
# Never more digits than a count can have: a note may hold anything.
_NUMBER = r"(?<![\d/.,])(\d{1,3}(?:\.\d{3}){1,4}|\d{1,12})(?![\d/]|[.,]\d)"
_PARTIAL_DATE = re.compile(
    r"\b(?:\d{1,2}/(?:19|20)\d\d|(?:ngày|tháng|quý|từ|đến)\s+\d{1,2}/\d{1,2})(?![\d/])", re.IGNORECASE
)
_CHANGE = re.compile(r"\b(?:tăng|giảm|vượt|hơn|kém)\s+(?:\w+\s+)?\d+(?:[.,]\d+)?\s?%", re.IGNORECASE)
_RATIO = re.compile(
    r"(?<![\d/.,])(\d[\d.]{0,14})\s*(?:/|trên tổng số|trong tổng số|trên|trong)\s*(\d[\d.]{0,14})(?![\d/])"
)
_PERCENT = re.compile(r"(?<![\d.,-])(\d{1,6}(?:[.,]\d{1,6})?)\s?%")
_SUM = re.compile(rf"(?:{_NUMBER}[^\d.;]*?)?\b(?:gồm|bao gồm)\b:?\s*(.+)", re.IGNORECASE)
_ITEM = re.compile(r",(?!\d)|\+|\bvà\b", re.IGNORECASE)
_UNITS = re.compile(r"\s*(xã, phường, thị trấn|xã|phường|thị trấn|huyện, thành, thị|huyện)\b", re.IGNORECASE)


class Rule(Strict):
    """One rule of data/checks.yaml: a comparison of figures or a named check, and what to say when it fails."""

    id: Annotated[str, Field(min_length=1)]
    severity: Severity
    say: Annotated[str, Field(min_length=1)]
    compare: str | None = None
    check: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> "Rule":
        if (self.compare is None) == (self.check is None):
            raise ValueError("mỗi quy tắc có đúng một trong hai khóa “compare” và “check”")
        if self.compare is not None and not _COMPARISON.fullmatch(self.compare):
            raise ValueError("“compare” viết dạng “6.4 + 6.5 <= 6.3” (phép so sánh: = hoặc <=)")
        if self.check is not None and self.check not in _CHECKS:
            raise ValueError(f"không có phép kiểm tra “{self.check}”; dùng một trong: {', '.join(_CHECKS)}")
        if self.parameters.keys() != set(_PARAMETERS.get(self.check or "", ())):
            needed = ", ".join(_PARAMETERS.get(self.check or "", ())) or "không có khóa nào"
            raise ValueError(f"“parameters” của “{self.check or self.compare}” phải có đúng: {needed}")
        return self


class Rules(Strict):
    """The file of rules."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Figures:
    """The evidence and the notes beside it, as the checks look at them."""

    evidence: Evidence
    notes: tuple[Note, ...]
    files: Mapping[str, str]

    @cached_property
    def cells(self) -> dict[tuple[str, str, str], Observation]:
        """The reported cell of each reporter, item and period (of those whose item names one row)."""
        return {(o.reporter, o.item, o.period): o for o in self.evidence.observations if o.reported}

    @cached_property
    def rows(self) -> list[list[Observation]]:
        """The observations row by row of the sheets."""
        rows: dict[tuple[str, ...], list[Observation]] = {}
        for o in self.evidence.observations:
            if o.cell:
                rows.setdefault((o.reporter, o.sheet, re.sub(r"\D", "", o.cell)), []).append(o)
        return list(rows.values())

    @property
    def reporters(self) -> tuple[Unit, ...]:
        """Those who send a return."""
        return self.evidence.register.reporters


Hit = tuple[Observation | Note, str]


def consistency(evidence: Evidence, notes: Mapping[str, tuple[Note, ...]]) -> list[Fault]:
    """Every break of every rule of data/checks.yaml; `notes` by the file they stand in."""
    rules = load(paths.DATA / "checks.yaml", Rules).rules
    counted = {r.reporter: r.file for r in evidence.returns if r.counts}
    beside = tuple(note for file in counted.values() for note in notes.get(file, ()))
    figures = Figures(evidence, beside, counted)
    owner = {id(note): code for code, file in counted.items() for note in notes.get(file, ())}
    found = ((rule, hit) for rule in rules for hit in _hits(rule, figures))
    return [_fault(rule, at, seen, owner, figures) for rule, (at, seen) in found]


def _hits(rule: Rule, figures: Figures) -> Iterator[Hit]:
    if rule.check is not None:
        return _CHECKS[rule.check](figures, rule.parameters)
    assert rule.compare
    return _compare(figures, rule.compare)


def _fault(rule: Rule, at: Observation | Note, seen: str, owner: dict[int, str], figures: Figures) -> Fault:
    reporter = at.reporter if isinstance(at, Observation) else owner[id(at)]
    file = figures.files.get(reporter, "")
    column = "Ghi chú" if isinstance(at, Note) else at.item if at.period == "Y" else at.period
    return Fault(rule.severity, reporter, file, at.sheet, at.cell, at.unit_code, column, seen, rule.id, f"{rule.say}.")


# ---- figures against figures ----------------------------------------------------------------------------------------


def _compare(figures: Figures, comparison: str) -> Iterator[Hit]:
    left, operator, right = _COMPARISON.fullmatch(comparison).groups()  # type: ignore[union-attr]
    parts = left.split(" + ")
    for reporter, item, period in list(figures.cells):
        if item != right:
            continue
        cells = [figures.cells.get((reporter, code, period)) for code in parts]
        if None in cells:
            continue
        total = figures.cells[reporter, item, period]
        summed = sum(Decimal(cell.value) for cell in cells)  # type: ignore[union-attr]
        if (summed != Decimal(total.value)) if operator == "=" else (summed > Decimal(total.value)):
            said = " + ".join(f"{c.cell}={c.value}" for c in cells if c)
            yield total, f"{said} so với {total.cell}={total.value}"


def _quarters(row: list[Observation]) -> list[int] | None:
    """The four quarters of a row; None where one is not a number, or lacks (a missing column, rows merged)."""
    cells = sorted((o for o in row if o.period.startswith("Q")), key=lambda o: o.period)
    if [o.period for o in cells] != ["Q1", "Q2", "Q3", "Q4"] or not all(o.value.isdigit() for o in cells):
        return None
    return [int(o.value) for o in cells]


def _blocks(figures: Figures, least: int) -> Iterator[tuple[list[Observation], list[list[int]]]]:
    """Each reporter's sheet with quarters: its first row, and the quarters of the rows that are not all zero."""
    sheets: dict[tuple[str, str], list[list[Observation]]] = {}
    for row in figures.rows:
        sheets.setdefault((row[0].reporter, row[0].objective), []).append(row)
    for rows in sheets.values():
        quarters = [q for q in map(_quarters, rows) if q and any(q)]
        if len(quarters) >= least:
            yield rows[0], quarters


def _cumulative(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    for first, rows in _blocks(figures, parameters["min_rows"]):
        rising = [q for q in rows if q[0] < q[-1]]
        if all(a <= b for q in rows for a, b in pairwise(q)) and len(rising) >= parameters["min_rows"]:
            yield first[0], f"{len(rows)} dòng, không quý nào giảm"


def _same_as_before(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    for first, rows in _blocks(figures, parameters["min_rows"]):
        for quarter in (1, 2, 3):
            now, before = [q[quarter] for q in rows], [q[quarter - 1] for q in rows]
            if now == before and len(set(now)) >= parameters["min_rows"]:
                at = next(o for o in first if o.period == f"Q{quarter + 1}")
                yield at, f"{len(rows)} dòng giống quý trước"


def _same_as_last_year(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Compare with the observations.csv of the year before, if the rules name one."""
    if not parameters["previous"]:
        return
    path = paths.ROOT / parameters["previous"]
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            previous = {tuple(row[key] for key in _PLACE): row["value"] for row in csv.DictReader(lines)}
    except (OSError, KeyError, UnicodeDecodeError):
        raise InputRefused(f"Không đọc được bảng số liệu năm trước {path.name} nêu trong checks.yaml.") from None
    sheets: dict[tuple[str, str], list[Observation]] = {}
    for o in figures.evidence.observations:
        if o.reported and o.value.isdigit() and int(o.value) > 0:
            sheets.setdefault((o.reporter, o.objective), []).append(o)
    for cells in sheets.values():
        if len(cells) >= parameters["min_rows"] and all(previous.get(_place(o)) == o.value for o in cells):
            yield cells[0], f"{len(cells)} ô giống năm trước"


_PLACE = ("reporter", "unit_code", "objective", "item", "period")


def _place(o: Observation) -> tuple[str, ...]:
    return tuple(getattr(o, key) for key in _PLACE)


# ---- sessions and attendance ----------------------------------------------------------------------------------------


def _sessions(figures: Figures) -> Iterator[tuple[Observation, str, int, int]]:
    """Each row of communication whose figures are all reported: its attendance cell, form, sessions, attendance."""
    for row in figures.rows:
        quarters = _quarters(row) if row[0].objective == "communication" else None
        attendance = next((o for o in row if o.item.endswith(":attendance") and o.reported), None)
        if quarters is not None and attendance is not None:
            form = attendance.item.removesuffix(":attendance")
            yield attendance, form, sum(quarters), int(attendance.value)


def _attendance(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Modified z-score (0.6745 x / MAD) of attendance per session among rows of the same form.

    When most rows are alike the MAD is 0; then a row stands out only if it is further from the median than
    max(3, 3 sqrt(median + 1)). It must also be three times the median or a third of it:
    attendance is skewed.
    """
    forms: dict[str, list[tuple[Observation, int]]] = {}
    for cell, form, sessions, people in _sessions(figures):
        if sessions and people:
            forms.setdefault(fold(form), []).append((cell, people // sessions))
    for rows in forms.values():
        ratios = [ratio for _, ratio in rows]
        middle = median(ratios)
        spread = median(abs(ratio - middle) for ratio in ratios)
        fallback = max(3.0, 3 * (middle + 1) ** 0.5)
        limit = max(parameters["score"] * spread / 0.6745, fallback)
        if len(rows) >= parameters["least"]:
            odd = ((o, r) for o, r in rows if abs(r - middle) > limit and not middle <= 3 * r <= 9 * middle)
            yield from ((o, f"khoảng {r} lượt mỗi cuộc; thường gặp {middle:.0f}") for o, r in odd)


def _sessions_without_attendance(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    forms = {fold(form) for form in parameters["forms"]}
    for cell, form, sessions, people in _sessions(figures):
        if sessions and not people and fold(form) in forms:
            yield cell, f"{sessions} cuộc, 0 lượt người"


def _attendance_without_sessions(figures: Figures, _: Mapping[str, Any]) -> Iterator[Hit]:
    yield from (
        (o, f"0 cuộc, {people} lượt người") for o, _, sessions, people in _sessions(figures) if people > sessions == 0
    )


# ---- documents ------------------------------------------------------------------------------------------------------


def _document_year(figures: Figures, _: Mapping[str, Any]) -> Iterator[Hit]:
    year = figures.evidence.plan.year
    for o in figures.evidence.observations:
        if (
            o.item.endswith(":document")
            and o.value == "given"
            and not any(int(y) == year for _, _, y in DATE.findall(o.raw))
        ):
            yield o, o.raw


def _done_without_document(figures: Figures, _: Mapping[str, Any]) -> Iterator[Hit]:
    for (reporter, item, period), o in figures.cells.items():
        done = figures.cells.get((reporter, item.replace(":document", ":carried_out"), period))
        if item.endswith(":document") and o.value == "none" and done and done.value == "yes":
            yield done, f"{o.cell}: {o.raw}; {done.cell}: {done.raw}"


# ---- notes ----------------------------------------------------------------------------------------------------------


def _whole(text: str) -> int:
    return int(text.replace(".", "") or 0)


def _text(note: Note) -> str:
    """The note in one Unicode form, without its dates."""
    return _PARTIAL_DATE.sub("", DATE.sub("", unicodedata.normalize("NFC", note.text)))


def _clauses(text: str) -> list[str]:
    return re.split(r";|\.(?!\d)", text)


def _note_sum(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """“22 người gồm 8 + 8 + 5”: the parts against the total before them, else against the row's own figures."""
    partial = re.compile("|".join(map(re.escape, parameters["partial_words"])), re.IGNORECASE)
    for note in figures.notes:
        for clause in _clauses(partial.sub("…", _text(note))):
            found = _SUM.search(clause)
            if not found or "…" in clause or "%" in found[2]:
                continue
            parts = _parts(found[2])
            totals = {_whole(found[1])} if found[1] else _row_figures(figures, note)
            # Two figures with a comma may be of two sorts (2 cuộc, 150 lượt người).
            claimed = len(parts) > 2 or (len(parts) == 2 and (found[1] or "+" in found[2]))
            if claimed and totals and sum(parts) not in totals:
                yield note, f"{note.text} (tổng các phần {sum(parts)})"


def _parts(listed: str) -> list[int]:
    """The first number of each item; where the first item begins with its number, of the items that do so too."""
    items = [found for item in _ITEM.split(listed) if (found := re.search(_NUMBER, item.strip()))]
    first = bool(items) and items[0].start() == 0
    return [_whole(found[1]) for found in items if not first or found.start() == 0]


def _row_figures(figures: Figures, note: Note) -> set[int]:
    row = re.sub(r"\D", "", note.cell)
    cells = [
        r
        for r in figures.rows
        if (r[0].sheet, re.sub(r"\D", "", r[0].cell), r[0].unit_code) == (note.sheet, row, note.unit_code)
    ]
    counts = (o for r in cells for o in r if not o.item.endswith(":budget"))
    values = [int(o.value) for o in counts if o.reported and o.value.isdigit()]
    quarters = [int(o.value) for r in cells for o in r if o.reported and o.period != "Y" and o.value.isdigit()]
    return {*values, sum(quarters)} if values else set()


def _note_percent(figures: Figures, _: Mapping[str, Any]) -> Iterator[Hit]:
    """“60/63 tỉnh (đạt 95,2%)”: the share against its own two figures, rounded or cut at its own decimals."""
    for note in figures.notes:
        for clause in _clauses(_CHANGE.sub("", _text(note))):
            ratios, shares = _RATIO.findall(clause), _PERCENT.findall(clause)
            if len(ratios) != 1 or len(shares) != 1 or not _whole(ratios[0][1]):
                continue
            exact = Decimal(100 * _whole(ratios[0][0])) / _whole(ratios[0][1])
            shown = Decimal(shares[0].replace(",", "."))
            if shown not in {exact.quantize(shown, how) for how in (ROUND_HALF_UP, ROUND_DOWN)}:
                yield note, f"{note.text} (tính được {exact:.2f}%)".replace(".", ",")


def _note_denominator(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """“27/29 xã”: a number of units that is not the register's."""
    register = figures.evidence.register
    for note in figures.notes:
        text = _text(note)
        for found in _RATIO.finditer(text):
            unit = _UNITS.match(text, found.end())
            if not unit or any(
                text[unit.end() :].casefold().lstrip().startswith(w) for w in parameters["subset_words"]
            ):
                continue
            reporter = (
                note.unit_code
                if note.unit_code in {u.code for u in register.reporters}
                else register.units[note.unit_code].parent
            )
            kinds = [kind.strip().casefold() for kind in unit[1].split(",")]
            communes = register.communes(reporter)
            right = (
                {len(register.districts)}
                if kinds[0] == "huyện"
                else {len(communes), sum(u.type.casefold() in kinds for u in communes)}
            )
            if _whole(found[2]) not in right:
                yield note, f"{note.text} (danh mục: {max(right)})"


_CHECKS: dict[str, Callable[[Figures, Mapping[str, Any]], Iterator[Hit]]] = {
    "cumulative": _cumulative,
    "same_as_before": _same_as_before,
    "same_as_last_year": _same_as_last_year,
    "attendance": _attendance,
    "sessions_without_attendance": _sessions_without_attendance,
    "attendance_without_sessions": _attendance_without_sessions,
    "document_year": _document_year,
    "done_without_document": _done_without_document,
    "note_sum": _note_sum,
    "note_percent": _note_percent,
    "note_denominator": _note_denominator,
}
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "cumulative": ("min_rows",),
    "same_as_before": ("min_rows",),
    "same_as_last_year": ("min_rows", "previous"),
    "attendance": ("score", "least"),
    "sessions_without_attendance": ("forms",),
    "note_sum": ("partial_words",),
    "note_denominator": ("subset_words",),
}


def examine(folder: Path, project: Project) -> Intake:
    """Read the returns of a folder and hold them against the rules; raises InputRefused when there is no folder."""
    intake = take_in(folder, project.plan, project.form, project.register)
    notes = {content.file: tuple(content.notes) for content in intake.contents}
    faults = (*intake.faults, *consistency(intake.evidence, notes))
    return replace(intake, faults=tuple(worst_first(faults)))
