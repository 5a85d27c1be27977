"""Check the arguments of analysts' functions; messages have their names and examples."""

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar, get_args, get_type_hints

import pandas as pd
from pandas.api.types import is_numeric_dtype

from pcmd_eval.util.errors import ArgumentRefused, InputRefused

MAX_LISTED = 8  # columns of a frame that a sentence names

READ_CODES = 'pd.read_csv(tệp, dtype={"unit_code": "string"})'

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_VAR_KEYWORD = inspect.Parameter.VAR_KEYWORD
# The Vietnamese name of each argument type, by class name; other types are not checked.
_TYPE_LABELS = {
    "Case": "case, kết quả của open_case(…)",
    "DataFrame": "một bảng của pandas",
    "Series": "một dãy số của pandas",
    "Plan": "kế hoạch, như case.plan",
    "Path": "đường dẫn",
    "str": "văn bản trong dấu nháy",
}


def require_columns(frame: pd.DataFrame | pd.Series, columns: Collection[str]) -> None:
    """Raise ArgumentRefused unless `frame` is a DataFrame with these columns."""
    given = [*getattr(frame, "columns", ())]
    if missing := [column for column in columns if column not in given]:
        listed = ", ".join(map(str, given[:MAX_LISTED])) + ", …" * (len(given) > MAX_LISTED)
        seen = f"bảng này thiếu {', '.join(missing)} (có: {listed})" if given else "đây là dãy số"
        raise ArgumentRefused(f"cần bảng có các cột {', '.join(columns)}; {seen}.")


def require_text_codes(codes: pd.Series | pd.Index) -> None:
    """Raise ArgumentRefused for codes of units that were read as numbers: no code would match."""
    if len(codes) and is_numeric_dtype(codes):
        raise ArgumentRefused(
            f"Mã đơn vị là văn bản; đây là số, như {next(iter(codes))}. Đọc tệp bằng {READ_CODES}, "
            'hoặc đổi bằng .astype("string").'
        )


def validate_arguments(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Make a function raise InputRefused, with its name and example, for ArgumentRefused and for
    arguments of a wrong number, name or type.

    Only annotations whose types are all in `_TYPE_LABELS` (or None) are checked.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def call(*values: _Parameters.args, **named: _Parameters.kwargs) -> _Result:
        try:
            try:
                bound = signature.bind(*values, **named)
            except TypeError:
                names = ", ".join(name for name in signature.parameters if name != "self")
                raise ArgumentRefused(f"nhận ({names}).") from None
            _check_types(function, signature, bound.arguments)
            return function(*values, **named)
        except ArgumentRefused as refused:
            raise InputRefused(f"{function.__name__}: {refused} {_example(function)}") from None

    return call


def _check_types(
    function: Callable[..., Any], signature: inspect.Signature, arguments: Mapping[str, Any]
) -> None:
    """Raise ArgumentRefused for an argument of another type than its annotation names."""
    for name, argument in arguments.items():
        # The function itself rejects these two, with a list of the known objectives or units.
        types = () if name in ("slug", "unit") else _argument_types(function).get(name, ())
        is_many = signature.parameters[name].kind is _VAR_KEYWORD
        for value in argument.values() if is_many else [argument]:
            if types and not isinstance(value, types):
                labels = [_TYPE_LABELS.get(kind.__name__) for kind in types]
                raise ArgumentRefused(
                    f"{name} phải là {' hoặc '.join(filter(None, labels))}; đây là "
                    f"{type(value).__name__}."
                )


@cache
def _argument_types(function: Callable[..., Any]) -> dict[str, tuple[type, ...]]:
    """Return the allowed types of each annotated parameter by name, () for one not checked."""
    return {name: _types_of_hint(hint) for name, hint in get_type_hints(function).items()}


def _types_of_hint(hint: Any) -> tuple[type, ...]:
    """Return the types in an annotation, () if one is neither None nor in `_TYPE_LABELS`."""
    hint_types = getattr(hint, "__constraints__", ()) or get_args(hint) or (hint,)
    is_known = all(
        isinstance(part, type) and (part.__name__ in _TYPE_LABELS or part is type(None))
        for part in hint_types
    )
    return tuple(hint_types) if is_known else ()


def _example(function: Callable[..., Any]) -> str:
    """Return “Ví dụ: …” with the first line of the docstring's example; "" without one."""
    _, *paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return f"Ví dụ: {inspect.cleandoc(paragraphs[0]).splitlines()[0]}." if paragraphs else ""
