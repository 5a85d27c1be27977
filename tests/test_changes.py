"""Sets that differ in one known thing: `diff` names exactly that, and nothing that did not cause it."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from filling import fill
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_trace import blanks, changed, shipped

from pcmd_eval.batch.kept import forget_tables, keep_tables
from pcmd_eval.errors import InputRefused
from pcmd_eval.findings import findings_csv
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.intake.sheets import absent_observations
from pcmd_eval.objectives import OBJECTIVES, evaluate
from pcmd_eval.observations import Evidence, Observation, ReturnState, State, observations_csv, returns_csv
from pcmd_eval.paths import OutputFolder
from pcmd_eval.plan import Plan
from pcmd_eval.project import Project, open_project
from pcmd_eval.proof.changes import DECIDES, Changes, diff, spoken
from pcmd_eval.proof.trace import write_traces

__all__ = ["blanks"]  # the fixture
PROJECT = open_project("phu_tho_2017")


def write_set(folder: Path, evidence: Evidence, run_id: str = "r", inputs: dict[str, str] | None = None) -> Path:
    """An output folder as a run leaves it, without notebooks."""
    for place in (folder / "published", folder / "internal"):
        place.mkdir(parents=True)
        (place / "findings.csv").write_bytes(findings_csv(evaluate(evidence)))
    (folder / "internal" / "observations.csv").write_bytes(observations_csv(evidence.observations))
    (folder / "internal" / "returns.csv").write_bytes(returns_csv(evidence.returns))
    (folder / "published" / "run.json").write_text(json.dumps({"run_id": run_id, "inputs": inputs or {}}))
    write_traces(evidence, OutputFolder(folder))
    return folder


@cache
def shipped_set() -> Path:
    return write_set(Path(tempfile.mkdtemp(prefix="pcmd-changes-")), shipped())


@pytest.fixture(scope="module", autouse=True)
def _remove_shipped_set() -> Iterator[None]:
    yield
    if shipped_set.cache_info().currsize:
        shutil.rmtree(shipped_set())
        shipped_set.cache_clear()


def compared(folder: Path, old: Evidence, new: Evidence) -> Changes:
    for place in ("a", "b"):
        shutil.rmtree(folder / place, ignore_errors=True)
    before = shipped_set() if old is shipped() else write_set(folder / "a", old)
    return diff(before, write_set(folder / "b", new), PROJECT)


def with_cells(evidence: Evidence, change: Callable[[Observation], Observation]) -> Evidence:
    return replace(evidence, observations=tuple(change(o) for o in evidence.observations))


def with_return(evidence: Evidence, reporter: str, **values: Any) -> Evidence:
    rows = (replace(row, **values) if row.reporter == reporter else row for row in evidence.returns)
    return replace(evidence, returns=tuple(rows))


def keys(changes: Changes) -> list[tuple[str, str]]:
    return [(f.unit_code, f.objective) for f in changes.findings]


def cells(changes: Changes, unit: str, slug: str) -> list[Observation]:
    found = next(f for f in changes.findings if (f.unit_code, f.objective) == (unit, slug))
    return [change.observation for cause in found.causes for change in cause.cells]


def at(evidence: Evidence, unit: str, item: str, period: str) -> Observation:
    return next(o for o in evidence.observations if (o.unit_code, o.item, o.period) == (unit, item, period))


def to(value: str) -> dict[str, Any]:
    return {"value": value, "raw": value, "state": State.REPORTED if value else State.BLANK}


# ---- one known change -----------------------------------------------------------------------------------------------


def test_equal_sets_differ_in_nothing(tmp_path: Path):
    changes = compared(tmp_path, shipped(), shipped())
    assert changes == Changes((), True)
    assert spoken(changes) == "Không có kết quả nào thay đổi."
    assert changes.public() == changes.internal() == []


def test_one_cell_is_named_in_the_findings_it_changed_and_no_other_cell_is(tmp_path: Path):
    old, code = shipped(), "07972"
    own = at(old, code, "nói chuyện, hội nghị", "Q1")

    def change(o: Observation) -> Observation:
        if o is own:
            return replace(o, **to("0"))  # from three active quarters to two
        if o.unit_code == code and o.objective == "communication" and o.period == "Y":
            return replace(o, **to("1"))  # attendance decides nothing
        if o.unit_code == "07969" and o.period == "Q1":
            return replace(o, **to("99"))  # active before and after
        return o

    changes = compared(tmp_path, old, with_cells(old, change))
    assert keys(changes) == [("230", "communication"), ("25", "communication")]
    for unit, slug in keys(changes):
        assert [(o.unit_code, o.period, o.cell) for o in cells(changes, unit, slug)] == [(code, "Q1", own.cell)]
    first = changes.findings[0]
    assert (first.before["low"], first.after["low"]) == ("21", "20")
    assert [cause.kind for cause in first.causes] == ["cell"]
    said = spoken(changes, {"communication": "Tuyên truyền"})
    assert "Huyện Đoan Hùng, Tuyên truyền: Đạt (chắc chắn 21" in said
    assert (
        f"ô {own.cell} ({code} {PROJECT.register.units[code].full_name}: nói chuyện, hội nghị, Quý I): từ “6” thành “0”"
        in said
    )
    public = changes.public()
    assert "cell" not in public[0]
    assert (public[0]["low_before"], public[0]["low_after"], public[0]["verdict_before"]) == ("21", "20", "met")
    assert [(row["kind"], row["cell"], row["before"], row["after"]) for row in changes.internal()] == [
        ("cell", own.cell, "6", "0")
    ] * 2


def test_a_return_that_arrives_is_one_line_with_its_cells(tmp_path: Path):
    new = shipped()
    project = open_project("phu_tho_2017")
    reporter = project.register.reporter("228")
    rest = [o for o in new.observations if o.reporter != "228"]
    absent = absent_observations(reporter, project.form, project.register)
    old = with_return(replace(new, observations=(*rest, *absent)), "228", state=ReturnState.MISSING, file="", sent=None)
    changes = compared(tmp_path, old, with_return(new, "228", state=ReturnState.LATE, late=True))
    assert ("228", "communication") in keys(changes)
    for finding in changes.findings:
        assert [(cause.kind, cause.reporter) for cause in finding.causes] == [("return", "228")], finding.objective
        assert {change.observation.reporter for change in finding.causes[0].cells} == {"228"}
        assert "báo cáo mới nhận được (gửi muộn)" in finding.causes[0].words
        assert len(finding.causes[0].named) == len(finding.causes[0].cells)
    said = spoken(changes)
    lines = said.splitlines()
    whole = next(f for f in changes.findings if (f.unit_code, f.objective) == ("228", "communication")).causes[0]
    start = next(i for i, line in enumerate(lines) if line.endswith(whole.words))
    assert lines[start + 1 : start + 13] == [f"    · {cell}" for cell in whole.named[:12]]
    assert lines[start + 13] == f"    · … và {len(whole.cells) - 12} ô nữa"
    assert "Quý I)" in whole.named[0] and " Q1" not in said


def test_a_cut_off_that_moved_names_the_zeros_that_it_made_doubtful(tmp_path: Path):
    old = shipped()
    changes = compared(tmp_path, old, with_return(old, "230", cutoff=date(2017, 9, 30)))
    assert ("230", "communication") in keys(changes)
    for finding in changes.findings:
        assert [cause.kind for cause in finding.causes] == ["cutoff"], finding
        assert "thành 30/9/2017" in finding.causes[0].words
        assert {change.observation.value for change in finding.causes[0].cells} == {"0"}


@pytest.mark.parametrize(
    ("slug", "rule", "value"),
    [
        ("communication", "active_quarters", 4),
        ("communication", "quarters", (2, 3, 4)),
        ("integration", "min_programmes", 2),
        ("harm_reduction", "limbs", "both"),
        ("support_model", "started", "plan_year"),
        ("media", "months", tuple(range(4, 13))),
        ("media", "outlets", ("5.1", "5.2")),
        ("enforcement", "pending", "handled"),
    ],
)
def test_a_rule_is_the_cause_when_no_cell_changed(slug: str, rule: str, value: object, tmp_path: Path):
    old = shipped()
    changes = compared(tmp_path, old, old.under(old.plan.with_rules({(slug, rule): value})))
    assert {s for _, s in keys(changes)} <= {slug}
    for finding in changes.findings:
        assert [cause.kind for cause in finding.causes] == ["rule"], finding
        assert old.plan[slug].rules[rule].label in finding.causes[0].words


def test_a_target_is_the_cause_of_another_needed_number(tmp_path: Path):
    old = shipped()
    content = old.plan.model_dump(by_alias=True)
    for objective in content["objectives"]:
        for target in ("target", "district_target"):
            if objective[target]:
                objective[target]["value"] = objective[target]["value"]["text"]
    content["objectives"][1]["target"]["value"] = "> 50%"
    content["objectives"][0]["target"]["value"] = ">= 80%"
    changes = compared(tmp_path, old, old.under(Plan.model_validate(content)))
    assert keys(changes) == [("25", "communication")], "more than 50% of 13 is 7, too"
    assert [(c.kind, c.words) for c in changes.findings[0].causes] == [
        ("target", "Chỉ tiêu đặt ra đổi từ “>= 75%” thành “>= 80%”")
    ]


def test_a_silent_sheet_that_speaks_is_named(tmp_path: Path):
    old = shipped()
    statements = [o for o in old.observations if o.item == "none:name"]
    own = next(o for o in statements if o.reported)
    spoke = with_cells(old, lambda o: replace(o, **to("x")) if o in statements else o)
    quiet = with_cells(
        spoke, lambda o: replace(o, **to("")) if o.item == own.item and o.reporter == own.reporter else o
    )
    changes = compared(tmp_path, quiet, spoke)
    assert keys(changes) == [("25", "support_model")]
    assert [o.reporter for o in cells(changes, "25", "support_model")] == [own.reporter]


# ---- what there is to compare ---------------------------------------------------------------------------------------


def other(evidence: Evidence) -> Evidence:
    own = at(evidence, "07972", "nói chuyện, hội nghị", "Q1")
    return with_cells(evidence, lambda o: replace(o, **to("0")) if o is own else o)


def test_without_internal_tables_only_findings_and_inputs_are_named(tmp_path: Path):
    write_set(tmp_path / "a", shipped(), inputs={"data/plans/p.yaml": "1", "pcmd_eval/x.py": "1"})
    write_set(tmp_path / "b", other(shipped()), inputs={"data/plans/p.yaml": "2", "pcmd_eval/x.py": "1"})
    shutil.rmtree(tmp_path / "a" / "internal")
    changes = diff(tmp_path / "a" / "published", tmp_path / "b", PROJECT)
    assert len(changes.findings) == 2
    assert not changes.explained
    assert [c.words for c in changes.findings[0].causes] == ["Tệp đầu vào khác: data/plans/p.yaml"]
    assert "không nêu được ô nào" in spoken(changes)


def test_tables_of_another_run_explain_nothing(tmp_path: Path):
    write_set(tmp_path / "a", shipped())
    write_set(tmp_path / "b", other(shipped()))
    shutil.copy(tmp_path / "a" / "internal" / "findings.csv", tmp_path / "b" / "internal" / "findings.csv")
    assert not diff(tmp_path / "a", tmp_path / "b", PROJECT).explained


def test_the_tables_of_an_earlier_run_are_kept_beside_the_latest(tmp_path: Path):
    output = OutputFolder(write_set(tmp_path / "a", shipped(), "first"))
    keep_tables(output, "first")
    (output.root / "sets").mkdir()
    (output.root / "published").rename(output.root / "sets" / "first")
    later = write_set(tmp_path / "b", other(shipped()), "second")
    shutil.rmtree(output.internal / "trace")
    for path in sorted((later / "internal").rglob("*.csv")):
        place = output.internal / path.relative_to(later / "internal")
        place.parent.mkdir(exist_ok=True)
        place.unlink(missing_ok=True)
        shutil.copy(path, place)
    (later / "published").rename(output.root / "sets" / "second")
    (output.root / "published").symlink_to(Path("sets") / "second", target_is_directory=True)
    for new in (output.root, output.published, output.sets / "second"):
        changes = diff(output.sets / "first", new, PROJECT)
        assert changes.explained
        assert [c.kind for f in changes.findings for c in f.causes] == ["cell", "cell"]
    forget_tables(output, ["second"])
    assert not diff(output.sets / "first", output.root, PROJECT).explained


def test_sets_of_two_plans_or_without_findings_are_refused(tmp_path: Path):
    write_set(tmp_path / "a", shipped())
    write_set(tmp_path / "b", shipped())
    table = tmp_path / "b" / "published" / "findings.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("884/KH-UBND", "81/KH-UBND"), encoding="utf-8")
    with pytest.raises(InputRefused, match="hai kế hoạch khác nhau"):
        diff(tmp_path / "a", tmp_path / "b", PROJECT)
    with pytest.raises(InputRefused, match="Không có thư mục"):
        diff(tmp_path / "a", tmp_path / "c", PROJECT)


# ---- many changes at once -------------------------------------------------------------------------------------------


_MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(_MANY, max_examples=6)
@given(data=st.data())
def test_the_cells_named_and_no_others_make_the_new_finding(data, tmp_path: Path):
    hold(data, tmp_path)


@pytest.mark.slow
@settings(_MANY, max_examples=60)
@given(data=st.data())
def test_the_cells_named_make_the_new_finding_in_many_sets(data, tmp_path: Path):
    hold(data, tmp_path)


def hold(data, tmp_path: Path) -> None:
    """Change some cells; those that `diff` names, put alone into the old returns, give the new finding."""
    old, slug = shipped(), data.draw(st.sampled_from(list(OBJECTIVES)))
    units = data.draw(st.sampled_from([("230", "07"), ("231", "08"), ("25", ""), ("23", "0")]))
    own = [i for i, o in enumerate(old.observations) if o.objective == slug and o.unit_code.startswith(units)]
    places = data.draw(st.lists(st.sampled_from(own), min_size=1, max_size=12, unique=True)) if own else []
    observations = list(old.observations)
    for place in places:
        observations[place] = changed(observations[place], data.draw(st.integers(0, 3)))
    new = replace(old, observations=tuple(observations))
    changes = compared(tmp_path, old, new)
    for finding in changes.findings:
        assert finding.causes, finding
        assert {cause.kind for cause in finding.causes} == {"cell"}
        named = {_key(change.observation) for cause in finding.causes for change in cause.cells}
        assert named <= {_key(old.observations[place]) for place in places}
        mixed = _only(old, new, named)
        found = OBJECTIVES[finding.objective](mixed, old.register.reporter(finding.unit_code)).texts()
        assert {c: found[c] for c in DECIDES} == {c: finding.after[c] for c in DECIDES}, (finding, named)
        assert len(places) > 1 or len(named) == 1


def _key(o: Observation) -> tuple[str, ...]:
    return o.reporter, o.unit_code, o.objective, o.item, o.period


def _only(old: Evidence, new: Evidence, named: Iterable[tuple[str, ...]]) -> Evidence:
    pairs = zip(old.observations, new.observations, strict=True)
    return replace(old, observations=tuple(b if _key(b) in named else a for a, b in pairs))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_between_two_random_sets_every_change_has_a_cause(seed: int, blanks: Path, tmp_path: Path, project: Project):
    sets = []
    for place, number in (("old", seed), ("new", seed + 100)):
        folder = tmp_path / place
        fill(blanks, folder, number, disorder=0.1 * seed, near=True)
        for broken in ("0-hong.xlsx", "~$230-doan-hung.xlsx"):
            (folder / broken).unlink(missing_ok=True)
        sets.append(read_returns(folder, project.plan, project.form, project.register).evidence)
    changes = compared(tmp_path, *sets)
    assert changes.findings
    for finding in changes.findings:
        assert finding.causes, finding
        assert all(cause.cells for cause in finding.causes), finding
    assert len(spoken(changes).splitlines()) > len(changes.findings)
