"""Sentences and tables as HTML and as the same content in plain text: everything escaped, an empty number a dash."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from pcmd_eval.bounds import Standing
from pcmd_eval.wording import LOOKS, Look, Verdict, number

Value = str | int | None  # Verdict and Standing are texts, too, shown by their look
STANDINGS = {
    Standing.LOW: Look("Có", "●", "#0072B2", "#0072B2", ""),
    Standing.UNKNOWN: Look("Chưa biết", "■", "#595959", "#BFBFBF", "///"),
    Standing.NONE: Look("Không", "○", "#333333", "#E8EEF3", ""),
}
DASH = "– : không có hoặc chưa biết; không phải số 0."
SHOWN_BY = "pcmd_eval"  # the key in an output's metadata that says which display made it


class Page:
    """Something to show: HTML for the notebook, and the same content as plain text."""

    kind = "page"

    def __init__(self, html: str, text: str) -> None:
        self.html, self.text = html, text

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, str]]:
        return {"text/html": self.html, "text/plain": self.text}, {SHOWN_BY: self.kind}


class Sentence(Page):
    """One paragraph."""

    kind = "sentence"

    def __init__(self, text: str) -> None:
        super().__init__(f"<p>{escape(text)}</p>", text)


def stack(*parts: Page) -> Page:
    """Several pages, one under the other."""
    return Page("".join(part.html for part in parts), "\n\n".join(part.text for part in parts))


class Table(Page):
    """A table whose first column names its rows; `notes` are the legend under it.

    `links` says where the cell of a row and a column leads; an empty address leads nowhere.
    """

    kind = "table"

    def __init__(
        self,
        caption: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Value]],
        *notes: str,
        links: Mapping[tuple[int, int], str] | None = None,
    ) -> None:
        self.columns, self.rows = tuple(columns), [tuple(row) for row in rows]
        legend = [*notes, *([DASH] if any(value is None for row in self.rows for value in row) else [])]
        sides = [_side(row[i] for row in self.rows) for i in range(len(self.columns))]
        head = "".join(f'<th scope="col" style="{s}">{escape(c)}</th>' for c, s in zip(columns, sides, strict=True))
        ways = links or {}
        cells = (
            (
                _cell(v, side, i == 0, ways.get((line, i), ""))
                for i, (v, side) in enumerate(zip(row, sides, strict=True))
            )
            for line, row in enumerate(self.rows)
        )
        body = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
        below = "".join(f'<p class="legend" style="font-size:90%">{escape(note)}</p>' for note in legend)
        title = f'<caption style="{_LEFT};caption-side:top;font-weight:bold">{escape(caption)}</caption>'
        html = f'<table class="pcmd">{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}'
        lines = [" | ".join(map(shown, row)) for row in self.rows]
        super().__init__(html, "\n".join([caption, " | ".join(self.columns), *lines, *legend]))


_LEFT, _SHORT = "text-align:left", 24


def look_of(value: Value) -> Look | None:
    """The word, shape and colour of a verdict or of a part's standing."""
    return LOOKS[value] if isinstance(value, Verdict) else STANDINGS[value] if isinstance(value, Standing) else None


def shown(value: Value) -> str:
    """A value as plain text."""
    if look := look_of(value):
        return f"{look.shape} {look.word}"
    return "–" if value is None else number(value) if isinstance(value, int) else value


def _side(column: Iterable[Value]) -> str:
    """Columns that hold numbers stand to the right."""
    return "text-align:right" if any(isinstance(value, int) for value in column) else _LEFT


def _cell(value: Value, side: str, heads_row: bool, href: str) -> str:
    look, words = look_of(value), shown(value)
    style = f"{side};vertical-align:top" + (";white-space:nowrap" if len(words) <= _SHORT else "")
    tag, scope = ("th", ' scope="row"') if heads_row else ("td", "")
    content = anchor(mark(look, str(value)) if look else escape(words), href)
    return f'<{tag}{scope} style="{style}">{content}</{tag}>'


def anchor(html: str, href: str) -> str:
    """The HTML as a link, if there is somewhere to go."""
    return f'<a href="{escape(href)}">{html}</a>' if href else html


def mark(look: Look, name: str) -> str:
    css = name.replace("_", "-")
    word = f'<span aria-hidden="true">{look.shape}</span> {escape(look.word)}'
    return f'<span class="{css}" style="color:{look.text_colour};font-weight:bold">{word}</span>'
