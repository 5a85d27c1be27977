"""What is lacking behind findings, for their pages: of which periods and of whom, in words."""

from itertools import takewhile

import pandas as pd

from pcmd_eval.case import Case
from pcmd_eval.proof.reminders import asked
from pcmd_eval.words import PERIODS, listing, number

NAMED = 4  # communes or rows of the form; more are counted
_KEYS = ["objective", "reporter", "unit_code", "item", "period"]


def gaps(case: Case, findings: pd.DataFrame) -> pd.DataFrame:
    """The unknown cells that can change the counts of findings: a row for each objective and
    reporter, with the periods, the communes or rows of the form, and how many cells these are.
    """
    cells = _behind(case, findings)
    found = cells.groupby(["objective", "reporter"], sort=False)
    told = {"Kỳ": ("period", _periods), "Của": ("whose", _named), "Số ô": ("whose", "size")}
    return found.agg(**told).reset_index().astype({"Số ô": "Int64"})


def lacking(case: Case, slug: str) -> str:
    """Of which periods and of whom figures are lacking that can change the counts of the finding:
    a sentence.
    """
    cells = _behind(case, case.finding(slug).to_frame().T)
    periods = cells.groupby("whose", sort=False).period.agg(_periods)
    alike = periods.reset_index().groupby("period", sort=False).whose.agg(_named)
    said = [f"{period[:1].lower()}{period[1:]} của {whose}" for period, whose in alike.items()]
    if not said:
        return "Không thiếu số liệu nào có thể làm thay đổi số đếm."
    return f"Còn thiếu số liệu: {'; '.join(said)}."


def _behind(case: Case, findings: pd.DataFrame) -> pd.DataFrame:
    """Those cells, each once, and `whose` they are: a commune, or a row of the form."""
    found = [asked(case.plan, case.cells, finding) for _, finding in findings.iterrows()]
    cells = pd.concat([pd.DataFrame(columns=_KEYS), *found])[_KEYS].drop_duplicates()
    rows = "dòng " + cells["item"].astype("string").str.replace(r":.*", "", regex=True)
    communes = case.plan.communes(None).inline_name
    return cells.assign(whose=cells.unit_code.map(communes).fillna(rows))


def _named(whose: pd.Series) -> str:
    """xã A và xã B; where they are many 17 xã, thị trấn."""
    names = [*whose.unique()]
    if len(names) <= NAMED:
        return listing(names)
    kinds = dict.fromkeys(" ".join(takewhile(str.islower, name.split())) for name in names)
    return f"{number(len(names))} {', '.join(kinds)}"


def _periods(periods: pd.Series) -> str:
    """Quý I, II và IV."""
    names = [PERIODS[period] for period in sorted(periods.unique())]
    kind = names[0].split()[0]
    return listing([names[0], *(name.removeprefix(f"{kind} ") for name in names[1:])])
