"""Compute the tightest intervals about persons that follow from a published set and the public rules.

    python tests/attack.py PUBLISHED

Reads what anybody may read (CSV, pages, notebooks and Excel files of the set; of the rules the
policy, the form, the list of indicators and the register) and nothing of the package. Ends with 1
where an interval is narrower than `width` of data/disclosure.yaml or lies within 1 to 4.

A variable is (unit, item, period); a fact says that a sum of variables lies between two numbers.
The intervals follow by propagation of facts until nothing moves. They hold whatever is true; a
linear programme found none that were tighter. An insider is a unit whose own numbers are facts too.
"""

import csv
import html
import json
import math
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import openpyxl
from yaml_files import read_yaml

DATA = Path(__file__).parents[1] / "data"
QUARTERS = {"quý i": "Q1", "quý ii": "Q2", "quý iii": "Q3", "quý iv": "Q4"}
YEAR, WHOLE, BODIES = "year", "whole", "các cơ quan cấp tỉnh"
BEFORE = "before"  # the head, and the mark of its variables, of the year before
YES, NO, HELD_BACK = "yes", "no", "held back"
FINES, INSPECTIONS, PLACES, MODELS = "6.11", "6.1", "6.2", "persons"
KINDS = ("6.8", "6.9", "6.10")  # of the persons of 6.7
SHEETS = {"3": "harm_reduction", "4": "support_model", "6": "enforcement"}

Variable = tuple[str, str, str]
Word = str | tuple[str, float]


class Fact(NamedTuple):
    """The sum of some variables, each times a factor, lies between two numbers."""

    factors: dict[Variable, int]
    low: float
    high: float


@dataclass
class Rules:
    """The public rules: the policy, what a label means, who a name is."""

    base: int
    width: int
    parts: int
    summed: dict[str, str]
    coarse: dict[str, str]
    never: dict[str, str]
    province_only: dict[str, str]
    beyond: dict[str, str]
    exceptions: tuple[str, ...]
    items: dict[str, str] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    province: str = ""

    def sheet_of(self, item: str) -> str:
        """The objective whose sheet holds an item."""
        return self.about_persons[item]

    @property
    def about_persons(self) -> dict[str, str]:
        """The objective of each item about persons."""
        return self.summed | self.coarse | self.never


@dataclass
class Edition:
    """The values and texts of one published set."""

    said: dict[Variable, set[Word]] = field(default_factory=lambda: defaultdict(set))
    cells: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)  # reported, lacking
    sent: dict[str, str] = field(default_factory=dict)
    models: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    before: dict[Variable, set[Word]] = field(default_factory=lambda: defaultdict(set))
    changes: dict[tuple[str, str], float] = field(default_factory=dict)  # this year less the other


