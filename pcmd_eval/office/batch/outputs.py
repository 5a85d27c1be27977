"""Find the outputs of a notebook that a published page may not have."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from pcmd_eval.analysis.show import SHOWN_BY

# What a page may have besides text: the displays of the package, see `SHOWN_BY`.
_DISPLAY_KINDS, _DISPLAY_MIME_TYPES = (
    ("page", "sentence", "table", "picture"),
    {"text/html", "text/plain"},
)
_ACCEPTED = (
    "Trang chỉ nhận: show(…) và biểu đồ của công cụ, hình matplotlib, bảng hoặc dãy số của pandas "
    "ở dòng cuối ô, chữ do print in ra"
)
# The first pattern that matches names the output.
_MIME_TYPE_LABELS = {
    r"application/vnd\.jupyter\.widget.*": "điều khiển tương tác (widget)",
    r"application/javascript": "mã chạy trong trình duyệt",
    r"text/html": "HTML của thư viện khác",
    r"(image/[\w.+-]+)": r"ảnh \1",
    r"(.*)": r"kết quả kiểu \1",
}
_ADDRESS = re.compile(r"<.*\bat 0x[0-9a-fA-F]{4,}.*>")  # differs at every run
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # colours, and what clears a screen
_LONGEST = 120  # characters of a line that a message quotes


def find_refused_outputs(notebook: NotebookNode) -> Iterator[str]:
    """Yield a sentence for each cell that shows something that a published page may not have."""
    for number, cell in enumerate(notebook.cells, 1):
        refusals = map(_describe_refused, cell.get("outputs", ()))
        attached = "ảnh đính kèm" if cell.get("attachments") else ""
        if refusal := next(filter(None, [attached, *refusals]), ""):
            yield f"ô {number}: hiện {refusal}. {_ACCEPTED}"


def _describe_refused(output: NotebookNode) -> str:
    """Return the Vietnamese name of an output that a page may not have, else ""."""
    if output.output_type == "stream":
        if output.name == "stderr":
            line = output.text.strip().partition("\n")[0][:_LONGEST]
            return f"lời báo trên luồng lỗi (stderr): “{line}”"
        return _describe_refused_text(output.text)
    if output.output_type not in ("execute_result", "display_data"):
        return "kết quả tự thay đổi sau khi hiện"
    mime_types = {*output.data}
    if mime_types == {"text/plain"}:
        return _describe_refused_text(output.data["text/plain"])
    if output.metadata.get(SHOWN_BY) in _DISPLAY_KINDS and mime_types == _DISPLAY_MIME_TYPES:
        return ""
    foreign = sorted(mime_types - {"text/plain"})
    return next(
        match.expand(name)
        for pattern, name in _MIME_TYPE_LABELS.items()
        for kind in foreign or ["text/plain"]
        if (match := re.fullmatch(pattern, kind))
    )


def _describe_refused_text(text: str) -> str:
    """Return the Vietnamese name of a text with a memory address or terminal codes, else ""."""
    if _CONTROL.search(text):
        return "chữ có ký tự điều khiển màn hình"
    match = _ADDRESS.search(text)
    return f"một đối tượng không phải bảng hay hình: “{match[0][:_LONGEST]}”" if match else ""
