"""Which cells are withheld: against brute force over every choice of cells, and against an attacker who enumerates.

Promises 22, 23 and 24 of notes/reliability.md: a small cell in a table with a total, two that sum to 2, and an officer
who knows the own figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcmd_eval import paths
from pcmd_eval.disclosure import Further, _kinds_pass, hidden_parts, load_disclosure, protect, sum_shown, unreadable
from pcmd_eval.errors import InputRefused
from pcmd_eval.form import Form
from pcmd_eval.project import Project

N = 5
tables = st.lists(st.one_of(st.integers(0, 6), st.integers(0, 30)), min_size=1, max_size=7)


def named(values: Iterable[int]) -> dict[str, int]:
    return {f"{at:02d}": value for at, value in enumerate(values)}


# ---- by enumeration, from the definition ----------------------------------------------------------------------------


def possible(cell: str, hidden: Mapping[str, int], least: int) -> set[int]:
    """Every value the cell can have for someone who knows the sum of the hidden cells and that each is `least`."""
    others, total = len(hidden) - 1, sum(hidden.values())
    values = range(least, total + 1)
    return {v for v in values if (total - v >= others * least if others else total == v)}


def safe(hidden: Mapping[str, int], least: int) -> bool:
    """Whether neither a reader nor one who knows one of them can tell of any small cell that it is small."""
    for knower in (None, *hidden):
        rest = {name: value for name, value in hidden.items() if name != knower}
        for name, value in rest.items():
            can = possible(name, rest, least)
            if least <= value < N and not (min(can) <= least and max(can) >= N):
                return False
    return True


def fewest(cells: Mapping[str, int], least: int) -> tuple[int, int] | None:
    """The least number of hidden cells that protects, and the least sum of so many; None if nothing does."""
    small = [name for name, value in cells.items() if least <= value < N]
    free = [name for name, value in cells.items() if value >= N]
    for count in range(len(free) + 1):
        sums = [
            sum(cells[name] for name in (*small, *more))
            for more in combinations(free, count)
            if safe({name: cells[name] for name in (*small, *more)}, least)
        ]
        if sums:
            return len(small) + count, min(sums)
    return None


@pytest.mark.parametrize("zeros_shown", [True, False])
@settings(max_examples=300)
@given(values=tables)
def test_as_few_cells_as_brute_force_and_the_smallest(zeros_shown: bool, values: list[int]) -> None:
    cells = named(values)
    made, best = protect(cells, N, zeros_shown), fewest(cells, int(zeros_shown))
    if best is None:
        assert not made.total
        assert made.hidden == {name for name, value in cells.items() if int(zeros_shown) <= value < N}
    else:
        assert made.total
        assert (len(made.hidden), sum(cells[name] for name in made.hidden)) == best
        assert safe({name: cells[name] for name in made.hidden}, int(zeros_shown))
    if zeros_shown:
        assert not any(cells[name] == 0 for name in made.hidden)


@pytest.mark.parametrize(
    ("values", "hidden", "total"),
    [
        ([], [], True),
        ([0, 0, 0], [], True),
        ([7, 0, 12], [], True),
        ([3], [3], False),  # the total is the cell
        ([3, 9], [3], False),  # with 9 hidden too, its reporter has 3 = 12 - 9
        ([3, 9, 20], [3, 9, 20], True),  # 20 too: who knows 9 has 3 + 20
        ([1, 1, 5], [1, 1], False),  # 1 + 1 = 2 are both 1; who knows 5 sees 2
        ([1, 1, 5, 6], [1, 1, 5, 6], True),
        ([1, 1, 5, 6, 40, 0], [1, 1, 5, 6], True),
        ([3, 4], [3, 4], False),  # the reader is fooled, each of the two is not
        ([3, 4, 4], [3, 4, 4], True),  # 11: without one of 4, 7 >= 5 + 1
        ([2, 4, 4], [2, 4, 4], True),  # without a 4, 6 >= 5 + 1
        ([2, 3, 4], [2, 3, 4], False),  # without 4, 5 < 6: each is at most 4
        ([2, 3, 4, 8], [2, 3, 4, 8], True),  # with 8 hidden, its reporter sees 9 >= 7; without 4 13 >= 7
        ([4, 4, 4, 4], [4, 4, 4, 4], True),
    ],
)
def test_tables_by_hand(values: list[int], hidden: list[int], total: bool) -> None:
    made = protect(named(values), N)
    assert (sorted(named(values)[name] for name in made.hidden), made.total) == (sorted(hidden), total)


@given(values=st.lists(st.integers(0, 40), min_size=3, max_size=14))
def test_two_further_cells_are_always_enough(values: list[int]) -> None:
    made = protect(named(values), N)
    small = sum(0 < value < N for value in values)
    if sum(value >= N for value in values) >= 2:
        assert made.total
        assert len(made.hidden) <= small + 2
    if small and made.total:
        assert len(made.hidden) >= 3


# ---- sums -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([], True),
        ([0, 0], True),
        ([4], False),
        ([5], True),
        ([5, 0, 7], True),
        ([5, 3], False),  # who had 5 sees 3
        ([5, 3, 3], True),  # who had 5 sees 6 = 5 + 1: each may be 5
        ([1] * 5, False),
        ([1] * 9, False),  # who knows that nine had any knows that each had one
    ],
)
def test_a_sum_is_shown_unless_a_part_is_told(parts: list[int], shown: bool) -> None:
    assert sum_shown(named(parts), N) is shown


def test_one_who_knows_several_parts_takes_them_all_off() -> None:
    assert sum_shown(named([4, 4, 4]), N)
    assert not sum_shown(named([4, 4, 4]), N, known=[["00", "01"]])


# ---- kinds that share a total ---------------------------------------------------------------------------------------

kinds = st.lists(st.tuples(*[st.one_of(st.integers(0, 3), st.integers(0, 12))] * 3), min_size=1, max_size=4)


def kinds_safe(hidden: set[str], parts: dict[str, dict[str, int]]) -> bool:
    """By enumeration: every table of rests that fits what the reader, or one reporter, knows."""
    reporters = list(parts["a"])
    for knower in (None, *reporters):
        own = {kind: parts[kind][knower] if knower else 0 for kind in parts}
        rest = {kind: sum(parts[kind].values()) - own[kind] for kind in parts}
        if any(0 < rest[kind] < N for kind in parts if kind not in hidden):
            return False
        names = sorted(hidden)
        total = sum(rest[kind] for kind in names)
        low = 0 if len(hidden) == 3 else 1
        fits = [v for v in product(range(total + 1), repeat=len(names)) if sum(v) == total]
        fits = [v for v in fits if all(x + own[kind] >= low for x, kind in zip(v, names, strict=True))]
        for at in range(len(names)):
            can = {v[at] for v in fits}
            if 0 < max(can) < N or (min(can) > 1 and min(can) < N):
                return False
    return True


@settings(max_examples=400)
@given(rows=kinds)
def test_hidden_kinds_are_safe_where_the_total_is(rows: list[tuple[int, ...]]) -> None:
    parts = {kind: named(row[at] for row in rows) for at, kind in enumerate("abc")}
    hidden = hidden_parts(parts, N)
    assert len(hidden) != 1
    if sum_shown(named(sum(row) for row in rows), N):  # else the total is withheld, and with it every kind
        assert kinds_safe(set(hidden), parts)


@pytest.mark.parametrize(
    ("rows", "hidden"),
    [
        ([(9, 0, 0), (8, 0, 0)], ""),
        ([(9, 9, 9), (8, 8, 8)], ""),
        ([(20, 20, 1), (20, 19, 1)], "bc"),  # 2 and the smaller of the others
        ([(20, 20, 0), (20, 19, 1)], "bc"),
        ([(20, 0, 0), (20, 1, 1)], "abc"),  # 2 in two kinds are 1 and 1
        ([(20, 0, 0), (20, 0, 1)], "ac"),  # nobody of kind b: shown
    ],
)
def test_kinds_by_hand(rows: list[tuple[int, ...]], hidden: str) -> None:
    parts = {kind: named(row[at] for row in rows) for at, kind in enumerate("abc")}
    assert hidden_parts(parts, N) == set(hidden)


@pytest.mark.parametrize(
    ("parts", "passes"),
    [
        ({"b": {"x": 5}}, True),  # x has all five and learns of nobody else
        ({"b": {"x": 4}}, False),
        ({"b": {"x": 2}, "c": {"x": 1, "y": 9}}, False),  # y takes nine off the twelve: 3 are left
        ({"b": {"x": 5}, "c": {"y": 5}}, False),  # x sees 5 of which one at least is in c: not more than 4 in b
        ({"b": {"x": 5, "y": 1}, "c": {"x": 1, "y": 4}}, True),  # x sees 5, and all may be in b, or all in c
        ({kind: {"y": 1} for kind in "abcde"}, False),  # 5 in five kinds: 1 in each
    ],
)
def test_kinds_that_are_hidden_together_by_hand(parts: dict[str, dict[str, int]], passes: bool) -> None:
    assert _kinds_pass(tuple(parts), parts, N) is passes


def test_a_zero_among_the_hidden_is_not_small() -> None:
    """5 and 0: neither is small where zeros are shown, so that there is nothing to tell."""
    assert unreadable({"a": 5, "b": 0}, N)
    assert not unreadable({"a": 5, "b": 1}, N)


# ---- the file of rules ----------------------------------------------------------------------------------------------


def test_every_count_of_persons_of_the_form_is_listed_as_sensitive(project: Project) -> None:
    rules, form = load_disclosure(), project.form
    assert rules.threshold == N
    listed = {(s.objective, s.item) for s in rules.sensitive}
    assert listed >= {("harm_reduction", f"{item.code}:persons") for item in form.sheet("harm_reduction").items}
    assert listed >= {("enforcement", i.code) for i in form.sheet("enforcement").items if i.measure == "người"}
    assert ("support_model", "persons") in listed
    opened = {(slug, name) for slug, at in rules.open.items() for name in (*at.district, *at.own, *at.province)}
    assert not opened & listed
    assert rules.level("enforcement", "6.7") == "district"
    assert [s.item for s in rules.sensitive if s.level == "district"] == ["6.7"]


def test_a_rule_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    text = (paths.DATA / "disclosure.yaml").read_text(encoding="utf-8")
    (tmp_path / "d.yaml").write_text(text.replace("threshold: 5", "threshold: 1\nlimit: 3"), encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        load_disclosure(tmp_path / "d.yaml")
    assert "threshold" in str(refused.value)
    assert "limit" in str(refused.value)


def test_form_has_no_code_that_the_rules_forget(project: Project) -> None:
    rules, form = load_disclosure(), project.form
    assert isinstance(form, Form)
    known = {s.item for s in rules.sensitive} | {n for at in rules.open.values() for n in (*at.district, *at.province)}
    for slug in ("integration", "harm_reduction", "media", "enforcement"):
        assert {item.code for item in form.sheet(slug).items} <= known


def test_an_item_that_is_not_listed_has_no_level() -> None:
    assert load_disclosure().level("enforcement", "6.99") == ""


def test_what_is_withheld_besides_takes_the_kinds_along_for_the_province_alone() -> None:
    """The total of the table withheld for 25 takes its kinds and the fines along; nothing else takes anything."""
    rules = load_disclosure()
    table = rules.table
    further = [("25", table.objective, table.total), ("230", table.objective, table.total), ("26", "media", "5.1")]
    made = tuple(Further(unit=unit, objective=objective, item=item) for unit, objective, item in further)
    below = {("25", table.objective, item) for item in (*table.parts, table.money)}
    assert rules.model_copy(update={"also_withheld": made}).withheld_besides == {*further, *below}
    assert rules.model_copy(update={"also_withheld": made[1:]}).withheld_besides == set(further[1:])
