"""The allow-list of what a public notebook may show: what the package's own displays made, and nothing else.

A table that somebody prints while looking for an error would carry the cells of a return out of the department. So the
displays mark what they show, and everything unmarked, be it text, a frame, a traceback or a widget, is refused.
"""

from collections.abc import Iterator

from nbformat import NotebookNode

from pcmd_eval.tables import SHOWN_BY

_WORDS = frozenset({"text/html", "text/plain"})
_FORMS = {
    "page": _WORDS,
    "sentence": _WORDS,
    "table": _WORDS,
    "chart": frozenset({"image/png", "text/plain"}),
}


def foreign(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """Every cell, with its place, that shows something not made by the package's displays."""
    for index, cell in enumerate(notebook.cells):
        if cell.get("attachments") or not all(_own(output) for output in cell.get("outputs", ())):
            yield index, cell


def _own(output: NotebookNode) -> bool:
    if output.output_type not in ("execute_result", "display_data"):
        return False
    kind = output.metadata.get(SHOWN_BY)
    return isinstance(kind, str) and set(output.data) == _FORMS.get(kind)
