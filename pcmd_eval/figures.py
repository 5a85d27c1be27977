"""The pictures: bars for the bounds of findings or for numbers, and a map of verdicts, each beside a table of the same.

Nothing is told by colour alone, nothing ranks, and the same rows give the same bytes: no global state of matplotlib.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from math import cos, radians
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import font_manager, get_data_path
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Shape
from matplotlib.style import context
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import offset_copy

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.show import SHOWN_BY, Shown, printed, show
from pcmd_eval.words import HOSTS, STANDINGS, VERDICTS, Look, at_least, number

DARK, LINE, MARK = "#404040", "#595959", "#A34700"
SURE = {"facecolor": DARK, "edgecolor": DARK, "linewidth": 0.7}
POSSIBLE = {"facecolor": "white", "edgecolor": LINE, "hatch": "////", "linewidth": 0.7}
NEEDED = {"color": MARK, "marker": "|", "markersize": 12, "markeredgewidth": 3, "linestyle": "none"}
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.parse_math": False,
    "hatch.linewidth": 0.7,
}
# On paper the widths of Times New Roman, the face of official text, from files that come with the project.
PAPER = {
    "font.family": ["Liberation Serif", "DejaVu Sans"],
    "font.size": 10,
    "text.hinting": "none",
}
BOLD = {"fontweight": "bold"}
LEAST, GAP, HIGH = 1.2, 0.12, 0.17  # inches: bars are not shorter; between words and bars; a line


@dataclass(frozen=True, repr=False)
class Picture:
    """A picture as PNG, and the words for those who do not see it."""

    png: bytes
    alt: str

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"image/png": self.png, "text/plain": self.alt}, {
            "image/png": {"alt": self.alt},
            SHOWN_BY: "picture",
        }


class District(NamedTuple):
    """An outline, a point inside it, and where the name stands if not there: longitudes shortened by the latitude."""

    outline: Shape
    point: np.ndarray
    beside: np.ndarray | None


def bounds_chart(
    findings: pd.DataFrame, case: Case, title: str, paper: bool = False
) -> Picture | Shown:
    """Of each finding the sure part, the possible part and the mark of what is needed; rows in the order given.

    Units without such a duty are left out, and there is no bar where nothing is counted. Bars are shares of the total,
    or counts where no row has one. Rows of one unit alone are named by their objective, and only those with a share
    stand beside each other. A sentence where there is nothing to draw.
    """
    rows = findings[findings.verdict != "not_applicable"]
    if rows.empty:
        return show("Không có chỉ tiêu nào tính được nên không vẽ biểu đồ; xem bảng.")
    shares = rows.total.notna().any()
    alone = rows.unit_code.nunique() == 1 < len(rows)
    rows = rows[(rows.total > 0).fillna(False) | (not (alone and shares))].reset_index(drop=True)
    whole = rows.total.where(rows.total > 0) if shares else pd.Series(1, rows.index, dtype="Int64")
    most = (rows.high.fillna(rows.total) if shares else rows.high).fillna(rows.low)
    low, high, needed = (
        (part / whole).astype("Float64") for part in (rows.low.fillna(0), most, rows.needed)
    )
    asked = needed.dropna().astype(float)
    names = [*(rows.objective.map(case.names) if alone else rows.unit_name)]
    looks, counts = [VERDICTS[verdict] for verdict in rows.verdict], case.counted(rows)
    said = [
        (f"{one.shape} {one.word}  {count}", one.text_colour)
        for one, count in zip(looks, counts, strict=True)
    ]
    with context(_style(paper)):
        figure, axes = _rows(case, names, said, title, paper)
        for part, start, look in ((low, low * 0, SURE), (high - low, low, POSSIBLE)):
            drawn = part[part.fillna(0) > 0].astype(float)
            axes.barh(
                drawn.index, drawn, left=start[drawn.index].astype(float), height=0.62, **look
            )
        axes.vlines(
            asked,
            asked.index - 0.4,
            asked.index + 0.4,
            colors=MARK,
            linewidth=3,
            clip_on=False,
            zorder=3,
        )
        for label, unit in zip(axes.get_yticklabels(), rows.unit_code, strict=True):
            label.set_fontweight("bold" if unit == case.unit and not alone else "normal")
        limit = 1 if shares else int(max(1, *asked, *high.dropna()))
        ticks = [0, 0.25, 0.5, 0.75, 1] if shares else [*range(0, limit + 1, -(-limit // 5))]
        axes.set_xlim(0, limit)
        axes.set_xticks(ticks, [f"{tick:.0%}" for tick in ticks] if shares else None)
        mark = Line2D([], [], **NEEDED, label="cần đạt")
        _legend(figure, [Patch(**SURE, label="chắc chắn"), Patch(**POSSIBLE, label="có thể"), mark])
        return _picture(figure, case, f"Biểu đồ. {title}. {_grouped(looks, names)}")


def bars(numbers: pd.DataFrame | pd.Series, case: Case, title: str, paper: bool = False) -> Picture:
    """A bar for each row of `case.figures`, with its words beside it: a dash and no bar where nothing is known.

    A sum that is not complete reads "ít nhất" and has a hatched end. Rows of one unit alone are named by what they
    count. A series gives a bar for each of its numbers instead.
    """
    figured = isinstance(numbers, pd.DataFrame)
    rows = numbers.reset_index(drop=True) if figured else _numbered(numbers, case)
    alone = rows.unit_name.nunique() == 1 < len(rows)
    names, said = [*(rows.label if alone else rows.unit_name)], [*rows.words.map(at_least)]
    value = rows.value.fillna(0).astype(float)
    more = value[rows.state == "incomplete"]
    with context(_style(paper)):
        figure, axes = _rows(case, names, [(words, DARK) for words in said], title, paper)
        axes.barh(value.index, value, height=0.62, **SURE)
        if len(more):
            axes.barh(more.index, max(value.max(), 1) / 20, left=more, height=0.62, **POSSIBLE)
            known, open_ = (
                Patch(**SURE, label="đã biết"),
                Patch(**POSSIBLE, label="chưa đủ số liệu (không theo tỷ lệ)"),
            )
            _legend(figure, [known, open_])
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.xaxis.set_major_formatter(lambda tick, _: number(round(tick)))
        told = "; ".join(f"{name}: {words}" for name, words in zip(names, said, strict=True))
        return _picture(figure, case, f"Biểu đồ. {title}. {told}.")


def _numbered(numbers: pd.Series, case: Case) -> pd.DataFrame:
    """The numbers of a series as the bars take them, named by its index."""
    named = numbers.rename("total").rename_axis(numbers.index.name or "unit_name").to_frame()
    texts = printed(named, case)
    frame = {"unit_name": texts.iloc[:, 0], "words": texts.iloc[:, 1], "value": [*numbers]}
    return pd.DataFrame(frame).assign(label=texts.iloc[:, 0], state="").astype({"value": "Float64"})


def district_map(
    findings: pd.DataFrame | pd.Series, case: Case, title: str, paper: bool = False
) -> Picture | Shown:
    """A map of the districts' verdicts, one for each objective that the plan gives them.

    A series by district code draws True, False and <NA> instead, in the looks of its name. A sentence where there is
    nothing to draw.
    """
    panels = _panels(findings, case, title)
    if not case.plan.units.boundaries or not panels:
        return show(
            "Không có ranh giới hoặc không có kết luận theo huyện nên không vẽ bản đồ; xem bảng."
        )
    shapes = _shapes(paths.UNITS / case.plan.units.boundaries)
    columns = min(2, len(panels))
    wide, rows = (
        (6.3 if paper else 8.6) / 2 * (1 if columns == 2 else 1.4),
        -(-len(panels) // columns),
    )
    with context([*_style(paper), {"font.size": 9 if columns == 1 else 7.5}]):
        figure = _figure(case, wide * columns, (wide + 0.3) * rows + 0.75, title, paper)
        whole = figure.get_size_inches()[1]
        for place, (name, looks) in enumerate(panels.items()):
            row, column = divmod(place, columns)
            bottom = 0.4 + (rows - 1 - row) * (wide + 0.3)
            axes = figure.add_axes((column / columns, bottom / whole, 1 / columns, wide / whole))
            axes.set_title(name if len(panels) > 1 else "", fontweight="bold")
            _draw(axes, case, shapes, looks)
        used = {look for looks in panels.values() for look in looks.values()}
        known = dict.fromkeys(
            look
            for looks in (VERDICTS, STANDINGS, HOSTS)
            for look in looks.values()
            if look in used
        )
        _legend(
            figure, [Patch(**_fill(look, 0.7), label=f"{look.shape} {look.word}") for look in known]
        )
        names = case.units.full_name
        said = [
            f"{name}: {_grouped(looks.values(), names[[*looks]])}" for name, looks in panels.items()
        ]
        return _picture(figure, case, f"Bản đồ. {title}. {' '.join(said)}")


def _panels(
    findings: pd.DataFrame | pd.Series, case: Case, title: str
) -> dict[str, dict[str, Look]]:
    """The looks of the districts by code, under the title of each map."""
    districts = case.plan.districts.index
    if isinstance(findings, pd.Series):
        held, looks = (
            findings.reindex(districts).astype("boolean"),
            HOSTS if findings.name == "hosts" else STANDINGS,
        )
        return {
            title: {
                code: looks[None if pd.isna(value) else bool(value)] for code, value in held.items()
            }
        }
    rows = findings[findings.unit_code.isin(districts) & (findings.verdict != "not_applicable")]
    groups = rows.groupby("objective", sort=False)
    return {
        case.names[slug]: dict(zip(own.unit_code, own.verdict.map(VERDICTS), strict=True))
        for slug, own in groups
    }


def _fill(look: Look, line: float = 0) -> dict[str, Any]:
    return {
        "facecolor": look.fill_colour,
        "edgecolor": LINE,
        "hatch": look.hatch,
        "linewidth": line,
    }


def _draw(
    axes: Axes, case: Case, shapes: Mapping[str, District], looks: Mapping[str, Look]
) -> None:
    """Fill the axes with the districts, north up, each with its name and the shape of its look."""
    axes.set_axis_off()
    halo = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.2}
    outlines = ({"edgecolor": "white", "linewidth": 1.6}, {"edgecolor": DARK, "linewidth": 0.6})
    for code, look in looks.items():
        district, said = shapes[code], f"{look.shape} {case.plan.register.name[code]}"
        for style in (_fill(look), *({"facecolor": "none"} | outline for outline in outlines)):
            axes.add_patch(PathPatch(district.outline, **style))
        if district.beside is None:
            axes.text(*district.point, said, ha="center", va="center", bbox=halo)
        else:
            line = np.stack([district.point, district.beside]).T
            axes.plot(*line, color=DARK, linewidth=0.9, marker="o", markevery=[0], markersize=3.5)
            axes.text(*district.beside, said, ha="left", va="center", bbox=halo)
    axes.set_aspect("equal")
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + (right - left) * 0.22)  # room for the names beside


@cache
def _shapes(path: Path) -> dict[str, District]:
    """The boundaries by district code; points without a property `point` are the middle of the first ring."""
    features, found = json.loads(path.read_text(encoding="utf-8"))["features"], {}
    rings = [_rings(**feature["geometry"]) for feature in features]
    scale = np.array(
        [cos(radians(np.mean([ring[:, 1].mean() for own in rings for ring in own]))), 1]
    )
    for own, about in zip(rings, (feature["properties"] for feature in features), strict=True):
        outline = Shape.make_compound_path(*(Shape(ring * scale, closed=True) for ring in own))
        point, beside = about.get("point", own[0].mean(axis=0)), about.get("label")
        found[about["district_code"]] = District(
            outline, point * scale, None if beside is None else beside * scale
        )
    return found


def _rings(type: str, coordinates: list) -> list[np.ndarray]:
    return [
        np.array(ring)
        for part in (coordinates if type == "MultiPolygon" else [coordinates])
        for ring in part
    ]


# ---- the canvas -----------------------------------------------------------------------------------------------------


def _style(paper: bool) -> list[str | dict[str, Any]]:
    """What to draw by, whatever the user's own settings are."""
    _own_faces()
    return ["default", STYLE, PAPER if paper else {}]


