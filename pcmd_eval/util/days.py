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
_NAMED_DAY = rf"(?:nga[iì] )?(?:{DAY_PATTERN})"  # may begin with "ngày"
_WHOLE_DAY = re.compile(rf"{_NAMED_DAY}\.?")
_SHORT_DAY = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{2})")  # 18/12/17
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_UNTIL = re.compile(rf"(?:.*\s)?{move_tones_to_end('đến')} (?:{move_tones_to_end('hết')} )?")
_CENTURY = 2000


def read_day(text: str) -> date | None:
    """Return the day that a text consists of; None for any other text.

    12/4/2017, 12 - 4 - 2017, 12.4.17, 2017-4-12 or "ngày 12 tháng 4 năm 2017". None also for a day
    that the calendar lacks and for one before `FIRST_YEAR`.
    """
    written = normalize_signs(text)
    if iso := _ISO_DAY.fullmatch(written):
        year, month, day = map(int, iso.groups())
    elif short := _SHORT_DAY.fullmatch(written):
        day, month, year = int(short[1]), int(short[3]), _CENTURY + int(short[4])
    elif _WHOLE_DAY.fullmatch(move_tones_to_end(written)):
        day, month, year = map(int, re.findall("[0-9]+", text))
    else:
        return None
    try:
        return date(year, month, day) if year >= FIRST_YEAR else None
    except ValueError:
        return None


def read_last_day(text: str) -> date | None:
    """Return the day at the end of a text such as "từ 1/1/2017 đến hết ngày 15/12/2017".

    Other words may stand before the day only if the last of them is "đến" or "đến hết". A text
    without them is read by `read_day`.
    """
    spelt = move_tones_to_end(normalize_signs(text)).strip(" .;")
    last = re.search(rf"{_NAMED_DAY}$", spelt)
    if last and _UNTIL.fullmatch(spelt[: last.start()]):
        return read_day(last[0])
    return read_day(text)