def load_rules(
    policy: Path = DATA / "disclosure.yaml", register: Path = DATA / "units/phu_tho_2017.csv"
) -> Rules:
    """Read the rules from the files that everybody has."""
    text = read_yaml(policy)
    form = read_yaml(DATA / "forms/return_v1.yaml")
    by_item = [
        {item: slug for slug, own in text[group].items() for item in own}
        for group in ("summed", "coarse", "never", "province_only")
    ]
    beyond = {item: public for own in text["beyond"].values() for item, public in own.items()}
    excepted = (item for own in text["exceptions"].values() for item in own)
    numbers = (text[key] for key in ("base", "width", "parts"))
    rules = Rules(*numbers, *by_item, beyond, (*excepted,))
    for sheet in form["sheets"]:
        for row in sheet.get("items") or ():
            for label in (row["label"], f"{row['code']} {row['label']}"):
                rules.items[folded(label)] = str(row["code"])
                for words in ("số người được tiếp cận",):
                    rules.items[folded(f"{label}: {words}")] = f"{row['code']}:persons"
    with (DATA / "figures.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["kind"] in ("sum", "own"):
                rules.figures[row["name"]] = row["item"]
                if row["label"] and row["kind"] == "sum":
                    rules.items[folded(row["label"])] = row["item"]
    with register.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            level = "district" if "district_code" in row else "commune"
            name = folded(f"{row[f'{level}_type']} {row[f'{level}_name']}")
            rules.units[name] = row[f"{level}_code"]
            whole = folded(f"{row['province_type']} {row['province_name']}")
            rules.units |= {whole: WHOLE, BODIES: row["province_code"]}
            rules.province = row["province_code"]
    return rules


def folded(text: str) -> str:
    """Fold a text for comparison: one line, lower case, no measure in brackets at its end."""
    plain = " ".join(unicodedata.normalize("NFC", html.unescape(text)).split()).casefold()
    return re.sub(r" \([^()]*\)$", "", plain)


def said_by(text: str) -> Word | None:
    """Return the content of a cell: yes, no, suppressed, a number, or a range of numbers."""
    plain = folded(re.sub(r"^[●▲■◊–]\s*", "", text.strip())).rstrip("*")
    if plain in ("có", "không"):
        return YES if plain == "có" else NO
    if plain.startswith("không công bố"):
        return HELD_BACK
    found = re.fullmatch(r"(khoảng |dưới )?(\d{1,3}(?:\.\d{3})*|\d+)(,\d+)?", plain)
    if not found:
        return None
    number = float(found[2].replace(".", "") + (found[3] or "").replace(",", "."))
    return (found[1] or "").strip(), number


# ---- reading a folder ----------------------------------------------------------------------------


def read_edition(folder: Path, rules: Rules) -> Edition:
    """Read everything in a published folder that may be about persons."""
    edition = Edition()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        unit = _unit_of(file.relative_to(folder), rules)
        for rows in _tables(file):
            _read_table(rows, unit, rules, edition)
            _read_received(rows, file, rules, edition)
        for text in _texts(file):
            _read_text(text, unit, rules, edition)
    _read_figures(folder / "indicators.csv", rules, edition)
    return edition


def _unit_of(place: Path, rules: Rules) -> str:
    """Return the unit of a file by its folder: districts/230-doan-hung."""
    if place.parts[0] in ("districts", "communes"):
        return place.parts[1].partition("-")[0]
    return WHOLE


def _tables(file: Path) -> Iterator[list[list[str]]]:
    """Return the tables of a file as rows of text, the header first."""
    if file.suffix in (".html", ".ipynb"):
        for table in re.findall(r"<table.*?</table>", _html(file), re.DOTALL):
            rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
            yield [
                [_plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", r, re.DOTALL)]
                for r in rows
            ]
    elif file.suffix == ".xlsx":
        for sheet in openpyxl.load_workbook(file).worksheets:
            yield [[str(value) for value in row if value is not None] for row in sheet.values]
    elif file.suffix == ".csv" and file.name != "indicators.csv":
        with file.open(encoding="utf-8-sig", newline="") as opened:
            yield list(csv.reader(opened))


def _texts(file: Path) -> Iterator[str]:
    """Return the texts of a file outside its tables, with the descriptions of pictures."""
    if file.suffix in (".html", ".ipynb"):
        text = re.sub(r"<table.*?</table>", " ", _html(file), flags=re.DOTALL)
        yield from map(html.unescape, re.findall(r'alt="([^"]*)"', text))
        yield from map(_plain, re.findall(r"<(?:p|li|td)\b.*?</(?:p|li|td)>", text, re.DOTALL))


def _html(file: Path) -> str:
    """The HTML of a page, or of all that a notebook shows."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".html":
        return re.sub(r"base64,[A-Za-z0-9+/=]*", "", text)
    shown = [o for cell in json.loads(text)["cells"] for o in cell.get("outputs", ())]
    return "\n".join("".join(output.get("data", {}).get("text/html", ())) for output in shown)


def _plain(cell: str) -> str:
    return " ".join(html.unescape(re.sub(r"<.*?>", "", cell)).split())


def _read_table(rows: list[list[str]], unit: str, rules: Rules, edition: Edition) -> None:
    """The values beside or under the name of an item; the unit and the item stand left of them, or
    over them.
    """
    heads = [folded(head) for head in rows[0]] if rows else []
    years = sorted(head for head in heads if re.fullmatch(r"năm 20\d\d", head))
    before = years[0] if len(years) > 1 else BEFORE
    for row in rows[1:]:
        who, what, when = unit, "", YEAR
        for at, cell in enumerate(row):
            text, head = folded(cell), heads[at] if at < len(heads) else ""
            if head == "tt":  # the number of a line
                continue
            if text in rules.units:
                who = rules.units[text]
            elif text in rules.items:
                what = rules.items[text]
            elif text in QUARTERS:
                when = QUARTERS[text]
            elif head in ("change", "percent"):
                if head == "change" and what and cell:
                    edition.changes[who, what] = float(cell)
            elif (item := rules.items.get(head, what)) and (word := said_by(cell)):
                said = edition.before if head in (before, f"{before}_words") else edition.said
                said[who, item, QUARTERS.get(head, when)].add(word)


def _read_received(rows: list[list[str]], file: Path, rules: Rules, edition: Edition) -> None:
    """Read the day of each return and the number of cells that it fills in by sheet."""
    heads = [folded(head) for head in rows[0]] if rows else []
    slug = SHEETS.get(file.name[:1], "")
    for row in rows[1:]:
        own = dict(zip(heads, row, strict=False))
        unit = rules.units.get(folded(row[0])) if row else None
        if unit and slug and {"có số liệu", "trống"} <= own.keys():
            told = [own[key].replace(".", "") for key in heads[heads.index("có số liệu") :]]
            counts = [int(count) if count.isdigit() else 0 for count in told]
            edition.cells[slug, unit] = counts[0], sum(counts[1:])
        if unit and re.match(r"\d", own.get("ngày gửi", "")):
            edition.sent[unit] = own["ngày gửi"]
        name = next((cell for cell in row if re.fullmatch(r"mô hình \d+", cell)), "")
        if unit and name and unit not in edition.models[name]:
            edition.models[name].append(unit)


def _read_text(text: str, unit: str, rules: Rules, edition: Edition) -> None:
    """Numbers behind the name of an item in a sentence."""
    plain = " ".join(unicodedata.normalize("NFC", text).split()).casefold()
    for label, item in rules.items.items():
        if label not in plain:
            continue
        number = r"(?: \([^()]*\))?:? ((?:khoảng |dưới )?\d[\d.]*(?:,\d+)?)\b"
        for found in re.findall(re.escape(label) + number, plain):
            if word := said_by(found.rstrip(".")):
                edition.said[unit, item, YEAR].add(word)


def _read_figures(file: Path, rules: Rules, edition: Edition) -> None:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        for row in csv.DictReader(opened):
            is_own = row["item"].startswith("own_")  # of the province's own bodies
            is_whole = row["unit_code"] == rules.province and not is_own
            unit = WHOLE if is_whole else row["unit_code"]
            item = rules.figures.get(row["item"])
            if item and (word := said_by(row["words"])):
                edition.said[unit, item, YEAR].add(word)


# ---- what follows --------------------------------------------------------------------------------


def behind(word: Word, base: int, whole: bool) -> tuple[float, float]:
    """Return the numbers that are published as this word; of whole numbers or not."""
    about, number = word
    if not about:
        return number, number
    least = 1 if whole else 0.01
    if about == "dưới":
        return least, number - least
    half = base / 2
    low = math.ceil(number - half) if whole else number - half
    high = math.ceil(number + half) - 1 if whole else number + half
    return max(base, low), high


class Known:
    """The facts of one edition; variables of a unit bear the day of its return."""

    def __init__(self, edition: Edition, rules: Rules) -> None:
        self.edition, self.rules = edition, rules
        self.units = sorted({*rules.units.values()} - {WHOLE})

    def unit(self, unit: str) -> str:
        """Return a unit with the day of its return: a later return is another number."""
        return f"{unit} {self.edition.sent.get(unit, '')}".strip()

    def parts(self, item: str) -> list[str]:
        """Return the units whose numbers a sum may hold; of models, each model once."""
        slug = self.rules.sheet_of(item)
        if item == MODELS and self.edition.models:
            return [self.model(name) for name in self.edition.models]
        units = [
            unit for unit in self.units if slug == "enforcement" or unit != self.rules.province
        ]
        some = (1, 0)
        return [self.unit(unit) for unit in units if self.edition.cells.get((slug, unit), some)[0]]

    def model(self, name: str) -> str:
        """The part that a model is: its first unit, and its name."""
        return f"{self.unit(min(self.edition.models[name]))} {name}"

    def full(self, unit: str) -> bool:
        """Return whether a unit filled in its whole enforcement sheet: comparisons then hold."""
        return self.edition.cells.get(("enforcement", unit), (0, 1))[1] == 0

    def facts(self, excepted: bool) -> Iterator[Fact]:
        """Return all facts; with `excepted` also those that the policy excepts."""
        for item in self.rules.about_persons:
            yield from self._of_units(item)
            yield from self._of_sums(item)
        yield from self._of_form(excepted)

    def sum_of(self, item: str) -> tuple[float, float]:
        """Return the bounds of the province's sum."""
        low, high = 0.0, math.inf
        for word in self.edition.said.get((WHOLE, item, YEAR), ()):
            if isinstance(word, tuple):
                least, most = behind(word, self.rules.base, item != FINES)
                low, high = max(low, least), min(high, most)
        return low, high

    def _of_units(self, item: str) -> Iterator[Fact]:
        by_quarter = item in self.rules.coarse or item.startswith("6.")
        for unit in self.units if item != MODELS else ():
            name = self.unit(unit)
            if by_quarter and name in self.parts(item):
                quarters = {(name, item, quarter): 1 for quarter in QUARTERS.values()}
                yield Fact(quarters | {(name, item, YEAR): -1}, 0, 0)
            for period in (YEAR, *QUARTERS.values()):
                for word in self.edition.said.get((unit, item, period), ()):
                    ends = {YES: (1, math.inf), NO: (0, 0), HELD_BACK: (0, math.inf)}.get(word)
                    low, high = ends or behind(word, self.rules.base, item != FINES)
                    yield Fact({(name, item, period): 1}, low, high)

    def _of_sums(self, item: str) -> Iterator[Fact]:
        """A sum, and what the policy says of one that is disclosed: whoever knows the largest part
        sees at least the width, and one for each other part, in the others; of an item in `beyond`
        in what goes beyond the public numbers.
        """
        (low, high), parts = self.sum_of(item), self.parts(item)
        yield Fact({(part, item, YEAR): 1 for part in parts}, low, high)
        if not math.isfinite(high) or high == 0 or item not in self.rules.summed:
            return
        floors = {part: self.floor(part, item) for part in parts}
        for part in parts:
            others = {(other, item, YEAR): 1 for other in parts if other != part}
            least = self.rules.width + self.rules.parts - 1 + sum(floors.values()) - floors[part]
            yield Fact(others, least, math.inf)
        if len(parts) <= self.rules.parts:
            yield from (Fact({(part, item, YEAR): 1}, floors[part] + 1, math.inf) for part in parts)

    def floor(self, part: str, item: str) -> float:
        """At least how many a unit has because another number of it is public."""
        unit = part.partition(" ")[0]
        public = self.rules.beyond.get(item)
        if not (public and self.full(unit)):
            return 0
        words = self.edition.said.get((unit, public, YEAR), ())
        return max((word[1] for word in words if isinstance(word, tuple)), default=0)

    def _of_form(self, excepted: bool) -> Iterator[Fact]:
        """Return the form's comparisons: kinds add up, persons are reached by an activity."""
        for unit in filter(self.full, self.units):
            name = self.unit(unit)
            yield Fact({(name, kind, YEAR): 1 for kind in KINDS} | {(name, "6.7", YEAR): -1}, 0, 0)
            for period in (YEAR, *QUARTERS.values()):
                for word in self.edition.said.get((unit, INSPECTIONS, period), ()):
                    if excepted and isinstance(word, tuple):
                        yield Fact({(name, PLACES, period): 1}, 0, word[1])
        for item in self.rules.beyond:
            for part in self.parts(item):
                yield Fact({(part, item, YEAR): 1}, self.floor(part, item), math.inf)
        for item in self.rules.summed:
            activity = item.removesuffix(":persons")
            for unit in self.units if item.endswith(":persons") else ():
                some = self._any(unit, activity)
                if some is not None and self.unit(unit) in self.parts(item):
                    yield Fact({(self.unit(unit), item, YEAR): 1}, some, math.inf if some else 0)

    def _any(self, unit: str, item: str) -> int | None:
        """Return 1 where a unit reports an activity in the year, 0 where it reports none."""
        words = {
            w
            for (who, what, _), own in self.edition.said.items()
            if (who, what) == (unit, item)
            for w in own
        }
        if YES in words or any(isinstance(word, tuple) and word[1] > 0 for word in words):
            return 1
        of_year = self.edition.said.get((unit, item, YEAR), set())
        lacking = self.edition.cells.get(("harm_reduction", unit), (0, 1))[1]
        return 0 if NO in of_year or (words and not lacking) else None


def tightened(
    facts: Iterable[Fact],
    known_box: Mapping[Variable, tuple[float, float]] | None = None,
    own: Sequence[Fact] = (),
) -> dict[Variable, tuple[float, float]]:
    """Return the intervals that follow, by propagation until none changes.

    `known_box`: those that follow from the facts without `own`, to begin with.
    """
    known = [*facts, *own]
    box = {name: (0.0, math.inf) for fact in known for name in fact.factors} | (known_box or {})
    changed = {name for fact in (own if known_box else known) for name in fact.factors}
    for _ in range(60):
        changed_before, changed = changed, set()
        for factors, low, high in known:
            if changed_before.isdisjoint(factors) and changed.isdisjoint(factors):
                continue  # it would say the same again
            ends = {n: sorted((f * box[n][0], f * box[n][1])) for n, f in factors.items()}
            whole = [sum(end[side] for end in ends.values()) for side in (0, 1)]
            for name, factor in factors.items():
                least, most = (
                    whole[side] - ends[name][side]
                    if math.isfinite(whole[side]) and name[1] != FINES
                    else sum(end[side] for other, end in ends.items() if other != name)
                    for side in (0, 1)
                )
                lower, upper = sorted(((low - most) / factor, (high - least) / factor))
                if name[1] != FINES:  # persons, places and activities are whole
                    lower = math.ceil(lower - 1e-9) if math.isfinite(lower) else lower
                    upper = math.floor(upper + 1e-9) if math.isfinite(upper) else upper
                narrowed = max(box[name][0], lower), min(box[name][1], upper)
                if narrowed != box[name]:
                    box[name] = narrowed
                    changed.add(name)
        if not changed:
            break
    return box


def attack(
    edition: Edition,
    rules: Rules,
    excepted: bool = False,
    own: Sequence[Fact] = (),
    known_box: Mapping[Variable, tuple[float, float]] | None = None,
) -> dict[Variable, tuple[float, float]]:
    """Return the tightest intervals from one edition, or from several of one year.

    `known_box`: what follows without the facts of `own`.
    """
    now = Known(edition, rules).facts(excepted)
    return tightened([*now, *year_before(edition, rules, excepted)], known_box, own)


def year_before(edition: Edition, rules: Rules, excepted: bool) -> Iterator[Fact]:
    """Return the facts about the previous year, and those that tie it to this one."""
    if not edition.before:
        return
    now, then = Known(edition, rules), Known(Edition(said=edition.before), rules)
    for factors, low, high in then.facts(excepted):
        yield Fact(
            {(*name[:2], f"{name[2]} {BEFORE}"): f for name, f in factors.items()}, low, high
        )
    for (unit, item), change in edition.changes.items():
        if item in rules.about_persons:
            parts = [
                [known.unit(unit)] if unit != WHOLE else known.parts(item) for known in (now, then)
            ]
            factors = {(part, item, YEAR): 1 for part in parts[0]}
            factors |= {(part, item, f"{YEAR} {BEFORE}"): -1 for part in parts[1]}
            yield Fact(factors, change, change)


def too_narrow(
    box: dict[Variable, tuple[float, float]], width: int
) -> dict[Variable, tuple[float, float]]:
    """Return the intervals that disclose too much; a published 0 is about no person."""
    return {
        name: (low, high)
        for name, (low, high) in box.items()
        if 0 < high >= low and (high - low < width or few(low, high))
    }


def few(low: float, high: float) -> bool:
    """Return whether at least one person and fewer than five follow."""
    return low >= 1 and high <= 4


def main(folder: str) -> int:
    """Print the intervals that follow from the folders."""
    rules = load_rules()
    edition = read_edition(Path(folder), rules)
    found = too_narrow(attack(edition, rules), rules.width)
    for (unit, item, period), (low, high) in sorted(found.items()):
        print(f"{unit:16} {item:14} {period:5} {low:g}..{high:g}")
    close = sum(few(*ends) for ends in found.values())
    print(f"{len(found)} narrower than {rules.width} or within 1 to 4 ({close} of these)")
    allowed = too_narrow(attack(edition, rules, excepted=True), rules.width)
    more = {name for name in allowed.keys() - found.keys() if name[1] in rules.exceptions}
    print(f"{len(more)} more by what the policy excepts ({', '.join(rules.exceptions)})")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
