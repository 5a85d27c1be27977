"""What one notebook may read: the part of the tables that its results depend on, and nothing else.

A job's kernel gets these files as its tables, so that a result can depend on nothing its key does not cover.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256

from pcmd_eval.batch.jobs import NOTEBOOKS, Job
from pcmd_eval.findings import Finding, findings_csv
from pcmd_eval.observations import Evidence, Observation, Return, observations_csv, returns_csv

_SLUGS = {notebook: slug for slug, notebook in NOTEBOOKS.items()}


@dataclass(frozen=True)
class Slices:
    """The tables of one evaluation, cut for each job."""

    evidence: Evidence
    findings: Sequence[Finding]
    _findings_files: dict[str, bytes] = field(default_factory=dict, repr=False)

    @cached_property
    def _observations(self) -> dict[str, list[Observation]]:
        tables: dict[str, list[Observation]] = {"": list(self.evidence.observations)}
        for observation in self.evidence.observations:
            tables.setdefault(observation.objective, []).append(observation)
        return tables

    @cached_property
    def _observation_files(self) -> dict[str, bytes]:
        return {slug: observations_csv(rows) for slug, rows in self._observations.items()}

    @cached_property
    def _observation_hashes(self) -> dict[str, str]:
        return {slug: sha256(content).hexdigest() for slug, content in self._observation_files.items()}

    def hashes(self, job: Job | None) -> dict[str, str]:
        """The hash of each table of a job, or of the whole tables."""
        if job is None:
            tables = {"returns.csv": returns_csv(self.evidence.returns), "findings.csv": findings_csv(self.findings)}
            known = self._observation_hashes[""]
        else:
            slug = _SLUGS.get(job.notebook, "")
            tables = {"returns.csv": returns_csv(self._returns(job, slug)), "findings.csv": self._findings_file(slug)}
            known = self._observation_hashes.get(slug, "")
        return {"observations.csv": known, **{name: sha256(content).hexdigest() for name, content in tables.items()}}

    def files(self, job: Job) -> dict[str, bytes]:
        """The tables of a job: an objective's notebook reads that objective and those who report on it, a review all.

        Of the returns a district's notebook reads those of the district, of the province and of the reporters of its
        observations; how the others fared is none of its business.
        """
        slug = _SLUGS.get(job.notebook, "")
        return {
            "observations.csv": self._observation_files.get(slug) or observations_csv(()),
            "returns.csv": returns_csv(self._returns(job, slug)),
            "findings.csv": self._findings_file(slug),
        }

    def _findings_file(self, slug: str) -> bytes:
        if slug not in self._findings_files:
            self._findings_files[slug] = findings_csv(f for f in self.findings if slug in ("", f.objective))
        return self._findings_files[slug]

    def _returns(self, job: Job, slug: str) -> Sequence[Return]:
        province = self.evidence.register.province.code
        if not slug or job.unit == province:
            return self.evidence.returns
        wanted = {job.unit, province, *(o.reporter for o in self._observations.get(slug, ()))}
        rows = [row for row in self.evidence.returns if row.reporter in wanted]
        return [row if row.reporter == job.unit else _without_counts(row) for row in rows]


def _without_counts(row: Return) -> Return:
    """What a notebook may know of another's return: its state and its cut-off, which say what its zeros mean."""
    return replace(row, file="", sent=None, expected=0, reported=0, blank=0, unreadable=0, absent=0)