@cache
def _own_faces() -> None:
    """Put our files and those of matplotlib before all that this machine has under the same names."""
    manager, matplotlibs = font_manager.fontManager, Path(get_data_path(), "fonts", "ttf")
    others, manager.ttflist = manager.ttflist, []
    for file in sorted([*paths.FONTS.glob("*.ttf"), *matplotlibs.glob("DejaVuSans*.ttf")]):
        manager.addfont(file)
    manager.ttflist += others


def _figure(case: Case, width: float, height: float, title: str, paper: bool) -> Figure:
    """An empty figure of that size in inches, its title above and the marks of the case in the upper right corner.

    It is higher where these need more than a line.
    """
    title = "" if paper else _within([title], width - 2 * GAP, **BOLD)[0]
    marks = " · ".join(case.marks)
    if _widest([title], **BOLD) + _widest([marks], **BOLD) + 3 * GAP > width:
        under = "\n" * (title.count("\n") + bool(title))
        marks = under + "\n".join(case.marks)
    height += HIGH * max(title.count("\n"), marks.count("\n"))
    figure = Figure((width, height), dpi=200 if paper else 110, facecolor="white")
    FigureCanvasAgg(figure)
    top = {"y": 1 - 0.06 / height, "va": "top"} | BOLD
    figure.text(x=0.08 / width, s=title, **top)
    figure.text(x=1 - 0.08 / width, s=marks, color=MARK, ha="right", **top)
    return figure


