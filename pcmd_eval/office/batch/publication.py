"""Publish a finished set: complete its record, then swap it with the published set."""

import json
import os
import secrets
import shutil
from datetime import datetime
from pathlib import Path

from pcmd_eval.office.batch.fingerprint import hash_inputs
from pcmd_eval.office.batch.run_request import Outcome, Record, Request
from pcmd_eval.util.files import write_atomic
from pcmd_eval.util.hashes import Hashes, hash_files, versions

RUN = "run.json"
_SET_KEYS = ("outputs", "inputs", "versions")  # only in the record of a published set


def publish(request: Request, record: Record, made_folder: Path) -> None:
    """Move the folder `made_folder` into place as the published set, with `record` as its run.json.

    Adds `outputs`, `inputs` (hashes by path) and `versions` to `record`.
    """
    staging = staged_sets(request.folders.published) / record["run_id"]
    made_folder.rename(staging)
    record["outputs"] = hash_files(staging)
    record["inputs"] = hash_inputs(request.plan, request.plan_name)
    record["versions"] = versions()
    write_atomic(staging / RUN, _json(record))
    swap(staging, request.folders.published)


def start_record(plan_number: str, started: str) -> Record:
    """Return a record with plan, a new run_id, the time the run started, and the time now."""
    run_id = f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    return {"plan": plan_number, "run_id": run_id, "started": started, "finished": timestamp()}


def write_internal_record(request: Request, outcome: Outcome) -> None:
    """Write the internal record of a run: whether it was published, the causes of failures, the
    fingerprints of its returns and the hashes of the documents as they were written; if it was not
    published, also the fingerprints of the published set.
    """
    record = {key: value for key, value in outcome.record.items() if key not in _SET_KEYS}
    record |= {"published": outcome.published, "causes": outcome.failed}
    if not outcome.published:
        record |= {"published_returns": read_published_returns(request)}
    papers = read_paper_hashes(request) | outcome.papers
    folder = request.folders.documents
    record["papers"] = {name: papers[name] for name in sorted(papers) if (folder / name).exists()}
    write_atomic(request.record_file, _json(record | {"returns": outcome.intake.fingerprints}))


def read_published_returns(request: Request) -> Hashes:
    """Return the fingerprints of the returns that the published set was made from, by file name;
    {} if the internal record is missing or damaged.
    """
    record = _read_internal_record(request)
    # A run that did not publish keeps those of the published set (`write_internal_record`).
    return record.get("returns" if record.get("published") else "published_returns") or {}


def read_paper_hashes(request: Request) -> Hashes:
    """Return the hashes by name of the documents as runs wrote them, to find edited ones; {} if the
    internal record is missing or damaged.
    """
    return _read_internal_record(request).get("papers") or {}


def _read_internal_record(request: Request) -> Record:
    """Return the internal record of the last run; {} if it is missing or damaged."""
    try:
        return dict(json.loads(request.record_file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}


def timestamp() -> str:
    """Return the time now in ISO format, with the time zone."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _json(content: Record) -> bytes:
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()


# ---- the folder of the published set -------------------------------------------------------------


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
