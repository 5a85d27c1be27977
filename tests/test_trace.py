"""Every finding is the sum of its trace, and a cell is in the traces of exactly those findings that depend on it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from conftest import load_cases
from filling import fill
from hypothesis import given, settings
from hypothesis import strategies as st

from pcmd_eval import paths
from pcmd_eval.bounds import Standing
from pcmd_eval.findings import Finding
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.intake.template import blank_return
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import Evidence, Observation, State
from pcmd_eval.paths import OutputFolder
from pcmd_eval.plan import Plan
from pcmd_eval.project import Project, open_project
from pcmd_eval.proof.recount import recount
from pcmd_eval.proof.trace import COLUMNS, Step, load_trace, trace, trace_csv, write_traces
from pcmd_eval.units import Unit


def pairs(evidence: Evidence) -> Iterator[tuple[Unit, str]]:
    for unit in evidence.register.reporters:
        for objective in evidence.plan.objectives:
            yield unit, objective.slug


def adds_up(evidence: Evidence, unit: Unit, slug: str) -> None:
    """The trace gives the finding's counts by its cells, and again by the parts that its rows name."""
    finding, steps = OBJECTIVES[slug](evidence, unit), trace(evidence, unit, slug)
    counts = (finding.low, finding.high, finding.total)
    assert recount(steps, evidence.plan, evidence.register, slug, unit) == counts, (unit.code, slug)
    if slug in ("communication", "integration", "harm_reduction", "support_model", "media") and finding.low is not None:
        parts = dict(step.parts[-1] for step in steps)
        assert sum(how == "low" for how in parts.values()) == finding.low
        if finding.high is not None and slug != "communication":
            assert sum(how in ("low", "unknown") for how in parts.values()) == finding.high


@cache
def shipped() -> Evidence:
    project = open_project("phu_tho_2017")
    folder = paths.returns_folder("phu_tho_2017")
    return read_returns(folder, project.plan, project.form, project.register).evidence


def test_the_trace_of_every_shipped_finding_recomputes_it():
    evidence = shipped()
    for unit, slug in pairs(evidence):
        adds_up(evidence, unit, slug)


def test_the_trace_recomputes_under_every_alternative():
    evidence = shipped()
    for objective in evidence.plan.objectives:
        for alternative in evidence.plan.alternatives(objective.slug):
            other = evidence.under(alternative.plan)
            for unit in evidence.register.reporters:
                adds_up(other, unit, objective.slug)


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_the_trace_recomputes_every_case(case, project: Project):
    evidence = case.evidence(project)
    for unit in evidence.register.reporters:
        adds_up(evidence, unit, case.objective)


def test_rows_say_which_rule_and_what_each_cell_counted_as(register):
    evidence = shipped()
    steps = trace(evidence, register.reporter("230"), "communication")
    communes = {step.observation.unit_code for step in steps}
    assert communes == {commune.code for commune in register.communes("230")}
    assert {step.keys[-1] for step in steps} == {"active_quarters"}
    assert {step.counts_as for step in steps} <= set(Standing)
    first = steps[0]
    assert [name for name, _ in first.parts] == [f"{first.observation.unit_code}/Q1", first.observation.unit_code]
    assert all(step.observation.period != "Y" for step in steps), "attendance decides nothing"


def test_a_zero_of_a_period_that_was_not_over_names_that_rule():
    evidence = shipped()
    steps = [step for unit, slug in pairs(evidence) for step in trace(evidence, unit, slug)]
    open_ = [step for step in steps if "open_period_days" in step.keys]
    for step in open_:
        assert (step.observation.value, step.counts_as) == ("0", Standing.UNKNOWN)
    doubted = [step for step in steps if step.observation.reported and step.counts_as is Standing.UNKNOWN]
    assert doubted == open_


def test_districts_without_a_duty(register):
    evidence = shipped()
    for district in register.districts:
        assert trace(evidence, district, "media") == []
        steps = trace(evidence, district, "support_model")
        assert district.code in {step.observation.reporter for step in steps}
    whole = trace(evidence, register.province, "support_model")
    assert {step.observation.reporter for step in whole} == {unit.code for unit in register.reporters}


