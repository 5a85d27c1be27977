"""What `check` says, on a page and in the terminal: the returns at a glance, what to mend, and whom
to ask for what.
"""

import pandas as pd

from pcmd_eval.analysis.reminders import first_requests, reminder_table
from pcmd_eval.analysis.reporting_status import arrivals
from pcmd_eval.evaluation.observations import COUNTS, made_up
from pcmd_eval.intake.issues import DEGREES, degree
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.site.page_layout import layout_page
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.vocabulary import ILLUSTRATIVE_MARK, INTERNAL_MARK


def check_page(plan: Plan, intake: Intake, missing: pd.DataFrame, audit: str = "") -> bytes:
    """The page of `check` (HTML): summary, what to ask for first, returns, faults by severity and
    unit, missing data (see `missing_cells`); `audit`: the name of the audit workbook, if there is
    one.
    """
    illustrative = ILLUSTRATIVE_MARK if made_up(intake.returns) else ""
    marks = [mark for mark in (INTERNAL_MARK, plan.mark, illustrative) if mark]
    tables = {
        "returns": _returns(plan, intake),
        "faults": _faults(plan, intake),
        "asked": reminder_table(plan, missing),
    }
    return layout_page(
        "check.html.j2",
        f"Kiểm tra báo cáo – Kế hoạch số {plan.plan}",
        marks,
        plan=plan,
        audit=audit,
        place="",
        unit_pages={},
        titles={},
        imprint=(),
        tables=tables,
        summary=summary(plan, intake),
        first=first_requests(plan, missing, intake.returns),
    )


def check_lines(plan: Plan, intake: Intake, missing: pd.DataFrame) -> list[str]:
    """What `check` prints: the summary, one fault a line, worst first, and the things most worth
    asking for.
    """
    faults = _faults(plan, intake)
    where = (faults.unit_name + "; " + faults.place).str.removesuffix("; ")
    lines = "[" + faults.severity + "] " + where + ": " + faults.message
    questions = [f"- {question}" for question in first_requests(plan, missing, intake.returns)]
    if questions:
        questions.insert(0, "Nên hỏi trước:")
    return [*summary(plan, intake), *lines, *questions]


def summary(plan: Plan, intake: Intake) -> list[str]:
    """The returns and the faults in a few sentences."""
    counts = _degrees(plan, intake).value_counts()
    points = (f"{format_number(int(counts.get(word, 0)))} điểm {word}" for word in DEGREES)
    return [*arrivals(plan, intake.returns), f"{', '.join(points)}."]


def _degrees(plan, intake):
    """What each fault asks of its sender."""
    faults = intake.issues
    degrees = [degree(plan.form, fault.severity, fault.rule) for fault in faults.itertuples()]
    return pd.Series(degrees, faults.index, dtype="string")


def _returns(plan, intake):
    """Each file and each return that did not come, with its state, its faults and its cells."""
    returns = intake.returns
    counts = pd.crosstab(intake.issues.file, _degrees(plan, intake))
    counts = counts.reindex(index=returns.file, columns=[*DEGREES], fill_value=0)
    counts = counts.set_axis(returns.index).rename(columns=str.capitalize)
    bodies = returns.reporter.map(plan.senders.full_name).fillna(returns.file)
    shown = {"unit_name": bodies, "state": returns.state.map(plan.return_words)}
    return pd.concat([pd.DataFrame(shown), returns.sent, counts, returns[[*COUNTS]]], axis=1)


def _faults(plan, intake):
    faults = intake.issues.fillna("")
    names = plan.register.full_name
    places = [_place(fault, names) for fault in faults.itertuples()]
    return pd.DataFrame(
        {
            "unit_name": faults.reporter.map(names).fillna("chưa rõ đơn vị"),
            "severity": _degrees(plan, intake),
            "place": pd.Series(places, faults.index, dtype="string"),
            "raw": faults.value,
            "message": faults.message,
        }
    )


def _place(fault, names):
    """Sheet, cell, commune and column; of what is on no sheet the file, if it was read at all."""
    if not fault.sheet:
        return "" if fault.rule == "refused" else f"tệp {fault.file}"
    whose = "" if fault.unit_code == fault.reporter else names.get(fault.unit_code)
    parts = fault.sheet, f"ô {fault.cell}" if fault.cell else "", whose, fault.column
    return ", ".join(filter(None, parts))
