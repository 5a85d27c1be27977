"""The six objectives of the plan, one short function each: read this file first.

A part (a cell, a quarter, a commune, a programme, a month) counts, does not, or nobody can know
yet: True, False, <NA>. pandas' nullable booleans follow Kleene's logic, so `&` and `at_least` give
<NA> only where what is missing could still decide. Each function quotes its sentence of the plan,
takes the observations and the rules of the plan file, and gives its steps by name, from the cells
up to what is counted. All units at once: a district is a group of rows. What "enough" means stands
in the plan file, not here. Of a cell, `some` says whether it reports more than 0 (see
`observations.tidy`), `row` and `column` the parts of its `item`: "2.1:document" is the document of
programme 2.1. `OBJECTIVES`, at the end, has the definition of each, by which other modules tell
them apart; beside it they know `CASES`, `OF_LINES`, `PLANNED_AND_DONE`, the names of steps and
`limb_of`, `handled_parts`, `left_out_items`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field

from pcmd_eval.counting import Steps, at_least, of_cases, of_models, of_parts
from pcmd_eval.rules import Count, Outlets, Periods, Rule, Rules
from pcmd_eval.spelling import fold
from pcmd_eval.targets import COUNTED

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
    asked = cells[(cells.objective == "communication") & cells.period.isin(periods)]
    active = at_least(1, asked.some, by=[asked.reporter, asked.unit_code, asked.period])
    maintaining = at_least(rules["active_quarters"], active, by=["reporter", "unit_code"])
    return {"cells": asked.some, "quarters": active, "communes": maintaining}


def integration(cells: pd.DataFrame, rules: Values, year: int) -> Steps:
    """… các huyện, thành, thị xây dựng kế hoạch lồng ghép và tổ chức, thực hiện … với các chương
    trình kinh tế ….

    A programme counts if its plan is given (number, symbol, date) **and** it was carried out.
    """
    answered = cells.column.isin(PLANNED_AND_DONE)
    asked = cells[(cells.objective == "integration") & answered]
    once = asked.drop_duplicates(["reporter", "item"])  # one that stands twice is never readable
    answers = once.pivot(index=["reporter", "row"], columns="column", values="value")
    counted = said(answers.document) & said(answers.carried_out)
    districts = at_least(rules["min_programmes"], counted, by=["reporter"])
    return {"cells": said(asked.value), "programmes": counted, "districts": districts}


def harm_reduction(cells: pd.DataFrame, rules: Values, year: int) -> Steps:
    """… các huyện, thành, thị triển khai … giảm tác hại về HIV/AIDS, phòng ngừa, giảm … bạo lực
    trên cơ sở giới.

    Two limbs, 3.1 HIV/AIDS and 3.2 gender-based violence; each is met by any activity in any
    quarter.
    """
    asked = cells[(cells.objective == "harm_reduction") & (cells.period != "Y")]
    limbs = at_least(1, asked.some, by=[asked.reporter, limb_of(asked)])
    districts = at_least({"any": 1, "both": 2}[rules["limbs"]], limbs, by=["reporter"])
    return {"cells": asked.some, "limbs": limbs, "districts": districts}


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
    asked, lines = _lines(cells)
    only = str(year) if rules["started"] == "plan_year" else None
    in_time = _in_time(lines.start, asked.groupby(["reporter", "row"]).cutoff.first(), only)
    counted = (lines.type == "1") & said(lines.operating) & in_time
    key = [lines.name.fillna("").map(fold).rename("name"), lines.type.fillna("").rename("type")]
    start = _in_time(asked.value, asked.cutoff, only)
    parts = {"type": asked.value == "1", "operating": said(asked.value), "start": start}
    each = pd.concat([part[asked.column == column] for column, part in parts.items()])
    each = each.astype("boolean").sort_index()
    return {"cells": each, "lines": counted, "models": at_least(1, counted, by=key)}


def _lines(cells):
    """The cells of lines, and what is said of each line: columns `OF_A_LINE`, all `string`."""
    asked = cells[(cells.objective == "support_model") & (cells.row != "none")]
    table = asked.pivot(index=["reporter", "row"], columns="column", values="value")
    return asked, table.reindex(columns=[*OF_A_LINE]).astype("string")


def _in_time(start, cutoff, only):
    in_time = (start <= cutoff).fillna(True)
    return in_time & (start.str[:4] == only) if only else in_time


def model_names(cells: pd.DataFrame) -> pd.Series:
    """Of each cell of a line the model that it tells of, as text: name and type, folded; <NA> where
    none is named.
    """
    asked, lines = _lines(cells)
    model = lines.name.map(fold, na_action="ignore") + " / " + lines.type.fillna("")
    return asked.join(model.rename("model"), on=["reporter", "row"]).model.reindex(cells.index)


def media(cells: pd.DataFrame, rules: Values, year: int) -> Steps:
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


def enforcement(cells: pd.DataFrame, rules: Values, year: int) -> Steps:
    """Phát hiện và xử lý nghiêm minh các hành vi vi phạm pháp luật, tội phạm liên quan đến mại dâm.

    A case stands in the quarter in which it was detected. More or fewer cases is neither good nor
    bad; what counts is that those detected were handled. `quarters` has a row for each quarter of
    each reporter, contradictory and unhandled <NA> where it is not complete; `reporters` what they
    come to: low and total, high where every quarter is complete, and the first ending that holds.
    """
    asked = cells[(cells.objective == "enforcement") & cells["item"].isin([*CASES])]
    once = asked.drop_duplicates(["reporter", "item", "period"]).replace({"item": CASES})
    quarters = once.pivot(index=["reporter", "period"], columns="item", values="number")
    decisive = handled_parts(rules)
    all_handled = quarters[decisive].sum(axis=1, skipna=False)
    closed = quarters.administrative + quarters.criminal
    complete = quarters.detected.notna() & all_handled.notna()
    contradictory = (closed > quarters.detected) | (closed + quarters.pending != quarters.detected)
    quarters = quarters[[*CASES.values()]].assign(
        # Also where another part of the quarter is not known.
        handled=quarters[decisive].sum(axis=1, min_count=1),
        complete=complete,
        contradictory=contradictory.fillna(False).where(complete),
        unhandled=(all_handled < quarters.detected).where(complete),
    )
    return {"cells": asked.some, "quarters": quarters, "reporters": _judged(quarters)}


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
    own = quarters.groupby("reporter")
    complete, detected = own.complete.all(), own.detected.sum(skipna=False)
    # where figures contradict each other, none of them shows that a case was left unhandled
    endings = [
        (own.contradictory.any(), "undetermined"),
        (own.unhandled.any(), "not_met"),
        (~complete, "undetermined"),
        (detected == 0, "none_arose"),
    ]
    verdict = pd.Series("met", complete.index, dtype="string").case_when(endings)
    low = own.handled.sum()
    counts = {"low": low, "high": low.where(complete), "total": detected}
    return pd.DataFrame(counts).assign(verdict=verdict)


def _too_many_quarters(rules):
    if rules["active_quarters"] > len(rules["quarters"]):
        return "rules.active_quarters lớn hơn số quý được xét (rules.quarters): không thể đạt"
    return ""


# What a plan leaves open of each: the keys of its rules, first the one that a trace names, and what
# their values can be.


class CommunicationRules(Rules):
    active_quarters: Rule[Annotated[Count, Field(le=4)]]
    quarters: Rule[Periods[Literal[1, 2, 3, 4]]]


class IntegrationRules(Rules):
    min_programmes: Rule[Count]


class HarmReductionRules(Rules):
    limbs: Rule[Literal["any", "both"]]


class SupportModelRules(Rules):
    started: Rule[Literal["any", "plan_year"]]


class MediaRules(Rules):
    months: Rule[Periods[Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]]
    outlets: Rule[Outlets]


class EnforcementRules(Rules):
    pending: Rule[Literal["not_handled", "handled"]]


@dataclass(frozen=True)
class Definition:
    """What the package knows of an objective beside the words of the plan file.

    What has a default may be left out; texts may name the province's `{kind}`.
    """

    function: Callable[[pd.DataFrame, Values, int], Steps]
    rules: type[Rules]
    # The shapes (see targets) that the province's target can have, and a district's: none if it is
    # given none.
    targets: tuple[tuple[str, ...], tuple[str, ...]]
    named: tuple[str, str]  # the step whose parts people can name, and what they call them
    counts: Callable[[pd.DataFrame, Steps, str], pd.DataFrame] = of_parts
    clash: Callable[[Values], str] = lambda rules: ""  # why values cannot go together, in words
    figures: str = ""  # the step that figures count, if it is another
    answers: tuple[str, ...] = ()  # the columns of the form whose answers decide
    items: tuple[str, ...] = ()  # the rows of the form that decide, if not all do
    of_items: tuple[str, ...] = ()  # the rules whose values are rows of the form
    so_many_items: tuple[str, ...] = ()  # the rules whose values are numbers of them
    about: str = ""  # what is asked of the province, in the sentence that says so of districts
    active: str = ""  # what a commune does in a quarter, over an annex that shows it
    without: str = ""  # what the months that do not count are without
    done: tuple[str, str] = ("Đã thực hiện", "Chưa thực hiện")
    how: str = ""  # how the page of the audit workbook counts, if there is one


_DEFINITIONS = (
    Definition(
        communication,
        CommunicationRules,
        targets=((*COUNTED, "of"), COUNTED),
        named=("communes", "Từng xã, phường, thị trấn"),
        clash=_too_many_quarters,
        active="tuyên truyền",
        how="Quý là Có nếu có ô lớn hơn 0, là Chưa rõ nếu không mà còn ô chưa rõ. "
        "Xã được tính nếu đủ số quý.",
    ),
    Definition(
        integration,
        IntegrationRules,
        targets=((*COUNTED, "of"), ("own",)),
        named=("programmes", "Từng chương trình"),
        answers=PLANNED_AND_DONE,
        so_many_items=("min_programmes",),
        # A programme without a plan may have been carried out, and nobody is said not to have.
        done=("Có kế hoạch và đã thực hiện", "Chưa có kế hoạch hoặc chưa thực hiện"),
        how="Chương trình là Có nếu vừa có văn bản vừa đã thực hiện, là Không nếu "
        "chắc chắn thiếu một thứ.",
    ),
    Definition(
        harm_reduction,
        HarmReductionRules,
        targets=((*COUNTED, "of"), ("own",)),
        named=("limbs", "Từng nội dung"),
        how="Nội dung là Có nếu một hoạt động của nó có số lớn hơn 0 trong một quý.",
    ),
    Definition(
        support_model,
        SupportModelRules,
        targets=(("count",), ()),
        named=("lines", "Từng mô hình được báo cáo"),
        figures="models",
        counts=of_models,
        answers=OF_A_LINE,
        how="Dòng được tính nếu thuộc loại 1, đang hoạt động và bắt đầu không sau ngày "
        "chốt số liệu; các dòng cùng tên, cùng loại là một mô hình.",
    ),
    Definition(
        media,
        MediaRules,
        targets=((*COUNTED[:-1], "every"), ()),
        named=("months", "Từng tháng"),
        of_items=("outlets",),
        about="phương tiện thông tin đại chúng cấp {kind}",
        without="Không có tin, bài",
        how="Tháng là Có nếu một cơ quan được tính có tin, bài; là Chưa rõ nếu không mà còn ô "
        "chưa rõ.",
    ),
    Definition(
        enforcement,
        EnforcementRules,
        targets=(("all",), ("all",)),
        named=("quarters", "Từng quý"),
        counts=of_cases,
        items=tuple(CASES),
        how="Mâu thuẫn: 6.4 + 6.5 lớn hơn 6.3, hoặc có 6.6 mà 6.4 + 6.5 + 6.6 khác 6.3. "
        "Vụ thuộc quý phát hiện.",
    ),
)
OBJECTIVES = {one.function.__name__: one for one in _DEFINITIONS}  # by slug
OF_LINES = [slug for slug, one in OBJECTIVES.items() if one.counts is of_models]
