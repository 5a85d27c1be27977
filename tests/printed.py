"""Whether every number in print stands in what is published: for pages, documents and any other text.

    allowed = allowed_numbers(findings_csv_bytes, indicators_csv_bytes, *texts)
    assert not stray_numbers(page_text(html), allowed)

A number is a run of digits with points and commas inside it: 1.234 and 74,73 and 6.11 are one each, 14/3/2017 is
three. Small numbers stand in many places, so that this catches numbers from elsewhere, not two that changed places.
Nothing here uses the package: it is another opinion.
"""

import csv
import io
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from bs4 import BeautifulSoup

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def numbers(text: str) -> list[str]:
    """The numbers of a text as they are written; 05 is 5, as in dates and official prose."""
    return [_plain(found) for found in NUMBER.findall(text)]


def _plain(written: str) -> str:
    return written[1] if re.fullmatch(r"0\d", written) else written


def stray_numbers(text: str, allowed: set[str]) -> list[str]:
    """Every number of the text that is not allowed, with its surroundings."""
    found = (m for m in NUMBER.finditer(text) if _plain(m[0]) not in allowed)
    return [f"{m[0]}: …{' '.join(text[max(0, m.start() - 40) : m.end() + 40].split())}…" for m in found]


def page_text(html: bytes | str) -> str:
    """What a page tells: its text (not its style), alternative texts and labels, page title."""
    page = BeautifulSoup(html, "html.parser")
    for tag in page(["style", "script"]):
        tag.decompose()
    spoken = [tag[name] for tag in page.find_all(True) for name in ("alt", "aria-label", "title") if tag.get(name)]
    return "\n".join([page.get_text(" "), *spoken])


def written(value: str) -> str:
    """A number of a CSV file as it is printed: 1234.5 is 1.234,5."""
    whole, _, part = value.partition(".")
    return f"{int(whole):,}".replace(",", ".") + (f",{part}" if part else "")


def allowed_numbers(findings: bytes, indicators: bytes, *texts: str) -> set[str]:
    """The numbers that may be printed: those of the two tables as they are written, shares of them, and of `texts`."""
    allowed = {number for text in texts for number in numbers(text)}
    for row in _rows(findings):
        counts = [int(row[key]) for key in ("low", "high", "needed", "total") if row[key]]
        allowed |= {written(str(count)) for count in counts}
        allowed |= {n for key in ("plan", "year", "unit_code", "target", "reason") for n in numbers(row[key])}
        if row["total"] and int(row["total"]):
            parts = [int(row[key]) for key in ("low", "high") if row[key]]
            allowed |= {share for part in parts for share in shares(part, int(row["total"]))}
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for row in _rows(indicators):
        value = row["value"]
        allowed |= set(numbers(value)) if re.search(r"[a-z]|\d-", value) else {written(value)} if value else set()
        allowed |= {written(row[key]) for key in ("known", "expected") if row[key]}
        name = row["indicator"]
        allowed |= set(numbers(name))  # codes of the form: 3.1.1, M01
        if name.removeprefix("own.") in ("expected", "reported") and value:
            own = (row["unit_code"], name.startswith("own."))
            cells.setdefault(own, {})[name.removeprefix("own.")] = value
    for pair in cells.values():
        if len(pair) == 2 and int(pair["expected"]):
            allowed |= shares(int(pair["reported"]), int(pair["expected"]))
    return allowed


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def shares(part: int, whole: int) -> set[str]:
    """A share in percent, rounded to two up to six decimals, without closing zeros."""
    exact = Fraction(part * 100, whole)
    found = set()
    for places in range(2, 7):
        scaled = Decimal(exact.numerator) / Decimal(exact.denominator)
        shown = str(scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
        found.add(written(shown.rstrip("0").rstrip(".")))
    return found


def texts_of(value: Any) -> list[str]:
    """Every text and number inside a value read from YAML or made of models, as texts."""
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts_of(part)]
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [text for part in value for text in texts_of(part)]
    return [] if value is None else [str(value)]


def known_texts(project: Any) -> list[str]:
    """What the plan, the register and the form say themselves: their numbers may be printed anywhere."""
    register = project.register
    units = [*register.units.values(), len(register.reporters), len(register.districts)]
    items = [[i.code, i.label, i.measure] for sheet in project.form.sheets for i in sheet.items]
    heads = [c.header for sheet in project.form.sheets for c in sheet.columns]
    return texts_of([project.plan, [getattr(u, "code", u) for u in units], items, heads])
