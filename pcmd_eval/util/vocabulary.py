"""Vietnamese labels and display styles of verdicts, states, periods and columns."""

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
RULES_IN_FORCE, RULES_IN_SCENARIO = "đang áp dụng", "đang thử"
CHANGED_MARK = " ◄"  # after a verdict that differs from the one in force
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
QUANTITY_STATE_LABELS = {
    "complete": "biết đủ",
    "incomplete": "mới biết một phần",
    "unknown": "chưa có số liệu",
}
PRECISION_LABELS = {"exact": "chính xác", "below": "dưới mức được nêu"}
LEVEL_LABELS = {"province": "cấp tỉnh", "district": "cấp huyện", "commune": "cấp xã"}
BASIS_LABELS = {
    "plan": "kế hoạch nêu",
    "borrowed": "tạm áp dụng theo văn bản khác",
    "assumption": "tạm áp dụng",
}
RULE_STATUS_LABELS = {
    "stated": BASIS_LABELS["plan"],
    "confirmed": "đã được xác nhận",
    "borrowed": BASIS_LABELS["borrowed"],
    "assumption": BASIS_LABELS["assumption"],
}
CELL_STATE_LABELS = {
    "reported": "có số liệu",
    "blank": "trống",
    "unreadable": "không đọc được",
    "absent": "không có",
    "open": "chưa chốt",
    "contradictory": "chưa khớp",
}
RETURN_STATE_LABELS = {
    "not_asked": "không phải gửi",
    "missing": "chưa gửi",
    "unreadable": "không đọc được",
    "superseded": "đã được thay",
    "empty": "để trống",
    "partial": "một phần",
    "late": "gửi muộn",
    "on_time": "đúng hạn",
}
ANSWER_LABELS = {"given": "có văn bản", "none": "chưa có văn bản", "yes": "có", "no": "không"}
QUARTER_NUMBERS = {"Q1": "I", "Q2": "II", "Q3": "III", "Q4": "IV"}
MONTH_NUMBERS = {f"M{month:02d}": str(month) for month in range(1, 13)}
PERIOD_NUMBERS = QUARTER_NUMBERS | MONTH_NUMBERS
PERIOD_LABELS = {
    **{code: f"Quý {number}" for code, number in QUARTER_NUMBERS.items()},
    **{code: f"Tháng {number}" for code, number in MONTH_NUMBERS.items()},
    "Y": "Cả năm",
}
ILLUSTRATIVE_MARK = "SỐ LIỆU MINH HỌA"
INTERNAL_MARK = "LƯU HÀNH NỘI BỘ"
# The mark of Word documents: they go upward for signature, so that they aren't marked as INTERNAL.
EXACT_COPY = "Có số liệu từng đơn vị – không đăng công khai"
SCENARIO_MARK = "PHƯƠNG ÁN THỬ – không phải kết luận chính thức"
CHART_DATA_SOURCE = "bảng đi kèm"
MAX_NAMED = 5  # units or cells that a sentence lists by name; more are only counted

# The headings of the columns of displayed frames.
HEADERS = {
    "unit_code": "Mã",
    "unit_name": "Đơn vị",
    "reporter": "Mã đơn vị gửi",
    "reporter_name": "Đơn vị gửi",
    "area": "Khu vực",
    "objective": "Chỉ tiêu",
    "sign": "Dấu",
    "verdict": "Kết luận",
    "low": "Chắc chắn",
    "high": "Tối đa",
    "needed": "Cần đạt",
    "total": "Tổng số",
    "value_low": "Tỷ lệ chắc chắn",
    "value_high": "Tỷ lệ tối đa",
    "target": "Mức yêu cầu",
    "basis": "Căn cứ",
    "reason": "Diễn giải",
    "item": "Nội dung",
    "label": "Nội dung",
    "measure": "Đơn vị tính",
    "words": "Số liệu",
    "precision": "Độ chính xác",
    "before": "Năm trước",
    "now": "Năm nay",
    "before_state": "Tình trạng năm trước",
    "now_state": "Tình trạng năm nay",
    "change": "Thay đổi",
    "percent": "Thay đổi (%)",
    "level": "Cấp",
    "row": "Mã dòng",
    "column": "Cột",
    "period": "Kỳ",
    "value": "Giá trị",
    "number": "Số",
    "amount": "Số tiền",
    "state": "Tình trạng",
    "file": "Tệp",
    "sheet": "Biểu",
    "cell": "Ô",
    "raw": "Ghi trong báo cáo",
    "late": "Sau hạn gửi",
    "sent": "Ngày gửi",
    "cutoff": "Ngày chốt số liệu",
    "expected": "Số ô phải điền",
    "reported": "Có số liệu",
    "open": "Chưa chốt",
    "contradictory": "Chưa khớp",
    "blank": "Trống",
    "unreadable": "Không đọc được",
    "absent": "Không có",
    "severity": "Mức độ",
    "message": "Cần làm gì",
    "place": "Vị trí",
    "settles": "Kết luận đang chờ",
    "limb": "Nội dung",
    "type": "Loại",
    "detected": "Phát hiện",
    "administrative": "Xử lý hành chính",
    "criminal": "Xử lý hình sự",
    "pending": "Đang xử lý",
    "handled": "Đã xử lý",
    "some": "Có",
    "illustrative": "Số liệu minh họa",
    "short": "Còn thiếu để đạt",
    "unknown": "Chưa rõ",
    "rule": "Quy tắc",
    "choice": "Giá trị",
    "why": "Lý do",
    "source": "Nguồn",
    "plan": "Kế hoạch",
    "year": "Năm",
    "communes": "Duy trì thường xuyên",
    "programmes": "Được tính",
    "limbs": "Được tính",
    "active": "Trong năm",
    "districts": "Đơn vị được tính",
    "lines": "Được tính",
    "models": "Được tính",
    "hosts": "Mô hình",
    "months": "Có tin, bài",
    "complete": "Đủ số liệu",
    "final": "Số cuối cùng",
    "settled": "Đã xử lý hết",
    "unhandled": "Còn vụ chưa xử lý",
}
