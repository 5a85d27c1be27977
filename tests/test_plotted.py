"""What stands in the axes of a chart is read back and equals the table beside it; a planted swap is caught."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from pcmd_eval import canvas, display, figures, objectives, workings
from pcmd_eval.findings import Finding
from pcmd_eval.notebook import Case, for_all_units, open_case
from pcmd_eval.tables import STANDINGS
from pcmd_eval.wording import LOOKS

Drawn = dict[str, tuple[Any, ...]]


@pytest.fixture(scope="module")
def case() -> Case:
    return open_case("phu_tho_2017", "230")


@pytest.fixture(scope="module")
def shares(case: Case) -> list[Finding]:
    return for_all_units(case, objectives.communication)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Figure]]:
    """The figures as they are handed over to become pictures."""
    seen: list[Figure] = []
    real = canvas.finished

    def finished(case: Case, figure: Figure, *rest: Any) -> canvas.Chart:
        seen.append(figure)
        return real(case, figure, *rest)

    monkeypatch.setattr(canvas, "finished", finished)
    yield seen


def rows_of(figure: Figure) -> dict[str, list[tuple[str, float, float]]]:
    """By the name beside each row: the colour, the left end and the length of each of its bars."""
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    found: dict[str, list[tuple[str, float, float]]] = {name: [] for name in names}
    for bar in axes.patches:
        row = round(bar.get_y() + bar.get_height() / 2)
        found[names[row]].append((to_hex(bar.get_facecolor()), bar.get_x(), bar.get_width()))
    return found


def read_bounds(figure: Figure, totals: dict[str, int]) -> Drawn:
    """Low, high and needed by unit, from the ends of the two bars and the place of the mark."""
    names = list(rows_of(figure))
    needed = {names[round(np.mean(line.get_ydata()))]: line.get_xdata()[0] for line in figure.axes[0].lines}
    found: Drawn = {}
    for name, bars in rows_of(figure).items():
        (dark, start, low), (light, middle, more) = bars
        assert (dark, start, light, middle) == (canvas.DARK, 0, "#ffffff", low)
        found[name] = tuple(round(part * totals[name], 6) for part in (low, low + more, needed[name]))
    return found


def table_of_bounds(case: Case, shares: list[Finding]) -> tuple[Drawn, dict[str, int]]:
    rows = display.comparison(case, shares).rows
    return {row[0]: tuple(row[1:4]) for row in rows}, {row[0]: row[4] for row in rows}


def test_bars_and_marks_of_the_bounds_chart_equal_the_comparison(
    case: Case, shares: list[Finding], drawn: list[Figure]
) -> None:
    """Low, high and needed of all 14 units; with two units' numbers swapped they differ."""
    table, totals = table_of_bounds(case, shares)
    figures.bounds_chart(case, shares)
    assert len(table) == 14 and read_bounds(drawn[-1], totals) == table
    one, other = shares[0], next(f for f in shares if (f.low, f.total) != (shares[0].low, shares[0].total))
    numbers = {f: {key: getattr(f, key) for key in ("low", "high", "needed", "total")} for f in (one, other)}
    swapped = [replace(f, **numbers[{one: other, other: one}[f]]) if f in numbers else f for f in shares]
    figures.bounds_chart(case, swapped)
    assert read_bounds(drawn[-1], totals) != table


def read_cases(figure: Figure) -> Drawn:
    """Handled, not handled and not known by reporter, from the bars; each begins where the one before ends."""
    order = {canvas.DARK: 0, canvas.PENDING["facecolor"].lower(): 1, "#ffffff": 2}
    found: Drawn = {}
    for name, bars in rows_of(figure).items():
        lengths, end = [0, 0, 0], 0
        for colour, left, length in bars:
            assert left == end
            lengths[order[colour]], end = length, left + length
        found[name] = tuple(lengths)
    return found


