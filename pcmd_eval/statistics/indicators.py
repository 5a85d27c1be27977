"""The table of indicators: value, state (complete or not) and printed text of each.

Notebooks, charts, Excel, indicators.csv, Word and site take their numbers from it. data/figures.csv
names all indicators; `{{ counted.<name> }}` in the Word template prints one.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pandas as pd

from pcmd_eval.evaluation.observations import is_illustrative, received_returns
from pcmd_eval.plan.disclosure import ItemClass, strictest
from pcmd_eval.plan.form import Form
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.components import list_components, sum_components
from pcmd_eval.statistics.disclosure_control import is_provincial
from pcmd_eval.util import paths
from pcmd_eval.util.files import read_csv
from pcmd_eval.util.formatting import (
    format_count,
    format_decimal,
    format_number,
    format_short_date,
    lowercase_first,
)
from pcmd_eval.util.verdicts import STATUS_STYLES
from pcmd_eval.util.vocabulary import NO_VALUE

INDICATOR_COLUMNS = [
    "plan",
    "year",
    "level",
    "unit_code",
    "unit_name",
    "objective",
    "item",  # the `name` in the catalogue, not its `item`
    "label",
]
INDICATOR_COLUMNS += ["measure", "value", "state", "precision", "illustrative", "words"]
INDICATOR_DTYPES = dict.fromkeys(INDICATOR_COLUMNS, "string") | {
    "year": "Int64",
    "value": "Float64",
}
_COMPONENT_KEY = ["objective", "item"]
_MOST_DECIMALS = 3  # of a sum, such as đồng in triệu đồng; a number with more is a rate
NO_FIGURE, NO_CERTAINTY = "chưa có số liệu", "chưa đủ số liệu"
_AMOUNTS = ("đồng", "triệu đồng", "nghìn đồng", "tỷ đồng")  # measures of money
NOTE = "* Chưa gồm phần chưa có số liệu."  # below a table with a star


@lru_cache(4)  # a notebook asks for it a dozen times
def catalogue(plan: Plan, unit: str = "") -> pd.DataFrame:
    """Return the plan's indicators by `name`: objective, item, kind, label, measure, sum_name,
    step, part (`string`).

    kind: sum; yes_no (yes or no for a unit, a number of units for the province); whole (a sum for
    the province only); own (the sum over the province's own bodies); text. item: that of the
    components summed. step, part: the two halves of an item such as "communes:yes", else "".
    sum_name: for kind own the name of the indicator of kind sum over the same item, else the name
    itself. `unit`: the one whose types of communes labels have, else those of the plan.
    """
    rows = read_csv(paths.DATA / "figures.csv").set_index("name")
    rows = rows[rows.objective.isna() | rows.objective.isin([*plan.by_slug])]
    form_label = rows["item"].map(_form_labels(plan.form)).astype("string")
    communes = plan.commune_kinds_of(unit).capitalize()
    label = rows.label.str.replace("{communes}", communes, regex=False).fillna(form_label)
    label = label.mask(rows.kind == "own", f"{plan.own_bodies}: " + label)
    step_and_part = rows["item"].str.extract("^(?P<step>.+):(?P<part>all|yes|no|unknown)$")
    is_own = rows.kind == "own"
    key = rows.objective + " " + rows["item"]  # of the components summed
    name_of_sum = pd.Series(rows.index[~is_own], key[~is_own]).drop(pd.NA, errors="ignore")
    names = rows.index.to_series().mask(is_own, key.map(name_of_sum))
    rows = rows.assign(label=label, sum_name=names, **step_and_part)
    return rows.fillna("").astype("string")


@lru_cache(1)
def names_of_unknown_parts() -> dict[str, str]:
    """Return {"communes_met": "communes_unknown"}: for each indicator that counts parts of a step
    the one that counts its unknown parts, if there is one.
    """
    rows = read_csv(paths.DATA / "figures.csv").set_index("name")
    parts = rows["item"].str.extract("^(?P<step>.+):(?P<part>yes|no|unknown)$")
    unknown = parts.index[parts.part == "unknown"]
    names = pd.Series(unknown, parts.step[unknown])
    return dict(parts.step.drop(unknown).map(names).dropna())


def unknown_parts(figures: pd.DataFrame) -> pd.Series:
    """Return the number of unknown parts beside each figure by unit_code and item; 0 unless it is a
    count of sure parts, <NA> where there is no such number.
    """
    units, items = (figures.index.get_level_values(level) for level in range(2))
    names = items.map(names_of_unknown_parts())
    numbers = figures.value.reindex(pd.MultiIndex.from_arrays([units, names]))
    return numbers.set_axis(figures.index).mask(names.isna(), 0)


def open_totals(plan: Plan, figures: pd.DataFrame) -> pd.DataFrame:
    """Return figures of a year by unit_code and item; a sum of the province is incomplete where
    that of a unit, or of the province's own bodies (see `sum_name` in `catalogue`), is.
    """
    units, names = (figures.index.get_level_values(level) for level in range(2))
    open_names = names[figures.state.isin(["incomplete", "unknown"])]
    is_open = (units == plan.province) & names.isin(open_names.map(catalogue(plan).sum_name))
    is_open &= figures.state == "complete"
    return figures.assign(state=figures.state.mask(is_open, "incomplete"))


def open_counts(plan: Plan, figures: pd.DataFrame) -> pd.DataFrame:
    """Return figures of a year by unit_code and item with the words of incomplete ones: "212*"; see
    `open_totals`. Counts of sure parts are incomplete where the unit has unknown ones.
    """
    figures = open_totals(plan, figures)
    is_open = (unknown_parts(figures) > 0).fillna(False) & (figures.state == "complete")
    is_open |= (figures.state == "incomplete") & (figures.precision == "exact")
    sums = describe_sums(figures.value, ~is_open)
    return figures.assign(**figures[["state", "words"]].mask(is_open, sums))


def _form_labels(form: Form) -> dict[str, str]:
    """Return labels by item: "2.1" -> label of the row, "2.1:document" -> with the column's."""
    labels = {}
    for sheet in form.sheets:
        for item in sheet.items:
            labels[item.code] = item.label
            for column in sheet.yearly_columns:
                name = sheet.item_name(item.code, column)
                labels[name] = f"{item.label}: {lowercase_first(column.header)}"
    return labels


def compute_indicators(plan: Plan, cells: pd.DataFrame, returns: pd.DataFrame) -> pd.DataFrame:
    """Return every indicator of every unit that reports, dtypes `INDICATOR_DTYPES`.

    Sorted by unit, then as in the catalogue, which explains the kinds. `value`: the sum of the
    known components; `state`: complete, incomplete (some are unknown), unknown (all are).
    """
    entries = catalogue(plan).query("kind != 'text'").reset_index()
    entries = entries.assign(order=entries.index)
    province = plan.province
    components = list_components(plan, cells, returns)
    is_own = components.reporter == province
    sums = [
        _sum_by_unit(components[~is_own], components.reporter, entries, ["sum", "yes_no"]),
        _sum_by_unit(components, province, entries, ["sum", "yes_no", "whole"]),
        _sum_by_unit(components[is_own], province, entries, ["own"]),
    ]
    rows = pd.concat(sums, ignore_index=True).assign(precision="exact")
    return _arrange(_add_state_and_words(rows, plan), plan, returns)


def public_indicators(plan: Plan, indicators: pd.DataFrame) -> pd.DataFrame:
    """Return the indicators that may be published: no numbers of persons; where `is_provincial`,
    only those of the province.
    """
    is_published = _is_published(plan, indicators["item"], indicators.unit_code)
    return indicators[is_published].reset_index(drop=True)


def public_figures(plan: Plan, figures: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of another year, by unit_code and item, that may be published; see
    `public_indicators`. Items that are no indicators of the plan are not published.
    """
    keys = figures.index.to_frame()
    return figures[_is_published(plan, keys["item"], keys.unit_code)]


def _is_published(plan: Plan, items: pd.Series, units: pd.Series) -> pd.Series:
    """Return whether each figure may be published (bool); `items`: names in the catalogue."""
    entries = catalogue(plan).reindex(items)
    keys = zip(entries.objective.fillna(""), entries["item"].fillna("never"), strict=True)
    classes = pd.Series([_indicator_class(plan, *key) for key in keys], items.index)
    objectives = pd.Series([*entries.objective], items.index)
    is_hidden = is_provincial(plan, classes, objectives) & (units != plan.province)
    is_known = pd.Series([*entries.kind.notna()], items.index)
    return is_known & ~is_hidden & ~classes.isin(["coarse", "never"])


def _indicator_class(plan: Plan, objective: str, item: str) -> ItemClass:
    """Return the strictest class of an indicator's cells; "public" for counts such as communes:yes.

    `item`: that of its components.
    """
    classes, keys = plan.disclosure.classes.get(objective, {}), item.split(":")
    if {*keys} <= classes.keys():
        return plan.disclosure.class_of(objective, *keys)
    # A sum over a period (Q1, Y), all quarters (Q) or all months (M) is over every row.
    return strictest(classes.values()) if re.fullmatch(r"[QM]\d*|Y", item) else "public"


def _sum_by_unit(
    components: pd.DataFrame, units: pd.Series | str, entries: pd.DataFrame, kinds: Sequence[str]
) -> pd.DataFrame:
    """Return the sums of components by unit for the indicators of these kinds.

    `units`: the unit to which each component belongs, a series or one code; `entries`: rows of
    `catalogue`, with `name` as a column.
    """
    sums = sum_components(components.assign(unit_code=units), ["unit_code", *_COMPONENT_KEY])
    return sums.reset_index().merge(entries[entries.kind.isin(kinds)], on=_COMPONENT_KEY)


def _arrange(rows: pd.DataFrame, plan: Plan, returns: pd.DataFrame) -> pd.DataFrame:
    """Return the rows, one for each unit and indicator, as the table of indicators has them.

    Dtypes `INDICATOR_DTYPES`; sorted by unit and `order`, the place in the catalogue.
    """
    rows = rows.assign(
        plan=plan.marked_number,
        year=plan.year,
        level=rows.unit_code.map(plan.register.level),
        unit_name=rows.unit_code.map(plan.register.full_name),
        item=rows["name"],
        illustrative="yes" if is_illustrative(returns) else "no",
    )
    rows = rows.sort_values(["unit_code", "order"], ignore_index=True)[INDICATOR_COLUMNS]
    return rows.replace({"objective": {"": pd.NA}, "measure": {"": pd.NA}}).astype(INDICATOR_DTYPES)


def format_for_csv(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame as CSV files hold it: Float64 as text, whole numbers without a point."""
    numbers = frame.select_dtypes("Float64")
    texts = {name: numbers[name].map(format_digits, na_action="ignore") for name in numbers}
    return frame.assign(**{name: text.astype("string") for name, text in texts.items()})


def says_something(rows: pd.DataFrame) -> pd.Series:
    """Return whether sentences name each indicator (bool): not if unknown or a complete 0."""
    is_none = (rows.state == "complete") & (rows.value == 0).fillna(False)
    return (rows.state != "unknown") & ~is_none


def words_in_sentence(row: Any, suffix: str) -> str:
    """Return an indicator as text within a sentence: "ít nhất 04 huyện", "5 triệu đồng".

    `row`: with value, state, words and measure, which says how its number is written; `suffix`:
    the text behind the number, "" to print none.
    """
    if row.state == "unknown":
        return NO_FIGURE
    is_doubtful = row.state == "incomplete"
    if pd.isna(row.value) or pd.isna(row.measure) or (is_doubtful and row.value == 0):
        return str(row.words)
    text = f"{format_quantity(row.value, row.measure)} {suffix}".strip()
    return f"ít nhất {text}" if is_doubtful else text


def format_quantity(value: float, measure: str) -> str:
    """Return a number for a sentence: counts below ten as "04", amounts of money as "4"."""
    is_count = measure not in _AMOUNTS and value == int(value)
    return format_count(int(value)) if is_count else _format_value(value)


def describe_return(plan: Plan, returns: pd.DataFrame, unit: str) -> dict[str, str]:
    """Return {"return_state": …, "sent": …, "cutoff": …} of a unit's return as text.

    A date that is not known has no key.
    """
    unit_return = received_returns(returns).loc[unit]
    words = {"return_state": plan.return_state_labels.get(unit_return.state, NO_VALUE)}
    for key in ("sent", "cutoff"):
        if pd.notna(unit_return[key]):
            words[key] = format_short_date(unit_return[key])
    return words


def describe_sums(value: pd.Series, complete: pd.Series) -> pd.DataFrame:
    """Return `value`, `state` and `words` of sums: "120", "120*" if incomplete, "–" if unknown;
    of an incomplete 0 that too little is known.

    `value`: the sum of the known parts, <NA> without any; `complete`: whether all parts are known.
    """
    words = format_values(value)
    state = pd.Series("complete", value.index, dtype="string").case_when([
        (words.isna(), "unknown"),
        (~complete, "incomplete"),
    ])  # fmt: skip
    is_incomplete = state == "incomplete"
    words = words.mask(is_incomplete, words + "*").fillna(NO_VALUE)
    # "0*" would read as “none at all”.
    words = words.mask(is_incomplete & (value == 0).fillna(False), NO_CERTAINTY)
    return pd.DataFrame({"value": value, "state": state, "words": words})


def _add_state_and_words(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Return the rows, one for each unit and indicator, with `state` and `words`.

    An indicator of kind `yes_no` is printed as yes, no or unknown for a unit; for the province it
    counts units, which become its `measure`.
    """
    sums = describe_sums(rows.value, rows.complete)
    state, words = sums.state, sums.words
    answers = rows.value.map({1: STATUS_STYLES[True].word, 0: STATUS_STYLES[False].word})
    answers = answers.astype("string").fillna(STATUS_STYLES[None].word)
    is_yes_no = rows.kind == "yes_no"
    is_province = rows.unit_code == plan.province
    words = words.mask(is_yes_no & ~is_province, answers)
    measure = rows.measure.mask(is_yes_no & is_province, plan.unit_kinds)
    return rows.assign(state=state, words=words, measure=measure)


def format_digits(value: float) -> str:
    """Return a number without needless decimals: 22.5, 3."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def format_values(values: pd.Series) -> pd.Series:
    """Return numbers as text: "1.234,5", a rate to two decimals; <NA> stays."""
    return values.map(_format_value, na_action="ignore").astype("string")


def _format_value(value: float) -> str:
    """Return a number as text; one with more than `_MOST_DECIMALS` decimals is a rate, rounded."""
    digits = Decimal(format_digits(value))
    is_rate = int(digits.as_tuple().exponent) < -_MOST_DECIMALS
    return format_number(format_decimal(value) if is_rate else digits)


def words_on_charts(rows: pd.DataFrame, plan: Plan) -> pd.Series:
    """Return quantities as charts print them, where no note explains a star: ít nhất 120.

    `rows`: `value`, `state` and `words`. Rows without a value keep their words; so do the answers
    of units to yes/no items, if there is a column `item`.
    """
    numbers = format_values(rows.value)
    is_incomplete = (rows.state == "incomplete").fillna(False)
    at_least = ("ít nhất " + numbers).mask((rows.value == 0).fillna(False), NO_CERTAINTY)
    words = numbers.mask(is_incomplete, at_least).fillna(rows.words).fillna(NO_VALUE)
    if "item" not in rows:
        return words
    is_answer = rows["item"].map(catalogue(plan).kind) == "yes_no"
    return words.mask(is_answer & (rows.unit_code != plan.province), rows.words)
