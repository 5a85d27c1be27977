"""The attacker's audit: passes what is protected, and names every leak that is planted.

Promises 22 to 24 and 27 of notes/reliability.md. The tables are published by the package and audited from the bytes of
indicators.csv alone; what is planted is planted into those bytes.
"""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import pytest
from conftest import evidence_of, observe, observe_row
from hypothesis import given, settings
from hypothesis import strategies as st

from pcmd_eval import paths
from pcmd_eval.audit import Own, audit
from pcmd_eval.disclosure import Disclosure, Further, Protection, load_disclosure
from pcmd_eval.indicators import indicators, indicators_csv, own_figures
from pcmd_eval.intervals import Sums
from pcmd_eval.observations import Observation
from pcmd_eval.project import Project

RULES = load_disclosure()
KINDS = ("6.8", "6.9", "6.10")


@pytest.fixture(scope="module")
def project(project: Project) -> Project:
    """The plan with its 14 reporters and no communes, which are not needed here."""
    register = project.register
    few = {unit.code: unit for unit in register.reporters}
    return replace(project, register=replace(register, units=few))


Figures = Mapping[str, Sequence[int]]  # reporter -> persons of the three kinds


@dataclass(frozen=True)
class Edition:
    """What readers get, and what reporters know."""

    content: bytes
    own: Own

    def audit(self, earlier: Edition | None = None) -> list[str]:
        """The sentences of the audit."""
        if earlier is None:
            return audit(self.content, self.own)
        said = audit(self.content, self.own, earlier.content, earlier.own)
        assert bool(said) == bool(audit(self.content, self.own, earlier.content))  # own figures of then are not kept
        return said

    def shown(self) -> dict[tuple[str, str], str]:
        """The rows about persons, and those alone: `…` for a withheld one."""
        rows = csv.DictReader(io.StringIO(self.content.decode(), newline=""))
        items = ("6.7", "own.6.7", *KINDS, "6.11")
        return {
            (row["unit_code"], row["indicator"]): {"withheld": "…", "unknown": "?"}.get(row["status"], row["value"])
            for row in rows
            if row["indicator"] in items
        }


def edition(project: Project, figures: Figures, more: Sequence[Observation] = (), rules: Disclosure = RULES) -> Edition:
    """The published rows of these persons; reporters without figures sent none."""
    rows = list(more)
    for unit in project.register.reporters:
        kinds = figures.get(unit.code)
        year = {"6.7": "x"} if kinds is None else {"6.7": str(sum(kinds))}
        year |= dict(zip(KINDS, map(str, kinds or ["x"] * len(KINDS)), strict=True))
        year["6.11"] = year["6.7"]
        for item, token in year.items():
            rows += observe_row(unit.code, unit.code, "enforcement", item, ("Q1", "Q2"), f"{token} 0")
    missing = [unit.code for unit in project.register.reporters if unit.code not in figures]
    evidence = evidence_of(project.plan, project.register, rows, missing=missing)
    wanted = {"", "harm_reduction", "enforcement"}
    made = [row for row in indicators(evidence, project.form, rules) if row.objective in wanted]
    return Edition(indicators_csv(made), own_figures(evidence, RULES))


def figures_of(project: Project, totals: Sequence[int]) -> dict[str, tuple[int, int, int]]:
    """Persons of one kind by reporter, in the order of the register."""
    codes = [unit.code for unit in project.register.reporters]
    return {code: (value, 0, 0) for code, value in zip(codes, totals, strict=False)}


def random_figures(project: Project, rng: Random) -> dict[str, tuple[int, int, int]]:
    """14 reporters, three kinds: often small, often 0, now and then nothing sent."""
    top, missing = rng.choice([(2, 1, 1), (4, 4, 1), (9, 9, 2), (30, 30, 6)]), rng.choice([0, 0, 0.1, 0.5])
    none = rng.random()
    return {
        unit.code: tuple(rng.randint(0, t) if rng.random() > none else 0 for t in top)
        for unit in project.register.reporters
        if rng.random() >= missing
    }


