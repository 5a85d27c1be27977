"""Print the progress of a run and, at its end, a summary."""

import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pcmd_eval.analysis.case_queries import (
    all_findings,
    counts_text,
    requests_of,
    rows_of_unit_code,
)
from pcmd_eval.analysis.reporting_status import describe_arrivals
from pcmd_eval.evaluation.findings import describe_conclusions
from pcmd_eval.office.batch.run_request import Outcome, ProgressCallback, Request
from pcmd_eval.util.formatting import format_number, join_items, join_or_count
from pcmd_eval.util.paths import OutputFolders, shorten_path
from pcmd_eval.util.templates import render_page
from pcmd_eval.util.verdicts import OPEN_VERDICTS, VERDICT_STYLES

_MAX_PATHS = 3  # of one cause


@contextmanager
def show_progress() -> Iterator[ProgressCallback]:
    """Yield a progress callback: a bar on a terminal, else a line at the end of each phase."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    # Without a thread of its own (auto_refresh): workers are forked from this process.
    with Progress(
        *columns, disable=not sys.stdout.isatty(), transient=True, auto_refresh=False
    ) as bar:
        phases = {}

        def show(phase: str, done: int, total: int, failed: int) -> None:
            """Show the progress of a phase; `total`: 0 if it is not known yet."""
            text = f"{phase}: {done}/{total}" + (f", {failed} lỗi" if failed else "")
            if phase not in phases:
                phases[phase] = bar.add_task(phase, total=None)
            if total:
                bar.update(
                    phases[phase],
                    description=text,
                    completed=done,
                    total=total,
                    visible=done < total,
                    refresh=True,
                )
            if total and done == total:
                print(f"{text}.", flush=True)

        yield show


def summary_lines(outcome: Outcome, request: Request) -> list[str]:
    """Return the closing lines of a run: the province's verdicts, failures, units that the set does
    not contain, and the paths of the results.
    """
    plan, folders = request.plan, request.folders
    findings = rows_of_unit_code(outcome.case, all_findings(outcome.case))
    counts = counts_text(outcome.case, findings)
    text = render_page(
        "office/batch/run_summary.j2",
        outcome=outcome,
        request=request,
        province=[  # objective, style of its verdict, counts if it is open
            (
                plan[finding.objective],
                VERDICT_STYLES[finding.verdict],
                text if finding.verdict in OPEN_VERDICTS else "",
            )
            for finding, text in zip(findings.itertuples(), counts, strict=True)
        ],
        arrivals=describe_arrivals(plan, outcome.intake.returns, outcome.case.cell_counts),
        concluded=describe_conclusions(plan, findings),
        open_issues=requests_of(outcome.case).severity.isin(["mend", "confirm"]).sum(),
        causes=describe_causes(outcome.failed),
        failed_pages=_list_failed_pages(folders, outcome.failed),
        not_in_set=join_or_count([*plan.reporters.inline_name[outcome.units("missing")]]),
        took=f"{format_number(Decimal(f'{outcome.seconds:.1f}'))} giây",
        internal=shorten_path(folders.internal),
        documents=shorten_path(folders.documents),
        index=shorten_path(folders.published / "index.html"),
    )
    return text.splitlines()


def _list_failed_pages(folders: OutputFolders, failed: Collection[str]) -> list[Path]:
    """Return the paths of the first `_MAX_PATHS` pages of failed notebooks."""
    pages = [folders.failed / f"{path}.html" for path in sorted(failed)]
    return [shorten_path(page) for page in pages if page.is_file()][:_MAX_PATHS]


def describe_causes(failed: Mapping[str, str]) -> list[str]:
    """Return a line for each cause of failures: the first paths, the number of others, the cause.

    `failed`: causes by path.
    """
    paths_by_cause: dict[str, list[str]] = {}
    for path in sorted(failed):
        paths_by_cause.setdefault(failed[path], []).append(path)
    lines = []
    for cause, paths in paths_by_cause.items():
        others = [f"{len(paths) - _MAX_PATHS} nơi khác"] if len(paths) > _MAX_PATHS else []
        lines.append(f"{join_items(paths[:_MAX_PATHS] + others)}: {cause}")
    return lines
