"""Read the department's confirmations: lines of xac_nhan.csv that close an issue to confirm."""

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from pcmd_eval.office.intake.issues import Issue
from pcmd_eval.util.files import escape_formula, read_typed_csv
from pcmd_eval.util.spelling import fold

CONFIRMATIONS_FILE = "xac_nhan.csv"


class Confirmation(NamedTuple):
    """One line of xac_nhan.csv: what is confirmed, by whom and on which day."""

    unit_code: str
    sheet: str
    cell: str
    rule: str
    value: str
    by: str
    on: str
    note: str = ""


CONFIRMATION_COLUMNS = Confirmation._fields


class Confirmations:
    """The lines of xac_nhan.csv; a line confirms only if `by` and `on` are filled."""

    def __init__(self, lines: Iterable[Confirmation] = ()) -> None:
        self._signed_by_key = {_key(*line[:5]): line for line in lines if line.by and line.on}

    def find(self, issue: Issue) -> Confirmation | None:
        """Return the line that confirms an issue, else None.

        Sheet, cell, rule and value must agree, and its unit or its reporter.
        """
        about = (issue.sheet, issue.cell, issue.rule, issue.value)
        by_unit = self._signed_by_key.get(_key(issue.unit_code, *about))
        return by_unit or self._signed_by_key.get(_key(issue.reporter, *about))

    def close(self, issues: Iterable[Issue]) -> list[Issue]:
        """Return the issues; a confirmed one becomes a note with `confirmed` = "<by>, <on>"."""
        return [
            issue._replace(severity="note", confirmed=f"{line.by}, {line.on}")
            if issue.severity == "confirm" and (line := self.find(issue))
            else issue
            for issue in issues
        ]


NOTHING = Confirmations()


def parse_confirmations(content: bytes) -> list[Confirmation]:
    """Parse the file, see `read_typed_csv`.

    Raises ValueError unless it has the `CONFIRMATION_COLUMNS`, each once; `note` may be missing.
    """
    cells = read_typed_csv(content)
    headers = [*map(fold, cells.iloc[0])]
    if not {*CONFIRMATION_COLUMNS[:-1]} <= {*headers}:
        raise ValueError(headers)
    rows = cells[1:].set_axis(headers, axis=1)  # `reindex` refuses repeated headers
    rows = rows.reindex(columns=[*CONFIRMATION_COLUMNS], fill_value="")
    return [Confirmation(*line) for line in rows.itertuples(index=False) if any(line)]


def draft_confirmations(issues: pd.DataFrame) -> pd.DataFrame:
    """Return a line of xac_nhan.csv for each open issue of a known reporter that can be confirmed,
    with empty `by` and `on`; `issues`: see `issue_table`.
    """
    is_confirmable = issues.severity.eq("confirm") & issues.reporter.fillna("").ne("")
    lines = issues[is_confirmable].fillna("").assign(by="", on="")
    lines = lines.assign(unit_code=lines.reporter, note="")[[*CONFIRMATION_COLUMNS]]
    return lines.astype("string").reset_index(drop=True)


def _key(unit: str, sheet: str, cell: str, rule: str, value: str) -> tuple[str, str, str, str, str]:
    """Return the normalized key; both values are escaped as in check.csv (`escape_formula`)."""
    return unit.strip(), fold(sheet), fold(cell), rule.strip(), fold(escape_formula(value.strip()))