# ---- what is protected passes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("tables", [50, pytest.param(1000, marks=pytest.mark.slow)])
def test_random_tables_pass(tables: int, project: Project) -> None:
    rng, totals, kinds = Random(5), 0, 0
    for _ in range(tables):
        made = edition(project, random_figures(project, rng))
        assert made.audit() == []
        shown = made.shown()
        totals += shown["25", "6.7"] not in "…?"
        kinds += shown["25", "6.8"] not in "…?"
    assert totals > tables // 2  # not because everything is withheld
    assert kinds > tables // 5


def test_what_cannot_be_protected_passes_because_the_total_is_withheld(project: Project) -> None:
    made = edition(project, figures_of(project, [3]))
    shown = made.shown()
    assert {shown["227", "6.7"], shown["25", "6.7"], shown["25", "6.8"], shown["25", "6.9"], shown["25", "6.11"]} == {
        "…"
    }
    assert made.audit() == []


def test_returns_of_the_province_pass(project: Project) -> None:
    figures = figures_of(project, [35, 9, 13, 11, 4, 9, 3, 11, 12, 12, 4, 0])
    shown = edition(project, figures | {"25": (21, 0, 0)}).shown()
    # 4, 3 and 4 are 11; without a 4 it is 7 >= 5 + 1, without the 3 it is 8: no further cell.
    assert [code for (code, name), value in shown.items() if name == "6.7" and value == "…"] == ["232", "234", "238"]
    assert shown["240", "6.7"] == "?"
    assert (shown["25", "6.7"], shown["25", "own.6.7"]) == ("144", "21")


# ---- primary suppression alone --------------------------------------------------------------------------------------


