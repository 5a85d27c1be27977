"""The set that readers see, shown at once; its record, and what the department keeps of it."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pcmd_eval.batch import store
from pcmd_eval.batch.request import Record, Request
from pcmd_eval.files import write_atomic

RUN = "run.json"
_MADE = ("outputs", "inputs", "versions")  # what the record of a set says beside that of its run


def last_told(request: Request) -> Path | None:
    """The table of what the set that readers see tells of persons; None if there is none."""
    try:
        run = json.loads((request.shown / RUN).read_bytes())["run_id"]
    except (ValueError, KeyError, TypeError):
        return None
    file = request.places.told / f"{run}.csv"
    return file if file.is_file() else None


def show(request: Request, record: Record, told: bytes, files: Mapping[str, bytes]) -> None:
    """Make the folder of a set, its record last, and let readers see it; what it tells of persons
    stays for the next run.
    """
    beside = f"{record['run_id']}.csv"
    with store.staged(request.shown, record["run_id"]) as staging:
        for place, content in files.items():
            path = staging / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        write_atomic(staging / RUN, _json(record))
        if not request.internal:
            write_atomic(request.places.told / beside, told)
    if not request.internal:
        store.forget(request.places.told, {beside})


def note(
    request: Request,
    record: Record,
    sent: Mapping[str, str],
    published: bool,
    causes: Mapping[str, str],
) -> None:
    """What the department keeps of a run: its record, whether it was published, why not, and the
    fingerprints of the returns.
    """
    said = {key: record[key] for key in record if key not in _MADE}
    inside = {"published": published, "causes": causes, "returns": sent}
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
