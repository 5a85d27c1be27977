"""Check the arguments of analysts' functions; messages say what is expected, seen and to do."""

import re
from math import inf
from pathlib import Path

import pandas as pd
from pandas.api.types import infer_dtype

from pcmd_eval.evaluation.findings import SHARE_COLUMNS
from pcmd_eval.plan.plan import Plan
from pcmd_eval.statistics.indicators import describe_sums, names_of_unknown_parts
from pcmd_eval.util.arguments import require_columns
from pcmd_eval.util.errors import ArgumentRefused, InputRefused
from pcmd_eval.util.table_attrs import (
    INCOMPLETE_ATTR,
    LAST_LABELS_ATTR,
    UNKNOWN_PARTS_ATTR,
    labels_of,
    split_labels,
)
from pcmd_eval.util.vocabulary import QUANTITY_STATE_LABELS, ZERO_OR_UNKNOWN

_BOUNDS = ("low", "high", *SHARE_COLUMNS)  # columns of findings
# Of `infer_dtype`.
NUMERIC = ("integer", "floating", "mixed-integer-float", "decimal", "empty")
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
        codes = [code for code in plan.reporters.index if code.lstrip("0") == str(unit)]
        raise InputRefused(
            f"Mã đơn vị là văn bản trong dấu nháy, như “{plan.province}”; đây là {unit!r}. Gọi "
            f"papermill thì ghi “-r unit {[*codes, unit][0]}”: tùy chọn -p biến chữ số thành số, "
            "mất số 0 ở đầu."
        )
    return str(plan.unit(unit).name)  # `.name` of a row is its index label, the code


def require_folder(folder: Path) -> None:
    """Raise InputRefused unless the folder, into which a file is to be saved, exists."""
    if not folder.is_dir():
        raise InputRefused(f"Không có thư mục {folder}. Tạo thư mục đó, hoặc chọn nơi khác.")


def require_plain_index(data: pd.DataFrame | pd.Series) -> None:
    """Raise ArgumentRefused for an index of tuples that is no MultiIndex, or two levels of a name.

    `reindex(case.plan.reporters)` makes one: it takes the frame for labels. All values are <NA>.
    """
    labels = data.index
    if not isinstance(labels, pd.MultiIndex) and any(isinstance(at, tuple) for at in labels):
        raise ArgumentRefused(
            f"chỉ mục gồm các bộ giá trị, như {labels[0]!r}, nên không tra được tên. Theo mã đơn "
            "vị thì dùng .reindex(case.codes)."
        )
    names = [name for name in labels.names if name is not None]
    if len({*names}) < len(names):
        raise ArgumentRefused(
            f"chỉ mục có hai bậc cùng tên trong {names}. Đặt tên khác: .rename_axis([…])."
        )


