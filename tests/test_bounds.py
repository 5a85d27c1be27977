"""The arithmetic of incomplete reports: no completion of what is missing can overturn a verdict, and no float decides.

The brute force below fills every unknown cell with every value it could have held and judges each completed year by
a rule of its own for complete years, so that it shares nothing with the bounds that it checks.
"""

import ast
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import QUARTERS, evidence_of, observe
from hypothesis import given, settings
from hypothesis import strategies as st

import pcmd_eval
from pcmd_eval.bounds import Bounds, Standing, at_least, decide, of_cell, tally
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import Evidence, Observation, State
from pcmd_eval.plan import Plan
from pcmd_eval.project import open_project
from pcmd_eval.targets import Target
from pcmd_eval.units import Register, Unit
from pcmd_eval.wording import Verdict

LOW, UNKNOWN, NONE = Standing.LOW, Standing.UNKNOWN, Standing.NONE
UNKNOWN_STATES = (State.BLANK, State.UNREADABLE, State.ABSENT)

# ---- the parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needed", "parts", "expected"),
    [
        (1, [LOW], LOW),
        (1, [NONE, NONE], NONE),
        (1, [NONE, UNKNOWN], UNKNOWN),
        (1, [LOW, UNKNOWN, NONE], LOW),
        (2, [LOW, UNKNOWN], UNKNOWN),
        (2, [LOW, NONE], NONE),
        (2, [LOW, LOW, UNKNOWN], LOW),
        (3, [LOW, UNKNOWN], NONE),
        (1, [], UNKNOWN),
    ],
)
def test_at_least(needed: int, parts: list[Standing], expected: Standing) -> None:
    """Sure if enough parts are sure, ruled out if even the unknown ones are too few, else unknown."""
    assert at_least(needed, parts) is expected


def test_tally_counts_what_is_sure_and_what_may_be() -> None:
    """Three sure, two unknown, one ruled out: 3 to 5."""
    assert tally([LOW, LOW, LOW, UNKNOWN, UNKNOWN, NONE]) == Bounds(3, 5)
    assert tally([]) == Bounds(0, 0)


@pytest.mark.parametrize(
    ("target", "bounds", "total", "expected"),
    [
        (">= 75%", Bounds(208, 208), 277, "met"),
        (">= 75%", Bounds(207, 207), 277, "not_met"),
        (">= 75%", Bounds(207, 208), 277, "undetermined"),
        (">= 75%", Bounds(208, 277), 277, "met"),
        ("> 50%", Bounds(6, 6), 12, "not_met"),
        ("> 50%", Bounds(7, 7), 12, "met"),
        (">= 50%", Bounds(6, 6), 12, "met"),
        (">= 50%", Bounds(5, 6), 12, "undetermined"),
        ("75% .. 80%", Bounds(15, 15), 20, "met"),
        ("75% .. 80%", Bounds(20, 20), 20, "met"),  # going beyond the upper end is no failure
        ("75% .. 80%", Bounds(14, 14), 20, "not_met"),
        ("10/13", Bounds(10, 10), 13, "met"),
        ("10/13", Bounds(9, 9), 13, "not_met"),
        ("10/13", Bounds(9, 10), 13, "undetermined"),
        (">= 1", Bounds(0, None), None, "undetermined"),
        (">= 1", Bounds(1, None), None, "met"),
        (">= 1", Bounds(0, 0), None, "not_met"),
        ("every month", Bounds(12, 12), 12, "met"),
        ("every month", Bounds(11, 11), 12, "not_met"),
        ("every quarter", Bounds(3, 4), 4, "undetermined"),
        ("all", Bounds(5, 5), 5, "met"),
        ("all", Bounds(5, None), None, "undetermined"),
        ("none", Bounds(0, 0), None, "met"),
        ("none", Bounds(0, 1), None, "undetermined"),
        ("none", Bounds(0, None), None, "undetermined"),
        ("none", Bounds(1, 1), None, "not_met"),
        ("none", Bounds(1, None), 10, "not_met"),
    ],
)
def test_decide(target: str, bounds: Bounds, total: int | None, expected: str) -> None:
    """Every shape of target at, below and above its threshold; `none` is met by a confirmed zero only."""
    assert decide(Target.parse(target), bounds, total) == expected


