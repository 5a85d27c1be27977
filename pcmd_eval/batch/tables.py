"""The files of `internal/`: the hash that they are kept under, how they are put there, and read."""

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pcmd_eval.batch.program import data_of, digest, program
from pcmd_eval.files import read_csv, write_atomic
from pcmd_eval.findings import DTYPES
from pcmd_eval.intake.returns import Intake
from pcmd_eval.observations import load_tables
from pcmd_eval.paths import Places
from pcmd_eval.plan import Plan

COPIES = "feedback"


def given(plan: Plan, returns: Path, places: Places) -> str:
    """The hash of all that the tables are made from but what was sent."""
    return digest(program(data_of(plan)), plan.model_dump_json(), way(returns, places))


def way(returns: Path, places: Places) -> str:
    """From `internal/` to the senders' files."""
    try:
        return Path(os.path.relpath(returns, places.internal)).as_posix()
    except ValueError:  # on another drive of Windows
        return returns.resolve().as_posix()


def put(places: Places, files: Mapping[str, bytes]) -> None:
    """Write what differs, and remove copies that nobody has to be sent any more."""
    for place, content in files.items():
        path = places.internal / place
        if not path.is_file() or path.read_bytes() != content:
            write_atomic(path, content)
    for copy in (places.internal / COPIES).glob("*"):
        if copy.suffix.lower() == ".xlsx" and f"{COPIES}/{copy.name}" not in files:
            copy.unlink()


def read_back(plan: Plan, places: Places, sent: Mapping[str, str]) -> tuple[Intake, pd.DataFrame]:
    """The returns as they were read, and the findings."""
    cells, returns = load_tables(places.internal, plan)
    faults = read_csv(places.internal / "check.csv")
    findings = read_csv(places.internal / "findings.csv", DTYPES)
    return Intake(cells, returns, faults, fingerprints=dict(sent)), findings
