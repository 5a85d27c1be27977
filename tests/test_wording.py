"""Numbers, shares, dates and verdicts as Vietnamese official text writes them."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.font_manager import fontManager

from pcmd_eval.tables import STANDINGS
from pcmd_eval.wording import LOOKS, Verdict, listing, long_date, number, share, share_text, short_date

FACES = ("Times New Roman", "Liberation Serif", "Tinos", "DejaVu Sans", "DejaVu Serif")


def test_every_shape_is_in_every_face_that_shows_it() -> None:
    """Another face in its place would give a mark two looks in one document; Times has what WGL4 lists."""
    wgl4 = "■□▪▫▲►▼◄◊○●◘◙◦–…"
    shapes = {look.shape for look in (*LOOKS.values(), *STANDINGS.values())}
    assert shapes <= set(wgl4)
    found = [font.fname for font in fontManager.ttflist if font.name in FACES and font.weight in (400, 700)]
    assert found  # DejaVu comes with matplotlib
    for path in found:
        assert not [shape for shape in shapes if ord(shape) not in TTFont(path).getBestCmap()], path


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (1000, "1.000"),
        (1234567, "1.234.567"),
        (Decimal("1234.5"), "1.234,5"),
        (Decimal("0.5"), "0,5"),
        (Decimal("12.50"), "12,50"),
    ],
)
def test_number(value: int | Decimal, text: str) -> None:
    """Points between thousands, a comma before decimals."""
    assert number(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "target", "text"),
    [
        (207, 277, "75", "74,73%"),  # never 75%
        (208, 277, "75", "75,09%"),
        (21, 28, "75", "75%"),
        (0, 13, "20", "0%"),
        (13, 13, "50", "100%"),
        (2, 13, "20", "15,38%"),
        (1, 8, "20", "12,5%"),
        (1, 3, "33", "33,33%"),
        (74999, 100000, "75", "74,999%"),  # two decimals would say 75%
        (75001, 100000, "75", "75,001%"),
        (749999, 1000000, "75", "74,9999%"),
        (1, 100000, "75", "0,001%"),  # something is not 0%
        (99999, 100000, "75", "99,999%"),  # not all is not 100%
        (6666, 10000, "66.67", "66,66%"),
        (66669, 100000, "66.67", "66,669%"),
        (100, 10, "75", "1.000%"),
    ],
)
def test_share(part: int, whole: int, target: str, text: str) -> None:
    """Two decimals without closing zeros, more where two would contradict the count."""
    assert share(part, whole, Fraction(target) / 100) == text


@settings(max_examples=500)
@given(st.integers(1, 100000), st.data(), st.integers(1, 1000))
def test_share_never_contradicts_its_count(whole: int, data: st.DataObject, tenths: int) -> None:
    """The printed share reaches the target, nothing or everything exactly when the count does, and is near."""
    target = Fraction(tenths, 1000)
    edge = int(target * whole)
    part = data.draw(st.one_of(st.integers(0, whole), st.integers(max(0, edge - 1), min(whole, edge + 1))))
    text = share(part, whole, target)
    assert text.endswith("%") and "E" not in text
    shown = Fraction(text[:-1].replace(".", "").replace(",", ".")) / 100
    exact = Fraction(part, whole)
    for border in (Fraction(0), Fraction(1), target):
        assert (shown < border, shown == border) == (exact < border, exact == border)
    assert abs(shown - exact) <= Fraction(5, 100000)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (207, 277, "0.747292"),  # 0.74729241...
        (0, 13, "0.000000"),
        (13, 13, "1.000000"),
        (1, 3, "0.333333"),
        (2, 3, "0.666667"),
        (1, 2000000, "0.000001"),  # half of the last place is rounded up
        (1, 1000000, "0.000001"),
    ],
)
def test_share_text(part: int, whole: int, text: str) -> None:
    """Six decimals with a point, for machines."""
    assert share_text(part, whole) == text


@pytest.mark.parametrize(
    ("day", "short", "long"),
    [
        (date(2017, 3, 14), "14/3/2017", "ngày 14 tháng 3 năm 2017"),
        (date(2016, 3, 7), "07/3/2016", "ngày 07 tháng 3 năm 2016"),
        (date(2018, 1, 5), "05/01/2018", "ngày 05 tháng 01 năm 2018"),
        (date(2018, 2, 28), "28/02/2018", "ngày 28 tháng 02 năm 2018"),
        (date(2017, 12, 31), "31/12/2017", "ngày 31 tháng 12 năm 2017"),
    ],
)
def test_dates(day: date, short: str, long: str) -> None:
    """Days under 10 and the months 1 and 2 take a zero, the months 3 to 9 do not."""
    assert (short_date(day), long_date(day)) == (short, long)


def test_verdicts_are_told_apart_without_colour() -> None:
    """Five words and five shapes; the words of design section 3."""
    assert {v.value: LOOKS[v].word for v in Verdict} == {
        "met": "Đạt",
        "not_met": "Chưa đạt",
        "undetermined": "Chưa đủ số liệu",
        "none_arose": "Không phát sinh",
        "not_applicable": "Không áp dụng",
    }
    assert len({look.shape for look in LOOKS.values()}) == 5
    assert LOOKS[Verdict.MET][:3] == ("Đạt", "●", "#0072B2")
    assert LOOKS[Verdict.NOT_MET][:4] == ("Chưa đạt", "▲", "#A34700", "#D55E00")
    assert LOOKS[Verdict.UNDETERMINED][:3] == ("Chưa đủ số liệu", "■", "#595959") and LOOKS[Verdict.UNDETERMINED].hatch


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a và b"), (["a", "b", "c"], "a, b và c")]
)
def test_listing(items: list[str], text: str) -> None:
    """As a sentence lists things."""
    assert listing(items) == text
