"""Verify a set: run it again from nothing and compare every file."""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from pcmd_eval.office.batch import fingerprint, publication
from pcmd_eval.office.batch.progress import describe_causes
from pcmd_eval.office.batch.run import run
from pcmd_eval.office.batch.run_request import ProgressCallback, Request
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.hashes import Hashes, digest, hash_files, prefix_paths, versions
from pcmd_eval.util.paths import OutputFolders

# Keys that differ in equal runs; versions are compared apart.
_VOLATILE = {"run_id", "started", "finished", "seconds", "versions"}


class Verification(NamedTuple):
    """The result of a verification: a sentence for each file that differs (`differences`), and for
    each library of another version (`environment`).
    """

    differences: list[str]
    environment: list[str]


def verify(
    plan_name: str, plan: Plan, returns: Path, output: Path, progress: ProgressCallback
) -> Verification:
    """Run the set of the output folder `output` again, and compare every file.

    Raises InputRefused if there is no set.
    """
    folders = OutputFolders(output)
    try:
        record = json.loads((folders.published / publication.RUN).read_bytes())
        units_done = {job["unit"] for job in record["jobs"] if job["status"] == "done"}
        stopping_count, then = record["faults"] or None, dict(record["versions"])
    except FileNotFoundError:
        raise InputRefused(
            f"Trong “{output.name}” không có bộ nào đã công bố (thiếu run.json)."
        ) from None
    except (ValueError, KeyError, TypeError):
        return Verification(["run.json: hỏng, không đọc được"], [])
    now = versions()
    environment = [
        f"{name}: khi đó {then.get(name, 'không có')}, nay {now.get(name, 'không có')}"
        for name in _list_different(then, now)
    ]
    units = () if units_done == {*plan.reporters.index} else tuple(sorted(units_done))
    # Next to the first set, so that relative links from it to the returns are the same.
    folder = output.parent if os.access(output.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=folder) as temporary:
        rerun_folders = OutputFolders(Path(temporary))
        request = Request(plan_name, plan, returns, rerun_folders, units, despite=stopping_count)
        outcome = run(request, progress)
        if outcome.published:
            expected, actual = _hash_outputs(rerun_folders), _hash_outputs(folders)
            differences = [
                f"{path}: "
                f"{'thừa' if path not in expected else 'đã đổi' if path in actual else 'thiếu'}"
                for path in _list_different(expected, actual)
            ]
            return Verification(differences, environment)
    stopping = f"còn {outcome.intake.stopping_count} lỗi phải sửa trong các báo cáo"
    causes = describe_causes(outcome.failed) or [stopping]
    return Verification([f"chạy lại không công bố được: {cause}" for cause in causes], environment)


def _hash_outputs(folders: OutputFolders) -> Hashes:
    """Return the hashes of all published and internal files, by path.

    Left out: traces, which `run` does not make, `LAST_RUN`, and the `_VOLATILE` entries
    of run.json.
    """
    hashes: Hashes = {}
    for folder in (folders.published, folders.internal):
        files = hash_files(folder, "**/*", "!trace/*", f"!{fingerprint.LAST_RUN}")
        with suppress(OSError, ValueError):  # a damaged record keeps its file hash
            record = (folder / publication.RUN).read_bytes()
            files[publication.RUN] = digest(json.loads(record, object_hook=_drop_volatile))
        hashes |= prefix_paths(folder.name, files)
    return hashes


def _drop_volatile(entries: dict[str, Any]) -> dict[str, Any]:
    """Return the entries of a record that are the same in equal runs."""
    return {key: value for key, value in entries.items() if key not in _VOLATILE}


def _list_different(then: Hashes, now: Hashes) -> list[str]:
    """Return the keys, sorted, that have another value now, or are in one of the two alone."""
    return sorted({key for key, _ in then.items() ^ now.items()})