def test_hiding_the_small_ones_alone_fails(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def primary(cells: Mapping[str, int], threshold: int) -> Protection:
        return Protection(frozenset(name for name, value in cells.items() if 0 < value < threshold), total=True)

    monkeypatch.setattr("pcmd_eval.indicators.protect", primary)
    for totals in ([3, 9, 20], [1, 1, 5, 6, 40], [3, 4, 30], [2, 3, 4, 30]):
        said = edition(project, figures_of(project, totals)).audit()
        assert any("chỉ tiêu 6.7" in sentence for sentence in said), totals
        assert not any(sentence.endswith((" 3.", " 1.")) for sentence in said)


def test_an_insider_is_the_only_one_who_can_tell(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """3 and 4 hidden: the reader has 7, so that each may be 1 to 6; but who knows 4 has 3."""
    monkeypatch.setattr(
        "pcmd_eval.indicators.protect", lambda cells, _: Protection(frozenset({"227", "228"}), total=True)
    )
    made = edition(project, figures_of(project, [3, 4, 30]))
    assert not any("6.7" in sentence for sentence in audit(made.content))
    mine = {"228": {("enforcement", "6.7"): 4}}
    assert audit(made.content, mine) == [
        "Thành phố Việt Trì, chỉ tiêu 6.7 (enforcement): tính ra được số nhỏ đã giữ lại."
    ]


def test_the_three_ones_and_the_five(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 and 1 hidden beside 5: both are exactly 1."""
    monkeypatch.setattr(
        "pcmd_eval.indicators.protect", lambda cells, _: Protection(frozenset({"227", "228"}), total=True)
    )
    said = audit(edition(project, figures_of(project, [1, 1, 5])).content)
    assert [sentence.split(",")[0] for sentence in said if "6.7" in sentence] == [
        "Thành phố Việt Trì",
        "Thị xã Phú Thọ",
    ]


# ---- planted leaks --------------------------------------------------------------------------------------------------

Plant = Callable[[list[dict[str, str]]], object]


def change(unit: str, name: str, **what: str) -> Plant:
    """Change the one row of that unit and indicator."""

    def planted(rows: list[dict[str, str]]) -> None:
        (row,) = (row for row in rows if row["unit_code"] == unit and row["indicator"] == name)
        row.update(what)

    return planted


def append(unit: str, objective: str, name: str, value: str) -> Plant:
    """Add a row that should not be."""

    def planted(rows: list[dict[str, str]]) -> None:
        like = next(row for row in rows if row["unit_code"] == unit)
        rows.append(like | {"objective": objective, "indicator": name, "value": value, "status": "shown"})

    return planted


SHOW = {"status": "shown"}
LEAKS: dict[str, Plant] = {
    "a small cell": change("227", "6.7", value="3", **SHOW),
    "a cell that lets the other be worked out": change("228", "6.7", value="9", **SHOW),
    "a value in a withheld row": change("227", "6.7", value="3"),
    "a band instead of a value": change("227", "6.7", value="1-4", **SHOW),
    "words instead of a value": change("227", "6.7", value="dưới 5", **SHOW),
    "a value in an unknown row": change("240", "6.7", value="2"),
    "a status of its own": change("227", "6.7", status="hidden"),
    "a kind of a district": append("227", "enforcement", "6.8", "12"),
    "a kind of the province's own bodies": append("25", "enforcement", "own.6.8", "12"),
    "persons reached in a district": append("230", "harm_reduction", "3.1.1:persons", "60"),
    "a quarter of a sensitive item": append("230", "harm_reduction", "3.1.2:Q1", "12"),
    "a quarter of violators": append("25", "enforcement", "6.7:Q3", "40"),
    "a sensitive activity of a district": append("230", "harm_reduction", "3.1.2", "12"),
    "the commune of a model": append("227", "support_model", "commune", "07900"),
    "a share": append("227", "enforcement", "6.7:share", "0.07"),
    "an item nobody listed": append("230", "enforcement", "6.12", "9"),
    "a small kind": change("25", "6.10", value="2", **SHOW),
    "the kind hidden beside the small one": change("25", "6.9", value="32", **SHOW),
    "a row twice": lambda rows: rows.append(dict(rows[-1])),
    "a column more": lambda rows: [row.update(note="3") for row in rows],
    "a total below its parts": change("25", "6.7", value="30"),
}


@pytest.fixture(scope="module")
def sound(project: Project) -> Edition:
    """3 hidden with 9 and 10; the kinds 6.10 (2) hidden with 6.9."""
    figures = {
        "227": (1, 1, 1),
        "228": (5, 4, 0),
        "230": (6, 4, 0),
        "231": (15, 14, 1),
        "232": (9, 9, 0),
        "233": (0, 0, 0),
    }
    made = edition(project, figures)
    shown = made.shown()
    assert {name: shown["25", name] for name in KINDS} == {"6.8": "36", "6.9": "…", "6.10": "…"}
    assert [unit for (unit, name), value in shown.items() if name == "6.7" and value == "…"] == ["227", "228", "230"]
    return made


def test_the_sound_edition_passes(sound: Edition) -> None:
    assert sound.audit() == []


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_named(name: str, sound: Edition) -> None:
    rows = list(csv.DictReader(io.StringIO(sound.content.decode(), newline="")))
    LEAKS[name](rows)
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    said = audit(lines.getvalue().encode(), sound.own)
    assert said
    for sentence in said:
        assert sentence.endswith(".")
        assert sentence.startswith(("Tệp indicators.csv", "Bảng số người")) or "chỉ tiêu" in sentence


def test_fines_without_the_total_are_a_leak(project: Project) -> None:
    made = edition(project, figures_of(project, [3]))
    text = made.content.decode().replace(",6.11,,withheld,", ",6.11,7.5,shown,")
    assert ",6.11,7.5,shown," in text
    assert any("6.11" in sentence for sentence in audit(text.encode()))


def test_a_sum_that_one_reporter_can_take_apart_is_a_leak(project: Project) -> None:
    """8 places: 5 of one district, 3 of another. The reader has nothing, the district with 5 has the 3."""
    more = [
        row
        for code, n in (("227", 5), ("228", 3))
        for row in observe_row(code, code, "enforcement", "6.2", ["Y"], f"{n}")
    ]
    made = edition(project, figures_of(project, [9, 9, 9]), more)
    assert ",6.2,,withheld," in made.content.decode()
    leaky = made.content.decode().replace(",6.2,,withheld,", ",6.2,8,shown,").encode()
    assert audit(leaky) == []
    assert [sentence for sentence in audit(leaky, made.own) if "6.2" in sentence]


# ---- activities, known to have been by a word ------------------------------------------------------------------------


def activities(project: Project, tests: Sequence[int]) -> list[Observation]:
    """HIV tests by district, and nothing else in the first limb."""
    rows = []
    for at, unit in enumerate(project.register.districts):
        for item in ("3.1.1", "3.1.2", "3.1.3", "3.1.4"):
            value = tests[at] if item == "3.1.2" and at < len(tests) else 0
            rows.append(observe(unit.code, unit.code, "harm_reduction", item, "Q1", value))
    return rows


def test_a_sum_of_ones_that_words_give_away_is_withheld_and_found(project: Project) -> None:
    """Six districts have the first limb met by nothing but 3.1.2: with the sum 6, each had one."""
    figures = figures_of(project, [9] * 14)
    made = edition(project, figures, activities(project, [1] * 6))
    assert ",3.1.2,,withheld,13,13" in made.content.decode()
    assert made.audit() == []
    leaky = made.content.decode().replace(",3.1.2,,withheld,13,13", ",3.1.2,6,shown,13,13")
    assert len([sentence for sentence in audit(leaky.encode()) if "(3.1.2)" in sentence]) == 6
    assert ",3.1.2,12,shown,13,13" in edition(project, figures, activities(project, [6, 6])).content.decode()


def test_random_activities_pass(project: Project) -> None:
    rng, shown = Random(9), 0
    for _ in range(60):
        top = rng.choice([1, 2, 3, 9])
        tests = [rng.choice([0, rng.randint(0, top)]) for _ in range(13)]
        made = edition(project, {}, activities(project, tests))
        assert made.audit() == [], tests
        shown += ",3.1.2,,withheld" not in made.content.decode()
    assert 10 < shown < 60


# ---- two editions (promise 27) --------------------------------------------------------------------------------------


def sent_later(made: Edition, *units: str) -> Edition:
    """As if these sent their returns anew."""
    lines = made.content.decode().splitlines(keepends=True)
    later = [
        line.replace("2017-12-20", "2017-12-27") if line.split(",")[2] in units and ",sent," in line else line
        for line in lines
    ]
    assert later != lines
    return replace(made, content="".join(later).encode())


def test_the_same_again_passes(project: Project, sound: Edition) -> None:
    assert sound.audit(sound) == []


def test_a_correction_that_shows_what_was_hidden_is_refused(project: Project) -> None:
    """3, 9 and 10 hidden. With 3 corrected to 12 nothing is, and the old sum of 22 less 9 and 10 is 3."""
    before = edition(project, figures_of(project, [3, 9, 10, 40]))
    after = sent_later(edition(project, figures_of(project, [12, 9, 10, 40])), "227")
    assert after.audit() == []
    said = after.audit(before)
    assert said == [
        "Thành phố Việt Trì, chỉ tiêu 6.7 (enforcement): tính ra được số nhỏ đã giữ lại khi so với lần công bố trước."
    ]


def test_a_refused_correction_passes_with_more_withheld(project: Project) -> None:
    """The sum of before hides 3 again once neither 9 and 10 nor the total they could be taken from are shown."""
    before = edition(project, figures_of(project, [3, 9, 10, 40]))
    more = tuple(Further(unit=unit, objective="enforcement", item="6.7") for unit in ("228", "230", "25"))
    rules = RULES.model_copy(update={"also_withheld": more})
    after = sent_later(edition(project, figures_of(project, [12, 9, 10, 40]), rules=rules), "227")
    shown = after.shown()
    assert [key for key, value in shown.items() if value == "…"] == [
        *(("228", "6.7"), ("230", "6.7")),
        *(("25", item) for item in ("6.10", "6.11", "6.7", "6.8", "6.9")),
    ]
    assert shown["227", "6.7"] == "12"
    assert after.audit(before) == []
    short = RULES.model_copy(update={"also_withheld": more[:2]})
    assert sent_later(edition(project, figures_of(project, [12, 9, 10, 40]), rules=short), "227").audit(before)


def test_a_return_that_comes_late_is_refused_where_the_difference_is_small(project: Project) -> None:
    """4 and 4 and 4 hidden; a fourth small one makes the total 2 higher."""
    before = edition(project, figures_of(project, [4, 4, 4, 40]))
    after = edition(project, figures_of(project, [4, 4, 4, 40, 2]))
    assert before.audit() == after.audit() == []
    said = after.audit(before)
    assert any(sentence.startswith("Huyện Thanh Ba, chỉ tiêu 6.7") for sentence in said)
    assert any("Tỉnh Phú Thọ, chỉ tiêu 6.7" in sentence for sentence in said)


def test_a_return_that_comes_late_passes_where_the_difference_is_large(project: Project) -> None:
    before = edition(project, figures_of(project, [4, 4, 4, 40]))
    assert edition(project, figures_of(project, [4, 4, 4, 40, 20])).audit(before) == []


def test_a_large_difference_is_not_taken_for_a_small_one(project: Project) -> None:
    """8 more from a new reporter: who had 4 before and after takes nothing off."""
    before = edition(project, figures_of(project, [4, 4, 4, 40]))
    assert edition(project, figures_of(project, [4, 4, 4, 40, 8])).audit(before) == []


def test_a_correction_of_a_hidden_cell_passes_while_the_others_hide_it(project: Project) -> None:
    """3, 9 and 10 hidden, then 4, 9 and 10: the difference is known, neither 3 nor 4 is."""
    before = edition(project, figures_of(project, [3, 9, 10, 40]))
    after = sent_later(edition(project, figures_of(project, [4, 9, 10, 40])), "227")
    assert after.audit(before) == []
    unseen = edition(project, figures_of(project, [4, 9, 10, 40]))
    assert unseen.audit(before) == []


def test_another_hidden_set_is_refused_where_the_two_sums_meet(project: Project) -> None:
    """3, 9 and 10 hidden, with 9 corrected to 20 then 3, 10 and 11."""
    before = edition(project, figures_of(project, [3, 9, 10, 11, 40]))
    after = sent_later(edition(project, figures_of(project, [3, 20, 10, 11, 40])), "228")
    # 11 stood in the first edition: 24 - 11 = 13 = 3 + 10, and who knows 10 has 3.
    assert after.audit() == []
    assert any(sentence.startswith("Thành phố Việt Trì, chỉ tiêu 6.7") for sentence in after.audit(before))


def test_a_district_that_had_none_before_is_told_by_the_sum(project: Project) -> None:
    """No 3.1.2 in 230 before and 3 of it after: the word of the limb changes, and the sum by 3."""
    before = edition(project, {}, activities(project, [6, 6]))
    after = edition(project, {}, activities(project, [6, 6, 3]))
    assert before.audit() == after.audit() == []
    assert any("3.1.2" in sentence for sentence in after.audit(before))


# ---- the arithmetic, and what it is made of --------------------------------------------------------------------------


def test_intervals_by_hand() -> None:
    """a + b + c = 12 with a, b, c >= 1 and c <= 4; c + d = 5."""
    sums = Sums()
    for name in "ab":
        sums.number(name, 1)  # type: ignore[arg-type]
    sums.number("c", 1, 4)  # type: ignore[arg-type]
    sums.number("d", 3)  # type: ignore[arg-type]
    sums.add("t", ["a", "b", "c"])
    sums.number("t", 12, 12)  # type: ignore[arg-type]
    sums.add("u", ["c", "d"])
    sums.number("u", 5, 5)  # type: ignore[arg-type]
    sums.narrow()
    assert {name: (sums.low[name], sums.high[name]) for name in "abcd"} == {
        **{"a": (1, 10), "b": (1, 10)},
        **{"c": (1, 2), "d": (3, 4)},
    }


@settings(max_examples=60)
@given(
    first=st.lists(st.integers(1, 5), max_size=1),
    both=st.lists(st.integers(1, 5), min_size=1, max_size=2),
    second=st.lists(st.integers(1, 5), max_size=1),
)
def test_intervals_of_two_sums_equal_enumeration(first: list[int], both: list[int], second: list[int]) -> None:
    sums, groups = Sums(), {"f": first, "b": both, "s": second}
    names = {group: [f"{group}{at}" for at in range(len(values))] for group, values in groups.items()}
    for name in [name for group in names.values() for name in group]:
        sums.number(name, Fraction(1))
    sums.add("both", names["b"])
    totals = [sum(first) + sum(both), sum(second) + sum(both)]
    for at, group in enumerate("fs"):
        sums.add(f"t{at}", [*names[group], "both"])
        sums.number(f"t{at}", Fraction(totals[at]), Fraction(totals[at]))
    sums.narrow()
    order = [name for group in names.values() for name in group]
    fits = []
    for values in product(range(1, max(totals) + 1), repeat=len(order)):
        given = dict(zip(order, values, strict=True))
        if [sum(given[n] for n in (*names[g], *names["b"])) for g in "fs"] == totals:
            fits.append(given)
    for name in order:
        assert (sums.low[name], sums.high[name]) == (min(f[name] for f in fits), max(f[name] for f in fits))


def test_numbers_that_do_not_fit_are_impossible() -> None:
    sums = Sums()
    sums.number("a", 3)  # type: ignore[arg-type]
    sums.add("t", ["a"])
    sums.number("t", 2, 2)  # type: ignore[arg-type]
    sums.narrow()
    assert not sums.possible


@pytest.mark.parametrize("module", ["audit", "editions", "intervals"])
def test_the_audit_shares_no_code_with_what_it_audits(module: str) -> None:
    source = (Path(paths.__file__).parent / f"{module}.py").read_text(encoding="utf-8")
    own = {"pcmd_eval.editions", "pcmd_eval.intervals", "pcmd_eval"}
    imported = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    assert {name for name in imported if name and name.startswith("pcmd_eval")} <= own


# ---- rules that are almost right ------------------------------------------------------------------------------------


def _without_insiders(cells: Mapping[str, int], threshold: int) -> Protection:
    """A second cell only where the small ones sum to less than they must: nobody knows an own figure."""
    hidden = {name: value for name, value in cells.items() if 0 < value < threshold}
    further = sorted((value, name) for name, value in cells.items() if value >= threshold)
    while hidden and sum(hidden.values()) < threshold + len(hidden) - 1:
        if not further:
            return Protection(frozenset(hidden), total=False)
        value, name = further.pop(0)
        hidden[name] = value
    return Protection(frozenset(hidden), total=True)


def _always_a_second(cells: Mapping[str, int], threshold: int) -> Protection:
    """The usual short cut: a second cell where exactly one is small."""
    hidden = {name for name, value in cells.items() if 0 < value < threshold}
    if len(hidden) == 1:
        hidden |= {name for _, name in sorted((v, n) for n, v in cells.items() if v >= threshold)[:1]}
    return Protection(frozenset(hidden), total=True)


def _only_small_kinds(parts: Mapping[str, Mapping[str, int]], threshold: int) -> frozenset[str]:
    return frozenset(kind for kind, own in parts.items() if 0 < sum(own.values()) < threshold)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("protect", _without_insiders),
        ("protect", _always_a_second),
        ("hidden_parts", _only_small_kinds),
        ("hidden_parts", lambda parts, _: frozenset()),
        ("sum_shown", lambda parts, *_: not 0 < sum(parts.values()) < RULES.threshold),
    ],
)
def test_a_rule_that_is_almost_right_is_caught(
    name: str, rule: object, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"pcmd_eval.indicators.{name}", rule)
    rng = Random(5)
    for _ in range(60):
        more = activities(project, [rng.choice([0, rng.randint(0, 9)]) for _ in range(2)])
        if edition(project, random_figures(project, rng), more).audit():
            return
    pytest.fail("the audit passed every table")
