"""Objective 1: communes hold at least one form of communication, maintained regularly."""

from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from pcmd_eval.objectives.aggregation import Steps, at_least
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import Count, Periods, Rule, Rules
from pcmd_eval.objectives.targets import COUNTED_SHAPES


class CommunicationRules(Rules):
    active_quarters: Rule[Annotated[Count, Field(le=4)]]
    quarters: Rule[Periods[Literal[1, 2, 3, 4]]]


def communication(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
    """… số xã, phường, thị trấn tổ chức được ít nhất một hình thức tuyên truyền … và được duy trì
    thường xuyên.

    A quarter is active if any form of communication has a session in it; a commune maintains
    communication if enough quarters are active. For the province all communes count, never a mean
    of the units' percentages.
    """
    periods = [f"Q{quarter}" for quarter in rules["quarters"]]
    sessions = cells[(cells.objective == "communication") & cells.period.isin(periods)]
    active = at_least(1, sessions.some, by=[sessions.reporter, sessions.unit_code, sessions.period])
    maintaining = at_least(rules["active_quarters"], active, by=["reporter", "unit_code"])
    return {"cells": sessions.some, "quarters": active, "communes": maintaining}


def _find_conflict(rules):
    if rules["active_quarters"] > len(rules["quarters"]):
        return "rules.active_quarters lớn hơn số quý được xét (rules.quarters): không thể đạt"
    return ""


DEFINITION = Definition(
    function=communication,
    rules=CommunicationRules,
    province_shapes=(*COUNTED_SHAPES, "of"),
    unit_shapes=(*COUNTED_SHAPES, "own"),  # done or not, where a unit is a commune
    part_step="communes",
    part_label="Từng {communes}",
    find_conflict=_find_conflict,
    active_label="tuyên truyền",
)