def as_sums(numbers: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Return a frame of sums (value, state and words), unknown ones without a value, or a series of
    numbers as one.

    A 0 of a series may be a sum of nothing, as of `groupby`: no value, and words that say so.
    Raises ArgumentRefused for texts and infinite numbers, for an index of tuples, for a second
    column of values, for states that are none, and for a count of parts, complete by itself,
    without that of its unknown parts.
    """
    require_plain_index(numbers)
    if isinstance(numbers, pd.Series):
        require_numbers(numbers)
        values = pd.Series([*numbers], numbers.index, dtype="Float64")
        sums = describe_sums(values, pd.Series(True, values.index))
        is_zero = values.eq(0).fillna(False)
        words = sums.words.mask(is_zero, ZERO_OR_UNKNOWN)
        return sums.assign(value=values.mask(is_zero), words=words)
    require_columns(numbers, ["value", "state", "words"])
    if others := [name for name in numbers if re.match("value.", str(name))]:
        raise ArgumentRefused(
            f"dùng cột value; bảng này còn cột {', '.join(others)}. Đưa từng bảng một, hoặc đưa "
            f'một cột: bảng["{others[0]}"].'
        )
    require_numbers(numbers.value)
    items, names = {*numbers.get("item", [])}, names_of_unknown_parts()
    if alone := [item for item in items if names.get(item, item) not in items]:
        raise ArgumentRefused(
            f"{alone[0]} chỉ đếm phần chắc chắn, phần chưa rõ đếm ở {names[alone[0]]}. Lấy cả "
            "hai, hoặc cộng từ bước tính để còn dấu *, như summed(case.plan.steps("
            '"communication", case.cells)["communes"], "reporter").'
        )
    states = numbers.state[numbers.state.notna() | numbers.value.notna()]
    if unknown := {*states} - QUANTITY_STATE_LABELS.keys():
        raise ArgumentRefused(
            f"cột state ghi {', '.join(map(str, unknown))}; chỉ có "
            f"{', '.join(QUANTITY_STATE_LABELS)}. Hai bảng tổng không cộng với nhau được: cộng lại "
            "từ các ô."
        )
    # A filled <NA> is no number.
    return numbers.assign(value=numbers.value.mask((numbers.state == "unknown").fillna(False)))


def settled_answers(answers: pd.Series) -> pd.Series:
    """Return booleans, <NA> about incomplete sums and groups with unknown parts: pandas'
    comparisons, `all`, `mean` and `sum` pass over what is missing.

    Raises ArgumentRefused for verdicts or bounds compared without <NA>: open ones became False.
    """
    if answers.name in ("verdict", *_BOUNDS) and not answers.isna().any():
        raise ArgumentRefused(
            f"so sánh cột {answers.name} thì kết luận chưa đủ số liệu thành “không”. Để chưa rõ: "
            '.mask(bảng.verdict.eq("undetermined")).rename("đạt"); nếu muốn hỏi đúng như thế thì '
            "chỉ đặt tên cho dãy."
        )
    open_labels = split_labels(answers, INCOMPLETE_ATTR)
    if str(answers.name) not in split_labels(answers, LAST_LABELS_ATTR):  # not of one quarter
        open_labels += split_labels(answers, UNKNOWN_PARTS_ATTR)
    return answers.astype("boolean").mask(labels_of(answers.index).isin(open_labels))


def require_numbers(values: pd.Series) -> None:
    """Raise ArgumentRefused unless the values are finite numbers or <NA>, and not bounds.

    The text "26.674" may be a whole number or a decimal. Of `low`, sums and shares keep the name.
    """
    if values.name in _BOUNDS:
        raise ArgumentRefused(
            f"{values.name} chỉ là một đầu của khoảng từ low đến high. Vẽ cả hai bằng "
            'bounds_chart, hoặc đặt tên cho dãy, như .rename("chắc chắn").'
        )
    is_faulty = values.isin([inf, -inf]) | (infer_dtype(values) not in NUMERIC)
    if is_faulty.any():
        raise ArgumentRefused(
            "cần số, không phải chữ, có giới hạn; đây là "
            f"{[*values[is_faulty].dropna().head(2).items()]}. Đưa cả bảng, không lấy riêng cột "
            f"chữ, hoặc đọc tệp thành số: {READ_NUMBERS}."
        )


def require_unique(keys: pd.DataFrame, for_two: str = "pd.concat(…, keys=[…])") -> None:
    """Raise ArgumentRefused if a row of keys stands twice, as after a merge with a table that has a
    code twice; `for_two`: what to do with two tables.
    """
    repeated = keys[keys.duplicated()]
    if len(repeated):
        names = ", ".join(map(str, repeated.iloc[0]))
        raise ArgumentRefused(
            f"vẽ mỗi dòng một hình; có nhiều dòng của {names}. "
            "Lọc bớt, như .query(\"item == 'cases'\"); bảng ghép thêm có mã lặp lại thì ghép bằng "
            f'merge(…, validate="m:1"); hai bảng thì {for_two}.'
        )


def require_codes(labels: pd.Index, codes: pd.Index) -> None:
    """Raise ArgumentRefused unless all labels of an index are among `codes`, which are texts."""
    if unknown := [str(label) for label in labels if label not in codes]:
        raise ArgumentRefused(
            f"cần bảng hoặc dãy số theo mã đơn vị, như “{codes[0]}”; không có mã "
            f'{", ".join(unknown[:5])}. Đặt chỉ mục bằng .set_index("unit_code"), mã là văn bản.'
        )
