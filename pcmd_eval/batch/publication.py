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

RUN, _TOLD, _REMARKS = "run.json", "told.csv", "remarks.json"
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
    if not request.asked <= done or not _unchanged(request, record["outputs"], held[_TOLD]):
        return None
    for job in record["jobs"]:
        job |= {"seconds": 0.0, "reused": job["unit"] in done}
    _show(request, record, held[_TOLD])
    return replace(outcome, published=True, record=record, remarks=json.loads(held[_REMARKS]))


def publish(
    request: Request,
    key: str,
    record: Record,
    remarks: list[str],
    told: bytes,
    files: Mapping[str, bytes],
) -> None:
    """Let readers see a new set, and keep under its key what `again` needs; `told`: what it tells
    of persons.
    """
    _show(request, record, told, files)
    held = {RUN: _json(record), _REMARKS: _json(remarks), _TOLD: told}
    store.keep_alone(_kept(request), key, held)


def _kept(request):
    return request.store / "set"


def _show(request, record, told, files=None):
    """Let readers see these files, or, where there are none, a new record of those that they see;
    what the set tells of persons stays for the next run.

    That is there before readers see the set, and the old one's until they do: whenever a run dies,
    the set that they see has its own.
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


def _unchanged(request, outputs, told):
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


def note(request: Request, outcome: Outcome) -> None:
    """What the department keeps of a run: its record, whether it was published, why not, and the
    fingerprints of the returns.
    """
    said = {key: value for key, value in outcome.record.items() if key not in _MADE}
    said |= {"published": outcome.published, "causes": outcome.failed}
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