@given(
    st.sampled_from([">= 75%", "> 50%", "33.3% .. 40%", ">= 3", "every month", "all", "none"]),
    st.integers(0, 30),
    st.data(),
)
def test_decide_agrees_with_every_value_between_the_bounds(text: str, total: int, data: st.DataObject) -> None:
    """Met iff every count between low and high satisfies the target, not met iff none does."""
    low = data.draw(st.integers(0, total))
    high = data.draw(st.integers(low, total))
    target = Target.parse(text)
    satisfies: dict[str, Callable[[int], bool]] = {
        ">= 75%": lambda k: 100 * k >= 75 * total,
        "> 50%": lambda k: 100 * k > 50 * total,
        "33.3% .. 40%": lambda k: 1000 * k >= 333 * total,
        ">= 3": lambda k: k >= 3,
        "every month": lambda k: k == total,
        "all": lambda k: k == total,
        "none": lambda k: k == 0,
    }
    each = [satisfies[text](count) for count in range(low, high + 1)]
    expected = Verdict.MET if all(each) else Verdict.UNDETERMINED if any(each) else Verdict.NOT_MET
    assert decide(target, Bounds(low, high), total) is expected


# ---- a small province ------------------------------------------------------------------------------------------------


def _small() -> tuple[Plan, Register]:
    units = [Unit("99", "Thử", "Tỉnh", "")]
    for district in ("901", "902", "903"):
        units.append(Unit(district, f"Huyện số {district}", "Huyện", "99"))
        units += [Unit(f"{district}0{n}", f"Xã số {n}", "Xã", district) for n in (1, 2)]
    shipped = open_project("phu_tho_2017").plan
    small = shipped.model_copy(update={"units": shipped.units.model_copy(update={"province": "99"})})
    return small, Register(units[0], {unit.code: unit for unit in units})


PLAN, REGISTER = _small()
DISTRICTS = ("901", "902", "903")
COMMUNES = ("90101", "90102", "90201", "90202", "90301", "90302")
Cells = dict[tuple[str, ...], int | str]
COUNT_TOKENS = st.sampled_from(["0", "0", "0", "1", "1", "-", "?", "x"])
CUTOFFS = st.sampled_from([None, date(2017, 12, 31), date(2017, 12, 15), date(2017, 12, 14), date(2017, 9, 13)])
ENDS = {"Q1": date(2017, 3, 31), "Q2": date(2017, 6, 30), "Q3": date(2017, 9, 30), "Q4": date(2017, 12, 31)}


def _judge(plan: Plan, rows: Sequence[Observation], slug: str, unit: str, cutoff: date | None) -> Verdict:
    evidence = evidence_of(plan, REGISTER, rows, dict.fromkeys([*DISTRICTS, "99"], cutoff))
    return OBJECTIVES[slug](evidence, REGISTER.reporter(unit)).verdict


def _open(row: Observation, cutoff: date | None) -> bool:
    """A zero of a quarter that ends more than 16 days after the cut-off."""
    period_open = cutoff is not None and (ENDS[row.period] - cutoff).days > 16 if row.period in ENDS else False
    return row.state is State.REPORTED and row.value == "0" and period_open


def _completions(
    rows: Sequence[Observation], cutoff: date | None, values: Callable[[Observation], Sequence[str]]
) -> Iterator[list[Observation]]:
    """Every way in which the unknown cells could have been filled."""
    unknown = [i for i, row in enumerate(rows) if row.state in UNKNOWN_STATES or _open(row, cutoff)]
    for chosen in itertools.product(*(values(rows[i]) for i in unknown)):
        completed = list(rows)
        for i, value in zip(unknown, chosen, strict=True):
            completed[i] = replace(rows[i], state=State.REPORTED, value=value)
        yield completed


def _expected(decided: Iterator[bool]) -> Verdict:
    each = set(decided)
    return {(True,): Verdict.MET, (False,): Verdict.NOT_MET}.get(tuple(each), Verdict.UNDETERMINED)


