"""Whether a set is what its run made: every hash, the inputs, the findings from the returns, and the notebooks.

`published/` has the hashes of its files in run.json. `internal/` has them in hashes.json, written by `kept.seal` when
the tables are; the returns themselves have theirs in internal/run.json, which never leaves the department. No record is
believed for itself: whoever can change a file can change its hash. What can be made once more is, and is compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pcmd_eval import paths
from pcmd_eval.batch import ledger
from pcmd_eval.batch.evaluation import Evaluation, explained
from pcmd_eval.batch.jobs import Job, jobs_of
from pcmd_eval.batch.sets import file_hash
from pcmd_eval.batch.slices import Slices
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import printable
from pcmd_eval.findings import Finding
from pcmd_eval.intake.checks import examine
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import Evidence, load_evidence
from pcmd_eval.plan import plan_file
from pcmd_eval.project import Project, open_project
from pcmd_eval.proof import anew, records
from pcmd_eval.proof.overview import overview_unlike
from pcmd_eval.proof.records import CHANGED, Damaged, OwnRecord, Record

if TYPE_CHECKING:
    from pcmd_eval.batch.work import Watch


@dataclass(frozen=True)
class Verification:
    """What differs from the record, and what could not be checked; with neither, everything is as it was made."""

    differences: tuple[str, ...]
    unchecked: tuple[str, ...] = ()

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


def verify(
    output: Path,
    returns: Path | None = None,
    plan: str = "",
    notebooks: int | None = None,
    watch: "Watch" = lambda result, total: None,
) -> Verification:
    """Check an output folder, or a published set by itself; `notebooks` limits how many are run again (None: all).

    `watch` hears of each of these. Raises InputRefused where there is no set.
    """
    inside = (output / "published", output)
    folder = next((place for place in inside if (place / "run.json").is_file()), None)
    if folder is None:
        raise InputRefused(f"Trong “{output.name}” không có bộ nào đã công bố (thiếu run.json).")
    before = "published/" if folder != output else ""
    try:
        record = records.read(folder / "run.json", f"{before}run.json", Record)
    except Damaged as damaged:
        return Verification((str(damaged),))
    internal = output / "internal" if (output / "internal").is_dir() and folder != output else None
    check = _Check(folder, before, internal, record, watch)
    check.differ(records.set_unlike(folder, record, before))
    check.internal_files()
    own = check.own_record()
    if project := check.inputs(plan):
        check.jobs(project)
        check.recomputed(project, own, returns or paths.returns_folder(project.plan.name), plan, notebooks)
    return Verification(tuple(dict.fromkeys(check.differences)), tuple(check.unchecked))


class _Check:
    """One verification while it goes on."""

    def __init__(self, folder: Path, before: str, internal: Path | None, record: Record, watch: "Watch") -> None:
        self.folder, self.before, self.internal, self.record, self.watch = folder, before, internal, record, watch
        self.differences: list[str] = []
        self.unchecked: list[str] = []
        self.same_libraries = True

    def differ(self, found: Iterable[str]) -> None:
        """Note what differs."""
        self.differences += found

    def there(self, project: Project) -> list[Job]:
        """The notebooks of the plan that are in the set, whatever its record says of them."""
        return [job for job in jobs_of(project) if (self.folder / f"{job.place}.ipynb").is_file()]

    # -- records and files --------------------------------------------------------------------------------------------

    def internal_files(self) -> None:
        """Every table and page of `internal/`, and the notebooks in full, against theirs."""
        if self.internal is None:
            words = "bảng nội bộ, các báo cáo, kết quả tính lại và các sổ chạy lại: không có thư mục internal/"
            self.unchecked.append(words)
            return
        self.differ(records.sealed_unlike(self.internal))
        full, name = self.internal / "notebooks", "internal/notebooks/"
        if not full.is_dir():
            self.differ([f"{name}: liên kết hỏng"] if full.is_symlink() else [])
            return
        try:
            record = records.read(full / "run.json", f"{name}run.json", Record)
            own = records.read(self.internal / "run-internal.json", "internal/run-internal.json", OwnRecord)
        except Damaged as damaged:
            self.differ([str(damaged)])
            return
        self.differ(records.set_unlike(full, record, name))
        if own.run_id == record.run_id or own.published:
            self.differ(records.contradictions(record, own, f"{name}run.json"))

    def own_record(self) -> OwnRecord | None:
        """The record that stays in the department, if it is that of this set."""
        if self.internal is None:
            return None
        try:
            own = records.read(self.internal / "run.json", "internal/run.json", OwnRecord)
        except Damaged as damaged:
            self.differ([str(damaged)])
            return None
        if own.run_id != self.record.run_id and not own.published:  # a later run that readers did not get to see
            words = "báo cáo và các bảng nội bộ: internal/ thuộc lần chạy khác với bộ đã công bố"
            self.unchecked.append(words)
            return None
        self.differ(records.contradictions(self.record, own, f"{self.before}run.json"))
        return own

    def jobs(self, project: Project) -> None:
        """The notebooks that the plan asks for, against those of the record and of the set."""
        differences, unchecked = records.jobs_unlike(jobs_of(project), self.record, self.there(project))
        self.differ(f"{self.before}{words}" for words in differences)
        self.unchecked += unchecked

    # -- inputs -------------------------------------------------------------------------------------------------------

    def inputs(self, plan: str) -> Project | None:
        """Plan, form, register, code and notebooks against those of the run; the project if it can be opened."""
        noted = self.record.inputs
        named = next((Path(name).stem for name in noted if name.startswith("data/plans/")), "")
        if not named:
            self.differences.append(f"{self.before}run.json: danh sách inputs không có tệp kế hoạch")
        chosen, what = plan or named, "đầu vào và kết quả tính lại"
        if not chosen:
            self.unchecked.append(f"{what}: không rõ kế hoạch nào; thêm --plan TÊN_HOẶC_TỆP")
            return None
        file = plan_file(chosen)
        if not plan and not file.is_file():
            where = f"bộ được làm theo tệp kế hoạch {file.name}, không có trong data/plans"
            self.unchecked.append(f"{what}: {where}; thêm --plan và đường dẫn đến tệp ấy")
            return None
        try:
            project = open_project(chosen)
        except InputRefused as refused:
            changed = file.is_file() and file_hash(file) != noted.get(f"data/plans/{file.name}")
            self.differences += [f"data/plans/{file.name}: {CHANGED}"] if changed else []
            self.unchecked.append(f"{what}: {' '.join(refused.reasons)}")
            return None
        names = {f"notebooks/{job.notebook}.ipynb" for job in jobs_of(project)}
        templates = {name: paths.NOTEBOOKS / Path(name).name for name in names}
        there = {**ledger.inputs(chosen, project), **ledger.documents(project)}
        there |= {name: file_hash(path) for name, path in templates.items() if path.is_file()}
        self.differ(records.unlike(noted, there, "đầu vào "))
        versions = self.record.versions
        if own := {name: v for name, v in ledger.versions().items() if versions.get(name) != v}:
            listed = ", ".join(f"{name} {versions.get(name, '–')} → {v}" for name, v in own.items())
            self.unchecked.append(f"các trang: phiên bản thư viện khác lúc chạy, trang làm lại có thể khác: {listed}")
            self.same_libraries = False
        return project

    # -- results ------------------------------------------------------------------------------------------------------

    def recomputed(
        self, project: Project, own: OwnRecord | None, returns: Path, plan: str, notebooks: int | None
    ) -> None:
        """The returns against their hashes, and everything that follows from them against what is on file."""
        evidence = self._from_returns(project, own, returns) if own else self._from_kept(project)
        if evidence is None:
            return
        findings = evaluate(evidence)
        self.differ(anew.findings_unlike(self.folder / "findings.csv", findings, f"{self.before}findings.csv"))
        if self.same_libraries and len(self.there(project)) == len(jobs_of(project)):
            known = {words.partition(": ")[0] for words in self.differences}
            self.differ(overview_unlike(self.folder, project, evidence, findings, known, self.before))
        elif self.same_libraries:
            self.unchecked.append("các trang tổng hợp: bộ thiếu sổ nên không làm lại được")
        self._notebooks(project, evidence, findings, plan, notebooks)

    def _from_returns(self, project: Project, own: OwnRecord, returns: Path) -> Evidence | None:
        """What the returns say, if they can be taken for those of the run; `internal/` has to say the same."""
        assert self.internal
        what = "báo cáo và kết quả tính lại"
        if not returns.is_dir():
            self.unchecked.append(f"{what}: không có thư mục báo cáo “{returns.name}”; thêm --returns THƯ_MỤC")
            return None
        there = {p.name: file_hash(p) for p in returns.glob("*.xlsx") if not p.name.startswith(("~$", "."))}
        if own.returns and not own.returns.keys() & there.keys():
            words = f"không tệp nào trong {len(there)} tệp của “{returns.name}” mang tên một trong"
            self.differences.append(f"báo cáo: {words} {len(own.returns)} tệp của lần chạy")
            self.unchecked.append(f"{what}: thêm --returns và thư mục báo cáo của lần chạy")
            return None
        self.differ(records.unlike(own.returns, there, "báo cáo "))
        intake = examine(returns, project)
        if intake.refusals:
            self.differences += [f"báo cáo: {reason}" for reason in intake.refusals]
            return None
        changes = (self.internal / "changes.html").is_file()
        made = explained(project, returns, Evaluation(intake, evaluate(intake.evidence)), changes)
        known = {words.partition(": ")[0] for words in self.differences}
        kept = self.internal / "runs" / self.record.run_id
        self.differ(anew.internal_unlike(self.internal, made, kept, known))
        return intake.evidence

    def _from_kept(self, project: Project) -> Evidence | None:
        """What the returns of this set said, from the tables kept for it while a later run has others."""
        folder = self.internal / "runs" / self.record.run_id if self.internal else None
        if folder is None or not (folder / "observations.csv").is_file():
            if self.internal:
                self.unchecked.append("kết quả tính lại: không có bảng nội bộ của bộ đã công bố")
            return None
        try:
            return load_evidence(project.plan, project.register, folder)
        except (ValueError, KeyError, TypeError):
            self.differences.append(f"internal/runs/{folder.name}: {records.DAMAGED}")
            return None

    def _notebooks(
        self, project: Project, evidence: Evidence, findings: list[Finding], plan: str, most: int | None
    ) -> None:
        from pcmd_eval.batch.work import known_as
        from pcmd_eval.proof.rerun import rerun

        jobs, names = self.there(project), {finding.unit_code: finding.unit_name for finding in findings}
        known = known_as(plan) if plan else project.plan.name
        pages, shown = self.same_libraries, evidence.illustrative
        self.differ(anew.notebooks_unlike(jobs, self.folder, known, names, shown, pages))
        chosen = jobs if most is None else _spread(jobs, most)
        if len(chosen) < len(jobs):
            self.unchecked.append(f"chạy lại {len(jobs) - len(chosen)} trong {len(jobs)} sổ, theo yêu cầu")
        given = plan_file(plan) if plan.endswith(".yaml") else None
        beside, slices = {given.name: given.read_bytes()} if given else {}, Slices(evidence, findings)
        files = {job: {**slices.files(job), **beside} for job in chosen}
        self.differ(rerun(chosen, self.folder, files, self.record.run_id, self.watch))


def _spread(jobs: list[Job], most: int) -> list[Job]:
    """So many of the jobs, from the first to the last."""
    return [jobs[place * len(jobs) // most] for place in range(min(most, len(jobs)))] if most else []
