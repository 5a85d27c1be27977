"""Checks of what somebody wrote beside the figures: sums, percentages and numbers of units that a note claims."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from pcmd_eval.intake.cells import DATE
from pcmd_eval.intake.pages import Note
from pcmd_eval.intake.plausibility import Figures, Hit

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


def _whole(text: str) -> int:
    return int(text.replace(".", "") or 0)


def _text(note: Note) -> str:
    """The note in one Unicode form, without its dates."""
    return _PARTIAL_DATE.sub("", DATE.sub("", unicodedata.normalize("NFC", note.text)))


def _clauses(text: str) -> list[str]:
    return re.split(r";|\.(?!\d)", text)


def note_sum(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
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


def note_percent(figures: Figures, _: Mapping[str, Any]) -> Iterator[Hit]:
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


def note_denominator(figures: Figures, parameters: Mapping[str, Any]) -> Iterator[Hit]:
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
