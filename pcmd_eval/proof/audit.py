"""The evaluation once more, as one Excel workbook of live formulas: from a verdict down to the cell of the return.

For an inspector who knows Excel and no Python: follow a verdict by "Trace Precedents", change a rule or a cell, and see
it move. Whatever may count stands in three words, Có, Không and Chưa rõ (nobody can know yet). The formulas say how a
number follows; the values stored beside them, for programs that only show a file, are the steps of `objectives`.
"""

import io
from datetime import date, datetime

import pandas as pd
from xlsxwriter import Workbook

from pcmd_eval import words
from pcmd_eval.findings import evaluate
from pcmd_eval.objectives import OBJECTIVES, Steps, at_least
from pcmd_eval.observations import ENDS
from pcmd_eval.plan import Plan, Rule, TargetValue
from pcmd_eval.proof.sheets import OPTIONS, Formula, Input, Link, formulas, looks, span, table
from pcmd_eval.spelling import fold

YES, NO, UNKNOWN = (words.STANDINGS[key].word for key in (True, False, None))
VERDICTS = {key: look.word for key, look in words.VERDICTS.items()}
SAME, OTHER, NOT_ASKED, AS_ABOVE = "đúng", "KHÁC", "–", "như dòng trên"
SAID, SILENT = "đã cho biết", "chưa cho biết"
CONTRADICTORY, INCOMPLETE, UNHANDLED, COMPLETE = "mâu thuẫn", "chưa đủ", "còn vụ chưa xử lý", "đã xử lý hết"
_GOOD, _BAD, _OPEN = ("#00507D", "#D6EAF8"), ("#8A3800", "#FBE5D6"), ("#404040", "#E7E6E6")
COLOURS = {
    **dict.fromkeys((YES, VERDICTS["met"], SAME, COMPLETE), _GOOD),
    **dict.fromkeys((NO, VERDICTS["not_met"], UNHANDLED), _BAD),
    **dict.fromkeys((UNKNOWN, VERDICTS["undetermined"], INCOMPLETE, SILENT), _OPEN),
    **dict.fromkeys((OTHER, CONTRADICTORY), ("#FFFFFF", "#C00000")),
}
ANSWERS = {"given": YES, "yes": YES, "none": NO, "no": NO}  # answers in words, as formulas use them
RULES, RAW, RESULTS, GUIDE = "Quy tắc", "Ô số liệu", "Kết quả", "Hướng dẫn"
# How many of a total n a target t needs, by its shape.
NEEDED = {
    **dict.fromkeys(("share", "share_range"), "ROUNDUP(ROUND({t}*{n},9),0)"),
    "share_above": "INT(ROUND({t}*{n},9))+1",
    **dict.fromkeys(("of", "own", "count", "none"), "{t}"),
    **dict.fromkeys(("every", "all"), "IF(ISNUMBER({t}),{t},{n})"),
}
HOW = {
    "communication": "Quý là Có nếu một ô của quý lớn hơn 0; là Chưa rõ nếu không mà còn ô chưa rõ. Xã được tính nếu đủ "
    "số quý theo quy tắc.",
    "integration": "Chương trình là Có nếu vừa có văn bản vừa đã thực hiện; là Không nếu chắc chắn thiếu một trong hai.",
    "harm_reduction": "Nội dung là Có nếu một hoạt động của nó có số lớn hơn 0 trong một quý.",
    "support_model": "Dòng được tính nếu thuộc loại 1, đang hoạt động và bắt đầu không sau ngày chốt số liệu. Các dòng "
    "cùng tên, cùng loại là một mô hình.",
    "media": "Tháng là Có nếu một cơ quan được tính có tin, bài; là Chưa rõ nếu không mà còn ô chưa rõ.",
    "enforcement": "Mâu thuẫn: 6.4 + 6.5 lớn hơn 6.3, hoặc có 6.6 mà 6.4 + 6.5 + 6.6 khác 6.3. Vụ việc nằm ở quý phát "
    "hiện.",
}
GUIDE_LINES = (
    "Sổ này tính lại toàn bộ kết quả đánh giá bằng công thức Excel, từ từng ô của báo cáo đến kết luận.",
    "1. Trang Kết quả: mỗi dòng là một đơn vị và một chỉ tiêu. Cột Khớp so kết luận và bốn con số với sổ đánh giá.",
    "2. Muốn biết vì sao: bấm tên chỉ tiêu ở trang Kết quả để sang các bước tính của đơn vị đó.",
    "3. Ở trang các bước tính, bấm cột Nguồn để mở đúng ô trong tệp mà đơn vị đã gửi.",
    "4. Hoặc chọn một ô bất kỳ rồi bấm Formulas > Trace Precedents (Công thức > Dò ô nguồn) để lần từng bước.",
    "5. Trang Quy tắc: chọn giá trị khác ở ô nền vàng, mọi kết luận tính lại theo; cột Khớp cho thấy chỗ nào đổi.",
    "6. Trang Ô số liệu: sửa hoặc xóa một giá trị ở ô nền vàng để xem kết luận có đổi không. Để trống là chưa có số liệu.",
    "7. Có: chắc chắn được tính. Không: chắc chắn không. Chưa rõ: số liệu còn thiếu có thể quyết định.",
    "8. Chắc chắn là số phần Có; Tối đa là số phần Có và Chưa rõ; Đạt khi Chắc chắn không dưới mức Cần đạt.",
    "9. Sửa trong sổ này không đổi báo cáo hay sổ đánh giá. Thấy sai ở đâu, hãy nêu tên trang và địa chỉ ô.",
    "10. Sổ có số liệu chi tiết và tên mô hình: lưu hành nội bộ, không gửi ra ngoài cơ quan.",
)


