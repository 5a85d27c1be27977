"""Check the arguments of analysts' functions; messages say what is expected, seen and to do."""

import re
from math import inf

import pandas as pd
from pandas.api.types import infer_dtype

from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.indicators import describe_sums, names_of_unknown_parts
from pcmd_eval.util.arguments import require_columns
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.vocabulary import QUANTITY_STATE_LABELS, ZERO_OR_UNKNOWN

NUMERIC = ("integer", "floating", "mixed-integer-float", "decimal", "empty")  # of `infer_dtype`
READ_NUMBERS = (
    'pd.read_csv(tệp, dtype={"unit_code": "string"}, thousands=".", decimal=",")'
    '.set_index("unit_code").people'
)


def require_unit(plan: Plan, unit: object) -> str:
    """Return the code of the reporter that `unit`, a code or name (also without accents), means.

    An int is accepted as a code: papermill's option -p makes 230 an int. Raises InputRefused for
    anything else.
    """
    if type(unit) is int and str(unit) in plan.reporters.index:
        return str(unit)
    if not isinstance(unit, str):
        raise InputRefused(
            f"Mã đơn vị là văn bản trong dấu nháy, như “{plan.province}”; đây là {unit!r}. Gọi "
            f"papermill thì ghi “-r unit {unit}”: tùy chọn -p biến chữ số thành số, mất số 0 ở đầu."
        )
    return str(plan.unit(unit).name)  # `.name` of a row is its index label, the code


def require_plain_index(data: pd.DataFrame | pd.Series) -> None:
    """Raise InputRefused for an index of tuples that is no MultiIndex.

    `reindex(case.plan.reporters)` makes one: it takes the frame for labels. All values are <NA>.
    """
    labels = data.index
    if not isinstance(labels, pd.MultiIndex) and any(isinstance(at, tuple) for at in labels):
        raise InputRefused(
            f"Chỉ mục gồm các bộ giá trị, như {labels[0]!r}, nên không tra được tên. Theo mã đơn "
            "vị thì dùng .reindex(case.codes)."
        )


def require_value_column(frame: object, function: str, example: str) -> None:
    """Raise InputRefused unless `frame` has value (numbers), state and words, no second column of
    values, and no count of parts, complete by itself, without that of its unknown parts.

    `function` and `example`: see `require_columns`.
    """
    require_columns(frame, ["value", "state", "words"], function, example)
    assert isinstance(frame, pd.DataFrame)
    if others := [name for name in frame if re.match("value.", str(name))]:
        raise InputRefused(
            f"{function} dùng cột value; bảng này còn cột {', '.join(others)}. Đưa từng bảng một, "
            f'hoặc đưa một cột: bảng["{others[0]}"]. Ví dụ: {example}.'
        )
    require_numbers(frame.value, function)
    items, names = {*frame.get("item", [])}, names_of_unknown_parts()
    if alone := [item for item in items if names.get(item, item) not in items]:
        raise InputRefused(
            f"{function}: {alone[0]} chỉ đếm phần chắc chắn, phần chưa rõ đếm ở {names[alone[0]]}. "
            "Lấy cả hai, hoặc cộng từ bước tính để còn dấu *, như summed(case.plan.steps("
            '"communication", case.cells)["communes"], "reporter").'
        )
    if unknown := {*frame.state.dropna()} - QUANTITY_STATE_LABELS.keys():
        raise InputRefused(
            f"{function}: cột state ghi {', '.join(map(str, unknown))}; chỉ có "
            f"{', '.join(QUANTITY_STATE_LABELS)}. Hai bảng tổng không cộng với nhau được: cộng lại "
            f"từ các ô. Ví dụ: {example}."
        )


def as_sums(numbers: pd.DataFrame | pd.Series, function: str, example: str) -> pd.DataFrame:
    """Return a frame of sums, see `require_value_column`, or a series of numbers as one.

    A 0 of a series may be a sum of nothing, as of `groupby`: no value, and words that say so.
    Raises InputRefused for other frames, texts, and an index of tuples.
    """
    require_plain_index(numbers)
    if isinstance(numbers, pd.DataFrame):
        require_value_column(numbers, function, example)
        return numbers
    require_numbers(numbers, function)
    values = pd.Series([*numbers], numbers.index, dtype="Float64")
    finite = values.mask(values.abs() == inf)
    sums = describe_sums(finite, pd.Series(True, values.index))
    is_zero = values.eq(0).fillna(False)
    words = sums.words.mask(is_zero, ZERO_OR_UNKNOWN)
    return sums.assign(value=values.mask(is_zero), words=words)


def require_numbers(values: pd.Series, function: str) -> None:
    """Raise InputRefused unless the values are numbers, booleans or <NA>.

    The text "26.674" may be a whole number or a decimal. `function`: as the message names it.
    """
    if infer_dtype(values) not in (*NUMERIC, "boolean"):
        raise InputRefused(
            f"{function} cần số, không phải chữ như “{values.dropna().iloc[0]}”. Đưa cả bảng, "
            f"không lấy riêng cột chữ, hoặc đọc tệp thành số. Ví dụ: {READ_NUMBERS}."
        )


def require_unique(keys: pd.DataFrame, function: str) -> None:
    """Raise InputRefused if a row of keys stands twice, as after a merge with a table that has a
    code twice.

    `function`: how the message names the function.
    """
    repeated = keys[keys.duplicated()]
    if len(repeated):
        names = ", ".join(map(str, repeated.iloc[0]))
        raise InputRefused(
            f"{function} vẽ mỗi dòng một hình; có nhiều dòng của {names}. "
            "Lọc bớt, như .query(\"item == 'cases'\"); bảng ghép thêm có mã lặp lại thì ghép bằng "
            'merge(…, validate="m:1"); hai bảng thì pd.concat(…, keys=[…]).'
        )


def require_codes(labels: pd.Index, codes: pd.Index, function: str) -> None:
    """Raise InputRefused unless all labels of an index are among `codes`, which are texts.

    `function`: how the message names the function.
    """
    if unknown := [str(label) for label in labels if label not in codes]:
        raise InputRefused(
            f"{function} cần bảng hoặc dãy số theo mã đơn vị, như “{codes[0]}”; không có mã "
            f'{", ".join(unknown[:5])}. Đặt chỉ mục bằng .set_index("unit_code"), mã là văn bản.'
        )
