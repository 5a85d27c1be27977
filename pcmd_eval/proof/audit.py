"""The evaluation once more, as one Excel workbook of live formulas: from a verdict down to the cell of the return.

For an inspector who knows Excel and no Python: follow a verdict by "Trace Precedents", change a rule or a cell, and see
it move. The values stored beside the formulas, for programs that only show a file, are those of the package.
"""

from datetime import date, datetime

import pandas as pd

from pcmd_eval import words
from pcmd_eval.findings import COUNTS, evaluate
from pcmd_eval.observations import LAST_MONTHS
from pcmd_eval.plan import Plan
from pcmd_eval.proof import formulas as f
from pcmd_eval.proof import pages as p
from pcmd_eval.proof.sheets import Cell, Sheets, formulas, span
from pcmd_eval.proof.trace import behind, decides, places, spoken
from pcmd_eval.spelling import fold

SAME, OTHER = "đúng", "KHÁC"
NUMBERS = [words.HEADERS[key] for key in COUNTS]
COLOURS = {
    **dict.fromkeys((f.YES, f.MET, SAME, p.COMPLETE), "blue"),
    **dict.fromkeys((f.NO, f.NOT_MET, p.UNHANDLED), "orange"),
    **dict.fromkeys((f.UNKNOWN, f.OPEN, p.INCOMPLETE, p.SILENT), "grey"),
    **dict.fromkeys((OTHER, p.CONTRADICTORY), "red"),
}
LEVELS = {"target": "tỉnh", "district_target": "huyện"}
GUIDE, RESULTS, RULES, RAW = "Hướng dẫn", "Kết quả", "Quy tắc", "Ô số liệu"
GUIDE_LINES = (
    "Sổ này tính lại mọi kết quả đánh giá bằng công thức Excel, từ từng ô của báo cáo đến kết luận.",
    "Trang Kết quả: mỗi dòng là một đơn vị và một chỉ tiêu. Cột Khớp so kết luận và bốn con số với sổ đánh giá.",
    "Muốn biết vì sao: bấm vào tên chỉ tiêu ở trang Kết quả để sang các bước tính của đơn vị.",
    "Ở trang các bước tính, bấm cột Nguồn để mở đúng ô trong tệp mà đơn vị đã gửi.",
    "Hoặc chọn một ô rồi bấm Formulas > Trace Precedents (Công thức > Truy vết Tiền lệ) để lần từng bước.",
    "Trang Quy tắc: chọn giá trị khác ở ô nền vàng, mọi kết luận tính lại theo; cột Khớp chỉ ra kết quả thay đổi.",
    "Trang Ô số liệu: sửa hoặc xóa một giá trị ở ô nền vàng để xem kết luận có đổi không; ô trống là chưa có số liệu.",
    "Có: chắc chắn được tính. Không: chắc chắn không được tính. Chưa rõ: số liệu còn thiếu có thể quyết định.",
    "Chắc chắn đếm các phần Có; Tối đa đếm cả phần Chưa rõ. Đạt nếu Chắc chắn từ mức Cần đạt trở lên; Chưa đạt nếu Tối "
    "đa dưới mức đó.",
    "Sửa trong sổ này không làm đổi báo cáo hay sổ đánh giá. Thấy sai ở đâu, đề nghị nêu tên trang và địa chỉ ô.",
)


