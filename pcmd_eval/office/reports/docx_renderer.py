"""Fill in the Word template: texts, pictures, annexes; report its faults."""

import io
import re
from collections.abc import Mapping
from functools import cache
from itertools import chain, zip_longest
from typing import Any

import numpy as np
import pandas as pd
from docx.document import Document
from docx.shape import InlineShape
from docx.shared import Emu, Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import Environment, TemplateSyntaxError, UndefinedError

from pcmd_eval.charts.picture import Picture
from pcmd_eval.office.reports.annexes import Annex, AnnexTable
from pcmd_eval.util import paths
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.templates import get_environment

TEMPLATE = paths.TEMPLATES / "review.docx"
_SIDE = Mm(80)  # the longer side of a picture on a page
_FULL_WEIGHT = 38  # letters of a column that count for its width; those beyond by a quarter
_USUAL = 0.75  # of the lines of a column count for its width; longer ones may wrap
_CELL_LINES = 5  # of the longest line of a column, if the others are short
_HEAD_LINES, _NARROW_HEAD_LINES = 5, 2  # of text in the head of a column
_SHORT = 14  # letters of a text that is kept on one line
_SHORT_ANNEX = 200  # letters in an annex that follows the one before on the same page
_KEPT_ROWS = 6  # last rows of a table that stay on one page
_LETTER, _PADDING = 104, 220  # of a column, in twentieths of a point
_RANGE = re.compile(r"(?<=\d)(?:–| đến )(?=\d)")
_STRAIGHT_QUOTES = re.compile('"([^"]*)"')
_UNDEFINED = re.compile(r"has no attribute '(\w+)'|'(\w+)' is undefined")


@cache
def _environment() -> Environment:
    """Return the jinja2 environment for Word; it compiles each text once, for all papers."""
    environment = get_environment().overlay(finalize=_as_printed, autoescape=True)
    compiled: Any = cache(environment.from_string)
    environment.from_string = compiled  # type: ignore[method-assign] # for this environment
    return environment


def _as_printed(value: object) -> object:
    """Return a value as text for Word.

    A range is written in words ("7 đến 9/10", no line break before "đến"): "7–9/10" would read as a
    date. Straight quotes of plans become curved ones.
    """
    if hasattr(value, "__html__"):
        return value
    words = _STRAIGHT_QUOTES.sub(r"“\1”", _RANGE.sub("\u00a0đến ", str(value)))
    return remove_control_characters(words)


def render(
    values: Mapping[str, object], pictures: Mapping[str, Picture], annexes: list[Annex]
) -> Document:
    """Return the template filled in with values by name, pictures by name, and annexes.

    The template's last section, a landscape page for annexes, is removed if there are none. Raises
    InputRefused that says what is wrong in the template and where.
    """
    template = DocxTemplate(TEMPLATE)
    document: Document = template.get_docx()
    images = {name: InlineImage(template, io.BytesIO(p.png)) for name, p in pictures.items()}
    pages = [
        annex._asdict() | {"table": _annex_tables(annex, document), "is_short": _is_short(annex)}
        for annex in annexes
    ]
    context = {**values, **images, "annexes": pages}
    try:
        template.render(context, _environment(), autoescape=True)
    except UndefinedError as error:
        match = _UNDEFINED.search(str(error))
        if not match:
            raise
        raise InputRefused(
            f"Mẫu {TEMPLATE.name}: không có tên “{match[1] or match[2]}”; xóa chỗ đặt đó hoặc sửa "
            "tên."
        ) from None
    except TemplateSyntaxError as error:
        raise InputRefused(
            f"Mẫu {TEMPLATE.name}: câu lệnh trong ngoặc viết sai ({error.message})."
        ) from None
    by_content = {picture.png: picture for picture in pictures.values()}
    for shape in document.inline_shapes:  # some may be the template's own
        blip = shape._inline.graphic.graphicData.pic.blipFill.blip
        if picture := by_content.get(document.part.related_parts[blip.embed].blob):
            _scale_and_describe(shape, picture)
    if not annexes:
        body = document.element.body
        section_end = body.xpath("./w:p[w:pPr/w:sectPr]")[-1]
        body.replace(body.sectPr, section_end.pPr.sectPr)
        body.remove(section_end)
    return document


# ---- pictures and tables -------------------------------------------------------------------------


