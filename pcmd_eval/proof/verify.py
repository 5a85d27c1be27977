"""Whether a set is what its run made: its hashes, its inputs, and a second run from nothing, byte by byte."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pcmd_eval import paths
from pcmd_eval.batch import publish, tasks
from pcmd_eval.batch.executing import Watch
from pcmd_eval.batch.progress import causes
from pcmd_eval.errors import InputRefused
from pcmd_eval.plan import Plan

_OWN = (
    "run.json",
    "run-edition.json",
    "trace",
    "edition",
    "sets",
)  # what a second run need not make the same


@dataclass(frozen=True)
class Verdict:
    """What differs; `alone`: a published set by itself, which nothing can be made again from."""

    differences: tuple[str, ...]
    alone: bool = False

    @property
    def right(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @property
    def lines(self) -> list[str]:
        """ "đúng", or a line for every difference; and what could not be checked."""
        found = [f"Khác: {words}" for words in self.differences]
        if not self.alone:
            return found or ["đúng"]
        found = found or ["Mã băm của mọi tệp đều đúng."]
        return [
            *found,
            "Chưa tính lại các con số từ báo cáo: đây là bộ công bố riêng, không có thư mục internal.",
        ]


def verify(plan_name: str, plan: Plan, returns: Path, made: Path, watch: Watch) -> Verdict:
    """Check an output folder, or a published set by itself (hashes alone); raises InputRefused where there is none."""
    alone = (made / "run.json").is_file()
    shown, internal = (made, None) if alone else (made / "published", made / "internal")
    if not (shown / "run.json").is_file():
        raise InputRefused(f"Trong “{made.name}” không có bộ nào đã công bố (thiếu run.json).")
    try:
        record = json.loads((shown / "run.json").read_bytes())
        before = "" if alone else "published/"
        found = [*_unlike(record["outputs"], _files(shown, "run.json"), before)]
        found += _unlike(record["inputs"], tasks.inputs(plan, plan_name), "đầu vào ")
        found += _unlike(record["versions"], tasks.versions(), "thư viện ")
        units = tuple(
            dict.fromkeys(job["unit"] for job in record["jobs"] if job["status"] == "done")
        )
        own = {} if alone else json.loads((internal / "run.json").read_bytes())
        if not alone:
            found += _unlike(own["returns"], tasks.hashes(returns, "*.xlsx"), "báo cáo ")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Verdict(("run.json: hỏng hoặc thiếu, không đọc được",), alone)
    if alone:
        return Verdict(tuple(found), alone)
    beside = (
        made.parent if os.access(made.parent, os.W_OK) else None
    )  # so that links lead as far up
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=beside) as again:
        places, whole = paths.Places(Path(again)), set(units) == {*plan.reporters.index}
        request = publish.Request(
            plan_name, plan, returns, places, () if whole else units, record["faults"] or None
        )
        outcome = publish.run(request, watch)
        found += [f"chạy lại bị lỗi ở {words}" for words in causes(outcome.failed)]
        if outcome.published:
            found += _unlike(_files(places.published, *_OWN), _files(shown, *_OWN), "published/")
        found += _unlike(_files(places.internal, *_OWN), _files(internal, *_OWN), "internal/")
        if (internal / "edition" / "run.json").is_file() and not outcome.failed:
            exact = publish.run(replace(request, internal=True), watch)
            found += _unlike(
                _files(exact.shown, *_OWN), _files(internal / "edition", *_OWN), "internal/edition/"
            )
    return Verdict(tuple(dict.fromkeys(found)))


def _files(folder: Path, *without: str) -> dict[str, str]:
    return {
        place: found
        for place, found in tasks.hashes(folder).items()
        if place.split("/")[0] not in without
    }


def _unlike(expected: Mapping[str, Any], there: Mapping[str, Any], what: str) -> Iterator[str]:
    for name in sorted(expected.keys() | there.keys()):
        if expected.get(name) != there.get(name):
            yield f"{what}{name}: {'thừa' if name not in expected else 'thiếu' if name not in there else 'đã đổi'}"
