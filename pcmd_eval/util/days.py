"""Read a day as people write it."""

import re
from datetime import date

from pcmd_eval.util.spelling import move_tones_to_end, normalize_signs

# No document or model is older: an earlier day is a number that Excel turned into a day.
FIRST_YEAR = 1950
# Spelt as `move_tones_to_end` leaves it: tones at the end of words, i for y.
DAY_PATTERN = (
    r"[0-9]{1,2} ?(?P<sep>[/.-]) ?[0-9]{1,2} ?(?P=sep) ?[0-9]{4}(?![0-9/])"
    r"|[0-9]{1,2} (?:thanǵ|thang) [0-9]{1,2},? n[aă]m [0-9]{4}"
)
_WHOLE_DAY = re.compile(rf"(?:nga[iì] )?(?:{DAY_PATTERN})\.?")


def read_day(text: str) -> date | None:
    """Return the day written as 12/4/2017, 12-4-2017, 12.4.2017 or "ngày 12 tháng 4 năm 2017".

    None for anything else, for a day that the calendar lacks and for one before `FIRST_YEAR`.
    """
    if not _WHOLE_DAY.fullmatch(move_tones_to_end(normalize_signs(text))):
        return None
    day, month, year = map(int, re.findall("[0-9]+", text))
    try:
        return date(year, month, day) if year >= FIRST_YEAR else None
    except ValueError:
        return None
