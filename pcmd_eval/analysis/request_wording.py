"""The sentence that asks a reporter for missing cells, and how such cells are filled in."""

from collections.abc import Iterable
from functools import cache

import pandas as pd

from pcmd_eval.evaluation.explanations import phrase
from pcmd_eval.util.cell_ranges import as_rectangles, parse_address
from pcmd_eval.util.formatting import format_number, format_short_date, lowercase_first
from pcmd_eval.util.vocabulary import PERIOD_LABELS

_MOST_ADDRESSES = 12
_LONGEST_QUOTE = 40  # letters of what is quoted from a cell
Answers = tuple[tuple[str, tuple[str, ...]], ...]  # kinds of answers and headers, see `answers_of`


def request_text(
    kind: str,
    contents: Iterable[str],
    periods: Iterable[str],
    cutoff: str | None,
    answers: Answers = (),
    is_legible: bool = False,
) -> str:
    """Return the sentence that asks a reporter for cells in the same state, `kind`.

    `contents`: what stands in the cells, quoted if unreadable; `periods`: those of the cells, the
    sentence names the last; `cutoff`: the return's cut-off (ISO) if it was too early for their
    period, else None or "". `answers`: see
    `answers_of`. `is_legible`: whether some are only unreadable because of their row.
    """
    written = contents if kind == "unreadable" else ()
    last = max(periods, key=[*PERIOD_LABELS].index)
    cutoff_day = format_short_date(cutoff).rpartition("/")[0] if cutoff else ""
    quoted = tuple(dict.fromkeys(filter(pd.notna, written)))
    return _word_request(kind, quoted, cutoff_day, last, answers, is_legible)


@cache
def _word_request(
    kind: str,
    contents: tuple[str, ...],
    cutoff_day: str,
    last_period: str,
    answers: Answers,
    is_legible: bool,
) -> str:
    """Return the sentence of `request_text`, cached: many reporters get the same.

    `cutoff_day`: 31/10, or "" if the cut-off was late enough.
    """
    until = "năm" if last_period == "Y" else lowercase_first(PERIOD_LABELS[last_period])
    quoted = [text[:_LONGEST_QUOTE] for text in contents]
    return phrase("request", kind, quoted, cutoff_day, until, answers, is_legible)


def answers_of(cells: pd.DataFrame) -> Answers:
    """Return what kinds of answers the cells have, each with the headers of its columns.

    Documents are `whole_pair` where of each of their rows it is also asked what was carried out.
    """
    of_row = [cells.reporter, cells.objective, cells.row.fillna("")]
    is_pair = cells.answer.eq("yes_no").groupby(of_row).transform("any")
    is_document = cells.answer == "document"
    is_whole_pair = is_document & is_pair[is_document].all()
    kinds = cells.answer.mask(is_whole_pair, "whole_pair")
    headers = cells.header.groupby(kinds).agg(lambda of: tuple(of.dropna().unique()))
    return tuple(sorted(headers.items(), key=lambda answer: answer[0] != "number"))


def list_addresses(cells: pd.DataFrame) -> str:
    """Return the addresses of the cells, as ranges with their number; absent cells are counted."""
    positions = [parse_address(address) for address in cells["cell"].dropna()]
    areas = as_rectangles(positions)
    number_text = f"{format_number(len(cells))} ô"
    if len(positions) < len(cells):
        areas.append("thêm dòng")
    if (not positions and cells.is_whole.all()) or len(areas) > _MOST_ADDRESSES:
        return number_text
    return (
        ", ".join(areas)
        if len(areas) == len(cells) == len(positions)
        else f"{number_text}: {', '.join(areas)}"
    )
