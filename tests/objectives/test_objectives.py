"""The six objectives: cases worked by hand, and every completion of what is missing, enumerated."""

import itertools
from collections.abc import Iterable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yaml_cases import Case, cells_of, cells_of_each, load_cases

from pcmd_eval import at_least
from pcmd_eval.evaluation.findings import evaluate, judge
from pcmd_eval.objectives.aggregation import count_cases, count_models
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused

CASES = load_cases()


@pytest.fixture(scope="module")
def plans(plan: Plan) -> dict[str, Plan]:
    """The plan with each of its objectives alone."""
    content = plan.content() | {"name": plan.name}
    entries = {entry["slug"]: content | {"objectives": [entry]} for entry in content["objectives"]}
    return {slug: Plan.model_validate(entry) for slug, entry in entries.items()}


@pytest.fixture(scope="module")
def observed(plans: dict[str, Plan]) -> dict[Case, pd.DataFrame]:
    """The observations of every case."""
    frames: dict[Case, pd.DataFrame] = {}
    for slug, plan in plans.items():
        cases = [case for case in CASES if case.objective == slug]
        sets = cells_of_each(plan, [case.sent(plan) for case in cases])
        frames |= dict(zip(cases, sets, strict=True))
    return frames


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.objective}: {case.name}")
def test_judge_hand_case_gives_the_expected_finding(
    case: Case, plans: dict[str, Plan], observed: dict[Case, pd.DataFrame]
) -> None:
    ruled = case.plan(plans[case.objective])
    findings = judge(ruled, case.objective, observed[case], explained=[*case.expect])
    for code, expected in case.expect.items():
        row = findings.set_index("unit_code").loc[code]
        for key, value in expected.items():
            if key in ("says", "silent"):
                assert all((words in row.reason) == (key == "says") for words in value), row.reason
            elif value == "empty":
                assert pd.isna(row[key]), (code, key, row[key])
            elif key in ("value_low", "value_high"):  # as printed: six decimals
                assert f"{row[key]:.6f}" == value, (code, key, row[key])
            else:
                assert row[key] == value, (code, key, row[key])


def test_hand_cases_cover_each_verdict_of_each_objective() -> None:
    verdicts = {
        (case.objective, expected["verdict"])
        for case in CASES
        for expected in case.expect.values()
        if "verdict" in expected
    }
    possible = {(slug, v) for slug in OBJECTIVES for v in ("met", "not_met", "undetermined")}
    possible |= {("support_model", "not_applicable"), ("media", "not_applicable")}
    assert verdicts == possible | {("enforcement", "none_arose")}


def test_evaluate_nothing_received_gives_84_rows_without_a_verdict(plan: Plan) -> None:
    """Never a default of Đạt or Chưa đạt; rows by code as text (25 after 240), then by number of
    the objective.
    """
    findings = evaluate(plan, cells_of(plan, [], {}, plan.reporters.index))
    codes = [str(code) for code in (227, 228, *range(230, 241), 25)]
    keys = [*zip(findings.unit_code, findings.objective, strict=True)]
    assert keys == [(code, slug) for code in codes for slug in OBJECTIVES]
    assert {*findings.verdict} == {"undetermined", "not_applicable"}
    open_findings = findings[findings.verdict == "undetermined"]
    assert (open_findings.low == 0).all()
    assert not open_findings.reason.str.contains("phần đóng góp").any()


def test_count_cases_of_units_alone_sums_them_for_the_province(plan: Plan) -> None:
    """A form may ask the province's own bodies for no cases."""
    cells = cells_of(plan, [], {}, [])
    cells = cells[cells.reporter != plan.province]
    steps = OBJECTIVES["enforcement"].function(cells, plan["enforcement"].rule_values, plan.year)
    assert count_cases(cells, steps, plan.province).index[-1] == "25"


def test_at_least_is_open_only_where_unknown_parts_decide() -> None:
    """Two of three: sure with two, ruled out without two possible, else open."""
    parts = pd.Series([True, True, None, True, None, False, True, False, False], dtype="boolean")
    answers = at_least(2, parts, by=[pd.Series([*"aaabbbccc"])])
    assert answers["a"] and pd.isna(answers["b"]) and not answers["c"]


# ---- every completion ----------------------------------------------------------------------------
# One unit with unknown cells, and beside it, as other reporters of the same frame, every way to
# fill them.

TOKEN = st.sampled_from(["0", "0", "1", "1", None])
Inputs = list[tuple[str, str, str | None]]  # item, period, value
COUNTS = {"": ("0", "1")}


