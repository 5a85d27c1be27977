"""Read YAML files into frozen models; refuse unknown, doubled, missing or invalid keys by name."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from pcmd_eval.util.errors import InputRefused

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]
_LONGEST_INPUT = 100  # characters of a value in a message
# By the type of pydantic's error; the words in braces are keys of its context.
_MESSAGES = {
    "extra_forbidden": "khóa này không có trong mô tả; xóa hoặc sửa chính tả",
    "missing": "thiếu khóa này; bổ sung",
    "string_too_short": "không được để trống; ghi rõ nội dung",
    "tuple_type": "cần một danh sách trong ngoặc vuông, ví dụ [{value}]",
    "too_short": "không được để trống; ghi ít nhất một giá trị",
    "literal_error": "không nhận giá trị này; dùng một trong {expected}",
    "union_tag_invalid": "không nhận giá trị này; dùng một trong {expected_tags}",
    "string_pattern_mismatch": "cần viết theo mẫu {pattern}",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than_equal": "không được quá {le}",
    "value_error": "{error}",
}


class StrictModel(BaseModel):
    """A frozen model in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    def __dir__(self) -> list[str]:
        # Completion shows what a plan says, not pydantic's forty methods.
        inherited = {*dir(BaseModel)}
        return [name for name in super().__dir__() if name not in inherited or name[:2] == "__"]


Model = TypeVar("Model", bound=StrictModel)


# libyaml's loader, where it is installed, is eight times as fast.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_SafeLoader):  # type: ignore[misc] # mypy does not know the base class
    """A loader that refuses a doubled key; YAML lets the later one replace the earlier silently."""


class _DoubledKey(yaml.constructor.ConstructorError):
    """A key occurs twice in one mapping."""


def _construct_mapping(loader: Any, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    """Return the dictionary of a YAML mapping; raise _DoubledKey for a key that occurs twice."""
    keys = []
    for key, _ in node.value:
        name = loader.construct_object(key, deep=True)
        if name in keys:
            raise _DoubledKey(None, None, f"khóa “{name}” đứng hai lần", key.start_mark)
        keys.append(name)
    return _SafeLoader.construct_mapping(loader, node, deep)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def load_model(path: Path, model: type[Model]) -> Model:
    """Read a file as `model`; raise InputRefused with one sentence for each faulty key."""
    return parse_model(path.read_bytes(), path.name, model)


@lru_cache
def parse_model(
    content: bytes,
    name: str,
    model: type[Model],
    base: bytes = b"",
    placeholders: tuple[tuple[str, str], ...] = (),
) -> Model:
    """Return the content of a YAML file as `model`; raise InputRefused as `load_model` does.

    `name`: of the file, for messages; `base`: the content of the file that this one changes, see
    `_merge_changes`; `placeholders`: pairs (name, text): {name} in its texts becomes the text.
    """
    data = _fill_texts(parse_yaml(content, name), placeholders)
    if base:
        data = _merge_changes(parse_yaml(base, name), data)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputRefused(*(describe_error(name, details) for details in error.errors())) from None


def _fill_texts(data: Any, replacements: tuple[tuple[str, str], ...]) -> Any:
    """Return parsed YAML with each name in braces replaced in all texts: {year} -> 2017."""
    if isinstance(data, dict):
        return {key: _fill_texts(value, replacements) for key, value in data.items()}
    if isinstance(data, list):
        return [_fill_texts(value, replacements) for value in data]
    if isinstance(data, str):
        for name, word in replacements:
            data = data.replace(f"{{{name}}}", word)
    return data


def parse_yaml(content: bytes, name: str) -> Any:
    """Parse YAML; raise InputRefused with the line of a syntax error or a doubled key."""
    try:
        return yaml.load(content.decode("utf-8"), _UniqueKeyLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem if isinstance(error, _DoubledKey) else "không đúng cú pháp YAML"
        raise InputRefused(f"Tệp {name}, dòng {line}: {problem}. Sửa dòng đó.") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise InputRefused(
            f"Tệp {name} không phải văn bản YAML ghi bằng UTF-8. Lưu lại tệp."
        ) from None


def _merge_changes(base: Any, changes: Any) -> Any:
    """Return `base` with `changes` merged in at every depth.

    Entries of two lists are merged by their `slug`; any other value is replaced.
    """
    if isinstance(base, dict) and isinstance(changes, dict):
        return base | {key: _merge_changes(base.get(key), value) for key, value in changes.items()}
    entries = changes if isinstance(base, list) and isinstance(changes, list) else []
    by_slug = {entry["slug"]: entry for entry in entries if isinstance(entry, dict)}
    if not by_slug:
        return changes
    merged = [_merge_changes(entry, by_slug.pop(entry["slug"], {})) for entry in base]
    return [*merged, *by_slug.values()]


def describe_error(name: str, error: ErrorDetails, kind: str = "khóa") -> str:
    """Return one of pydantic's errors in the file `name` as a Vietnamese sentence.

    `kind`: the word for a field, "khóa" (key) or "cột" (column).
    """
    key = ".".join(str(part) for part in error["loc"]) or "(toàn tệp)"
    message = _MESSAGES.get(error["type"], "giá trị không đúng kiểu; xem tệp kèm theo chương trình")
    message = message.format(**{"value": error["input"], **error.get("ctx", {})}).replace(
        " or ", " hoặc "
    )
    value = repr(error["input"])
    value = f"{value[:_LONGEST_INPUT]}…" if len(value) > _LONGEST_INPUT else value
    value_text = "" if error["type"] == "missing" else f" (giá trị thấy được: {value})"
    return f"Tệp {name}, {kind} “{key}”: {message}{value_text}."
