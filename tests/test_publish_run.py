"""What a run makes anew, what it uses again, and what stops it, with results that are ready instead of kernels."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from small_root import GOOD, NOTEBOOK, READ, WRITE, notebook, write_notebooks
from small_work import Bench, Ready, bench

from pcmd_eval import paths
from pcmd_eval.batch import ledger, publish
from pcmd_eval.batch.jobs import BrokenTemplate, jobs_of
from pcmd_eval.batch.sets import LockHeld, locked
from pcmd_eval.errors import InputRefused

__all__ = ["bench"]  # the fixture
DOAN_HUNG, TAN_SON = "districts/230-doan-hung", "districts/240-tan-son"
OF_DOAN_HUNG = [f"{DOAN_HUNG}/{NOTEBOOK}", f"{DOAN_HUNG}/district_review"]
OTHERS = [f"{TAN_SON}/{NOTEBOOK}", f"{TAN_SON}/district_review", f"province/{NOTEBOOK}", "province/province_review"]
TEMPLATES = (NOTEBOOK, "district_review", "province_review")
NOT_NOW = "không chạy trong lần này"


def places(bench: Bench) -> list[str]:
    """Which notebooks were executed, in order."""
    return [task.job.place for task in bench.ready.tasks]


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The templates that are looked at, for each run."""
    seen: list[dict[str, str]] = []
    real = publish.check_templates

    def check(texts: dict[str, str]) -> None:
        seen.append(dict(texts))
        real(texts)

    monkeypatch.setattr(publish, "check_templates", check)
    return seen


@pytest.fixture
def editions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the plan's released editions, where there is none yet; nothing is made of them."""
    monkeypatch.setattr(paths, "released_folder", lambda name: tmp_path / "released" / name)
    monkeypatch.setattr(ledger, "documents", lambda project: {})
    return tmp_path / "released" / "tiny"


# ---- a first run -----------------------------------------------------------------------------------------------------


def test_every_notebook_is_executed_in_order_and_the_watcher_hears_of_each(bench: Bench, checked: list[dict[str, str]]):
    outcome = bench.run()
    assert places(bench) == OF_DOAN_HUNG + OTHERS
    assert sorted(bench.heard) == sorted((place, 6) for place in OF_DOAN_HUNG + OTHERS)
    assert outcome.published and outcome.folder == bench.output.published and not outcome.missing
    assert [result.job.place for result in outcome.results] == OF_DOAN_HUNG + OTHERS
    assert outcome.reused == frozenset() and outcome.evaluation is bench.evaluation
    assert bench.output.published.readlink().name == outcome.run_id
    assert json.loads((bench.output.published / "run.json").read_bytes())["started"] == outcome.started
    assert checked == [dict.fromkeys(TEMPLATES, GOOD)]


def test_a_run_needs_no_watcher(bench: Bench):
    assert publish.run(bench.request(), executor=bench.ready).published


def test_a_template_of_another_plan_becomes_one_of_this_plan_for_the_first_unit_that_has_it(bench: Bench):
    other = notebook(READ, WRITE, parameters='plan: str = "other"\nunit: str = "999"')
    write_notebooks(bench.folder / "notebooks", **dict.fromkeys(TEMPLATES, other))
    bench.run()
    for task in bench.ready.tasks:
        unit = "25" if task.job.notebook == "province_review" else "230"
        (cell,) = [c for c in json.loads(task.template)["cells"] if "parameters" in c["metadata"].get("tags", [])]
        assert "".join(cell["source"]) == f'plan: str = "tiny"\nunit: str = "{unit}"'


def test_what_was_left_half_done_is_tidied_away_and_the_folder_is_locked_meanwhile(bench: Bench):
    bench.output.root.mkdir()
    (bench.output.root / ".dead.link").write_bytes(b"")
    seen: list[bool] = []

    def watch(*_: Any) -> None:
        seen.append((bench.output.root / ".dead.link").exists())
        with pytest.raises(LockHeld), locked(bench.output):
            pytest.fail("two runs at the same time")

    publish.run(bench.request(), watch, bench.ready)
    assert seen == [False] * 6
    with locked(bench.output):  # the lock is free again
        pass


# ---- what stops it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["999", 230])
def test_a_unit_that_is_none_stops_a_run_before_anything_is_written(bench: Bench, unit: object):
    with pytest.raises(InputRefused):
        bench.run(units=(unit,))
    assert not bench.output.root.exists()


def test_a_template_that_is_not_there_is_named(bench: Bench):
    (bench.folder / "notebooks" / "province_review.ipynb").unlink()
    with pytest.raises(BrokenTemplate, match=r"Thiếu sổ province_review\.ipynb"):
        bench.run()
    assert not bench.output.root.exists()


def test_a_broken_template_stops_a_run_before_any_notebook(bench: Bench):
    write_notebooks(bench.folder / "notebooks", province_review=notebook(tags=()))
    with pytest.raises(BrokenTemplate, match=r"Sổ province_review\.ipynb: phải có đúng một ô"):
        bench.run()
    assert not bench.ready.tasks and not bench.output.sets.exists()


