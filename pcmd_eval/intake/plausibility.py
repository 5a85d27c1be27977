"""Checks of a return's figures against each other: parts and totals, quarters, sessions and attendance, documents."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Any

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.intake.cells import DATE
from pcmd_eval.intake.pages import Note
from pcmd_eval.observations import Evidence, Observation
from pcmd_eval.spelling import fold
from pcmd_eval.units import Unit

COMPARISON = re.compile(r"(\d+\.\d+(?: \+ \d+\.\d+)*) (=|<=) (\d+\.\d+)")


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


# ---- figures against figures ----------------------------------------------------------------------------------------


def compare(figures: Figures, comparison: str) -> Iterator[Hit]:
    """Where the summed left side and the right side of a comparison break it, in a period in which all are reported."""
    left, operator, right = COMPARISON.fullmatch(comparison).groups()  # type: ignore[union-attr]
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


def cumulative(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Sheets in which no row ever falls from quarter to quarter: the figures may have been added up."""
    for first, rows in _blocks(figures, parameters["min_rows"]):
        rising = [q for q in rows if q[0] < q[-1]]
        if all(a <= b for q in rows for a, b in pairwise(q)) and len(rising) >= parameters["min_rows"]:
            yield first[0], f"{len(rows)} dòng, không quý nào giảm"


def same_as_before(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Sheets whose every row repeats the quarter before."""
    for first, rows in _blocks(figures, parameters["min_rows"]):
        for quarter in (1, 2, 3):
            now, before = [q[quarter] for q in rows], [q[quarter - 1] for q in rows]
            if now == before and len(set(now)) >= parameters["min_rows"]:
                at = next(o for o in first if o.period == f"Q{quarter + 1}")
                yield at, f"{len(rows)} dòng giống quý trước"


def same_as_last_year(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
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


def attendance(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
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


def sessions_without_attendance(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
    """Forms with an audience, held, to which nobody came."""
    forms = {fold(form) for form in parameters["forms"]}
    for cell, form, sessions, people in _sessions(figures):
        if sessions and not people and fold(form) in forms:
            yield cell, f"{sessions} cuộc, 0 lượt người"


def attendance_without_sessions(figures: Figures, _: Mapping[str, Any]) -> Iterator[Hit]:
    """People who attended nothing."""
    yield from (
        (o, f"0 cuộc, {people} lượt người") for o, _, sessions, people in _sessions(figures) if people > sessions == 0
    )


# ---- documents ------------------------------------------------------------------------------------------------------


def document_year(figures: Figures, _: Mapping[str, Any]) -> Iterator[Hit]:
    """Documents none of whose dates is of the plan's year."""
    year = figures.evidence.plan.year
    for o in figures.evidence.observations:
        if (
            o.item.endswith(":document")
            and o.value == "given"
            and not any(int(y) == year for _, _, y in DATE.findall(o.raw))
        ):
            yield o, o.raw


def done_without_document(figures: Figures, _: Mapping[str, Any]) -> Iterator[Hit]:
    """Programmes carried out although there is no document."""
    for (reporter, item, period), o in figures.cells.items():
        done = figures.cells.get((reporter, item.replace(":document", ":carried_out"), period))
        if item.endswith(":document") and o.value == "none" and done and done.value == "yes":
            yield done, f"{o.cell}: {o.raw}; {done.cell}: {done.raw}"
