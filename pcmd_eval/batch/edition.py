"""The set that readers see: shown at once when it is made, and again, by hashes alone, where
nothing that it rests on has changed.
"""

import json
import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pcmd_eval import paths
from pcmd_eval.batch import store, tables
from pcmd_eval.batch.program import digest, hashes, notebooks
from pcmd_eval.batch.request import Outcome, Record, Request
from pcmd_eval.files import write_atomic
from pcmd_eval.intake.folder import fingerprints

RUN, _TOLD, _REMARKS = "run.json", "told.csv", "remarks.json"
_MADE = ("outputs", "inputs", "versions")  # what the record of a set says beside that of its run


def again(request: Request) -> Outcome | None:
    """How a run ended that had nothing to make: neither what the set rests on nor any file of it
    has changed. None where one has, or where a unit is lacking. Raises InputRefused or LockHeld.
    """
    clock, started = time.monotonic(), now()
    with store.locked(request.places):
        store.settle(request.shown)
        sent = fingerprints(request.returns)
        given = tables.given(request.plan, request.returns, request.places)
        inside = store.kept(request.places.store / "internal", digest(given, sent))
        held = store.kept(request.store / "set", key_of(request, given, sent))
        if not inside or not held:
            return None
        record = json.loads(held[RUN]) | named(started)
        jobs = record["jobs"]
        done = {job["unit"] for job in jobs if job["status"] == "done"}
        enough = request.asked <= done and record["faults"] in (0, request.despite)
        if not enough or not _shown(request, record["outputs"], held[_TOLD]):
            return None
        for job in jobs:
            job |= {"seconds": 0.0, "reused": job["unit"] in done}
        tables.put(request.places, inside)
        show(request, record, held[_TOLD])
        note(request, record, sent)
        read = tables.read_back(request.plan, request.places, sent)
    took, remarks = time.monotonic() - clock, json.loads(held[_REMARKS])
    return Outcome(*read, published=True, jobs=jobs, remarks=remarks, seconds=took)


def key_of(request: Request, given: str, sent: dict[str, str]) -> str:
    """The hash of all that a set is made from; `given`: see `tables`; `sent`: fingerprints."""
    written = hashes(paths.NARRATIVE / request.plan.name)
    name = Path(request.plan_name).name
    return digest(given, sent, name, request.internal, notebooks(request.plan), written)


def keep(request: Request, key: str, record: Record, told: bytes, remarks: list[str]) -> None:
    """Keep what `again` needs under the hash of what the set was made from."""
    sets = request.store / "set"
    store.keep(sets, key, {RUN: _json(record), _TOLD: told, _REMARKS: _json(remarks)})
    store.forget(sets, {key})


def _shown(request: Request, outputs: dict[str, str], told: bytes) -> bool:
    """Whether readers see these files and no others, and their run told this of persons."""
    there = hashes(request.shown)
    if not there.pop(RUN, "") or there != outputs:
        return False
    before = last_told(request)
    return request.internal or (before is not None and before.read_bytes() == told)


def last_told(request: Request) -> Path | None:
    """The table of what the set that readers see tells of persons; None if there is none."""
    try:
        run = json.loads((request.shown / RUN).read_bytes())["run_id"]
    except (ValueError, KeyError, TypeError):
        return None
    file = request.places.told / f"{run}.csv"
    return file if file.is_file() else None


def show(
    request: Request, record: Record, told: bytes, files: Mapping[str, bytes] | None = None
) -> None:
    """Let readers see the files of a set, or, where there are none, a new record of the one that
    they see; what it tells of persons stays for the next run.
    """
    beside = f"{record['run_id']}.csv"
    if not request.internal:
        write_atomic(request.places.told / beside, told)
    if files is None:
        write_atomic(request.shown / RUN, _json(record))
    else:
        with store.staged(request.shown, record["run_id"]) as staging:
            for place, content in files.items():
                path = staging / place
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            write_atomic(staging / RUN, _json(record))
    if not request.internal:
        store.forget(request.places.told, {beside})


def note(request: Request, record: Record, sent: dict[str, str], **own: Any) -> None:
    """What the department keeps of a run: its record, whether it was published, why not, and the
    fingerprints of the returns.
    """
    said = {key: record[key] for key in record if key not in _MADE}
    inside = {"published": True, "causes": {}} | own | {"returns": sent}
    write_atomic(request.record, _json(said | inside))


def named(started: str) -> dict[str, str]:
    """How a record begins that is written now: the name of the run, and when it was."""
    run = f"{datetime.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    return {"run_id": run, "started": started, "finished": now()}


def now() -> str:
    """This moment, as records have it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _json(content: object) -> bytes:
    return f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()
