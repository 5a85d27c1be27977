"""Whether a set is what its run made: its hashes, its inputs, and a second run, byte by byte."""

import json
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from pcmd_eval.batch import fingerprint as program
from pcmd_eval.batch import run as publish
from pcmd_eval.batch.progress import causes
from pcmd_eval.batch.run_request import Request, Watch
from pcmd_eval.intake.inbox import fingerprints
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import join_items
from pcmd_eval.util.paths import OutputFolders

# Files that a second run need not make the same: not looked at, or compared by themselves.
_FILES_APART = ("run.json", "run-edition.json", "trace", "edition", "sets")
# The same of the keys of its records.
_KEYS_APART = {
    *("run_id", "started", "finished", "seconds", "reused"),
    *("outputs", "inputs", "versions", "returns"),
}


@dataclass(frozen=True)
class Verification:
    """What differs, and what was not looked at.

    `alone`: a published set, which nothing can be made again from.
    """

    differences: tuple[str, ...]
    alone: bool = False
    unseen: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """What could not be checked, and a line for every difference or "đúng"."""
        lines = [f"Không xem: {join_items([*self.unseen])}."] if self.unseen else []
        lines += [f"Khác: {words}" for words in self.differences]
        if not self.alone:
            return lines if self.differences else [*lines, "đúng"]
        if not self.differences:
            lines.append("Mã băm của mọi tệp đều đúng.")
        why = "đây là bộ công bố riêng, không có thư mục internal."
        return [*lines, f"Chưa tính lại các con số từ báo cáo, chưa so các mục của run.json: {why}"]


def verify(plan_name: str, plan: Plan, returns: Path, made: Path, watch: Watch) -> Verification:
    """Check an output folder, or a published set by itself (hashes alone).

    Raises InputRefused where there is none.
    """
    alone = (made / "run.json").is_file()
    request = Request(plan_name, plan, returns, OutputFolders(made))
    published, where = (made, "") if alone else (request.shown, "published/")
    if not (published / "run.json").is_file():
        raise InputRefused(f"Trong “{made.name}” không có bộ nào đã công bố (thiếu run.json).")
    unseen = _unseen(published, request.places, alone)
    try:
        record = _record(published / "run.json")
        differences = [*_unlike(record["outputs"], _files(published, "run.json"), where)]
        differences += _unlike(record["inputs"], program.inputs(plan, plan_name), "đầu vào ")
        differences += _unlike(record["versions"], program.versions(), "thư viện ")
        if alone:
            return Verification(tuple(differences), alone, unseen)
        sent = _record(request.record_file)["returns"]
        differences += _unlike(sent, fingerprints(returns), "báo cáo ")
        editions = _editions(request)
        internal = _contents(request.places.internal)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Verification(("run.json: hỏng hoặc thiếu, không đọc được",), alone, unseen)
    differences += _made_unlike(made, editions, internal, watch)
    return Verification(tuple(dict.fromkeys(differences)), alone, unseen)


def _record(file):
    return json.loads(file.read_bytes())


def _editions(request):
    """Each edition that there is: how it was asked for, and what it holds."""
    both = (request, replace(request, internal=True))
    published = [edition for edition in both if (edition.shown / "run.json").is_file()]
    return [(_as_before(edition), _contents(edition.shown)) for edition in published]


def _as_before(request):
    """The request with the units that the set has, and despite the faults it had."""
    record = _record(request.shown / "run.json")
    done = dict.fromkeys(job["unit"] for job in record["jobs"] if job["status"] == "done")
    whole = done.keys() == {*request.plan.reporters.index}
    return replace(request, units=() if whole else tuple(done), despite=record["faults"] or None)


def _made_unlike(made, editions, internal, watch):
    """What a second run from nothing, in a folder beside, makes otherwise of each edition and of
    what stays inside.
    """
    above = made.parent
    beside = above if os.access(above, os.W_OK) else None  # so that links lead as far up
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=beside) as folder:
        places = OutputFolders(Path(folder))
        for request, contents in editions:
            second = replace(request, places=places)
            outcome = publish.run(second, watch)
            if outcome.published:
                where = f"{second.shown.relative_to(places.root).as_posix()}/"
                yield from _unlike(_contents(second.shown), contents, where)
                continue
            stopping = f"còn {outcome.intake.stopping} lỗi phải sửa trong các báo cáo"
            for words in causes(outcome.failed) or [stopping]:
                yield f"chạy lại không công bố được: {words}"
        yield from _unlike(_contents(places.internal), internal, "internal/")


def _contents(folder):
    """What a folder holds: its files by their hashes; of its records what equal runs say alike, the
    line of each notebook by itself.
    """
    contents = _files(folder, *_FILES_APART)
    for file in folder.glob("run*.json"):
        record = _record(file)
        for number, job in enumerate(record.pop("jobs"), 1):
            record[f"jobs {number} ({job['unit']}, {job['notebook']})"] = _alike(job)
        entries = {f"{file.name}, mục {key}": value for key, value in _alike(record).items()}
        contents |= entries
    return contents


def _alike(record):
    return {key: value for key, value in record.items() if key not in _KEYS_APART}


def _unseen(published, places, alone):
    """What is not compared: empty folders, traces, and what lies beside the set, as the lab."""
    compared, rest = [published], set()
    if not alone:
        compared.append(places.internal)
        rest = {path.name for path in places.root.iterdir()}
        rest -= {"published", "internal", "sets", "run.lock"}
        if (places.internal / "trace").is_dir():
            rest.add("internal/trace")
    for folder in compared:
        for path in folder.rglob("*/"):
            if not any(path.iterdir()):
                rest.add(f"{path.relative_to(places.root).as_posix()} (thư mục rỗng)")
    return tuple(sorted(rest))


def _files(folder, *without):
    hashes = program.hashes(folder)
    return {place: hashes[place] for place in hashes if place.split("/")[0] not in without}


def _unlike(expected, actual, where):
    for name in sorted(expected.keys() | actual.keys()):
        if name not in expected:
            yield f"{where}{name}: thừa"
        elif name not in actual:
            yield f"{where}{name}: thiếu"
        elif expected[name] != actual[name]:
            yield f"{where}{name}: đã đổi"