# ---- formulas -------------------------------------------------------------------------------------------------------


def some(area: str) -> str:
    """Có where one part counts, Không where none does."""
    many = f'IF(COUNTIF({area},"{YES}")>0,"{YES}",IF(COUNTIF({area},"{UNKNOWN}")>0,"{UNKNOWN}","{NO}"))'
    return many if ":" in area else area


def every(area: str) -> str:
    """Có where all parts count, Không where one does not."""
    return f'IF(COUNTIF({area},"{NO}")>0,"{NO}",IF(COUNTIF({area},"{UNKNOWN}")>0,"{UNKNOWN}","{YES}"))'


def enough(needed: str, area: str) -> str:
    """Có where so many parts surely count, Không where too few can."""
    sure = f'COUNTIF({area},"{YES}")'
    return f'IF({sure}>={needed},"{YES}",IF({sure}+COUNTIF({area},"{UNKNOWN}")>={needed},"{UNKNOWN}","{NO}"))'


def first_of(*cases: tuple[str, str], otherwise: str) -> str:
    """The word of the first condition that holds."""
    text = f'"{otherwise}"'
    for condition, word in reversed(cases):
        text = f'IF({condition},"{word}",{text})'
    return text


JUDGED = first_of(
    ("D#>=F#", VERDICTS["met"]), ('AND(E#<>"",E#<F#)', VERDICTS["not_met"]), otherwise=VERDICTS["undetermined"]
)


def setting(rule: Rule, value: object) -> object:
    """The value of a rule as its cell holds it: a number, a date, several parts in a row, or the words of the choice."""
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    label = next((choice.label for choice in rule.choices if choice.value == value), value)
    return value if isinstance(value, int | date) else str(label).replace(",", ";")


def standing(values: pd.Series) -> pd.Series:
    """True, False and <NA> in words."""
    return values.astype("boolean").map({True: YES, False: NO}).astype("string").fillna(UNKNOWN)


# ---- the pages, from right to left: each refers only to those on its right ------------------------------------------


class AuditBook:
    """The workbook of one evaluation; `folder` is that of the returns, as seen from the workbook."""

    def __init__(self, plan: Plan, cells: pd.DataFrame, findings: pd.DataFrame, folder: str) -> None:
        self.plan, self.findings, self.folder, self.stream = plan, findings, folder, io.BytesIO()
        self.steps: dict[str, Steps] = {o.slug: OBJECTIVES[o.slug](cells, plan.values(o.slug), plan.year) for o in plan.objectives}
        self.cells, self.now = self._deciding(cells), evaluate(plan, cells)
        self.book = Workbook(self.stream, OPTIONS)
        issued = datetime.combine(plan.issued, datetime.min.time())
        self.book.set_properties({"title": f"{plan.title} – {plan.issuer}", "created": issued})
        self.looks = looks(self.book)
        self.colours = {word: self.book.add_format({"font_color": c, "bg_color": b}) for word, (c, b) in COLOURS.items()}
        titles = [sheet.name for sheet in plan.form.sheets]
        titles += ["6 Đơn vị"] if "enforcement" in plan else []
        self.pages = {title: self.book.add_worksheet(title) for title in (GUIDE, RESULTS, RULES, *titles, RAW)}
        self.found: dict[tuple[str, str], tuple[str, ...]] = {}  # by objective and unit: steps, low, high, total, verdict

    def written(self) -> bytes:
        """The bytes of the file, the same every time."""
        self.rules()
        self.raw()
        for objective in self.plan.objectives:
            getattr(self, objective.slug)(self.steps[objective.slug])
        self.results()
        self.guide()
        self.book.close()
        return self.stream.getvalue()
