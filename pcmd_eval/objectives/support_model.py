"""Objective 4: build one model of community social-support services."""

from typing import Literal

import pandas as pd

from pcmd_eval.objectives.aggregation import Steps, as_boolean, at_least, count_models
from pcmd_eval.objectives.definition import Definition, RuleValues
from pcmd_eval.objectives.rules import Rule, Rules
from pcmd_eval.util.spelling import fold

_LINE_COLUMNS = ("name", "type", "start", "operating")


class SupportModelRules(Rules):
    """`started`: whether a model must have started in the plan's year, or any time before."""

    started: Rule[Literal["any", "plan_year"]]


def support_model(cells: pd.DataFrame, rules: RuleValues, year: int) -> Steps:
    """Xây dựng một mô hình cung cấp dịch vụ hỗ trợ xã hội cho người bán dâm tại cộng đồng.

    Booleans, <NA> for unknown: `cells` (whether each answer meets its condition), `lines` and
    `models` (lines of the same model are merged, see `distinct_models`). A line counts if it is of
    type 1, operating, and started by the cut-off. Without a readable start it counts as started, or
    is unknown where it must have started in the plan's year. With a contradictory start it is
    unknown; without a cut-off, too: `mask_unknown` has masked its answers.
    """
    answers, lines = _pivot_lines(cells)
    only_year = str(year) if rules["started"] == "plan_year" else None
    is_met = as_boolean(answers.value)  # of an answer in the column "operating"
    is_met = is_met.mask(answers.column == "type", answers.value == "1")
    is_met = is_met.mask(answers.column == "start", _started_in_time(answers, only_year))
    met = _pivot(answers.assign(value=is_met)).astype("boolean")
    counted = met.type & met.operating & met.start
    models = distinct_models(counted, lines.name, lines.type)
    cells_met = is_met[answers.column.isin(["type", "operating", "start"])]
    return {"cells": cells_met, "lines": counted, "models": models}


def distinct_models(counted: pd.Series, name: pd.Series, kind: pd.Series) -> pd.Series:
    """Mỗi mô hình khác nhau có được tính hay không, từ các dòng của biểu.

        models = distinct_models(lines, rows.name, rows.type)

    Return booleans indexed by `model`. `counted` (boolean), `name`, `kind`: whether each line
    counts, its name and its type. Lines with the same name and type are one model, which counts if
    one of them does. A line without a name is a model of its own, which may repeat another one: if
    it counts, it is <NA>. Where no named model surely counts, the first such line is True, since at
    least one model exists.
    """
    key = model_keys(name, kind)
    models = at_least(1, counted, by=[key])
    certain = models.fillna(False)
    is_unnamed = models.index.isin(key[_is_unnamed(name)])
    may_repeat = certain & is_unnamed
    if may_repeat.any() and not certain[~is_unnamed].any():
        may_repeat[may_repeat.idxmax()] = False  # idxmax: the first
    return models.mask(may_repeat)


def model_keys(name: pd.Series, kind: pd.Series) -> pd.Series:
    """Return the series `model`, the key of each line's model: folded name and type, "môhìnha / 1".

    A line without a name is a model of its own, "reporter row".
    """
    keys = name.map(fold, na_action="ignore") + " / " + kind.fillna("")
    line_keys = pd.Series([" ".join(index) for index in name.index], name.index, dtype="string")
    return keys.mask(_is_unnamed(name), line_keys).rename("model")


def _is_unnamed(name: pd.Series) -> pd.Series:
    """Return whether each name is <NA> or has no visible character."""
    return name.fillna("").map(fold) == ""


def _pivot_lines(cells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cells of lines; and a row for each line (reporter, row), see `_LINE_COLUMNS`."""
    answers = cells[(cells.objective == "support_model") & (cells.row != "none")]
    return answers, _pivot(answers).astype("string")


def _pivot(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the values of answers by line (reporter, row) and column, see `_LINE_COLUMNS`."""
    lines = answers.pivot(index=["reporter", "row"], columns="column", values="value")
    return lines.reindex(columns=[*_LINE_COLUMNS])


def _started_in_time(answers: pd.DataFrame, only_year: str | None) -> pd.Series:
    """Return whether each start (ISO text) is by its cut-off, and in `only_year` if not None; <NA>
    for one whose answer may change.
    """
    in_time = (answers.value <= answers.cutoff).fillna(True)
    in_time = in_time.mask(answers.state == "contradictory")
    return in_time & (answers.value.str[:4] == only_year) if only_year else in_time


def models_of_lines(cells: pd.DataFrame) -> pd.Series:
    """Return `model_keys` of all lines, indexed by reporter and row."""
    _, lines = _pivot_lines(cells)
    return model_keys(lines.name, lines.type)


def named_model_keys(cells: pd.DataFrame) -> pd.Series:
    """Return for each cell the key of the model on its line, <NA> for other cells and for lines
    without a name.
    """
    answers, lines = _pivot_lines(cells)
    model = model_keys(lines.name, lines.type).mask(_is_unnamed(lines.name))
    return answers.join(model, on=["reporter", "row"]).model.reindex(cells.index)


DEFINITION = Definition(
    function=support_model,
    rules=SupportModelRules,
    province_shapes=("count",),
    unit_shapes=(),
    part_step="lines",
    part_label="Từng mô hình được báo cáo",
    aggregate=count_models,
    indicator_step="models",
    answer_columns=_LINE_COLUMNS,
)
