"""Describe the reporting status: returns received, missing returns, cut-off dates."""

import pandas as pd

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.left_out_cells import find_left_out_reporters
from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.evaluation.observations import (
    COUNTED_STATES,
    counted_returns,
    received_returns,
)
from pcmd_eval.evaluation.states import FILLED_STATES
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.arguments import require_columns, validate_arguments
from pcmd_eval.util.errors import ArgumentRefused
from pcmd_eval.util.formatting import (
    describe_filled_cells,
    format_short_date,
)
from pcmd_eval.util.table_attrs import CASE_ATTR

INCOMPLETE_STATES = ("missing", "unreadable", "empty", "partial")  # of a return


def count_complete(cells: pd.DataFrame, reporters: pd.Index) -> int:
    """Return the number of these reporters all of whose cells are final (state reported)."""
    is_final = cells.state.eq("reported").groupby(cells.reporter).all()
    return int(is_final[is_final.index.isin(reporters)].sum())


def describe_arrivals(plan: Plan, returns: pd.DataFrame, cells: pd.DataFrame) -> list[str]:
    """Return a sentence on the received returns, then one for each state in `INCOMPLETE_STATES`,
    and one on those that lack whole sheets.
    """
    rows = received_returns(returns).reindex(plan.expected_reporters)
    arrived = rows[rows.state.isin(COUNTED_STATES)]
    late, complete = int(arrived.late.sum()), count_complete(cells, arrived.index)
    sentences = [phrase("arrived", plan, plan.expected_reporters, [*arrived.index], late, complete)]
    sheets = _list_empty_sheets(plan, cells)
    sheets = sheets[sheets.index.isin(rows.index[rows.state == "partial"])]
    states = rows.state.mask(rows.index.isin(sheets.index))
    for state in INCOMPLETE_STATES:
        if units := [*rows.index[states == state]]:
            sentences.append(phrase("lacking", state, plan.join_names(units)))
    groups = [
        f"{plan.join_names([*units])} (Biểu {numbers})"
        for numbers, units in sheets.index.groupby(sheets).items()
    ]
    return [*sentences, phrase("lacking", "sheets", "; ".join(groups))] if groups else sentences


def _list_empty_sheets(plan: Plan, cells: pd.DataFrame) -> pd.Series:
    """Return the numbers of the sheets without any readable cell, as text, by reporter."""
    is_filled = cells.state.isin(FILLED_STATES).groupby([cells.reporter, cells.objective]).any()
    empty = is_filled.index[~is_filled].to_frame(index=False)
    numbers = empty.objective.map({one.objective: str(one.number) for one in plan.form.sheets})
    return numbers.sort_values().groupby(empty.reporter).agg(", ".join)


@validate_arguments
def filled_share(cells: pd.DataFrame) -> str:
    """Câu nói bao nhiêu ô có số liệu trong số ô phải điền.

    show(filled_share(case.unit_rows(case.cells)))

    Of several reporters it names those left out that lack data. Raises InputRefused for cells of a
    case of which those without data were left out.
    """
    keys = ["reporter", "objective", "column", "period"]
    require_columns(cells, [*keys, "row", "unit_code", "cell", "state"])
    case = case_editions.opened_cases.get(cells.attrs.get(CASE_ATTR))
    names = ""
    if case is not None and {*cells.index} <= {*case.cells.index}:
        others = case.cells.drop(cells.index)
        if cells.reporter.nunique() > 1:
            names = case.plan.join_names(find_left_out_reporters(cells, others))
        others = others[~others.state.isin(FILLED_STATES)]
        keys += ["unit_code"] * (cells.unit_code.nunique() == 1)
        is_alike = pd.concat([others[key].isin(cells[key].unique()) for key in keys], axis=1)
        is_row = others.row.isin([*cells.row.unique(), "", "none"])
        if (is_alike.all(axis=1) & is_row).any():
            raise ArgumentRefused(
                "các ô đã lọc bỏ ô chưa có số liệu nên tỷ lệ sẽ sai. Đưa mọi ô, chỉ chọn theo mã: "
                "reporter, objective, column, period."
            )
    sentence = describe_filled_cells(int(cells.state.isin(FILLED_STATES).sum()), len(cells))
    return f"{sentence} Không kể {names}." if names else sentence


def list_cutoffs(returns: pd.DataFrame) -> list[str]:
    """Return the distinct cut-off days (ISO), ascending."""
    return sorted({*counted_returns(returns).cutoff.dt.strftime("%Y-%m-%d").dropna()})


def describe_days(plan: Plan, returns: pd.DataFrame) -> list[str]:
    """Return sentences on the cut-off days and on the day of the last return, if known."""
    counted, sentences = counted_returns(returns), []
    if counted.cutoff.notna().any():
        sentences.append(_describe_cutoffs(plan, counted.cutoff, returns.reporter.nunique()))
    sent = counted.sent.dropna()
    if len(sent):
        sentences.append(f"Tổng hợp từ các báo cáo gửi đến ngày {format_short_date(sent.max())}.")
    return sentences


def _describe_cutoffs(plan: Plan, cutoffs: pd.Series, total: int) -> str:
    """Return a sentence on the cut-off days: that of most reporters, the first and last others, and
    whose is not known.

    `cutoffs`: days by reporter; `total`: the number of all reporters.
    """
    unclear = plan.join_names(cutoffs.index[cutoffs.isna()])
    cutoffs = cutoffs.dropna()
    if total == 1:
        return f"Số liệu chốt đến {format_short_date(cutoffs.iloc[0])}."
    common = cutoffs.mode()[0]
    is_majority = (cutoffs == common).sum() * 2 > total
    ends, days = {}, {"sớm nhất": cutoffs.min(), "muộn nhất": cutoffs.max()}
    for label, day in days.items() if cutoffs.nunique() > 1 else [("", common)]:
        if is_majority and day == common:
            continue
        units = plan.join_names(cutoffs.index[cutoffs == day])
        # Next to `common`, a day of the same year needs no year.
        has_year = not is_majority or day.year != common.year
        text = format_short_date(day) if has_year else f"{day:%d/%m}"
        ends[label] = f"{text} ({units})"
    is_of_all = (cutoffs == common).sum() == total
    day = format_short_date(common) if is_majority else ""
    return phrase("cutoffs", day, ends, is_of_all, unclear)