def audit_book(
    plan: Plan,
    cells: pd.DataFrame,
    findings: pd.DataFrame,
    folder: str = ".",
    illustrative: bool = False,
) -> bytes:
    """The workbook that calculates the findings from `cells` and compares them with `findings`, the filed ones.

    `folder` is that of the returns as seen from the workbook ("../../data/returns/x"): its links lead there.
    `illustrative` puts the mark of made-up figures on every page. Equal content gives equal bytes.
    """
    marks = (words.INTERNAL, words.ILLUSTRATIVE if illustrative else "", plan.mark)
    names = (GUIDE, RESULTS, RULES, *p.titles(plan).values(), RAW)
    issued = datetime.combine(plan.issued, datetime.min.time())
    heading, mark = (
        f"Kế hoạch {plan.plan}, năm {plan.year}",
        " · ".join(mark for mark in marks if mark),
    )
    sheets = Sheets(
        names, heading, mark, COLOURS, title=plan.title, company=plan.issuer, created=issued
    )
    guide = pd.DataFrame({"Bước": range(1, len(GUIDE_LINES) + 1), "Cách dùng sổ này": GUIDE_LINES})
    sheets.write(GUIDE, f"{plan.issuer}, kế hoạch số {plan.plan}", guide, plan.title)
    sheets.pages[GUIDE].set_column(1, 1, 110)
    # The other pages are filled from right to left: each refers only to those on its right.
    found = p.Pages(plan, sheets, _raw(plan, sheets, cells, folder)).found
    _rules(plan, sheets)
    _results(plan, sheets, evaluate(plan, cells), findings, found)
    return sheets.close()


def _raw(plan: Plan, sheets: Sheets, cells: pd.DataFrame, folder: str) -> pd.DataFrame:
    """Every cell of the returns that decides, with what it counts as; gives them with their addresses."""
    o = _deciding(plan, cells)
    ends = {
        k: (pd.Timestamp(plan.year, month, 1) + pd.offsets.MonthEnd()).date()
        for k, month in LAST_MONTHS.items()
    }
    targets = f"external:{folder}/" + o.file + "#'" + o.sheet + "'!" + o.cell
    links = [
        Cell(place, link=way) if place else ""
        for place, way in zip(places(o).fillna(""), targets, strict=True)
    ]
    only = (
        p.choice(plan, "support_model", "started", "plan_year") if "support_model" in plan else ""
    )
    counts = o.column.mask(o.row == "none", "none").map(f.counts_as(only, plan.year))
    names = (o.column == "name") & (o.row != "none")
    values = (f.read(*each) for each in zip(o.row, o.column, o.value, strict=True))
    frame = pd.DataFrame({
        "Chỉ tiêu": o.place,
        "Mã đơn vị": o.reporter,
        "Đơn vị": o.unit_name,
        "Nội dung": spoken(plan, o["item"]),
        "Kỳ": o.period.map(words.PERIODS),
        "Hết kỳ": o.period.map(ends),
        "Ngày chốt số liệu": [date.fromisoformat(day) if day else "" for day in o.cutoff.fillna("")],
        "Ghi trong báo cáo": o.raw.fillna(""),
        "Giá trị": [Cell(value, look="input") for value in values],
        "Tình trạng khi nhận": o.state.map(words.CELL_WORDS),
        "Tính là": formulas(counts, f.said(o.counts).mask(names, o.value.fillna("").map(fold))),
        "Nguồn": pd.Series(links, o.index, dtype=object),
    })  # fmt: skip
    how = "Ô nền vàng sửa được; để trống là chưa có số liệu. Bấm cột Nguồn để mở đúng ô trong tệp mà đơn vị gửi."
    at = sheets.write(RAW, how, frame)
    return o.assign(
        at=at["Tính là"], value_at=at["Giá trị"], raw_at=at["Ghi trong báo cáo"], link=links
    )


def _deciding(plan: Plan, cells: pd.DataFrame) -> pd.DataFrame:
    """The cells that can decide, those of one part together, and what each `counts` as by itself."""
    own = cells[decides(cells)].fillna({"row": "", "column": "", "item": ""})
    answers = pd.concat(behind(plan, cells, plan.province, slug)[0].counts for slug in plan.by_slug)
    own = own.assign(
        counts=own.some.fillna(
            answers.reindex(own.index)
        ),  # also where the rules in force do not ask for the cell
        place=own.objective.map(
            {objective.slug: objective.number for objective in plan.objectives}
        ),
        part=own.row.where(own.objective != "communication", own.unit_code),
    )
    return own.sort_values(["place", "reporter", "part", "period"], kind="stable")


