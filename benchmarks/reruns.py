"""Parts (c) and (d): a rerun when nothing changed, and when one late return came in."""

import json
import shutil
import subprocess
import sys
import time
from datetime import date
from io import BytesIO
from pathlib import Path
from statistics import median

from measuring import PLAN, ROOT, Figure, Findings, Scale, times
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pcmd_eval import paths
from pcmd_eval.batch.jobs import Job, jobs_of
from pcmd_eval.batch.slices import Slices
from pcmd_eval.form import Form, Sheet
from pcmd_eval.intake.template import blank_return
from pcmd_eval.objectives import evaluate
from pcmd_eval.observations import load_evidence
from pcmd_eval.project import Project, open_project
from pcmd_eval.units import Unit


def run_command(returns: Path, output: Path) -> float:
    """`pcmd-eval run` as an analyst types it; its seconds from start to end of the process."""
    command = [sys.executable, "-m", "pcmd_eval", "run", "--returns", str(returns), "--output", str(output)]
    began = time.perf_counter()
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if not (output / "published" / "run.json").exists():
        raise SystemExit(f"pcmd-eval run published nothing:\n{ran.stderr[-2000:]}")
    return seconds


def first_run(scratch: Path) -> Path:
    """The output folder of a complete run on the illustrative returns, made once."""
    output = scratch / "output"
    if not (output / "published").exists():
        run_command(paths.returns_folder(PLAN), output)
    return output


def jobs_run(output: Path) -> int:
    """How many notebooks the last run executed, each of which has a kernel started."""
    jobs = json.loads((output / "internal" / "run.json").read_bytes())["jobs"]
    return sum(job["status"] != "missing" and not job["reused"] for job in jobs)


def measure_unchanged(scratch: Path, scale: Scale) -> Findings:
    """Part (c)."""
    output = first_run(scratch)
    seconds, kernels = [], 0
    for _ in range(scale.repeats):
        seconds.append(run_command(paths.returns_folder(PLAN), output))
        kernels = max(kernels, jobs_run(output))
        if kernels:
            break  # it runs notebooks: missed, however often it is measured
    took = median(seconds)
    met = kernels == 0 and took < 2
    figure = Figure("c", "unchanged rerun, the whole command", "under 2 s, no kernel", f"{took:.2f} s, {kernels}", met)
    return Findings([figure], [f"unchanged `pcmd-eval run`: {times(seconds)}; kernels started: {kernels}"])


def measure_late_return(scratch: Path, scale: Scale) -> Findings:
    """Part (d): the folder of the first run is copied, so that it stays as it is."""
    before, after = first_run(scratch), scratch / "late"
    shutil.copytree(before, after, symlinks=True)
    project, returns = open_project(PLAN), scratch / "returns"
    shutil.copytree(paths.returns_folder(PLAN), returns)
    missing = next(u for u in project.register.districts if not (returns / f"{u.folder}.xlsx").exists())
    (returns / f"{missing.folder}.xlsx").write_bytes(filled_return(project, missing))
    seconds, executed = run_command(returns, after), jobs_run(after)
    jobs = jobs_of(project)
    earlier, later = _tables(project, before), _tables(project, after)
    changed = sum(earlier.files(job) != later.files(job) for job in jobs)
    reached = f"{executed} run, {changed} with changed tables"
    what = f"one late return, {len(jobs)} notebooks"
    figure = Figure("d", what, "none beyond those whose inputs changed", reached, executed <= changed)
    return Findings(
        [figure],
        [
            f"one late return ({missing.full_name}): {seconds:.1f} s for the whole command, {executed} notebooks run; "
            f"tables changed for {changed}, executed notebook changed for {_changed_outputs(before, after, jobs)}"
        ],
    )


def _tables(project: Project, output: Path) -> Slices:
    """What each notebook may read, recomputed from the tables of a run."""
    evidence = load_evidence(project.plan, project.register, output / "internal")
    return Slices(evidence, evaluate(evidence))


def _changed_outputs(before: Path, after: Path, jobs: list[Job]) -> int:
    places = [f"published/{job.place}.ipynb" for job in jobs]
    return sum((before / place).read_bytes() != (after / place).read_bytes() for place in places)


# ---- a return -------------------------------------------------------------------------------------------------------


def filled_return(project: Project, reporter: Unit) -> bytes:
    """The blank return with something plain in every cell that is asked for."""
    form = project.form
    workbook = load_workbook(BytesIO(blank_return(project.plan, form, project.register, reporter)))
    info, year = workbook[form.info.sheet], project.plan.year
    given = {"cutoff": date(year, 12, 15), "sent": date(year, 12, 28), "illustrative": form.yes_word}
    for row, key in enumerate(form.info.labels, form.first_row):
        if key in given:
            info.cell(row, 2).value = given[key]
    for sheet in form.sheets_of(reporter, project.register):
        _fill(workbook[sheet.name], sheet, form)
    filled = BytesIO()
    workbook.save(filled)
    return filled.getvalue()


def _fill(page: Worksheet, sheet: Sheet, form: Form) -> None:
    """Ones, zeros, yes and "none yet"; on a sheet of lines the statement that there is nothing to list."""
    numbered = list(enumerate(sheet.columns, 1))
    if sheet.rows == "lines":
        page.cell(form.first_row, next(n for n, c in numbered if c.key == "name")).value = sheet.none_statement
        return
    plain = {"count": 1, "amount": 0, "yes_no": form.yes_word, "document": form.none_words[2]}
    row = form.first_row
    while page.cell(row, 1).value is not None:
        item = sheet.items[row - form.first_row] if sheet.items else None
        for number, column in numbered:
            if column.asked:
                page.cell(row, number).value = plain[sheet.kind_of(column, item)]
        row += 1
