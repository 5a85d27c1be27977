"""What a review says of each part of the work, clause by clause: the words around the value of one indicator."""

from typing import NamedTuple


class Clause(NamedTuple):
    """`#` in the words is the value of the indicator; `none` stands for a 0 that would read badly in prose."""

    key: str
    words: str
    none: str = ""


# Heading of the outline -> objective and clauses.
CLAUSES: dict[str, tuple[str, tuple[Clause, ...]]] = {
    "communication": (
        "communication",
        (
            Clause(
                "sessions",
                "các xã, phường, thị trấn tổ chức # cuộc tuyên truyền",
                "các xã, phường, thị trấn không tổ chức cuộc tuyên truyền nào",
            ),
            Clause("attendance", "số lượt người dự: #"),
        ),
    ),
    "media": ("media", ()),
    "integration": (
        "integration",
        (
            Clause(
                "documents",
                "đã ban hành # văn bản lồng ghép theo chương trình",
                "chưa ban hành văn bản lồng ghép theo chương trình",
            ),
            Clause(
                "carried_out",
                "# chương trình được tổ chức thực hiện",
                "chưa chương trình nào được tổ chức thực hiện",
            ),
            Clause(
                "counted",
                "# chương trình vừa có văn bản vừa được thực hiện",
                "chưa chương trình nào vừa có văn bản vừa được thực hiện",
            ),
        ),
    ),
    "harm_reduction": (
        "harm_reduction",
        (
            Clause("3.1.1", "tiếp cận cộng đồng, đồng đẳng: # cuộc"),
            Clause("3.1.2", "tư vấn, xét nghiệm HIV: # cuộc"),
            Clause("3.1.3", "cấp phát vật dụng can thiệp: # cuộc"),
            Clause("3.2.1", "truyền thông phòng ngừa bạo lực giới: # cuộc"),
        ),
    ),
    "support_model": ("support_model", (Clause("persons", "số người được các mô hình hỗ trợ: # người"),)),
    "inspection": (
        "enforcement",
        (
            Clause(
                "6.1",
                "các cơ quan chức năng kiểm tra # lượt cơ sở",
                "các cơ quan chức năng không kiểm tra cơ sở nào",
            ),
            Clause("6.2", "phát hiện # cơ sở vi phạm", "không phát hiện cơ sở vi phạm"),
        ),
    ),
    "enforcement": (
        "enforcement",
        (
            Clause("6.3", "phát hiện # vụ việc"),
            Clause("6.4", "xử lý hành chính # vụ"),
            Clause("6.5", "xử lý hình sự # vụ"),
            Clause("6.6", "đang xử lý # vụ"),
            Clause("6.7", "tổng số người vi phạm: # người"),
        ),
    ),
    "funding": (
        "integration",
        (
            Clause(
                "budget",
                "kinh phí lồng ghép các chương trình theo báo cáo: # triệu đồng",
                "theo báo cáo, chưa chi kinh phí lồng ghép các chương trình",
            ),
        ),
    ),
}
CASES = ("6.3", "6.4", "6.5", "6.6", "6.7")  # the cases of a year and the persons in them: all 0 where none arose
