"""One cell of a workbook as openpyxl reads it, before it is parsed."""

from datetime import date
from typing import Any, NamedTuple

from pcmd_eval.util.files import remove_control_characters
from pcmd_eval.util.formatting import format_short_date

LONGEST = 32_767  # characters of a cell in Excel
OTHER_ISSUE = "xem điểm khác về ô này"  # an issue of another rule names the cell
MERGED = "ô đang gộp với ô khác"  # the issue "merged" names the whole area
_LONGEST_RAW = 100  # characters of a value in a message: enough to find it again


class Cell(NamedTuple):
    """One cell at its address (B17, "" if it has none).

    `display_issue`: why Excel shows another value, in Vietnamese ("" for none). `is_doubted`: the
    value is readable, but becomes `contradictory`.
    """

    address: str
    value: Any = None  # as openpyxl gives it
    formula: str = ""
    number_format: str = "General"
    is_date: bool = False
    display_issue: str = ""
    is_doubted: bool = False

    @property
    def raw(self) -> str:
        """Return the value as a person sees it, without control characters."""
        if isinstance(self.value, bool):
            return str(self.value).upper()
        if isinstance(self.value, date):
            return format_short_date(self.value)
        return remove_control_characters(self.formula if self.value is None else str(self.value))

    @property
    def quoted(self) -> str:
        """Return the value for a message, at most a line long."""
        return self.raw if len(self.raw) <= _LONGEST_RAW else f"{self.raw[:_LONGEST_RAW]}…"

    @property
    def text(self) -> str:
        """Return the value as text without spaces around it; 12.0 as 12, nothing as ""."""
        if isinstance(self.value, float) and self.value.is_integer():
            return str(int(self.value))
        return str(self.value).strip() if self.value is not None else ""

    @property
    def is_number(self) -> bool:
        """Return whether the value is a number and no date."""
        return type(self.value) in (int, float) and not self.is_date

    @property
    def is_blank(self) -> bool:
        """Return whether the cell is empty; a formula that was never calculated is not."""
        return not (self.formula and self.value is None) and not remove_control_characters(
            self.text
        )
