"""The frames of figures and of open points that annexes of the province's report print."""

import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_indicators, rows_of_unit_code
from pcmd_eval.objectives.enforcement import least_detected
from pcmd_eval.office.reports.placeholders import compared_changes
from pcmd_eval.office.reports.sections import open_points, tabulate_open_points
from pcmd_eval.office.reports.verdict_tables import AnnexFrame, Frames, prepend_names
from pcmd_eval.plan.report_settings import load_settings
from pcmd_eval.statistics.indicators import catalogue, describe_sums, says_something
from pcmd_eval.util.vocabulary import NO_VALUE, PERIOD_LABELS

TOTAL = "Tổng cộng"
_NOT_ASKED = "×"  # the plan asks this unit for nothing


def yield_figures(case: Case) -> Frames:
    """Yield the table of figures: a row for each unit, the province's own bodies, and their sum; a
    column for each figure. Nothing where communes report.
    """
    plan, rows = case.plan, _figures_by_unit(case)
    total = rows[rows.is_sum].set_index("item")
    items = [item for item in load_settings().by_unit if item in total.index]
    if plan.communes_report or not items:  # too many rows: their sums stand among the totals
        return
    wide = rows[~rows.is_sum].pivot(index="unit_code", columns="item", values="words")
    wide = wide.reindex(index=plan.expected_reporters, columns=items)
    marked_cells = {
        "star": (rows.state == "incomplete") & ~rows.is_empty,
        "dash": rows.is_empty | (rows.state == "unknown"),
        "not_asked": wide.isna().stack(),
    }
    wide = wide.fillna(_NOT_ASKED)
    names = plan.senders.full_name[plan.expected_reporters]
    wide.loc[TOTAL], names[TOTAL] = total.words, TOTAL
    heads = (total.label + " (" + total.measure + ")")[items]
    table = prepend_names(wide, names).rename(columns=heads)
    marks = [mark for mark, is_marked in marked_cells.items() if is_marked.any()]
    yield AnnexFrame(table, marks=marks, numbers=[*heads], has_total=True)


def _figures_by_unit(case: Case) -> pd.DataFrame:
    """Return the indicators of the table of figures, with `is_sum` and `is_empty`.

    `item`: the name of the sum, also of figures of the province's own bodies. Both have the
    province's code; `is_sum` marks the sum over all units. `is_empty`: the known part is 0; its
    words are a dash. The number of cases (item `cases`) is at least that in findings.
    """
    rows = all_indicators(case)
    sum_names = rows["item"].map(catalogue(case.plan).sum_name)
    is_sum = (rows.unit_code == case.plan.province) & (sum_names == rows["item"])
    rows = rows.assign(item=sum_names, is_sum=is_sum)
    rows = rows[rows["item"].isin(load_settings().by_unit)]
    is_case_count = rows["item"] == "cases"
    if is_case_count.any():
        least = least_detected(case.plan.steps("enforcement", case.cells)["quarters"])
        least = rows.unit_code.map(least).mask(rows.is_sum, least.sum()).where(is_case_count)
        rows = rows.assign(value=pd.concat([rows.value, least], axis=1).max(axis=1))
    sums = describe_sums(rows.value, rows.state == "complete")
    is_empty = (sums.state == "incomplete") & (sums.value == 0).fillna(False)
    return rows.assign(**sums, is_empty=is_empty).assign(words=sums.words.mask(is_empty, NO_VALUE))


def yield_totals(case: Case) -> Frames:
    """Yield the changes since the previous year, then the known sums that no other table has."""
    plan, settings, entries = case.plan, load_settings(), catalogue(case.plan)
    # Sums of one period; counts of all, of the uncounted and of the unknown parts of a step.
    is_left_out = entries["item"].isin(PERIOD_LABELS) | entries.part.isin(["all", "no", "unknown"])
    # The sums include the province's own bodies, which have a row in the table of figures.
    compared = entries.index[~is_left_out & (entries.kind != "own")]
    changes = compared_changes(case)
    changes = changes[changes["item"].isin(compared)]
    if len(changes):
        caption = f"So sánh với năm {plan.previous_year}"
        years = [f"Năm {plan.previous_year}", f"Năm {plan.year}"]
        yield AnnexFrame(case.for_display(changes), caption=caption, numbers=years)
    # Findings state the parts that count ("yes").
    sums = entries[~is_left_out & entries.kind.isin(["sum", "whole"]) & (entries.part != "yes")]
    printed_items = {*changes["item"]}
    if not plan.communes_report:  # else no other annex has figures
        printed_items |= {*settings.by_unit, *settings.figures}
    rows = rows_of_unit_code(case, all_indicators(case))
    is_listed = rows["item"].isin({*sums.index} - printed_items) & rows.objective.notna()
    rows = rows[is_listed & says_something(rows)]
    labels = rows.label + " (" + rows.measure + ")"
    head = f"Năm {case.year}"
    table = pd.DataFrame({"Nội dung": labels, head: rows.words}).reset_index(drop=True)
    marks = ["star"] if (rows.state == "incomplete").any() else []
    yield AnnexFrame(table, caption="Số liệu khác", side_by_side=3, marks=marks, numbers=[head])


def yield_opinions(case: Case) -> Frames:
    """Yield the table of open points."""
    sentences = [case.plan[point.slug].sentence for point in open_points(case)]
    has_short_form = any("PCMD" in sentence for sentence in sentences)
    yield AnnexFrame(tabulate_open_points(case), marks=["pcmd"] if has_short_form else [])