def test_an_edition_that_cannot_be_compared_with_stops_what_readers_see_and_nothing_else(bench: Bench, editions: Path):
    (editions / "not a day").mkdir(parents=True)
    (editions / "not a day" / "findings.csv").write_bytes(b"")
    with pytest.raises(InputRefused, match="không mang tên của một ngày"):
        bench.run()
    assert not bench.output.root.exists() and not bench.calls
    assert bench.run(audience="internal").published


def test_some_units_alone_need_the_results_of_the_others_unless_a_part_will_do(
    bench: Bench, checked: list[dict[str, str]]
):
    with pytest.raises(InputRefused) as refused:
        bench.run(units=("230",))
    assert refused.value.reasons == (
        "Chưa chạy riêng được: 4 sổ của đơn vị khác không có kết quả còn dùng được với số liệu và quy tắc hiện nay. "
        "Chạy tất cả (bỏ --unit), hoặc thêm --partial để công bố bộ thiếu các sổ đó.",
    )
    assert not bench.ready.tasks and not bench.output.sets.exists() and not checked
    outcome = bench.run(units=("230",), partial=True)
    assert places(bench) == OF_DOAN_HUNG and outcome.published
    assert {job.place: why for job, why in outcome.missing.items()} == dict.fromkeys(OTHERS, NOT_NOW)
    assert checked == [{NOTEBOOK: GOOD, "district_review": GOOD}]  # of a template that is not run nothing is asked


# ---- what is used again ----------------------------------------------------------------------------------------------


def test_an_unchanged_run_executes_nothing_and_notes_everything_anew(bench: Bench, checked: list[dict[str, str]]):
    first = bench.run()
    for _ in range(2):  # the third carries from the second: the first is no more
        again = bench.run()
        assert again.published and not again.results and again.reused == set(jobs_of(bench.project))
        assert not bench.ready.tasks
        assert not bench.asked("site_files") and not bench.asked("review_files")
    assert checked[1:] == [{}, {}]
    assert first.run_id not in {folder.name for folder in bench.output.sets.iterdir()}
    lines = (bench.output.ledger / f"{again.run_id}.jsonl").read_bytes().splitlines()
    noted = [sorted(json.loads(line)["files"]) for line in lines]
    assert noted == [
        *([f"{place}.html", f"{place}.ipynb"] for place in OF_DOAN_HUNG + OTHERS),
        ["province/review.docx"],
        ["index.html", "indicators.csv"],
    ]
    assert (bench.output.published / "index.html").read_bytes() == b"first page"
    assert (bench.output.published / f"{OTHERS[0]}.html").read_bytes() == f"page {OTHERS[0]}".encode()


def test_the_units_that_were_asked_for_are_executed_although_nothing_changed(bench: Bench):
    bench.run()
    outcome = bench.run(units=("230",))
    assert places(bench) == OF_DOAN_HUNG and outcome.published and not outcome.missing
    assert sorted(job.place for job in outcome.reused) == sorted(OTHERS)


def test_only_the_notebook_that_changed_is_looked_at_and_executed(bench: Bench, checked: list[dict[str, str]]):
    bench.run()
    changed = notebook(READ, "x = 1", WRITE)
    write_notebooks(bench.folder / "notebooks", district_review=changed)
    outcome = bench.run()
    assert places(bench) == [f"{DOAN_HUNG}/district_review", f"{TAN_SON}/district_review"]
    assert checked[1:] == [{"district_review": changed}] and len(outcome.reused) == 4


def test_what_changed_while_it_was_carried_over_is_executed_again(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    bench.run()
    real = ledger.Earlier.carry
    lost = OTHERS[0]

    def carry(self: ledger.Earlier, key: str, to: Path) -> dict[str, str] | None:
        hashes = real(self, key, to)
        return None if hashes and f"{lost}.html" in hashes else hashes

    monkeypatch.setattr(ledger.Earlier, "carry", carry)
    outcome = bench.run()
    assert places(bench) == [lost] and outcome.published and len(outcome.reused) == 5


def test_results_for_the_department_alone_are_used_again_by_runs_for_it_alone(bench: Bench):
    bench.run()
    assert bench.run(audience="internal").published and len(bench.ready.tasks) == 6
    bench.run(audience="internal")
    assert not bench.ready.tasks and not bench.asked("site_files")


def test_a_notebook_that_failed_is_missing_and_nothing_is_published(bench: Bench):
    bench.run()
    write_notebooks(bench.folder / "notebooks", district_review=notebook(READ, "x = 1", WRITE))
    bench.ready = Ready(**{OF_DOAN_HUNG[1]: ("ô 5 “1 / 0”", b"half")})
    outcome = bench.run()
    assert {j.place: why for j, why in outcome.missing.items()} == {OF_DOAN_HUNG[1]: "sổ không chạy xong (ô 5)"}
    assert not outcome.published and [result.job.place for result in outcome.failed] == [OF_DOAN_HUNG[1]]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("ô 5 “1 / 0”", "sổ không chạy xong (ô 5)"),
        ("ô 5 “print(“a”)”", "sổ không chạy xong (ô 5)"),
        ("ô 5", "sổ không chạy xong (ô 5)"),
        ("", "sổ không chạy được"),
    ],
)
def test_why_a_page_is_missing_is_said_without_the_words_of_the_error(cell: str, words: str):
    result: Any = SimpleNamespace(cell=cell, cause="/home/x holds 3")
    assert publish._public_reason(result) == words
