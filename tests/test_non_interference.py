"""Returns that differ only in what is withheld give the same published bytes, and what would tell is never published.

Promises 21 and 26. The strongest claim about small counts: whatever a reader holds, of any form, is a function of what
may be known, so that no share, bar, order, sentence, alternative text or file property can carry the rest.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from test_audience import snapshot
from test_display import everything
from test_publish import quick, read

from pcmd_eval import figures, indicators, objectives, paths
from pcmd_eval.batch.evaluation import Outcome, Request
from pcmd_eval.cli import main
from pcmd_eval.commands import telling
from pcmd_eval.disclosure import Protection, load_disclosure
from pcmd_eval.findings import findings_csv
from pcmd_eval.indicators import indicators as indicators_of
from pcmd_eval.indicators import indicators_csv
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.notebook import Case, for_all_units
from pcmd_eval.observations import Evidence, Observation, returns_csv
from pcmd_eval.paths import OutputFolder
from pcmd_eval.project import Project, open_project
from pcmd_eval.review import reviews

__all__ = ["quick"]  # the fixture
PLAN, SHIPPED = "phu_tho_2017", paths.returns_folder("phu_tho_2017")
Place = tuple[str, str, str]  # reporter, item, period

# 6.7 is 4, 3 and 4 persons in 232, 234 and 238: the three that are withheld. They become 4 - 2, 3 + 1 and 4 + 1, with
# the kinds of violator, so that every sum that is shown stays what it was; one withheld figure leaves the range of the
# small ones. The rest are persons moved between reporters or quarters, and figures that are published nowhere.
CHANGES: dict[Place, str] = {
    **{("232", "6.7", "Q2"): "1", ("232", "6.8", "Q2"): "0", ("232", "6.7", "Q3"): "1", ("232", "6.9", "Q3"): "0"},
    **{("234", "6.7", "Q2"): "4", ("234", "6.8", "Q2"): "2", ("238", "6.7", "Q4"): "3", ("238", "6.9", "Q4"): "2"},
    **{("227", "6.7", "Q1"): "8", ("227", "6.8", "Q1"): "3", ("227", "6.7", "Q2"): "11", ("227", "6.8", "Q2"): "6"},
    **{("227", "6.11", "Q1"): "8", ("227", "6.11", "Q2"): "7.75", ("227", "6.2", "Q1"): "1", ("227", "6.2", "Q3"): "3"},
    **{("228", "3.1.2:persons", "Y"): "8", ("230", "3.1.2:persons", "Y"): "4"},
    **{("227", "3.1.1:persons", "Y"): "41", ("237", "3.1.1:persons", "Y"): "74"},
    **{("227", "3.1.2", "Q1"): "2", ("228", "3.1.4", "Q2"): "3", ("227", "3.2.2", "Q1"): "2"},
    **{("233", "4.1:persons", "Y"): "4", ("228", "4.1:persons", "Y"): "31"},
    ("233", "4.1:name", "Y"): "Nhóm tự lực hòa nhập",
}
# With these, one figure alone is small: 234 has 3 persons, 232 and 238 have 9 each.
ONE_SMALL: dict[Place, str] = {
    **{("232", "6.7", "Q2"): "7", ("232", "6.8", "Q2"): "6", ("238", "6.7", "Q2"): "7", ("238", "6.8", "Q2"): "6"}
}


@pytest.fixture(scope="module")
def project() -> Project:
    return open_project(PLAN)


@pytest.fixture(scope="module")
def evidence(project: Project) -> Evidence:
    return read_returns(SHIPPED, project.plan, project.form, project.register).evidence


def place(o: Observation) -> Place:
    return o.reporter, o.item, o.period


def with_values(evidence: Evidence, values: dict[Place, str]) -> Evidence:
    """The evidence with other values in these cells, each of which must be there."""
    assert values.keys() <= {place(o) for o in evidence.observations}
    cells = (replace(o, value=values.get(place(o), o.value)) for o in evidence.observations)
    return replace(evidence, observations=tuple(cells))


def with_cells(evidence: Evidence, folder: Path, values: dict[Place, str]) -> Path:
    """A copy of the shipped returns with other values in these cells."""
    shutil.copytree(SHIPPED, folder)
    for file in {o.file for o in evidence.observations if place(o) in values}:
        book = load_workbook(folder / file)
        for o in evidence.observations:
            if o.file == file and place(o) in values:
                text = values[place(o)]
                number = text.replace(".", "", 1).isdecimal()
                book[o.sheet][o.cell] = (float(text) if "." in text else int(text)) if number else text
        book.save(folder / file)
    return folder


def told(project: Project, evidence: Evidence) -> tuple[bytes, bytes, bytes]:
    """What readers are told in figures."""
    rows = indicators_csv(indicators_of(evidence, project.form, load_disclosure()))
    return findings_csv(objectives.evaluate(evidence)), rows, returns_csv(evidence.returns)


def pages(project: Project, evidence: Evidence, codes: Iterable[str], internal: bool = False) -> list[str]:
    """Everything that the notebooks of these units show, as HTML, as text and as pictures."""
    shown = []
    for code in codes:
        case = Case(project, project.register.reporter(code), evidence, {}, internal=internal)
        shown += [words for page in everything(case) for words in (page.html, page.text)]
        found = for_all_units(case, objectives.harm_reduction)
        charts = [figures.cases_chart, figures.models_map] if code == "25" else []
        shown += [repr((c.alt, c.values, c.png)) for c in (*(c(case) for c in charts), figures.map_chart(case, found))]
    return shown


def test_what_is_withheld_shows_in_nothing_that_notebooks_and_tables_tell(project: Project, evidence: Evidence):
    """The same changes show in the notebooks of the department: they are not lost on the way."""
    changed, codes = with_values(evidence, CHANGES), ("232", "234", "227", "233", "25")
    assert told(project, changed) == told(project, evidence)
    assert pages(project, changed, codes) == pages(project, evidence, codes)
    for code in ("232", "234", "227", "233"):
        assert pages(project, changed, [code], internal=True) != pages(project, evidence, [code], internal=True)


# ---- any change -----------------------------------------------------------------------------------------------------

MOVED = ["3.1.1:persons", "3.1.2:persons", "3.1.3:persons", "3.1.4:persons", "3.2.1:persons", "3.2.2:persons"]
MOVED += ["3.2.3:persons", "3.1.2", "3.1.4", "3.2.2", "3.2.3", "6.2", "6.8", "6.9", "6.11"]
MOVE = st.tuples(st.sampled_from(MOVED), st.integers(0, 60), st.integers(0, 60), st.integers(1, 40))


@settings(max_examples=40, deadline=None)
@given(moves=st.lists(MOVE, min_size=1, max_size=8), unit=st.sampled_from(["227", "228", "230", "232", "236", "25"]))
def test_persons_moved_between_reporters_or_quarters_show_nowhere_unless_the_tables_tell(
    project, evidence, moves, unit
):
    """Whatever is moved: the findings never change, and with the same indicators no page does."""
    values: dict[Place, str] = {}
    for item, first, second, most in moves:
        slug = "enforcement" if item.startswith("6") else "harm_reduction"
        cells = [place(o) for o in evidence.observations if (o.objective, o.item) == (slug, item) and o.reported]
        amounts = {place(o): values.get(place(o), o.value) for o in evidence.observations if place(o) in cells}
        positive = [p for p in cells if amounts[p] not in ("", "0")]
        giver, taker = positive[first % len(positive)], positive[second % len(positive)]
        if giver == taker or not (amounts[giver].isdecimal() and amounts[taker].isdecimal()):
            continue
        number = min(most, int(amounts[giver]) - 1)  # it stays positive: that there were some may be told
        values |= {giver: str(int(amounts[giver]) - number), taker: str(int(amounts[taker]) + number)}
    changed = with_values(evidence, values)
    before, after = told(project, evidence), told(project, changed)
    assert (before[0], before[2]) == (after[0], after[2])
    assume(before[1] == after[1])
    assert pages(project, changed, [unit]) == pages(project, evidence, [unit])


# ---- what would tell ------------------------------------------------------------------------------------------------


def primaries_only(cells: dict[str, int], threshold: int, zeros_shown: bool = True) -> Protection:
    """What one would write first: hide the small ones, and nothing else."""
    return Protection(frozenset(name for name, value in cells.items() if 0 < value < threshold), True)


def test_a_set_that_would_tell_of_few_persons_is_not_published(
    project: Project, evidence: Evidence, quick, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys
):
    returns, output = with_cells(evidence, tmp_path / "returns", ONE_SMALL), OutputFolder(tmp_path / "out")
    request = Request(PLAN, project, returns, output, paths.NOTEBOOKS, with_pdf=False)
    run: Callable[[Request], Outcome] = quick
    monkeypatch.setattr(
        reviews, "review_files", lambda published, with_pdf: ({}, [])
    )  # they tell no more than the rest
    first = run(request)
    assert first.published and not first.leaks
    before = snapshot(output)

    monkeypatch.setattr(indicators, "protect", primaries_only)
    outcome = run(request)
    assert outcome.leaks and not outcome.failed and not outcome.published
    assert snapshot(output) == before and not read(output.internal / "run.json")["published"]
    telling.say(outcome, output, internal=False)
    said = capsys.readouterr().err
    assert "Chưa công bố" in said and all(sentence in said for sentence in outcome.leaks)
    assert any("Yên Lập" in sentence for sentence in outcome.leaks), outcome.leaks


# ---- the whole batch ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_whole_runs_on_both_give_the_same_bytes(evidence: Evidence, tmp_path: Path):
    """Notebooks, pages, tables, pictures, Word and PDF documents; only when and under which name a run was differs."""
    changed = with_cells(evidence, tmp_path / "changed", CHANGES)
    found = []
    for name, returns in (("one", SHIPPED), ("other", changed)):
        assert main(["run", "--returns", str(returns), "--output", str(tmp_path / name)]) == 0
        folder = tmp_path / name / "published"
        record = read(folder / "run.json")
        for job in record["jobs"]:
            del job["seconds"]
        content = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        del content["run.json"]
        found.append((content, {k: v for k, v in record.items() if k not in ("run_id", "started", "finished")}))
    (one, first), (other, second) = found
    assert one.keys() == other.keys() and len(one) > 200
    assert [name for name in one if one[name] != other[name]] == []
    assert first == second
    tables = [(tmp_path / name / "internal" / "observations.csv").read_bytes() for name in ("one", "other")]
    assert tables[0] != tables[1]
