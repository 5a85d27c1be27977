"""Maps of the reporting units: verdicts, statuses or numbers."""

import pandas as pd
from pandas.api.types import infer_dtype

from pcmd_eval.analysis.arguments import as_sums, require_codes
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.show import Shown, show
from pcmd_eval.charts.map_renderer import MapPanel, Maps, MapUnit
from pcmd_eval.charts.picture import Picture, group_names, make_screen_head
from pcmd_eval.evaluation.findings import FINDING_KEY
from pcmd_eval.statistics.indicators import words_on_charts
from pcmd_eval.util.arguments import require_columns
from pcmd_eval.util.formatting import format_decimal, format_number
from pcmd_eval.util.frames import records_of
from pcmd_eval.util.verdicts import (
    HOST_STYLES,
    JUDGED_VERDICTS,
    STATUS_STYLES,
    VERDICT_STYLES,
    DisplayStyle,
)
from pcmd_eval.util.vocabulary import ABSENT

_Legend = tuple[DisplayStyle, ...]
_StylesByTitle = dict[str, dict[str, DisplayStyle]]  # of each map the style of each unit, by code
_LIGHT, _DARK = (0xE3, 0xEC, 0xF4), (0x0B, 0x3C, 0x6F)
_INCOMPLETE = DisplayStyle("chưa đủ số liệu", "", "#595959", "#E3ECF4", "///")
_NO_NUMBER = DisplayStyle("chưa có số liệu", "", "#595959", "#FFFFFF", "///")
_ABSENT = _NO_NUMBER._replace(word=ABSENT, hatch="")
# In the order of legends.
_STYLES = (*VERDICT_STYLES.values(), *STATUS_STYLES.values(), *HOST_STYLES.values(), _ABSENT)


def district_map(values: pd.DataFrame | pd.Series, case: Case, title: str) -> Picture | Shown:
    """Bản đồ các đơn vị: kết luận của từng chỉ tiêu, hoặc số của `summed`, `per`, một dãy số.

        district_map(case.findings, case, "Kết luận")
        district_map(per(attendance, people, 1_000), case, "Lượt người dự trên 1.000 dân")

    Of a frame with `value`, `state` and `words`, a row for each unit, or a series of numbers: from
    light to dark, the number next to the name, what is not complete hatched with "ít nhất", <NA>
    hatched white. A series of True, False and <NA>: in the styles of statuses, those of hosts if it
    is named `hosts`. The province's own row is left out; units without a row are empty outlines.
    Returns a sentence where there is nothing to draw or the plan has no boundaries; raises
    InputRefused for an unknown code and for codes that are numbers.
    """
    settings = case.plan.units
    nothing = "Không có ranh giới, kết luận hoặc số nào theo đơn vị nên không vẽ bản đồ; xem bảng."
    if not settings.boundaries:  # before codes are checked: sums by area have others
        return show(nothing)
    styles_by_title, number_legend = _styles_by_title(values, case, title)
    if not styles_by_title:
        return show(nothing)
    units = case.plan.reporting_units
    # Towns with their type: one may have the province's name.
    names = units.type.map({"Thị xã": "TX. ", "Thành phố": "TP. "}).fillna("") + units["name"]
    panels, texts, used = [], [], {*number_legend}
    for map_title, styles in styles_by_title.items():
        absent = units.index.difference([*styles], sort=False)
        styles.update(dict.fromkeys(absent, _ABSENT))
        used.update(styles.values())
        on_map = (
            MapUnit(code, _label(names[code], style), style) for code, style in styles.items()
        )
        panels.append(MapPanel(map_title, (*on_map,)))
        full_names, words = case.units.full_name[[*styles]], [one.word for one in styles.values()]
        described = "; ".join(map("{}: {}".format, full_names, words)) + "."
        if not number_legend:
            described = group_names(styles.values(), full_names)
        texts.append(f"{map_title}: {described}")
    drawing = Maps(
        make_screen_head(case, title, values),
        tuple(panels),
        settings.boundaries,
        settings.credit,
        tuple(style for style in (*number_legend, *_STYLES) if style in used),
    )
    return Picture(drawing, f"Bản đồ. {title}. {' '.join(texts)}")


