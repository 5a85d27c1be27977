"""This year's figures beside those of the previous year, and a difference only where nothing
missing could alter it.

What is missing of a sum can only add to it: so of a sum with gaps it can be sure that it is more,
and by how much at least. Everything else has a reason instead of a number.
"""

from decimal import Decimal
from fractions import Fraction

import pandas as pd

from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.previous_year import KEY
from pcmd_eval.statistics.indicators import format_digits
from pcmd_eval.statistics.two_years import parts_catalogue, side_by_side
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import format_number, replace_star, round_percentage
from pcmd_eval.util.vocabulary import STATUS_STYLES
from pcmd_eval.util.yaml_models import StrictModel, load_model

_FIGURE = ["objective", "item", "label", "measure"]
_YEARS = ["before", "now"]
_FOLLOWS = ["change", "percent", "words", "why"]
COLUMNS = ["unit_code", "unit_name", *_FIGURE, *_YEARS, *_FOLLOWS]
DTYPES = dict.fromkeys(COLUMNS, "string")


class Comparison(StrictModel):
    """data/comparison.yaml: from which base on a percentage is told; from what share of the
    districts their sum.
    """

    base: int
    districts: int


def load_comparison() -> Comparison:
    """The values in force."""
    return load_model(paths.DATA / "comparison.yaml", Comparison)


def compare_years(plan: Plan, figures: pd.DataFrame, internal: bool) -> pd.DataFrame:
    """A row for each figure that a plan's objectives count, in the order of `figures`, dtypes
    `DTYPES`.

    `before` and `now` as printed; `change` and `percent` only where both years are complete, exact
    and mean the same, else `why` not; `words` is what can be said for sure. Without `internal`
    persons of the previous year are masked. No row where the plan names no previous year. Raises
    InputRefused where one of the years alone is made up.
    """
    if not plan.previous:
        return pd.DataFrame(columns=COLUMNS).astype(DTYPES)
    if refused := explain_mixture(plan, figures):
        raise InputRefused(refused)
    rows = side_by_side(plan, figures, internal)
    compared = pd.DataFrame([_compare(plan, row) for row in rows.itertuples()], rows.index)
    given = rows[["unit_code", "unit_name", *_FIGURE]]
    return given.join(compared).reindex(columns=COLUMNS).astype(DTYPES)


def explain_mixture(plan: Plan, figures: pd.DataFrame) -> str:
    """Why the two years are not put beside each other: one of them alone is made up, and would pass
    for real.
    """
    marks = {*figures.illustrative}
    if not plan.previous or marks == {*plan.previous_figures.illustrative}:
        return ""
    return phrase("mixed", plan, "yes" in marks)


# ---- what both years say of a figure -------------------------------------------------------------


def _compare(plan, row):
    """What both years say of a figure, and what follows, or why nothing does."""
    year, previous_year = plan.year, plan.previous.year
    before = row.words_previous
    if row.measure is None and row.value_previous in (0, 1):  # a standing, typed as a number
        before = STATUS_STYLES[row.value_previous == 1].word
    before = _starred(before, row.unclear_previous)
    now = None if row.state == "unknown" else _starred(row.words, row.unclear)
    registered = row.unit_code in (plan.previous_plan or plan).reporters.index
    why = phrase("why_not", row, year, previous_year, registered)
    if not why:
        return {"before": before, "now": now} | _difference(row, previous_year)
    words = _least_difference(row, why, year, previous_year)
    words = words or (before and _previous_alone(before, previous_year))
    return {"before": before, "now": now, "words": words, "why": why}


def _starred(words, unclear_parts):
    """The words with the star of a sum with gaps, also where another figure counts these."""
    return f"{words.removesuffix('*')}*" if words and unclear_parts else words


def _previous_alone(before, previous_year):
    """What is said of a figure, or of each of a series, of which no difference is sure."""
    return f"năm {previous_year}: " + before


def _least_difference(row, why, year, previous_year):
    """What is sure where nothing but the gaps of one year prevents a comparison: `why` then says
    that and no more.
    """
    change = _exact(row.value or 0) - _exact(row.value_previous or 0)
    more = change > 0 and why == phrase("gap", "incomplete", year)
    less = change < 0 and why == phrase("gap", "incomplete", previous_year)
    if not (more or less):
        return None
    return phrase("difference", change, row.measure, some=True, year=previous_year, at_least=True)