def _few_unknown(rows: Sequence[Observation], most: int) -> list[Observation]:
    """The rows with every unknown cell after the first `most` set to 0, to keep the enumeration small."""
    left = most
    kept = []
    for row in rows:
        if row.state in UNKNOWN_STATES:
            left -= 1
            row = row if left >= 0 else replace(row, state=State.REPORTED, value="0")  # noqa: PLW2901
        kept.append(row)
    return kept


@settings(max_examples=300)
@given(st.data(), st.integers(1, 4), st.sampled_from([(1, 2, 3, 4), (2, 3, 4)]), CUTOFFS)
def test_communication_equals_brute_force(
    data: st.DataObject, active: int, quarters: tuple[int, ...], cutoff: date | None
) -> None:
    """Two rows in some communes, any rule, any cut-off, the province and a district."""
    active = min(active, len(quarters))
    plan = PLAN.with_rules({("communication", "active_quarters"): active}).with_rules(
        {("communication", "quarters"): quarters}
    )
    rows = []
    for commune in COMMUNES[:4]:
        for form in ["a", "b"] if data.draw(st.booleans()) else ["a"]:
            for quarter in QUARTERS:
                token = data.draw(COUNT_TOKENS)
                rows.append(observe(commune[:3], commune, "communication", form, quarter, token))
    rows += [observe("903", c, "communication", "", q, 0) for c in COMMUNES[4:] for q in QUARTERS]
    rows = _few_unknown(rows, 4)
    if cutoff and cutoff < date(2017, 12, 15):
        rows = [replace(r, value="1") if _open(r, cutoff) and r.unit_code != "90101" else r for r in rows]

    def reached(filled: Sequence[Observation], communes: Sequence[str]) -> bool:
        regular = 0
        for commune in communes:
            held = {r.period for r in filled if r.unit_code == commune and r.value != "0"}
            regular += len(held & {f"Q{q}" for q in quarters}) >= active
        return 4 * regular >= 3 * len(communes)

    for unit, communes in (("99", COMMUNES), ("901", COMMUNES[:2]), ("902", COMMUNES[2:4])):
        about = [r for r in rows if r.unit_code in communes]
        decided = (reached(filled, communes) for filled in _completions(about, cutoff, lambda _: ("0", "1")))
        assert _judge(plan, rows, "communication", unit, cutoff) is _expected(decided)


PAIRS = st.tuples(
    st.sampled_from(["given", "none", "-", "?", "x"]),
    st.sampled_from(["Có", "Không", "-", "?", "x"]),
)


@settings(max_examples=150)
@given(st.lists(PAIRS, min_size=6, max_size=6), st.integers(1, 3))
def test_integration_equals_brute_force(pairs: list[tuple[str, str]], needed: int) -> None:
    """Two programmes in each of three districts; 2 of 3 districts are needed."""
    plan = PLAN.with_rules({("integration", "min_programmes"): needed})
    rows = []
    for (district, code), pair in zip(itertools.product(DISTRICTS, ("2.1", "2.2")), pairs, strict=True):
        for column, token in zip(("document", "carried_out"), pair, strict=True):
            rows.append(observe(district, district, "integration", f"{code}:{column}", "Y", token))

    def values(row: Observation) -> tuple[str, str]:
        return ("given", "none") if row.item.endswith("document") else ("yes", "no")

    def reached(filled: Sequence[Observation], districts: Sequence[str]) -> bool:
        able = 0
        for district in districts:
            cells = {r.item: r.value for r in filled if r.unit_code == district}
            both = [cells[f"{c}:document"] == "given" and cells[f"{c}:carried_out"] == "yes" for c in ("2.1", "2.2")]
            able += sum(both) >= needed
        return able >= (2 if len(districts) == 3 else 1)

    for unit, districts in (("99", DISTRICTS), ("901", ("901",))):
        about = [r for r in rows if r.unit_code in districts]
        decided = (reached(filled, districts) for filled in _completions(about, None, values))
        assert _judge(plan, rows, "integration", unit, None) is _expected(decided)


