"""The cells that an analyst's answers are about, and those that a choice of rows left out."""

import re
from collections import Counter
from collections.abc import Iterator

import pandas as pd

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.arguments import settled_answers
from pcmd_eval.evaluation.observations import OBSERVATION_KEY
from pcmd_eval.objectives.aggregation import Keys, group_keys, require_gaps
from pcmd_eval.objectives.edited_cells import KEY_ADVICE
from pcmd_eval.util.errors import ArgumentRefused
from pcmd_eval.util.table_attrs import (
    CASE_ATTR,
    LEFT_OUT_ATTR,
    MISSING_ATTR,
    UNKNOWN_PARTS_ATTR,
    filled_labels,
    join_labels,
    labels_of,
    split_labels,
)

NUMBERS = ("number", "amount")
KINDS = ["objective", "column", "quantity"]  # columns that say what cells count


def trace_answers(answers: pd.Series, by: Keys) -> tuple[pd.DataFrame, list[pd.Series]]:
    """Return the cells that answers (booleans) are about and those left out, with the answers as
    their `number`: 1, 0 or <NA> (Float64), and their keys. Where the index is not that of the cells
    of an opened case, as of parts of a step, the rows are the answers alone, all of one kind; those
    about incomplete sums, or about parts of which some are unknown, are unknown.

    The number of an `open` cell may grow: its False is no answer yet, nor its True where a larger
    number has a False, as by `lt` and `eq`. A False of `isin` about a cell without a value says
    nothing: pandas gives it for <NA>, too. Raises InputRefused for booleans without gaps of no
    cells, and for keys of rows that were numbered anew: those of other cells.
    """
    case = case_editions.opened_cases.get(answers.attrs.get(CASE_ATTR))
    number, keys = answers.astype("Float64"), group_keys(answers, by)
    if case is None or answers.empty or not {*answers.index} <= {*case.cells.index}:
        require_gaps(answers)
        _require_missing_parts(answers)
        number = settled_answers(answers).astype("Float64")
        rows = pd.DataFrame(dict.fromkeys(("state", *KINDS), "-") | {"number": number})
        rows.attrs[LEFT_OUT_ATTR] = join_labels(_find_left_out_reporters_of_parts(answers))
        return rows, keys
    rows = case.cells.loc[answers.index]
    numbers = rows.number.astype("Float64").fillna(rows.amount)
    is_no = ~answers
    is_unknown = (rows.state == "open") & (is_no | (numbers < numbers[is_no].max()))
    if not answers.isna().any():
        is_unknown |= is_no & rows.value.isna()
    number = number.mask(is_unknown.fillna(False))
    rows, others = rows.assign(number=number, amount=pd.NA), case.cells.drop(answers.index)
    return add_left_out(rows, group_keys(rows, keys), others)


def _require_missing_parts(answers: pd.Series) -> None:
    """Raise ArgumentRefused for parts of a step of which unknown ones were filled or dropped, and
    for groups of parts of which some with unknown ones were dropped.
    """
    missing, levels = pd.Index(split_labels(answers, MISSING_ATTR)), answers.index.names
    if answers.name == "state":  # known of each sum
        return
    filled, groups = filled_labels(answers), split_labels(answers, UNKNOWN_PARTS_ATTR)
    dropped = missing.append(pd.Index(groups)).difference(labels_of(answers.index))
    reporters = answers.index.unique("reporter") if "reporter" in levels else []
    # Not those of other reporters, nor of parts with other levels.
    starts = tuple(f"('{code}'," for code in reporters)
    is_of_these = dropped.str.startswith(starts) & (dropped.str.count(",") == len(levels) - 1)
    dropped = dropped[is_of_these]
    if label := [*filled, *dropped][:1]:
        raise ArgumentRefused(
            f"dãy của bước tính đã điền hoặc bỏ chỗ chưa rõ (<NA>), như {label[0]}, nên không còn "
            "biết thiếu gì. Đưa nguyên dãy của bước, không fillna, không dropna."
        )


