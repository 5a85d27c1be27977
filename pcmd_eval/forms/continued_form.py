"""Write the form with what a unit has already sent, so that its next report continues the last."""

from collections import defaultdict

import pandas as pd

from pcmd_eval.evaluation.observations import counted_returns
from pcmd_eval.forms.blank_form import filled_return
from pcmd_eval.forms.writer import Entries, Mark
from pcmd_eval.intake.carry_over import SENT_NOTE
from pcmd_eval.intake.overlay import Overlay
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import format_short_date

_SENT_COLOUR = "#E2EFDA"


def continued_returns(plan: Plan, intake: Intake) -> dict[str, bytes]:
    """Return, by unit, the form (xlsx bytes) of each unit that sent a return that counts.

    Cells already sent are coloured. The two days are blank: the next report has its own. So is a 0
    of a period that was still open at the cut-off: it would pass for that of the whole period.
    """
    counted = counted_returns(intake.returns)
    return {
        files[0].reporter: _continue_form(plan, intake, files, counted)
        for files in intake.files
        if files[0].reporter in counted.index
    }


def _continue_form(plan, intake, files, counted):
    """Return the form of one unit, from its files in the order of sending."""
    unit = files[0].reporter
    cutoff, sheets = counted.cutoff[unit], Overlay(plan, files).sheets
    info = plan.form.info
    for row, key in enumerate(info.labels, plan.form.first_row):
        if key in info.days:
            sheets[info.sheet].values.pop((row, 2), None)
    marks = defaultdict(dict)
    cells = intake.cells[
        intake.cells.file.isin([one.file for one in files]) & intake.cells.state.eq("reported")
    ]
    # `tidy` leaves `some` <NA> for a 0 of a period that was open: it is not credible.
    is_open_zero = cells.value.eq("0") & cells.some.isna()
    for cell, is_blank in zip(cells.itertuples(), is_open_zero, strict=True):
        sheet = sheets[cell.sheet]
        position = sheet.at(cell.file, cell.cell)
        if is_blank:
            sheet.values.pop(position, None)
        else:
            marks[cell.sheet][position] = Mark(_SENT_COLOUR)
    for name, sheet in sheets.items():
        for position, text in sheet.comments.items():
            mark = marks[name].get(position, Mark())
            marks[name][position] = mark._replace(sender_text=text)
    values = {name: sheet.values for name, sheet in sheets.items()}
    day = format_short_date(cutoff) if pd.notna(cutoff) else ""
    until = f" (chốt đến ngày {day})" if day else ""
    note = f"{SENT_NOTE}{until}, sửa nếu có thay đổi. Điền tiếp các ô trống."
    return filled_return(plan, unit, Entries(values, marks, note=note))
