"""What a set holds beside its notebooks, and what the figures of a set tell; the pages themselves are stood in for."""

from pathlib import Path
from typing import Any

import pytest
from small_root import READ, WRITE, notebook, write_notebooks
from small_work import Bench, Ready, bench, evaluated, fault
from test_publish_run import OF_DOAN_HUNG, OTHERS, editions

from pcmd_eval import audit
from pcmd_eval.batch import ledger, publish
from pcmd_eval.batch.jobs import jobs_of
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.review.pdf import MISSING
from pcmd_eval.site.released import Edition

__all__ = ["bench", "editions"]  # the fixtures


def test_pages_are_made_from_what_is_published_the_map_and_the_documents(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    edition = Edition(None, [])  # type: ignore[arg-type]
    asked: list[object] = []
    monkeypatch.setattr(publish.released, "latest", lambda plan: (asked.append(plan), edition)[1])
    bench.ready = Ready(**{OTHERS[0]: ("", b"")})
    outcome = bench.run(partial=True)
    evaluation = bench.evaluation
    assert bench.asked("map_of") == [(bench.project, evaluation.intake.evidence, evaluation.findings)]
    ((published, picture, jobs, missing, rules, documents, compared),) = bench.asked("site_files")
    assert [finding.texts() for finding in published.findings] == [finding.texts() for finding in evaluation.findings]
    assert (picture, jobs, missing) == ("map", jobs_of(bench.project), outcome.missing) and len(missing) == 1
    assert rules == load_disclosure() and documents == ["province/review.docx"] and compared is edition
    assert asked == [bench.project.plan] * 2  # before the run starts, and for the page of changes
    assert (bench.output.published / "index.html").read_bytes() == b"first page"
    assert (bench.output.published / "province" / "review.docx").read_bytes() == b"review"


@pytest.mark.parametrize(
    ("wanted", "converter", "made", "notes"),
    [
        (True, "soffice", True, ()),
        (True, None, False, (MISSING,)),
        (False, "soffice", False, ()),
        (False, None, False, ()),
    ],
)
def test_documents_are_made_as_pdf_where_that_is_wanted_and_possible(
    bench: Bench, wanted: bool, converter: str | None, made: bool, notes: tuple[str, ...]
):
    bench.converter = converter
    outcome = bench.run(with_pdf=wanted)
    ((published, pdf),) = bench.asked("review_files")
    assert pdf == ("with_pdf", made) and published.project is bench.project
    assert outcome.notes == notes
    bench.run(with_pdf=wanted)
    assert not bench.asked("review_files")  # nothing was said of them: they are whole


def test_documents_that_something_was_said_of_are_made_again_by_the_next_run(bench: Bench):
    bench.notes = ["LibreOffice did not answer"]
    assert bench.run(with_pdf=True).notes == ("LibreOffice did not answer",)
    bench.notes = []
    assert bench.run(with_pdf=True).notes == () and len(bench.asked("review_files")) == 1
    bench.run(with_pdf=True)
    assert not bench.asked("review_files")


@pytest.mark.parametrize("part", ["documents", "inputs", "versions", "told", "illustrative", "with_pdf", "missing"])
def test_pages_and_documents_are_made_again_when_what_they_tell_has_changed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, part: str
):
    """A notebook that is missing is said on the pages alone."""
    bench.run()
    options: dict[str, Any] = {}
    if part in ("documents", "inputs"):
        real = getattr(ledger, part)(*(["tiny"] if part == "inputs" else []), bench.project)
        monkeypatch.setattr(ledger, part, lambda *_: {**real, "data/more.yaml": "hash"})
    elif part == "versions":
        monkeypatch.setattr(ledger, part, lambda: {"python": "9"})
    elif part == "told":
        bench.evaluation = evaluated(bench.project, consultations="6")
    elif part == "illustrative":
        bench.evaluation = evaluated(bench.project, illustrative=True)
    elif part == "with_pdf":
        options = {"with_pdf": True}
    else:
        write_notebooks(bench.folder / "notebooks", district_review=notebook(READ, "x = 1", WRITE))
        bench.ready = Ready(**{OF_DOAN_HUNG[1]: ("", b"")})
        options = {"partial": True}
    bench.reviews = {"province/review.docx": b"new"}
    bench.run(**options)
    assert len(bench.asked("review_files")) == (part != "missing")
    assert len(bench.asked("site_files")) == (part != "with_pdf")


