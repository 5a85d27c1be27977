"""Objective 4: build one model of community social-support services."""

from typing import Literal

import pandas as pd

from pcmd_eval.objectives.aggregation import Steps, as_boolean, at_least, count_models
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import Rule, Rules
from pcmd_eval.util.spelling import fold

LINE_COLUMNS = ("name", "type", "start", "operating")


class SupportModelRules(Rules):
    started: Rule[Literal["any", "plan_year"]]


def support_model(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
    """Xây dựng một mô hình cung cấp dịch vụ hỗ trợ xã hội cho người bán dâm tại cộng đồng.

    Counts models, not sites: lines with the same name and type are one model, and its best line
    counts. A line counts if it is of type 1, operating, and started in time. Without a readable
    start or cut-off it counts as started; where it must have started in the plan's year, one
    without a readable start is unknown.
    """
    answers, lines = _pivot_lines(cells)
    only_year = str(year) if rules["started"] == "plan_year" else None
    cutoff = answers.groupby(["reporter", "row"]).cutoff.first()
    in_time = _started_in_time(lines.start, cutoff, only_year)
    counted = (lines.type == "1") & as_boolean(lines.operating) & in_time
    key = [lines.name.fillna("").map(fold).rename("name"), lines.type.fillna("").rename("type")]
    answers_by_column = {  # each answer as if its question alone decided
        "type": answers.value == "1",
        "operating": as_boolean(answers.value),
        "start": _started_in_time(answers.value, answers.cutoff, only_year),
    }
    counts = [values[answers.column == name] for name, values in answers_by_column.items()]
    in_cell_order = pd.concat(counts).astype("boolean").sort_index()
    return {"cells": in_cell_order, "lines": counted, "models": at_least(1, counted, by=key)}


def _pivot_lines(cells):
    """Return the cells of lines, and a frame of the lines: `LINE_COLUMNS`, all `string`."""
    answers = cells[(cells.objective == "support_model") & (cells.row != "none")]
    lines = answers.pivot(index=["reporter", "row"], columns="column", values="value")
    return answers, lines.reindex(columns=[*LINE_COLUMNS]).astype("string")


def _started_in_time(start, cutoff, only_year):
    """Return whether each start is by its cut-off, and in `only_year` where that is given."""
    in_time = (start <= cutoff).fillna(True)
    return in_time & (start.str[:4] == only_year) if only_year else in_time


def model_names(cells: pd.DataFrame) -> pd.Series:
    """Return the model (folded name and type) to whose line each cell belongs, <NA> if unnamed."""
    answers, lines = _pivot_lines(cells)
    model = lines.name.map(fold, na_action="ignore") + " / " + lines.type.fillna("")
    return answers.join(model.rename("model"), on=["reporter", "row"]).model.reindex(cells.index)


DEFINITION = Definition(
    function=support_model,
    rules=SupportModelRules,
    province_shapes=("count",),
    unit_shapes=(),
    part_step="lines",
    part_label="Từng mô hình được báo cáo",
    aggregate=count_models,
    indicator_step="models",
    answer_columns=LINE_COLUMNS,
    method="Dòng được tính nếu thuộc loại 1, đang hoạt động và bắt đầu không sau ngày "
    "chốt số liệu; các dòng cùng tên, cùng loại là một mô hình.",
)
