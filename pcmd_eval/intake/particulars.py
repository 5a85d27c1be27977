"""The sheet `Thông tin` of a return: whose it is, for which plan and year, up to which day, sent when."""

from pcmd_eval.intake.cells import Cell, read
from pcmd_eval.intake.faults import Content, Severity
from pcmd_eval.intake.workbook import Book
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import fold
from pcmd_eval.units import named


def read_particulars(content: Content, plan: Plan, book: Book) -> None:
    """Fill in the content's reporter, days and mark; refuse what is of another plan, year, form or unit."""
    info, form = plan.form.info, plan.form
    pages = book.pages(info.sheet)
    if len(pages) != 1:
        return content.refuse(f"thiếu (hoặc có hai) trang “{info.sheet}”; dùng biểu mẫu do Sở gửi")
    page = pages[0]
    beside = {
        fold(page.at(row, 1).text): page.at(row, 2) for row in range(page.last_row, 0, -1)
    }  # the first counts
    found = {key: beside.get(fold(label), Cell("")) for key, label in info.labels.items()}

    def refuse(key: str, words: str) -> None:
        cell, label = found[key], info.labels[key]
        content.refuse(
            f"trang {info.sheet}, ô {cell.place or label}: {words}",
            cell,
            column=label,
            sheet=info.sheet,
        )

    def fault(severity: Severity, key: str, rule: str, words: str) -> None:
        where = {"unit_code": content.reporter, "column": info.labels[key], "sheet": info.sheet}
        content.fault(severity, rule, words, found[key], **where)

    for key, expected, remedy in (
        ("version", form.version, "Dùng đúng phiên bản biểu mẫu do Sở gửi"),
        ("plan", plan.plan, "Báo cáo thuộc kế hoạch khác; gửi báo cáo của đúng kế hoạch"),
        ("year", plan.year, "Báo cáo thuộc năm khác; gửi báo cáo của đúng năm"),
    ):
        if fold(found[key].text) != fold(expected):
            refuse(key, f"“{info.labels[key]}” là “{found[key].seen}”, cần “{expected}”. {remedy}")

    code, name = found["code"].text, found["name"].text
    own = plan.reporters[
        plan.reporters.index.isin(
            {code, *([code.zfill(2), code.zfill(3)] if code.isdigit() else [])}
        )
    ]
    if len(own) != 1:
        known = ", ".join(plan.reporters.index)
        refuse("code", f"không có đơn vị mang mã “{found['code'].seen}”. Các mã: {known}")
    else:
        content.reporter = str(own.index[0])
        if name and named(name, own).empty:
            words = f"tên “{found['name'].seen}” không phải của mã {content.reporter} ({own.full_name.iloc[0]})"
            fault("stop", "name", "reporter-name", f"{words}; mã được dùng, sửa lại")
    for key, consequence in (
        ("cutoff", "chưa biết số liệu tính đến ngày nào; số 0 được giữ nguyên"),
        ("sent", "chưa biết báo cáo gửi ngày nào; báo cáo khác của đơn vị sẽ được ưu tiên"),
    ):
        reading = read(found[key], "date", form)
        setattr(content, key, reading.value)
        if not reading.value:
            fault(
                "confirm", key, f"{key}-date", f"{reading.fault or 'chưa ghi ngày'}; {consequence}"
            )
    content.late = content.sent > plan.rules["deadline"].value.isoformat()
    if content.cutoff and content.cutoff[:4] != str(plan.year):
        fault(
            "confirm",
            "cutoff",
            "cutoff-year",
            f"ngày chốt số liệu không thuộc năm {plan.year}; kiểm tra",
        )
    mark = fold(found["illustrative"].text)
    content.illustrative = mark == fold(form.yes_word)
    if mark not in ("", fold(form.yes_word), fold(form.no_word)):
        fault(
            "stop",
            "illustrative",
            "mark",
            "chỉ ghi Có (số liệu minh họa) hoặc để trống (số liệu thật)",
        )
