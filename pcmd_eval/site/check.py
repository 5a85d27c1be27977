"""What `check` says, on a page and in the terminal: the returns at a glance, what to mend, and whom
to ask for what.
"""

import pandas as pd

from pcmd_eval.arrivals import arrivals
from pcmd_eval.intake.faults import DEGREES, degree
from pcmd_eval.intake.returns import Intake
from pcmd_eval.observations import COUNTS, made_up
from pcmd_eval.plan import Plan
from pcmd_eval.proof.reminders import foremost, gathered
from pcmd_eval.site.dress import page
from pcmd_eval.words import ILLUSTRATIVE, INTERNAL, number


def check_page(plan: Plan, intake: Intake, reminders: pd.DataFrame, audit: str = "") -> bytes:
    """The page of `check` (HTML): summary, what to ask for first, returns, faults by severity and
    unit, reminders; `audit`: the name of the audit workbook, if it lies beside the page.
    """
    made = ILLUSTRATIVE if made_up(intake.returns) else ""
    marks = [mark for mark in (INTERNAL, plan.mark, made) if mark]
    tables = {
        "returns": _returns(plan, intake),
        "faults": _faults(plan, intake),
        "asked": gathered(plan, reminders, intake.returns),
    }
    return page(
        "check.html.j2",
        f"Kiểm tra báo cáo – Kế hoạch số {plan.plan}",
        marks,
        plan=plan,
        audit=audit,
        place="",
        own={},
        titles={},
        imprint=(),
        tables=tables,
        summary=summary(plan, intake),
        first=foremost(plan, reminders, intake.returns),
    )


def spoken(plan: Plan, intake: Intake, reminders: pd.DataFrame) -> list[str]:
    """What `check` prints: the summary, one fault a line, worst first, and the things most worth
    asking for.
    """
    faults = _faults(plan, intake)
    where = (faults.unit_name + "; " + faults.place).str.removesuffix("; ")
    lines = "[" + faults.severity + "] " + where + ": " + faults.message
    first = foremost(plan, reminders, intake.returns)
    asked = ["Nên hỏi trước:", *(f"- {question}" for question in first)] if first else []
    return [*summary(plan, intake), *lines, *asked]


def summary(plan: Plan, intake: Intake) -> list[str]:
    """The returns and the faults in a few sentences."""
    counts = _degrees(plan, intake).value_counts()
    points = (f"{number(int(counts.get(word, 0)))} điểm {word}" for word in DEGREES)
    return [*arrivals(plan, intake.returns), f"{', '.join(points)}."]


def _degrees(plan, intake):
    """What each fault asks of its sender."""
    faults = intake.faults
    words = map(degree, [plan.form] * len(faults), faults.severity, faults.rule)
    return pd.Series([*words], faults.index, dtype="string")


def _returns(plan, intake):
    """Each file and each return that did not come, with its state, its faults and its cells."""
    own = intake.returns
    counts = pd.crosstab(intake.faults.file, _degrees(plan, intake))
    counts = counts.reindex(index=own.file, columns=[*DEGREES], fill_value=0).set_axis(own.index)
    bodies = own.reporter.map(plan.senders.full_name).fillna(own.file)
    told = own.assign(unit_name=bodies, state=own.state.map(plan.return_words))
    shown = [told[["unit_name", "state", "sent"]], counts.rename(columns=str.capitalize)]
    return pd.concat([*shown, own[[*COUNTS]]], axis=1)


def _faults(plan, intake):
    own = intake.faults.fillna("")
    names = plan.register.full_name
    places = [_place(fault, names) for fault in own.itertuples()]
    return pd.DataFrame(
        {
            "unit_name": own.reporter.map(names).fillna("chưa rõ đơn vị"),
            "severity": _degrees(plan, intake),
            "place": pd.Series(places, own.index, dtype="string"),
            "raw": own.value,
            "message": own.message,
        }
    )


def _place(fault, names):
    """Sheet, cell, commune and column; of what is on no sheet the file, if it was read at all."""
    if not fault.sheet:
        return "" if fault.rule == "refused" else f"tệp {fault.file}"
    whose = "" if fault.unit_code == fault.reporter else names.get(fault.unit_code)
    parts = fault.sheet, f"ô {fault.cell}" if fault.cell else "", whose, fault.column
    return ", ".join(filter(None, parts))
