"""What readers may know of a set: its findings and indicators, and how each of them is printed.

The site and the Word reviews take every number from here: what is withheld never reaches them.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from pcmd_eval.errors import InputRefused
from pcmd_eval.findings import Finding, load_findings
from pcmd_eval.indicators import Indicator, Status, load_indicators
from pcmd_eval.project import Project
from pcmd_eval.spelling import order
from pcmd_eval.tables import STANDINGS
from pcmd_eval.units import Unit
from pcmd_eval.wording import LOOKS, RETURN_WORDS, Verdict, number, short_date

MARKER = "…"  # withheld
DASH = "–"  # not known, or there is none
MARKER_WORDS = "…: không công bố, vì số này có thể cho biết về một vài người."
DASH_WORDS = "–: không có hoặc chưa biết; không phải số 0."
STAR = "*"  # a sum of what is known, while more is not
STAR_WORDS = "*: tổng của những số đã biết; còn thiếu số liệu nên số đầy đủ có thể lớn hơn."
# Counts beside which stands how many parts are not known: they take no star.
_DIVIDED = ("communes", "maintaining", "unclear", "not_maintaining")

# What a value that is a word means, by the indicator that holds it; all others are standings.
_WORDS: dict[str, Mapping[str, str]] = {
    "state": RETURN_WORDS,
    "late": {"yes": "có", "no": "không"},
    "verdict": {verdict.value: look.word for verdict, look in LOOKS.items()},
}
_STANDINGS = {standing.value: look.word for standing, look in STANDINGS.items()} | {"silent": "Chưa cho biết"}
_DATES = ("sent", "cutoff")


@dataclass(frozen=True)
class Published:
    """The findings and indicators of a set, by unit code; the whole province is the register's province."""

    project: Project
    findings: list[Finding]
    indicators: list[Indicator]
    illustrative: bool

    @cached_property
    def _findings(self) -> dict[tuple[str, str], Finding]:
        return {(f.unit_code, f.objective): f for f in self.findings}

    @cached_property
    def _indicators(self) -> dict[tuple[str, str, str], Indicator]:
        return {(i.unit_code, i.objective, i.indicator): i for i in self.indicators}

    @property
    def province(self) -> Unit:
        """The province of the plan."""
        return self.project.register.province

    @cached_property
    def districts(self) -> list[Unit]:
        """The districts as Vietnamese dictionaries order them: an order that ranks nobody."""
        return sorted(self.project.register.districts, key=lambda unit: order(unit.name))

    @property
    def units(self) -> list[Unit]:
        """The districts, then the province."""
        return [*self.districts, self.province]

    def finding(self, unit: str, slug: str) -> Finding:
        """The finding of a unit on an objective."""
        return self._findings[unit, slug]

    def indicator(self, unit: str, objective: str, key: str) -> Indicator | None:
        """An indicator, however it stands; None where the unit has none of that name."""
        return self._indicators.get((unit, objective, key))

    def value(self, unit: str, objective: str, key: str) -> str:
        """The value as indicators.csv has it; "" where it is withheld, not known, sums nothing, or there is none."""
        found = self.indicator(unit, objective, key)
        if found is None or found.status is not Status.SHOWN:
            return ""
        return "" if found.value == "0" and found.known == 0 and found.expected else found.value

    def count(self, unit: str, objective: str, key: str) -> int | None:
        """The value as a whole number, for sentences; None where it is withheld, not known or there is none."""
        value = self.value(unit, objective, key)
        return int(value) if value else None

    def withheld(self, unit: str, objective: str, key: str) -> bool:
        """Whether the value may not be told."""
        found = self.indicator(unit, objective, key)
        return bool(found and found.status is Status.WITHHELD)

    def partial(self, unit: str, objective: str, key: str) -> bool:
        """Whether the value rests on fewer parts than it should."""
        found = self.indicator(unit, objective, key)
        return bool(found and found.known is not None and found.expected is not None and found.known < found.expected)

    def starred(self, unit: str, objective: str, key: str) -> bool:
        """Whether readers see a star behind the value: the one rule for pages, tables and sentences."""
        if key.removeprefix("own.") in _DIVIDED or not self.value(unit, objective, key):
            return False
        return self.partial(unit, objective, key)

    def shown(self, unit: str, objective: str, key: str) -> str:
        """The value as readers see it: 1.234, 1.234,5, 20/12/2001, a word, "…" if withheld, "–" if not known."""
        if self.withheld(unit, objective, key):
            return MARKER
        value = self.value(unit, objective, key)
        if not value:
            return DASH
        name = key.removeprefix("own.")
        if name in _WORDS:
            return _WORDS[name][value]
        if name in _DATES:
            return short_date(date.fromisoformat(value))
        return _STANDINGS[value] if value in _STANDINGS else number(int(value) if value.isdecimal() else Decimal(value))


def open_published(project: Project, folder: Path) -> Published:
    """The set in `folder`; raises InputRefused if it is not there."""
    findings = [finding_of_row(row) for row in load_findings(folder / "findings.csv")]
    try:
        indicators = load_indicators(folder / "indicators.csv")
        record = json.loads((folder / "run.json").read_bytes())
    except FileNotFoundError as error:
        name = Path(error.filename).name
        raise InputRefused(f"Chưa có tệp {name} trong bộ đã công bố. Chạy “pcmd-eval run” trước.") from None
    return Published(project, findings, indicators, bool(record["illustrative"]))


def findings_of(content: bytes) -> list[Finding]:
    """The findings that a findings.csv holds."""
    return [finding_of_row(row) for row in csv.DictReader(io.StringIO(content.decode(), newline=""))]


def finding_of_row(row: Mapping[str, str]) -> Finding:
    """The finding that a row of findings.csv holds."""
    texts = {key: row[key] for key in ("plan", "unit_code", "unit_name", "objective", "reason", "target", "basis")}
    numbers = {key: int(row[key]) if row[key] else None for key in ("low", "high", "needed", "total")}
    return Finding(**texts, **numbers, year=int(row["year"]), verdict=Verdict(row["verdict"]))  # type: ignore[arg-type]
