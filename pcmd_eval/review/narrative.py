"""What people write for a review: a text file for each unit, read by its headings, its figures put in by name."""

import re
from collections.abc import Mapping
from pathlib import Path

from pcmd_eval.errors import InputRefused
from pcmd_eval.files import printable
from pcmd_eval.spelling import fold

_REMARK = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NAMED = re.compile(r"\{\{\s*so\.(\w+)\s*\}\}")
_NUMBER = re.compile(r"(?<![\w/.,])\d[\d.,]*%?")
# What is no figure of the results: years, dates, numbers of documents, and the 1. at the start of a line.
_TOLD = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}/\d{1,2}(?:/\d{4})?\b|\b\d+/[A-ZĐ][\w-]*|^\s*\d+[.)]\s"
)


def read(
    file: Path, parts: Mapping[str, str], figures: Mapping[str, str]
) -> tuple[dict[str, list[str]], list[str]]:
    """The paragraphs of each part, by its key in `parts` (heading -> key), and a remark for each number typed by hand.

    `{{ so.<name> }}` becomes the figure of that name; what stands in <!-- --> is left out. A file that is not there has
    said nothing. Raises InputRefused with file and line for every heading or figure that there is not.
    """
    keys = {fold(title): key for title, key in parts.items()}
    found: dict[str, list[str]] = {key: [] for key in parts.values()}
    remarks, refused, part = [], [], None
    for number, line in enumerate(_text(file).splitlines(), 1):
        place, bare = f"{file.name}, dòng {number}", line.strip().lstrip("#").strip()
        if line.startswith("#"):
            part = keys.get(fold(bare))
            if part is None:
                refused.append(
                    f"{place}: không có đề mục “{bare}”. Dùng một trong: {'; '.join(parts)}."
                )
        elif bare:
            strange = [name for name in _NAMED.findall(line) if name not in figures]
            refused += [
                f"{place}: không có số liệu tên “{name}”. Tên các số liệu ở data/narrative."
                for name in strange
            ]
            if re.search(r"\{[{%]|[%}]\}", _NAMED.sub("", line)):
                refused.append(
                    f"{place}: chỗ đặt số liệu viết sai; viết dạng {{{{ so.sessions }}}}."
                )
            if part is not None:
                found[part].append(_NAMED.sub(lambda name: figures.get(name[1], ""), line.strip()))
            elif not refused:
                refused.append(f"{place}: chữ đứng trước mọi đề mục; đặt dưới một đề mục.")
            typed = _NUMBER.findall(_TOLD.sub("", _NAMED.sub("", line)))
            remarks += [
                f"{place}: “{one.rstrip('.,')}” gõ tay, không lấy từ kết quả; xem lại."
                for one in typed
            ]
    if refused:
        raise InputRefused(*refused)
    return found, remarks


def _text(file: Path) -> str:
    """The text without its remarks, each line where it was."""
    try:
        text = printable(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise InputRefused(
            f"{file.name}: không phải tệp văn bản UTF-8. Lưu lại ở dạng UTF-8."
        ) from None
    return _REMARK.sub(lambda gone: "\n" * gone.group().count("\n"), text)
