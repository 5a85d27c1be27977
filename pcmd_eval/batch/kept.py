"""The sets there are and the internal tables that explain them, kept for as long as the sets are."""

import csv
import json
import os
import shutil
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from pcmd_eval.batch.sets import file_hash, files_in, json_bytes
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import write_atomic
from pcmd_eval.findings import load_findings
from pcmd_eval.observations import ReturnState
from pcmd_eval.paths import OutputFolder
from pcmd_eval.proof.trace import Step, load_trace

UNCOUNTED = (ReturnState.NOT_ASKED, ReturnState.MISSING, ReturnState.UNREADABLE, ReturnState.SUPERSEDED)
SEAL = "hashes.json"
# Records of runs and sets: they say themselves what they hold, or are checked by what they name.
RECORDS = (SEAL, "run.json", "run-internal.json", "ledger", "ledger-internal", "runs", "sets", "notebooks")
_WHICH = "Nêu một thư mục kết quả trong outputs, hoặc một bộ đã công bố."
_TABLES = ("observations.csv", "returns.csv", "findings.csv")


class Side:
    """A set held against another: its findings, what it was made of, and its internal tables if they are there."""

    def __init__(self, place: Path) -> None:
        """Open an output folder, or a set in it or by itself; raises InputRefused where there are no findings."""
        inside = [place / "published", place, place / "internal"]
        found = next((f for f in inside if (f / "findings.csv").is_file()), None)
        if found is None:
            raise InputRefused(_no_set(place))
        self.folder = found
        self.findings = {(row["unit_code"], row["objective"]): row for row in load_findings(found / "findings.csv")}
        if not self.findings:
            raise InputRefused(f"Tệp findings.csv trong “{found}” không có kết quả nào. {_WHICH}")
        record = self.folder / "run.json"
        try:
            self.record = json.loads(record.read_bytes()) if record.is_file() else {}
        except ValueError:
            raise InputRefused(f"Tệp run.json trong “{found}” không đọc được: không phải JSON. {_WHICH}") from None
        self.tables = self._tables(place)

    def _tables(self, place: Path) -> Path | None:
        """The tables of just these findings: those kept for this run, or the latest if they are its own."""
        run_id, own = self.record.get("run_id", ""), (self.folder / "findings.csv").read_bytes()
        roots = [place / "internal", self.folder.parent / "internal", self.folder.resolve().parent.parent / "internal"]
        for root in roots:
            for folder in (root / "runs" / run_id, root) if run_id else (root,):
                if (folder / "trace" / "rules.csv").is_file() and (folder / "findings.csv").read_bytes() == own:
                    return folder
        return None

    def steps(self, key: tuple[str, str]) -> list[Step]:
        """The trace of a finding."""
        assert self.tables
        path = self.tables / "trace" / f"{key[0]}-{key[1]}.csv"
        return load_trace(path) if path.is_file() else []

    @cached_property
    def cells(self) -> frozenset[tuple[str, ...]]:
        """Every cell with what it says, to know whether one that is no longer counted still says it."""
        columns = ("reporter", "unit_code", "objective", "item", "period", "value", "state", "cell")
        return frozenset(tuple(row[c] for c in columns) for row in self._rows("observations.csv"))

    @cached_property
    def returns(self) -> dict[str, dict[str, str]]:
        """The return of each reporter that counts, or the row that says why none does."""
        rows: dict[str, dict[str, str]] = {}
        for row in self._rows("returns.csv"):
            if row["state"] not in UNCOUNTED or row["reporter"] not in rows:
                rows[row["reporter"]] = row
        return rows

    @cached_property
    def rules(self) -> dict[tuple[str, str], dict[str, str]]:
        """The rules in force."""
        return {(row["objective"], row["rule"]): row for row in self._rows("trace/rules.csv")}

    def _rows(self, name: str) -> list[dict[str, str]]:
        assert self.tables
        with (self.tables / name).open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))


def _no_set(place: Path) -> str:
    """What is wrong with a place that was named as a set."""
    if not place.exists():
        return f"Không có thư mục “{place}”. {_WHICH}"
    if not place.is_dir():
        return f"“{place}” là một tệp, không phải thư mục. {_WHICH}"
    if not any(place.iterdir()):
        return f"Thư mục “{place}” trống. {_WHICH}"
    return f"Thư mục “{place}” không phải một bộ kết quả: không có tệp findings.csv. {_WHICH}"


def keep_tables(output: OutputFolder, run_id: str) -> None:
    """Keep the tables of a run beside those of others: under a second name where the file system can."""
    to = output.internal / "runs" / run_id
    for place in (*_TABLES, *(f"trace/{path.name}" for path in (output.internal / "trace").glob("*.csv"))):
        _link(output.internal / place, to / place)
    write_atomic(to / SEAL, json_bytes({"files": hashes_of(to, (SEAL,))}))


def forget_tables(output: OutputFolder, kept: Iterable[str]) -> None:
    """Remove the tables of sets that are no more."""
    wanted, runs = set(kept), output.internal / "runs"
    for folder in sorted(runs.iterdir()) if runs.is_dir() else []:
        if folder.name not in wanted:
            shutil.rmtree(folder, ignore_errors=True)


def _link(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    new.unlink(missing_ok=True)
    try:
        os.link(old, new)
    except OSError:
        write_atomic(new, old.read_bytes())


def hashes_of(folder: Path, without: Iterable[str] = ()) -> dict[str, str]:
    """The hash of every file, but for those under these names."""
    places = {path.relative_to(folder): path for path in files_in(folder)}
    left = {place: path for place, path in places.items() if place.parts[0] not in set(without)}
    return {place.as_posix(): file_hash(path) for place, path in sorted(left.items())}


def seal(output: OutputFolder, of: str | None = None) -> None:
    """Note the hash of every table and page of `internal/`, for whoever wants to know later whether they are intact.

    `of` is the key of what they were made from; without one that of the seal before stands.
    """
    key = _sealed(output).get("of", "") if of is None else of
    files = hashes_of(output.internal, RECORDS)
    write_atomic(output.internal / SEAL, json_bytes({"of": key, "files": files}))


def intact(output: OutputFolder, of: str) -> bool:
    """Whether the tables and pages of `internal/` were made from just this, and nobody has touched them since."""
    sealed = _sealed(output)
    return sealed.get("of") == of and sealed["files"] == hashes_of(output.internal, RECORDS)


def _sealed(output: OutputFolder) -> dict[str, Any]:
    path = output.internal / SEAL
    return json.loads(path.read_bytes()) if path.is_file() else {}
