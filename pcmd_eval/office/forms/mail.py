"""Write a mail text for each reporter: the files that were received, and the requests."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from pcmd_eval.evaluation.observations import COUNTED_STATES, is_illustrative
from pcmd_eval.office.asks.request_list import Requests
from pcmd_eval.office.asks.wording import describe_place
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import format_short_date
from pcmd_eval.util.frames import Row
from pcmd_eval.util.templates import load_macros
from pcmd_eval.util.vocabulary import ILLUSTRATIVE_MARK


def mail_texts(
    plan: Plan, intake: Intake, requests: Requests, annotated: Collection[str]
) -> dict[str, str]:
    """Return the mail text of each expected reporter, by file name (230-doan-hung.txt).

    Reporters without a return or without a request get one, too. `annotated`: the file names of
    the annotated returns.
    """
    request_rows = requests.without_notes()
    illustrative = ILLUSTRATIVE_MARK if is_illustrative(intake.returns) else ""
    deadline = plan.binding_deadline
    texts = {}
    for unit in plan.expected_reporters:
        returns = intake.returns[intake.returns.reporter.eq(unit) & intake.returns.file.notna()]
        rows = request_rows[request_rows.reporter == unit]
        is_unread = rows.file.isin(returns.file[returns.state == "unreadable"])
        refusals = rows[is_unread]
        # The message of the rule "refused" names the file itself.
        prefix = (refusals.file + ": ").where(refusals.rule != "refused", "")
        attached = [file for file in returns.file if file in annotated]
        letter = {
            "unit": plan.senders.inline_name[unit],
            "files": [*returns[returns.state.isin(COUNTED_STATES)].itertuples()],
            "unread": [*(prefix + refusals.message)],
            "requests": [_describe_request(plan, row) for row in rows[~is_unread].itertuples()],
            "attachment": ", ".join(attached) or f"{plan.register.folder[unit]}.xlsx",
            "deadline": format_short_date(deadline) if deadline else "",
            "marks": [mark for mark in (plan.mark, illustrative) if mark],
        }
        texts[f"{plan.register.folder[unit]}.txt"] = _render(letter, plan)
    return texts


def _describe_request(plan: Plan, request: Row) -> dict[str, str]:
    """Return {"file": …, "line": "<place>: <message>"} for a row of `Requests.rows`."""
    place = describe_place(request, plan.register.full_name) if request.sheet else ""
    line = f"{place}: {request.message}" if place else request.message
    return {"file": request.file, "line": line}


def _render(letter: Mapping[str, Any], plan: Plan) -> str:
    """Render mail.j2, blank lines dropped; a line ¶ of the template becomes a blank line."""
    lines = [
        line.strip() for line in load_macros("office/forms/mail.j2").mail(letter, plan).splitlines()
    ]
    text = "\n".join("" if line == "¶" else line for line in lines if line)
    return re.sub("\n{3,}", "\n\n", text).strip() + "\n"
