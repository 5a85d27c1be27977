"""What is lacking behind findings, for their pages: of which periods and of whom, in words."""

from itertools import takewhile

import pandas as pd

from pcmd_eval.case import Case
from pcmd_eval.proof.reminders import asked
from pcmd_eval.words import PERIODS, listing, lowered, number

MOST = 4  # communes or rows of the form; more are counted
_CELL = ["objective", "reporter", "unit_code", "item", "period"]


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
    they are, `periods` (codes in a row) and total.
    """
    found = [pd.DataFrame(columns=_CELL)]
    for _, finding in findings.iterrows():
        found.append(asked(case.plan, case.cells, finding)[_CELL])
    cells = pd.concat(found).drop_duplicates().astype("string")
    names = case.plan.communes(None).inline_name
    commune = cells.unit_code.isin(names.index)
    row = cells["item"].str.replace(r":.*", "", regex=True).mask(commune, "")
    whose = cells.unit_code.map(names).fillna("dòng " + row)
    keys = ["objective", "reporter", "unit_code", "row", "whose"]
    parts = cells.assign(row=row, whose=whose).groupby(keys, sort=False).period
    codes = parts.agg(lambda own: " ".join(sorted(own.unique())))
    return pd.DataFrame({"periods": codes, "total": parts.size()}).reset_index()


def _told(parts: pd.DataFrame) -> str:
    """quý IV của xã A và xã B; quý I và II của xã C."""
    said = []
    for codes, alike in parts.groupby("periods", sort=False):
        said.append(f"{lowered(_periods(codes))} của {_named(alike.whose)}")
    return "; ".join(said)


def _named(whose: pd.Series) -> str:
    """xã A và xã B; where they are many 17 xã, thị trấn."""
    if len(whose) <= MOST:
        return listing([*whose])
    kinds = {}
    for name in whose:
        kind = takewhile(str.islower, name.split())
        kinds[" ".join(kind)] = True
    return f"{number(len(whose))} {', '.join(kinds)}"


def _periods(codes: str) -> str:
    """Q1 Q2 Q4 -> Quý I, II và IV."""
    names = [PERIODS[code] for code in sorted({*codes.split()})]
    kind = names[0].split()[0]
    others = [name.removeprefix(f"{kind} ") for name in names[1:]]
    return listing([names[0], *others])