def _rows(
    case: Case, names: list[str], beside: list[tuple[str, str]], title: str, paper: bool
) -> tuple[Figure, Axes]:
    """A figure and its axes with a named row for each bar, from the top, and words in their colour beside it."""
    width, labels = 6.3 if paper else 8.6, [fill(name, 30) for name in names]
    left = _widest(labels, **BOLD) + 2 * GAP
    said = _within([words for words, _ in beside], width - left - LEAST - 2 * GAP)
    right = _widest(said) + 2 * GAP
    lines = 1 + max((words.count("\n") for words in [*labels, *said]), default=0)
    high = 0.05 + 0.15 * (lines + 1) * len(names)
    figure = _figure(case, width, 1.1 + high, title, paper)
    height = figure.get_size_inches()[1]
    axes = figure.add_axes((left / width, 0.65 / height, 1 - (left + right) / width, high / height))
    place = offset_copy(axes.get_yaxis_transform(), figure, x=GAP)
    for at, (words, (_, colour)) in enumerate(zip(said, beside, strict=True)):
        axes.text(1, at, words, va="center", color=colour, transform=place)
    axes.set_yticks(range(len(names)), labels)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _within(texts: list[str], room: float, **style: Any) -> list[str]:
    """The texts in lines that are no wider than so many inches, about."""
    wide = _widest(texts, **style)
    longest = max(map(len, texts), default=0)
    return texts if wide <= room else [fill(text, int(longest * room / wide)) for text in texts]


