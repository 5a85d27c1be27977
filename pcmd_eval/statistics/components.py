"""What figures are sums of: numbers of cells, parts of objectives that count or do not, and what
became of returns.
"""

from collections.abc import Set

import pandas as pd

from pcmd_eval.evaluation.observations import COUNTED_STATES, COUNTS, SOME, received
from pcmd_eval.objectives.aggregation import as_boolean, count_cases, count_models, silent_reporters
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.objectives.support_model import model_names
from pcmd_eval.plan.plan import Plan


def list_components(
    plan: Plan, cells: pd.DataFrame, returns: pd.DataFrame, items: Set[str]
) -> pd.DataFrame:
    """A row for each: reporter, objective, item, number (<NA> where it is not known), known, once.

    `items`: those that have a figure. Rows with the same `once` are one and the same thing, told by
    several reporters.
    """
    parts = [_of_cells(plan, cells), _of_returns(returns), *_of_steps(plan, cells, items)]
    return pd.concat(parts, ignore_index=True)


def _of_cells(plan, cells):
    """The numbers of the cells. A cell belongs to all figures that name its item, its column, its
    period, or the kind of its period (Q, M, Y).
    """
    number = cells.number.astype("Float64").fillna(cells.amount)
    number = number.fillna(as_boolean(cells.value).astype("Float64"))
    withheld = cells.value.isna() | (cells.value == SOME)  # what the public edition doesn't tell
    # The item of a commune is a word of some clerk's, which must not pass for the name of a figure.
    items = cells["item"].mask(cells.objective.isin(plan.commune_slugs))
    kind_of_period = cells.period.str[:1]
    keys = pd.concat([items, cells["column"], cells.period, kind_of_period]).rename("item")
    keys = keys.reset_index().drop_duplicates().set_index("index")
    numbers = cells[["reporter", "objective"]].assign(
        number=number,
        known=number.notna() | ((cells.state == "reported") & withheld),
        once=model_names(cells),
    )
    return numbers.join(keys)


def _of_steps(plan, cells, items):
    """How many parts count, do not, and may: communes, programmes (also by row), limbs, models and
    months.

    `items`: those that have a figure. Where the parts nobody knows have one of their own, those
    beside it pass as known.
    """
    for slug in plan.by_slug:
        definition = OBJECTIVES[slug]
        if definition.aggregate is count_cases:  # whose figures are sums of cells
            continue
        step = definition.indicator_step or definition.part_step
        parts = plan.steps(slug, cells)[step].rename("counts").reset_index()
        counts = parts.counts
        known = counts.notna() | (f"{step}:unknown" in items)
        numbers = {"yes": counts, "no": ~counts, "unknown": counts.isna(), "all": True}
        for standing, number in numbers.items():
            yield _parts(slug, parts, f"{step}:{standing}", number, known)
        of_objective = cells[cells.objective == slug]
        for key in parts.columns.intersection(["row", "limb"]):
            yield _parts(slug, parts, parts[key], counts, known)
            yield _of_unheard(slug, of_objective, parts[key])
        if definition.aggregate is count_models:
            yield from _of_no_models(plan, slug, of_objective)


def _parts(slug, parts, item, number, known):
    rows = parts.assign(objective=slug, item=item, number=number, known=known)
    return rows.astype({"number": "Float64"})


def _of_unheard(slug, cells, items):
    """A part that is not known for each reporter who reports nothing and each item, also items that
    only others have added.
    """
    heard = cells.reporter[cells.state == "reported"]
    unheard = cells.reporter[~cells.reporter.isin(heard)].unique()
    return _not_known(slug, unheard, items.unique())


def _not_known(slug, reporters, items):
    pairs = pd.MultiIndex.from_product([reporters, items], names=["reporter", "item"])
    nothing = pd.Series(pd.NA, pairs, dtype="Float64", name="number").reset_index()
    return nothing.assign(objective=slug, known=False)


def _of_no_models(plan, slug, cells):
    """For a province without any line: 0 models, not known if somebody has not said that there are
    none; and what the models of those add up to is not known.
    """
    reporters = silent_reporters(cells)
    models = {"models:yes": 0.0 if reporters.empty else None, "models:unknown": 0.0}
    number = pd.Series(models, dtype="Float64", name="number").rename_axis("item").reset_index()
    yield number.assign(known=number.number.notna(), objective=slug, reporter=plan.province)
    columns = plan.form.sheet(slug).asked
    counted = [column.key for column in columns if column.kind in ("count", "amount")]
    yield _not_known(slug, reporters, counted)


def _of_returns(returns):
    """Of each reporter whether its return came, in time or late, and how many cells it fills."""
    came = received(returns)
    counts = came.state.isin(COUNTED_STATES)
    wide = came[[*COUNTS]].assign(
        reporters=came.state != "not_asked",
        received=counts,
        on_time=came.state == "on_time",
        late=came.state == "late",
        partial=counts & ~came.state.isin(["on_time", "late"]),
    )
    long = wide.astype("Float64").melt(ignore_index=False, var_name="item", value_name="number")
    return long.reset_index().assign(objective="", known=True)
