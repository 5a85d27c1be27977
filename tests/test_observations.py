"""The table of observations: periods, what was open, and that it reads back as it was written."""

from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import MONTHS, QUARTERS, a_return, evidence_of, observe
from hypothesis import given, settings
from hypothesis import strategies as st

from pcmd_eval.errors import InputRefused
from pcmd_eval.files import inert, printable
from pcmd_eval.observations import (
    OBSERVATION_COLUMNS,
    RETURN_COLUMNS,
    Evidence,
    Observation,
    Return,
    ReturnState,
    State,
    load_evidence,
    observations_csv,
    period_end,
    returns_csv,
)
from pcmd_eval.project import Project, open_project


def test_the_columns_are_those_of_the_design() -> None:
    """Exactly these, in this order."""
    assert ",".join(OBSERVATION_COLUMNS) == "reporter,unit_code,objective,item,period,value,state,file,sheet,cell,raw"
    assert ",".join(RETURN_COLUMNS) == (
        "reporter,unit_name,state,late,file,sent,cutoff,expected,reported,blank,unreadable,absent,illustrative"
    )
    assert [s.value for s in State] == ["reported", "blank", "unreadable", "absent"]
    # The eighth is for a reporter of whom a plan asks nothing; the design's plan asks everyone.
    assert [s.value for s in ReturnState if s is not ReturnState.NOT_ASKED] == [
        *("missing", "unreadable", "superseded", "empty", "partial", "late", "on_time")
    ]


@pytest.mark.parametrize(
    ("year", "period", "end"),
    [
        (2017, "Q1", date(2017, 3, 31)),
        (2017, "Q2", date(2017, 6, 30)),
        (2017, "Q3", date(2017, 9, 30)),
        (2017, "Q4", date(2017, 12, 31)),
        (2017, "Y", date(2017, 12, 31)),
        (2017, "M01", date(2017, 1, 31)),
        (2017, "M02", date(2017, 2, 28)),
        (2016, "M02", date(2016, 2, 29)),
        (2017, "M11", date(2017, 11, 30)),
        (2017, "M12", date(2017, 12, 31)),
    ],
)
def test_the_last_day_of_a_period(year: int, period: str, end: date) -> None:
    """Quarters, months and the year."""
    assert period_end(year, period) == end


@pytest.mark.parametrize(
    ("cutoff", "open_periods"),
    [
        (None, set()),
        (date(2017, 12, 31), set()),
        (date(2018, 2, 1), set()),
        (date(2017, 12, 15), set()),  # 16 days
        (date(2017, 12, 14), {"Q4", "M12"}),  # 17 days
        (date(2017, 11, 14), {"Q4", "M12"}),  # November: 16 days
        (date(2017, 11, 13), {"Q4", "M11", "M12"}),
        (date(2017, 9, 14), {"Q4", "M10", "M11", "M12"}),
        (date(2017, 9, 13), {"Q3", "Q4", "M09", "M10", "M11", "M12"}),
        (date(2016, 12, 1), {*QUARTERS, *MONTHS}),
    ],
)
def test_which_periods_were_not_over(project: Project, cutoff: date | None, open_periods: set[str]) -> None:
    """Those that end more than 16 days after the day up to which the figures go."""
    evidence = evidence_of(project.plan, project.register, (), {"230": cutoff})
    found = {
        period
        for period in (*QUARTERS, *MONTHS)
        if not evidence.over(observe("230", "230", "enforcement", "6.3", period, 0))
    }
    assert found == open_periods


def test_the_number_of_open_days_is_a_rule_of_the_plan(project: Project) -> None:
    """With 30 days, figures up to 1/12 cover December."""
    rule = project.plan.rules["open_period_days"].model_copy(update={"value": 30})
    other = project.plan.model_copy(update={"rules": project.plan.rules | {"open_period_days": rule}})
    evidence = evidence_of(project.plan, project.register, (), {"230": date(2017, 12, 1)})
    cell = observe("230", "230", "enforcement", "6.3", "Q4", 0)
    assert not evidence.over(cell) and evidence.under(other).over(cell)


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("missing", False),
        ("unreadable", False),
        ("superseded", False),
        ("empty", True),
        ("partial", True),
        ("late", True),
        ("on_time", True),
    ],
)
def test_which_returns_count(project: Project, state: str, counts: bool) -> None:
    """Late ones in full; the cut-off is that of the one that counts."""
    one = replace(a_return("230", date(2017, 12, 14)), state=ReturnState(state))
    evidence = Evidence(project.plan, project.register, (), (one,))
    assert one.counts is counts
    assert evidence.cutoff("230") == (date(2017, 12, 14) if counts else None)


def test_observations_are_found_by_objective_and_unit(project: Project) -> None:
    """And nothing else comes with them."""
    rows = [observe("230", unit, slug, "", "Q1", 1) for unit in ("07969", "07972") for slug in ("communication", "x")]
    evidence = evidence_of(project.plan, project.register, rows)
    assert evidence.of("communication", "07972") == [rows[2]] and evidence.of("media", "07972") == []


# ---- round trips -----------------------------------------------------------------------------------------------------

