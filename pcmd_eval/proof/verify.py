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
from pcmd_eval.errors import InputRefused
from pcmd_eval.plan import Plan

_OWN = ("run.json", "run-edition.json", "trace", "edition", "sets")  # what a second run need not make the same


@dataclass(frozen=True)
class Verdict:
    """What differs, and what could not be checked."""

    differences: tuple[str, ...]
    unchecked: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether everything was checked and nothing differs."""
        return not self.differences and not self.unchecked

    @property
    def lines(self) -> list[str]:
        """ "đúng", or a line for everything else."""
        found = [f"Khác: {words}" for words in self.differences] + [f"Chưa kiểm: {words}" for words in self.unchecked]
        return found or ["đúng"]


def verify(plan_name: str, plan: Plan, returns: Path, made: Path, watch: publish.Watch) -> Verdict:
    """Check an output folder, or a published set by itself (hashes alone); raises InputRefused where there is none."""
    alone = (made / "run.json").is_file()
    shown, internal = (made, None) if alone else (made / "published", made / "internal")
    if not (shown / "run.json").is_file():
        raise InputRefused(f"Trong “{made.name}” không có bộ nào đã công bố (thiếu run.json).")
    try:
        record = json.loads((shown / "run.json").read_bytes())
        before = "" if alone else "published/"
        found = [*_unlike(record["outputs"], _files(shown, "run.json"), before)]
        found += _unlike(record["inputs"], tasks.inputs() | tasks.templates(), "đầu vào ")
        found += _unlike(record["versions"], tasks.versions(), "thư viện ")
        units = tuple(dict.fromkeys(job["unit"] for job in record["jobs"] if job["status"] == "done"))
        own = {} if alone else json.loads((internal / "run.json").read_bytes())
        if not alone:
            found += _unlike(own["returns"], tasks.hashes(returns, "*.xlsx"), "báo cáo ")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Verdict(("run.json: hỏng hoặc thiếu, không đọc được",))
    if alone:
        return Verdict(tuple(found), ("nội dung tính lại từ báo cáo: chỉ có bộ công bố, không có thư mục internal/",))
    beside = made.parent if os.access(made.parent, os.W_OK) else None  # so that links lead as far up
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=beside) as again:
        places, whole = paths.Places(Path(again)), set(units) == {*plan.reporters.index}
        request = publish.Request(plan_name, plan, returns, places, () if whole else units, record["faults"] or None)
        outcome = publish.run(request, watch)
        found += [f"{place}: chạy lại bị lỗi: {cause}" for place, cause in outcome.failed.items()]
        if outcome.published:
            found += _unlike(_files(places.published, *_OWN), _files(shown, *_OWN), "published/")
        found += _unlike(_files(places.internal, *_OWN), _files(internal, *_OWN), "internal/")
        if (internal / "edition" / "run.json").is_file() and not outcome.failed:
            exact = publish.run(replace(request, internal=True), watch)
            found += _unlike(_files(exact.shown, *_OWN), _files(internal / "edition", *_OWN), "internal/edition/")
    return Verdict(tuple(dict.fromkeys(found)))


def _files(folder: Path, *without: str) -> dict[str, str]:
    return {place: found for place, found in tasks.hashes(folder).items() if place.split("/")[0] not in without}


def _unlike(expected: Mapping[str, Any], there: Mapping[str, Any], what: str) -> Iterator[str]:
    for name in sorted(expected.keys() | there.keys()):
        if expected.get(name) != there.get(name):
            yield f"{what}{name}: {'thừa' if name not in expected else 'thiếu' if name not in there else 'đã đổi'}"
