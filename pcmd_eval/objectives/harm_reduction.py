"""Objective 3: units carry out harm reduction and act against gender-based violence."""

from typing import Literal

import pandas as pd

from pcmd_eval.objectives.aggregation import Steps, at_least
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import Rule, Rules
from pcmd_eval.objectives.targets import COUNTED_SHAPES


class HarmReductionRules(Rules):
    """`limbs`: whether a unit must meet any or both of the limbs 3.1 and 3.2."""

    limbs: Rule[Literal["any", "both"]]


def harm_reduction(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
    """… các huyện, thành, thị triển khai … giảm tác hại về HIV/AIDS, phòng ngừa, giảm … bạo lực
    trên cơ sở giới.

    Two limbs, 3.1 HIV/AIDS and 3.2 gender-based violence; each is met by any activity in any
    quarter.
    """
    activities = cells[(cells.objective == "harm_reduction") & (cells.period != "Y")]
    limbs = at_least(1, activities.some, by=[activities.reporter, limb_of(activities)])
    units = at_least({"any": 1, "both": 2}[rules["limbs"]], limbs, by=["reporter"])
    return {"cells": activities.some, "limbs": limbs, "districts": units}


def limb_of(cells: pd.DataFrame) -> pd.Series:
    """Return the limb of each cell from its item: "3.1" for "3.1.2" (a series named `limb`)."""
    return cells["item"].str[:3].rename("limb")


DEFINITION = Definition(
    function=harm_reduction,
    rules=HarmReductionRules,
    province_shapes=(*COUNTED_SHAPES, "of"),
    unit_shapes=("duty",),
    part_step="limbs",
    part_label="Từng nội dung",
)
