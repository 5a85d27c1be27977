"""Compute the tightest intervals about persons that follow from a published set and the public
rules.

    python tests/attack.py PUBLISHED

Reads what anybody may read (CSV, pages, notebooks and Excel files of the set; of the rules the
policy, the form, the list of indicators and the register) and nothing of the package. Ends with 1
where an interval is narrower than `width` of data/disclosure.yaml or lies within 1 to 4.

A variable is (unit, item, period). A reader knows bounds of each unit's number, which units have
one, the rounded sum or that it is withheld, and the rule by which it is; a reporter knows its own
numbers, too. Of all whole numbers that fit, the least and the greatest of each unit are computed.
"""

import csv
import html
import json
import math
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import openpyxl
from yaml_files import read_yaml

DATA = Path(__file__).parents[1] / "data"
QUARTERS = {"quý i": "Q1", "quý ii": "Q2", "quý iii": "Q3", "quý iv": "Q4"}
YEAR, WHOLE, BODIES = "year", "whole", "các cơ quan cấp tỉnh"
YES, NO, WITHHELD = "yes", "no", "withheld"
FINES, INSPECTIONS, PLACES, MODELS = "6.11", "6.1", "6.2", "persons"
ROUNDED = ("rounded", "đã làm tròn")  # the value of such a row stands for several numbers
SHEETS = {"3": "harm_reduction", "4": "support_model", "6": "enforcement"}

Variable = tuple[str, str, str]
Word = str | tuple[str, float]
Interval = tuple[float, float]
Box = dict[Variable, Interval]
UNKNOWN: Interval = (0, math.inf)


@dataclass
class Rules:
    """The public rules: the policy, what a label means, who a name is."""

    base: int
    least: int
    average: int
    parts: int
    width: int
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

    @property
    def about_persons(self) -> dict[str, str]:
        """The objective of each item about persons."""
        return self.summed | self.coarse | self.never


@dataclass
class Edition:
    """The values and texts of one published set."""

    statements: dict[Variable, set[Word]] = field(default_factory=lambda: defaultdict(set))
    cells: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)  # reported, lacking
    models: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    before: set[Variable] = field(default_factory=set)  # that a comparison of years speaks of


def load_rules(
    policy: Path = DATA / "disclosure.yaml", register: Path = DATA / "units/phu_tho_2017.csv"
) -> Rules:
    """Read the rules from the files that everybody has."""
    text = read_yaml(policy)
    form = read_yaml(DATA / "forms/return_v1.yaml")
    by_item = [
        {item: slug for slug, items in text[group].items() for item in items}
        for group in ("summed", "coarse", "never", "province_only")
    ]
    beyond = {item: public for pair in text["beyond"].values() for item, public in pair.items()}
    excepted = (item for items in text["exceptions"].values() for item in items)
    numbers = (text[key] for key in ("base", "least", "average", "parts", "width"))
    rules = Rules(*numbers, *by_item, beyond, (*excepted,))
    for sheet in form["sheets"]:
        for row in sheet.get("items") or ():
            for label in (row["label"], f"{row['code']} {row['label']}"):
                rules.items[folded(label)] = str(row["code"])
                persons = folded(f"{label}: số người được tiếp cận")
                rules.items[persons] = f"{row['code']}:persons"
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


def parse_word(text: str) -> Word | None:
    """Return the content of a cell: yes, no, suppressed, a number, or a range of numbers."""
    plain = folded(re.sub(r"^[●▲■◊–]\s*", "", text.strip())).rstrip("*")
    if plain in ("có", "không"):
        return YES if plain == "có" else NO
    if plain.startswith("không công bố"):
        return WITHHELD
    match = re.fullmatch(r"(khoảng |dưới )?(\d{1,3}(?:\.\d{3})*|\d+)(,\d+)?", plain)
    if not match:
        return None
    number = float(match[2].replace(".", "") + (match[3] or "").replace(",", "."))
    return (match[1] or "").strip(), number


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
            rows = [[str(cell or "") for cell in row] for row in sheet.values]
            heads = [at for at, row in enumerate(rows[:2]) if all(row)]  # a title may stand over it
            yield rows[heads[0] :] if heads else rows
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
    outputs = [o for cell in json.loads(text)["cells"] for o in cell.get("outputs", ())]
    return "\n".join("".join(output.get("data", {}).get("text/html", ())) for output in outputs)


def _plain(cell: str) -> str:
    return " ".join(html.unescape(re.sub(r"<.*?>", "", cell)).split())


