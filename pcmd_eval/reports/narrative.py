"""What people write for a review: a text file for each unit, read by its headings, its figures put
in by name.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.spelling import find_nearest, fold

_REMARK = re.compile(r"<!--.*?-->", re.DOTALL)
_NAMED = re.compile(r"\{\{\s*(so|truoc|sosanh)\.(\w+)\s*\}\}")
_BRACKET = re.compile(r"\{[{%]|[%}]\}")
_NUMBERED = re.compile(r"^(?:[IVX]+|\d+|[a-zđ])[.)]\s+")  # in front of a heading or a line
_YEAR = re.compile(r"\s+20\d\d$")  # behind a heading: the plan's, or the one before or after
# What is no figure of the results: years, dates, and numbers of documents.
_NO_FIGURE = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}/\d{1,2}(?:/\d{4})?\b|\b\d+/[A-ZĐ][\w-]*")
_LOOKS = {
    "in đậm hay in nghiêng (dấu * hoặc __)": re.compile(r"\*\S.*?\S?\*|__\S.*?__"),
    "bảng (dấu |)": re.compile(r"^\s*\|.*\|"),
    "hình hay liên kết": re.compile(r"!?\[[^]]*\]\("),
}


class Written(str):
    """A paragraph that somebody wrote, which stays as it is."""


def read_narrative(
    file: Path,
    parts: Mapping[str, Sequence[str]],
    figures: Mapping[str, Mapping[str, str]],
    measures: Collection[str] = (),
) -> tuple[dict[str, list[str]], list[str]]:
    """The paragraphs of each part by its key in `parts` (key -> headings it may have), and remarks
    to read once more.

    `{{ so.<name> }}` becomes the figure of that name, which `figures` has under `so`, those of two
    years under `truoc` and `sosanh`; what stands in <!-- --> is left out. A file that is not there
    has said nothing. A remark names numbers typed by hand before one of the `measures`, and looks
    that a paragraph cannot have. Raises InputRefused with file and line for every heading or figure
    that there is not.
    """
    keys = {fold(heading): key for key, headings in parts.items() for heading in headings}
    paragraphs: dict[str, list[str]] = {key: [] for key in parts}
    faults, looks, typed = [], [], []
    heading = key = None  # under a heading that there is not, what is said goes nowhere
    for place, line in _lines(file):
        if line.startswith("#"):
            heading = _YEAR.sub("", _NUMBERED.sub("", line.lstrip("#").strip()))
            key = keys.get(fold(heading))
            if not key:
                faults.append(f"{place}: {_no_heading(heading, parts)}")
            continue
        if heading is None and not faults:
            faults.append(f"{place}: chữ đứng trước mọi đề mục; đặt dưới một đề mục.")
        faults += [f"{place}: {fault}" for fault in _wrong_names(line, figures["so"])]
        looks += [f"{place}: {look}" for look in _looks(line)]
        typed += _typed(line, measures)
        if key:
            paragraphs[key].append(_with_figures(line, figures))
    if faults:
        raise InputRefused(*faults)
    return paragraphs, [*_by_hand(file, typed), *looks]


def _with_figures(line, figures):
    return Written(_NAMED.sub(lambda name: figures[name[1]].get(name[2], ""), line))


def _by_hand(file, typed):
    """One line for all numbers typed by hand in a file."""
    listed = "; ".join(f"“{number}”" for number in dict.fromkeys(typed))
    return [f"{file.name}: số gõ tay, không lấy từ kết quả: {listed}."] if typed else []


def misnamed(folder: Path, plan: Plan) -> list[str]:
    """A remark for each file of a plan's folder that no document will take up."""
    units = plan.reporters.index
    how = f"không được đưa vào báo cáo nào; đặt tên tệp theo mã đơn vị, ví dụ {units[0]}.md."
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [f"{file.name}: {how}" for file in files if file.name not in units + ".md"]


def _no_heading(title, parts):
    known = {fold(heading): heading for headings in parts.values() for heading in headings}
    if near := find_nearest(fold(title), known):
        return f"không có đề mục “{title}”; có phải “{known[near]}”?"
    listed = "; ".join(headings[0] for headings in parts.values())
    return f"không có đề mục “{title}”. Dùng một trong: {listed}."


def _wrong_names(line, figures):
    for _, name in _NAMED.findall(line):
        if name not in figures:
            near = find_nearest(name, figures)
            end = f"; có phải “{near}”?" if near else ". Tên các số liệu ở data/figures.csv."
            yield f"không có số liệu tên “{name}”{end}"
    if _BRACKET.search(_NAMED.sub("", line)):
        yield "chỗ đặt số liệu viết sai; viết dạng {{ so.sessions }}."


def _looks(line):
    """What a paragraph of a document cannot look like."""
    for what, look in _LOOKS.items():
        if look.search(line):
            yield f"{what} sẽ được in nguyên như đã gõ; bỏ đi."


def _typed(line, measures):
    """The numbers of a line that stand before a measure, with it."""
    words = "|".join(map(re.escape, ", ".join(measures).split(", ")))
    number = re.compile(rf"(?<![\w/.,])\d[\d.,]*(?:\s?%|\s+(?:{words or '(?!)'})\b)")
    return number.findall(_NO_FIGURE.sub("", _NAMED.sub("", _NUMBERED.sub("", line))))


def _lines(file):
    """Its lines that are not empty, without remarks, each with its place."""
    kept = _REMARK.sub(lambda gone: "\n" * gone.group().count("\n"), _text(file))
    for number, line in enumerate(kept.splitlines(), 1):
        place = f"{file.name}, dòng {number}"
        if "<!--" in line:
            raise InputRefused(f"{place}: lời nhắc mở bằng <!-- chưa đóng; thêm -->.")
        if bare := line.strip():
            yield place, bare


def _text(file):
    try:
        return remove_control_characters(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise InputRefused(
            f"{file.name}: không phải tệp văn bản UTF-8. Lưu lại ở dạng UTF-8."
        ) from None
