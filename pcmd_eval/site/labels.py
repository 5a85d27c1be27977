"""What each indicator is called in print, in the order readers expect, and which of them are compared between units."""

from dataclasses import dataclass

from pcmd_eval.form import Form
from pcmd_eval.objectives import LIMBS

_QUARTERS = {f"sessions:Q{quarter}": f"Quý {roman}" for quarter, roman in enumerate(("I", "II", "III", "IV"), 1)}
_MONTHS = {f"M{month:02d}": f"Tháng {month}" for month in range(1, 13)}
RETURNS = {
    "reporters": "Đơn vị có báo cáo được tính",
    "state": "Báo cáo",
    "late": "Gửi sau hạn",
    "sent": "Ngày gửi",
    "cutoff": "Ngày chốt số liệu",
    "expected": "Ô phải báo cáo",
    "reported": "Có số liệu",
    "blank": "Trống",
    "unreadable": "Không đọc được",
    "absent": "Không có",
}

# Values that are words or days.
IN_WORDS = {"state", "late", "sent", "cutoff", "hosts", "verdict"}


def names(form: Form, slug: str) -> dict[str, str]:
    """The name of each indicator of an objective ("": of the returns) by its key, in order."""
    if slug == "":
        return RETURNS
    items = form.sheet(slug).items
    rows = {i.code: f"{i.code} {i.label}" + (f" ({i.measure})" if i.measure else "") for i in items}
    if slug == "communication":
        return {
            "communes": "Số xã, phường, thị trấn",
            "maintaining": "Duy trì thường xuyên (chắc chắn)",
            "unclear": "Chưa biết",
            "not_maintaining": "Không duy trì",
            **{key: f"Số cuộc tuyên truyền {name.replace('Quý', 'quý')}" for key, name in _QUARTERS.items()},
            "sessions": "Số cuộc tuyên truyền cả năm",
            "attendance": "Lượt người tham dự",
        }
    if slug == "integration":
        return rows | {
            "documents": "Văn bản đã ban hành",
            "carried_out": "Chương trình đã thực hiện",
            "counted": "Chương trình được tính",
            "budget": "Kinh phí (triệu đồng)",
        }
    if slug == "harm_reduction":
        activities = ((f"{code}{part}", f"{name}{unit}") for code, name in rows.items() for part, unit in _PERSONS)
        return {code: f"{code} {words[:1].upper()}{words[1:]}" for code, words in LIMBS.items()} | dict(activities)
    if slug == "support_model":
        return {
            "hosts": "Kê khai mô hình được tính",
            "models": "Mô hình được tính",
            "models_unclear": "Mô hình còn thiếu thông tin",
            "persons": "Số người được mô hình hỗ trợ",
        }
    if slug == "media":
        return _MONTHS | {code: f"{name} (tin, bài cả năm)" for code, name in rows.items()}
    return rows | {"verdict": "Kết luận về vụ việc"}


_PERSONS = (("", " (cuộc)"), (":persons", " (người được tiếp cận)"))


@dataclass(frozen=True)
class Comparison:
    """A table of all units: its title, the indicators in its columns, and whether the province's own bodies have a row.

    `short` replaces long names at the heads of columns; `whole` says what the province's row counts, where that is
    something else than a sum.
    """

    title: str
    keys: tuple[str, ...]
    own: bool = False
    short: dict[str, str] | None = None
    whole: str = ""


_COUNTED = "Dòng của tỉnh: số huyện, thành, thị được tính."
COMPARED = {
    "communication": (
        Comparison("Xã, phường, thị trấn", ("communes", "maintaining", "unclear", "not_maintaining")),
        Comparison("Số cuộc tuyên truyền và lượt người", (*_QUARTERS, "sessions", "attendance"), short=_QUARTERS),
    ),
    "integration": (
        Comparison("Từng chương trình", tuple(f"2.{row}" for row in range(1, 7)), whole=_COUNTED),
        Comparison("Văn bản, thực hiện và kinh phí", ("documents", "carried_out", "counted", "budget")),
    ),
    "harm_reduction": (
        Comparison("Hai nội dung can thiệp", ("3.1", "3.2"), whole=_COUNTED),
        Comparison("Hoạt động trong năm", ("3.1.1", "3.1.3", "3.2.1")),
    ),
    "support_model": (Comparison("Mô hình do từng đơn vị kê khai", ("hosts",), own=True),),
    "media": (),
    "enforcement": (
        Comparison("Kiểm tra và vụ việc", ("6.1", "6.3", "6.4", "6.5", "6.6"), own=True),
        Comparison("Người vi phạm", ("6.7",), own=True),
    ),
}
