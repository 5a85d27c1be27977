"""Whether a set is what its run made: its hashes, its inputs, and a second run, byte by byte."""

import json
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from pcmd_eval.batch import program, publish
from pcmd_eval.batch.progress import causes
from pcmd_eval.batch.request import Request, Watch
from pcmd_eval.errors import InputRefused
from pcmd_eval.intake.folder import fingerprints
from pcmd_eval.paths import Places
from pcmd_eval.plan import Plan
from pcmd_eval.words import listing

# What a second run need not make the same: it is not looked at, or compared by itself.
_OWN = ("run.json", "run-edition.json", "trace", "edition", "sets", "told")
# What a second run need not say the same in its records, or what is compared by itself.
_FREE = {
    *("run_id", "started", "finished", "seconds", "reused"),
    *("outputs", "inputs", "versions", "returns"),
}


@dataclass(frozen=True)
class Verdict:
    """What differs, and what was not looked at.

    `alone`: a published set, which nothing can be made again from.
    """

    differences: tuple[str, ...]
    alone: bool = False
    unseen: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """What could not be checked, and a line for every difference or "đúng"."""
        lines = [f"Không xem: {listing([*self.unseen])}."] if self.unseen else []
        lines += [f"Khác: {words}" for words in self.differences]
        if not self.alone:
            return lines if self.differences else [*lines, "đúng"]
        if not self.differences:
            lines.append("Mã băm của mọi tệp đều đúng.")
        why = "đây là bộ công bố riêng, không có thư mục internal."
        return [*lines, f"Chưa tính lại các con số từ báo cáo, chưa so các mục của run.json: {why}"]


def verify(plan_name: str, plan: Plan, returns: Path, made: Path, watch: Watch) -> Verdict:
    """Check an output folder, or a published set by itself (hashes alone).

    Raises InputRefused where there is none.
    """
    alone = (made / "run.json").is_file()
    kept = Request(plan_name, plan, returns, Places(made))
    shown, before = (made, "") if alone else (kept.shown, "published/")
    if not (shown / "run.json").is_file():
        raise InputRefused(f"Trong “{made.name}” không có bộ nào đã công bố (thiếu run.json).")
    unseen = _unseen(shown, kept.places, alone)
    editions = []
    try:
        record = json.loads((shown / "run.json").read_bytes())
        found = [*_unlike(record["outputs"], _files(shown, "run.json"), before)]
        found += _unlike(record["inputs"], program.inputs(plan, plan_name), "đầu vào ")
        found += _unlike(record["versions"], program.versions(), "thư viện ")
        if not alone:
            sent = json.loads(kept.record.read_bytes())["returns"]
            found += _unlike(sent, fingerprints(returns), "báo cáo ")
            for one in (kept, replace(kept, internal=True)):
                if (one.shown / "run.json").is_file():
                    editions.append((_again(one), _told(one.shown)))
            inside = _told(kept.places.internal)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Verdict(("run.json: hỏng hoặc thiếu, không đọc được",), alone, unseen)
    if editions:
        found += _unlike_again(kept.places, editions, inside, watch)
    return Verdict(tuple(dict.fromkeys(found)), alone, unseen)


def _again(kept):
    """How an edition is made again, still in its own place."""
    record = json.loads((kept.shown / "run.json").read_bytes())
    done = dict.fromkeys(job["unit"] for job in record["jobs"] if job["status"] == "done")
    whole = done.keys() == {*kept.plan.reporters.index}
    return replace(kept, units=() if whole else tuple(done), despite=record["faults"] or None)


def _unlike_again(kept, editions, inside, watch):
    """What a second run from nothing makes otherwise, of each edition that there is."""
    above = kept.root.parent
    beside = above if os.access(above, os.W_OK) else None  # so that links lead as far up
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=beside) as folder:
        again = Places(Path(folder))
        for request, there in editions:
            second = replace(request, places=again)
            outcome = publish.run(second, watch)
            if outcome.published:
                where = f"{second.shown.relative_to(again.root).as_posix()}/"
                yield from _unlike(_told(second.shown), there, where)
                continue
            stopping = f"còn {outcome.intake.stopping} lỗi phải sửa trong các báo cáo"
            for words in causes(outcome.failed) or [stopping]:
                yield f"chạy lại không công bố được: {words}"
        yield from _unlike(_told(again.internal), inside, "internal/")


def _told(folder):
    """What a folder tells: its files by their hashes; of its records what equal runs say alike, the
    line of each notebook by itself.
    """
    told = _files(folder, *_OWN)
    for file in folder.glob("run*.json"):
        record = json.loads(file.read_bytes())
        for number, job in enumerate(record.pop("jobs"), 1):
            record[f"jobs {number} ({job['unit']}, {job['notebook']})"] = _alike(job)
        told |= {f"{file.name}, mục {key}": value for key, value in _alike(record).items()}
    return told


def _alike(record):
    return {key: value for key, value in record.items() if key not in _FREE}


def _unseen(shown, places, alone):
    """What is not compared: empty folders, traces, and what lies beside the set, as the lab."""
    compared, rest = [shown], set()
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


def _unlike(expected, there, what):
    for name in sorted(expected.keys() | there.keys()):
        if name not in expected:
            yield f"{what}{name}: thừa"
        elif name not in there:
            yield f"{what}{name}: thiếu"
        elif expected[name] != there[name]:
            yield f"{what}{name}: đã đổi"
