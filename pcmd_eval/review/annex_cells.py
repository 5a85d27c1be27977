"""The cells of a review's tables: how a count, a share, a word and a mark are written, and what each mark means."""

from collections.abc import Iterable
from dataclasses import dataclass

from pcmd_eval.findings import Finding
from pcmd_eval.published import DASH, DASH_WORDS, MARKER, MARKER_WORDS, STAR, STAR_WORDS, Published
from pcmd_eval.review.sentences import of_target
from pcmd_eval.tables import STANDINGS
from pcmd_eval.targets import Target
from pcmd_eval.wording import LOOKS, Verdict, number, share

_MARKS = ((MARKER, MARKER_WORDS), (DASH, DASH_WORDS), (STAR, STAR_WORDS))
_SHAPES = {look.word: look.shape for look in STANDINGS.values()}
Row = dict[str, str]


@dataclass(frozen=True)
class AnnexTable:
    """The rows of a table, by the names of their cells, and the marks that appear in it, in words."""

    rows: list[Row]
    notes: list[str]


def table(rows: Iterable[Row]) -> AnnexTable:
    """Number the rows and explain the marks in them."""
    listed = [{"tt": str(place), **row} for place, row in enumerate(rows, 1)]
    cells = [cell for row in listed for cell in row.values()]
    notes = [words for mark, words in _MARKS if any(cell == mark or mark == cell[-1:] == STAR for cell in cells)]
    return AnnexTable(listed, notes)


# ---- single cells ---------------------------------------------------------------------------------------------------


def cell(published: Published, code: str, slug: str, key: str) -> str:
    """A value as it stands in a table: with its shape if it is a word, with a star if it is not full."""
    words = published.shown(code, slug, key)
    if words in _SHAPES:
        return f"{_SHAPES[words]} {words}"
    return words + (STAR if published.starred(code, slug, key) else "")


def verdict_cell(verdict: Verdict) -> str:
    """Shape and word: ● Đạt."""
    look = LOOKS[verdict]
    return f"{look.shape} {look.word}"


def done_cell(finding: Finding) -> str:
    """What was reached, as a count: 2/3 (66,67%), with the possible most behind it; a dash where nothing is known."""
    if finding.low is None or finding.nothing_known:
        return DASH
    target = Target.parse(finding.target)

    def written(part: int) -> str:
        if finding.total is None:
            return number(part)
        rate = f" ({share(part, finding.total, target.threshold)})" if 0 <= part <= finding.total != 0 else ""
        return f"{number(part)}/{number(finding.total)}{rate}"

    least = "ít nhất " if finding.high is None else ""
    most = f"; nhiều nhất {written(finding.high)}" if finding.high is not None and finding.high > finding.low else ""
    return f"{least}{written(finding.low)}{most}"


def rate_cell(finding: Finding) -> str:
    """The share of what is needed; a span where the end is open, a dash where nothing is known.

    What was surely done may go beyond the target (notes, 3.3); what is only possible is told up to the target.
    """
    low, high, needed = finding.low, finding.high, finding.needed
    if low is None or not needed or finding.nothing_known:
        return DASH
    sure = of_target(low, needed)
    if high is None:
        return f"ít nhất {sure}"
    if high == low or low >= needed:
        return sure
    return f"{sure} – {of_target(high, needed) if high <= needed else 'trên 100%'}"


def asked_cell(finding: Finding) -> str:
    if not finding.target:
        return DASH
    target = Target.parse(finding.target)
    counted = finding.needed is not None and finding.total is not None and target.threshold is not None
    return target.words + (f" ({number(finding.needed or 0)}/{number(finding.total or 0)})" if counted else "")
