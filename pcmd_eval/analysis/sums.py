"""Sums and rates that an analyst forms, and figures of other years, with their missing parts."""

from math import inf
from numbers import Real
from pathlib import Path

import pandas as pd
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.arguments import READ_NUMBERS, as_sums, require_numbers
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.left_out_cells import (
    KINDS,
    NUMBERS,
    add_left_out,
    other_cells,
    trace_answers,
)
from pcmd_eval.analysis.own_signs import has_own_signs
from pcmd_eval.evaluation.observations import SOME
from pcmd_eval.objectives import aggregation
from pcmd_eval.objectives.aggregation import Keys, count_strays, group_keys
from pcmd_eval.objectives.edited_cells import refuse_numbers_of_other_states, require_cells
from pcmd_eval.plan.previous_year import read_previous
from pcmd_eval.statistics.indicators import describe_sums, open_counts
from pcmd_eval.util.arguments import MAX_LISTED, require_text_codes, validate_arguments
from pcmd_eval.util.errors import ArgumentRefused
from pcmd_eval.util.table_attrs import (
    CASE_ATTR,
    GAPS_ATTR,
    INCOMPLETE_ATTR,
    LEFT_OUT_ATTR,
    LEVELS_ATTR,
    NAMES_ATTR,
    OPEN_ATTR,
    OPENED_ATTR,
    PLAN_ATTR,
    SOURCE_ATTR,
    UNKNOWN_PARTS_ATTR,
    UNTRACED_ATTR,
    join_labels,
    labels_of,
    note_names_and_gaps,
    set_plan_mark,
    split_labels,
    unit_of,
)

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
    reporter, row, column, period. A unit that sent nothing has its dash.
    A step is refused where its <NA> were dropped or filled. Booleans that are of no cell, step or
    finding are counted as they are; `show` and charts then note missing data.

    Raises InputRefused without `by`; for a frame without the columns of `case.cells`, or without a
    row; for a series of numbers, which do not say what may still grow; for answers,
    which `summed(cells.value.eq("yes"), cells.reporter)` counts; for a cell that stands twice, as
    after a merge with a table that has a code twice; for a merged frame while several cases with
    its cells are open; and for a sum over cells of several kinds: sessions and attendance, rows
    that count different things (column `quantity`), or lines of models, of which several may be
    one.
    """
    if isinstance(cells, pd.Series) and is_bool_dtype(cells):
        rows, keys = trace_answers(cells, by)
    else:
        rows, keys = _require_cells(cells, by)
    number = rows.number.astype("Float64").fillna(rows.get("amount", pd.NA))
    is_known = number.notna() & (rows.state != "open")
    # Strays belong to groups of their kind; a filled <NA> in `column` makes no stray.
    kinds = rows[KINDS].astype("string").fillna(_PERIODS)
    stray_keys = [key for key in keys if key.name not in kinds] + [kinds[name] for name in kinds]
    strays = count_strays(stray_keys, pd.Series(True, number.index), is_known, rows.get("reporter"))
    groups = pd.DataFrame({"number": number, "complete": is_known & (strays == 0)}).groupby(
        keys, sort=False, dropna=False
    )
    sums = describe_sums(groups.number.sum(min_count=1).round(6), groups.complete.all())
    _mark_sums(sums, cells)
    _note_left_out(sums, cells, rows)
    # In the order of appearance; of cells left out alone, a group that has a name: a silent unit.
    is_named = sums.index.to_frame().replace("", pd.NA).notna().all(axis=1)
    is_named[: groups.ngroup().iloc[: len(cells)].nunique()] = True
    return sums[is_named]


def _mark_sums(sums: pd.DataFrame, cells: pd.DataFrame | pd.Series) -> None:
    """Set in `attrs` of sums of `cells` what they come from and what is missing in them."""
    mark = cells.attrs.get(PLAN_ATTR, "")  # cells do not depend on the rules
    if mark or isinstance(cells, pd.DataFrame):
        set_plan_mark(sums, mark)
    elif _knows_missing_parts(cells):
        note_names_and_gaps(sums)
    else:
        sums.attrs[UNTRACED_ATTR] = "yes"
    # By `unit_code`, and after `reindex(case.codes)`, the code of the province is its own bodies'.
    if isinstance(cells, pd.DataFrame) or cells.attrs.get(SOURCE_ATTR) == "cells":
        sums.attrs["printed_as"] = {"unit_code": "reporter"}
    sums.attrs |= _incomplete_labels(sums) | {OPENED_ATTR: cells.attrs.get(OPENED_ATTR, "")}


def _note_left_out(
    result: pd.DataFrame | pd.Series, cells: pd.DataFrame | pd.Series, rows: pd.DataFrame
) -> None:
    """Set in `attrs` of sums or answers which reporters `rows` lack, those traced from `cells`; of
    `Case.unit_rows` none.
    """
    if LEFT_OUT_ATTR in rows.attrs:
        result.attrs[LEFT_OUT_ATTR] = "" if unit_of(cells) else rows.attrs[LEFT_OUT_ATTR]


@validate_arguments
def at_least(needed: int, parts: pd.Series, by: Keys) -> pd.Series:
    """Mỗi nhóm có đủ số phần được tính hay không: có, không, hoặc chưa rõ.

        quarters = at_least(1, cells.some, by=[cells.unit_code, cells.period])

    Return for each group True if `needed` of its parts surely count, False if too few can, <NA>
    where missing data decide: unknown parts, or parts that may be of this group or another (a row
    without its form of communication). `parts`: booleans; `by`: names of levels of their index, or
    keys of each part. Of chosen rows of `case.cells` the groups of cells that may belong to them
    are there, too, see `summed`. Raises InputRefused if the parts are no booleans, `needed` is no
    whole number, or a name is no level of the index.
    """
    is_known, given, rows = _knows_missing_parts(parts), parts, pd.DataFrame()
    if is_bool_dtype(parts):
        rows, by = trace_answers(parts, by)
        parts = rows.number.astype("boolean")
    result = aggregation.at_least(needed, parts, by)
    # How many rows there are of a commune without one is not known.
    rows_of_parts = parts.index.to_frame().reindex(columns=["row", "item"])
    is_open = parts.isna() & rows_of_parts.eq("").any(axis=1).fillna(False)
    has_open = is_open.groupby(group_keys(parts, by), dropna=False).any()
    result = result.where(result.fillna(True) | ~has_open)
    if is_known:
        set_plan_mark(result, result.attrs.get(PLAN_ATTR, ""))
    else:
        result.attrs[UNTRACED_ATTR] = "yes"
    result.attrs.pop(UNKNOWN_PARTS_ATTR, None)  # of other groups
    _note_left_out(result, given, rows)
    return result


def _knows_missing_parts(parts: pd.DataFrame | pd.Series) -> bool:
    """Return whether parts are rows of cells, those of a step, of one reporter, or groups of these
    by all levels but the last: the case or `attrs` tell what is missing; or answers about findings,
    <NA> about open ones.
    """
    levels, names = split_labels(parts, LEVELS_ATTR), [*map(str, parts.index.names)]
    is_named = levels not in ([], ["None"])  # not of cells or findings
    is_of_one = names == levels[1:] and "unit_code" in names
    is_step = is_named and (names in (levels, levels[:-1]) or is_of_one)
    open_labels = [line.split()[0] for line in split_labels(parts, OPEN_ATTR)]
    is_open = labels_of(parts.index).isin(open_labels) if open_labels else []
    is_guessed = any(is_open) and bool(parts[is_open].notna().any(axis=None))
    is_of_case = parts.attrs.get(SOURCE_ATTR) == "cells" or OPEN_ATTR in parts.attrs
    return is_step or (is_integer_dtype(parts.index) and is_of_case and not is_guessed)


def _require_cells(
    cells: pd.DataFrame | pd.Series, by: Keys
) -> tuple[pd.DataFrame, list[pd.Series]]:
    """Return rows of `case.cells` and their keys, with those of the cells left out; levels of the
    index become columns.

    The index is 0, 1, …; raises InputRefused for other frames, for groups of several kinds, and for
    answers: they have no sum.
    """
    rows = cells
    if isinstance(cells, pd.DataFrame):
        levels = [name for name in cells.index.names if name and name not in cells]
        rows = cells.reset_index(levels).reset_index(drop=True)
    rows = require_cells(rows, [*NUMBERS, "quantity"])
    if rows.empty:
        raise ArgumentRefused(
            "bảng không có ô nào, xem lại điều kiện lọc; các giá trị: "
            'case.cells[["objective", "row", "column"]].drop_duplicates().'
        )
    refuse_numbers_of_other_states(rows)
    is_known = rows.value.notna() & (rows.state == "reported") & (rows.value != SOME)
    answers = rows[is_known & rows.number.isna() & rows.amount.isna()]
    if len(answers):
        answer = answers.iloc[0]
        raise ArgumentRefused(
            f"cộng số; ô {answer['item']} ghi câu trả lời “{answer.value}”. "
            'Đếm câu trả lời: summed(cells.value.eq("yes"), cells.reporter).'
        )
    keys = group_keys(cells, by)
    _require_one_kind(keys, rows[KINDS].astype("string").fillna(_PERIODS))
    return add_left_out(rows, keys, other_cells(rows))


def _require_one_kind(keys: list[pd.Series], kinds: pd.DataFrame) -> None:
    """Raise InputRefused if a group holds cells of several kinds: sessions and attendance.

    `kinds`: columns `KINDS`, `_PERIODS` for <NA>; a `quantity` begins with the code of its row:
    "4.1 (230)".
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
    comes from cells or sums by pandas alone, unless `mark_checked`; where it has texts, infinite
    numbers, a code twice, or codes that do not match those of `sums`; for a
    count of communes or months without that of the unknown ones; where all are below 1,000 in a
    rate per 1,000 or more ("195.000" read with a decimal point); where the indexes of both have
    different numbers of levels; and for a `scale` that is not a number above 0.
    """
    rows, is_sums = _by_code(sums), isinstance(people, pd.DataFrame)
    is_traced = {CASE_ATTR, INCOMPLETE_ATTR, GAPS_ATTR} & people.attrs.keys()
    is_checked = has_own_signs(people)
    if not is_sums and is_traced and not is_checked:
        raise ArgumentRefused(
            "dãy số chia tính từ các ô hoặc từ bảng tổng nên có thể thiếu mà không có dấu. Chia "
            "cho bảng tổng: per(summed(…), summed(…)); đã kiểm thì đưa mark_checked(dãy)."
        )
    if isinstance(people, pd.DataFrame):
        divisor = _by_code(people)
        _require_same_province(rows.index, divisor.index)
        people = divisor.value.where(divisor.state == "complete")
    if not isinstance(scale, Real) or not 0 < scale < inf:
        raise ArgumentRefused(f"scale là số lớn hơn 0; đây là {scale!r}.")
    _require_divisor(people, rows.index)
    if not is_sums:
        _refuse_thousands(people, scale)
    divisors = people.reindex(rows.index).astype("Float64")
    value = rows.value / divisors.mask(divisors <= 0) * scale
    rates = describe_sums(value, rows.state == "complete")
    incomplete = sums.attrs.get(INCOMPLETE_ATTR, "") + _incomplete_labels(rates)[INCOMPLETE_ATTR]
    rates.attrs |= sums.attrs | {INCOMPLETE_ATTR: incomplete}  # with the mark of a scenario
    # Numbers by reporter, or the total of the sums, come from cells by pandas.
    is_total = len(people) > 1 and people.eq(sums.value.sum()).all()
    if (people.index.name == "reporter" or is_total) and not (is_sums or is_checked):
        rates.attrs[UNTRACED_ATTR] = "yes"
        rates.attrs.pop(NAMES_ATTR, None)
    return rates


def _refuse_thousands(people: pd.Series, scale: float) -> None:
    """Raise ArgumentRefused for numbers that seem to be thousands: "195.000", "70.125" read with a
    decimal point, or persons in thousands.
    """
    parts = (people.dropna().astype(float) * 1000).round(6)
    has_three_decimals = (parts % 1 == 0).all() and (parts % 10 > 0).any()
    if (parts < 1e6).all() and (scale >= 1000 or has_three_decimals):
        raise ArgumentRefused(
            f"mọi số chia đều dưới 1.000, như {[*people.head(2).items()]}. Nếu tệp viết dấu "
            f"chấm hàng nghìn (“195.000”), đọc bằng {READ_NUMBERS}; nếu số tính theo nghìn người, "
            "nhân 1.000 trước: per(…, people * 1000, …)."
        )


def _require_same_province(codes: pd.Index, divisors: pd.Index) -> None:
    """Raise ArgumentRefused for sums by `reporter` beside figures by `unit_code`, where the code of
    the province is its own bodies' in one and the whole province's in the other.
    """
    provinces = {case.plan.province for case in case_editions.opened_cases.values()}
    if {codes.name, divisors.name} == {"reporter", "unit_code"} and (
        both := provinces.intersection(codes, divisors)
    ):
        raise ArgumentRefused(
            f"mã {min(both)} ở bảng cộng theo reporter là các cơ quan cấp tỉnh, ở bảng kia là cả "
            "tỉnh. Bỏ dòng ấy ở cả hai: bảng.drop(case.plan.province); cả tỉnh: case.indicators."
        )


def _incomplete_labels(sums: pd.DataFrame) -> dict[str, str]:
    """Return the labels of incomplete sums, for `attrs`."""
    return {INCOMPLETE_ATTR: join_labels(sums.index[sums.state != "complete"])}


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
    `illustrative`; a typed file gets the words and states of its values. Counts of what is sure
    (`communes_met`) are incomplete where some parts are unknown (`communes_unknown`). Raises
    InputRefused that names file and line of every fault.
    """
    figures = open_counts(case.plan, read_previous(Path(file), year, case.plan.reporters.index))
    is_made_up = figures.illustrative == "yes"
    return figures.assign(words=figures.words.mask(is_made_up, figures.words + " (minh họa)"))
