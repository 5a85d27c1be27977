"""Maps of the reporting units: verdicts, standings or numbers, by boundaries or by points."""

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from pcmd_eval.analysis.chart_renderer import Maps
from pcmd_eval.analysis.picture import MAX_ROWS, Picture, group_names, head_of
from pcmd_eval.analysis.session import Case
from pcmd_eval.analysis.show import Shown, show
from pcmd_eval.analysis.table_format import DASH, format_decimal
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.formatting import format_number
from pcmd_eval.util.vocabulary import (
    HOST_STYLES,
    STATUS_STYLES,
    VERDICT_STYLES,
    DisplayStyle,
)

_LIGHT, _DARK = (0xE3, 0xEC, 0xF4), (0x0B, 0x3C, 0x6F)
_NO_NUMBER = DisplayStyle("chưa có số liệu", "", "#595959", "#FFFFFF", "///")


def district_map(
    values: pd.DataFrame | pd.Series, case: Case, title: str, paper: bool = False
) -> Picture | Shown:
    """Bản đồ các đơn vị: kết luận của từng chỉ tiêu, hoặc một dãy số theo mã đơn vị.

        district_map(case.findings, case, "Kết luận")
        district_map(rates, case, "Lượt người dự trên 1.000 dân")

    A series by unit code draws True, False and <NA> in the styles of its name; numbers from light
    to dark with the value next to the name, <NA> hatched. Without boundaries each unit is a point.
    The province's own row is left out. A sentence where there is nothing to draw; raises
    InputRefused for codes of no reporting unit.
    """
    units = case.plan.reporting_units
    if isinstance(values, pd.Series):  # the province's own bodies have no place on the map
        values = values.drop(case.plan.province, errors="ignore")
    panels, legend = _panels(values, case, title)
    points = _points(units)
    settings = case.plan.units
    if not panels or not (settings.boundaries or points):
        return show(
            "Không có ranh giới hoặc không có kết luận theo đơn vị nên không vẽ bản đồ; xem bảng."
        )
    names = _names_on_map(units)
    if points and not settings.boundaries and len(units) > MAX_ROWS:
        names = names.mask(names.notna(), "")  # they would cover each other
    maps, texts = [], []
    for name, styles in panels.items():
        maps.append((name, tuple((code, _label(names[code], s), s) for code, s in styles.items())))
        shown = case.units.full_name[[*styles]]
        is_number = legend is not None
        listed = _numbers_text(styles, shown) if is_number else group_names(styles.values(), shown)
        texts.append(f"{name}: {listed}")
    drawing = Maps(
        head_of(case, title, paper),
        tuple(maps),
        settings.boundaries or "",
        settings.credit,
        () if settings.boundaries else points,
        legend or _list_map_styles(panels),
    )
    return Picture(drawing, f"Bản đồ. {title}. {' '.join(texts)}")


def _panels(values, case, title):
    """Return the styles by title of each map, and the legend of numbers, else None."""
    units = case.plan.reporting_units
    if not isinstance(values, pd.Series):
        return _verdict_styles(values, case), None
    if is_numeric_dtype(values) and not is_bool_dtype(values):
        return _number_styles(values, units, title)
    return {title: _series_styles(values, units)}, None


def _require_codes(values, units):
    unknown = [str(code) for code in values.index if code not in units.index]
    if unknown:
        raise InputRefused(
            f"Bản đồ cần dãy số theo mã đơn vị báo cáo, như “{units.index[0]}”; không có mã "
            f'{", ".join(unknown[:5])}. Đặt chỉ mục bằng .set_index("unit_code"), mã là văn bản.'
        )


def _series_styles(values, units):
    """Return the style of each unit's boolean (True, False or <NA>) by code."""
    _require_codes(values, units)
    styles = HOST_STYLES if values.name == "hosts" else STATUS_STYLES
    values = values.reindex(units.index)
    return {code: styles[None if pd.isna(value) else value] for code, value in values.items()}


def _number_styles(values, units, title):
    """Return the styles of numbers by unit, and the legend: smallest, middle, largest, none."""
    _require_codes(values, units)
    numbers = values.reindex(units.index).astype("Float64")
    low, high = numbers.min(), numbers.max()
    if pd.isna(low):
        return {}, None

    def style(number):
        if pd.isna(number):
            return _NO_NUMBER._replace(word=DASH)
        share = 0.5 if high == low else float((number - low) / (high - low))
        mixed = [round(a + (b - a) * share) for a, b in zip(_LIGHT, _DARK, strict=True)]
        text = format_number(format_decimal(number))
        return DisplayStyle(text, "", "#000000", "#{:02X}{:02X}{:02X}".format(*mixed), "")

    styles = {code: style(number) for code, number in numbers.items()}
    steps = dict.fromkeys(style(low + (high - low) * at / 4) for at in range(5))
    legend = (*steps, *([_NO_NUMBER] if numbers.isna().any() else []))
    return {title: styles}, legend


def _verdict_styles(findings, case):
    """Return the styles of units by code, for the title of each objective."""
    codes = case.plan.reporting_units.index
    shown = findings[findings.unit_code.isin(codes) & (findings.verdict != "not_applicable")]
    verdicts = shown.set_index("unit_code").groupby("objective", sort=False).verdict
    return {case.names[slug]: group.map(VERDICT_STYLES).to_dict() for slug, group in verdicts}


def _points(units):
    """Code, longitude and latitude of each unit that has a point."""
    placed = units[["longitude", "latitude"]].dropna()
    return tuple((code, float(x), float(y)) for code, x, y in placed.itertuples())


def _list_map_styles(panels):
    """Return the styles that the maps use, in the order of the vocabulary."""
    used = {style for styles in panels.values() for style in styles.values()}
    every = [*VERDICT_STYLES.values(), *STATUS_STYLES.values(), *HOST_STYLES.values()]
    return tuple(style for style in dict.fromkeys(every) if style in used)


def _label(name, style):
    """Return the text at a unit: sign and name, or name and number."""
    if style.shape:
        return f"{style.shape} {name}" if name else ""
    return f"{name}: {style.word}" if name else ""


def _numbers_text(styles, names):
    pairs = zip(names, styles.values(), strict=True)
    return "; ".join(f"{name}: {style.word}" for name, style in pairs) + "."


def _names_on_map(units):
    """Return the names for maps; towns with their kind, as one may have the province's name."""
    towns = units.type.map({"Thị xã": "TX. ", "Thành phố": "TP. "}).fillna("")
    return towns + units["name"]