def _read_table(rows: list[list[str]], unit: str, rules: Rules, edition: Edition) -> None:
    """The values beside or under the name of an item; the unit and the item stand left of them, or
    over them.
    """
    heads = [folded(head) for head in rows[0]] if rows else []
    years = sorted(head for head in heads if re.fullmatch(r"năm 20\d\d", head))
    earlier = {"before", "change", "percent", *years[:-1]}
    for row in rows[1:]:
        who, what, when = unit, "", YEAR
        rounding = "khoảng" if {*ROUNDED}.intersection(map(folded, row)) else ""
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
            elif (item := rules.items.get(head, what)) and (word := parse_word(cell)):
                if head in earlier:
                    edition.before |= {(who, item, YEAR)} if item in rules.about_persons else set()
                    continue
                exact = isinstance(word, tuple) and not word[0]
                word = (rounding, word[1]) if exact else word
                edition.statements[who, item, QUARTERS.get(head, when)].add(word)


def _read_received(rows: list[list[str]], file: Path, rules: Rules, edition: Edition) -> None:
    """Read the number of cells that each return fills in by sheet, and who lists which model."""
    heads = [folded(head) for head in rows[0]] if rows else []
    slug = SHEETS.get(file.name[:1], "")
    for row in rows[1:]:
        entries = dict(zip(heads, row, strict=False))
        unit = rules.units.get(folded(row[0])) if row else None
        if unit and slug and {"có số liệu", "trống"} <= entries.keys():
            texts = [entries[key].replace(".", "") for key in heads[heads.index("có số liệu") :]]
            counts = [int(count) if count.isdigit() else 0 for count in texts]
            edition.cells[slug, unit] = counts[0], sum(counts[1:])
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
        for text_of_number in re.findall(re.escape(label) + number, plain):
            if word := parse_word(text_of_number.rstrip(".")):
                edition.statements[unit, item, YEAR].add(word)


def _read_figures(file: Path, rules: Rules, edition: Edition) -> None:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        for row in csv.DictReader(opened):
            is_of_bodies = row["item"].startswith("own_")  # the province's own
            is_whole = row["unit_code"] == rules.province and not is_of_bodies
            unit = WHOLE if is_whole else row["unit_code"]
            item = rules.figures.get(row["item"])
            for word in filter(None, map(parse_word, (row["words"], row.get("value", "")))):
                exact = isinstance(word, tuple) and not word[0]
                rounding = "khoảng" if row.get("precision") in ROUNDED else ""
                if item:
                    edition.statements[unit, item, YEAR].add((rounding, word[1]) if exact else word)


# ---- what one sum discloses ----------------------------------------------------------------------


@dataclass(frozen=True)
class Sum:
    """What a reader knows of the parts of one sum, in whole numbers.

    `bounds`: of each part; what goes beyond the public numbers, where there are some. `total`: the
    sums that the published word stands for, WITHHELD, or "" if nothing is said. `readers`: the
    parts that are the reader's. `unit`: how many of these whole numbers make one person.
    """

    bounds: tuple[Interval, ...]
    total: Interval | str
    rules: Rules
    readers: frozenset[int] = frozenset()
    unit: int = 1

    def intervals(self) -> list[Interval]:
        """Return the least and the greatest number that each part can have.

        A sum that the rule cannot have disclosed still says what it says.
        """
        ends = self._intervals()
        if all(low <= high for low, high in ends):
            return ends
        free = replace(self.rules, least=0, average=0, parts=0, width=-(10**9))
        return replace(self, rules=free)._intervals()

    def _intervals(self) -> list[Interval]:
        ways = {WITHHELD: self._if_withheld, "": lambda at: [self.bounds[at]]}
        possible = ways[self.total] if isinstance(self.total, str) else self._if_disclosed
        known: dict[tuple[Interval, bool], Interval] = {}
        keys = [(bounds, at in self.readers) for at, bounds in enumerate(self.bounds)]
        for at, key in enumerate(keys):
            if key not in known:  # parts of equal bounds are alike
                ends = [ends for ends in possible(at) if ends[0] <= ends[1]]
                low = min((low for low, _ in ends), default=math.inf)
                known[key] = low, max((high for _, high in ends), default=0)
        return [known[key] for key in keys]

    @property
    def strictly(self) -> int:
        """The step above a limit that must be exceeded; amounts may lie between two steps."""
        return int(self.unit == 1)

    def _others(self, at: int, number: int, most: float) -> Interval | None:
        """Return the least and the greatest sum of the other parts if so many of them are above 0
        and none is above `most`; what lies between is possible, too.
        """
        others = [ends for other, ends in enumerate(self.bounds) if other != at]
        sure = [ends for ends in others if ends[0]]
        free = sorted(min(high, most) for low, high in others if not low and high)
        chosen = number - len(sure)
        if not 0 <= chosen <= len(free) or (number and most < max(1, *(low for low, _ in sure), 1)):
            return None
        low = sum(low for low, _ in sure) + chosen
        return low, sum(min(high, most) for _, high in sure) + sum(free[len(free) - chosen :])

    def _cases(self, at: int) -> Iterator[tuple[int, Interval]]:
        """Yield the numbers of parts above 0, each with the part being 0 and above 0."""
        low, high = self.bounds[at]
        for number in range(len(self.bounds) + 1):
            if not low:
                yield number, (0, 0)
            if high and number:
                yield number, (max(low, 1), high)

    def _if_disclosed(self, at: int) -> Iterator[Interval]:
        if self.total == (0, 0):
            yield 0, 0
            return
        rules, (low_sum, high_sum) = self.rules, self.total
        readers_sum = sum(self.bounds[part][0] for part in self.readers)
        for number, (low, high) in self._cases(at):
            if number < rules.parts:
                continue
            least = max(rules.least, rules.average * number) * self.unit
            spread = (number - len(self.readers) + rules.width) * self.unit
            visible = readers_sum + spread + self.strictly if self.readers else 0
            least = max(least, visible, low_sum)
            for whole in range(math.ceil(least), math.floor(high_sum) + 1):
                most = whole - (number - 1 + rules.width) * self.unit - self.strictly
                others = self._others(at, number - (high > 0), most)
                if others:
                    yield max(low, whole - others[1]), min(high, most, whole - others[0])

    def _if_withheld(self, at: int) -> Iterator[Interval]:
        for number, (low, high) in self._cases(at):
            if others := self._others(at, number - (high > 0), math.inf):
                yield low, min(high, self._most_if_withheld(at, number, others[0], high > 0))

    def _most_if_withheld(self, at: int, number: int, others: float, is_part: bool) -> float:
        """Return the greatest number of a part with which one of the conditions fails."""
        rules = self.rules
        hidden = (number - 1 + rules.width) * self.unit
        if number < rules.parts or (is_part and others <= hidden):
            return math.inf
        few = max(rules.least, rules.average * number) * self.unit - self.strictly - others
        lows = [low for other, (low, _) in enumerate(self.bounds) if other != at]
        return max(few, hidden - (others - max(*lows, 1)))  # the largest is another