@given(st.lists(COUNT_TOKENS, min_size=12, max_size=12), st.sampled_from(["any", "both"]), CUTOFFS)
def test_harm_reduction_equals_brute_force(tokens: list[str], wanted: str, cutoff: date | None) -> None:
    """Two limbs with two quarters in three districts; 20% of 3 = 0.6, so 1 district is needed."""
    plan = PLAN.with_rules({("harm_reduction", "limbs"): wanted})
    places = itertools.product(DISTRICTS, ("3.1.1", "3.2.1"), ("Q1", "Q4"))
    rows = [
        observe(district, district, "harm_reduction", item, period, token)
        for (district, item, period), token in zip(places, tokens, strict=True)
    ]

    def reached(filled: Sequence[Observation], districts: Sequence[str]) -> bool:
        done = {(r.unit_code, r.item[:3]) for r in filled if r.value != "0"}
        enough = 2 if wanted == "both" else 1
        return any(sum((d, limb) in done for limb in ("3.1", "3.2")) >= enough for d in districts)

    for unit, districts in (("99", DISTRICTS), ("901", ("901",))):
        about = [r for r in rows if r.unit_code in districts]
        decided = (reached(filled, districts) for filled in _completions(about, cutoff, lambda _: ("0", "1")))
        assert _judge(plan, rows, "harm_reduction", unit, cutoff) is _expected(decided)


SHEETS = st.one_of(
    st.sampled_from(["none", "silent"]),
    st.tuples(st.sampled_from(["1", "2", "-", "?"]), st.sampled_from(["Có", "Không", "-", "?"])),
)


@given(st.lists(SHEETS, min_size=4, max_size=4))
def test_support_model_equals_brute_force(sheets: list[str | tuple[str, str]]) -> None:
    """A silent sheet could have listed a model or said none; a line could be of any type and operate or not."""
    rows = []
    silent = 0
    for reporter, sheet in zip([*DISTRICTS, "99"], sheets, strict=True):
        if isinstance(sheet, str):
            silent += sheet == "silent"
            rows.append(
                observe(reporter, reporter, "support_model", "none:name", "Y", "-" if sheet == "silent" else "none")
            )
        else:
            rows.append(observe(reporter, reporter, "support_model", "4.1:name", "Y", f"Nhóm {reporter}"))
            rows.append(observe(reporter, reporter, "support_model", "4.1:type", "Y", sheet[0]))
            rows.append(observe(reporter, reporter, "support_model", "4.1:operating", "Y", sheet[1]))

    def values(row: Observation) -> tuple[str, ...]:
        kind = row.item.partition(":")[2]
        return {"type": ("1", "2", "3"), "operating": ("yes", "no")}.get(kind, ("",))

    def counted(filled: Sequence[Observation]) -> int:
        cells = {(r.reporter, r.item): r.value for r in filled}
        return sum(
            cells.get((r, "4.1:type")) == "1" and cells.get((r, "4.1:operating")) == "yes" for r in [*DISTRICTS, "99"]
        )

    decided = (
        counted(filled) + more >= 1 for filled in _completions(rows, None, values) for more in range(bool(silent) + 1)
    )
    assert _judge(PLAN, rows, "support_model", "99", None) is _expected(decided)


@given(st.lists(COUNT_TOKENS, min_size=8, max_size=8), st.sampled_from(["all", ("5.1", "5.2")]))
def test_media_equals_brute_force(tokens: list[str], outlets: str | tuple[str, str]) -> None:
    """Four doubtful months of two outlets; in the other eight months the first has an item."""
    plan = PLAN.with_rules({("media", "outlets"): outlets})
    items = ("5.1", "5.3")
    rows = [
        observe("99", "99", "media", item, f"M{month:02d}", token)
        for (item, month), token in zip(itertools.product(items, range(1, 5)), tokens, strict=True)
    ]
    rows += [observe("99", "99", "media", i, f"M{m:02d}", int(i == "5.1")) for i in items for m in range(5, 13)]

    def reached(filled: Sequence[Observation]) -> bool:
        used = [r for r in filled if r.value != "0" and (outlets == "all" or r.item in outlets)]
        return len({r.period for r in used}) == 12

    decided = (reached(filled) for filled in _completions(rows, None, lambda _: ("0", "1")))
    assert _judge(plan, rows, "media", "99", None) is _expected(decided)


