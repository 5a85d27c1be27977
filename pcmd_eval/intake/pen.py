"""How a cell, a heading and a page of a workbook for people are written: one face, and marks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from xlsxwriter.worksheet import Worksheet

from pcmd_eval import excel
from pcmd_eval.files import printable, sorted_zip
from pcmd_eval.intake.cells import LONGEST
from pcmd_eval.intake.layout import Place

GRID = {"border": 1, "border_color": "#808080"}
HEAD = GRID | {"bold": True, "bg_color": "#DDE6EE", "text_wrap": True, "align": "center"}
DAY = {"num_format": "d/m/yyyy"}
_US = "pcmd-eval"
_FONT = {"font_name": excel.FACE, "font_size": 11, "valign": "vcenter"}
_HUGE = 1e15  # from here on Excel rounds numbers


@dataclass(frozen=True)
class Sent:
    """What stands in a return instead of the blank one's, by sheet and place: values, marks.

    A mark is a colour and words.
    """

    values: Mapping[str, Mapping[Place, object]] = field(default_factory=dict)
    marks: Mapping[str, Mapping[Place, tuple[str, str]]] = field(default_factory=dict)


class Pen(excel.Book):
    """A workbook that is being written, with the marks of what was sent; places count from 1."""

    def __init__(self, sent: Sent) -> None:
        super().__init__({"author": _US, "created": datetime(2017, 1, 1)}, _FONT)
        self.sent = sent

    def content(self) -> bytes:
        """The workbook as bytes; nothing can be written after."""
        return sorted_zip(self.close(), {"docProps/app.xml": _ours})

    def value(self, page: Worksheet, place: Place, given: object = None) -> object:
        """What stands in a cell: what was sent, else what is given."""
        return self.sent.values.get(page.name, {}).get(place, given)

    def put(self, page: Worksheet, place: Place, given: object = None, **look: object) -> None:
        """Write what stands in a cell, marked if it is: a number, a day, text that never runs."""
        at = place[0] - 1, place[1] - 1
        value = self.value(page, place, given)
        colour, words = self.sent.marks.get(page.name, {}).get(place, ("", ""))
        if colour:
            look |= {"bg_color": colour, "locked": False}
        if words:
            page.write_comment(*at, words, {"author": _US, "x_scale": 2.5, "y_scale": 1.5})
        if isinstance(value, date):
            look |= DAY
        form = self.look(**look)
        if value is None or value == "":
            page.write_blank(*at, None, form)
        elif isinstance(value, date):
            page.write_datetime(*at, value, form)
        elif isinstance(value, int | float) and abs(value) < _HUGE:
            page.write_number(*at, value, form)
        else:
            page.write_string(*at, printable(str(value))[:LONGEST], form)

    def link(self, page: Worksheet, place: Place, sheet: str, cell: str, words: str) -> None:
        """Write words that lead to a cell of this workbook."""
        target = "internal:'{}'!{}".format(sheet.replace("'", "''"), cell)
        look = self.look(**GRID, font_color="#0563C1", underline=1)
        page.write_url(place[0] - 1, place[1] - 1, target, look, words)

    def top(self, page: Worksheet, title: str, *texts: str) -> None:
        """The first lines of a page."""
        self.put(page, (1, 1), title, font_size=14, bold=True)
        for row, text in enumerate(texts, 2):
            self.put(page, (row, 1), text, font_size=12, bold=False)

    def heads(self, page: Worksheet, row: int, widths: Mapping[str, int]) -> None:
        """The headers of a table, each with the width of its column."""
        for number, (head, width) in enumerate(widths.items(), 1):
            self.put(page, (row, number), head, **HEAD)
            page.set_column(number - 1, number - 1, width)

    def finish(self, page: Worksheet, left: str, right: str, heads: int = 0, **paper: int) -> None:
        """Set a page up, its foot of two sides, and protect what is not to be filled in."""
        face = f'&"{excel.FACE},Regular"&10'
        excel.paper(page, f"&L{face}{left}&R{face}{right}", heads, **paper)
        page.protect("", {"insert_rows": True, "format_columns": True, "format_rows": True})


def _ours(part):
    """Say who wrote the workbook: LibreOffice believes Excel's results, and calculates others'."""
    return part.replace(b"Microsoft Excel", _US.encode())