def test_traces_are_written_and_read_back(tmp_path: Path):
    evidence = shipped()
    output = OutputFolder(tmp_path)
    (output.internal / "trace").mkdir(parents=True)
    (output.internal / "trace" / "999-media.csv").write_text("old")
    names = write_traces(evidence, output)
    assert len(names) == 14 * 6 + 1
    assert sorted(p.name for p in (output.internal / "trace").iterdir()) == names
    for unit, slug in pairs(evidence):
        path = output.internal / "trace" / f"{unit.code}-{slug}.csv"
        assert path.read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)
        assert trace_csv(load_trace(path)) == path.read_bytes() == trace_csv(trace(evidence, unit, slug))


# ---- a change of one cell -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def blanks(tmp_path_factory) -> Path:
    project, folder = open_project("phu_tho_2017"), tmp_path_factory.mktemp("blanks")
    for reporter in project.register.reporters:
        content = blank_return(project.plan, project.form, project.register, reporter)
        (folder / f"{reporter.folder}.xlsx").write_bytes(content)
    return folder


_VALUES = {
    "document": ("given", "none"),
    "carried_out": ("yes", "no"),
    "operating": ("yes", "no"),
    "type": ("1", "2"),
    "start": ("2016-05-01", "2017-05-01", "2018-05-01"),
    "name": ("Mô hình A", "Mô hình B"),
    "budget": ("12,5", "0"),
}


def changed(o: Observation, choice: int) -> Observation:
    """The same cell with another value, or blank."""
    if choice == 0 and o.state is not State.BLANK:
        return replace(o, value="", state=State.BLANK, raw="")
    offered = _VALUES.get(o.item.partition(":")[2], ("0", "1", "2"))
    offered = ("Không có mô hình",) if o.item == "none:name" else offered
    others = [value for value in offered if (o.state, o.value) != (State.REPORTED, value)]
    if not others:
        return replace(o, value="", state=State.BLANK, raw="")
    value = others[choice % len(others)]
    return replace(o, value=value, state=State.REPORTED, raw=value)


Whole = dict[tuple[str, str], tuple[Finding, list[Step]]]


def everything(evidence: Evidence) -> Whole:
    return {
        (unit.code, slug): (OBJECTIVES[slug](evidence, unit), trace(evidence, unit, slug))
        for unit, slug in pairs(evidence)
    }


def hold(before: Evidence, position: int, choice: int, old: Whole | None = None) -> None:
    """Change one cell: the findings that have it in their trace may change, and their traces do; no other does."""
    cells = list(before.observations)
    was, cells[position] = cells[position], changed(cells[position], choice)
    after = replace(before, observations=tuple(cells))
    old, new = old or everything(before), everything(after)
    for key in old:
        depends = any(step.observation is was for step in old[key][1])
        depends |= any(step.observation is cells[position] for step in new[key][1])
        assert (old[key][1] != new[key][1]) == depends, (key, was)
        assert depends or old[key][0] == new[key][0], (key, was)
    for unit, slug in pairs(after):
        finding, steps = new[unit.code, slug]
        counts = (finding.low, finding.high, finding.total)
        assert recount(steps, after.plan, after.register, slug, unit) == counts


@settings(max_examples=12)
@given(data=st.data())
def test_a_change_of_any_shipped_cell_changes_what_depends_on_it_and_nothing_else(data):
    evidence = shipped()
    slug = data.draw(st.sampled_from(list(OBJECTIVES)))
    own = [i for i, o in enumerate(evidence.observations) if o.objective == slug]
    hold(evidence, data.draw(st.sampled_from(own)), data.draw(st.integers(0, 3)), _shipped_whole())


@cache
def _shipped_whole() -> Whole:
    return everything(shipped())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_random_sets_add_up_and_every_change_is_local(seed: int, blanks: Path, tmp_path: Path, plan: Plan):
    fill(blanks, tmp_path / "returns", seed, disorder=0.1 * (seed % 4), near=seed % 2 == 0)
    for broken in ("0-hong.xlsx", "~$230-doan-hung.xlsx"):
        (tmp_path / "returns" / broken).unlink(missing_ok=True)
    project = open_project(plan.name)
    evidence = read_returns(tmp_path / "returns", project.plan, project.form, project.register).evidence
    for unit, slug in pairs(evidence):
        adds_up(evidence, unit, slug)
    old = everything(evidence)
    for position in range(seed, len(evidence.observations), len(evidence.observations) // 25):
        hold(evidence, position, position % 4, old)
    shutil.rmtree(tmp_path / "returns")
