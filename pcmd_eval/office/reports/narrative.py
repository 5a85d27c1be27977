"""Read officials' texts for papers: a file per unit, with headings and placeholders of figures."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.spelling import fold

_HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FIGURE = re.compile(r"\{\{\s*so\.(\w+)\s*\}\}")
_BRACKET = re.compile(r"\{[{%]|[%}]\}")
_HEADING_NUMBER = re.compile(r"^(?:[IVX]+|\d+|[a-zđ])[.)]\s+")
_HEADING_YEAR = re.compile(r"\s+20\d\d$")
_REPLACES = re.compile(r"\s*\(thay\)$", re.IGNORECASE)  # of a heading: without the tool's sentences


class Written(str):
    """A paragraph that an official wrote; the renderer leaves it as it is."""


def read_narrative(
    name: str,
    content: bytes,
    parts: Mapping[str, Sequence[str]],
    figures: Mapping[str, str],
) -> tuple[dict[str, list[str]], set[str]]:
    """Return (paragraphs by key of their part, keys of the parts whose heading ends in “(thay)” and
    which replace the sentences of the tool).

    `name`, `content`: of the file; `parts`: the headings that each part may have, by key;
    `figures`: by name. `{{ so.<name> }}` becomes the figure of that name; comments <!-- --> are
    left out. Raises InputRefused with file and line for every unknown heading or figure, and for a
    text before the first heading.
    """
    keys = {fold(heading): key for key, headings in parts.items() for heading in headings}
    paragraphs: dict[str, list[str]] = {key: [] for key in parts}
    messages: list[str] = []
    replaced: set[str] = set()
    heading = key = None  # key: None also under an unknown heading, whose text is not kept
    for position, line in _read_lines(name, content):
        if line.startswith("#"):
            heading = _HEADING_NUMBER.sub("", line.lstrip("#").strip()).rstrip(": ")
            replaces, heading = _REPLACES.search(heading), _REPLACES.sub("", heading)
            heading = _HEADING_YEAR.sub("", heading.rstrip(": "))
            key = keys.get(fold(heading))
            if not key:
                listed = "; ".join(headings[0] for headings in parts.values())
                message = "{}: không có đề mục “{}”. Dùng một trong: {}."
                messages.append(message.format(position, heading, listed))
            elif replaces:
                replaced.add(key)
            continue
        if heading is None and not messages:
            messages.append(f"{position}: chữ đứng trước mọi đề mục; đặt dưới một đề mục.")
        messages += map(f"{position}: {{}}".format, _unknown_figures(line, figures))
        if key:
            # A figure that the unit does not have is "".
            filled = _FIGURE.sub(lambda name: figures.get(name[1], ""), line)
            paragraphs[key].append(Written(filled))
    if messages:
        raise InputRefused(*messages)
    return paragraphs, replaced


def list_misnamed(names: Iterable[str], plan: Plan) -> list[str]:
    """Return a remark for each file of a plan's folder whose name is not `<code>.md` of a unit."""
    units = plan.reporters.index
    how = f"không được đưa vào báo cáo nào; đặt tên tệp theo mã đơn vị, ví dụ {units[0]}.md."
    return [f"{name}: {how}" for name in names if name not in units + ".md"]


def _unknown_figures(line: str, figures: Iterable[str]) -> Iterator[str]:
    """Yield a message for each unknown name of a figure, and for a misspelt placeholder."""
    for name in _FIGURE.findall(line):
        if name not in figures:
            yield f"không có số liệu tên “{name}”. Tên các số liệu ở data/figures.csv."
    if _BRACKET.search(_FIGURE.sub("", line)):
        yield "chỗ đặt số liệu viết sai; viết dạng {{ so.sessions }}."


def _read_lines(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Yield (file and line number, line) for each line with text, without comments.

    Raises InputRefused for a file that is not UTF-8 and a comment that is never closed.
    """
    try:
        text = remove_control_characters(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputRefused(f"{name}: không phải tệp văn bản UTF-8. Lưu lại ở dạng UTF-8.") from None
    # Line breaks of comments stay, so that the numbers of later lines are right.
    text = _HTML_COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    for number, line in enumerate(text.splitlines(), 1):
        position = f"{name}, dòng {number}"
        if "<!--" in line:
            raise InputRefused(f"{position}: lời nhắc mở bằng <!-- chưa đóng; thêm -->.")
        if bare := line.strip():
            yield position, bare
