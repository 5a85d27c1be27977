"""The six objectives: cases worked by hand, and every completion of what is missing, enumerated."""

import itertools
from collections.abc import Iterable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml_cases import Case, cells_of, cells_of_each, load_cases

from pcmd_eval.evaluation.findings import evaluate, judge
from pcmd_eval.objectives.aggregation import at_least, count_cases
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused

CASES = load_cases()


@pytest.fixture(scope="module")
def alone(plan: Plan) -> dict[str, Plan]:
    """The plan with each of its objectives alone."""
    content = plan.content() | {"name": plan.name}
    written = {own["slug"]: content | {"objectives": [own]} for own in content["objectives"]}
    return {slug: Plan.model_validate(own) for slug, own in written.items()}


@pytest.fixture(scope="module")
def observed(alone: dict[str, Plan]) -> dict[Case, pd.DataFrame]:
    """The observations of every case."""
    found: dict[Case, pd.DataFrame] = {}
    for slug, plan in alone.items():
        cases = [case for case in CASES if case.objective == slug]
        frames = cells_of_each(plan, [case.sent(plan) for case in cases])
        found |= dict(zip(cases, frames, strict=True))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.objective}: {case.name}")
def test_judge_hand_case_gives_the_expected_finding(
    case: Case, alone: dict[str, Plan], observed: dict[Case, pd.DataFrame]
) -> None:
    ruled = case.plan(alone[case.objective])
    found = judge(ruled, case.objective, observed[case], explained=[*case.expect])
    found = found.set_index("unit_code")
    for code, expected in case.expect.items():
        row = found.loc[code]
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
    found = {
        (case.objective, e["verdict"])
        for case in CASES
        for e in case.expect.values()
        if "verdict" in e
    }
    own = {
        ("support_model", "not_applicable"),
        ("media", "not_applicable"),
        ("enforcement", "none_arose"),
    }
    assert (
        found
        == {(slug, v) for slug in OBJECTIVES for v in ("met", "not_met", "undetermined")} | own
    )


def test_evaluate_nothing_received_gives_84_rows_without_a_verdict(plan: Plan) -> None:
    """Never a default of Đạt or Chưa đạt; rows by code as text (25 after 240), then by number of
    the objective.
    """
    found = evaluate(plan, cells_of(plan, [], {}, plan.reporters.index))
    codes = [str(code) for code in (227, 228, *range(230, 241), 25)]
    slugs = [
        "communication",
        "integration",
        "harm_reduction",
        "support_model",
        "media",
        "enforcement",
    ]
    assert [*zip(found.unit_code, found.objective, strict=True)] == [
        (c, s) for c in codes for s in slugs
    ]
    assert {*found.verdict} == {"undetermined", "not_applicable"}
    duty = found[found.verdict == "undetermined"]
    assert (duty.low == 0).all() and not duty.reason.str.contains("phần đóng góp").any()


def test_count_cases_of_units_alone_sums_them_for_the_province(plan: Plan) -> None:
    """A form may ask the province's own bodies for no cases."""
    cells = cells_of(plan, [], {}, [])
    cells = cells[cells.reporter != plan.province]
    steps = OBJECTIVES["enforcement"].function(cells, plan["enforcement"].rule_values, plan.year)
    assert count_cases(cells, steps, plan.province).index[-1] == "25"


def test_at_least_is_open_only_where_unknown_parts_decide() -> None:
    """Two of three: sure with two, ruled out without two possible, else open."""
    parts = pd.Series([True, True, None, True, None, False, True, False, False], dtype="boolean")
    found = at_least(2, parts, by=[pd.Series([*"aaabbbccc"])])
    assert found["a"] and pd.isna(found["b"]) and not found["c"]


# ---- every completion ----------------------------------------------------------------------------
# One unit with unknown cells, and beside it, as other reporters of the same frame, every way to
# fill them.

TOKEN = st.sampled_from(["0", "0", "1", "1", None])
Given = list[tuple[str, str, str | None]]  # item, period, value


