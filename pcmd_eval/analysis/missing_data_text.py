"""What is lacking behind findings, for their pages: of which periods and of whom, in words."""

from itertools import takewhile

import pandas as pd

from pcmd_eval.analysis.missing_data import wanted_cells
from pcmd_eval.analysis.session import Case
from pcmd_eval.evaluation.observations import KEY
from pcmd_eval.util.formatting import format_number, join_items, lowercase_first
from pcmd_eval.util.vocabulary import PERIOD_LABELS

MOST = 4  # communes or rows of the form; more are counted


def gaps(case: Case, findings: pd.DataFrame) -> pd.DataFrame:
    """The cells that can change the counts of findings, see `wanted_cells`: a row for each
    objective and reporter, with which periods of which communes or rows of the form, and how many
    cells.
    """
    rows = []
    parts = _lacking_parts(case, findings)
    for keys, of_one in parts.groupby(["objective", "reporter"], sort=False):
        rows.append((*keys, _phrase(of_one), of_one.total.sum()))
    columns = ["objective", "reporter", "Còn thiếu", "Số ô"]
    return pd.DataFrame(rows, columns=columns).astype({"Số ô": "Int64"})


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
    parts = _lacking_parts(case, case.finding(slug).to_frame().T)
    if parts.empty:
        return "Không thiếu số liệu nào có thể làm thay đổi số đếm."
    return f"Còn thiếu số liệu: {_phrase(parts)}."


def _lacking_parts(case, findings):
    """A row for each commune or row of the form that has such cells: objective, reporter, `whose`
    they are, `periods` and total.
    """
    cells = wanted_cells(case.plan, case.cells, findings).drop_duplicates(KEY)
    communes = case.plan.communes(None).inline_name
    sheets = {sheet.objective: f"biểu {sheet.name}" for sheet in case.plan.form.sheets}
    whose = cells.unit_code.map(communes).fillna("dòng " + cells.row)
    of_whole_sheet = (cells.row == "none").fillna(False)  # who says nothing of models
    whose = whose.mask(of_whole_sheet, cells.objective.map(sheets))
    keys = ["objective", "reporter", "whose"]
    parts = cells.assign(whose=whose).groupby(keys, sort=False).period
    return pd.DataFrame({"periods": parts.agg(_periods), "total": parts.size()}).reset_index()


def _periods(codes):
    """Q1 Q2 Q4 -> Quý I, II và IV."""
    first, *others = [PERIOD_LABELS[code] for code in sorted({*codes})]
    kind = first.split()[0]
    return join_items([first, *(name.removeprefix(f"{kind} ") for name in others)])


def _phrase(parts):
    """quý IV của xã A và xã B; quý I và II của xã C."""
    phrases = []
    for periods, same in parts.groupby("periods", sort=False):
        phrases.append(f"{lowercase_first(periods)} của {_names(same.whose)}")
    return "; ".join(phrases)


def _names(whose):
    """xã A và xã B; where they are many 17 xã, thị trấn."""
    if len(whose) <= MOST:
        return join_items([*whose])
    kinds = dict.fromkeys(" ".join(takewhile(str.islower, name.split())) for name in whose)
    return f"{format_number(len(whose))} {', '.join(kinds)}"