def _rules(plan: Plan, sheets: Sheets) -> None:
    """Every target and every rule that the plan leaves open, each a cell with the name that formulas use."""
    rows = []
    for objective in (None, *plan.objectives):
        title = f"{objective.number}. {objective.title}" if objective else "Mọi chỉ tiêu"
        prefix = f"{objective.slug}_" if objective else ""
        for key, level in LEVELS.items():
            if sourced := getattr(objective, key, None):
                target = sourced.value
                number = (
                    float(target.threshold or target.numbers[0]) if target.numbers else target.words
                )
                value = Cell(number, look="input share" if target.threshold else "input")
                rows.append(
                    [
                        title,
                        f"Mức yêu cầu đối với {level}",
                        value,
                        target.words,
                        prefix + key,
                        sourced,
                    ]
                )
        for key, rule in (objective or plan).rules.items():
            choices = {f.setting(rule, choice.value): choice.label for choice in rule.choices}
            told = "; ".join(
                label if label == value else f"{value} ({label})"
                for value, label in choices.items()
            )
            value = Cell(f.setting(rule, rule.value), choices=[*choices], look="input")
            rows.append([title, rule.label, value, told, prefix + key, rule])
    heads = [
        "Chỉ tiêu",
        "Quy tắc",
        "Giá trị",
        "Các lựa chọn",
        "Tên trong công thức",
        "Căn cứ",
        "Vì sao",
        "Nguồn",
    ]
    rows = [[*row, rule.grounds, rule.why, rule.source] for *row, rule in rows]
    how = "Chọn giá trị khác ở ô nền vàng: mọi kết luận tính lại theo. Công thức gọi các giá trị này bằng tên."
    at = sheets.write(RULES, how, pd.DataFrame(rows, columns=heads))
    for row, cell in zip(rows, at["Giá trị"], strict=True):
        sheets.book.define_name(row[4], "=" + cell.replace("!C", "!$C$"))


def _results(
    plan: Plan, sheets: Sheets, now: pd.DataFrame, filed: pd.DataFrame, found: dict
) -> None:
    """Every finding, beside the filed one."""
    now, filed = (findings.set_index(["unit_code", "objective"]) for findings in (now, filed))
    rows = []
    for (unit, slug), said in filed.iterrows():
        own, title, target = (
            now.loc[(unit, slug)],
            f"{plan[slug].number}. {plan[slug].title}",
            plan.target(slug, unit),
        )
        area, low, high, total, verdict = found.get(
            (slug, unit), ("", "", "", "", f'"{f.NOT_APPLICABLE}"')
        )
        name = f"{slug}_target" if unit == plan.province else f"{slug}_district_target"
        needed = f.NEEDED[target.value.shape].format(t=name, n="G#") if target else ""
        values = own[COUNTS].astype(object).where(own[COUNTS].notna(), "")
        counts = map(Cell, values, (low, high, needed, total))
        equal = [
            f"{at}#={n}" if pd.notna(n) else f'{at}#=""'
            for at, n in zip("DEFG", said[COUNTS], strict=True)
        ]
        same = own[["verdict", *COUNTS]].fillna("").equals(said[["verdict", *COUNTS]].fillna(""))
        rows.append({
            "Mã đơn vị": unit,
            "Đơn vị": own.unit_name,
            "Chỉ tiêu": Cell(title, link=f"internal:{area}") if area else title,
            **dict(zip(NUMBERS, counts, strict=True)),
            "Kết luận": Cell(p.VERDICTS[own.verdict], verdict),
            "Theo sổ đánh giá": p.VERDICTS[said.verdict],
            "Khớp": Cell(SAME if same else OTHER, f'IF(AND(H#=I#,{",".join(equal)}),"{SAME}","{OTHER}")'),
        })  # fmt: skip
    how = "Bấm tên chỉ tiêu để xem các bước tính. Khớp: kết luận và bốn con số đều trùng với sổ đánh giá."
    at = sheets.write(RESULTS, how, pd.DataFrame(rows))
    differ = f'="Số dòng {OTHER}: "&{f.count(span(at["Khớp"]).partition("!")[2], OTHER)}'
    total = sum(row["Khớp"].value == OTHER for row in rows)
    sheets.pages[RESULTS].write_formula(
        "H1", differ, sheets.looks["title"], f"Số dòng {OTHER}: {total}"
    )
