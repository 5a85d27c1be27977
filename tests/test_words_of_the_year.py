"""Search everything made for a plan of 2017 and one of 2026 for words of the other year."""

import html
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# There are no districts since 1/7/2025; the health sector is responsible since 1/3/2025.
GONE = re.compile(
    r"\b(huyện|quận|thị xã|thị trấn|thành, thị|sở lao động|s?lđtbxh|lđ-tb&xh|lao động - thương binh)",
    re.IGNORECASE,
)
FORMER_AREA = re.compile(r"(quận|huyện|thị xã) [^(){}<>,;:\d]{2,20}? \(cũ\)", re.IGNORECASE)
NOT_YET = re.compile(r"đặc khu|\(cũ\)|30/2020|hai cấp|từ ngày 01/7/2025", re.IGNORECASE)
NOTHING = re.compile(r"(?!)")
KINDS = {".html", ".csv", ".ipynb", ".xlsx", ".docx", ".txt"}
TEXTS = {".html", ".csv", ".json", ".svg", ".txt", ".md", ".ipynb", ".eml"}


def texts_of(file: Path) -> Iterator[str]:
    """Yield the texts of a file, those of each part of an Office document."""
    if file.suffix in TEXTS:
        yield html.unescape(file.read_text(encoding="utf-8"))
    elif file.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(file) as parts:
            for name in parts.namelist():
                if name.endswith((".xml", ".rels")):
                    markup = parts.read(name).decode("utf-8")
                    yield html.unescape(re.sub(r"</w:p>|</si>|</t>", "\n", markup))
                    yield html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"</w:p>", "\n", markup)))


def find_words(folder: Path, words: re.Pattern[str], allowed: re.Pattern[str]) -> dict[str, str]:
    """Return by file the first forbidden word with the text around it."""
    words_by_file = {}
    for file in sorted(folder.rglob("*")):
        if not file.is_file():
            continue
        for text in texts_of(file):
            if match := words.search(allowed.sub("", text)):
                clean = allowed.sub("", text)
                around = clean[max(match.start() - 60, 0) : match.end() + 40]
                words_by_file.setdefault(str(file.relative_to(folder)), " ".join(around.split()))
    return words_by_file


def kinds_with(folder: Path, word: str) -> set[str]:
    """Return the kinds of files in which a word occurs: they are really read."""
    return {Path(file).suffix for file in find_words(folder, re.compile(word), NOTHING)}


@pytest.mark.slow
def test_nothing_made_for_2026_names_what_is_gone(communes_run: Path) -> None:
    assert find_words(communes_run, GONE, FORMER_AREA) == {}
    assert kinds_with(communes_run, "[Xx]ã") >= KINDS


@pytest.mark.slow
def test_nothing_made_for_2017_names_what_came_later(shipped_run: Path) -> None:
    assert find_words(shipped_run, NOT_YET, NOTHING) == {}
    assert kinds_with(shipped_run, "[Hh]uyện") >= KINDS
