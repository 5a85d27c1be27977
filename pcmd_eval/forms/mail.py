"""Write one text for each reporter, ready to paste into a mail: what came, what to attach.

What to mend is listed in the attached annotated return alone.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from pcmd_eval.evaluation.observations import COUNTED_STATES, is_illustrative
from pcmd_eval.forms.annotated_return import OWN_REQUESTS
from pcmd_eval.intake.issues import open_issues
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import format_short_date
from pcmd_eval.util.templates import load_macros
from pcmd_eval.util.vocabulary import ILLUSTRATIVE_MARK


def mail_texts(
    plan: Plan,
    intake: Intake,
    requests: pd.DataFrame,
    missing_count: pd.Series,
    annotated: Collection[str],
) -> dict[str, str]:
    """Return the text for each expected reporter by file name, 230-doan-hung.txt.

    Silent reporters and those without issues get one, too. `requests`: the cells to ask for, as in
    `annotated_returns`, whose rows are the points; `missing_count`: the number of cells that each
    reporter is asked for, by code; `annotated`: the file names of the annotated returns.
    """
    issues = open_issues(intake.issues)
    points = _count_points(issues, requests)
    illustrative = ILLUSTRATIVE_MARK if is_illustrative(intake.returns) else ""
    deadline = plan.binding_deadline
    texts = {}
    for unit in plan.expected_reporters:
        returns = intake.returns[intake.returns.reporter.eq(unit) & intake.returns.file.notna()]
        unread = returns.file[returns.state == "unreadable"]
        refusals = issues[issues.file.isin(unread) & issues.severity.ne("note")]
        names = (refusals.file + ": ").where(refusals.rule != "refused", "")  # has its name
        attached = [file for file in returns.file if file in annotated]
        letter = {
            "unit": plan.senders.inline_name[unit],
            "files": [*returns[returns.state.isin(COUNTED_STATES)].itertuples()],
            "unread": [*(names + refusals.message)] or [*unread],
            "points": int(points.get(unit, 0)),
            "missing_count": int(missing_count.get(unit, 0)),
            "attachment": ", ".join(attached) or f"{plan.register.folder[unit]}.xlsx",
            "deadline": format_short_date(deadline) if deadline else "",
            "marks": [mark for mark in (plan.mark, illustrative) if mark],
        }
        texts[f"{plan.register.folder[unit]}.txt"] = _render(letter, plan)
    return texts


def _count_points(issues: pd.DataFrame, requests: pd.DataFrame) -> pd.Series:
    """Return the number of points of each annotated return, by reporter."""
    to_mend = issues[issues.severity.ne("note") & issues.rule.ne("refused")].reporter
    to_send = requests[requests.state.isin(OWN_REQUESTS)]
    to_send = to_send.drop_duplicates(["reporter", "objective", "request"]).reporter
    return pd.concat([to_mend, to_send]).value_counts()


def _render(letter: Mapping[str, Any], plan: Plan) -> str:
    """Render the text; a line with only ¶ in the template becomes a blank line."""
    lines = [line.strip() for line in load_macros("forms/mail.j2").mail(letter, plan).splitlines()]
    text = "\n".join("" if line == "¶" else line for line in lines if line)
    return re.sub("\n{3,}", "\n\n", text).strip() + "\n"
