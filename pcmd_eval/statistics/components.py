"""The components that indicators sum: numbers of cells, counted parts, states of returns.

A component is a row: reporter, objective, item, `number` (Float64, <NA> if unknown), `known` (bool:
whether a sum with it is complete) and `dedup_key`, see `sum_components`.
"""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from pcmd_eval.evaluation.observations import CELL_COUNTS, COUNTED_STATES, received_returns
from pcmd_eval.objectives.aggregation import (
    as_boolean,
    count_cases,
    count_models,
    unbounded_reporters,
)
from pcmd_eval.objectives.registry import MODEL_SLUGS, OBJECTIVES
from pcmd_eval.objectives.support_model import named_model_keys
from pcmd_eval.plan.plan import Plan

UNNAMED = ""  # the dedup_key of lines of models without a name


def list_components(plan: Plan, cells: pd.DataFrame, returns: pd.DataFrame) -> pd.DataFrame:
    """Return the components of all indicators: cells, counted parts of steps, what a version of the
    form did not ask, and the states of returns. Columns: see the head of this module.
    """
    parts = [list_cell_components(plan, cells), *list_step_components(plan, cells)]
    parts += list_unasked_components(plan, cells)
    return pd.concat([*parts, _list_return_components(returns)], ignore_index=True)


def sum_components(components: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the columns `value` (<NA> if none is known) and `complete` (bool), indexed by `by`.

    Of components with one `dedup_key` only the largest counts: they report the same thing. An
    `UNNAMED` one may be one of the named: only its excess over the largest of them is added.
    Components with <NA> as key are all added.
    """
    by = [*by]
    ascending = components.sort_values("number", na_position="first", kind="stable")
    is_repeated = ascending.dedup_key.notna() & ascending.duplicated(
        [*by, "dedup_key"], keep="last"
    )
    counted = ascending[~is_repeated]
    is_unnamed = (counted.dedup_key == UNNAMED).fillna(False)
    named_counts = counted[~is_unnamed].groupby(by).number
    value = named_counts.sum(min_count=1)
    unnamed = counted[is_unnamed].dropna(subset="number").set_index(by).number
    if len(unnamed):
        beyond = unnamed.sub(named_counts.max().reindex(unnamed.index).fillna(0)).clip(lower=0)
        value = value.add(beyond, fill_value=0)
    complete = components.groupby(by).known.all()
    return pd.DataFrame({"value": value.round(6), "complete": complete})


def list_cell_components(plan: Plan, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the components that are cells.

    An indicator may name the item of a cell, its column, its period, or the kind of its period (Q,
    M, Y): the cell is a component under each of these names, as `item`. The number of a model
    without a name is not `known`: it may repeat that of another line. A reporter that may still
    list a model has an unknown component for each column of numbers.
    """
    # A cell has one of these: a count, an amount of money, or an answer.
    number = cells.number.astype("Float64").fillna(cells.amount)
    number = number.fillna(as_boolean(cells.value).astype("Float64"))
    is_line = cells.objective.isin(MODEL_SLUGS) & (cells.row != "none")
    dedup_key = named_model_keys(cells)
    is_unnamed = is_line & dedup_key.isna()
    # On sheets of communes a clerk writes the item, which could equal the item of an indicator.
    form_items = cells["item"].mask(cells.objective.isin(plan.commune_slugs))
    kind_of_period = cells.period.str[:1]
    items = pd.concat([form_items, cells["column"], cells.period, kind_of_period]).rename("item")
    items = items.reset_index().drop_duplicates().set_index("index")
    numbers = cells[["reporter", "objective"]].assign(
        number=number,
        known=number.notna() & (cells.state == "reported") & ~is_unnamed,
        dedup_key=dedup_key.mask(is_unnamed, UNNAMED),
    )
    unknown_numbers = [
        _unknown_components(slug, unbounded_reporters(rows), _number_columns(plan, slug))
        for slug, rows in cells[cells.objective.isin(MODEL_SLUGS)].groupby("objective")
    ]
    return pd.concat([numbers.join(items), *unknown_numbers], ignore_index=True)


def _number_columns(plan: Plan, slug: str) -> list[str]:
    """Return the keys of the columns of a sheet that hold counts or amounts."""
    columns = plan.form.sheet(slug).expected_columns
    return [column.key for column in columns if column.kind in ("count", "amount")]


def list_unasked_components(plan: Plan, cells: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield unknown components for rows and columns that a reporter's version of the form lacks.

    They make sums over all reporters incomplete.
    """
    for sheet in plan.form.sheets:
        of_sheet = cells[cells.objective == sheet.objective]
        rows = [("row", item.code) for item in sheet.items if item.since > 1]
        columns = [("column", one.key) for one in sheet.yearly_columns if one.since > 1]
        for axis, code in (*rows, *columns):
            is_named = of_sheet[axis] == code
            reporters_without = {*of_sheet.reporter} - {*of_sheet.reporter[is_named]}
            items = {code, *of_sheet["item"][is_named]} - {""}
            yield _unknown_components(sheet.objective, sorted(reporters_without), sorted(items))


def list_step_components(plan: Plan, cells: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the components that are the parts of each objective's step.

    Parts are the communes, programmes, limbs, models or months of a step. The `item` of a
    component is `communes:yes` (a part that counts), `:no`, `:unknown` or `:all`; of a programme or
    limb also its code. An unknown part makes the counts of the parts that count, and of those that
    do not, incomplete (`known` False).
    """
    for slug in plan.by_slug:
        definition = OBJECTIVES[slug]
        if definition.aggregate is count_cases:  # its indicators sum cells
            continue
        step = definition.indicator_step or definition.part_step
        parts = plan.steps(slug, cells)[step].rename("is_counted").reset_index()
        is_counted = parts.is_counted  # boolean: <NA> for an unknown part
        rows = parts.assign(objective=slug, known=is_counted.notna())
        numbers_by_status = {"yes": is_counted, "no": ~is_counted}
        certain_numbers = {"unknown": is_counted.isna(), "all": True}
        for status, number in numbers_by_status.items():
            components = rows.assign(item=f"{step}:{status}", number=number)
            yield components.astype({"number": "Float64"})
        for status, number in certain_numbers.items():
            components = rows.assign(item=f"{step}:{status}", number=number, known=True)
            yield components.astype({"number": "Float64"})
        of_objective = cells[cells.objective == slug]
        for level in parts.columns.intersection(["row", "limb"]):
            codes = parts[level]
            yield rows.assign(item=codes, number=is_counted.astype("Float64"))
            # A silent reporter has no row for an optional item that another reporter added.
            yield _unknown_components(slug, _reporters_without_data(of_objective), codes.unique())
        if definition.aggregate is count_models:
            is_complete = unbounded_reporters(of_objective).empty
            yield _no_model_components(plan, slug, is_complete)


def _reporters_without_data(cells: pd.DataFrame) -> pd.Index:
    """Return the reporters none of whose cells was reported."""
    has_data = (cells.state == "reported").groupby(cells.reporter).any()
    return has_data.index[~has_data]


def _unknown_components(slug: str, reporters: Iterable[str], items: Iterable[str]) -> pd.DataFrame:
    """Return an unknown component (<NA>) for each pair of reporter and item."""
    pairs = pd.MultiIndex.from_product([reporters, items], names=["reporter", "item"])
    unknown = pd.Series(pd.NA, pairs, dtype="Float64", name="number").reset_index()
    return unknown.assign(objective=slug, known=False)


def _no_model_components(plan: Plan, slug: str, is_complete: bool) -> pd.DataFrame:
    """Return components of 0 models of the province, which has a sum even without any line.

    `is_complete`: no reporter may still list a model; else `models:yes` is unknown.
    """
    models = {"models:yes": 0.0 if is_complete else None, "models:unknown": 0.0}
    number = pd.Series(models, dtype="Float64", name="number").rename_axis("item").reset_index()
    return number.assign(known=number.number.notna(), objective=slug, reporter=plan.province)


def _list_return_components(returns: pd.DataFrame) -> pd.DataFrame:
    """Return the components on each reporter's return: its state as 0 or 1, its cell counts."""
    by_reporter = received_returns(returns)
    state = by_reporter.state
    wide = by_reporter[[*CELL_COUNTS]].assign(
        reporters=state != "not_asked",
        received=state.isin(COUNTED_STATES),
        on_time=state == "on_time",
        late=state == "late",
        partial=state.isin(["partial", "empty"]),
    )
    long = wide.astype("Float64").melt(ignore_index=False, var_name="item", value_name="number")
    return long.reset_index().assign(objective="", known=True)
