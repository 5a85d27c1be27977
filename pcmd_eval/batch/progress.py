"""What the person at the terminal sees: how far a run is, and at its end what it found."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pcmd_eval.analysis.case import counts_text, unit_rows
from pcmd_eval.analysis.reporting_status import arrivals
from pcmd_eval.analysis.session import edition_of
from pcmd_eval.batch.run_request import Outcome, Request, Watch
from pcmd_eval.util.formatting import format_number, join_items
from pcmd_eval.util.paths import shorten_path
from pcmd_eval.util.templates import render_page
from pcmd_eval.util.vocabulary import VERDICT_STYLES

FIRST = 3  # places that are named for one cause


@contextmanager
def progress() -> Iterator[Watch]:
    """A line when a phase is over; until then on a terminal a bar for each (done, failed, time
    left).
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True, disable=not sys.stdout.isatty()) as bar:
        phases = {}

        def show(phase, done, total, failed):
            words = f"{phase}: {done}/{total}" + (f", {failed} lỗi" if failed else "")
            if phase not in phases:
                phases[phase] = bar.add_task(phase, total=None)
            if total:
                now = {"completed": done, "total": total, "visible": done < total}
                bar.update(phases[phase], description=words, **now)
            if total and done == total:
                print(f"{words}.", flush=True)

        yield show


def tell(outcome: Outcome, request: Request) -> list[str]:
    """The lines that end a run: what the province reached and what is open, who has not sent, what
    was made, where.
    """
    plan, places = request.plan, request.places
    lines = render_page(
        "ended.j2",
        outcome=outcome,
        request=request,
        province=_province(outcome, plan),
        arrivals=arrivals,
        doubtful=(outcome.intake.issues.severity == "confirm").sum(),
        causes=causes(outcome.failed),
        missing=join_items([*plan.reporters.inline_name[outcome.missing]]),
        took=f"{format_number(Decimal(f'{outcome.seconds:.1f}'))} giây",
        internal=shorten_path(places.internal),
        signed=shorten_path(places.edition),
        public=shorten_path(places.published),
        index=shorten_path(request.shown / "index.html"),
    )
    return lines.splitlines()


def _province(outcome, plan):
    """Of each objective of the province its number and title, the look of its verdict, and what is
    counted while that is open.
    """
    case = edition_of(plan, outcome.intake, outcome.findings, internal=True)
    findings = unit_rows(case, case.findings)
    for finding, counts in zip(findings.itertuples(), counts_text(case, findings), strict=True):
        said = counts if finding.verdict == "undetermined" else ""
        yield plan[finding.objective], VERDICT_STYLES[finding.verdict], said


def causes(failed: Mapping[str, str]) -> list[str]:
    """A line for each cause: the first places where it arose, how many more there are, and what it
    is.
    """
    places = {}
    for place in sorted(failed):
        places.setdefault(failed[place], []).append(place)
    lines = []
    for cause, where in places.items():
        others = [f"{len(where) - FIRST} nơi khác"] if len(where) > FIRST else []
        lines.append(f"{join_items(where[:FIRST] + others)}: {cause}")
    return lines
