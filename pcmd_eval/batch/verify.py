"""Verify a set: run it again from nothing and compare every file."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pcmd_eval.batch.fingerprint import hash_files
from pcmd_eval.batch.progress import describe_causes
from pcmd_eval.batch.run import run
from pcmd_eval.batch.run_request import ProgressCallback, Request
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import join_items
from pcmd_eval.util.paths import OutputFolders

# In internal/: compared apart, as records or as another set; `run` does not make traces.
_SEPARATE = ("run.json", "run-edition.json", "edition", "sets", "trace")
_VOLATILE = {"run_id", "started", "finished", "seconds", "reused"}  # keys that differ in equal runs


@dataclass(frozen=True)
class Verification:
    """The differences found, and the paths that were not compared (`ignored`).

    `hashes_only`: only hashes were checked: without internal/ a set cannot be made again.
    """

    differences: tuple[str, ...]
    hashes_only: bool = False
    ignored: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """Return the lines to print: what was not compared, then each difference, or "đúng"."""
        lines = [f"Không xem: {join_items([*self.ignored])}."] if self.ignored else []
        lines += [f"Khác: {words}" for words in self.differences]
        if not self.hashes_only:
            return lines if self.differences else [*lines, "đúng"]
        if not self.differences:
            lines.append("Mã băm của mọi tệp đều đúng.")
        why = "đây là bộ công bố riêng, không có thư mục internal."
        return [*lines, f"Chưa tính lại các con số từ báo cáo, chưa so các mục của run.json: {why}"]


def verify(
    plan_name: str, plan: Plan, returns: Path, output: Path, progress: ProgressCallback
) -> Verification:
    """Verify an output folder by a second run, or a published set alone by its hashes.

    `output`: either of the two. Raises InputRefused if there is no set.
    """
    hashes_only = (output / "run.json").is_file()
    request = Request(plan_name, plan, returns, OutputFolders(output))
    published = output if hashes_only else request.target
    if not (published / "run.json").is_file():
        raise InputRefused(f"Trong “{output.name}” không có bộ nào đã công bố (thiếu run.json).")
    ignored = _list_ignored(published, request.places, hashes_only)
    try:
        if hashes_only:
            recorded = _read_entry(published / "run.json")["outputs"]
            differences = [*_compare(recorded, _hash_tree(published, "run.json"), "")]
        else:
            editions = _recorded_editions(request)
            internal = _hash_files_and_records(request.places.internal)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        damaged = ("run.json: hỏng hoặc thiếu, không đọc được",)
        return Verification(damaged, hashes_only, ignored)
    if not hashes_only:
        differences = _compare_with_second_run(request, editions, internal, progress)
    return Verification(tuple(differences), hashes_only, ignored)


def _recorded_editions(request):
    """Return (request, hashes and entries) of the public and the internal set, if made."""
    requests = [request, replace(request, internal=True)]
    requests = [_same_choices(e) for e in requests if (e.target / "run.json").is_file()]
    return [(edition, _hash_files_and_records(edition.target)) for edition in requests]


def _compare_with_second_run(request, editions, internal, progress):
    """Yield what differs after a second run in a folder next to the first, without its store."""
    parent = request.places.root.parent
    # Next to the first, so that relative links from it to the returns are the same.
    folder = parent if os.access(parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=folder) as temporary:
        places = OutputFolders(Path(temporary))
        for edition, content in editions:
            second = replace(edition, places=places)
            outcome = run(second, progress)
            if outcome.published:
                where = f"{second.target.relative_to(places.root).as_posix()}/"
                yield from _compare(_hash_files_and_records(second.target), content, where)
                continue
            stopping = f"còn {outcome.intake.stopping} lỗi phải sửa trong các báo cáo"
            for words in describe_causes(outcome.failed) or [stopping]:
                yield f"chạy lại không công bố được: {words}"
        yield from _compare(_hash_files_and_records(places.internal), internal, "internal/")


def _same_choices(request):
    """Return the request with the units of its published set, and with `despite` as it was."""
    record = _read_entry(request.target / "run.json")
    done = dict.fromkeys(job["unit"] for job in record["jobs"] if job["status"] == "done")
    complete = done.keys() == {*request.plan.reporters.index}
    units = () if complete else tuple(done)
    return replace(request, units=units, despite=record["faults"] or None)


def _read_entry(file):
    return json.loads(file.read_bytes())


def _hash_files_and_records(folder):
    """Return the hashes of a folder's files by path, and the entries of its records by name.

    Left out are `_SEPARATE`, and entries that differ between equal runs.
    """
    contents = _hash_tree(folder, *_SEPARATE)
    for file in folder.glob("run*.json"):
        contents |= _flatten(_read_entry(file), file.name)
    return contents


def _flatten(value: Any, name: str) -> dict[str, Any]:
    """Return the entries of a record by path ("run.json, jobs 1, unit") but `_VOLATILE` ones."""
    if isinstance(value, Mapping):
        entries = [
            (f"{name}, {key}", entry) for key, entry in value.items() if key not in _VOLATILE
        ]
    elif isinstance(value, list):
        entries = [(f"{name} {number}", entry) for number, entry in enumerate(value, 1)]
    else:
        return {name: value}
    return {path: leaf for key, entry in entries for path, leaf in _flatten(entry, key).items()}


def _list_ignored(published, places, hashes_only):
    """Return what is not compared: empty folders, traces, and other files of the output folder."""
    compared, ignored = [published], set()
    if not hashes_only:
        compared.append(places.internal)
        ignored = {path.name for path in places.root.iterdir()}
        ignored -= {"published", "internal", "sets", "run.lock"}
        if (places.internal / "trace").is_dir():
            ignored.add("internal/trace")
    for folder in compared:
        for path in folder.rglob("*/"):
            if not any(path.iterdir()):
                ignored.add(f"{path.relative_to(places.root).as_posix()} (thư mục rỗng)")
    return tuple(sorted(ignored))


def _hash_tree(folder, *excluded):
    """Return the hashes of a folder's files by path, without some of its direct entries."""
    hashes = hash_files(folder)
    return {path: hashes[path] for path in hashes if path.split("/")[0] not in excluded}


def _compare(expected, actual, where):
    """Yield a message for each name that is missing, too much, or of another value."""
    for name in sorted(expected.keys() | actual.keys()):
        if name not in expected:
            yield f"{where}{name}: thừa"
        elif name not in actual:
            yield f"{where}{name}: thiếu"
        elif expected[name] != actual[name]:
            yield f"{where}{name}: đã đổi"