def _completed(slug: str, inputs: Inputs, values: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Reporter "asked" holds the cells as reported, reporters "0", "1", … each completion; `values`
    by column.
    """
    columns = [item.partition(":")[2] for item, _, _ in inputs]
    gaps = [at for at, (_, _, value) in enumerate(inputs) if value is None]
    fillings = itertools.product(*(values[columns[at]] for at in gaps))
    ways = {"asked": {}} | {
        str(number): dict(zip(gaps, way, strict=True)) for number, way in enumerate(fillings)
    }
    rows = [
        (who, who, slug, item, item.partition(":")[0], columns[at], period, way.get(at, value))
        for who, way in ways.items()
        for at, (item, period, value) in enumerate(inputs)
    ]
    names = ["reporter", "unit_code", "objective", "item", "row", "column", "period", "value"]
    cells = pd.DataFrame(rows, columns=names).astype("string")
    number = pd.to_numeric(cells.value, errors="coerce").astype("Int64")
    cutoff = pd.array(["2017-12-31"], "string")[0]
    return cells.assign(cutoff=cutoff, state="reported", number=number, some=number > 0)


def _by_quarter(rows: str, periods: str, tokens: list[str | None]) -> Inputs:
    """Return one input for each row and period, in their order."""
    places = itertools.product(rows.split(), periods.split())
    return [(row, period, token) for (row, period), token in zip(places, tokens, strict=True)]


def _agrees(slug: str, cells: pd.DataFrame, rules: dict[str, object], step: str) -> bool:
    """Return whether True and False of a step are what every completion comes to, and <NA> stands
    where completions differ.
    """
    parts = OBJECTIVES[slug].function(cells, rules, 2017)[step]
    parts = parts.droplevel([name for name in parts.index.names if name != "reporter"])
    complete, asked = {*parts.drop("asked")}, parts["asked"]
    return len(complete) == 2 if pd.isna(asked) else complete == {asked}


@pytest.mark.slow
@given(
    st.lists(TOKEN, min_size=8, max_size=8),
    st.integers(1, 3),
    st.sampled_from([(1, 2, 3, 4), (2, 3, 4)]),
)
def test_communication_commune_status_holds_for_every_completion(
    tokens: list[str | None], needed: int, quarters: tuple[int, ...]
) -> None:
    """Two forms of communication in one commune."""
    cells = _completed("communication", _by_quarter("a b", "Q1 Q2 Q3 Q4", tokens), COUNTS)
    rules = {"active_quarters": needed, "quarters": quarters}
    assert _agrees("communication", cells.assign(unit_code="07888"), rules, "communes")


@pytest.mark.slow
@given(st.lists(st.sampled_from(["yes", "no", None]), min_size=8, max_size=8), st.integers(1, 3))
def test_integration_district_status_holds_for_every_completion(
    tokens: list[str | None], needed: int
) -> None:
    """Four programmes, each with a document and an answer."""
    words = {"document": {"yes": "given", "no": "none"}, "carried_out": {"yes": "yes", "no": "no"}}
    places = [*itertools.product(["2.1", "2.2", "2.3", "2.4"], words)]
    inputs = [
        (f"{row}:{c}", "Y", words[c].get(t)) for (row, c), t in zip(places, tokens, strict=True)
    ]
    values = {column: tuple(entry.values()) for column, entry in words.items()}
    cells = _completed("integration", inputs, values)
    assert _agrees("integration", cells, {"min_programmes": needed}, "districts")


@pytest.mark.slow
@given(st.lists(TOKEN, min_size=8, max_size=8), st.sampled_from(["any", "both"]))
def test_harm_reduction_district_status_holds_for_every_completion(
    tokens: list[str | None], limbs: str
) -> None:
    """Two activities of each limb in two quarters."""
    inputs = _by_quarter("3.1.1 3.1.2 3.2.1 3.2.2", "Q1 Q3", tokens)
    cells = _completed("harm_reduction", inputs, COUNTS)
    assert _agrees("harm_reduction", cells, {"limbs": limbs}, "districts")


@pytest.mark.slow
@given(st.lists(TOKEN, min_size=3, max_size=3), st.sampled_from(["all", ("5.1", "5.2")]))
def test_media_month_status_holds_for_every_completion(
    tokens: list[str | None], outlets: str | tuple[str, ...]
) -> None:
    """Three outlets in one month."""
    cells = _completed("media", _by_quarter("5.1 5.2 5.3", "M03", tokens), COUNTS)
    assert _agrees("media", cells, {"months": [3], "outlets": outlets}, "months")


@pytest.mark.slow
@given(
    st.sampled_from(["1", "2", None]),
    st.sampled_from(["yes", "no", None]),
    st.sampled_from(["2016-05-01", "2017-05-01", "2018-01-05", None]),
    st.sampled_from(["any", "plan_year"]),
)
def test_support_model_line_status_holds_for_every_completion(
    kind: str | None, runs: str | None, start: str | None, started: str
) -> None:
    """One line; a blank start counts as in time, so that it is filled in before the cut-off."""
    line = {"name": "a", "type": kind, "operating": runs, "start": start}
    values = {"type": ("1", "2", "3"), "operating": ("yes", "no")}
    values["start"] = ("2016-05-01", "2017-05-01")
    inputs = [(f"4.1:{column}", "Y", value) for column, value in line.items()]
    cells = _completed("support_model", inputs, values)
    assert _agrees("support_model", cells, {"started": started}, "lines")


@pytest.mark.parametrize(("column", "high"), [("start", None), ("persons", 0)])
def test_support_model_list_with_a_contradictory_answer_is_not_bounded(
    column: str, high: int | None, plan: Plan
) -> None:
    """One line of type 2: the answer may add a model of type 1, but not one about persons."""
    line = {"name": "a", "type": "2", "operating": "yes", "start": "2017-05-01", "persons": "4"}
    inputs = [(f"4.1:{name}", "Y", value) for name, value in line.items()]
    cells = _completed("support_model", inputs, {})
    cells = cells.assign(state=cells.state.mask(cells.column == column, "contradictory"))
    rules = plan["support_model"].rule_values
    steps = OBJECTIVES["support_model"].function(cells, rules, plan.year)
    counts = count_models(cells, steps, "25")
    assert counts.high.fillna(-1).tolist() == [-1 if high is None else high]


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(["0", "1", "1", "2", "3", None]), min_size=8, max_size=8),
    st.sampled_from(["not_handled", "handled"]),
)
def test_enforcement_reporter_status_holds_for_every_completion(
    tokens: list[str | None], pending: str
) -> None:
    """Two quarters. A completion that contradicts itself is no year that could have been."""
    inputs = _by_quarter("6.3 6.4 6.5 6.6", "Q1 Q2", _at_most(4, tokens))
    cells = _completed("enforcement", inputs, {"": ("0", "1", "2", "3")})
    steps = OBJECTIVES["enforcement"].function(cells, {"pending": pending}, 2017)
    quarters, reporters = steps["quarters"], steps["reporters"]
    closed = quarters.administrative + quarters.criminal
    is_wrong = (closed > quarters.detected) | (closed + quarters.pending != quarters.detected)
    sound = ~is_wrong.fillna(False).groupby("reporter").any()
    asked, possible = reporters.loc["asked"], reporters[sound].drop("asked", errors="ignore")
    if asked.verdict in ("met", "not_met", "none_arose"):
        assert {*possible.verdict} <= {asked.verdict}
    assert (possible.low >= asked.low).all()
    assert pd.isna(asked.high) or (possible.high == asked.high).all()
    assert pd.isna(asked.total) or (possible.total == asked.total).all()


def _at_most(most: int, tokens: Iterable[str | None]) -> list[str | None]:
    """The tokens with every unknown one after the first few set to 0, to keep the enumeration
    small.
    """
    gaps = itertools.count(1)
    return [token if token is not None or next(gaps) <= most else "0" for token in tokens]


def test_judge_unknown_step_is_refused(plan: Plan) -> None:
    """A misspelt name would leave the finding unchanged without a word."""
    cells = cells_of(plan, *CASES[0].sent(plan))
    with pytest.raises(InputRefused, match="communication không có bước commune; các bước: cells"):
        judge(plan, "communication", cells, {"commune": pd.Series(dtype="boolean")})


def test_enforcement_quarter_with_more_handled_than_detected_is_not_complete(plan: Plan) -> None:
    # 1 detected, 1 + 1 handled: an edited frame, whose states nobody has compared.
    inputs = _by_quarter("6.3 6.4 6.5 6.6", "Q1", ["1", "1", "1", "0"])
    cells = _completed("enforcement", inputs, {})
    steps = OBJECTIVES["enforcement"].function(cells, plan["enforcement"].rule_values, plan.year)
    quarter = steps["quarters"].loc[("asked", "Q1")]
    assert not quarter.settled and not quarter.unhandled
    assert steps["reporters"].verdict["asked"] == "undetermined"
