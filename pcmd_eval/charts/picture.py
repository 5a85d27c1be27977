"""A chart or map to show: SVG for a screen, PNG for Word, and an alternative text."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cached_property

import pandas as pd

from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import marks_on
from pcmd_eval.analysis.show import Shown, render_html
from pcmd_eval.charts.map_renderer import Maps
from pcmd_eval.charts.renderer import Drawing, render_png, render_svg
from pcmd_eval.charts.style import Head
from pcmd_eval.util.verdicts import DisplayStyle


class Picture(Shown):
    """A drawing to show in a notebook, as SVG, or to put into Word, as PNG.

    `alt`: the alternative text, before which the marks of the drawing are put; `bold`: numbers of
    the rows whose names are bold.
    """

    def __init__(self, drawing: Drawing, alt: str, bold: Sequence[int] = ()) -> None:
        self.drawing = drawing
        self.bold = bold
        self.kind = "picture"
        self._alt_without_marks = alt
        self.alt = self.text = "".join(f"{mark}. " for mark in drawing.head.marks) + alt

    @cached_property
    def svg(self) -> str:
        """Return the SVG, with the names in bold: the drawing itself is the same for all units."""
        text = render_svg(self.drawing)
        for row in self.bold:
            text = text.replace(f'id="row-{row}-', f'font-weight="bold" id="row-{row}-')
        return text

    @cached_property
    def html(self) -> str:  # type: ignore[override] # drawn when it is first shown
        """Return the picture as HTML: an `img` with the SVG as data, in which no script runs; the
        rows of a bar chart as text, for narrow screens; and the source of the data.
        """
        return self.render()

    def render(self, bare: bool = False) -> str:
        """Return the HTML of the picture; `bare`: without the line on its source."""
        return render_html(
            "charts/picture",
            drawing=self.drawing,
            is_map=isinstance(self.drawing, Maps),
            image=b64encode(self.svg.encode()).decode(),
            alt=self.alt,
            bare=bare,
        )

    def on_paper(self) -> "Picture":
        """Return the picture for a Word document: narrower, in the official typeface."""
        head = self.drawing.head._replace(is_for_word=True)
        return Picture(self.drawing._replace(head=head), self._alt_without_marks, self.bold)

    @cached_property
    def png(self) -> bytes:
        """Return the PNG for Word."""
        return render_png(self.drawing, tuple(self.bold))


def make_screen_head(case: Case, title: str, data: pd.DataFrame | pd.Series) -> Head:
    """Return the heading of a picture of `data` for a screen, with the marks, see `marks_on`."""
    return Head(title, tuple(marks_on(case, data)), is_for_word=False)


def group_names(styles: Iterable[DisplayStyle], names: Iterable[str]) -> str:
    """Return a text with the names grouped by style: "Đạt: A, B. Chưa đạt: C."."""
    words = [f"{style.word[:1].upper()}{style.word[1:]}" for style in styles]
    listed = pd.Series([*names]).groupby(words, sort=False).agg(", ".join)
    return " ".join(f"{word}: {group}." for word, group in listed.items())
