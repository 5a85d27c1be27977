"""Publish a finished set: write it into a staging folder, then swap it with the published set."""

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pcmd_eval.batch.fingerprint import hash_inputs
from pcmd_eval.batch.run_request import Outcome, Record, Request
from pcmd_eval.util.files import write_atomic
from pcmd_eval.util.hashes import versions

RUN = "run.json"
_SET_KEYS = ("outputs", "inputs", "versions")  # only in the record of a published set


def publish(request: Request, record: Record, files: Iterable[tuple[str, bytes]]) -> None:
    """Publish the files (path, content) with the record, which is completed in place by the hashes
    of outputs and inputs and by library versions.

    Each file is written as it comes, so that the set is never in memory as a whole.
    """
    outputs = {}
    with _staging_folder(request.places.published, record["run_id"]) as staging:
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
    """Return run.json of the published set.

    Raises FileNotFoundError if there is no set, ValueError if the file is damaged.
    """
    record = json.loads((target / RUN).read_bytes())
    if not isinstance(record, dict) or "run_id" not in record:
        raise ValueError(RUN)
    return record


def start_record(plan_number: str, started: str) -> Record:
    """Return a record with plan, a new run_id, the time the run started, and the time now."""
    run_id = f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    return {"plan": plan_number, "run_id": run_id, "started": started, "finished": timestamp()}


def write_internal_record(request: Request, outcome: Outcome) -> None:
    """Write the internal record of a run: whether it was published, the causes of failures, and the
    fingerprints of its returns; if it was not published, also those of the published set.
    """
    record = {key: value for key, value in outcome.record.items() if key not in _SET_KEYS}
    record |= {"published": outcome.published, "causes": outcome.failed}
    if not outcome.published:
        record |= {"published_returns": read_published_returns(request)}
    write_atomic(request.record_file, _json(record | {"returns": outcome.intake.fingerprints}))


def read_published_returns(request: Request) -> dict[str, str]:
    """Return the fingerprints of the returns that the published set was made from, by file name;
    {} if the internal record is missing or damaged.
    """
    try:
        record = json.loads(request.record_file.read_bytes())
        return record["returns" if record["published"] else "published_returns"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def timestamp() -> str:
    """Return the time now in ISO format, with the time zone."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _json(content: Record) -> bytes:
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()


# ---- the folder of the published set -------------------------------------------------------------


@contextmanager
def _staging_folder(target: Path, name: str) -> Iterator[Path]:
    """Yield a folder for a new set and publish it at the end; remove it if the block fails."""
    staging = staged_sets(target) / name
    try:
        yield staging
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    swap(staging, target)


def swap(staging: Path, target: Path, by_link: bool = os.name != "nt") -> None:
    """Publish the finished set `staging` at `target`: replace a link in one step, or rename folders
    in two (Windows, or where `target` is a folder).
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
    """Restore the previous set if a run died between two renames, and remove all other sets.

    The caller holds the lock.
    """
    if not target.exists() and _previous_set(target).exists():
        _previous_set(target).rename(target)
    published = target.resolve().name if target.is_symlink() else ""
    folder = staged_sets(target)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name != published:
            shutil.rmtree(path, ignore_errors=True)


def staged_sets(target: Path) -> Path:
    """Return the folder that new sets for `target` are written to."""
    return target.parent / "sets"


def _previous_set(target: Path) -> Path:
    return staged_sets(target) / "previous"
