"""Compare with the previous year in papers: figures by name, lines by objective, and a table."""

import re

import pandas as pd

from pcmd_eval.analysis.case import (
    Case,
    cached,
    is_province,
    reporters_of,
    rows_of_unit_code,
)
from pcmd_eval.analysis.reporting_status import list_cutoffs
from pcmd_eval.plan.report_settings import load_settings
from pcmd_eval.reports.placeholders import NamedTexts, figure_names, in_sentence, pad_counts
from pcmd_eval.statistics.indicators import catalogue
from pcmd_eval.util.formatting import format_short_date, join_items, lowercase_first

_FULL_DATA = " đủ số liệu hai năm"  # of the units compared; papers say it once, above the lines
# Measures at the start of a label: in a sentence the measure stands after the figure.
_MEASURE_WORDS = re.compile("^(?:cuộc|lượt(?: người)?|vụ việc|chương trình) ")


def previous_figures_by_name(case: Case) -> dict[str, NamedTexts]:
    """Return by name, under `truoc`, the figures of the previous year, and under `sosanh`, what
    follows this year's figure in a sentence: ", tăng 02 vụ so với năm 2016", "" if not compared.
    """
    names = figure_names()
    rows = rows_of_unit_code(case, case.changes).set_index("item")
    previous = rows.before_words.dropna().map(in_sentence)
    # Without sums over some of the units: the figure that they would follow is of all units.
    compared = rows[rows.change.notna() & ~rows.words.str.contains(", tính riêng ")]
    follows = (", " + compared.words.map(pad_counts)).astype("string")
    return {
        "truoc": dict.fromkeys(names, "–") | previous.to_dict(),
        "sosanh": dict.fromkeys(names, "") | follows.to_dict(),
    }


def comparison_lines(case: Case) -> list[str]:
    """Return a line for each objective with the differences of its figures, both up and down.

    Figures of the province that are compared over the same units follow the number of these.
    """
    if not case.plan.previous:
        return []
    lines = []
    compared = _compared_rows(case)
    compared["scope"] = [_named_scope(case, row) for row in compared.itertuples()]
    for slug, rows in compared.groupby("objective", sort=False):
        groups = []
        for scope, alike in rows.groupby("scope", sort=False):
            texts = "; ".join(_describe_row(row) for row in alike.itertuples())
            groups.append(f"{scope}: {texts}" if scope else texts)
        first, *others = groups
        sentences = ". ".join([first, *map(_capital, others)])
        lines.append(f"- Chỉ tiêu {case.plan[slug].number}: {sentences}.")
    return lines


def _compared_rows(case):
    """Return the compared rows of `case.changes`, their words split into `difference` and `scope`.

    `scope`: over which units a sum of the province goes ("tính riêng 9/13 huyện …"), or that the
    figure is of the province's own bodies; "" for none. Rows of two zeros are left out.
    """
    rows = _unit_changes(case)
    rows = rows[rows.change.notna() & ~((rows.before == 0) & (rows.now == 0))]
    words = rows.words.str.replace(f" so với năm {case.plan.previous_year}", "")
    parts = words.str.extract(r"^(.*?)(?:, (tính riêng .*))?$")
    bodies = case.plan.own_bodies
    is_own = rows.label.str.startswith(f"{bodies}: ")
    scope = parts[1].fillna("").mask(is_own, f"riêng {lowercase_first(bodies)}")
    labels = rows.label.str.removeprefix(f"{bodies}: ")
    return rows.assign(difference=parts[0], scope=scope, label=labels)


def _named_scope(case, row):
    """Return over which units a figure is compared: one alone by name, 1/13 would say nothing."""
    scope = row.scope.removesuffix(_FULL_DATA).replace(f"{_FULL_DATA} và", " và")
    rows = case.changes
    units = rows.unit_code[(rows["item"] == row.item) & rows.change.notna()]
    units = [unit for unit in units if unit in case.plan.reporting_units.index]
    if len(units) != 1:
        return scope
    return scope.replace(
        f"1/{len(case.plan.reporting_units)} {case.plan.unit_kinds}", case.plan.listed(units)
    )


