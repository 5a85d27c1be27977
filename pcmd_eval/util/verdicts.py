"""The verdicts: their meaning, words, shapes and colours, on a light and on a dark screen.

Pages repeat the colours in `office/site/site.css`.
"""

from typing import NamedTuple


class DisplayStyle(NamedTuple):
    """The style of a verdict or status: never colour alone; every font used has the shapes."""

    word: str
    shape: str
    text_colour: str
    fill_colour: str
    hatch: str


class Verdict(NamedTuple):
    """A verdict: how it is shown, and what it means.

    `rank`: the province gets the verdict of lowest rank among its reporters (cases only). `ending`:
    the end of the sentence on a finding. `is_judged`: the plan sets the unit this target.
    `is_reached`: it counts as reached. `rests_on_target`: the needed number decided it. `is_open`:
    missing data can change it, and are requested.
    """

    style: DisplayStyle
    meaning: str
    rank: int
    ending: str = "Chưa đủ số liệu để đánh giá"
    is_judged: bool = True
    is_reached: bool = False
    rests_on_target: bool = False
    is_open: bool = False


# The colours of charts, maps and words on a dark screen, by those on paper and a light one.
DARK_COLOURS = {
    "#000000": "#e6e8ea",
    "#333333": "#d0d3d6",
    "#404040": "#d0d3d6",
    "#595959": "#b9bec3",
    "#a34700": "#ff9a57",
    "#8a3c00": "#ffb27f",
    "#0072b2": "#4fa9e0",
    "#d55e00": "#e8833a",
    "#bfbfbf": "#5f666d",
    "#e8eef3": "#2b333b",
    "#e3ecf4": "#2b333b",
    "#ffffff": "#15191d",
}
# In the order of the legend.
VERDICTS = {
    "met": Verdict(
        DisplayStyle("Đạt", "●", "#0072B2", "#0072B2", ""),
        "số chắc chắn đã đủ mức cần đạt, dù số liệu chưa có ra sao",
        rank=2,
        ending="Đạt chỉ tiêu",
        is_reached=True,
        rests_on_target=True,
    ),
    "not_met": Verdict(
        DisplayStyle("Chưa đạt", "▲", "#A34700", "#D55E00", ""),
        "kể cả khi mọi số liệu chưa có đều thuận lợi vẫn không đủ mức cần đạt",
        rank=0,
        ending="Chưa đạt chỉ tiêu",
        rests_on_target=True,
    ),
    "undetermined": Verdict(
        DisplayStyle("Chưa đủ số liệu", "■", "#595959", "#BFBFBF", "///"),
        "kết luận còn tùy vào số liệu chưa có",
        rank=1,
        is_open=True,
    ),
    "none_arose": Verdict(
        DisplayStyle("Không phát sinh", "◊", "#333333", "#E8EEF3", ""),
        "đã báo cáo đầy đủ và không có vụ việc nào",
        rank=3,
        is_reached=True,
    ),
    "not_applicable": Verdict(
        DisplayStyle("Không áp dụng", "○", "#595959", "#FFFFFF", ""),
        "kế hoạch không giao chỉ tiêu này cho đơn vị",
        rank=4,
        is_judged=False,
    ),
}
VERDICT_STYLES = {code: verdict.style for code, verdict in VERDICTS.items()}
VERDICT_LABELS = {code: style.word for code, style in VERDICT_STYLES.items()}
JUDGED_VERDICTS = tuple(code for code, verdict in VERDICTS.items() if verdict.is_judged)
REACHED_VERDICTS = tuple(code for code in JUDGED_VERDICTS if VERDICTS[code].is_reached)
UNREACHED_VERDICTS = tuple(code for code in JUDGED_VERDICTS if not VERDICTS[code].is_reached)
OPEN_VERDICTS = tuple(code for code, verdict in VERDICTS.items() if verdict.is_open)
# Whether a part of a finding counts; None: not known (<NA> in frames).
STATUS_STYLES = {
    True: VERDICT_STYLES["met"]._replace(word="Có"),
    False: VERDICT_STYLES["not_met"]._replace(word="Không"),
    None: VERDICT_STYLES["undetermined"]._replace(word="Chưa rõ"),
}
# Whether a unit hosts a model. The plan asks no unit for one: having none is no failure.
HOST_STYLES = {
    True: VERDICT_STYLES["met"]._replace(word="Có mô hình được tính"),
    False: VERDICT_STYLES["not_applicable"]._replace(word="Không có mô hình được tính"),
    None: STATUS_STYLES[None],
}
