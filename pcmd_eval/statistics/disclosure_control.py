"""Statistical disclosure control: no figure about persons is published.

What is published is made from `public` cells, findings and indicators and from nothing else.
"""

import pandas as pd

from pcmd_eval.evaluation.observations import SOME
from pcmd_eval.evaluation.states import FILLED_STATES, is_open_time
from pcmd_eval.objectives.support_model import models_of_lines
from pcmd_eval.plan.plan import Plan

KEYS = ["objective", "item"]


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
    """Return whether rows of these classes and objectives are public for the province alone."""
    of_objective = objectives.isin(plan.disclosure.coarse_slugs).astype(bool)
    return ((classes == "province_only") | of_objective) & plan.communes_report


def public(plan: Plan, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the same cells without numbers of persons and names of models.

    A coarse cell says 0, or `>0` in all filled quarters of a unit that had any in the year: "some
    in the year", never "in this quarter". No `raw`, `file`, `sheet` or `cell`, no word that a clerk
    typed. A filled cell without its number is `open` where it may still grow, else `reported`:
    `contradictory` would say that it does not fit others.
    """
    classes = plan.classify(cells)
    is_filled = cells.state.isin(FILLED_STATES)
    is_masked = is_provincial(plan, classes, cells.objective) & (cells.reporter != plan.province)
    is_masked |= classes == "never"
    is_coarse = (classes == "coarse") & ~is_masked
    is_above_zero = is_coarse & cells.some.fillna(False)
    unit_items = [cells.reporter, cells["item"]]
    had_any_in_year = is_above_zero.groupby(unit_items, dropna=False).transform("any")
    is_some = had_any_in_year & is_coarse & is_filled  # published as SOME
    is_masked |= is_some
    is_over = ~(is_open_time(cells, plan) | cells.cutoff.isna())
    # An issue may open a whole sheet, whatever its numbers.
    is_opened = (is_over & (cells.state == "open")).groupby([cells.reporter, cells.objective])
    is_open = ~is_over | is_opened.transform("any")
    states = pd.Series("reported", cells.index, dtype="string").mask(is_open, "open")
    models = _number_models(cells)
    empty = pd.Series(pd.NA, cells.index, dtype="string")
    # The clerk of a commune types the row, a form of communication.
    has_typed_row = cells.objective.isin(plan.commune_slugs)
    value = cells.value.mask(is_masked).mask(is_some, SOME)
    return cells.assign(
        item=cells["item"].mask(has_typed_row, (":" + cells["column"]).fillna("")),
        row=cells["row"].mask(has_typed_row, ""),
        value=value.mask(models.notna(), models),
        state=cells.state.mask(is_masked & is_filled, states),
        number=cells.number.mask(is_masked),
        amount=cells.amount.mask(is_masked),
        some=cells.some.mask(is_masked).mask(is_some, True),
        **dict.fromkeys(("file", "sheet", "cell", "raw"), empty),
    )


def _number_models(cells: pd.DataFrame) -> pd.Series:
    """Return "mô hình 1", "mô hình 2" … for the names of models, <NA> elsewhere.

    Lines of one name and several types are several models, as in the sums.
    """
    is_name = cells["column"].isin(["name"]) & cells.value.notna()
    model = cells.join(models_of_lines(cells), on=["reporter", "row"]).model.where(is_name)
    numbers = pd.Series(model.factorize()[0] + 1, cells.index, dtype="string")
    return ("mô hình " + numbers).where(model.notna())