def _describe_row(row):
    """Return label, this year's figure and the difference: "kiểm tra 12 cuộc, tăng 02 cuộc"."""
    label = row.label if row.item in load_settings().outlets else lowercase_first(row.label)
    figure = f"{_MEASURE_WORDS.sub('', label)} {in_sentence(row.now_words, row.measure)}"
    return f"{figure}, {pad_counts(row.difference)}"


def _capital(text):
    return text[:1].upper() + text[1:]


def comparison_note(case: Case) -> str:
    """Return the plan's note on the previous year; for a unit, also why figures are not compared.

    "" for a plan without a previous year.
    """
    if not case.plan.previous:
        return ""
    days = list_cutoffs(case.returns, reporters_of(case))
    cutoff = f"ngày {format_short_date(days[0])}" if len(days) == 1 else "ngày chốt của từng đơn vị"
    note = (case.plan.previous.note or "").replace("{cutoff}", cutoff)
    if is_province(case):  # an annex has the reasons
        return note
    reasons = _explain_not_compared(_unit_changes(case))
    if len(_compared_rows(case)):
        return f"{note} {reasons}".strip()
    return reasons.replace(" các số liệu khác", "")


def _explain_not_compared(rows):
    """Return a sentence with the distinct reasons why figures are not compared; "" for none."""
    rows = rows[rows.before_words.notna() & rows.change.isna() & rows.why.notna()]
    reasons = join_items([*dict.fromkeys(rows.why)])
    return f"Không so sánh các số liệu khác: {reasons}." if reasons else ""


def comparison_table(case: Case) -> pd.DataFrame:
    """Return the compared figures of the unit, with Vietnamese heads: label, both years,
    difference, and the units that they are compared over. All are text.

    `attrs["note"]` says why others are not compared, `attrs["text"]` names the texts of its annex.
    Without a previous year the frame is empty.
    """
    if not case.plan.previous:
        return pd.DataFrame()
    rows = _compared_rows(case)
    table = pd.DataFrame(
        {
            "Nội dung": rows.label,
            f"Năm {case.plan.previous_year}": rows.before_words,
            f"Năm {case.year}": rows.now_words,
            "So sánh": rows.difference,
            "Phạm vi": rows.scope.str.extract(r"(\d+/\d+|cấp .*)")[0],
        }
    ).reset_index(drop=True)
    table.attrs |= {"note": _explain_not_compared(_unit_changes(case)), "text": "compared"}
    return table


def totals_table(case: Case) -> pd.DataFrame:
    """Return the known sums above 0 that neither another annex nor a sentence has, as text.

    Columns, with Vietnamese heads: label and figure; `attrs["columns"]`: tables side by side.
    """
    names, settings = catalogue(case.plan), load_settings()
    in_sentences = [
        name for group in settings.figure_lists.values() for of in group.values() for name in of
    ]
    rows = rows_of_unit_code(case, case.indicators)
    kinds, codes = rows["item"].map(names.kind), rows["item"].map(names["item"])
    is_listed = kinds.isin(["sum", "whole"]) & ~codes.str.contains(
        "^(?:Q|M|.*:(?:all|yes|no|unknown))$"
    )
    is_listed &= ~rows["item"].isin([*settings.by_unit, *settings.outlets, *in_sentences])
    rows = rows[is_listed & rows.objective.notna() & ~rows.words.fillna("–").isin(["–", "0"])]
    return label_with_measures(rows)


def label_with_measures(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of `rows` as a short table for an annex, three columns beside each other.

    A label has the measure in brackets unless it names it.
    """
    pairs = zip(rows.label, rows.measure, strict=True)
    labels = [label if unit in label.lower() else f"{label} ({unit})" for label, unit in pairs]
    table = pd.DataFrame({"Nội dung": labels, "Số liệu": [*rows.words]}, dtype="string")
    table.attrs["columns"] = 3
    return table


def _unit_changes(case):
    """Return the unit's rows of `case.changes`, without the totals of parts (items ":all")."""
    rows = rows_of_unit_code(case, case.changes)
    names = cached(case, catalogue, lambda: catalogue(case.plan))
    totals_of_parts = names.index[names["item"].str.endswith(":all")]
    return rows[~rows["item"].isin(totals_of_parts)]