def _scale_and_describe(shape: InlineShape, picture: Picture) -> None:
    """Set the size of a picture on the page, and its alternative text."""
    longer = max(shape.width, shape.height)
    shape.width, shape.height = (
        Emu(int(side * _SIDE / longer)) for side in (shape.width, shape.height)
    )
    shape._inline.docPr.set("descr", picture.alt)


def _is_short(annex: Annex) -> bool:
    """Return whether an annex follows the one before on the same page."""
    letters = sum(int(table.frame.map(len).to_numpy().sum()) for table in annex.tables)
    return letters < _SHORT_ANNEX


def _annex_tables(annex: Annex, document: Document) -> str:
    """Return the tables of an annex as WordprocessingML, as wide as pages of the last section."""
    section: Any = document.sections[-1]  # the template sets its size and margins
    room = Emu(section.page_width - section.left_margin - section.right_margin).twips
    text = (paths.PACKAGE / "office/reports/annex.xml.j2").read_text(encoding="utf-8")
    return (
        _environment()
        .from_string(text)
        .render(
            title=annex.title,
            has_note=bool(annex.note),
            tables=[_lay_out(table, room) for table in annex.tables],
            ids={style.name: style.style_id for style in document.styles},
            kept_rows=_KEPT_ROWS,
        )
    )


def _lay_out(table: AnnexTable, room: int) -> dict[str, object]:
    """Return a table of an annex as `annex.xml.j2` takes it, its rows split into `side_by_side`
    parts; `room`: its full width, in twentieths of a point as its `widths`.
    """
    heads = [*table.frame.columns]
    head_rows = [heads * table.side_by_side]
    # Texts refer to columns by number only in a single table that is not split.
    if not table.caption and table.side_by_side == 1:
        head_rows.append([f"({number})" for number in range(1, len(heads) + 1)])
    styles = ["Ô số nhỏ" if is_number else "Ô nhỏ" for is_number in table.is_number]
    styles[0] = "Ô giữa nhỏ"  # the number of the row
    rows = [*table.frame.itertuples(index=False, name=None)]
    height = -(-len(rows) // table.side_by_side)  # of a part; rounded up
    empty = ("",) * len(heads)
    parts = [rows[start : start + height] for start in range(0, len(rows), height)]
    printed_rows = [(*chain(*cells),) for cells in zip_longest(*parts, fillvalue=empty)]
    widths = _widths(table.frame, room // table.side_by_side) * table.side_by_side
    styles *= table.side_by_side
    layout = {"head_rows": head_rows, "rows": printed_rows, "widths": widths, "styles": styles}
    return layout | {"caption": table.caption, "has_total": table.has_total}


def _widths(table: pd.DataFrame, room: int) -> list[int]:
    """Return the width of each column in twentieths of a point.

    If no line of a cell need be broken, the columns share `room` in proportion to their longest
    lines. Else each column gets the width of its longest word and of its short texts; what is left
    of `room` is shared in proportion to the letters that its usual lines, and its head on
    `_HEAD_LINES` lines, still lack.
    """
    min_letters, missing_letters, max_letters = [], [], []  # in letters
    for at, head in enumerate(table.columns):
        texts = [*table.iloc[:, at]]
        lines = [len(line) for text in texts for line in text.split("\n")]
        words = [len(word) for text in [*texts, head] for word in text.split()]
        min_letters.append(max([*words, *(line for line in lines if line <= _SHORT)]))
        head_len = len(head) * 1.2  # bold letters are wider
        length = max(np.quantile(lines, _USUAL), max(lines) / _CELL_LINES, head_len / _HEAD_LINES)
        max_letters.append(max([*words, *lines, int(head_len / _NARROW_HEAD_LINES) + 1]))
        weight = min(length, _FULL_WEIGHT) + max(length - _FULL_WEIGHT, 0) / 4
        missing_letters.append(max(weight - min_letters[-1], 0.1))
    widths = [_PADDING + _LETTER * letters for letters in max_letters]
    if sum(widths) <= room:
        return [width * room // sum(widths) for width in widths]
    widths = [_PADDING + _LETTER * letters for letters in min_letters]
    shrink = min(1, room / sum(widths))
    spare = max(0, room - sum(widths))
    pairs = zip(widths, missing_letters, strict=True)
    return [
        int(width * shrink + spare * missing / sum(missing_letters)) for width, missing in pairs
    ]
