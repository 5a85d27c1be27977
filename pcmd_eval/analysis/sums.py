"""Sums and rates that an analyst forms, and figures of other years, with their missing parts."""

from collections import Counter
from collections.abc import Iterator
from math import inf
from numbers import Real
from pathlib import Path

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.arguments import READ_NUMBERS, as_sums, require_numbers
from pcmd_eval.analysis.case import Case
from pcmd_eval.evaluation.observations import OBSERVATION_KEY, SOME
from pcmd_eval.objectives.aggregation import Keys, count_strays, group_keys, require_gaps
from pcmd_eval.objectives.edited_cells import CASE_ATTR, KEY_ADVICE, require_cells
from pcmd_eval.plan.plan import PLAN_ATTR
from pcmd_eval.plan.previous_year import read_previous
from pcmd_eval.statistics.indicators import describe_sums
from pcmd_eval.util.arguments import MAX_LISTED, require_text_codes, validate_arguments
from pcmd_eval.util.errors import ArgumentRefused

_NUMBERS = ("number", "amount")
_PERIODS = "<NA>"  # replaces the missing `column` of cells of quarters and months


@validate_arguments
def summed(cells: pd.DataFrame | pd.Series, by: Keys) -> pd.DataFrame:
    """Cộng số của các ô, hoặc đếm các phần “có” của một bước, kèm phần còn thiếu.

        attendance = summed(cells[cells.column == "attendance"], "reporter")
        counts = summed(communes, "reporter")

    `cells`: rows of `case.cells`, or a series of booleans; `by`: columns of it, levels of its
    index, or the keys themselves: `cells.reporter.map(case.units.type)`. Returns a frame indexed by
    these: `value` (Float64, <NA> where nothing is known), `state` (complete,
    incomplete, unknown) and `words`: "1.234", "1.234*" for an incomplete sum, "–" for an unknown
    one, "chưa đủ số liệu" where only zeros are known.

    A sum is incomplete, too, where cells whose group is not known may belong to it: a commune
    without a row, a row without its form of communication; and where a filter by value (`dropna`,
    `number > 0`) or a merge left out cells of its case that may be above 0. Filter by codes:
    reporter, row, column, period. A unit that sent nothing has its dash. Give the whole series of
    a step: one without its <NA> does not say that they are missing.

    Raises InputRefused without `by`; for a frame without the columns of `case.cells`, or without a
    row; for a series of numbers, which do not say what may still grow; for answers,
    which `summed(cells.value.eq("yes"), cells.reporter)` counts; for a cell that stands twice, as
    after a merge with a table that has a code twice; for a merged frame while several cases with
    its cells are open; and for a sum over cells of several kinds: sessions and attendance, rows
    that count different things (column `quantity`), or lines of models, of which several may be
    one.
    """
    if isinstance(cells, pd.Series) and is_bool_dtype(cells):
        keys = stray_keys = group_keys(cells, by)
        number, is_known, reporters = cells.astype("Float64"), _are_settled(cells), None
    else:
        rows = _require_cells(cells)
        keys = [key.set_axis(rows.index) for key in group_keys(cells, by)]
        _require_one_kind(keys, _kinds(rows))
        rows, keys = _add_left_out(rows, keys)
        number = rows.number.astype("Float64").fillna(rows.amount)
        is_known = number.notna() & (rows.state == "reported")
        kinds, reporters = _kinds(rows), rows.reporter
        # Strays belong to groups of their kind; a filled <NA> in `column` makes no stray.
        stray_keys = [kinds.get(str(key.name), key) for key in keys] + [
            kinds[name] for name in kinds
        ]
    strays = count_strays(stray_keys, pd.Series(True, number.index), is_known, reporters)
    groups = pd.DataFrame({"number": number, "complete": is_known & (strays == 0)}).groupby(
        keys, sort=False, dropna=False
    )
    sums = describe_sums(groups.number.sum(min_count=1).round(6), groups.complete.all())
    # Cells do not depend on the rules; steps of a plan have its mark.
    sums.attrs[PLAN_ATTR] = "" if isinstance(cells, pd.DataFrame) else cells.attrs.get(PLAN_ATTR)
    # By `unit_code`, and after `reindex(case.codes)`, the code of the province is its own bodies'.
    sums.attrs["printed_as"] = {"unit_code": "reporter"}
    # In the order of appearance; of cells left out alone, a group that has a name: a silent unit.
    is_named = sums.index.to_frame().replace("", pd.NA).notna().all(axis=1)
    is_named[: groups.ngroup().iloc[: len(cells)].nunique()] = True
    return sums[is_named]


def _are_settled(answers: pd.Series) -> pd.Series:
    """Return whether each answer is known and final; one about an `open` cell may still change.

    The index of cells has no name; answers with a named index are about parts of a step. A False of
    `isin` about a cell without a value says nothing: pandas gives it for <NA>, too.
    """
    case = case_editions.opened_cases.get(answers.attrs.get(CASE_ATTR))
    if case is None:
        require_gaps(answers)
    if case is None or answers.index.names != [None]:
        return answers.notna()
    cells = case.cells.reindex(answers.index)
    is_settled = answers.notna() & cells.state.ne("open").fillna(True)
    return is_settled & (answers | cells.value.notna()) if answers.dtype == bool else is_settled


