"""Compare this year's indicators with those of the previous year.

A unit's indicator is compared where both years are complete, exact, end on the same day of the year
and have the same measure. The province's is compared under the same conditions, else as the sum
over the comparable units if these are at least half. Every other row has a reason (`why`).
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
    open_totals,
    unknown_parts,
)
from pcmd_eval.util import paths
from pcmd_eval.util.formatting import round_percentage
from pcmd_eval.util.frames import Row
from pcmd_eval.util.vocabulary import NO_VALUE
from pcmd_eval.util.yaml_models import StrictModel, load_model

_INDICATOR = ["unit_code", "unit_name", "objective", "item", "label", "measure"]
_NUMBERS = ["before", "now", "change", "percent"]
CHANGE_COLUMNS = [*_INDICATOR, *_NUMBERS, "before_state", "now_state", "words", "why"]
CHANGE_DTYPES = dict.fromkeys(CHANGE_COLUMNS, "string") | dict.fromkeys(_NUMBERS, "Float64")
_DECIMAL_COMMA = str.maketrans(",.", ".,")
_DTYPES = CHANGE_DTYPES | {"difference": "string", "scope": "string"}


class Comparison(StrictModel):
    """data/comparison.yaml. `base`: the least previous value for which a percentage is printed."""

    base: int


def compare_years(plan: Plan, indicators: pd.DataFrame, returns: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each unit and quantity of the plan's objectives, dtypes `_DTYPES`.

    `before`, `now`: the numbers compared; `words`: the difference as text, "–" if not compared;
    `difference`: the same without year and scope; `why`: the reason if not compared; `scope`: the
    units summed in a row of the province, <NA> for all of it.
    No rows if the plan names no previous year, or only one of the years is illustrative.
    """
    if not plan.previous or explain_mixture(plan, indicators):
        return pd.DataFrame(columns=[*_DTYPES]).astype(_DTYPES)
    rows = _pair_years(plan, indicators)
    rows = rows.assign(why=_explain_uncompared(plan, rows, returns))
    rows = _sum_comparable_units(plan, rows)
    least_base = load_model(paths.DATA / "comparison.yaml", Comparison).base
    differences = [_describe_difference(plan, row, least_base) for row in rows.itertuples()]
    rows = rows.join(pd.DataFrame(differences, rows.index))
    return rows[[*_DTYPES]].astype(_DTYPES)


def explain_mixture(plan: Plan, indicators: pd.DataFrame) -> str:
    """Return a sentence if only one of the years is illustrative, so that they cannot be compared;
    else "".
    """
    marks = {*indicators.illustrative}  # yes or no
    if not plan.previous or marks == {*plan.previous_figures.illustrative}:
        return ""
    return phrase("mixed", plan, "yes" in marks)


# ---- which rows are comparable -------------------------------------------------------------------


def _pair_years(plan: Plan, indicators: pd.DataFrame) -> pd.DataFrame:
    """Return this year's indicators beside those of the previous year (`value_previous` …).

    `state`, `state_previous`: for comparing; that of a count of parts is `incomplete` where the
    year has parts of which nothing is known. `now_state`, `before_state`: as printed. Indicators
    without a measure, totals of parts and numbers of unknown parts are left out.
    """
    entries = catalogue(plan)
    part = indicators["item"].map(entries.part)
    is_quantity = ~part.isin(["all", "unknown"]) & indicators.measure.notna()
    rows = indicators[indicators.objective.notna() & is_quantity]
    previous = open_totals(plan, plan.previous_figures)
    rows = rows.join(previous.add_suffix("_previous"), on=INDICATOR_KEY).reset_index(drop=True)
    rows = rows.assign(
        kind=rows["item"].map(entries.kind),
        before_state=rows.state_previous,  # as printed, as the next
        now_state=rows.state,
    )
    keys = pd.MultiIndex.from_frame(rows[INDICATOR_KEY])
    of_years = {"state": indicators.set_index(INDICATOR_KEY), "state_previous": previous}
    for state, figures in of_years.items():
        has_unknown_parts = unknown_parts(figures).reindex(keys).array != 0
        is_open = rows[state].isin(["complete"]) & has_unknown_parts.fillna(True)
        rows[state] = rows[state].mask(is_open, "incomplete")
    rows = rows.drop(columns="words")  # `compare_years` adds its own
    return rows.assign(before=rows.value_previous, now=rows.value)