def _widest(texts: list[str], **style: Any) -> float:
    """How wide the widest of the texts is in inches, in the style that holds."""
    scratch = Figure()
    FigureCanvasAgg(scratch)
    widths = [scratch.text(0, 0, text, **style).get_window_extent().width for text in texts]
    return max(widths, default=0.0) / scratch.dpi


def _legend(figure: Figure, handles: list[Any]) -> None:
    place = {
        "loc": "lower center",
        "frameon": False,
        "handlelength": 1.3,
        "handletextpad": 0.5,
        "columnspacing": 1.2,
    }
    figure.legend(handles=handles, ncols=len(handles), handleheight=1.1, **place)


def _grouped(looks: Iterable[Look], names: Iterable[str]) -> str:
    """Names under the word of their look: Đạt: A, B. Chưa đạt: C."""
    found = (
        pd.Series([*names], dtype="string")
        .groupby([look.word for look in looks], sort=False)
        .agg(", ".join)
    )
    return " ".join(f"{word}: {said}." for word, said in found.items())


def _picture(figure: Figure, case: Case, alt: str) -> Picture:
    buffer = BytesIO()
    figure.savefig(
        buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 3}
    )
    return Picture(buffer.getvalue(), "".join(f"{mark}. " for mark in case.marks) + alt)