def _require_cells(cells: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Return rows of `case.cells` with their columns, also those that are levels of the index.

    The index is 0, 1, …; raises InputRefused for other frames, and for answers: they have no sum.
    """
    rows = cells
    if isinstance(cells, pd.DataFrame):
        levels = [name for name in cells.index.names if name and name not in cells]
        rows = cells.reset_index(levels).reset_index(drop=True)
    rows = require_cells(rows, [*_NUMBERS, "quantity"])
    if rows.empty:
        raise ArgumentRefused(
            "bảng không có ô nào, xem lại điều kiện lọc; các giá trị: "
            'case.cells[["objective", "row", "column"]].drop_duplicates().'
        )
    is_known = rows.value.notna() & (rows.state == "reported") & (rows.value != SOME)
    answers = rows[is_known & rows.number.isna() & rows.amount.isna()]
    if len(answers):
        answer = answers.iloc[0]
        raise ArgumentRefused(
            f"cộng số; ô {answer['item']} ghi câu trả lời “{answer.value}”. "
            'Đếm câu trả lời: summed(cells.value.eq("yes"), cells.reporter).'
        )
    return rows


def _cells_of_case(rows: pd.DataFrame) -> pd.DataFrame:
    """Return all cells of the opened case from which rows come; the rows, if no case has them.

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
    return all_cells


def _add_left_out(
    rows: pd.DataFrame, keys: list[pd.Series]
) -> tuple[pd.DataFrame, list[pd.Series]]:
    """Return rows and keys with those of the cells that a filter by value left out, if any.

    These have no number, and <NA> for a key of one's own.
    """
    left_out = _left_out_by_value(rows, _cells_of_case(rows))
    if left_out.empty:
        return rows, keys
    unknown = pd.Series(pd.NA, left_out.index, dtype=object)
    extended = []
    for key in keys:
        is_column = key.name in left_out and key.equals(rows[key.name])
        parts = [key, left_out[key.name] if is_column else unknown]
        extended.append(pd.concat(parts, ignore_index=True).rename(key.name))
    numbers = {name: left_out[name].where(left_out.state.isna()) for name in _NUMBERS}
    return pd.concat([rows, left_out.assign(**numbers)], ignore_index=True), extended


def _left_out_by_value(rows: pd.DataFrame, all_cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of `all_cells` that a filter by value left out, without known zeros.

    They have the objectives, columns, periods and rows of `rows`, or a row without a name. Cells of
    other reporters are not among them if one of these has reported a number above 0, or if `rows`
    has only one reporter; nor are those of other communes if it has only one commune.
    """
    kept_keys = {*_keys(rows)}
    left_out = all_cells[all_cells.row.isin([*rows.row.unique(), ""])]
    for name in ("objective", "column", "period"):
        left_out = left_out[left_out[name].isin(rows[name].unique())]
    left_out = left_out[[key not in kept_keys for key in _keys(left_out)]]
    # Reporters were left out on purpose if one of them has reported more than 0.
    is_present = left_out.reporter.isin(rows.reporter)
    is_above_zero = left_out.state.eq("reported") & left_out.some & left_out.row.isin(rows.row)
    if rows.reporter.nunique() == 1 or is_above_zero[~is_present].any():
        left_out = left_out[is_present]
    if rows.unit_code.nunique() == 1:
        left_out = left_out[left_out.unit_code.isin(rows.unit_code)]
    return left_out[(left_out.state != "reported") | left_out.some.fillna(True)]


def _keys(cells: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield the `OBSERVATION_KEY` of each cell."""
    return zip(*(cells[name].tolist() for name in OBSERVATION_KEY), strict=True)


def _kinds(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that say what cells count, with `_PERIODS` for <NA>."""
    return rows[["objective", "column", "quantity"]].fillna(_PERIODS)


def _require_one_kind(keys: list[pd.Series], kinds: pd.DataFrame) -> None:
    """Raise InputRefused if a group holds cells of several kinds: sessions and attendance.

    `kinds`: see `_kinds`; a `quantity` begins with the code of its row: "4.1 (230)".
    """
    counts = kinds.groupby([key.to_numpy() for key in keys], sort=False, dropna=False).nunique()
    for name, kind in kinds.items():
        if counts[name].gt(1).any():
            found = kind.unique()[:MAX_LISTED]
            key = "row" if name == "quantity" else name
            one = f'cells[cells.{key} == "{found[-1].partition(" ")[0]}"]'
            if _PERIODS in found:  # cells of quarters and months
                one = f"cells[cells.{key}.isna()]"
            raise ArgumentRefused(
                f"không cộng lẫn nhiều loại số; cột {name} có: {', '.join(found)}. Chọn một "
                f'loại trước, như {one}, hoặc cộng theo cả cột {key}: by=["reporter", "{key}"]; '
                "đã cộng sẵn: case.indicators."
            )


@validate_arguments
def per(sums: pd.DataFrame, people: pd.Series | pd.DataFrame, scale: float = 1) -> pd.DataFrame:
    """Chia kết quả của `summed`, hoặc các dòng trong `case.indicators`, giữ phần còn thiếu.

        rate = per(attendance, people, 10_000)
        district_map(rate, case, "Lượt người dự trên 10.000 dân")

    `people`: a series by the index of `sums`, or by the codes of its column `unit_code`, that is
    taken as complete; or other sums, a frame like `sums`. Returns `value`, `state` and `words` (an
    exact rate with up to three decimals, else two), a dash where `people` has no number, none above
    0, or one that is not complete: the true rate may be lower. Raises InputRefused where `people`
    has texts, infinite numbers, a code twice, or codes that do not match those of `sums`; for a
    count of communes or months without that of the unknown ones; where all are below 1,000 in a
    rate per 1,000 or more ("195.000" read with a decimal point); where the indexes of both have
    different numbers of levels; and for a `scale` that is not a number above 0.
    """
    rows, is_sums = _by_code(sums), isinstance(people, pd.DataFrame)
    if isinstance(people, pd.DataFrame):
        divisor = _by_code(people)
        people = divisor.value.where(divisor.state == "complete")
    if not isinstance(scale, Real) or not 0 < scale < inf:
        raise ArgumentRefused(f"scale là số lớn hơn 0; đây là {scale!r}.")
    _require_divisor(people, rows.index)
    # "195.000", "70.125" read with a decimal point, or persons in thousands.
    parts = (people.dropna().astype(float) * 1000).round(6)
    has_three_decimals = (parts % 1 == 0).all() and (parts % 10 > 0).any()
    if not is_sums and (parts < 1e6).all() and (scale >= 1000 or has_three_decimals):
        raise ArgumentRefused(
            f"mọi số chia đều dưới 1.000, như {[*people.head(2).items()]}. Nếu tệp viết dấu "
            f"chấm hàng nghìn (“195.000”), đọc bằng {READ_NUMBERS}; nếu số tính theo nghìn người, "
            "nhân 1.000 trước: per(…, people * 1000, …)."
        )
    divisors = people.reindex(rows.index).astype("Float64")
    value = rows.value / divisors.mask(divisors <= 0) * scale
    rates = describe_sums(value, rows.state == "complete")
    rates.attrs |= sums.attrs  # the mark of a scenario
    return rates


def _by_code(sums: pd.DataFrame) -> pd.DataFrame:
    """Return sums by their index, or by the codes of their column `unit_code`."""
    sums = as_sums(sums)
    return sums.set_index("unit_code") if "unit_code" in sums else sums


def _require_divisor(people: pd.Series, codes: pd.Index) -> None:
    """Raise ArgumentRefused unless `people` are finite numbers by distinct codes, texts as `codes`
    are, and either has none that the other lacks: such codes do not match.
    """
    require_numbers(people)
    if codes.nlevels != people.index.nlevels:
        levels = " hoặc ".join(f"{[*index.names]}" for index in (codes, people.index))
        raise ArgumentRefused(
            f"cần bảng và dãy số cùng bậc chỉ mục; đây là {levels}. Lấy một mục của bậc thứ hai, "
            'như bảng.xs("attendance", level="item"), hoặc cộng theo ít bậc hơn.'
        )
    if not is_numeric_dtype(codes):
        require_text_codes(people.index)
    repeated = people.index[people.index.duplicated()]
    lacking, extra = codes.dropna().difference(people.index), people.index.difference(codes)
    if len(repeated) or (len(lacking) and (len(extra) or people.empty)):
        seen, needed = (", ".join(map(str, one[:MAX_LISTED])) for one in (extra, lacking))
        seen = f"mã {repeated[0]} lặp lại" if len(repeated) else f"mã {seen}, thiếu {needed}"
        raise ArgumentRefused(
            f"cần số theo mọi mã của bảng, mỗi mã một lần; đây là {seen}. Đọc tệp: {READ_NUMBERS}."
        )


@validate_arguments
def read_year(file: str | Path, year: int, case: Case) -> pd.DataFrame:
    """Đọc số liệu của một năm: `indicators.csv` đã công bố, hoặc tệp tự gõ `unit_code,item,value`.

        figures = read_year("data/previous/phu_tho_2016.csv", 2016, case)
        figures.value.unstack("item")

    Returns a frame as `case.previous`, indexed by `unit_code` and `item`: `value` (Float64),
    `state`, `precision`, `words` (with "minh họa" behind a number that is made up), `measure`,
    `illustrative`; a typed file gets the words and states of its values. Raises InputRefused that
    names file and line of every fault.
    """
    figures = read_previous(Path(file), year, case.plan.reporters.index)
    is_made_up = figures.illustrative == "yes"
    return figures.assign(words=figures.words.mask(is_made_up, figures.words + " (minh họa)"))
