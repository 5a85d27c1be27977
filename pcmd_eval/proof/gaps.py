"""What is lacking behind findings, for their pages: of which periods and of whom, in words."""

from itertools import takewhile

import pandas as pd

from pcmd_eval.case import Case
from pcmd_eval.observations import KEY
from pcmd_eval.proof.reminders import wanted_cells
from pcmd_eval.words import PERIODS, listing, lowered, number

MOST = 4  # communes or rows of the form; more are counted


def gaps(case: Case, findings: pd.DataFrame) -> pd.DataFrame:
    """The unknown cells that can change the counts of findings: a row for each objective and
    reporter, with which periods of which communes or rows of the form, and how many cells.
    """
    found = []
    for keys, parts in _lacking(case, findings).groupby(["objective", "reporter"], sort=False):
        found.append((*keys, _told(parts), parts.total.sum()))
    columns = ["objective", "reporter", "Còn thiếu", "Số ô"]
    return pd.DataFrame(found, columns=columns).astype({"Số ô": "Int64"})


def harmless(case: Case) -> str:
    """What stands where `gaps` has no row: that what is lacking decides nothing, or that nothing
    is.
    """
    if (case.own(case.cells).state == "reported").all():
        return "Không có chỉ tiêu nào còn thiếu số liệu."
    return "Số liệu còn thiếu không làm thay đổi kết luận nào."


def lacking(case: Case, slug: str) -> str:
    """Of which periods and of whom figures are lacking that can change the counts of the finding:
    a sentence.
    """
    parts = _lacking(case, case.finding(slug).to_frame().T)
    if parts.empty:
        return "Không thiếu số liệu nào có thể làm thay đổi số đếm."
    return f"Còn thiếu số liệu: {_told(parts)}."


def _lacking(case: Case, findings: pd.DataFrame) -> pd.DataFrame:
    """A row for each commune or row of the form that has such cells: objective, reporter, `whose`
    they are, `periods` and total.
    """
    found = [pd.DataFrame(columns=[*KEY, "row"])]
    for _, finding in findings.iterrows():
        found.append(wanted_cells(case.plan, case.cells, finding))
    cells = pd.concat(found).drop_duplicates(KEY)
    communes = case.plan.communes(None).inline_name
    sheets = {sheet.objective: f"biểu {sheet.name}" for sheet in case.plan.form.sheets}
    whose = cells.unit_code.map(communes).fillna("dòng " + cells.row)
    whose = whose.mask(cells.row == "none", cells.objective.map(sheets))  # says nothing of models
    keys = ["objective", "reporter", "whose"]
    parts = cells.assign(whose=whose).groupby(keys, sort=False).period
    return pd.DataFrame({"periods": parts.agg(_periods), "total": parts.size()}).reset_index()


def _periods(codes):
    """Q1 Q2 Q4 -> Quý I, II và IV."""
    first, *others = [PERIODS[code] for code in sorted({*codes})]
    kind = first.split()[0]
    return listing([first, *(name.removeprefix(f"{kind} ") for name in others)])


def _told(parts):
    """quý IV của xã A và xã B; quý I và II của xã C."""
    told = []
    for periods, alike in parts.groupby("periods", sort=False):
        told.append(f"{lowered(periods)} của {_named(alike.whose)}")
    return "; ".join(told)


def _named(whose):
    """xã A và xã B; where they are many 17 xã, thị trấn."""
    if len(whose) <= MOST:
        return listing([*whose])
    kinds = dict.fromkeys(" ".join(takewhile(str.islower, name.split())) for name in whose)
    return f"{number(len(whose))} {', '.join(kinds)}"
