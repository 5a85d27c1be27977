"""Objective 2: units draw up an integration plan and carry it out with economic programmes."""

import pandas as pd

from pcmd_eval.objectives.aggregation import Steps, as_boolean, at_least
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import Count, Rule, Rules
from pcmd_eval.objectives.targets import COUNTED_SHAPES

ANSWER_COLUMNS = ("document", "carried_out")


class IntegrationRules(Rules):
    """`min_programmes`: how many programmes of a unit must count."""

    min_programmes: Rule[Count]


def integration(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
    """… các huyện, thành, thị xây dựng kế hoạch lồng ghép và tổ chức, thực hiện … với các chương
    trình kinh tế ….

    A programme counts if its plan is given (number, symbol, date) **and** it was carried out.
    """
    in_column = cells.column.isin(ANSWER_COLUMNS)
    answers = cells[(cells.objective == "integration") & in_column]
    # A code in two rows has unreadable cells in both: keep one row, `pivot` needs unique keys.
    unique = answers.drop_duplicates(["reporter", "row", "column"])
    programmes = unique.pivot(index=["reporter", "row"], columns="column", values="value")
    counted = as_boolean(programmes.document) & as_boolean(programmes.carried_out)
    units = at_least(rules["min_programmes"], counted, by=["reporter"])
    return {"cells": as_boolean(answers.value), "programmes": counted, "districts": units}


DEFINITION = Definition(
    function=integration,
    rules=IntegrationRules,
    province_shapes=(*COUNTED_SHAPES, "of"),
    unit_shapes=("duty",),
    part_step="programmes",
    part_label="Từng chương trình",
    answer_columns=ANSWER_COLUMNS,
    item_count_rules=("min_programmes",),
)