CASE_TOKENS = st.sampled_from(["0", "0", "1", "1", "2", "-", "?"])


@settings(max_examples=300)
@given(st.lists(CASE_TOKENS, min_size=8, max_size=8), st.sampled_from(["handled", "not_handled"]), CUTOFFS)
def test_enforcement_is_never_overturned_by_a_consistent_completion(
    tokens: list[str], pending: str, cutoff: date | None
) -> None:
    """Nothing is deduced here, so more stays undetermined than need be; what is decided holds in every completion
    that does not contradict itself."""
    plan = PLAN.with_rules({("enforcement", "pending"): pending})
    places = itertools.product(("Q2", "Q4"), ("6.3", "6.4", "6.5", "6.6"))
    rows = [
        observe("901", "901", "enforcement", item, period, token)
        for (period, item), token in zip(places, tokens, strict=True)
    ]
    verdict = _judge(plan, rows, "enforcement", "901", cutoff)
    if verdict is Verdict.UNDETERMINED:
        return
    for filled in _completions(rows, cutoff, lambda _: ("0", "1", "2")):
        cells = {(r.item, r.period): int(r.value) for r in filled}
        quarters = [[cells[f"6.{row}", period] for row in (3, 4, 5, 6)] for period in ("Q2", "Q4")]
        if any(found != sum(parts) for found, *parts in quarters):
            continue
        handled = [sum(parts[: 3 if pending == "handled" else 2]) for _, *parts in quarters]
        complete = all(part == found for part, (found, *_) in zip(handled, quarters, strict=True))
        arose = any(found for found, *_ in quarters)
        truth = Verdict.NOT_MET if not complete else Verdict.MET if arose else Verdict.NONE_AROSE
        assert verdict is truth


# ---- filling a blank -------------------------------------------------------------------------------------------------


@st.composite
def _province(draw: st.DrawFn) -> list[Observation]:
    """A whole small province, every sheet, every state."""
    rows = [observe(c[:3], c, "communication", "", q, draw(COUNT_TOKENS)) for c in COMMUNES for q in QUARTERS]
    for district in DISTRICTS:
        for code in ("2.1", "2.2"):
            document, carried = draw(PAIRS)
            rows.append(observe(district, district, "integration", f"{code}:document", "Y", document))
            rows.append(observe(district, district, "integration", f"{code}:carried_out", "Y", carried))
        for item in ("3.1.1", "3.2.1"):
            rows += [observe(district, district, "harm_reduction", item, q, draw(COUNT_TOKENS)) for q in QUARTERS]
    for reporter in (*DISTRICTS, "99"):
        sheet = draw(SHEETS)
        if isinstance(sheet, str):
            token = "-" if sheet == "silent" else "none"
            rows.append(observe(reporter, reporter, "support_model", "none:name", "Y", token))
        else:
            cells = {
                "name": draw(st.sampled_from(["Nhóm 1", "Nhóm 2", "-"])),
                "type": sheet[0],
                "operating": sheet[1],
                "start": "-",
            }
            rows += [observe(reporter, reporter, "support_model", f"4.1:{k}", "Y", v) for k, v in cells.items()]
        for item in ("6.3", "6.4", "6.5", "6.6"):
            rows += [observe(reporter, reporter, "enforcement", item, q, draw(CASE_TOKENS)) for q in QUARTERS]
    rows += [observe("99", "99", "media", "5.1", f"M{m:02d}", draw(COUNT_TOKENS)) for m in range(1, 13)]
    return rows


def _values(row: Observation) -> tuple[str, ...]:
    column = row.item.partition(":")[2]
    words = {"document": ("given", "none"), "carried_out": ("yes", "no"), "operating": ("yes", "no")}
    words |= {"type": ("1", "2", "3"), "name": ("Nhóm 1", "Nhóm 9"), "start": ("2016-05-01", "2017-05-01")}
    return words.get(column, ("0", "1", "2"))