# ---- what follows from an edition ----------------------------------------------------------------


def behind(word: Word, base: int, whole: bool) -> Interval:
    """Return the numbers that are published as this word; of whole numbers or not."""
    if isinstance(word, str):
        return {YES: (1, math.inf), NO: (0, 0)}.get(word, UNKNOWN)
    about, number = word
    if not about:
        return number, number
    if about == "dưới":
        return 1, number - 1
    half = base / 2
    if not whole:
        return number - half, number + half
    return math.ceil(number - half), math.ceil(number + half) - 1


def both(one: Interval, other: Interval) -> Interval:
    """Return what lies in two intervals."""
    return max(one[0], other[0]), min(one[1], other[1])


@dataclass(frozen=True)
class Known:
    """What a reader of one edition knows; `readers`: the reader's own numbers, by unit and item."""

    edition: Edition
    rules: Rules
    excepted: bool = False
    readers: Mapping[tuple[str, str], Interval] = field(default_factory=dict)

    def parts(self, item: str) -> list[str]:
        """Return the units whose numbers a sum may hold; of models, each model once."""
        slug = self.rules.about_persons[item]
        if item == MODELS and self.edition.models:
            return [*self.edition.models]
        units = {*self.rules.units.values()} - {WHOLE}
        units -= {self.rules.province} if slug != "enforcement" else set()
        return [unit for unit in sorted(units) if self.edition.cells.get((slug, unit), (1, 0))[0]]

    def numbers(self, unit: str, item: str, period: str = YEAR) -> Interval:
        """Return the bounds of a number by what is said of it alone."""
        ends = UNKNOWN
        for word in self.edition.statements.get((unit, item, period), ()):
            ends = both(ends, behind(word, self.rules.base, item != FINES))
        return ends

    def bounds(self, part: str, item: str) -> Interval:
        """Return the bounds of a unit's number of the year by what is public of the unit."""
        ends = both(self.numbers(part, item), self.readers.get((part, item), UNKNOWN))
        of_quarters = [self.numbers(part, item, quarter) for quarter in QUARTERS.values()]
        ends = both(
            ends, (sum(low for low, _ in of_quarters), sum(high for _, high in of_quarters))
        )
        if item.endswith(":persons"):
            is_active = self.is_active(part, item.removesuffix(":persons"))
            ends = both(ends, {True: (1, math.inf), False: (0, 0), None: UNKNOWN}[is_active])
        if self.excepted and item == PLACES and self.is_full(part):
            ends = both(ends, (0, self.numbers(part, INSPECTIONS)[1]))
        return ends

    def is_full(self, unit: str) -> bool:
        """Return whether a unit filled in its whole enforcement sheet: comparisons then hold."""
        return self.edition.cells.get(("enforcement", unit), (0, 1))[1] == 0

    def public_part(self, part: str, item: str) -> float:
        """Return how many a unit has at least because another number of it is public."""
        public = self.rules.beyond.get(item)
        return self.numbers(part, public)[0] if public and self.is_full(part) else 0

    def is_active(self, unit: str, item: str) -> bool | None:
        """Return whether a unit reports an activity in the year; None if that is not known."""
        periods = [self.numbers(unit, item, period) for period in (YEAR, *QUARTERS.values())]
        if any(low > 0 for low, _ in periods):
            return True
        lacking = self.edition.cells.get(("harm_reduction", unit), (0, 1))[1]
        is_none = periods[0] == (0, 0) or ((0, 0) in periods and not lacking)
        return False if is_none else None

    def sum_of(self, item: str) -> Interval | str:
        """Return the sums that the published word stands for, WITHHELD, or "" for no word."""
        words = self.edition.statements.get((WHOLE, item, YEAR), set())
        if not any(isinstance(word, tuple) for word in words):
            is_clear = item != MODELS or all(len(units) == 1 for units in self._units_of_models())
            return WITHHELD if WITHHELD in words and item in self.rules.summed and is_clear else ""
        return self.numbers(WHOLE, item)

    def _units_of_models(self) -> Iterator[Sequence[str]]:
        """Yield the units of each model and the models of each unit; several blur the rule."""
        by_unit = defaultdict(list)
        for model, units in self.edition.models.items():
            yield units
            for unit in units:
                by_unit[unit].append(model)
        yield from by_unit.values()

    def intervals(self, item: str) -> Iterator[tuple[Variable, Interval]]:
        """Yield what follows for each part of an item, of the year and of each quarter."""
        parts, total = self.parts(item), self.sum_of(item)
        unit = 10 if item == FINES else 1  # amounts in tenths
        public = [self.public_part(part, item) for part in parts]
        bounds = []
        for part, floor in zip(parts, public, strict=True):
            low, high = self.bounds(part, item)
            bounds.append((max(math.floor((low - floor) * unit), 0), _up((high - floor) * unit)))
        if not isinstance(total, str):
            low, high = ((end - sum(public)) * unit for end in total)
            total = (low, high) if total != (0, 0) else total
        readers = frozenset(
            at for at, part in enumerate(parts) if (part, item) in self.readers and bounds[at][0]
        )
        ends = Sum((*bounds,), total, self.rules, readers, unit).intervals() if parts else ()
        for part, floor, (low, high) in zip(parts, public, ends, strict=True):
            interval = low / unit + floor, high / unit + floor
            yield (part, item, YEAR), interval
            yield from self._quarters(part, item, interval)

    def _quarters(
        self, part: str, item: str, year: Interval
    ) -> Iterator[tuple[Variable, Interval]]:
        """Yield what follows for a quarter from the year and the other quarters."""
        known = {quarter: self.numbers(part, item, quarter) for quarter in QUARTERS.values()}
        for quarter, ends in known.items():
            others = [other for name, other in known.items() if name != quarter]
            least, most = (sum(other[side] for other in others) for side in (0, 1))
            yield (part, item, quarter), both(ends, (year[0] - most, year[1] - least))


def _up(number: float) -> float:
    return math.ceil(number) if math.isfinite(number) else number


def attack(
    edition: Edition,
    rules: Rules,
    excepted: bool = False,
    readers: Mapping[tuple[str, str], Interval] | None = None,
) -> Box:
    """Return the tightest intervals; `excepted`: also from what the policy excepts."""
    known = Known(edition, rules, excepted, readers or {})
    return {name: ends for item in rules.about_persons for name, ends in known.intervals(item)}


def too_narrow(box: Box, width: int) -> Box:
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
    narrow = too_narrow(attack(edition, rules), rules.width)
    for (unit, item, period), (low, high) in sorted(narrow.items()):
        print(f"{unit:16} {item:14} {period:5} {low:g}..{high:g}")
    close = sum(few(*ends) for ends in narrow.values())
    print(f"{len(narrow)} narrower than {rules.width} or within 1 to 4 ({close} of these)")
    allowed = too_narrow(attack(edition, rules, excepted=True), rules.width)
    more = {name for name in allowed.keys() - narrow.keys() if name[1] in rules.exceptions}
    print(f"{len(more)} more by what the policy excepts ({', '.join(rules.exceptions)})")
    return int(bool(narrow))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
