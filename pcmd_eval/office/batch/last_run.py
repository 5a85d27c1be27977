"""Tell whether anything changed since the last complete run, by one hash over all that it read and
wrote; loads no pandas, reads no return.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from pcmd_eval.util import paths
from pcmd_eval.util.hashes import digest, hash_code, hash_files, versions

FILE = "last_run.json"
NOT_HASHED = (FILE, "trace/*", "documents/**/*")  # below internal/


def hash_run_inputs(plan: str, returns: Path, options: object) -> str:
    """Return one hash of all that a run reads: code, data, notebooks, returns, libraries.

    `plan`: a name, or the path of a .yaml, whose folder is then hashed, too. `options`: those
    of the command that the result depends on.
    """
    hashes = [hash_files(paths.DATA), hash_files(paths.NOTEBOOKS), hash_files(returns, "*")]
    if plan.endswith(".yaml"):
        hashes.append(hash_files(Path(plan).parent, "*.yaml", "*.csv", "*.geojson"))
    # The saved closing lines name files relative to the current folder, so it is hashed, too.
    folders = str(returns.resolve()), str(Path.cwd())
    return digest(hash_code(), versions(), hashes, plan, folders, options)


def load_closing_lines(folders: paths.OutputFolders, inputs: str) -> list[str]:
    """Return the closing lines of the last complete run; [] if anything read or written by it
    changed, or another process is writing there.

    `inputs`: see `hash_run_inputs`.
    """
    with suppress(OSError, ValueError, KeyError, TypeError, Timeout):
        last = json.loads(_file(folders).read_bytes())
        with FileLock(folders.lock, timeout=0):
            if last["state"] == _hash_state(folders, inputs):
                return [*last["lines"]]
    return []


def save_closing_lines(folders: paths.OutputFolders, inputs: str, lines: Sequence[str]) -> None:
    """Save the closing lines that a complete run prints, for `load_closing_lines`."""
    last = {"state": _hash_state(folders, inputs), "lines": lines}
    _file(folders).write_text(json.dumps(last), encoding="utf-8")


def _file(folders: paths.OutputFolders) -> Path:
    return folders.internal / FILE


def _hash_state(folders: paths.OutputFolders, inputs: str) -> str:
    """Return one hash of what a run read (`inputs`) and wrote.

    Files of `trace` are not hashed. Documents may be edited; only missing ones change the hash.
    """
    internal = hash_files(folders.internal, "**/*", *(f"!{pattern}" for pattern in NOT_HASHED))
    papers = json.loads((folders.internal / "run.json").read_bytes())["papers"]
    missing = [name for name in papers if not (folders.documents / name).is_file()]
    return digest(
        inputs, str(folders.root.resolve()), hash_files(folders.published), internal, missing
    )
