"""The six objectives of the plan, one short function each: read this file first.

A part (a cell, a quarter, a commune, a programme, a month) counts, does not, or nobody can know
yet: True, False, <NA>. pandas' nullable booleans follow Kleene's logic, so `&` and `at_least` give
<NA> only where what is missing could still decide. Each function quotes its sentence of the plan,
takes the observations and the rules of the plan file, and gives its steps by name, from the cells
up to what is counted. All units at once: a district is a group of rows. What "enough" means stands
in the plan file, not here. Of a cell, `some` says whether it reports more than 0 (see
`observations.tidy`), `row` and `column` the parts of its `item`: "2.1:document" is the document of
programme 2.1.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pcmd_eval.spelling import fold

Rules = Mapping[str, Any]
Steps = dict[str, pd.Series]
# The columns of the form whose answers decide; of the other sheets, the cells of quarters or months
# do.
ANSWERS = {
    "integration": ("document", "carried_out"),
    "support_model": ("name", "type", "start", "operating"),
}


def at_least(needed: int, parts: pd.Series, by: list) -> pd.Series:
    """True where `needed` parts of a group surely count, False where too few can, else <NA>.

    `by`: the names of levels of the parts' index, or columns beside them.
    """
    sure, possible = parts.fillna(False).groupby(by).sum(), parts.fillna(True).groupby(by).sum()
    return (sure >= needed).astype("boolean").where((sure >= needed) | (possible < needed))


def said(answers: pd.Series) -> pd.Series:
    """An answer in words as True or False; <NA> where a cell holds none that can be read."""
    return answers.map({"yes": True, "given": True, "no": False, "none": False}).astype("boolean")


def communication(cells: pd.DataFrame, rules: Rules, year: int) -> Steps:
    """… số xã, phường, thị trấn tổ chức được ít nhất một hình thức tuyên truyền … và được duy trì
    thường xuyên.

    A quarter is active if any form of communication has a session in it; a commune keeps
    communication up if enough quarters are. For the province all communes count, never a mean of
    district percentages.
    """
    periods = [f"Q{quarter}" for quarter in rules["quarters"]]
    asked = cells[(cells.objective == "communication") & cells.period.isin(periods)]
    active = at_least(1, asked.some, by=[asked.reporter, asked.unit_code, asked.period])
    maintaining = at_least(rules["active_quarters"], active, by=["reporter", "unit_code"])
    return {"cells": asked.some, "quarters": active, "communes": maintaining}


def integration(cells: pd.DataFrame, rules: Rules, year: int) -> Steps:
    """… các huyện, thành, thị xây dựng kế hoạch lồng ghép và tổ chức, thực hiện … với các chương
    trình kinh tế ….

    A programme counts if its plan is given (number, symbol, date) **and** it was carried out.
    """
    answered = cells.column.isin(ANSWERS["integration"])
    asked = cells[(cells.objective == "integration") & answered]
    once = asked.drop_duplicates(
        ["reporter", "item"]
    )  # a code that stands twice is unreadable in both rows
    answers = once.pivot(index=["reporter", "row"], columns="column", values="value")
    counted = said(answers.document) & said(answers.carried_out)
    districts = at_least(rules["min_programmes"], counted, by=["reporter"])
    return {"cells": said(asked.value), "programmes": counted, "districts": districts}


def harm_reduction(cells: pd.DataFrame, rules: Rules, year: int) -> Steps:
    """… các huyện, thành, thị triển khai … giảm tác hại về HIV/AIDS, phòng ngừa, giảm … bạo lực
    trên cơ sở giới.

    Two limbs, 3.1 HIV/AIDS and 3.2 gender-based violence; each is met by any activity in any
    quarter.
    """
    asked = cells[(cells.objective == "harm_reduction") & (cells.period != "Y")]
    limb = asked["item"].str[:3].rename("limb")
    limbs = at_least(1, asked.some, by=[asked.reporter, limb])
    districts = at_least({"any": 1, "both": 2}[rules["limbs"]], limbs, by=["reporter"])
    return {"cells": asked.some, "limbs": limbs, "districts": districts}


def support_model(cells: pd.DataFrame, rules: Rules, year: int) -> Steps:
    """Xây dựng một mô hình cung cấp dịch vụ hỗ trợ xã hội cho người bán dâm tại cộng đồng.

    Counts models, not sites: lines with the same name and type are one model, and its best line
    counts. A line counts if it is of type 1, operating, and started in time. Without a readable
    start or cut-off it counts as started; where it must have started in the plan's year, one
    without a readable start is unknown.
    """
    asked = cells[(cells.objective == "support_model") & (cells.row != "none")]
    table = asked.pivot(index=["reporter", "row"], columns="column", values="value")
    lines = table.reindex(columns=[*ANSWERS["support_model"]]).astype("string")
    only = str(year) if rules["started"] == "plan_year" else None
    in_time = _in_time(lines.start, asked.groupby(["reporter", "row"]).cutoff.first(), only)
    counted = (lines.type == "1") & said(lines.operating) & in_time
    key = [lines.name.fillna("").map(fold).rename("name"), lines.type.fillna("").rename("type")]
    start = _in_time(asked.value, asked.cutoff, only)
    parts = {"type": asked.value == "1", "operating": said(asked.value), "start": start}
    each = pd.concat([part[asked.column == column] for column, part in parts.items()]).astype(
        "boolean"
    )
    return {"cells": each.sort_index(), "lines": counted, "models": at_least(1, counted, by=key)}


def _in_time(start: pd.Series, cutoff: pd.Series, only: str | None) -> pd.Series:
    in_time = (start <= cutoff).fillna(True)
    return in_time & (start.str[:4] == only) if only else in_time


def silent(cells: pd.DataFrame) -> pd.Index:
    """The reporters whose sheet of models neither lists one nor says that there is none."""
    asked = cells[cells.objective == "support_model"]
    speaks = ((asked.row != "none") | asked.value.notna()).groupby(asked.reporter).any()
    return speaks.index[~speaks]


def model_names(cells: pd.DataFrame) -> pd.Series:
    """Of each cell of a line the model that it tells of, as text: name and type, folded; <NA> where
    none is named.
    """
    named = cells[cells.column.isin(["name", "type"]) & (cells.objective == "support_model")]
    lines = named.assign(value=named.value.map(fold, na_action="ignore"))
    lines = lines.pivot(index=["reporter", "row"], columns="column", values="value")
    lines = lines.reindex(columns=["name", "type"]).astype("string")
    key = (lines.name + " / " + lines.type.fillna("")).rename("model")
    mine = cells.reset_index()[["reporter", "row"]].merge(key, "left", on=["reporter", "row"])
    return mine.model.set_axis(cells.index).where(cells.objective == "support_model")


def media(cells: pd.DataFrame, rules: Rules, year: int) -> Steps:
    """Thường xuyên cập nhật thông tin về PCMD và đăng tải trên các phương tiện thông tin đại chúng
    cấp tỉnh.

    A month is covered if any outlet that counts published something in it.
    """
    periods = [f"M{month:02d}" for month in rules["months"]]
    asked = cells[(cells.objective == "media") & cells.period.isin(periods)]
    if rules["outlets"] != "all":
        asked = asked[asked["item"].isin(rules["outlets"])]
    return {
        "cells": asked.some,
        "months": at_least(1, asked.some, by=[asked.reporter, asked.period]),
    }


CASES = {"6.3": "detected", "6.4": "administrative", "6.5": "criminal", "6.6": "pending"}


def enforcement(cells: pd.DataFrame, rules: Rules, year: int) -> Steps:
    """Phát hiện và xử lý nghiêm minh các hành vi vi phạm pháp luật, tội phạm liên quan đến mại dâm.

    A case stands in the quarter in which it was detected. More or fewer cases is neither good nor
    bad; what counts is that those detected were handled. `quarters` has a row for each quarter of
    each reporter, contradictory and unhandled <NA> where it is not complete; `reporters` what they
    come to: low and total, high where every quarter is complete, and the first ending that holds.
    """
    asked = cells[(cells.objective == "enforcement") & cells["item"].isin([*CASES])]
    once = asked.assign(part=asked["item"].map(CASES)).drop_duplicates(
        ["reporter", "item", "period"]
    )  # a code that stands twice is unreadable in both rows
    quarters = once.pivot(index=["reporter", "period"], columns="part", values="number")
    decisive = [
        "administrative",
        "criminal",
        *(["pending"] if rules["pending"] == "handled" else []),
    ]
    total, closed = (
        quarters[decisive].sum(axis=1, skipna=False),
        quarters.administrative + quarters.criminal,
    )
    complete = quarters.detected.notna() & total.notna()
    contradictory = (closed > quarters.detected) | (closed + quarters.pending != quarters.detected)
    quarters = quarters[[*CASES.values()]].assign(
        handled=quarters[decisive].sum(
            axis=1, min_count=1
        ),  # also where another part of the quarter is not known
        complete=complete,
        contradictory=contradictory.fillna(False).where(complete),
        unhandled=(total < quarters.detected).where(complete),
    )
    return {"cells": asked.some, "quarters": quarters, "reporters": _judged(quarters)}


def _judged(quarters: pd.DataFrame) -> pd.DataFrame:
    own = quarters.groupby("reporter")
    complete, total = own.complete.all(), own.detected.sum(skipna=False)
    # where figures contradict each other, none of them shows that a case was left unhandled
    endings = [
        (own.contradictory.any(), "undetermined"),
        (own.unhandled.any(), "not_met"),
        (~complete, "undetermined"),
        (total == 0, "none_arose"),
    ]
    verdict = pd.Series("met", complete.index, dtype="string").case_when(endings)
    low = own.handled.sum()
    return pd.DataFrame(
        {"low": low, "high": low.where(complete), "total": total, "verdict": verdict}
    )


OBJECTIVES = {
    function.__name__: function
    for function in (communication, integration, harm_reduction, support_model, media, enforcement)
}
