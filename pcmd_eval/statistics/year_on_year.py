"""Compare this year's indicators with those of the previous year, like with like.

A unit is compared where both years are complete, exact, go to the same day of the year and mean the
same; the province as a whole, or as the sum over the comparable units where these are at least
half. Every other row has one reason instead of a difference.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.observations import counted_returns
from pcmd_eval.objectives.registry import MODEL_SLUGS
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.previous_year import INDICATOR_KEY
from pcmd_eval.statistics.indicators import (
    catalogue,
    describe_sums,
    format_digits,
    format_quantity,
)
from pcmd_eval.util import paths
from pcmd_eval.util.formatting import format_number, round_percentage
from pcmd_eval.util.frames import Row
from pcmd_eval.util.yaml_models import StrictModel, load_model

_INDICATOR = ["unit_code", "unit_name", "objective", "item", "label", "measure"]
_NUMBERS = ["before", "now", "change", "percent"]
CHANGE_COLUMNS = [*_INDICATOR, *_NUMBERS, "before_state", "now_state", "words", "why"]
CHANGE_DTYPES = dict.fromkeys(CHANGE_COLUMNS, "string") | dict.fromkeys(_NUMBERS, "Float64")
_DTYPES = CHANGE_DTYPES | {"difference": "string", "scope": "string"}
NOTHING = "–"  # the words of a row that is not compared

# Why a row is not compared, the first that holds; `not_compared` in sentences.j2 words each.
REASONS = (
    "unknown_before",
    "unknown_now",
    "not_exact",
    "incomplete",
    "other_period",
    "other_measure",
)


class Comparison(StrictModel):
    """data/comparison.yaml: the base from which on a percentage is computed."""

    base: int


def load_comparison() -> Comparison:
    """Return the values in force; raises InputRefused that names each faulty key."""
    return load_model(paths.DATA / "comparison.yaml", Comparison)


def compare_years(plan: Plan, indicators: pd.DataFrame, returns: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each quantity of the plan's objectives, dtypes `CHANGE_DTYPES`, and `scope`.

    `before` and `now` are the numbers compared; `words` is the difference, or a dash for which
    `why` has the reason. `scope`: over which units a row of the province goes where its own numbers
    are not comparable, <NA> for the whole.
    Empty where the plan names no previous year and where `explain_mixture` says why.
    """
    if not plan.previous or explain_mixture(plan, indicators):
        return pd.DataFrame(columns=[*_DTYPES]).astype(_DTYPES)
    rows = _pair_years(plan, indicators)
    rows = rows.assign(why=_explain_gaps(plan, rows, returns))
    rows = _sum_comparable_units(plan, rows)
    base = load_comparison().base
    differences = [_describe_difference(plan, row, base) for row in rows.itertuples()]
    rows = rows.join(pd.DataFrame(differences, rows.index))
    return rows[[*_DTYPES]].astype(_DTYPES)


def explain_mixture(plan: Plan, indicators: pd.DataFrame) -> str:
    """Return why the years cannot be compared: only one of them is illustrative; "" if they can."""
    marks = {*indicators.illustrative}  # yes or no
    if not plan.previous or marks == {*plan.previous_figures.illustrative}:
        return ""
    return phrase("mixed", plan, "yes" in marks)


# ---- which rows are comparable -------------------------------------------------------------------


def _pair_years(plan: Plan, indicators: pd.DataFrame) -> pd.DataFrame:
    """Return this year's rows with the columns of the previous year (`value_previous` …).

    A count of parts becomes incomplete in a year in which `<step>_unknown` counts unknown parts.
    Answers, and the numbers of parts there are, are no quantities to compare.
    """
    names = catalogue(plan)
    part = indicators["item"].map(names.part)
    is_quantity = ~part.isin(["all", "unknown"]) & indicators.measure.notna()
    rows = indicators[indicators.objective.notna() & is_quantity]
    is_unknown, is_counted = names.part == "unknown", names.part.isin(["yes", "no"])
    unknown_names = pd.Series(names.index[is_unknown], names.step[is_unknown])
    names = names.assign(unknown_name=names.step.where(is_counted).map(unknown_names))
    previous = _with_incomplete_totals(plan)
    rows = rows.join(previous.add_suffix("_previous"), on=INDICATOR_KEY).reset_index(drop=True)
    rows = rows.join(names[["kind", "unknown_name"]], on="item")
    rows = rows.assign(before_state=rows.state_previous, now_state=rows.state)  # as printed
    unknown = pd.MultiIndex.from_frame(rows[["unit_code", "unknown_name"]], names=INDICATOR_KEY)
    for suffix, values in {
        "": indicators.set_index(INDICATOR_KEY).value,
        "_previous": previous.value,
    }.items():
        unclear = rows.unknown_name.notna() & (values.reindex(unknown).array != 0).fillna(True)
        state = f"state{suffix}"
        rows[state] = rows[state].mask(unclear & (rows[state] == "complete"), "incomplete")
    return rows.assign(
        before=rows.value_previous,
        now=rows.value,
    ).drop(columns="words")


