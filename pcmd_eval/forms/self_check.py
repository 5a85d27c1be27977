"""What the sheet `Kiểm tra` says and which cells turn red: the form's comparisons, as formulas.

The formulas stand in data/templates/selfcheck.j2.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pcmd_eval.forms.cell_ranges import Grid
from pcmd_eval.plan.form import Counted
from pcmd_eval.util.templates import render_line


class Line(NamedTuple):
    """One line of `Kiểm tra`: the sheet and what of it is looked at, by which formula."""

    page: str
    about: Counted
    formula: str


def formula(name: str, **parts: object) -> str:
    """One of the formulas, by its name in the template, with its parts put in."""
    return render_line("selfcheck.j2", name, **parts)


def lines(grid: Grid) -> Iterator[Line]:
    """What is still blank, of a wrong kind or of nobody, and every comparison of this sheet."""
    form, sheet = grid.form, grid.sheet
    are_lines = sheet.rows == "lines"
    for name in ("blank_lines", "wrongs") if are_lines else ("blanks", "wrongs", "strays"):
        yield Line(sheet.name, form.counted[name], formula(name, grid=grid))
    for check in form.checks_of(sheet.objective):
        yield Line(sheet.name, check, formula("result", grid=grid, check=check))


def reds(grid: Grid) -> Iterator[tuple[str, str]]:
    """The cells of this sheet that turn red, and the formula that turns the first of them red: for
    the others Excel moves it along.
    """
    for run in grid.runs("asked"):
        whose = f"${run.codes.first}"
        yield run.here, formula("wrong", x=run.first, whose=whose, run=run, form=grid.form)
    for check in grid.form.checks_of(grid.sheet.objective):
        run = grid.run(check.at)
        if check.operator == "grow":
            yield run.first, formula("grows", grid=grid, check=check, address="here")
        else:
            yield run.here, formula("fails", grid=grid, check=check, address="first")
