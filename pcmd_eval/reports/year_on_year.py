"""The previous year in papers: figures by name, differences in sentences, a section and a table."""

import re

import pandas as pd

from pcmd_eval.analysis.case import Case, is_province, reporters_of, rows_of_unit_code
from pcmd_eval.analysis.reporting_status import list_cutoffs
from pcmd_eval.plan.report_settings import load_settings
from pcmd_eval.reports.placeholders import NamedTexts, figure_names, in_sentence, pad_counts
from pcmd_eval.statistics.indicators import catalogue
from pcmd_eval.util.formatting import format_short_date, join_items, lowercase_first

# What a label begins with and the measure behind its figure says again: a sentence has it once.
_BOTH_YEARS = " đủ số liệu hai năm"  # said once, before the lines
_MEASURE_WORDS = re.compile("^(?:cuộc|lượt(?: người)?|vụ việc|chương trình) ")


def previous_figures_by_name(case: Case) -> dict[str, NamedTexts]:
    """Return `truoc`, the figures of the year before by name, and `sosanh`, what follows this
    year's in a sentence where the two are compared: ", tăng 02 vụ so với năm 2016".
    """
    names = figure_names()
    rows = rows_of_unit_code(case, case.changes).set_index("item")
    previous = rows.before_words.dropna().map(in_sentence)
    # Of sums over some of the units nothing: this year's figure next to it is that of all.
    compared = rows[rows.change.notna() & ~rows.words.str.contains(", tính riêng ")]
    follows = (", " + compared.words.map(pad_counts)).astype("string")
    return {
        "truoc": dict.fromkeys(names, "–") | previous.to_dict(),
        "sosanh": dict.fromkeys(names, "") | follows.to_dict(),
    }


def comparison_lines(case: Case) -> list[str]:
    """Return a line for each objective on its figures that are compared, more and less alike.

    Those of the province that are compared over the same units stand together under their number.
    """
    if not case.plan.previous:
        return []
    lines = []
    for slug, rows in _compared(case).groupby("objective", sort=False):
        groups = []
        for scope_words, alike in rows.groupby("scope", sort=False):
            texts = "; ".join(_describe_row(row) for row in alike.itertuples())
            scope = scope_words.removesuffix(_BOTH_YEARS).replace(f"{_BOTH_YEARS} và", " và")
            groups.append(f"{scope}: {texts}" if scope else texts)
        first, *others = groups
        sentences = ". ".join([first, *map(_capital, others)])
        lines.append(f"- Chỉ tiêu {case.plan[slug].number}: {sentences}.")
    return lines


def _compared(case):
    """Return the rows with a difference, `scope` (over which units) and `difference` apart."""
    rows = _rows(case)
    rows = rows[rows.change.notna() & ~((rows.before == 0) & (rows.now == 0))]
    words = rows.words.str.replace(f" so với năm {case.plan.previous_year}", "")
    parts = words.str.extract(r"^(.*?)(?:, (tính riêng .*))?$")
    bodies = case.plan.own_bodies
    is_own = rows.label.str.startswith(f"{bodies}: ")
    scope = parts[1].fillna("").mask(is_own, f"riêng {lowercase_first(bodies)}")
    labels = rows.label.str.removeprefix(f"{bodies}: ")
    return rows.assign(difference=parts[0], scope=scope, label=labels)


def _describe_row(row):
    label = row.label if row.item in load_settings().outlets else lowercase_first(row.label)
    figure = f"{_MEASURE_WORDS.sub('', label)} {in_sentence(row.now_words, row.measure)}"
    return f"{figure}, {pad_counts(row.difference)}"


def _capital(text):
    return text[:1].upper() + text[1:]


def comparison_note(case: Case) -> str:
    """Return how far the year before may be compared, and once why other figures are not."""
    if not case.plan.previous:
        return ""
    days = list_cutoffs(case.returns, reporters_of(case))
    cutoff = f"ngày {format_short_date(days[0])}" if len(days) == 1 else "ngày chốt của từng đơn vị"
    note = (case.plan.previous.note or "").replace("{cutoff}", cutoff)
    reasons = "" if is_province(case) else _not_compared(_rows(case))  # an annex has them
    return f"{note} {reasons}".strip()


def _not_compared(rows):
    """Return the reasons why figures of both years are not compared, each once."""
    rows = rows[rows.before_words.notna() & rows.change.isna() & rows.why.notna()]
    reasons = join_items([*dict.fromkeys(rows.why)])
    return f"Không so sánh các số liệu khác: {reasons}." if reasons else ""


def comparison_table(case: Case) -> pd.DataFrame:
    """Return the figures of the province that are compared, over the units of their row.

    `attrs["note"]` says why others are not; `attrs["text"]` names the texts of its annex.
    """
    if not case.plan.previous:
        return pd.DataFrame()
    rows = _compared(case)
    table = pd.DataFrame(
        {
            "Nội dung": rows.label,
            f"Năm {case.plan.previous_year}": rows.before_words,
            f"Năm {case.year}": rows.now_words,
            "So sánh": rows.difference,
            "Phạm vi": rows.scope.str.extract(r"(\d+/\d+|cấp .*)")[0],
        }
    ).reset_index(drop=True)
    table.attrs |= {"note": _not_compared(_rows(case)), "text": "compared"}
    return table


def totals_table(case: Case) -> pd.DataFrame:
    """Return the sums of the province that neither another annex nor the text has."""
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
    pairs = zip(rows.label, rows.measure, strict=True)
    labels = [label if unit in label.lower() else f"{label} ({unit})" for label, unit in pairs]
    table = pd.DataFrame({"Nội dung": labels, "Số liệu": [*rows.words]}, dtype="string")
    table.attrs["columns"] = 3
    return table


def _rows(case):
    """Return the unit's rows of both years, but for how many parts there are at all."""
    rows = rows_of_unit_code(case, case.changes)
    return rows[~rows["item"].isin(_wholes(catalogue(case.plan)))]


def _wholes(names):
    return names.index[names["item"].str.endswith(":all")]