def test_bars_of_the_cases_chart_equal_the_reporters_table(
    case: Case, drawn: list[Figure], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is unknown has no bar; with two reporters swapped the bars differ from the table."""
    table = {row[0]: tuple(part or 0 for part in row[2:5]) for row in workings.reporters_table(case).rows}
    figures.cases_chart(case)
    assert len(table) == 14 and read_cases(drawn[-1]) == table
    real = figures.case_parts
    parts = {unit.code: real(case.evidence, unit.code) for unit in (*case.districts, case.province)}
    one = next(iter(parts))
    other = next(code for code, part in parts.items() if part != parts[one])
    turned = {one: other, other: one}
    monkeypatch.setattr(figures, "case_parts", lambda evidence, code: real(evidence, turned.get(code, code)))
    figures.cases_chart(case)
    assert read_cases(drawn[-1]) != table


def read_months(figure: Figure) -> Drawn:
    """How each month stands, from the colour of the field and the shape in it."""
    axes = figure.axes[0]
    colours = [to_hex(bar.get_facecolor()) for bar in axes.patches]
    words = [text.get_text() for text in axes.texts]
    fields = zip(colours, words[::2], words[1::2], strict=True)
    looks = {(look.fill_colour.lower(), look.shape): standing.value for standing, look in STANDINGS.items()}
    return {name: (looks.get((colour, shape)),) for colour, name, shape in fields}


def test_fields_of_the_months_chart_equal_the_months_table(
    case: Case, drawn: list[Figure], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve fields; with two months swapped they differ."""
    table = {row[0]: (row[-1].value,) for row in workings.months_table(case).rows}
    figures.months_chart(case)
    assert len(table) == 12 and read_months(drawn[-1]) == table
    months = objectives.months_covered(case.evidence)
    one = next(iter(months))
    other = next(period for period, standing in months.items() if standing is not months[one])
    monkeypatch.setattr(figures, "months_covered", lambda evidence: {**months, one: months[other], other: months[one]})
    figures.months_chart(case)
    assert read_months(drawn[-1]) != table


def read_map(case: Case, figure: Figure, panel: int = 0) -> Drawn:
    """The word of each district, from the colour of the shape that has its boundary."""
    words = {look.fill_colour.lower(): look.word for look in LOOKS.values()}
    filled = [a for a in figure.axes[panel].patches if isinstance(a, PathPatch) and a.get_facecolor()[3] > 0]
    found: Drawn = {}
    for code, shape in figures._shapes(case).items():
        (colour,) = [to_hex(a.get_facecolor()) for a in filled if np.array_equal(a.get_path().vertices, shape.vertices)]
        found[case.project.register.reporter(code).full_name] = (words[colour],)
    return found


@pytest.mark.parametrize("objective", [objectives.communication, objectives.enforcement])
def test_colours_of_a_map_equal_the_words_of_the_comparison(
    case: Case, drawn: list[Figure], objective: Callable[..., Finding]
) -> None:
    """All thirteen districts; with two verdicts swapped the colours differ."""
    found = for_all_units(case, objective)
    table = {f.unit_name: (LOOKS[f.verdict].word,) for f in found if f.unit_code != case.province.code}
    beside = {row[0]: (LOOKS[row[-1]].word,) for row in display.comparison(case, found).rows[:-1]}
    assert table == beside and len(table) == 13
    figures.map_chart(case, found)
    assert read_map(case, drawn[-1]) == beside
    one = found[0]
    other = next(f for f in found if f.verdict is not one.verdict and f.unit_code != case.province.code)
    turned = {one.unit_code: other.verdict, other.unit_code: one.verdict}
    figures.map_chart(case, [replace(f, verdict=turned.get(f.unit_code, f.verdict)) for f in found])
    assert read_map(case, drawn[-1]) != beside


def test_each_panel_of_the_maps_has_the_colours_of_its_objective(case: Case, drawn: list[Figure]) -> None:
    """Four objectives that districts have, in the order of the plan."""
    found = objectives.evaluate(case.evidence)
    figures.map_chart(case, found)
    for panel, slug in enumerate(("communication", "integration", "harm_reduction", "enforcement")):
        words = {
            f.unit_name: (LOOKS[f.verdict].word,)
            for f in found
            if f.objective == slug and f.unit_code != case.province.code
        }
        assert read_map(case, drawn[-1], panel) == words
