"""A chart or map to show: SVG for a screen, PNG for Word, words for those who do not see it."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cached_property

from pcmd_eval.analysis.chart_renderer import Drawing, Maps, png, svg
from pcmd_eval.analysis.chart_style import Head
from pcmd_eval.analysis.show import Shown, filled
from pcmd_eval.util.vocabulary import CHART_DATA_SOURCE, MAX_NAMED, DisplayStyle

MAX_ROWS = 30  # units: more are drawn by area, and counted instead of named


class Picture(Shown):
    """A drawing with the names of some rows in bold, as SVG (`html`) or PNG, and the words for
    those who do not see it.
    """

    def __init__(
        self, drawing: Drawing, alt: str, bold: Sequence[int] = (), missing: str = ""
    ) -> None:
        self.drawing = drawing
        self.bold = bold
        self.missing = missing
        self.kind = "picture"
        self.alt = self.text = "".join(f"{mark}. " for mark in drawing.head.marks) + alt

    @cached_property
    def svg(self) -> str:
        """For a screen: text is text."""
        text = draw(self.drawing)
        for at in self.bold:
            text = text.replace(f'id="row-{at}-', f'font-weight="bold" id="row-{at}-')
        return text

    @cached_property
    def html(self) -> str:
        """An image, in which nothing can run."""
        return filled(
            "picture",
            drawing=self.drawing,
            maps=isinstance(self.drawing, Maps),
            image=b64encode(self.svg.encode()).decode(),
            alt=self.alt,
            missing=self.missing,
            behind=CHART_DATA_SOURCE,
        )

    @cached_property
    def png(self) -> bytes:
        """For Word: no reader of its documents shows SVG alike."""
        return png(self.drawing, self.bold)


def draw(drawing: Drawing) -> str:
    """Return the SVG of a drawing; a worker process asks its parent for it, see `making`."""
    return svg(drawing)


def head_of(case, title, paper=False):
    return Head(title, tuple(case.marks), paper)


def group_names(styles: Iterable[DisplayStyle], names: Iterable[str]) -> str:
    """Return names under the word of their style: Đạt: A, B. Chưa đạt: C; counted where many."""
    by_word: dict[str, list[str]] = {}
    for style, name in zip(styles, names, strict=True):
        by_word.setdefault(style.word, []).append(name)
    are_many = sum(map(len, by_word.values())) > MAX_ROWS
    texts = []
    for word, listed in by_word.items():
        named = len(listed) <= MAX_NAMED or not are_many
        texts.append(f"{word}: {', '.join(listed) if named else f'{len(listed)} đơn vị'}.")
    return " ".join(texts)