PLAIN = st.text(alphabet="abc ăđ,;\"'\n|.5", max_size=12)
RAW = st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cn"], blacklist_characters="\r"), max_size=20)
CELL = st.builds(
    Observation,
    reporter=st.sampled_from(["230", "25"]),
    unit_code=st.sampled_from(["07969", "230", "25"]),
    objective=st.sampled_from(["communication", "enforcement"]),
    item=PLAIN,
    period=st.sampled_from(["Q1", "M12", "Y"]),
    value=st.sampled_from(["", "0", "12", "given", "2017-05-01"]),
    state=st.sampled_from(State),
    file=st.sampled_from(["", "230-doan-hung.xlsx", "báo cáo, lần 2.xlsx"]),
    sheet=st.just("1 Tuyên truyền"),
    cell=st.sampled_from(["", "E5"]),
    raw=RAW,
)
DAYS = st.none() | st.dates(date(2017, 1, 1), date(2018, 12, 31))
FLAGS = st.sampled_from([True, False, None])
RETURN = st.builds(
    Return,
    reporter=st.sampled_from(["230", "25", ""]),
    unit_name=st.sampled_from(["Huyện Đoan Hùng", ""]),
    state=st.sampled_from(ReturnState),
    late=FLAGS,
    file=st.sampled_from(["", "a.xlsx"]),
    sent=DAYS,
    cutoff=DAYS,
    expected=st.integers(0, 500),
    reported=st.integers(0, 500),
    blank=st.integers(0, 500),
    unreadable=st.integers(0, 500),
    absent=st.integers(0, 500),
    illustrative=FLAGS,
)


def _read_back(observations: list[Observation], returns: list[Return]) -> Evidence:
    """Write both tables and read them."""
    with TemporaryDirectory() as name:
        (Path(name) / "observations.csv").write_bytes(observations_csv(observations))
        (Path(name) / "returns.csv").write_bytes(returns_csv(returns))
        project = open_project("phu_tho_2017")
        return load_evidence(project.plan, project.register, Path(name))


@settings(max_examples=50)
@given(st.lists(CELL, max_size=5), st.lists(RETURN, max_size=3))
def test_evidence_reads_back_as_it_was_written(observations: list[Observation], returns: list[Return]) -> None:
    """Every field of every row; text that a spreadsheet would run comes back with the quote that keeps it from running,
    control characters are gone."""
    found = _read_back(observations, returns)
    assert list(found.observations) == [
        replace(o, **{f.name: inert(getattr(o, f.name)) for f in fields(o) if f.name != "state"}) for o in observations
    ]
    assert list(found.returns) == returns


@pytest.mark.parametrize("text", ["một\rhai", "một\nhai", "một\r\nhai", "\r"])
def test_a_line_break_in_a_cell_breaks_no_row(text: str) -> None:
    """Whichever line break a cell holds, its row stays one row."""
    rows = [replace(observe("230", "230", "enforcement", "6.3", "Q1", "?"), raw=text) for _ in range(2)]
    found = _read_back(rows, [])
    assert [(o.reporter, o.item, o.state) for o in found.observations] == [("230", "6.3", "unreadable")] * 2
    assert [o.raw.split() for o in found.observations] == [inert(text).split()] * 2


@given(RAW)
def test_inert_text_is_never_a_formula(text: str) -> None:
    """OWASP's first characters, after what is not printable is gone; numbers stay numbers."""
    shown = inert(text)
    assert printable(shown) == shown
    assert not shown.startswith(("=", "@", "\t", "\r"))
    assert not shown.startswith(("+", "-")) or shown.lstrip("-").replace(",", "").replace(".", "").isdigit()
    assert shown.removeprefix("'") in (printable(text), printable(text).removeprefix("'"))


def test_the_tables_are_plain_csv(project: Project) -> None:
    """UTF-8 without BOM, LF, dates in ISO, yes, no or nothing."""
    one = replace(a_return("230", date(2017, 12, 14)), unit_name="Huyện Đoan Hùng", late=True, illustrative=False)
    header, row = returns_csv([one]).decode("utf-8").splitlines()
    assert header == ",".join(RETURN_COLUMNS)
    assert row == "230,Huyện Đoan Hùng,on_time,yes,230.xlsx,2017-12-20,2017-12-14,0,0,0,0,0,no"
    assert b"\r" not in returns_csv([one]) and not returns_csv([one]).startswith(b"\xef")


@pytest.mark.parametrize("missing", ["observations.csv", "returns.csv"])
def test_a_table_that_is_not_there_is_refused_with_what_to_do(tmp_path: Path, project: Project, missing: str) -> None:
    """`evaluate` makes it."""
    for name, content in (("observations.csv", observations_csv([])), ("returns.csv", returns_csv([]))):
        if name != missing:
            (tmp_path / name).write_bytes(content)
    with pytest.raises(InputRefused, match=missing.replace(".", r"\.")):
        load_evidence(project.plan, project.register, tmp_path)


def test_evidence_of_marked_returns_is_illustrative(project: Project) -> None:
    """One mark is enough."""
    marked = replace(a_return("230", None), illustrative=True)
    assert Evidence(project.plan, project.register, (), (marked,)).illustrative
    assert not evidence_of(project.plan, project.register, ()).illustrative
