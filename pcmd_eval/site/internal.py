"""The first page of the notebooks that stay in the department: the way to each of them, and why one is missing."""

from collections.abc import Iterable, Mapping

from pcmd_eval.batch.jobs import NOTEBOOKS, REVIEWS, Job
from pcmd_eval.display import ILLUSTRATIVE
from pcmd_eval.html import fill
from pcmd_eval.published import Published


def index_page(published: Published, jobs: Iterable[Job], missing: Mapping[Job, str], changes: bool = False) -> bytes:
    """A table of links, one line for each unit in the order of dictionaries: its notebooks, the cells, its return.

    `changes` tells whether there is a page of what changed between two published sets.
    """
    plan = published.project.plan
    slugs = {NOTEBOOKS[o.slug]: o.slug for o in plan.objectives}
    names = [*((NOTEBOOKS[o.slug], f"{o.number}. {o.title}") for o in plan.objectives), ("review", "Tổng hợp")]
    by_place = {(job.unit, "review" if job.notebook in REVIEWS else job.notebook): job for job in jobs}
    rows = [
        (unit, [(heading, by_place[unit.code, name], slugs.get(name, "")) for name, heading in names])
        for unit in published.units
    ]
    return fill(
        "internal.html.j2",
        plan=plan,
        headings=[heading for _, heading in names],
        rows=rows,
        changes=changes,
        missing=missing,
        banner=ILLUSTRATIVE if published.illustrative else "",
    )
