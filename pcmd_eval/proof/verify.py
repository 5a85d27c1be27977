"""Whether a set is what its run made: every hash, the inputs, the findings from the returns, and the notebooks.

`published/` has the hashes of its files in run.json. `internal/` has them in hashes.json, written by `kept.seal` when
the tables are; the returns themselves have theirs in internal/run.json, which never leaves the department.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pcmd_eval import paths
from pcmd_eval.batch import ledger
from pcmd_eval.batch.jobs import Job, jobs_of
from pcmd_eval.batch.kept import RECORDS, SEAL, hashes_of
from pcmd_eval.batch.sets import file_hash
from pcmd_eval.batch.slices import Slices
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import printable
from pcmd_eval.findings import Finding, findings_csv, load_findings
from pcmd_eval.intake.checks import examine
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import Evidence, observations_csv, returns_csv
from pcmd_eval.plan import plan_file
from pcmd_eval.project import Project, open_project
from pcmd_eval.proof.trace import trace, trace_csv

_NAMED = 20  # cells named one by one; a table that differs more is another table
_PLACE = ("reporter", "unit_code", "objective", "item", "period", "file", "sheet", "cell")


@dataclass(frozen=True)
class Verification:
    """What differs from the record, and what could not be checked; with neither, everything is as it was made."""

    differences: tuple[str, ...]
    unchecked: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether everything was checked and nothing differs."""
        return not (self.differences or self.unchecked)


def spoken(found: Verification) -> str:
    """One line, "đúng", when all is well; else what differs and what was not checked."""
    if found.right:
        return "đúng"
    lines = [f"Khác: {words}" for words in found.differences]
    lines += [] if lines else ["Không thấy khác biệt nào trong những gì đã kiểm."]
    return printable("\n".join([*lines, *(f"Chưa kiểm: {words}" for words in found.unchecked)]))


def verify(output: Path, returns: Path | None = None, plan: str = "", notebooks: int | None = None) -> Verification:
    """Check an output folder, or a published set by itself; `notebooks` limits how many are run again (None: all).

    Raises InputRefused where there is no set.
    """
    inside = (output / "published", output)
    folder = next((place for place in inside if (place / "run.json").is_file()), None)
    if folder is None:
        raise InputRefused(f"Trong “{output.name}” không có bộ nào đã công bố (thiếu run.json).")
    check = _Check(folder, output / "internal" if (output / "internal").is_dir() and folder != output else None)
    check.set_of(folder, "published" if folder != output else "")
    project = check.inputs(plan)
    check.internal_files()
    if project and check.own_run():
        check.recomputed(project, returns or paths.returns_folder(project.plan.name), plan, notebooks)
    return Verification(tuple(check.differences), tuple(check.unchecked))


