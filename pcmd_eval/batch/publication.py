"""Publish a finished set: write it aside, then replace what readers see in one step."""

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pcmd_eval.batch.fingerprint import hash_inputs, versions
from pcmd_eval.batch.run_request import Outcome, Record, Request
from pcmd_eval.util.files import write_atomic

RUN = "run.json"
_SET_KEYS = ("outputs", "inputs", "versions")  # of a published record only


def publish(request: Request, record: Record, files: Iterable[tuple[str, bytes]]) -> None:
    """Publish the files (path, content) and complete the record with their hashes, the inputs and
    the versions. Files are written as they come, so that the set is never in memory as a whole.
    """
    outputs = {}
    with _staging_folder(request.target, record["run_id"]) as staging:
        for relative_path, content in files:
            path = staging / relative_path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            outputs[relative_path] = sha256(content).hexdigest()
        record["outputs"] = dict(sorted(outputs.items()))
        record["inputs"] = hash_inputs(request.plan, request.plan_name)
        record["versions"] = versions()
        write_atomic(staging / RUN, _json(record))


def read_record(target: Path) -> Record:
    """Return run.json of the set that readers see.

    Raises FileNotFoundError where there is no set, ValueError where the file is damaged.
    """
    record = json.loads((target / RUN).read_bytes())
    if not isinstance(record, dict) or "run_id" not in record:
        raise ValueError(RUN)
    return record


def start_record(plan_number: str, started: str) -> Record:
    """Return the first entries of a record that is written now."""
    run_id = f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    return {"plan": plan_number, "run_id": run_id, "started": started, "finished": timestamp()}


def write_internal_record(request: Request, outcome: Outcome) -> None:
    """Write the department's own record of a run: whether it was published, why not, and the
    fingerprints of its returns; if it was not published, those of the published set, too.
    """
    record = {key: value for key, value in outcome.record.items() if key not in _SET_KEYS}
    record |= {"published": outcome.published, "causes": outcome.failed}
    if not outcome.published:
        record |= {"published_returns": read_published_returns(request)}
    write_atomic(request.record_file, _json(record | {"returns": outcome.intake.fingerprints}))


def read_published_returns(request: Request) -> dict[str, str]:
    """Return the fingerprints of the returns that the published set was made from, by file name;
    none where the department has no record of that set.
    """
    try:
        record = json.loads(request.record_file.read_bytes())
        return record["returns" if record["published"] else "published_returns"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def timestamp() -> str:
    """Return the present moment as records have it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _json(content):
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()


# ---- the folder that readers see -----------------------------------------------------------------


@contextmanager
def _staging_folder(target: Path, name: str) -> Iterator[Path]:
    """Yield a folder for a new set and show it to readers afterwards; remove it if that fails."""
    staging = staged_sets(target) / name
    try:
        yield staging
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    swap(staging, target)


def swap(staging: Path, target: Path, by_link: bool = os.name != "nt") -> None:
    """Let `target` show the finished set `staging`: a link is replaced in one step, folders in two
    (Windows).
    """
    previous = _previous_set(target)
    if by_link and (target.is_symlink() or not target.exists()):
        link = target.with_name(f".{target.name}.link")
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(staging, target.parent), target_is_directory=True)
        link.replace(target)
    else:
        shutil.rmtree(previous, ignore_errors=True)
        if target.exists():
            target.rename(previous)
        staging.rename(target)
    finish_swap(target)


def finish_swap(target: Path) -> None:
    """End the swap of a run that died in the middle of it, and remove unfinished sets; the lock
    must be held.
    """
    if not target.exists() and _previous_set(target).exists():
        _previous_set(target).rename(target)
    shown = target.resolve().name if target.is_symlink() else ""
    folder = staged_sets(target)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name != shown:
            shutil.rmtree(path, ignore_errors=True)


def staged_sets(target: Path) -> Path:
    """Return the folder that new sets for `target` are written to."""
    return target.parent / "sets"


def _previous_set(target):
    return staged_sets(target) / "previous"
