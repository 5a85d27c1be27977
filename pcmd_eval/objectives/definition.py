"""The definition of an objective: all that other modules need to know of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pcmd_eval.objectives.aggregation import Aggregate, Steps, count_parts
from pcmd_eval.objectives.rules import Rules

RuleValues = Mapping[str, Any]  # the values in force of an objective's rules, by key


@dataclass(frozen=True, kw_only=True)
class Definition:
    """An objective as code: its function, its rules, and the words the plan file does not have.

    Other modules branch on these fields, never on a slug. Texts may hold the province's `{kind}`.
    """

    function: Callable[[pd.DataFrame, RuleValues, int], Steps]
    rules: type[Rules]
    # Keys of `targets.SHAPES` that the target of the province, and that of a unit, may have; ()
    # where units have no target.
    province_shapes: tuple[str, ...]
    unit_shapes: tuple[str, ...]
    part_step: str  # the step whose parts are listed to a reader
    part_label: str  # the title of that list; {communes}: the kinds of communes of the plan
    aggregate: Aggregate = count_parts
    # Returns a message for rules that exclude each other, else "".
    find_conflict: Callable[[RuleValues], str] = lambda rules: ""
    indicator_step: str = ""  # the step that indicators count, where it is not `part_step`
    answer_columns: tuple[str, ...] = ()  # the form's columns whose answers decide
    item_rules: tuple[str, ...] = ()  # the rules whose values are codes of rows of the form
    item_count_rules: tuple[str, ...] = ()  # the rules whose values count rows of the form
    subject: str = ""  # noun for what the plan asks of no unit; "" for the title
    uncounted_label: str = ""  # the heading of the periods that do not count
