"""Open a file that somebody sent: refuse what is not a plain workbook, in words, before anything reads it."""

import zipfile
from dataclasses import dataclass
from io import BytesIO

from openpyxl import Workbook, load_workbook


class Refused(Exception):
    """The file cannot be a return; the message is a Vietnamese sentence with the remedy."""


@dataclass(frozen=True)
class Opened:
    """One workbook twice: as people see it (`values`) and with its formulas (`formulas`)."""

    values: Workbook
    formulas: Workbook


def open_workbook(content: bytes) -> Opened:
    """The workbook in `content`; raises Refused with what is wrong and what to do."""
    if not zipfile.is_zipfile(BytesIO(content)):
        raise Refused("Tệp không phải sổ Excel .xlsx; mở bằng Excel rồi lưu lại dạng Excel Workbook (.xlsx)")
    try:
        return Opened(load_workbook(BytesIO(content), data_only=True), load_workbook(BytesIO(content)))
    except Exception as error:
        raise Refused(f"Tệp hỏng, không mở được ({type(error).__name__}); mở bằng Excel, lưu lại và gửi lại") from None
