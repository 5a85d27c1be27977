"""The lock, the step that readers see, and what is tidied away: function by function, without a run."""

import json
import os
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pcmd_eval.batch import sets
from pcmd_eval.batch.sets import LockHeld, locked, swap
from pcmd_eval.paths import OutputFolder

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"


@pytest.fixture
def output(tmp_path: Path) -> OutputFolder:
    """An output folder that is not there yet, nor is the one above it."""
    return OutputFolder(tmp_path / "above" / "out")


@pytest.fixture
def other_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer on which a file is not UTF-8 unless that is said."""
    monkeypatch.setattr("io.text_encoding", lambda encoding, *_: encoding or "cp1252")


def complete(output: OutputFolder, *names: str) -> None:
    """Sets as runs leave them, with a record and a page."""
    for name in names:
        (output.sets / name).mkdir(parents=True)
        (output.sets / name / "run.json").write_text(json.dumps({"run_id": name}), encoding="utf-8")
        (output.sets / name / "index.html").write_text(f"page of {name}", encoding="utf-8")


def page(output: OutputFolder) -> str:
    """What a reader sees."""
    return (output.published / "index.html").read_text(encoding="utf-8")


def names(folder: Path) -> set[str]:
    """The names of everything in a folder."""
    return {path.name for path in folder.iterdir()}


# ---- the lock --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("other_encoding")
def test_a_second_writer_is_turned_away_at_once_and_told_who_writes(output: OutputFolder):
    with locked(output):
        began = time.monotonic()
        with pytest.raises(LockHeld) as turned_away, locked(output):
            pytest.fail("two writers in one folder")
        assert time.monotonic() - began < 0.9
    who = rf"tiến trình số {os.getpid()}, bắt đầu lúc {TIME}"
    words = rf"Một lần chạy khác đang ghi vào “out” \({who}\)\. Đợi xong rồi chạy lại\."
    assert re.fullmatch(words, str(turned_away.value))
    assert turned_away.value.__suppress_context__  # the user is told nothing of a file lock


def test_a_second_writer_is_turned_away_also_where_the_first_left_no_name(output: OutputFolder):
    with locked(output):
        (output.root / "run.holder").unlink()
        with pytest.raises(LockHeld, match=r"“out” \(chưa rõ tiến trình nào\)\. Đợi"), locked(output):
            pytest.fail("two writers in one folder")


def test_the_lock_is_free_and_its_holder_forgotten_after_the_work_whether_it_was_done_or_not(output: OutputFolder):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locked(output):
            assert names(output.root) == {"run.lock", "run.holder"}
            raise ZeroDivisionError
        assert not (output.root / "run.holder").exists()
    with locked(output):
        pass
    assert not (output.root / "run.holder").exists()


# ---- the step that readers see ---------------------------------------------------------------------------------------


def test_published_is_a_link_that_stays_right_where_the_folder_is_moved(output: OutputFolder):
    complete(output, "a", "b")
    assert swap(output, "a", by_renaming=False) == ""
    assert output.published.readlink() == Path("sets") / "a"
    assert swap(output, "b", by_renaming=False) == "a"
    assert (page(output), sets.published_set(output)) == ("page of b", "b")
    moved = OutputFolder(output.root.rename(output.root.parent / "moved"))
    assert page(moved) == "page of b" and names(moved.sets) == {"a", "b"}
    assert names(moved.root) == {"published", "sets"}


def test_the_link_is_made_as_one_to_a_folder(output: OutputFolder, monkeypatch: pytest.MonkeyPatch):
    """Windows asks for that; others do not care."""
    complete(output, "a")
    asked: list[bool] = []
    real = Path.symlink_to

    def link(self: Path, target: Path, target_is_directory: bool = False) -> None:
        asked.append(target_is_directory)
        real(self, target, target_is_directory)

    monkeypatch.setattr(Path, "symlink_to", link)
    swap(output, "a", by_renaming=False)
    assert asked == [True]


def test_a_link_that_cannot_take_its_place_names_published_and_is_tidied_away(
    output: OutputFolder, monkeypatch: pytest.MonkeyPatch
):
    complete(output, "a", "b")
    swap(output, "a", by_renaming=False)

    def refuse(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match="No space") as refused:
            swap(output, "b", by_renaming=False)
    assert refused.value.filename == str(output.published)
    assert page(output) == "page of a" and (output.root / ".b.link").is_symlink()
    sets.tidy(output)
    assert names(output.root) == {"published", "sets"} and page(output) == "page of a"


def test_folders_are_renamed_where_links_need_rights(output: OutputFolder):
    complete(output, "a", "b", "c")
    assert swap(output, "a", by_renaming=True) == ""
    assert page(output) == "page of a" and names(output.sets) == {"b", "c"}
    assert swap(output, "b", by_renaming=False) == "a"  # what is a folder is never replaced by a link
    assert page(output) == "page of b" and names(output.sets) == {"a", "c"}
    assert not output.published.is_symlink()


def test_the_folder_before_comes_back_where_the_new_one_cannot_be_moved(output: OutputFolder):
    complete(output, "a")
    swap(output, "a", by_renaming=True)
    with pytest.raises(FileNotFoundError):
        swap(output, "gone", by_renaming=True)
    assert page(output) == "page of a" and names(output.sets) == set()


def test_nothing_is_published_where_the_first_folder_cannot_be_moved(output: OutputFolder):
    complete(output, "a")
    with pytest.raises(FileNotFoundError):
        swap(output, "gone", by_renaming=True)
    assert names(output.root) == {"sets"} and names(output.sets) == {"a"}


def test_a_set_is_found_among_the_sets_or_in_the_place_of_the_published_one(output: OutputFolder):
    complete(output, "a", "b")
    swap(output, "a", by_renaming=True)
    assert sets.folder_of(output, "b") == output.sets / "b"
    assert sets.folder_of(output, "a") == output.published
    assert sets.published_set(OutputFolder(output.root / "other")) == ""


# ---- what is tidied away ---------------------------------------------------------------------------------------------


def test_half_files_are_removed_wherever_a_run_writes_them_and_nothing_else(output: OutputFolder):
    deep = output.internal / "trace" / "deep"
    deep.mkdir(parents=True)
    half = [
        *(output.root / ".a.link", output.root / ".a.part"),
        *(output.internal / ".b.link", output.internal / ".b.part"),
        deep / ".c.part",
    ]
    whole = [output.root / "a.part", output.internal / ".hidden", deep / "c.link", deep / "d.part", output.lock]
    for path in (*half, *whole):
        path.write_bytes(b"x")
    sets.tidy(output)
    assert not [path for path in half if path.exists()]
    assert all(path.is_file() for path in whole)
    sets.tidy(OutputFolder(output.root / "nothing yet"))


def test_unwanted_sets_are_removed_and_files_beside_them_stay(output: OutputFolder):
    complete(output, "a", "b", "c")
    (output.sets / "note.txt").write_text("x", encoding="utf-8")
    seen: list[str] = []

    def unwanted(folder: Path) -> bool:
        seen.append(folder.name)
        return folder.name != "b"

    sets.remove_sets(output, unwanted)
    assert names(output.sets) == {"b", "note.txt"} and seen == ["a", "b", "c"]
    sets.remove_sets(OutputFolder(output.root / "nothing yet"), unwanted)
    assert len(seen) == 3


def test_a_set_that_cannot_be_removed_keeps_no_other(output: OutputFolder, monkeypatch: pytest.MonkeyPatch):
    """On Windows a page that somebody has open stays until a later run."""
    complete(output, "a", "b")
    (output.sets / "a" / "open").mkdir()
    real = os.rmdir

    def rmdir(path: str, **options: int) -> None:
        if Path(path).name == "open":
            raise PermissionError(13, "in use", path)
        real(path, **options)

    monkeypatch.setattr(os, "rmdir", rmdir)
    sets.remove_sets(output, lambda folder: True)
    assert names(output.sets) == {"a"}


# ---- files -----------------------------------------------------------------------------------------------------------


def test_the_files_of_a_folder_are_all_there_in_order(tmp_path: Path):
    for place in ("b", "a/z", "a/deep/c"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"")
    assert sets.files_in(tmp_path) == [tmp_path / "a" / "deep" / "c", tmp_path / "a" / "z", tmp_path / "b"]


def test_the_hash_of_a_file_is_its_sha_256(tmp_path: Path):
    """The value of FIPS 180-2, appendix B.1."""
    (tmp_path / "abc").write_bytes(b"abc")
    published = "ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad"
    assert sets.file_hash(tmp_path / "abc") == published.replace(" ", "")


def test_a_record_is_one_line_for_each_entry_with_letters_as_they_are():
    assert sets.json_bytes({"tên": "Đoan Hùng", "n": [1]}) == '{\n "tên": "Đoan Hùng",\n "n": [\n  1\n ]\n}\n'.encode()


def test_the_time_has_seconds_and_a_zone():
    said = sets.now()
    assert re.fullmatch(TIME, said)
    assert abs(datetime.fromisoformat(said) - datetime.now().astimezone()) < timedelta(seconds=60)