def _completed(slug: str, given: Given, values: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Reporter "asked" holds the cells as given, reporters "0", "1", … each completion; `values` by
    column.
    """
    column = [item.partition(":")[2] for item, _, _ in given]
    open_ = [i for i, (_, _, value) in enumerate(given) if value is None]
    fillings = itertools.product(*(values[column[i]] for i in open_))
    ways = {"asked": {}} | {
        str(n): dict(zip(open_, way, strict=True)) for n, way in enumerate(fillings)
    }
    rows = [
        (who, who, slug, item, item.partition(":")[0], column[i], period, way.get(i, value))
        for who, way in ways.items()
        for i, (item, period, value) in enumerate(given)
    ]
    names = ["reporter", "unit_code", "objective", "item", "row", "column", "period", "value"]
    cells = (
        pd.DataFrame(rows, columns=names)
        .astype("string")
        .assign(cutoff=pd.array(["2017-12-31"], "string")[0])
    )
    number = pd.to_numeric(cells.value, errors="coerce").astype("Int64")
    return cells.assign(number=number, some=number > 0)


def _agrees(parts: pd.Series) -> bool:
    """True and False are what every completion comes to; <NA> where completions differ."""
    parts = parts.droplevel([name for name in parts.index.names if name != "reporter"])
    complete, asked = {*parts.drop("asked")}, parts["asked"]
    return len(complete) == 2 if pd.isna(asked) else complete == {asked}


@given(
    st.lists(TOKEN, min_size=8, max_size=8),
    st.integers(1, 3),
    st.sampled_from([(1, 2, 3, 4), (2, 3, 4)]),
)
def test_communication_commune_status_holds_for_every_completion(
    tokens: list[str | None], needed: int, quarters: tuple[int, ...]
) -> None:
    """Two forms of communication in one commune."""
    places = itertools.product(["a", "b"], ["Q1", "Q2", "Q3", "Q4"])
    cells = _completed(
        "communication",
        [(i, p, t) for (i, p), t in zip(places, tokens, strict=True)],
        {"": ("0", "1")},
    )
    cells = cells.assign(unit_code="07888")
    assert _agrees(
        OBJECTIVES["communication"].function(
            cells, {"active_quarters": needed, "quarters": quarters}, 2017
        )["communes"]
    )


@given(st.lists(st.sampled_from(["yes", "no", None]), min_size=8, max_size=8), st.integers(1, 3))
def test_integration_district_status_holds_for_every_completion(
    tokens: list[str | None], needed: int
) -> None:
    """Four programmes, each with a document and an answer."""
    words = {"document": {"yes": "given", "no": "none"}, "carried_out": {"yes": "yes", "no": "no"}}
    places = [*itertools.product(["2.1", "2.2", "2.3", "2.4"], words)]
    given_ = [
        (f"{row}:{c}", "Y", words[c].get(t)) for (row, c), t in zip(places, tokens, strict=True)
    ]
    cells = _completed("integration", given_, {c: tuple(w.values()) for c, w in words.items()})
    assert _agrees(
        OBJECTIVES["integration"].function(cells, {"min_programmes": needed}, 2017)["districts"]
    )


@given(st.lists(TOKEN, min_size=8, max_size=8), st.sampled_from(["any", "both"]))
def test_harm_reduction_district_status_holds_for_every_completion(
    tokens: list[str | None], limbs: str
) -> None:
    """Two activities of each limb in two quarters."""
    places = itertools.product(["3.1.1", "3.1.2", "3.2.1", "3.2.2"], ["Q1", "Q3"])
    cells = _completed(
        "harm_reduction",
        [(i, p, t) for (i, p), t in zip(places, tokens, strict=True)],
        {"": ("0", "1")},
    )
    assert _agrees(
        OBJECTIVES["harm_reduction"].function(cells, {"limbs": limbs}, 2017)["districts"]
    )


@given(st.lists(TOKEN, min_size=3, max_size=3), st.sampled_from(["all", ("5.1", "5.2")]))
def test_media_month_status_holds_for_every_completion(
    tokens: list[str | None], outlets: str | tuple[str, ...]
) -> None:
    """Three outlets in one month."""
    given_ = [(f"5.{n}", "M03", token) for n, token in enumerate(tokens, 1)]
    cells = _completed("media", given_, {"": ("0", "1")})
    assert _agrees(
        OBJECTIVES["media"].function(cells, {"months": [3], "outlets": outlets}, 2017)["months"]
    )


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
    given_ = [
        ("4.1:name", "Y", "a"),
        ("4.1:type", "Y", kind),
        ("4.1:operating", "Y", runs),
        ("4.1:start", "Y", start),
    ]
    ways = {
        "type": ("1", "2", "3"),
        "operating": ("yes", "no"),
        "start": ("2016-05-01", "2017-05-01"),
    }
    cells = _completed("support_model", given_, ways)
    assert _agrees(OBJECTIVES["support_model"].function(cells, {"started": started}, 2017)["lines"])


@settings(max_examples=150)
@given(
    st.lists(st.sampled_from(["0", "1", "1", "2", "3", None]), min_size=8, max_size=8),
    st.sampled_from(["not_handled", "handled"]),
)
def test_enforcement_reporter_status_holds_for_every_completion(
    tokens: list[str | None], pending: str
) -> None:
    """Two quarters. A completion that contradicts itself is no year that could have been."""
    tokens = _at_most(4, tokens)
    places = itertools.product(["6.3", "6.4", "6.5", "6.6"], ["Q1", "Q2"])
    given_ = [(i, p, t) for (i, p), t in zip(places, tokens, strict=True)]
    steps = OBJECTIVES["enforcement"].function(
        _completed("enforcement", given_, {"": ("0", "1", "2", "3")}), {"pending": pending}, 2017
    )
    quarters = steps["quarters"]
    closed = quarters.administrative + quarters.criminal
    is_wrong = (closed > quarters.detected) | (closed + quarters.pending != quarters.detected)
    sound = ~is_wrong.fillna(False).groupby("reporter").any()
    asked, possible = (
        steps["reporters"].loc["asked"],
        steps["reporters"][sound].drop("asked", errors="ignore"),
    )
    if asked.verdict in ("met", "not_met", "none_arose"):
        assert {*possible.verdict} <= {asked.verdict}
    assert (possible.low >= asked.low).all() and (
        pd.isna(asked.high) or (possible.high == asked.high).all()
    )
    assert pd.isna(asked.total) or (possible.total == asked.total).all()


def _at_most(most: int, tokens: Iterable[str | None]) -> list[str | None]:
    """The tokens with every unknown one after the first few set to 0, to keep the enumeration
    small.
    """
    left = itertools.count(1)
    return [token if token is not None or next(left) <= most else "0" for token in tokens]


def test_judge_unknown_step_is_refused(plan: Plan) -> None:
    """A misspelt name would leave the finding unchanged without a word."""
    cells = cells_of(plan, *CASES[0].sent(plan))
    with pytest.raises(InputRefused, match="communication không có bước commune; các bước: cells"):
        judge(plan, "communication", cells, {"commune": pd.Series(dtype="boolean")})


def test_enforcement_quarter_with_more_handled_than_detected_is_not_complete(plan: Plan) -> None:
    # 1 detected, 1 + 1 handled: an edited frame, whose states nobody has compared.
    given = [("6.3", "Q1", "1"), ("6.4", "Q1", "1"), ("6.5", "Q1", "1"), ("6.6", "Q1", "0")]
    cells = _completed("enforcement", given, {})
    steps = plan.steps("enforcement", cells)
    quarter = steps["quarters"].loc[("asked", "Q1")]
    assert [quarter.complete, quarter.unhandled] == [False, pd.NA]
    assert steps["reporters"].verdict["asked"] == "undetermined"
