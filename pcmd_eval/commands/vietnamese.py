"""What typer says by itself, in Vietnamese: the words of its help texts and of its usage errors."""

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

# The words that typer itself prints in a help text.
_WORDS = {
    r"^Usage:": "Cách dùng:",
    r"^Arguments:": "Đối số:",
    r"^Options:": "Tùy chọn:",
    r"^Commands:": "Lệnh:",
    r"\[OPTIONS\]": "[TÙY CHỌN]",
    r"COMMAND \[ARGS\]\.\.\.": "LỆNH [ĐỐI SỐ]...",
    r"\[required\]": "[bắt buộc]",
    r"\[default: ": "[mặc định: ",
    r"Show this message and exit\.": "Hiện hướng dẫn này rồi thoát.",
    r"\bDIRECTORY\b": "THƯ_MỤC",
    r"\bINTEGER(?: RANGE)?\b": "SỐ",
    r"\bTEXT\b": "CHỮ",
}

# What it says of a command that was typed wrongly.
_MISTAKES = {
    r"No such option: (\S+).*": r"không có tùy chọn \1",
    r"No such command '(.+?)'.*": r"không có lệnh \1",
    r"Missing (?:option|argument|parameter) '(.+?)'.*": r"thiếu \1",
    r"Option '(.+?)' requires an argument.*": r"sau \1 phải có một giá trị",
    r"Invalid value for '(.+?)'.*": r"giá trị sau \1 không dùng được",
    r"Got unexpected extra argument\S* \((.+)\).*": r"thừa \1",
}


class _Vietnamese:
    """A help text in Vietnamese."""

    def get_help(self, context: Any) -> str:
        words = super().get_help(context)  # type: ignore[misc]
        for english, vietnamese in _WORDS.items():
            words = re.sub(english, vietnamese, words, flags=re.MULTILINE)
        return words


class Command(_Vietnamese, TyperCommand):
    """A command whose help text is Vietnamese."""


class Group(_Vietnamese, TyperGroup):
    """The list of commands with its help text in Vietnamese."""


def mistake(said: str) -> str:
    """What typer says of a command that was typed wrongly."""
    for english, vietnamese in _MISTAKES.items():
        said = re.sub(english, vietnamese, said, flags=re.DOTALL)
    return said
