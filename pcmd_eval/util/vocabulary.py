"""Vietnamese labels of states, periods and columns."""

RULES_IN_FORCE, RULES_IN_SCENARIO = "đang áp dụng", "đang thử"
NO_VALUE = "–"  # in place of what does not exist or is not known
ABSENT = "không có trong bảng"  # of a unit without a row in what is drawn
CHANGED_MARK = " ◄"  # after a verdict that differs from the one in force
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
PERIOD_NUMBERS = {"Q1": "I", "Q2": "II", "Q3": "III", "Q4": "IV"}
PERIOD_NUMBERS |= {f"M{month:02d}": str(month) for month in range(1, 13)}
PERIOD_WORDS = {"Q": "quý", "M": "tháng"}  # by the first letter of the codes
PERIOD_LABELS = {
    code: f"{PERIOD_WORDS[code[0]].capitalize()} {number}"
    for code, number in PERIOD_NUMBERS.items()
} | {"Y": "Cả năm"}
ILLUSTRATIVE_MARK = "SỐ LIỆU MINH HỌA"
INTERNAL_MARK = "LƯU HÀNH NỘI BỘ"
# The mark of Word documents: they go upward for signature, so that they aren't marked as INTERNAL.
EXACT_COPY = "Có số liệu từng đơn vị – không đăng công khai"
SCENARIO_MARK = "PHƯƠNG ÁN THỬ – không phải kết luận chính thức"
SCENARIO_SUFFIX = " (phương án thử)"  # after the number of the plan, in every row of a scenario
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
    "difference": "Chênh lệch",
    "scope": "Phạm vi",
    "level": "Cấp",
    "row": "Mã dòng",
    "quantity": "Đại lượng",
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
    "settled": "Chắc chắn đã xử lý hết",
    "unhandled": "Chắc chắn còn vụ chưa xử lý",
}
