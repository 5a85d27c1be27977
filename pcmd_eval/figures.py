"""The charts of the notebooks: each draws numbers that stand in a table beside it and says in words what it shows.

A chart never ranks: units stand in the order of the dictionary. Nothing is told by colour alone.
"""

import json
from collections.abc import Sequence
from math import cos, radians
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from pcmd_eval import canvas, paths
from pcmd_eval.canvas import Chart, Values
from pcmd_eval.display import counts_beside
from pcmd_eval.findings import Finding
from pcmd_eval.objectives import cases, months_covered
from pcmd_eval.tables import STANDINGS, Sentence
from pcmd_eval.wording import LOOKS, Look, Verdict, number
from pcmd_eval.workings import case_parts, model_parts, reporter_name

if TYPE_CHECKING:
    from pcmd_eval.notebook import Case


@rc_context(canvas.STYLE)
def bounds_chart(case: "Case", findings: Sequence[Finding], width: float = 8.6) -> Chart:
    """The share of each unit: the sure part, the possible part and the mark of what is needed."""
    return draw_bounds(case, findings, width)


def draw_bounds(case: "Case", findings: Sequence[Finding], width: float = 8.6) -> Chart:
    """The same in the style that is in force."""
    figure, axes = canvas.framed(case, width, 0.9 + 0.3 * len(findings), left=1.75, right=2.9, bottom=0.65)
    for row, finding in enumerate(findings):
        low, high, needed, total = finding.low, finding.high, finding.needed, finding.total
        look = LOOKS[finding.verdict]
        if low is not None and total:
            axes.barh(row, low / total, height=0.62, **canvas.SURE)
            axes.barh(
                row, ((total if high is None else high) - low) / total, left=low / total, height=0.62, **canvas.POSSIBLE
            )
        if needed is not None and total:
            axes.plot(
                [needed / total] * 2, [row - 0.4, row + 0.4], color=canvas.MARK, linewidth=3, solid_capstyle="butt"
            )
        words = f"{look.shape} {look.word}  {counts_beside(finding)}"
        axes.text(1.03, row, words, va="center", color=look.text_colour, transform=axes.get_yaxis_transform())
    canvas.name_rows(case, axes, [(f.unit_code, f.unit_name) for f in findings])
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    needed_mark = Line2D([], [], color=canvas.MARK, marker="|", markersize=13, markeredgewidth=3, linestyle="none")
    needed_mark.set_label("cần đạt")
    handles = [Patch(**canvas.SURE, label="chắc chắn"), Patch(**canvas.POSSIBLE, label="có thể"), needed_mark]
    canvas.legend(figure, handles)
    title = case.plan[findings[0].objective].title
    words = canvas.groups((LOOKS[f.verdict].word, f.unit_name) for f in findings)
    alt = f"Biểu đồ cận dưới và cận trên, {title}. {words}"
    return canvas.finished(case, figure, alt, {f.unit_name: (f.low, f.high, f.needed, f.total) for f in findings})


