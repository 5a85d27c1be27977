"""Write one text for each reporter, ready to paste into a mail: what came, what to mend, what to
attach.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

import pandas as pd

from pcmd_eval.evaluation.observations import COUNTED_STATES, is_illustrative
from pcmd_eval.forms.issue_list import list_issues
from pcmd_eval.intake.issues import DEGREES, open_issues
from pcmd_eval.intake.returns import Intake
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import format_short_date
from pcmd_eval.util.templates import load_macros
from pcmd_eval.util.vocabulary import ILLUSTRATIVE_MARK

_LONGEST_VALUE = 100  # characters of a value that is quoted


class _Letter(NamedTuple):
    """The facts of one text, each list as lines to print."""

    unit: str
    receiver: str
    files: list[str]
    unread: list[str]
    to_mend: list[str]
    to_confirm: list[str]
    requests: list[str]
    missing_count: int
    changes: list[str]
    attachment: str
    deadline: str
    marks: list[str]

    @property
    def is_silent(self) -> bool:
        """Return whether no file came at all."""
        return not self.files and not self.unread

    @property
    def points(self) -> int:
        """The number of points that the reporter is asked to mend, complete or confirm."""
        return len(self.to_mend) + len(self.to_confirm) + len(self.requests)


def mail_texts(
    plan: Plan,
    intake: Intake,
    requests: pd.DataFrame,
    missing_count: pd.Series,
    annotated: Collection[str],
) -> dict[str, str]:
    """Return the text for each expected reporter by file name, 230-doan-hung.txt.

    Silent reporters and those without issues get one, too. `requests`: rows of `missing_table` by
    reporter; `missing_count`: the number of cells that each reporter is asked for, by code;
    `annotated`: the file names of the annotated returns.
    """
    issues = open_issues(intake.issues)
    listed = list_issues(plan, issues)
    illustrative = ILLUSTRATIVE_MARK if is_illustrative(intake.returns) else ""
    marks = [mark for mark in (plan.mark, illustrative) if mark]
    deadline = plan.binding_deadline
    texts = {}
    for unit in plan.expected_reporters:
        of_unit = listed[issues.reporter.eq(unit).fillna(False)]
        returns = intake.returns[intake.returns.reporter == unit]
        attached = [file for file in returns.file.dropna() if file in annotated]
        facts = _Letter(
            unit=plan.senders.inline_name[unit],
            receiver=plan.form.official.receiver,
            **_describe_files(returns, issues),
            to_mend=_describe_issues(of_unit[of_unit.severity == DEGREES[0]]),
            to_confirm=_describe_issues(of_unit[of_unit.severity == DEGREES[1]]),
            requests=_describe_requests(requests[requests.reporter == unit]),
            missing_count=int(missing_count.get(unit, 0)),
            changes=_describe_changes(intake.differences[intake.differences.reporter == unit]),
            attachment=", ".join(attached) or f"{plan.register.folder[unit]}.xlsx",
            deadline=format_short_date(deadline) if deadline else "",
            marks=marks,
        )
        texts[f"{plan.register.folder[unit]}.txt"] = _render(facts, plan)
    return texts


def _render(facts, plan):
    """Render the text; a line with only ¶ in the template becomes a blank line."""
    lines = [line.strip() for line in load_macros("mail.j2").mail(facts, plan).splitlines()]
    text = "\n".join("" if line == "¶" else line for line in lines if line)
    return re.sub("\n{3,}", "\n\n", text).strip() + "\n"


def _describe_files(returns, issues):
    """Return `files`, a line for each file that counts, and `unread`, why others were refused."""
    counted = returns[returns.state.isin(COUNTED_STATES)]
    files = []
    for returned in counted.itertuples():
        sent, cutoff = (
            format_short_date(day) if pd.notna(day) else ""
            for day in (returned.sent, returned.cutoff)
        )
        parts = [returned.file, f"gửi ngày {sent}" if sent else ""]
        parts.append(f"số liệu chốt đến ngày {cutoff}" if cutoff else "")
        files.append(", ".join(filter(None, parts)))
    unread = returns[(returns.state == "unreadable") & returns.file.notna()]
    refusals = issues[issues.file.isin(unread.file) & issues.rule.eq("refused")]
    return {"files": files, "unread": [*refusals.message] or [*unread.file]}


def _describe_issues(listed):
    """Return a sentence for each issue, with the value as seen; refused files have none here."""
    sentences = []
    for issue in listed[listed.place != ""].itertuples():
        # Of merged cells the message has the area in words.
        is_quoted = issue.raw and issue.raw.replace(":", " đến ") not in issue.message
        value = f" (đang ghi “{issue.raw[:_LONGEST_VALUE]}”)" if is_quoted else ""
        sheet = "Biểu " if issue.place[:1].isdigit() else ""
        sentences.append(f"{sheet}{issue.place}{value}: {issue.message}")
    return sentences


def _describe_requests(table):
    """Return a sentence for each group of missing cells that has no issue of its own."""
    rows = table[table.request_kind.isin(("blank", "absent", "open_zero"))]
    return [
        f"Biểu {row.sheet}, {row.described} ({row.cells}): {row.request}."
        for row in rows.itertuples()
    ]


def _describe_changes(differences):
    """Return a line for each cell in which two files of the reporter differ."""
    return [
        f"{row.sheet}, ô {row.cell}: “{row.earlier_value}” ({row.earlier_file}) nay là "
        f"“{row.later_value}” ({row.later_file})"
        for row in differences.fillna("").itertuples()
    ]