@settings(max_examples=300)
@given(_province(), st.data(), CUTOFFS)
def test_filling_a_blank_never_turns_met_into_not_met_or_back(
    rows: list[Observation], data: st.DataObject, cutoff: date | None
) -> None:
    """Whatever one more cell says, a finding that was decided is not reversed, for any unit and objective."""
    unknown = [i for i, row in enumerate(rows) if row.state in UNKNOWN_STATES]
    if not unknown:
        return
    at = data.draw(st.sampled_from(unknown))
    value = data.draw(st.sampled_from(_values(rows[at])))
    filled = [*rows]
    filled[at] = replace(rows[at], state=State.REPORTED, value=value)
    slug = rows[at].objective
    decided = {Verdict.MET, Verdict.NOT_MET}
    for unit in (*DISTRICTS, "99"):
        before, after = (_judge(PLAN, given_rows, slug, unit, cutoff) for given_rows in (rows, filled))
        assert {before, after} != decided, (unit, rows[at], value)


@given(_province(), CUTOFFS)
def test_bounds_hold_together(rows: list[Observation], cutoff: date | None) -> None:
    """low <= high <= total wherever they are counts of units, and the verdict follows from them alone."""
    evidence = evidence_of(PLAN, REGISTER, rows, dict.fromkeys([*DISTRICTS, "99"], cutoff))
    for slug in ("communication", "integration", "harm_reduction", "media"):
        for unit in REGISTER.reporters if slug != "media" else [REGISTER.province]:
            finding = OBJECTIVES[slug](evidence, unit)
            assert finding.low is not None and finding.high is not None and finding.total is not None
            assert finding.needed is not None and 0 <= finding.low <= finding.high <= finding.total
            met, possible = finding.low >= finding.needed, finding.high >= finding.needed
            assert finding.verdict == ("met" if met else "undetermined" if possible else "not_met")


def test_what_a_count_says() -> None:
    """A value above 0 is sure, a 0 of a closed period is none, everything else is unknown."""
    evidence: Evidence = evidence_of(PLAN, REGISTER, (), {"901": date(2017, 12, 14)})

    def standing(period: str, token: object) -> Standing:
        return of_cell(observe("901", "90101", "communication", "", period, token), evidence)

    assert standing("Q3", 0) is NONE and standing("Q4", 0) is UNKNOWN
    assert standing("Q4", 3) is LOW
    assert {standing("Q1", token) for token in "-?x"} == {UNKNOWN}


# ---- no float decides ------------------------------------------------------------------------------------------------

DECIDING = ("bounds", "objectives", "targets", "findings", "plan", "observations")
DIVIDED = ("self.numbers", "Fraction(")


@pytest.mark.parametrize("module", DECIDING)
def test_no_float_in_what_decides(module: str) -> None:
    """No float literal, no float(), no round(), and no division but of a Fraction (Target.numbers are Fractions)."""
    source = (Path(pcmd_eval.__file__).parent / f"{module}.py").read_text(encoding="utf-8")
    faults = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            faults.append((node.lineno, "a float literal"))
        if isinstance(node, ast.Name) and node.id in ("float", "round"):
            faults.append((node.lineno, node.id))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            left, names_a_file = ast.unparse(node.left), isinstance(node.right, (ast.JoinedStr, ast.Constant))
            names_a_file = names_a_file and not isinstance(getattr(node.right, "value", ""), int)
            if not names_a_file and not any(part in left for part in DIVIDED):
                faults.append((node.lineno, ast.unparse(node)))
        if isinstance(node, ast.ImportFrom) and node.module == "math":
            faults += [(node.lineno, alias.name) for alias in node.names if alias.name not in ("ceil", "floor")]
        if isinstance(node, ast.Import):
            names = {alias.name.partition(".")[0] for alias in node.names}
            faults += [(node.lineno, name) for name in names & {"math", "numpy", "pandas", "statistics"}]
    assert faults == []
