"""How a cell, a heading and a page of a workbook for people are written: one face, and marks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from xlsxwriter.worksheet import Worksheet

from pcmd_eval.forms.row_layout import Place
from pcmd_eval.util import excel
from pcmd_eval.util.files import repack_zip

GRID = {"border": 1, "border_color": "#808080"}
HEAD = GRID | {"bold": True, "bg_color": "#DDE6EE", "text_wrap": True, "align": "center"}
DAY = {"num_format": "d/m/yyyy"}
GIVEN, OPEN = {"bg_color": "#F2F2F2"}, {"locked": False}
_LISTED = GRID | {"text_wrap": True, "align": "left"}
_LINK = {"font_color": "#0563C1", "underline": 1}
_US = "pcmd-eval"
_FONT = {"font_name": excel.FONT_NAME, "font_size": 11, "valign": "vcenter"}


class Formula(NamedTuple):
    """A formula of ours, without its "=", for one cell; `shown` by programs that do not calculate.

    `array`: it is about whole ranges.
    """

    text: str
    shown: str = ""
    array: bool = False


class Link(NamedTuple):
    """Words that lead to a cell of the same workbook."""

    sheet: str
    cell: str
    words: str


class Entries(NamedTuple):
    """What people wrote in a return, by sheet and place, and marks on it: a colour and words.

    `to_mend`: the lines of the sheet that says what to mend.
    """

    values: Mapping[str, Mapping[Place, object]] = {}
    marks: Mapping[str, Mapping[Place, tuple[str, str]]] = {}
    to_mend: Sequence[Sequence[object]] = ()


class Pen(excel.WorkbookWriter):
    """A workbook that is being written, with what people wrote in it; places count from 1."""

    def __init__(self, entries: Entries) -> None:
        about = {"author": _US, "created": datetime(2017, 1, 1)}
        super().__init__(about, _FONT, nan_inf_to_errors=True)
        self.entries = entries
        self.done = set()

    def content(self) -> bytes:
        """The workbook as bytes; nothing can be written after."""
        return repack_zip(self.close(), {"docProps/app.xml": _ours})

    def put(self, page: Worksheet, place: Place, given: object = None, **look: object) -> None:
        """Write what people wrote, else what is given, into a cell, with its mark if it has one.

        People may write in it, whatever its look says, if it is marked or not as it is given.
        """
        at = place[0] - 1, place[1] - 1
        self.done.add((page.name, place))
        value = self.entries.values.get(page.name, {}).get(place, given)
        colour, words = self.entries.marks.get(page.name, {}).get(place, ("", ""))
        if value != given:
            look |= OPEN
        if colour:
            look |= OPEN | {"bg_color": colour}
        if words:
            page.write_comment(*at, words, {"author": _US, "x_scale": 2.5, "y_scale": 1.5})
        self._write(page, at, value, look)

    def put_rest(self) -> None:
        """Write what people wrote where nothing has been put."""
        for name, values in self.entries.values.items():
            for place in values:
                if (name, place) not in self.done:
                    self.put(self.book.get_worksheet_by_name(name), place)

    def _write(self, page, at, value, look):
        form = self.look(**look)
        if isinstance(value, Formula):
            where = (*at, *at) if value.array else at
            write = page.write_array_formula if value.array else page.write_formula
            write(*where, f"={value.text}", form, value.shown)
        elif isinstance(value, Link):
            target = f"internal:'{value.sheet}'!{value.cell}"
            page.write_url(*at, target, self.look(**look, **_LINK), value.words)
        else:
            page.write(*at, value, form)

    def top(self, page: Worksheet, title: str, *texts: str) -> None:
        """The first lines of a page."""
        self.put(page, (1, 1), title, font_size=14, bold=True)
        for row, text in enumerate(texts, 2):
            self.put(page, (row, 1), text, font_size=12)

    def table(
        self,
        page: Worksheet,
        head: int,
        widths: Mapping[str, int],
        rows: Iterable[Sequence[object]] = (),
    ) -> None:
        """Headers in a row, each with the width of its column, and lines below them."""
        for number, (word, width) in enumerate(widths.items(), 1):
            self.put(page, (head, number), word, **HEAD)
            page.set_column(number - 1, number - 1, width)
        for row, values in enumerate(rows, head + 1):
            for number, value in enumerate(values, 1):
                self.put(page, (row, number), value, **_LISTED)

    def finish(self, page: Worksheet, left: str, right: str, heads: int = 0, **paper: int) -> None:
        """Set a page up, its foot of two sides, and protect what is not to be filled in."""
        face = f'&"{excel.FONT_NAME},Regular"&10'
        excel.set_up_page(page, f"&L{face}{left}&R{face}{right}", heads, **paper)
        page.protect("", {"insert_rows": True, "format_columns": True, "format_rows": True})


def _ours(part):
    """Say who wrote the workbook: LibreOffice believes Excel's results, and calculates others'."""
    return part.replace(b"Microsoft Excel", _US.encode())