def test_the_keys_of_pages_and_documents_are_of_all_that_they_tell(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    keys: list[tuple[object, ...]] = []
    monkeypatch.setattr(ledger, "versions", lambda: {"python": "3"})
    monkeypatch.setattr(ledger, "documents", lambda project: {"prose": "hash"})
    monkeypatch.setattr(ledger, "inputs", lambda plan, project: {"plan": "hash"})
    real = ledger.key_of
    monkeypatch.setattr(ledger, "key_of", lambda *parts: (keys.append(parts), real(*parts))[1])
    bench.ready = Ready(**{OTHERS[0]: ("", b"")})
    bench.run(partial=True)
    told = [{"prose": "hash"}, {"plan": "hash"}, {"python": "3"}]
    *_, documents, pages = keys
    assert documents[:4] == ("reviews", *told) and documents[5:] == (False, False)
    assert pages[:4] == ("site", *told)
    assert pages[5:] == (False, {OTHERS[0]: "sổ không chạy được"}, ["province/review.docx"])
    assert set(pages[4]) == {"findings.csv", "indicators.csv"} and documents[4] == pages[4]  # type: ignore[call-overload]


def test_what_words_get_wrong_and_figures_tell_is_said_of_the_outcome(bench: Bench):
    bench.contradictions, bench.leaks = [fault()], ["tells about few", "tells about few"]
    outcome = bench.run()
    ((published,),) = bench.asked("narrative_faults")
    assert published.project is bench.project
    assert outcome.contradictions == (fault(),) and outcome.leaks == ("tells about few",)
    assert not outcome.published and len(outcome.results) == 6


def test_the_figures_are_looked_at_alone_and_beside_each_edition_with_what_reporters_know(bench: Bench, editions: Path):
    for day in ("2018-02-01", "2018-01-05"):
        (editions / day).mkdir(parents=True)
        (editions / day / "indicators.csv").write_text(day, encoding="utf-8")
    bench.run()
    looks = bench.asked("audit")
    assert [look[0] for look in looks] == [b"indicators"] * 3
    assert [set(look[1]) for look in looks] == [{"230", "240", "25"}] * 3
    assert [look[2:] for look in looks] == [(), (b"2018-01-05",), (b"2018-02-01",)]


def test_a_set_for_the_department_has_a_first_page_of_its_own_and_no_documents(bench: Bench):
    bench.ready = Ready(**{OTHERS[0]: ("", b"")})
    bench.contradictions, bench.leaks = [fault()], ["tells about few"]
    outcome = bench.run(audience="internal", partial=True)
    ((published, jobs, missing, changes),) = bench.asked("index_page")
    assert published.project is bench.project and jobs == jobs_of(bench.project)
    assert missing == outcome.missing and len(missing) == 1 and changes is False
    page = bench.output.internal / "notebooks" / "index.html"
    assert page.read_bytes() == b"first page for the department" and outcome.published
    assert not bench.asked("site_files") and not bench.asked("review_files") and not bench.asked("audit")
    assert (outcome.contradictions, outcome.leaks, outcome.notes) == ((), (), ())
    (bench.output.internal / "changes.html").write_bytes(b"")
    bench.run(audience="internal", partial=True)
    assert bench.asked("index_page")[0][3] is True


def test_what_several_looks_tell_is_said_once_in_the_order_of_the_looks(
    bench: Bench, editions: Path, monkeypatch: pytest.MonkeyPatch
):
    for day in ("2018-01-05", "2018-02-01"):
        (editions / day).mkdir(parents=True)
        (editions / day / "indicators.csv").write_bytes(b"")
    answers = iter([["b"], ["c", "b"], ["a"]])
    monkeypatch.setattr(audit, "audit", lambda *_: next(answers))
    assert bench.run().leaks == ("b", "c", "a")
