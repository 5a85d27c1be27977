"""Objective 5: information is regularly published in provincial mass media."""

from typing import Literal

import pandas as pd

from pcmd_eval.objectives.aggregation import Steps, at_least
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import Outlets, Periods, Rule, Rules
from pcmd_eval.objectives.targets import COUNTED_SHAPES


class MediaRules(Rules):
    months: Rule[Periods[Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]]
    outlets: Rule[Outlets]


def media(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
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


DEFINITION = Definition(
    function=media,
    rules=MediaRules,
    # A target of "none" is meaningless here.
    province_shapes=(*(shape for shape in COUNTED_SHAPES if shape != "none"), "every"),
    unit_shapes=(),
    part_step="months",
    part_label="Từng tháng",
    item_rules=("outlets",),
    subject="phương tiện thông tin đại chúng cấp {kind}",
    uncovered_label="Không có tin, bài",
)