def _with_incomplete_totals(plan: Plan) -> pd.DataFrame:
    """Return the previous year's indicators; a total with an incomplete part is incomplete."""
    previous = plan.previous_figures
    units, names = (previous.index.get_level_values(key) for key in INDICATOR_KEY)
    of_province = units == plan.province
    open_names = names[previous.state.isin(["incomplete", "unknown"])]
    incomplete = of_province & names.isin(open_names.map(catalogue(plan).base))
    incomplete &= previous.state == "complete"
    return previous.assign(state=previous.state.mask(incomplete, "incomplete"))


def _explain_gaps(plan: Plan, rows: pd.DataFrame, returns: pd.DataFrame) -> pd.Series:
    """Return why each row is not compared, the first reason that holds; <NA> where it is."""
    states = rows[["state", "state_previous"]]
    precisions = rows[["precision", "precision_previous"]]
    holds = {
        "unknown_before": ~rows.state_previous.isin(["complete", "incomplete"]),
        "unknown_now": rows.state == "unknown",
        "not_exact": (precisions != "exact").any(axis=1),
        "incomplete": (states == "incomplete").any(axis=1),
        "other_period": ~_are_alike(plan, rows, returns),
        "other_measure": rows.measure_previous != rows.measure,
    }
    why = pd.Series(pd.NA, rows.index, dtype="string")
    for reason in reversed(REASONS):
        text = phrase("not_compared", reason, plan)
        why = why.mask(holds[reason].fillna(False).astype(bool), text)
    return why


def _are_alike(plan: Plan, rows: pd.DataFrame, returns: pd.DataFrame) -> pd.Series:
    """Return whether each row goes to the same day of the year as the previous one, or nearly.

    A row of the province: where that holds of every reporter of its sheet.
    """
    previous = plan.previous
    assert previous, "a row of the previous year has a plan that names it"
    last_day = pd.Timestamp(previous.last_day) + pd.DateOffset(years=plan.year - previous.year)
    days = pd.to_datetime(counted_returns(returns).cutoff).reindex(plan.reporters.index)
    gaps = (days - last_day).abs().dt.days
    alike = gaps <= plan.rules["open_period_days"].value  # False without a cut-off
    of_sheet = {
        sheet.objective: alike[
            [unit for unit in alike.index if sheet in plan.sheets_of(unit)]
        ].all()
        for sheet in plan.form.sheets
    }
    is_whole = (rows.unit_code == plan.province) & (rows.kind != "own")
    return rows.unit_code.map(alike).mask(is_whole, rows.objective.map(of_sheet)).astype(bool)


# ---- the province, and the differences -----------------------------------------------------------