def _explain_uncompared(plan: Plan, rows: pd.DataFrame, returns: pd.DataFrame) -> pd.Series:
    """Return the text (`not_compared` in sentences.j2) of the first reason that holds, <NA> if the
    row is compared.
    """
    precisions = rows[["precision", "precision_previous"]]
    is_held_by_reason = {
        "unknown_before": ~rows.state_previous.isin(["complete", "incomplete"]),
        "unknown_now": rows.state == "unknown",
        "not_exact": (precisions != "exact").any(axis=1),
        "incomplete_before": rows.state_previous == "incomplete",
        "incomplete_now": rows.state == "incomplete",
        "other_period": ~_end_on_same_day(plan, rows, returns),
        "other_measure": rows.measure_previous != rows.measure,
        # Counts of parts depend on the rules, which a scenario changes.
        "other_rules": rows["item"].map(catalogue(plan).step).ne("") & bool(plan.trial),
    }
    why = pd.Series(pd.NA, rows.index, dtype="string")
    for reason, is_held in reversed(
        is_held_by_reason.items()
    ):  # an earlier reason replaces a later one
        text = phrase("not_compared", reason, plan)
        why = why.mask(is_held.fillna(False).astype(bool), text)
    return why


def _end_on_same_day(plan: Plan, rows: pd.DataFrame, returns: pd.DataFrame) -> pd.Series:
    """Return whether each row's data end on the same day of the year as the previous year's.

    They may differ by `open_period_days`. For a sum of the province the data of every reporter of
    the sheet must.
    """
    previous = plan.previous
    assert previous, "a row of the previous year has a plan that names it"
    last_day = pd.Timestamp(previous.last_day) + pd.DateOffset(years=plan.year - previous.year)
    days = pd.to_datetime(counted_returns(returns).cutoff).reindex(plan.reporters.index)
    gaps = (days - last_day).abs().dt.days
    has_same_day = gaps <= plan.rules["open_period_days"].value  # False without a cut-off
    all_same_by_slug = {
        sheet.objective: has_same_day[
            [unit for unit in has_same_day.index if sheet in plan.sheets_of(unit)]
        ].all()
        for sheet in plan.form.sheets
    }
    is_province_sum = (rows.unit_code == plan.province) & (rows.kind != "own")
    all_same = rows.objective.map(all_same_by_slug)
    return rows.unit_code.map(has_same_day).mask(is_province_sum, all_same).astype(bool)


# ---- the province, and the differences -----------------------------------------------------------


