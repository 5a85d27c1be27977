"""Answer a call with wrong arguments in words, with the example of the function's docstring."""

import inspect
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar, get_args, get_type_hints

from pcmd_eval.util.errors import InputRefused

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
# What a message calls a value, by the name of its class; arguments of other classes are not looked
# at.
_WORDS = {
    "Case": "case, kết quả của open_case(…)",
    "DataFrame": "một bảng của pandas",
    "Series": "một dãy số của pandas",
    "Plan": "kế hoạch, như case.plan",
    "Path": "đường dẫn",
    "str": "văn bản trong dấu nháy",
}


def checked(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Return the function; it raises InputRefused for arguments that are not of their classes."""
    signature = inspect.signature(function)

    @wraps(function)
    def call(*values: _Parameters.args, **named: _Parameters.kwargs) -> _Result:
        try:
            bound = signature.bind(*values, **named)
        except TypeError:
            names = ", ".join(name for name in signature.parameters if name != "self")
            raise InputRefused(
                f"{function.__name__} nhận ({names}). {_example(function)}"
            ) from None
        for name, value in bound.arguments.items():
            # An unknown objective or unit is answered with those that there are.
            classes = () if name in ("slug", "unit") else _classes(function).get(name, ())
            if classes and not isinstance(value, classes):
                wanted = " hoặc ".join(
                    _WORDS[kind.__name__] for kind in classes if kind.__name__ in _WORDS
                )
                raise InputRefused(
                    f"{function.__name__}: {name} phải là {wanted}; đây là "
                    f"{type(value).__name__}. {_example(function)}"
                )
        return function(*values, **named)

    return call


@cache
def _classes(function: Callable[..., Any]) -> dict[str, tuple[type, ...]]:
    """Return the classes that each argument may be of, () for one that is not looked at."""
    hints = get_type_hints(function)
    single = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
    ]
    return {name: _members(hints[name]) for name in single if name in hints}


def _members(hint: Any) -> tuple[type, ...]:
    """Return the classes of a hint, () if it has others than those with words, and None."""
    parts = getattr(hint, "__constraints__", ()) or get_args(hint) or (hint,)
    is_known = all(
        isinstance(part, type) and (part.__name__ in _WORDS or part is type(None)) for part in parts
    )
    return tuple(parts) if is_known else ()


def _example(function: Callable[..., Any]) -> str:
    """Return the first line of the example in a docstring, as a sentence."""
    _, *parts = (inspect.getdoc(function) or "").split("\n\n")
    return f"Ví dụ: {inspect.cleandoc(parts[0]).splitlines()[0]}." if parts else ""
