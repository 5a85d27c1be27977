"""An edited paper is kept, the new one lies next to it."""

from pathlib import Path

from pcmd_eval.office.batch.papers import write_papers

NAME, NEW = "thong-bao-884-230-doan-hung.docx", "thong-bao-884-230-doan-hung (mới).docx"


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_write_papers_keeps_an_edited_paper_and_replaces_the_one_next_to_it(tmp_path: Path) -> None:
    recorded, remarks = write_papers(tmp_path, {NAME: b"one"}, {})
    assert (files(tmp_path), remarks) == ({NAME: b"one"}, [])
    (tmp_path / NAME).write_bytes(b"edited")
    for content in (b"two", b"three"):
        written, remarks = write_papers(tmp_path, {NAME: content}, recorded)
        assert files(tmp_path) == {NAME: b"edited", NEW: content}
        assert written == {} and remarks == [f"{NAME} đã được sửa nên giữ nguyên; bản mới: {NEW}."]
    (tmp_path / NEW).replace(tmp_path / NAME)  # the new one is taken
    written, remarks = write_papers(tmp_path, {NAME: b"three"}, recorded)
    assert (files(tmp_path), remarks) == ({NAME: b"three"}, []) and written != recorded


def test_write_papers_as_written_are_replaced_or_removed_without_a_remark(tmp_path: Path) -> None:
    recorded, _ = write_papers(tmp_path, {NAME: b"one", "form.xlsx": b"form"}, {})
    recorded, remarks = write_papers(tmp_path, {NAME: b"two"}, recorded)
    assert (files(tmp_path), remarks) == ({NAME: b"two"}, [])
    assert write_papers(tmp_path, {}, recorded) == ({}, [])
    assert files(tmp_path) == {}


def test_write_papers_outdated_but_edited_is_kept_and_named(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"edited")
    _, [remark] = write_papers(tmp_path, {}, {NAME: "hash of another"})
    assert files(tmp_path) == {NAME: b"edited"} and NAME in remark
