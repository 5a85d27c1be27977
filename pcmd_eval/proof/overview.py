"""The pages and tables of a published set beside its notebooks, made once more and held against those it has."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pcmd_eval.batch.jobs import jobs_of
from pcmd_eval.disclosure import load_disclosure
from pcmd_eval.findings import Finding, findings_csv
from pcmd_eval.indicators import indicators, indicators_csv, load_indicators
from pcmd_eval.observations import Evidence
from pcmd_eval.project import Project
from pcmd_eval.proof.records import few
from pcmd_eval.published import Published, findings_of
from pcmd_eval.site import released
from pcmd_eval.site.public import map_of, site_files

_DOCUMENTS = (".docx", ".pdf")


def overview_unlike(
    folder: Path, project: Project, evidence: Evidence, findings: Sequence[Finding], known: Collection[str], before: str
) -> Iterator[str]:
    """What differs in a set that lacks no notebook; files in `known` are named already.

    A picture is compared by its hash alone: another machine may draw it otherwise.
    """
    documents = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("review.*") if p.suffix in _DOCUMENTS)
    # `review` may have added documents that the pages of the set do not lead to yet.
    linked = ([d for d in documents if d.endswith(suffixes)] for suffixes in (_DOCUMENTS, ".docx", ()))
    rows, rules, listed = indicators(evidence, project.form, load_disclosure()), load_disclosure(), list(findings)
    told = load_indicators(indicators_csv(rows))
    published = Published(project, findings_of(findings_csv(listed)), told, evidence.illustrative)
    picture, edition = map_of(project, evidence, listed), released.latest(project.plan)
    other: dict[str, None] = {}
    for reviews in linked:
        files = site_files(published, picture, jobs_of(project), {}, rules, reviews, edition)
        wrong = [place for place, content in files.items() if not _same(folder / place, content)]
        other = {place: None for place in wrong if place in other} if other else dict.fromkeys(wrong)
        if not other:
            return
    named = [f"{before}{place}" for place in other if f"{before}{place}" not in known]
    if named:
        yield f"khác nội dung làm lại từ các báo cáo: {few(named)}"


def _same(path: Path, content: bytes) -> bool:
    return path.suffix == ".png" or (path.is_file() and path.read_bytes() == content)
