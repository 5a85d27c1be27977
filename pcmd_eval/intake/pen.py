"""How a cell, a heading and a page of a workbook for people are written: one face, marks, nothing that runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pcmd_eval.files import printable, sorted_zip
from pcmd_eval.intake.cells import LONGEST
from pcmd_eval.intake.layout import Place

FACE = "Times New Roman"
GRID = {"border": 1, "border_color": "#808080"}
HEAD = GRID | {"bold": True, "bg_color": "#DDE6EE", "text_wrap": True, "align": "center"}
DAY = {"num_format": "d/m/yyyy"}
_FONT = {"font_name": FACE, "font_size": 11, "valign": "vcenter"}
_HUGE = 1e15  # from here on Excel rounds numbers
_SETTINGS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True)
class Sent:
    """What stands in a return instead of the blank one's: values and marks (colour and words) by sheet and place."""

    values: Mapping[str, Mapping[Place, object]] = field(default_factory=dict)
    marks: Mapping[str, Mapping[Place, tuple[str, str]]] = field(default_factory=dict)


class Pen:
    """A workbook that is being written, with the marks of what was sent."""

    def __init__(self, sent: Sent) -> None:
        self.sent = sent
        self.buffer, self._looks = BytesIO(), {}
        self.book = Workbook(self.buffer, _SETTINGS)
        self.book.set_properties({"author": "pcmd-eval", "created": datetime(2017, 1, 1)})

    def content(self) -> bytes:
        """The workbook as bytes; nothing can be written after."""
        self.book.close()
        return sorted_zip(self.buffer.getvalue(), {"docProps/app.xml": _ours})

    def look(self, **look: object) -> Format:
        """A format of this workbook, made once."""
        key = tuple(sorted(look.items()))
        if key not in self._looks:
            self._looks[key] = self.book.add_format(_FONT | look)
        return self._looks[key]

    def put(self, page: Worksheet, place: Place, value: object, **look: object) -> None:
        """Write one cell: a number, a day, or anything else as text that never becomes a formula; marked if it is."""
        row, column = place[0] - 1, place[1] - 1
        if mark := self.sent.marks.get(page.name, {}).get(place):
            colour, words = mark
            look |= {"bg_color": colour, "locked": False}
            if words:
                size = {"author": "pcmd-eval", "x_scale": 2.5, "y_scale": 1.5}
                page.write_comment(row, column, words, size)
        if value is None or value == "":
            page.write_blank(row, column, None, self.look(**look))
        elif isinstance(value, date):
            page.write_datetime(row, column, value, self.look(**look | DAY))
        elif isinstance(value, int | float) and abs(value) < _HUGE:
            page.write_number(row, column, value, self.look(**look))
        else:
            page.write_string(row, column, printable(str(value))[:LONGEST], self.look(**look))

    def link(self, page: Worksheet, place: Place, sheet: str, cell: str, words: str) -> None:
        """Write words that lead to a cell of this workbook."""
        target = "internal:'{}'!{}".format(sheet.replace("'", "''"), cell)
        look = self.look(**GRID, font_color="#0563C1", underline=1)
        page.write_url(place[0] - 1, place[1] - 1, target, look, words)

    def top(self, page: Worksheet, *texts: str) -> None:
        """The first lines of a page."""
        for row, text in enumerate(texts, 1):
            self.put(page, (row, 1), text, font_size=12 if row > 1 else 14, bold=row == 1)

    def heads(self, page: Worksheet, row: int, widths: Mapping[str, int]) -> None:
        """The headers of a table, each with the width of its column."""
        for number, (head, width) in enumerate(widths.items(), 1):
            self.put(page, (row, number), head, **HEAD)
            page.set_column(number - 1, number - 1, width)

    def finish(self, page: Worksheet, foot: str, high: int = 0) -> None:
        """Set a page up for printing, `high` sheets of paper high, and protect what is not to be filled in."""
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, high)
        page.set_footer(foot)
        page.protect("", {"insert_rows": True, "format_columns": True, "format_rows": True})


def footed(left: str, right: str) -> str:
    """A footer of two sides in the face of the pages."""
    face = f'&"{FACE},Regular"&10'
    return f"&L{face}{left}&R{face}{right}"


def _ours(part: bytes) -> bytes:
    """Say who wrote the workbook: LibreOffice calculates a stranger's formulas when it opens them, but not Excel's."""
    return part.replace(b"Microsoft Excel", b"pcmd-eval")