def _difference(row, previous_year):
    """How much more or less; a percentage of a base that is large enough, and of no part of a fixed
    whole.
    """
    base = _exact(row.value_previous)
    change = _exact(row.value) - base
    no_percent = phrase("no_percent", base, load_comparison().base, row.by_rules, previous_year)
    percent = None if no_percent else round_percentage(Fraction(abs(change)) / Fraction(base))
    return {
        "change": format_digits(change),
        "percent": None if percent is None else _signed(percent, change < 0),
        "words": phrase("difference", change, row.measure, base, previous_year, percent),
        "why": no_percent if no_percent and change else None,
    }


def _exact(value):
    return Decimal(format_digits(value))


def _signed(percent, negative):
    return f"{'-' if negative else ''}{percent.normalize():f}"


# ---- the same reporters in both years ------------------------------------------------------------


def among_same(changed: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Of each figure the sums over those who are compared, the same in both years: the columns of
    changes, `units` (how many districts they are), `whose` (that in words, with the province's own
    bodies where they are among them).

    Only from so many of the districts on as `Comparison.districts` says.
    """
    rows = _reporters(changed, plan)
    sums = rows.groupby(["objective", "item", "measure"], sort=False)
    sums = sums[["value_previous", "value", "units", "bodies"]].sum().reset_index()
    sums = sums[sums.units * 100 >= load_comparison().districts * len(plan.reporting_units)]
    names = parts_catalogue(plan)
    of_all = f"/{len(plan.reporting_units)} {plan.unit_kinds}"
    with_bodies = sums.bodies.map({1: f" và {plan.own_bodies.lower()}", 0: ""})
    sums = sums.assign(
        label=sums["item"].map(names.label),
        by_rules=sums["item"].map(names.by_rules),
        before=sums.value_previous.map(format_number),
        now=sums.value.map(format_number),
        whose=sums.units.astype("string") + of_all + with_bodies,
    )
    compared = [_difference(row, plan.previous_year) for row in sums.itertuples()]
    compared = pd.DataFrame(compared, sums.index, _FOLLOWS)
    return sums.join(compared)[[*_FIGURE, *_YEARS, *_FOLLOWS, "units", "whose"]]


def _reporters(changed, plan):
    """The rows of each reporter with a difference, with the numbers of both years; the province's
    own bodies (`bodies`) under the figure that theirs is a part of.
    """
    bodies = changed["item"].str.startswith("own_")
    rows = changed[changed.change.notna() & (bodies | (changed.unit_code != plan.province))]
    rows = rows.join(plan.previous_figures.value.rename("value_previous"), on=KEY)
    # As objects, for of no row pandas would make other dtypes that cannot be added.
    value_previous = rows.value_previous.astype(object).map(_exact)
    return rows.assign(
        value_previous=value_previous,
        value=value_previous + rows.change.astype(object).map(Decimal),
        item=rows["item"].str.removeprefix("own_"),
        bodies=bodies.astype(int),
        units=1 - bodies.astype(int),
    )


# ---- for people ----------------------------------------------------------------------------------


def describe_changes(changed: pd.DataFrame, plan: Plan) -> pd.Series:
    """How much more or less each row surely is, in words without the year; <NA> where nothing is
    sure.
    """
    year = plan.previous_year
    sure = changed.words.notna() & (changed.words != _previous_alone(changed.before, year))
    return changed.words.str.replace(f" so với năm {year}", "").where(sure)


def display_changes(changed: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The rows that have a previous year as a table: what, its measure, both years, and what
    follows or why nothing does.

    `changed`: rows of one unit, or of one figure of several, which are named instead, or those of
    `among_same`, which say whose they are.
    """
    rows = changed[changed.before.notna()]
    follows = describe_changes(rows, plan).fillna("không so sánh: " + rows.why)
    if "whose" in rows:
        follows += " (" + rows.whose + ")"
    of_several = "unit_name" in rows and rows.unit_name.nunique() > 1
    named = rows[["unit_name" if of_several else "label", "measure"]]
    years = {f"Năm {plan.previous_year}": rows.before, f"Năm {plan.year}": rows.now}
    return named.assign(**years, **{"So sánh": follows}).reset_index(drop=True)


def summarise_changes(changed: pd.DataFrame, plan: Plan) -> str:
    """A sentence on the first of the rows that has a previous year."""
    rows = changed[changed.before.notna()]
    if rows.empty:
        return phrase("no_previous_year", plan)
    row = rows.iloc[0].fillna("")
    before, now = replace_star(row.before, row.measure), replace_star(row.now or "–", row.measure)
    return phrase(
        "since", row.label, before, row.now and now, plan, display_changes(rows, plan)["So sánh"][0]
    )