def other_cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the other cells of the opened case from which rows come; none, if no case has them.

    `open_case` marks its cells; a frame that has lost the mark, as by `merge`, may be of any case
    that has its cells. Raises InputRefused for several such cases, for a cell that stands twice,
    and for one that the marked case does not have.
    """
    counts, opened_cases = Counter(_keys(rows)), case_editions.opened_cases
    rows_mark = rows.attrs.get(CASE_ATTR)
    candidates = [
        case.cells
        for mark, case in opened_cases.items()
        if mark == rows_mark
        or (rows_mark not in opened_cases and {*counts} <= {*_keys(case.cells)})
    ]
    if len(candidates) > 1:
        raise ArgumentRefused(
            "đang mở nhiều bộ số liệu có những ô này, mà bảng không còn cho biết lấy từ bộ "
            f"nào (merge, concat bỏ mất). {KEY_ADVICE}"
        )
    all_cells = candidates[0] if candidates else rows
    if extra := [*(counts - Counter(_keys(all_cells)))]:
        raise ArgumentRefused(
            f"ô {' '.join(filter(None, extra[0]))} đứng nhiều lần, hoặc không có trong "
            f"case, có {len(extra)} ô như thế. {KEY_ADVICE}"
        )
    return all_cells[[key not in counts for key in _keys(all_cells)]]


def find_left_out_reporters(rows: pd.DataFrame, others: pd.DataFrame) -> list[str]:
    """Return the codes of the reporters that have none of these rows of cells, but open ones of
    their objectives, columns and rows among the others of their case.

    They may have been left out by their values, which a sum by other keys does not show. Of cells
    of the unit that was opened, or of the province's own bodies, none was.
    """
    opened_cases = case_editions.opened_cases.values()
    if any({*rows.reporter} <= {case.unit, case.plan.province} for case in opened_cases):
        return []
    is_open = (others.state != "reported") & others.row.isin([*rows.row, "", "none"])
    for name in ("objective", "column"):
        is_open &= others[name].isin(rows[name].unique())
    return [*others.reporter[is_open & ~others.reporter.isin(rows.reporter)].unique()]


def _find_left_out_reporters_of_parts(parts: pd.Series) -> list[str]:
    """Return the codes of the reporters that have unknown parts of a step, but none of these."""
    if "reporter" not in parts.index.names:
        return []
    reporters = parts.index.unique("reporter")
    if any({*reporters} <= {case.unit} for case in case_editions.opened_cases.values()):
        return []
    codes = [re.findall(r"\w+", label)[0] for label in split_labels(parts, MISSING_ATTR)]
    return [code for code in dict.fromkeys(codes) if code not in reporters]


def add_left_out(
    rows: pd.DataFrame, keys: list[pd.Series], others: pd.DataFrame
) -> tuple[pd.DataFrame, list[pd.Series]]:
    """Return rows and keys, indexed 0, 1, …, with those of the cells among `others` of their case
    that a filter by value left out; these have no number, and <NA> for a key of one's own. `attrs`
    of an opened case's rows say which reporters were left out.
    """
    keys, rows = [key.set_axis(range(len(key))) for key in keys], rows.reset_index(drop=True)
    if case_editions.opened_cases:
        rows.attrs[LEFT_OUT_ATTR] = join_labels(find_left_out_reporters(rows, others))
    left_out = _left_out_by_value(rows, others)
    if left_out.empty:  # as of whole sheets
        return rows, keys
    extended = pd.concat([rows, left_out.drop(columns=[*NUMBERS])], ignore_index=True)
    extended.attrs = rows.attrs
    return extended, [
        extended[key.name]
        if key.name in rows and key.equals(rows[key.name])
        else key.reindex(extended.index)
        for key in keys
    ]


def _left_out_by_value(rows: pd.DataFrame, left_out: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of `left_out` that a filter by value left out, without known zeros.

    They have the objectives, columns, periods and rows of `rows`, or a row without a name, or say
    whether there are lines. Cells of other reporters are not among them if one of these has
    reported a number above 0, or an answer; nor are those of other reporters or communes if `rows`
    has only one.
    """
    single = [name for name in ("reporter", "unit_code") if rows[name].nunique() == 1]
    for name in ("objective", "period", *single):
        left_out = left_out[left_out[name].isin(rows[name].unique())]
    is_list = left_out.row == "none"  # of a reporter without lines
    is_alike = left_out.column.isin(rows.column.unique()) & left_out.row.isin([*rows.row, ""])
    left_out = left_out[is_alike | is_list]
    # Reporters were left out on purpose if one of them has reported more than 0.
    is_present = left_out.reporter.isin(rows.reporter)
    is_above_zero = (left_out.state == "reported") & left_out.some.fillna(True)
    if (is_above_zero & left_out.row.isin(rows.row))[~is_present].any():
        left_out = left_out[is_present]
    # A reported answer has no `some`; that of a known row was left out as a “no”.
    return left_out[(left_out.state != "reported") | left_out.some.fillna(left_out.row == "")]


def _keys(cells: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield the `OBSERVATION_KEY` of each cell."""
    return zip(*(cells[name].tolist() for name in OBSERVATION_KEY), strict=True)