def _sum_comparable_units(plan: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows; those of the province that are not compared (they have a `why`) get sums
    over the comparable units, if these are at least half of all.

    `rows`: one for each unit and indicator, see `_pair_years`. A row that gets sums has <NA> as
    `why`, and as `scope` how many units it sums, and whether the province's bodies are included.
    Models are not summed: several units may report the same one.
    """
    is_own = rows.kind == "own"  # of the province's bodies alone
    is_province_sum = (rows.unit_code == plan.province) & ~is_own
    parts = rows[~is_province_sum & rows.why.isna()]
    parts = parts.assign(
        item=parts["item"].map(catalogue(plan).sum_name),
        unit_count=~is_own,
        body_count=is_own.astype(int),
    )
    keys = ["objective", "item"]
    sums_by_item = parts.groupby(keys)[["before", "now", "unit_count", "body_count"]].sum().round(6)
    sums_by_row = rows[keys].join(sums_by_item, on=keys)
    is_summed = is_province_sum & rows.why.notna() & (rows.kind == "sum")
    is_half = (2 * sums_by_row.unit_count >= len(plan.reporting_units)).fillna(False)
    is_summed &= ~rows.objective.isin(MODEL_SLUGS) & is_half
    sums = sums_by_row[is_summed]
    rows = rows.assign(scope=pd.Series(pd.NA, rows.index, dtype="string"))
    rows.loc[is_summed, ["before", "now"]] = sums[["before", "now"]]
    rows.loc[is_summed, ["before_state", "now_state"]] = "complete"
    counts = zip(sums.unit_count.astype(int), sums.body_count > 0, strict=True)
    rows.loc[is_summed, "scope"] = [phrase("compared_units", plan, *count) for count in counts]
    return rows.assign(why=rows.why.mask(is_summed))


def _describe_difference(plan: Plan, row: Row, least_base: int) -> dict[str, Any]:
    """Return change, percent, difference and words of one row, see `compare_years`.

    No percentage where the previous value is below `least_base`.
    """
    if pd.notna(row.why):
        return {"change": None, "percent": None, "difference": None, "words": NO_VALUE}
    previous, now = (Decimal(format_digits(value)) for value in (row.before, row.now))
    change, signed_percent = now - previous, None
    scope = None if pd.isna(row.scope) else row.scope
    text = f"{format_quantity(abs(float(change)), row.measure)} {row.measure}"
    if previous >= least_base:
        percent = round_percentage(Fraction(abs(change)) / Fraction(previous))
        text += f" ({percent:,f}%)".translate(_DECIMAL_COMMA)
        signed_percent = float(percent.copy_sign(change))
    year = plan.previous_year
    return {
        "change": float(change),
        "percent": signed_percent,
        "difference": phrase("difference", change, text, previous, year),
        "words": phrase("difference_from", change, text, previous, year, scope),
    }


# ---- for people ----------------------------------------------------------------------------------


def display_changes(changes: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return a table of the rows with a previous value: both years, and the difference or reason.

    `changes`: rows of one unit, or of one indicator of several units: the first column then has
    their names. A column “Phạm vi” has `scope` if any row has one.
    """
    rows = changes[changes.before.notna()]
    table = rows[["unit_code" if rows.unit_code.nunique() > 1 else "label", "measure"]]
    if rows.scope.notna().any():
        table = table.assign(**{"Phạm vi": rows.scope.fillna(f"toàn {plan.kind}")})
    columns = {f"Năm {plan.previous_year}": "before", f"Năm {plan.year}": "now"}
    texts = {}
    for head, column in columns.items():
        value, is_complete = rows[column], rows[f"{column}_state"] == "complete"
        words = describe_sums(value, is_complete.fillna(False)).words
        texts[head] = words.mask(value.isna())  # <NA> for no number
    # The difference, or a dash and the reason: "– (chưa có số liệu …)".
    differences = rows.difference.mask(rows.why.notna(), f"{NO_VALUE} (" + rows.why + ")")
    table = table.assign(**texts, **{"So sánh": differences})
    return table.reset_index(drop=True)


def summarize_changes(changes: pd.DataFrame, plan: Plan) -> str:
    """Return a sentence on the first change that is compared and above 0 in either year.

    Without one it is on the first that is compared, else on the first, with the reason why not.

    `changes`: rows of one unit and objective; the count that decides the verdict comes first.
    """
    is_verdict_count = changes["item"].map(catalogue(plan).part) == "yes"
    rows = pd.concat([changes[is_verdict_count], changes[~is_verdict_count]])
    rows = rows[rows.before.notna()]
    if rows.empty:
        return phrase("no_previous_year", plan)
    labels = catalogue(plan, rows.unit_code.iloc[0]).label
    rows = rows.assign(label=rows["item"].map(labels))
    is_compared = rows.why.isna()
    is_above_zero = is_compared & ((rows.before != 0) | (rows.now != 0)).fillna(False)
    # idxmax: the first True, or the first row if none is.
    row = rows.loc[(is_above_zero if is_above_zero.any() else is_compared).idxmax()]
    if pd.notna(row.why):
        return phrase("not_since", row, plan)
    values = [
        f"{format_quantity(value, row.measure)} {row.measure}" for value in (row.before, row.now)
    ]
    return phrase("since", row, *values, plan)
