"""Objective 1: communes hold at least one form of communication, maintained regularly."""

from typing import Annotated, Self

import pandas as pd
from pydantic import Field, model_validator

from pcmd_eval.objectives.aggregation import Steps, at_least
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import (
    Count,
    Month,
    Periods,
    Quarter,
    Rule,
    Rules,
    period_codes,
)
from pcmd_eval.objectives.targets import COUNTED_SHAPES

# The allowed sets of rules.
_KEYS = ({"active_quarters", "quarters"}, {"active_months", "months"})


class CommunicationRules(Rules):
    """The rules are named by the periods that the form asks for: quarters or months."""

    active_quarters: Rule[Annotated[Count, Field(le=4)]] | None = None
    quarters: Rule[Periods[Quarter]] | None = None
    active_months: Rule[Annotated[Count, Field(le=12)]] | None = None
    months: Rule[Periods[Month]] | None = None

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        """Reject rules over quarters and months at once, and one without the other of its pair."""
        keys = {key for key, _ in self.items()}
        if keys not in _KEYS:
            keys_text = ", ".join(sorted(keys)) or "không có khóa nào"
            raise ValueError(
                "ghi active_quarters và quarters, hoặc active_months và months, theo các kỳ của "
                f"biểu mẫu; đang ghi: {keys_text}"
            )
        return self


def communication(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
    """… số xã, phường, thị trấn tổ chức được ít nhất một hình thức tuyên truyền … và được duy trì
    thường xuyên.

    A period (quarter or month) is active if any form of communication has a session in it; a
    commune maintains communication if enough periods are active. For the province all communes
    count, never a mean of the units' percentages.
    """
    key = _period_key(rules)
    is_counted = (cells.objective == "communication") & cells.period.isin(period_codes(rules))
    sessions = cells[is_counted]
    active = at_least(1, sessions.some, by=[sessions.reporter, sessions.unit_code, sessions.period])
    maintaining = at_least(rules[f"active_{key}"], active, by=["reporter", "unit_code"])
    return {"cells": sessions.some, key: active, "communes": maintaining}


def _period_key(rules: RuleValues) -> str:
    """Return the key of the rule that lists the periods that count: "quarters" or "months"."""
    return "months" if "months" in rules else "quarters"


def _find_conflict(rules: RuleValues) -> str:
    """Return a message if the rules need more active periods than they list, else ""."""
    key = _period_key(rules)
    if rules[f"active_{key}"] > len(rules[key]):
        return f"rules.active_{key} lớn hơn số kỳ được xét (rules.{key}): không thể đạt"
    return ""


DEFINITION = Definition(
    function=communication,
    rules=CommunicationRules,
    province_shapes=(*COUNTED_SHAPES, "of"),
    unit_shapes=(*COUNTED_SHAPES, "duty"),  # done or not, where a unit is a commune
    part_step="communes",
    part_label="Từng {communes}",
    find_conflict=_find_conflict,
)
