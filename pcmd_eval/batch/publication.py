"""The set that readers see: shown at once when it is made, and again, by hashes alone, where
nothing that it rests on has changed.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pcmd_eval.batch import result_store as store
from pcmd_eval.batch.fingerprint import digest, hashes, notebooks
from pcmd_eval.batch.run_request import Outcome, Record, Request
from pcmd_eval.util import paths
from pcmd_eval.util.files import write_atomic

RUN, _REMARKS = "run.json", "remarks.json"
_MADE = ("outputs", "inputs", "versions")  # what the record of a set says beside that of its run


def key_of(request: Request, given: str, sent: dict[str, str]) -> str:
    """The hash of all that a set is made from; `given`: see `evaluate.rests_on`; `sent`:
    fingerprints.
    """
    written = hashes(paths.NARRATIVE / request.plan.name)
    name = Path(request.plan_name).name
    return digest(given, sent, name, request.internal, notebooks(request.plan), written)


def again(request: Request, key: str, started: str, outcome: Outcome) -> Outcome | None:
    """Show the set of this key once more, under a new record. None where there is none, a unit is
    lacking, or readers see other files.
    """
    held = store.kept(_kept(request), key)
    if not held:
        return None
    record = json.loads(held[RUN]) | begun(started)
    done = {job["unit"] for job in record["jobs"] if job["status"] == "done"}
    if not request.asked <= done or not _unchanged(request, record["outputs"]):
        return None
    for job in record["jobs"]:
        job |= {"seconds": 0.0, "reused": job["unit"] in done}
    _show(request, record)
    return replace(outcome, published=True, record=record, remarks=json.loads(held[_REMARKS]))


def publish(
    request: Request,
    key: str,
    record: Record,
    remarks: list[str],
    files: Mapping[str, bytes],
) -> None:
    """Let readers see a new set, and keep under its key what `again` needs."""
    _show(request, record, files)
    held = {RUN: _json(record), _REMARKS: _json(remarks)}
    store.keep_alone(_kept(request), key, held)


def _kept(request):
    return request.store / "set"


def _show(request, record, files=None):
    """Let readers see these files, or, where there are none, a new record of those that they see."""
    if files is None:
        write_atomic(request.shown / RUN, _json(record))
    else:
        with store.staged(request.shown, record["run_id"]) as staging:
            for place, content in files.items():
                path = staging / place
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            write_atomic(staging / RUN, _json(record))


def _unchanged(request, outputs):
    """Return whether readers see these files and no others."""
    there = hashes(request.shown)
    return bool(there.pop(RUN, "")) and there == outputs


def published_returns(request: Request) -> dict[str, str]:
    """Return the fingerprints of the returns that the published set was made from, by file name.

    Empty where the department has no record of that set.
    """
    try:
        record = json.loads(request.record_file.read_bytes())
        return record["returns" if record["published"] else "published_returns"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def note(request: Request, outcome: Outcome) -> None:
    """Write what the department keeps of a run: its record, why it was not published, and the
    fingerprints of its returns and, if it was not published, of those of the published set.
    """
    said = {key: value for key, value in outcome.record.items() if key not in _MADE}
    said |= {"published": outcome.published, "causes": outcome.failed}
    if not outcome.published:
        said |= {"published_returns": published_returns(request)}
    write_atomic(request.record_file, _json(said | {"returns": outcome.intake.fingerprints}))


def begun(started: str) -> dict[str, str]:
    """The first entries of a record that is written now: the name of the run, and when it was."""
    run = f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    return {"run_id": run, "started": started, "finished": now()}


def now() -> str:
    """This moment, as records have it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _json(content):
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()
