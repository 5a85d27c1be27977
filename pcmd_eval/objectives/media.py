"""Objective 5: information is regularly published in provincial mass media."""

import pandas as pd

from pcmd_eval.objectives.aggregation import Steps, at_least
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import Month, Outlets, Periods, Rule, Rules, period_codes
from pcmd_eval.objectives.targets import COUNTED_SHAPES


class MediaRules(Rules):
    """`months`: those that count (1 to 12); `outlets`: codes of the rows that count, or "all"."""

    months: Rule[Periods[Month]]
    outlets: Rule[Outlets]


def media(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
    """Thường xuyên cập nhật thông tin về PCMD và đăng tải trên các phương tiện thông tin đại chúng
    cấp tỉnh.

    A month is covered if any outlet that counts published something in it.
    """
    pieces = cells[(cells.objective == "media") & cells.period.isin(period_codes(rules))]
    if rules["outlets"] != "all":
        pieces = pieces[pieces["item"].isin(rules["outlets"])]
    months = at_least(1, pieces.some, by=[pieces.reporter, pieces.period])
    return {"cells": pieces.some, "months": months}


DEFINITION = Definition(
    function=media,
    rules=MediaRules,
    province_shapes=(*COUNTED_SHAPES, "every"),
    unit_shapes=(),
    part_step="months",
    part_label="Từng tháng",
    item_rules=("outlets",),
    subject="phương tiện thông tin đại chúng cấp {kind}",
    uncounted_label="Không có tin, bài",
)