@rc_context(canvas.STYLE)
def cases_chart(case: "Case") -> Chart:
    """The cases of every reporter: handled, not handled, and those of which nothing is known."""
    units = [*case.districts, case.province]
    parts = {unit: case_parts(case.evidence, unit.code) for unit in units}
    figure, axes = canvas.framed(case, 8.6, 0.9 + 0.3 * len(units), left=1.75, right=2.75, bottom=0.65)
    for row, (unit, part) in enumerate(parts.items()):
        start = 0
        for length, look in zip(part[1:], (canvas.SURE, canvas.PENDING, canvas.POSSIBLE), strict=True):
            if length:
                axes.barh(row, length, left=start, height=0.62, **look)
                start += length
        look = LOOKS[cases(case.evidence, unit.code).verdict]
        known = "tổng số chưa biết" if part.total is None else f"{number(part.total)} vụ việc"
        words = f"{look.shape} {look.word}, {known}"
        axes.text(1.03, row, words, va="center", color=look.text_colour, transform=axes.get_yaxis_transform())
    canvas.name_rows(case, axes, [(unit.code, reporter_name(case, unit)) for unit in units])
    longest = max(sum(length or 0 for length in part[1:]) for part in parts.values())
    axes.set_xlim(0, max(longest, 1))
    axes.set_xticks(range(0, longest + 1, max(1, longest // 6)))
    looks = ((canvas.SURE, "đã xử lý"), (canvas.PENDING, "chưa xử lý"), (canvas.POSSIBLE, "chưa rõ"))
    canvas.legend(figure, [Patch(**look, label=word) for look, word in looks])
    verdicts = ((LOOKS[cases(case.evidence, u.code).verdict].word, reporter_name(case, u)) for u in units)
    alt = f"Biểu đồ vụ việc theo đơn vị báo cáo, không xếp hạng. {canvas.groups(verdicts)}"
    return canvas.finished(case, figure, alt, {reporter_name(case, unit): tuple(part) for unit, part in parts.items()})


@rc_context(canvas.STYLE)
def months_chart(case: "Case") -> Chart:
    """One field for each month: with news, without, or not known."""
    months = months_covered(case.evidence)
    figure, axes = canvas.framed(case, 8.6, 1.75, left=0.1, right=0.1, bottom=0.6)
    for place, (period, standing) in enumerate(months.items()):
        look = STANDINGS[standing]
        axes.bar(place, 1, width=0.94, facecolor=look.fill_colour, edgecolor=canvas.LINE, hatch=look.hatch)
        label = {"ha": "center", "va": "center", "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1.5}}
        axes.text(place, 0.66, f"Tháng {int(period[1:])}", fontsize=8, **label)
        axes.text(place, 0.3, look.shape, color=look.text_colour, fontsize=15, **label)
    axes.set_xlim(-0.5, len(months) - 0.5)
    axes.set_ylim(-0.03, 1.03)
    axes.set_axis_off()
    used = [look for standing, look in STANDINGS.items() if standing in months.values()]
    canvas.legend(figure, [canvas.patch(look) for look in used])
    names = ((STANDINGS[standing].word, f"tháng {int(period[1:])}") for period, standing in months.items())
    alt = f"Các tháng có tin, bài. {canvas.groups(names)}"
    return canvas.finished(
        case, figure, alt, {f"Tháng {int(p[1:])}": (standing.value,) for p, standing in months.items()}
    )


def map_chart(case: "Case", findings: Sequence[Finding]) -> Chart | Sentence:
    """A map of the districts' verdicts, one for each objective that the plan gives them."""
    panels: dict[str, dict[str, Look]] = {}
    for finding in findings:
        if finding.unit_code != case.province.code and finding.verdict is not Verdict.NOT_APPLICABLE:
            panels.setdefault(finding.objective, {})[finding.unit_code] = LOOKS[finding.verdict]
    return _maps(case, {f"{case.plan[slug].number}. {case.plan[slug].title}": looks for slug, looks in panels.items()})


def models_map(case: "Case") -> Chart | Sentence:
    """A map of what each district says about models."""
    looks = {code: part.look._replace(word=part.words) for code, part in model_parts(case).items()}
    return _maps(case, {"Mô hình do huyện kê khai": looks})


@rc_context(canvas.STYLE)
def _maps(case: "Case", panels: dict[str, dict[str, Look]]) -> Chart | Sentence:
    codes = {unit.code for unit in case.districts}.intersection(*panels.values())
    shapes = {code: shape for code, shape in _shapes(case).items() if code in codes}
    if not shapes or not panels:
        return Sentence("Không có ranh giới hoặc không có kết luận theo huyện nên không vẽ bản đồ; xem bảng.")
    columns = min(2, len(panels))
    lines = -(-len(panels) // columns)
    width, height, below = (7.4, 7.6, 0.75) if columns == 1 else (5.4, 5.6, 0.75)
    figure = canvas.blank(case, width * columns, height * lines + below)
    for place, (title, looks) in enumerate(panels.items()):
        x, y = place % columns / columns, 1 - (place // columns + 1) * height / (height * lines + below)
        axes = figure.add_axes((x, y, 1 / columns, (height - 0.55) / (height * lines + below)))
        axes.set_title(title, fontsize=10, fontweight="bold")
        _draw_map(case, axes, shapes, looks, width / (height - 0.55), 9 if columns == 1 else 7.5)
    used = {looks[code] for looks in panels.values() for code in looks if code in shapes}
    canvas.legend(figure, [canvas.patch(look) for look in sorted(used, key=lambda look: "●▲■○◊".find(look.shape))])
    districts = [unit for unit in case.districts if unit.code in shapes]
    alt = [
        f"{title}: {canvas.groups((looks[u.code].word, u.full_name) for u in districts)}"
        for title, looks in panels.items()
    ]
    values: Values = {u.full_name: tuple(looks[u.code].word for looks in panels.values()) for u in districts}
    return canvas.finished(case, figure, f"Bản đồ. {' '.join(alt)}", values)


def _draw_map(
    case: "Case", axes: Axes, shapes: dict[str, Path], looks: dict[str, Look], ratio: float, size: float
) -> None:
    """Fill the axes (width to height as `ratio`) with the districts, north up, all room left for names at the sides."""
    outline = np.concatenate([shape.vertices for shape in shapes.values()])
    low, high = outline.min(axis=0), outline.max(axis=0)
    tall = max((high - low)[1] * 1.03, (high - low)[0] * 1.35 / ratio)
    half = np.array([tall * ratio, tall]) / 2
    (left, bottom), (right, top) = (low + high) / 2 - half, (low + high) / 2 + half
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    axes.set_axis_off()
    for code, shape in shapes.items():
        look = looks[code]
        filling = {"facecolor": look.fill_colour, "edgecolor": canvas.LINE, "hatch": look.hatch, "linewidth": 0}
        outlines = ({"edgecolor": "white", "linewidth": 1.6}, {"edgecolor": canvas.DARK, "linewidth": 0.6})
        for style in (filling, *({"facecolor": "none", **outline} for outline in outlines)):
            axes.add_artist(PathPatch(shape, **style))  # add_patch would look for limits that are set already
    _labels(case, axes, shapes, looks, size)


def _shapes(case: "Case") -> dict[str, Path]:
    """The boundaries by district code, in degrees, those of longitude shortened by the latitude."""
    name = case.plan.units.boundaries
    if not name or not (paths.UNITS / name).is_file():
        return {}
    features = json.loads((paths.UNITS / name).read_text(encoding="utf-8"))["features"]
    parts: dict[str, list[np.ndarray]] = {}
    for feature in features:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        parts[feature["properties"]["district_code"]] = [np.array(ring) for rings in polygons for ring in rings]
    latitude = np.mean([ring[:, 1].mean() for rings in parts.values() for ring in rings])
    scale = np.array([cos(radians(latitude)), 1])
    return {
        code: Path.make_compound_path(*(Path(ring * scale, closed=True) for ring in rings))
        for code, rings in parts.items()
    }


def _labels(case: "Case", axes: Axes, shapes: dict[str, Path], looks: dict[str, Look], size: float) -> None:
    """Name every district inside its shape where the name fits, else beside the map with a line to it."""
    renderer = axes.figure.canvas.get_renderer()
    beside: dict[bool, list[tuple[float, float, Any]]] = {False: [], True: []}
    middle = sum(axes.get_xlim()) / 2
    for unit in case.districts:
        if unit.code not in shapes:
            continue
        shape = shapes[unit.code].transformed(axes.transData)
        white = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
        words = f"{looks[unit.code].shape} {unit.name}"
        label = axes.text(0, 0, words, fontsize=size, ha="center", va="center", bbox=white)
        box = label.get_window_extent(renderer)
        spots, fits = _room(shape, box.width + 3, box.height + 3)
        x, y = axes.transData.inverted().transform(spots)
        if fits:
            label.set_position((x, y))
        else:
            beside[x > middle].append((y, x, label))
    for right, found in beside.items():
        left, width = axes.get_xlim()[0], np.ptp(axes.get_xlim())
        edge, previous = left + width * (0.98 if right else 0.02), float("-inf")
        step = (axes.get_ylim()[1] - axes.get_ylim()[0]) * 0.04
        for y, x, label in sorted(found, key=lambda one: one[:2]):
            previous = max(y, previous + step)
            label.set(position=(edge, previous), ha="right" if right else "left")
            axes.plot([x, edge], [y, previous], color="white", linewidth=2.4, zorder=2)
            axes.plot([x, edge], [y, previous], color=canvas.DARK, linewidth=1, zorder=2)
            axes.plot(x, y, "o", color=canvas.DARK, markersize=5, markeredgecolor="white", zorder=2)


def _room(shape: Path, width: float, height: float) -> tuple[np.ndarray, bool]:
    """Where in the shape (pixels) a box of that size has most room around it, and whether it fits at all."""
    low, high = shape.vertices.min(axis=0), shape.vertices.max(axis=0)
    grid = np.stack(np.meshgrid(*np.linspace(low, high, 41).T), axis=-1).reshape(-1, 2)
    inside = grid[shape.contains_points(grid)]
    steps = np.array([(i, j) for i in (-0.5, 0, 0.5) for j in (-0.5, 0.5)]) * (width, height)
    free = np.all([shape.contains_points(inside + step) for step in steps], axis=0)
    spots = inside[free] if free.any() else inside
    distances = np.hypot(*(spots[:, None, :] - shape.vertices[None, :, :]).transpose(2, 0, 1)).min(axis=1)
    return spots[distances.argmax()], bool(free.any())
