"""Statistical disclosure control: no number of persons is published.

The public set is made only from `public` cells, `public_findings` and public indicators.
"""

import pandas as pd

from pcmd_eval.evaluation.observations import SOME
from pcmd_eval.evaluation.states import FILLED_STATES, is_period_open
from pcmd_eval.objectives.support_model import models_of_lines
from pcmd_eval.plan.plan import Plan


def unpublished_slugs(plan: Plan) -> list[str]:
    """Return the slugs of the objectives whose findings by unit are not published.

    Where communes report, these are the objectives with coarse items or items that are public for
    the province only; elsewhere there are none.
    """
    if not plan.communes_report:
        return []
    classes = plan.disclosure.classes
    return [
        slug
        for slug in plan.by_slug
        if {"coarse", "province_only"} & {*classes.get(slug, {}).values()}
    ]


def public_findings(plan: Plan, findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings that may be published, see `unpublished_slugs`."""
    is_internal = findings.objective.isin(unpublished_slugs(plan))
    return findings[~is_internal | (findings.unit_code == plan.province)].reset_index(drop=True)


def is_provincial(plan: Plan, classes: pd.Series, objectives: pd.Series) -> pd.Series:
    """Return whether each row may be published for the province only (bool).

    Where communes report: rows of class `province_only`, and all of objectives with coarse items.
    `classes`, `objectives`: the disclosure class and the slug of each row.
    """
    of_objective = objectives.isin(plan.disclosure.coarse_slugs).astype(bool)
    return ((classes == "province_only") | of_objective) & plan.communes_report


def public(plan: Plan, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that may be published, numbered from 0: none with a number of persons.

    See `mask_cells`; cells that are not told have no row.
    """
    return mask_cells(plan, cells)[~_is_hidden(plan, cells)].reset_index(drop=True)


def mask_cells(plan: Plan, cells: pd.DataFrame) -> pd.DataFrame:
    """Return all cells with what the public edition may count of them: how many lack, not more.

    Cells that are not told have no value, number or amount. A coarse cell has 0, or `>0` if the
    unit had any in the year: all its filled quarters then have `>0`. `raw`, `file`, `sheet`, `cell`
    and texts that a clerk typed become <NA> or "". A masked cell that is filled is `open` if it may
    still grow, else `reported`: `contradictory` would tell something of its number.
    """
    is_filled = cells.state.isin(FILLED_STATES)
    is_hidden = _is_hidden(plan, cells)
    is_coarse = (plan.classify(cells) == "coarse") & ~is_hidden
    is_above_zero = is_coarse & cells.some.fillna(False)
    unit_items = [cells.reporter, cells["item"]]
    had_any_in_year = is_above_zero.groupby(unit_items, dropna=False).transform("any")
    is_some = had_any_in_year & is_coarse & is_filled  # published as SOME: >0
    is_masked = is_hidden | is_some
    models = _number_models(cells)
    empty = pd.Series(pd.NA, cells.index, dtype="string")
    # The clerk of a commune types the row, a form of communication.
    has_typed_row = cells.objective.isin(plan.commune_slugs)
    value = cells.value.mask(is_hidden).mask(is_some, SOME)
    return cells.assign(
        item=cells["item"].mask(has_typed_row, (":" + cells["column"]).fillna("")),
        row=cells["row"].mask(has_typed_row, ""),
        value=value.mask(models.notna(), models),
        state=cells.state.mask(is_masked & is_filled, _masked_states(plan, cells)),
        number=cells.number.mask(is_masked),
        amount=cells.amount.mask(is_masked),
        some=cells.some.mask(is_hidden).mask(is_some, True),
        **dict.fromkeys(("file", "sheet", "cell", "raw"), empty),
    )


def _is_hidden(plan: Plan, cells: pd.DataFrame) -> pd.Series:
    """Return whether the public edition has no row of each cell (bool)."""
    classes = plan.classify(cells)
    is_of_commune = is_provincial(plan, classes, cells.objective)
    return (classes == "never") | (is_of_commune & (cells.reporter != plan.province))


def _masked_states(plan: Plan, cells: pd.DataFrame) -> pd.Series:
    """Return the state that each cell has if it is masked: `open` if it may grow, else `reported`.

    An open cell whose period is over was opened by an issue: then its whole sheet is `open`.
    """
    is_over = ~(is_period_open(cells, plan) | cells.cutoff.isna())
    is_opened = is_over & (cells.state == "open")
    is_on_opened_sheet = is_opened.groupby([cells.reporter, cells.objective]).transform("any")
    states = pd.Series("reported", cells.index, dtype="string")
    return states.mask(~is_over | is_on_opened_sheet, "open")


def _number_models(cells: pd.DataFrame) -> pd.Series:
    """Return "mô hình 1", "mô hình 2" … for cells with a model's name, <NA> for other cells.

    Lines with the same name but another type get another number: they are other models.
    """
    is_name = cells["column"].isin(["name"]) & cells.value.notna()  # isin: False for <NA>
    model = cells.join(models_of_lines(cells), on=["reporter", "row"]).model.where(is_name)
    numbers = pd.Series(model.factorize()[0] + 1, cells.index, dtype="string")
    return ("mô hình " + numbers).where(model.notna())