def _sum_comparable_units(plan: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """Put sums over the comparable units into the province's rows that have a reason (`why`).

    Only where these units are at least half of all. `scope` says how many they are, and whether the
    province's bodies are among them. Models are not summed: several units may report the same one.
    """
    is_own = rows.kind == "own"  # of the province's bodies alone
    is_whole = (rows.unit_code == plan.province) & ~is_own
    parts = rows[~is_whole & rows.why.isna()]
    parts = parts.assign(
        item=parts["item"].map(catalogue(plan).base), bodies=is_own.astype(int), units=~is_own
    )
    keys = ["objective", "item"]
    sums_by_item = parts.groupby(keys)[["before", "now", "units", "bodies"]].sum().round(6)
    sums_by_row = rows[keys].join(sums_by_item, on=keys)
    is_summed = is_whole & rows.why.notna() & (rows.kind == "sum")
    is_half = (2 * sums_by_row.units >= len(plan.reporting_units)).fillna(False)
    is_summed &= ~rows.objective.isin(MODEL_SLUGS) & is_half
    sums = sums_by_row[is_summed]
    rows = rows.assign(scope=pd.Series(pd.NA, rows.index, dtype="string"))
    rows.loc[is_summed, ["before", "now"]] = sums[["before", "now"]]
    rows.loc[is_summed, ["before_state", "now_state"]] = "complete"
    counts = zip(sums.units.astype(int), sums.bodies > 0, strict=True)
    rows.loc[is_summed, "scope"] = [phrase("compared_units", plan, *count) for count in counts]
    return rows.assign(why=rows.why.mask(is_summed))


def _describe_difference(plan: Plan, row: Row, least_base: int) -> dict[str, Any]:
    """Return change, percent and words of one row; no percentage of less than `least_base`."""
    if pd.notna(row.why):
        return {"change": None, "percent": None, "difference": None, "words": NOTHING}
    previous, now = (Decimal(format_digits(value)) for value in (row.before, row.now))
    change, percent = now - previous, None
    if previous >= least_base:
        percent = round_percentage(Fraction(abs(change)) / Fraction(previous))
    scope = None if pd.isna(row.scope) else row.scope
    size = f"{format_quantity(abs(float(change)), row.measure)} {row.measure}"
    shares = ["", ""] if percent is None else [_with_decimal(percent), format_number(percent)]
    alike, short = (f"{size} ({share}%)" if share else size for share in shares)
    year = plan.previous_year
    signed = None if percent is None else float(percent.copy_sign(change))
    return {
        "change": float(change),
        "percent": signed,
        "difference": phrase("difference", change, alike, previous, year),
        "words": phrase("difference_from", change, short, previous, year, scope),
    }


def _with_decimal(percent: Decimal) -> str:
    """Return a percentage with one decimal, or as many as it needs: tables have them alike."""
    text = format_number(percent)
    return text if percent != int(percent) else f"{text},0"


# ---- for people ----------------------------------------------------------------------------------


def display_changes(changes: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the rows with a previous year as a table: both years, and the difference or why there
    is none.

    `changes`: rows of one unit, or of one indicator of several units, which are then named. Where a
    figure is a sum over some of the units, the column “Phạm vi” says which, before the numbers.
    """
    rows = changes[changes.before.notna()]
    table = rows[["unit_name" if rows.unit_name.nunique() > 1 else "label", "measure"]]
    if rows.scope.notna().any():
        table = table.assign(**{"Phạm vi": rows.scope.fillna(f"toàn {plan.kind}")})
    columns = {f"Năm {plan.previous_year}": "before", f"Năm {plan.year}": "now"}
    years = {head: words_of_year(rows, year) for head, year in columns.items()}
    table = table.assign(**years, **{"So sánh": describe_changes(rows)})
    table = table.reset_index(drop=True)
    table.attrs["values"] = dict.fromkeys(years, "words")
    return table


def words_of_year(changes: pd.DataFrame, year: str) -> pd.Series:
    """Return the number of each row as it is printed, <NA> for none; `year`: before or now."""
    value, is_complete = changes[year], changes[f"{year}_state"] == "complete"
    return describe_sums(value, is_complete.fillna(False)).words.mask(value.isna())


def describe_changes(changes: pd.DataFrame) -> pd.Series:
    """Return the difference of each row without its year and scope, or a dash and the reason."""
    return changes.difference.mask(changes.why.notna(), f"{NOTHING} (" + changes.why + ")")


def summarise_changes(changes: pd.DataFrame, plan: Plan) -> str:
    """Return a sentence on the first row that is compared, else why the first is not.

    `changes`: rows of one unit and objective; the count that decides the verdict comes first.
    """
    is_verdict_count = changes["item"].map(catalogue(plan).part) == "yes"
    rows = pd.concat([changes[is_verdict_count], changes[~is_verdict_count]])
    rows = rows[rows.before.notna()]
    if rows.empty:
        return phrase("no_previous_year", plan)
    is_compared = rows.why.isna()
    arose = is_compared & ((rows.before != 0) | (rows.now != 0)).fillna(False)
    row = rows.loc[(arose if arose.any() else is_compared).idxmax()]
    if pd.notna(row.why):
        return phrase("not_since", row, plan)
    values = [
        f"{format_quantity(value, row.measure)} {row.measure}" for value in (row.before, row.now)
    ]
    return phrase("since", row, *values, plan)
