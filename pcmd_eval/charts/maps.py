"""Maps of the reporting units: verdicts, statuses or numbers."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from pcmd_eval.analysis.arguments import (
    require_codes,
    require_columns,
    require_numbers,
    require_value_column,
)
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.show import Shown, show
from pcmd_eval.charts.map_renderer import MapPanel, Maps, MapUnit
from pcmd_eval.charts.picture import Picture, group_names, make_screen_head
from pcmd_eval.statistics.indicators import words_on_charts
from pcmd_eval.util.arguments import validate_arguments
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import format_decimal, format_number
from pcmd_eval.util.frames import records_of
from pcmd_eval.util.verdicts import (
    HOST_STYLES,
    JUDGED_VERDICTS,
    STATUS_STYLES,
    VERDICT_STYLES,
    DisplayStyle,
)
from pcmd_eval.util.vocabulary import NO_VALUE

_LIGHT, _DARK = (0xE3, 0xEC, 0xF4), (0x0B, 0x3C, 0x6F)
_INCOMPLETE = DisplayStyle("chưa đủ số liệu", "", "#595959", "#E3ECF4", "///")
_EXAMPLE = 'district_map(case.findings, case, "Kết luận")'
_NO_NUMBER = DisplayStyle("chưa có số liệu", "", "#595959", "#FFFFFF", "///")
_ABSENT = _NO_NUMBER._replace(word="không có trong bảng", hatch="")


@validate_arguments
def district_map(values: pd.DataFrame | pd.Series, case: Case, title: str) -> Picture | Shown:
    """Bản đồ các đơn vị: kết luận của từng chỉ tiêu, hoặc số của `summed`, `per`, một dãy số.

        district_map(case.findings, case, "Kết luận")
        district_map(per(attendance, people, 1_000), case, "Lượt người dự trên 1.000 dân")

    Of a frame with `value`, `state` and `words`, a row for each unit, or a series of numbers: from
    light to dark, the number next to the name, what is not complete hatched with "ít nhất", <NA>
    hatched white. A series of True, False and <NA>: in the styles of statuses, those of hosts if it
    is named `hosts`. The province's own row is left out; units without a row are empty outlines.
    Returns a sentence where there is nothing to draw or the plan has no boundaries; raises
    InputRefused for an unknown code, for texts, and for infinite numbers.
    """
    settings = case.plan.units
    nothing = "Không có ranh giới hoặc không có kết luận theo đơn vị nên không vẽ bản đồ; xem bảng."
    if not settings.boundaries:  # before codes are checked: sums by area have others
        return show(nothing)
    styles_by_title, number_legend = _styles_by_title(values, case, title)
    if not styles_by_title:
        return show(nothing)
    names = _names_on_map(case.plan.reporting_units)
    describe = group_names if number_legend is None else _numbers_text
    panels, texts = [], []
    for map_title, styles in styles_by_title.items():
        on_map = (
            MapUnit(code, _label(names[code], style), style) for code, style in styles.items()
        )
        panels.append(MapPanel(map_title, tuple(on_map)))
        texts.append(f"{map_title}: {describe(styles.values(), case.units.full_name[[*styles]])}")
    drawing = Maps(
        make_screen_head(case, title, values),
        tuple(panels),
        settings.boundaries,
        settings.credit,
        number_legend or _list_map_styles(styles_by_title),
    )
    return Picture(drawing, f"Bản đồ. {title}. {' '.join(texts)}")


def _styles_by_title(
    values: pd.DataFrame | pd.Series, case: Case, title: str
) -> tuple[dict[str, dict[str, DisplayStyle]], tuple[DisplayStyle, ...] | None]:
    """Return for each map, by title, the style of each unit by code; and the legend of a map of
    numbers, None for others. `values`: see `district_map`.
    """
    if isinstance(values, pd.DataFrame) and "verdict" in values:
        require_columns(values, ["unit_code", "objective"], "district_map", _EXAMPLE)
        return _verdict_styles(values, case), None
    if isinstance(values, pd.DataFrame):
        require_value_column(values, "district_map", _EXAMPLE)
        values = values.set_index("unit_code") if "unit_code" in values else values
    # The province's own bodies have no place on the map.
    values = values.drop(case.plan.province, errors="ignore")
    units = case.plan.reporting_units
    _require_codes(values, units)
    numbers = values.value if isinstance(values, pd.DataFrame) else values
    require_numbers(numbers, "district_map")
    if numbers.isin([np.inf, -np.inf]).any():
        raise InputRefused(f"{title}: có số không có giới hạn nên không vẽ bản đồ; xem bảng.")
    if isinstance(values, pd.DataFrame):
        words = words_on_charts(values.reset_index(), case.plan)
        return _number_styles(values.assign(words=[*words]), units, title)
    if infer_dtype(values) != "boolean":
        texts = values.map(lambda number: format_number(format_decimal(number)), na_action="ignore")
        numbers = pd.DataFrame({"value": values, "state": "", "words": texts})
        return _number_styles(numbers, units, title)
    return {title: _status_styles(values, units)}, None


def _require_codes(values: pd.DataFrame | pd.Series, units: pd.DataFrame) -> None:
    """Raise InputRefused unless the index of `values` has only codes of `units`, each once."""
    require_codes(values.index, units.index, "district_map")
    if values.index.has_duplicates:
        raise InputRefused(
            f"Bản đồ cần mỗi đơn vị một dòng; bảng này có {len(values)} dòng của "
            f"{values.index.nunique()} đơn vị. Lọc một đại lượng, như .query(\"item == 'cases'\")."
        )


def _status_styles(values: pd.Series, units: pd.DataFrame) -> dict[str, DisplayStyle]:
    """Return the style of each unit's status (True, False or <NA>) by code.

    `values`: by code; one named `hosts` gets the styles of hosts of models.
    """
    styles = HOST_STYLES if values.name == "hosts" else STATUS_STYLES
    known = values.reindex(units.index.intersection(values.index, sort=False))
    drawn = {code: styles[None if pd.isna(value) else value] for code, value in known.items()}
    return drawn | _absent_styles(values.index, units)


def _absent_styles(codes: Iterable[str], units: pd.DataFrame) -> dict[str, DisplayStyle]:
    """Return the style of units that are not among `codes`, by code."""
    return dict.fromkeys(units.index.difference([*codes], sort=False), _ABSENT)


def _number_styles(
    rows: pd.DataFrame, units: pd.DataFrame, title: str
) -> tuple[dict[str, dict[str, DisplayStyle]], tuple[DisplayStyle, ...] | None]:
    """Return {title: styles by unit} and the legend: five steps from the smallest number to the
    largest, hatched for sums that are not complete and for none. Without any number: {} and None.

    `rows`: `value`, `state` and `words` by code.
    """
    present = units.index.intersection(rows.index, sort=False)
    rows = rows.reindex(present).astype({"value": "Float64"})
    low, high = rows.value.min(), rows.value.max()
    if pd.isna(low):
        return {}, None

    def style_of(number: float, text: str) -> DisplayStyle:
        """Return the style of a number by its position between `low` and `high`."""
        return _shade(0.5 if high == low else float((number - low) / (high - low)), text)

    styles = {}
    for code, row in zip(rows.index, records_of(rows), strict=True):
        if row["value"] is None:
            styles[code] = _NO_NUMBER._replace(word=row["words"] or NO_VALUE)
        else:
            hatch = _INCOMPLETE.hatch if row["state"] == "incomplete" else ""
            styles[code] = style_of(row["value"], row["words"])._replace(hatch=hatch)
    numbers = [low + (high - low) * step / 4 for step in range(5)]
    legend = dict.fromkeys(
        style_of(number, format_number(format_decimal(number))) for number in numbers
    )
    masks = {_INCOMPLETE: rows.state == "incomplete", _NO_NUMBER: rows.value.isna()}
    hatched = [style for style, mask in masks.items() if mask.any()]
    absent = _absent_styles(present, units)
    return {title: styles | absent}, (*legend, *hatched, *dict.fromkeys(absent.values()))


def _shade(share: float, text: str) -> DisplayStyle:
    """Return a style with this text and a colour between light (`share` 0) and dark (1)."""
    mixed = [
        round(light + (dark - light) * share) for light, dark in zip(_LIGHT, _DARK, strict=True)
    ]
    colour = "#{:02X}{:02X}{:02X}".format(*mixed)
    return DisplayStyle(text, shape="", text_colour="#000000", fill_colour=colour, hatch="")


def _verdict_styles(findings: pd.DataFrame, case: Case) -> dict[str, dict[str, DisplayStyle]]:
    """Return {heading of the objective: {code of the unit: style of its verdict}}."""
    units = case.plan.reporting_units
    rows = findings[findings.unit_code.isin(units.index)].set_index("unit_code")
    styles = {}
    for slug, verdicts in rows.groupby("objective", sort=False).verdict:
        judged = verdicts[verdicts.isin(JUDGED_VERDICTS)].map(VERDICT_STYLES).to_dict()
        if judged:
            styles[case.names[slug]] = judged | _absent_styles(verdicts.index, units)
    return styles


def _list_map_styles(
    styles_by_title: Mapping[str, Mapping[str, DisplayStyle]],
) -> tuple[DisplayStyle, ...]:
    """Return the styles that the maps use, in the order of their tables."""
    used = {style for styles in styles_by_title.values() for style in styles.values()}
    every = [*VERDICT_STYLES.values(), *STATUS_STYLES.values(), *HOST_STYLES.values()]
    every.append(_ABSENT)
    return tuple(style for style in dict.fromkeys(every) if style in used)


def _label(name: str, style: DisplayStyle) -> str:
    """Return the text at a unit: the sign of its verdict and its name, or its name and number."""
    if style == _ABSENT:
        return name
    return f"{style.shape} {name}" if style.shape else f"{name}\n{style.word}"


def _numbers_text(styles: Iterable[DisplayStyle], names: Iterable[str]) -> str:
    """Return "name: number; …" for the alternative text; a style has the number as its word."""
    pairs = zip(names, styles, strict=True)
    return "; ".join(f"{name}: {style.word}" for name, style in pairs) + "."


def _names_on_map(units: pd.DataFrame) -> pd.Series:
    """Return short names by code; towns with their type: one may have the province's name."""
    towns = units.type.map({"Thị xã": "TX. ", "Thành phố": "TP. "}).fillna("")
    return towns + units["name"]
