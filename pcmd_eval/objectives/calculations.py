"""The six objectives of the plan, one short function each: read this file first.

A part (a cell, a quarter, a commune, a programme, a month) counts, does not, or nobody can know
yet: True, False, <NA>. pandas' nullable booleans follow Kleene's logic, so `&` and `at_least` give
<NA> only where what is missing could still decide. Each function quotes its sentence of the plan,
takes the observations and the rules of the plan file, and gives its steps by name, from the cells
up to what is counted. All units at once: a district is a group of rows. What "enough" means stands
in the plan file, not here. Of a cell, `some` says whether it reports more than 0 (see
`observations.tidy`); its `item` is split into `row` and `column`: "2.1:document" is the document of
programme 2.1. What other modules know of each objective stands in `definitions`.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pcmd_eval.objectives.aggregation import Steps, at_least
from pcmd_eval.util.spelling import fold

Values = Mapping[str, Any]  # of the rules of an objective, by key
PLANNED_AND_DONE = ("document", "carried_out")
OF_A_LINE = ("name", "type", "start", "operating")


def said(answers: pd.Series) -> pd.Series:
    """An answer in words as True or False; <NA> where a cell holds none that can be read."""
    return answers.map({"yes": True, "given": True, "no": False, "none": False}).astype("boolean")


def communication(cells: pd.DataFrame, rules: Values, year: int) -> Steps:
    """… số xã, phường, thị trấn tổ chức được ít nhất một hình thức tuyên truyền … và được duy trì
    thường xuyên.

    A quarter is active if any form of communication has a session in it; a commune keeps
    communication up if enough quarters are. For the province all communes count, never a mean of
    district percentages.
    """
    periods = [f"Q{quarter}" for quarter in rules["quarters"]]
    sessions = cells[(cells.objective == "communication") & cells.period.isin(periods)]
    active = at_least(1, sessions.some, by=[sessions.reporter, sessions.unit_code, sessions.period])
    maintaining = at_least(rules["active_quarters"], active, by=["reporter", "unit_code"])
    return {"cells": sessions.some, "quarters": active, "communes": maintaining}


def integration(cells: pd.DataFrame, rules: Values, year: int) -> Steps:
    """… các huyện, thành, thị xây dựng kế hoạch lồng ghép và tổ chức, thực hiện … với các chương
    trình kinh tế ….

    A programme counts if its plan is given (number, symbol, date) **and** it was carried out.
    """
    answered = cells.column.isin(PLANNED_AND_DONE)
    answers = cells[(cells.objective == "integration") & answered]
    # Of what stands twice neither is readable: the first will do.
    once = answers.drop_duplicates(["reporter", "item"])
    programmes = once.pivot(index=["reporter", "row"], columns="column", values="value")
    counted = said(programmes.document) & said(programmes.carried_out)
    districts = at_least(rules["min_programmes"], counted, by=["reporter"])
    return {"cells": said(answers.value), "programmes": counted, "districts": districts}


def harm_reduction(cells: pd.DataFrame, rules: Values, year: int) -> Steps:
    """… các huyện, thành, thị triển khai … giảm tác hại về HIV/AIDS, phòng ngừa, giảm … bạo lực
    trên cơ sở giới.

    Two limbs, 3.1 HIV/AIDS and 3.2 gender-based violence; each is met by any activity in any
    quarter.
    """
    activities = cells[(cells.objective == "harm_reduction") & (cells.period != "Y")]
    limbs = at_least(1, activities.some, by=[activities.reporter, limb_of(activities)])
    districts = at_least({"any": 1, "both": 2}[rules["limbs"]], limbs, by=["reporter"])
    return {"cells": activities.some, "limbs": limbs, "districts": districts}


def limb_of(cells: pd.DataFrame) -> pd.Series:
    """The limb of each cell: 3.1 of the row 3.1.2."""
    return cells["item"].str[:3].rename("limb")


def support_model(cells: pd.DataFrame, rules: Values, year: int) -> Steps:
    """Xây dựng một mô hình cung cấp dịch vụ hỗ trợ xã hội cho người bán dâm tại cộng đồng.

    Counts models, not sites: lines with the same name and type are one model, and its best line
    counts. A line counts if it is of type 1, operating, and started in time. Without a readable
    start or cut-off it counts as started; where it must have started in the plan's year, one
    without a readable start is unknown.
    """
    answers, lines = _lines(cells)
    only_year = str(year) if rules["started"] == "plan_year" else None
    cutoff = answers.groupby(["reporter", "row"]).cutoff.first()
    in_time = _in_time(lines.start, cutoff, only_year)
    counted = (lines.type == "1") & said(lines.operating) & in_time
    key = [lines.name.fillna("").map(fold).rename("name"), lines.type.fillna("").rename("type")]
    by_itself = {  # what each answer counts as, were it one to this question
        "type": answers.value == "1",
        "operating": said(answers.value),
        "start": _in_time(answers.value, answers.cutoff, only_year),
    }
    each = pd.concat([counts[answers.column == column] for column, counts in by_itself.items()])
    each = each.astype("boolean").sort_index()  # in the order of the cells again
    return {"cells": each, "lines": counted, "models": at_least(1, counted, by=key)}


def _lines(cells):
    """The cells of lines, and what is said of each line: columns `OF_A_LINE`, all `string`."""
    answers = cells[(cells.objective == "support_model") & (cells.row != "none")]
    lines = answers.pivot(index=["reporter", "row"], columns="column", values="value")
    return answers, lines.reindex(columns=[*OF_A_LINE]).astype("string")


def _in_time(start, cutoff, only_year):
    """Whether each started by its cut-off, and in the one year that counts, if only one does."""
    in_time = (start <= cutoff).fillna(True)
    return in_time & (start.str[:4] == only_year) if only_year else in_time


def model_names(cells: pd.DataFrame) -> pd.Series:
    """Of each cell of a line the model that it tells of, as text: name and type, folded; <NA> where
    none is named.
    """
    answers, lines = _lines(cells)
    model = lines.name.map(fold, na_action="ignore") + " / " + lines.type.fillna("")
    return answers.join(model.rename("model"), on=["reporter", "row"]).model.reindex(cells.index)


def media(cells: pd.DataFrame, rules: Values, year: int) -> Steps:
    """Thường xuyên cập nhật thông tin về PCMD và đăng tải trên các phương tiện thông tin đại chúng
    cấp tỉnh.

    A month is covered if any outlet that counts published something in it.
    """
    periods = [f"M{month:02d}" for month in rules["months"]]
    pieces = cells[(cells.objective == "media") & cells.period.isin(periods)]
    if rules["outlets"] != "all":
        pieces = pieces[pieces["item"].isin(rules["outlets"])]
    months = at_least(1, pieces.some, by=[pieces.reporter, pieces.period])
    return {"cells": pieces.some, "months": months}


CASES = {"6.3": "detected", "6.4": "administrative", "6.5": "criminal", "6.6": "pending"}


def enforcement(cells: pd.DataFrame, rules: Values, year: int) -> Steps:
    """Phát hiện và xử lý nghiêm minh các hành vi vi phạm pháp luật, tội phạm liên quan đến mại dâm.

    A case stands in the quarter in which it was detected. More or fewer cases is neither good nor
    bad; what counts is that those detected were handled. `quarters` has a row for each quarter of
    each reporter, contradictory and unhandled <NA> where it is not complete; `reporters` what they
    come to: low and total, high where every quarter is complete, and the verdict.
    """
    cases = cells[(cells.objective == "enforcement") & cells["item"].isin([*CASES])]
    # As in `integration`: what stands twice is not readable.
    once = cases.drop_duplicates(["reporter", "item", "period"]).replace({"item": CASES})
    quarters = once.pivot(index=["reporter", "period"], columns="item", values="number")
    parts = quarters[handled_parts(rules)]
    handled_if_known = parts.sum(axis=1, skipna=False)
    closed = quarters.administrative + quarters.criminal
    complete = quarters.detected.notna() & handled_if_known.notna()
    # The first shows it also where nobody knows how many are pending.
    contradictory = (closed > quarters.detected) | (closed + quarters.pending != quarters.detected)
    quarters = quarters[[*CASES.values()]].assign(
        # Of the parts that are known, where another one of the quarter is not.
        handled=parts.sum(axis=1, min_count=1),
        complete=complete,
        contradictory=contradictory.fillna(False).where(complete),
        unhandled=(handled_if_known < quarters.detected).where(complete),
    )
    return {"cells": cases.some, "quarters": quarters, "reporters": _judged(quarters)}


def handled_parts(rules: Values) -> list[str]:
    """The parts of the cases, see `CASES`, that are handled ones: those that are pending only where
    a rule says so.
    """
    closed = ["administrative", "criminal"]
    return [*closed, "pending"] if rules.get("pending") == "handled" else closed


def left_out_items(rules: Values) -> list[str]:
    """The rows of cases that are neither detected nor handled ones: none of their cells counts."""
    counted = ["detected", *handled_parts(rules)]
    return [code for code, part in CASES.items() if part not in counted]


def _judged(quarters):
    reporters = quarters.groupby("reporter")
    complete, detected = reporters.complete.all(), reporters.detected.sum(skipna=False)
    # The first that holds: where figures contradict each other, none of them shows that a case was
    # left unhandled.
    endings = [
        (reporters.contradictory.any(), "undetermined"),
        (reporters.unhandled.any(), "not_met"),
        (~complete, "undetermined"),
        (detected == 0, "none_arose"),
    ]
    verdict = pd.Series("met", complete.index, dtype="string").case_when(endings)
    low = reporters.handled.sum()
    counts = {"low": low, "high": low.where(complete), "total": detected}
    return pd.DataFrame(counts).assign(verdict=verdict)