class _Check:
    """One verification while it goes on."""

    def __init__(self, folder: Path, internal: Path | None) -> None:
        self.folder, self.internal = folder, internal
        self.record: dict[str, Any] = json.loads((folder / "run.json").read_bytes())
        self.differences: list[str] = []
        self.unchecked: list[str] = []

    # -- files --------------------------------------------------------------------------------------------------------

    def set_of(self, folder: Path, name: str) -> None:
        """Every file of a set against its record."""
        outputs = json.loads((folder / "run.json").read_bytes())["outputs"]
        self._compare(outputs, hashes_of(folder, ("run.json",)), f"{name}/" if name else "")

    def _compare(self, noted: Mapping[str, str], there: Mapping[str, str], before: str) -> None:
        for place in sorted(noted.keys() | there.keys()):
            if place not in there:
                self.differences.append(f"{before}{place}: thiếu tệp")
            elif place not in noted:
                self.differences.append(f"{before}{place}: tệp thừa, lần chạy không làm ra")
            elif noted[place] != there[place]:
                self.differences.append(f"{before}{place}: nội dung đã đổi")

    def internal_files(self) -> None:
        """Every table and page of `internal/`, and the notebooks in full, against theirs."""
        if self.internal is None:
            words = "bảng nội bộ, các báo cáo, kết quả tính lại và các sổ chạy lại: không có thư mục internal/"
            self.unchecked.append(words)
            return
        sealed = self.internal / SEAL
        if sealed.is_file():
            self._compare(json.loads(sealed.read_bytes())["files"], hashes_of(self.internal, RECORDS), "internal/")
        else:
            self.unchecked.append(f"các tệp của internal/: không có internal/{SEAL}")
        if (self.internal / "notebooks" / "run.json").is_file():
            self.set_of(self.internal / "notebooks", "internal/notebooks")

    # -- inputs -------------------------------------------------------------------------------------------------------

    def inputs(self, plan: str) -> Project | None:
        """Plan, form, register, code and notebooks against those of the run; the project if it can be opened."""
        noted: dict[str, str] = self.record["inputs"]
        named = next((Path(name).stem for name in noted if name.startswith("data/plans/")), "")
        chosen = plan or named
        try:
            project = open_project(chosen)
        except InputRefused as refused:
            file = plan_file(chosen)
            changed = file.is_file() and file_hash(file) != noted.get(f"data/plans/{file.name}")
            self.differences += [f"data/plans/{file.name}: nội dung đã đổi"] if changed else []
            self.unchecked.append(f"đầu vào và kết quả tính lại: {' '.join(refused.reasons)}")
            return None
        templates = {n: paths.ROOT / n for n in noted if n.startswith("notebooks/")}
        templates = {name: paths.NOTEBOOKS / path.name for name, path in templates.items()}
        there = {**ledger.inputs(chosen, project), **ledger.documents(project)}
        there |= {name: file_hash(path) for name, path in templates.items() if path.is_file()}
        self._compare(noted, there, "đầu vào ")
        own = {name: v for name, v in ledger.versions().items() if self.record["versions"].get(name) != v}
        if own:
            listed = ", ".join(f"{name} {self.record['versions'].get(name, '–')} → {v}" for name, v in own.items())
            self.unchecked.append(f"phiên bản thư viện khác lúc chạy, hình và trang có thể khác: {listed}")
        return project

    def own_run(self) -> bool:
        """Whether the internal tables are those of the set that readers see."""
        if self.internal is None:
            return False
        record = self.internal / "run.json"
        run_id = json.loads(record.read_bytes())["run_id"] if record.is_file() else ""
        if run_id != self.record["run_id"]:
            words = "báo cáo và kết quả tính lại: internal/ thuộc lần chạy khác với bộ đã công bố"
            self.unchecked.append(words)
        return run_id == self.record["run_id"]

    # -- results ------------------------------------------------------------------------------------------------------

    def recomputed(self, project: Project, returns: Path, plan: str, notebooks: int | None) -> None:
        """The returns against their hashes, and everything that follows from them against what is on file."""
        assert self.internal
        if not returns.is_dir():
            self.unchecked.append(f"báo cáo và kết quả tính lại: không có thư mục báo cáo “{returns.name}”")
            return
        noted = json.loads((self.internal / "run.json").read_bytes())["returns"]
        there = {p.name: file_hash(p) for p in returns.glob("*.xlsx") if not p.name.startswith(("~$", "."))}
        self._compare(noted, there, "báo cáo ")
        intake = examine(returns, project)
        if intake.refusals:
            self.differences += [f"báo cáo: {reason}" for reason in intake.refusals]
            return
        evidence, findings = intake.evidence, evaluate(intake.evidence)
        self._findings(findings)
        self._tables(evidence, findings)
        self._notebooks(project, Slices(evidence, findings), plan, notebooks)

    def _findings(self, findings: list[Finding]) -> None:
        if not (self.folder / "findings.csv").is_file():
            return  # named already
        try:
            filed = {(r["unit_code"], r["objective"]): r for r in load_findings(self.folder / "findings.csv")}
        except InputRefused as refused:  # another table: a difference like any other
            self.differences += [f"kết quả: {reason}" for reason in refused.reasons]
            return
        own = {(f.unit_code, f.objective): f.texts() for f in findings}
        for unit, slug in dict.fromkeys((*own, *filed)):
            old, new = filed.get((unit, slug), {}), own.get((unit, slug), {})
            columns = [c for c in dict.fromkeys((*new, *old)) if old.get(c) != new.get(c)]
            if columns:
                said = "; ".join(f"{c}: bộ ghi “{old.get(c, '')}”, tính lại “{new.get(c, '')}”" for c in columns)
                self.differences.append(f"kết quả {unit}, {slug}: {said}")

    def _tables(self, evidence: Evidence, findings: list[Finding]) -> None:
        assert self.internal
        tables = {"returns.csv": returns_csv(evidence.returns), "findings.csv": findings_csv(findings)}
        for unit in evidence.register.reporters:
            for objective in evidence.plan.objectives:
                name = f"trace/{unit.code}-{objective.slug}.csv"
                if (self.internal / "trace").is_dir():
                    tables[name] = trace_csv(trace(evidence, unit, objective.slug))
        for name, content in tables.items():
            path = self.internal / name
            if not path.is_file() or path.read_bytes() != content:
                self.differences.append(f"internal/{name}: khác bảng tính lại từ các báo cáo")
        path, content = self.internal / "observations.csv", observations_csv(evidence.observations)
        if not path.is_file() or path.read_bytes() != content:
            filed = path.read_text(encoding="utf-8") if path.is_file() else ""
            self.differences += _cells(filed, content.decode()) or ["internal/observations.csv: khác bảng đọc lại"]

    def _notebooks(self, project: Project, slices: Slices, plan: str, most: int | None) -> None:
        from pcmd_eval.proof.rerun import rerun

        done = {(job["unit"], job["notebook"]) for job in self.record["jobs"] if job["status"] == "done"}
        jobs = [j for j in jobs_of(project) if (j.unit, j.notebook) in done]
        jobs = [j for j in jobs if (self.folder / f"{j.place}.ipynb").is_file()]
        chosen = jobs if most is None else _spread(jobs, most)
        if len(chosen) < len(jobs):
            self.unchecked.append(f"chạy lại {len(jobs) - len(chosen)} trong {len(jobs)} sổ, theo yêu cầu")
        given = plan_file(plan) if plan.endswith(".yaml") else None
        beside = {given.name: given.read_bytes()} if given else {}
        files = {job: {**slices.files(job), **beside} for job in chosen}
        self.differences += rerun(chosen, self.folder, files, self.record["run_id"])


def _cells(filed: str, read: str) -> list[str]:
    """The cells that two tables of observations have otherwise, the first of them named."""
    old, new = (
        {
            tuple(row[c] for c in _PLACE): row["raw"] or row["state"]
            for row in csv.DictReader(io.StringIO(text, newline=""))
        }
        for text in (filed, read)
    )
    differ = [key for key in dict.fromkeys((*new, *old)) if old.get(key) != new.get(key)]
    words = []
    for key in differ[:_NAMED]:
        _, unit, _, item, period, file, sheet, cell = key
        place = ", ".join(filter(None, (file, sheet, cell, unit, item, period)))
        words.append(f"ô {place}: bảng ghi “{old.get(key, 'không có')}”, báo cáo ghi “{new.get(key, 'không có')}”")
    return words + ([f"và {len(differ) - _NAMED} ô khác"] if len(differ) > _NAMED else [])


def _spread(jobs: list[Job], most: int) -> list[Job]:
    """So many of the jobs, from the first to the last."""
    return [jobs[place * len(jobs) // most] for place in range(min(most, len(jobs)))] if most else []
