"""Reading in a process of its own: what it says comes back whole, what kills it is a sentence, and others go on."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from broken import FAULTY, edited, good, zero_bytes

from pcmd_eval.intake import sandbox
from pcmd_eval.intake.container import Limits
from pcmd_eval.intake.pages import Content
from pcmd_eval.project import Project

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: everything is read in one process")


def put(folder: Path, **files: bytes) -> list[Path]:
    """Write files and give their paths."""
    paths = []
    for name, content in files.items():
        paths.append(folder / f"{name}.xlsx")
        paths[-1].write_bytes(content)
    return paths


@pytest.mark.parametrize("name", ["three_faults_in_one_column", "control_characters", "commune_of_another_district"])
def test_what_the_child_says_comes_back_whole(tmp_path: Path, project: Project, name: str) -> None:
    """The same content from a child and from this process: observations, faults, notes, days, whose it is."""
    (path,) = put(tmp_path, one=FAULTY[name].make())
    (read,) = sandbox.read_files([path], project)
    assert read == sandbox.read_bytes(path.name, path.read_bytes(), project)
    assert read.reporter is project.register.reporter("228")
    assert read.cutoff
    assert read.sent
    assert read.faults


def test_content_goes_through_json_unchanged(project: Project) -> None:
    """Never a pickle: the text of the message is JSON, and equal again when read back."""
    read = sandbox.read_bytes("a.xlsx", FAULTY["three_faults_in_one_column"].make(), project)
    said = json.dumps(sandbox._to_json(read))
    assert said.isascii()
    assert sandbox._from_json(json.loads(said), project) == read


def test_the_answers_stand_in_the_order_of_the_files(tmp_path: Path, project: Project) -> None:
    """However long each takes."""
    files = put(tmp_path, b=good("230"), a=zero_bytes(), d=good("25"), c=good("228"))
    read = sandbox.read_files(files, project)
    assert [content.file for content in read] == ["b.xlsx", "a.xlsx", "d.xlsx", "c.xlsx"]
    assert [content.reporter.code if content.reporter else "" for content in read] == ["230", "", "25", "228"]
    assert sandbox.read_files([], project) == []


@needs_fork
@pytest.mark.parametrize("end", ["exit", "exception", "kill"])
def test_a_child_that_dies_is_a_sentence_and_the_others_go_on(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """A crash inside a library takes one file with it, not the check."""
    honest = sandbox.read_bytes

    def reading(name: str, content: bytes, project: Project, limits: Limits) -> Content:
        if name != "bad.xlsx":
            return honest(name, content, project, limits)
        if end == "exception":
            raise BaseException("not even an Exception")
        if end == "exit":
            os._exit(0)
        os.kill(os.getpid(), 9)
        raise AssertionError

    monkeypatch.setattr(sandbox, "read_bytes", reading)
    bad, fine = sandbox.read_files(put(tmp_path, bad=good(), fine=good()), project)
    assert bad.refusals == [
        "Tệp bad.xlsx: đọc tệp này tốn quá nhiều bộ nhớ hoặc thời gian; chép số liệu sang biểu mẫu mới do Sở gửi."
    ]
    assert not fine.refusals
    assert len(fine.observations) == 145


@needs_fork
def test_a_child_that_eats_memory_is_stopped(tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit counts from what this process holds already; the sentence says memory, not "broken"."""

    def hungry(*_: object) -> object:
        return bytearray(600 << 20)

    monkeypatch.setattr(sandbox, "refuse_hostile", hungry)
    (read,) = sandbox.read_files(put(tmp_path, one=good()), project, Limits(memory_bytes=300 << 20))
    assert "quá nhiều bộ nhớ" in read.refusals[0]


@needs_fork
@pytest.mark.parametrize("waits", ["computing", pytest.param("sleeping", marks=pytest.mark.slow)])
def test_a_child_that_does_not_end_is_stopped(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch, waits: str
) -> None:
    """By the limit on computing time, and by the clock when it only waits (10 s after that limit)."""

    def endless(*_: object) -> None:
        while True:
            if waits == "sleeping":
                time.sleep(60)

    monkeypatch.setattr(sandbox, "refuse_hostile", endless)
    began = time.monotonic()
    (read,) = sandbox.read_files(put(tmp_path, one=good()), project, Limits(seconds=1))
    assert time.monotonic() - began < 25
    assert "quá nhiều bộ nhớ hoặc thời gian" in read.refusals[0]


@needs_fork
def test_a_child_that_says_too_much_is_stopped(tmp_path: Path, project: Project) -> None:
    """The parent never holds more of an answer than a return can need."""
    (path,) = put(tmp_path, one=good())
    (read,) = sandbox.read_files([path], project, replace(Limits(), answer_bytes=1000))
    assert "quá nhiều bộ nhớ" in read.refusals[0]


@needs_fork
def test_a_child_that_talks_nonsense_is_refused(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an answer is none."""
    monkeypatch.setattr(json, "dumps", lambda _: '{"file": "one.xlsx", "repor')
    (read,) = sandbox.read_files(put(tmp_path, one=good()), project)
    assert read.refusals


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are looked up in /proc")
def test_no_process_is_left_behind(tmp_path: Path, project: Project) -> None:
    """Every child was waited for."""
    before = _children()
    sandbox.read_files(put(tmp_path, a=good(), b=zero_bytes()), project)
    assert _children() <= before


def _children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_where_there_is_no_fork_the_same_is_read(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows: one process, the same answers."""
    files = put(tmp_path, a=FAULTY["roughly"].make(), b=zero_bytes())
    forked = sandbox.read_files(files, project)
    monkeypatch.delattr(os, "fork", raising=False)
    assert sandbox.read_files(files, project) == forked


@pytest.mark.parametrize("fork", [True, False])
def test_a_file_that_cannot_be_opened_says_so(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch, fork: bool
) -> None:
    """It vanished, or Excel holds it: no exception, and not the sentence about memory."""
    if not fork:
        monkeypatch.delattr(os, "fork", raising=False)
    gone, fine = sandbox.read_files([tmp_path / "gone.xlsx", *put(tmp_path, fine=good())], project)
    assert "không mở được" in gone.refusals[0]
    assert not fine.refusals


def test_a_file_larger_than_a_workbook_may_unpack_to_is_not_even_read(tmp_path: Path, project: Project) -> None:
    """A sparse file of 3 GB."""
    path = tmp_path / "huge.xlsx"
    with path.open("wb") as stream:
        stream.truncate(3 << 30)
    (read,) = sandbox.read_files([path], project)
    assert "lớn quá mức" in read.refusals[0]


def test_the_reading_leaves_the_file_as_it_was(tmp_path: Path, project: Project) -> None:
    """Returns are evidence: not a byte changes."""
    content = edited(good(), FAULTY["hidden_row"].spoil)
    (path,) = put(tmp_path, one=content)
    path.chmod(0o444)
    sandbox.read_files([path], project)
    assert path.read_bytes() == content