def _styles_by_title(
    values: pd.DataFrame | pd.Series, case: Case, title: str
) -> tuple[_StylesByTitle, _Legend]:
    """Return for each map, by title, the style of each unit with a row, by code; and the legend of
    a map of numbers, () for others. `values`: see `district_map`.
    """
    if isinstance(values, pd.DataFrame) and "verdict" in values:
        require_columns(values, FINDING_KEY)
        return _verdict_styles(values, case), ()
    if isinstance(values, pd.DataFrame) and "unit_code" in values:
        values = values.set_index("unit_code")
    # The province's own bodies have no place on the map.
    values = values.drop(case.plan.province, errors="ignore")
    codes = case.plan.reporting_units.index
    require_codes(values.index, codes)
    values = values.loc[codes.intersection(values.index, sort=False)]
    if isinstance(values, pd.Series) and infer_dtype(values) == "boolean":
        of_statuses = HOST_STYLES if values.name == "hosts" else STATUS_STYLES
        statuses = values.astype(object).mask(values.isna(), None)
        return {title: {code: of_statuses[status] for code, status in statuses.items()}}, ()
    rows = as_sums(values)
    words = words_on_charts(rows.rename_axis("unit_code").reset_index(), case.plan)
    return _number_styles(rows.assign(words=[*words]), title)


def _number_styles(rows: pd.DataFrame, title: str) -> tuple[_StylesByTitle, _Legend]:
    """Return {title: styles by unit} and the legend: five steps from the smallest number to the
    largest, hatched for sums that are not complete and for none. Without any number: {} and ().

    `rows`: `value`, `state` and `words` by code.
    """
    low, high = rows.value.min(), rows.value.max()
    if pd.isna(low):
        return {}, ()

    def style_of(number: float, text: str) -> DisplayStyle:
        """Return the style of a number: from light for `low` to dark for `high`."""
        share = 0.5 if high == low else float((number - low) / (high - low))
        ends = zip(_LIGHT, _DARK, strict=True)
        mixed = [round(light + (dark - light) * share) for light, dark in ends]
        return DisplayStyle(text, "", "#000000", "#{:02X}{:02X}{:02X}".format(*mixed), "")

    styles = {}
    for code, row in zip(rows.index, records_of(rows), strict=True):
        if row["value"] is None:
            styles[code] = _NO_NUMBER._replace(word=row["words"])
        else:
            hatch = _INCOMPLETE.hatch if row["state"] == "incomplete" else ""
            styles[code] = style_of(row["value"], row["words"])._replace(hatch=hatch)
    numbers = [low + (high - low) * step / 4 for step in range(5)]
    legend = dict.fromkeys(
        style_of(number, format_number(format_decimal(number))) for number in numbers
    )
    masks = {_INCOMPLETE: rows.state == "incomplete", _NO_NUMBER: rows.value.isna()}
    hatched = [style for style, mask in masks.items() if mask.any()]
    return {title: styles}, (*legend, *hatched)


def _verdict_styles(findings: pd.DataFrame, case: Case) -> _StylesByTitle:
    """Return {heading of the objective: {code of the unit: style of its verdict}}."""
    units = case.plan.reporting_units
    rows = findings[findings.unit_code.isin(units.index)].set_index("unit_code")
    styles = {}
    for slug, verdicts in rows.groupby("objective", sort=False).verdict:
        judged = verdicts[verdicts.isin(JUDGED_VERDICTS)].map(VERDICT_STYLES).to_dict()
        if judged:
            styles[case.names[slug]] = judged
    return styles


def _label(name: str, style: DisplayStyle) -> str:
    """Return the text at a unit: the sign of its verdict and name, or name and number (`word`)."""
    if style == _ABSENT:
        return name
    return f"{style.shape} {name}" if style.shape else f"{name}\n{style.word}"
