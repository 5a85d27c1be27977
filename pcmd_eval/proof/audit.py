"""The evaluation once more, as one Excel workbook of live formulas: from a verdict down to the cell of the return.

For an inspector who knows Excel and no Python: follow a verdict by "Trace Precedents", change a rule or a cell, and see
it move. The values stored beside the formulas, for programs that only show a file, are those of the package.
"""

from collections.abc import Iterator
from datetime import date, datetime

import pandas as pd

from pcmd_eval import words
from pcmd_eval.findings import COUNTS, evaluate
from pcmd_eval.observations import period_ends
from pcmd_eval.plan import Plan
from pcmd_eval.proof import formulas as f
from pcmd_eval.proof import pages as p
from pcmd_eval.proof.sheets import Cell, Sheets, formulas, span
from pcmd_eval.proof.trace import behind, decides, places, spoken
from pcmd_eval.proof.years import PAGE, write_years
from pcmd_eval.rules import Objective, Sourced
from pcmd_eval.spelling import fold
from pcmd_eval.targets import Target

SAME, OTHER = "đúng", "KHÁC"
VERDICT, FILED, SAME_AS = "Kết luận", "Theo sổ đánh giá", "Khớp"
RULE_HEADS = (
    "Chỉ tiêu",
    "Quy tắc",
    "Giá trị",
    "Các lựa chọn",
    "Tên trong công thức",
    "Căn cứ",
    "Vì sao",
    "Nguồn",
)
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
    changed: pd.DataFrame | None = None,
) -> bytes:
    """The workbook that calculates the findings from `cells` and compares them with `findings`, the filed ones.

    With `changed` (see `changes.changes`) also the differences from the year before.

    `folder` is that of the returns as seen from the workbook ("../../data/returns/x"): its links lead there.
    `illustrative` puts the mark of made-up figures on every page. Equal content gives equal bytes.
    """
    marks = (words.INTERNAL, words.ILLUSTRATIVE if illustrative else "", plan.mark)
    names = (GUIDE, RESULTS, RULES, *p.titles(plan).values(), RAW)
    compared = changed is not None and len(changed) > 0
    names += (PAGE,) if compared else ()
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
    if compared:
        write_years(plan, sheets, changed)
    return sheets.close()


def _raw(plan: Plan, sheets: Sheets, cells: pd.DataFrame, folder: str) -> pd.DataFrame:
    """Every cell of the returns that decides, with what it counts as; gives them with their addresses."""
    own = _deciding(plan, cells)
    ends = {period: end.date() for period, end in period_ends(plan.year).items()}
    cutoffs = own.cutoff.map(date.fromisoformat, na_action="ignore").astype(object)
    values = [f.read(*each) for each in zip(own.row, own.column, own.value, strict=True)]
    links = _links(own, folder)
    frame = pd.DataFrame({
        "Chỉ tiêu": own.place,
        "Mã đơn vị": own.reporter,
        "Đơn vị": own.unit_name,
        "Nội dung": spoken(plan, own["item"]),
        "Kỳ": own.period.map(words.PERIODS),
        f.END: own.period.map(ends),
        f.CUTOFF: cutoffs.where(own.cutoff.notna(), ""),
        "Ghi trong báo cáo": own.raw.fillna(""),
        f.VALUE: [Cell(value, look="input") for value in values],
        "Tình trạng khi nhận": own.state.map(words.CELL_WORDS),
        "Tính là": _counting(plan, own),
        "Nguồn": links,
    })  # fmt: skip
    how = "Ô nền vàng sửa được; để trống là chưa có số liệu. Bấm cột Nguồn để mở đúng ô trong tệp mà đơn vị gửi."
    at = sheets.write(RAW, how, frame)
    return own.assign(
        at=at["Tính là"], value_at=at[f.VALUE], raw_at=at["Ghi trong báo cáo"], link=links
    )


def _links(own: pd.DataFrame, folder: str) -> pd.Series:
    """From each cell to its place in the sender's file."""
    targets = f"external:{folder}/" + own.file + "#'" + own.sheet + "'!" + own.cell
    pairs = zip(places(own).fillna(""), targets, strict=True)
    links = [Cell(place, link=target) if place else "" for place, target in pairs]
    return pd.Series(links, own.index, dtype=object)


def _counting(plan: Plan, own: pd.DataFrame) -> pd.Series:
    """What each cell counts as, as a formula; a model's name is only compared."""
    only = ""
    if "support_model" in plan:
        only = p.choice(plan, "support_model", "started", "plan_year")
    texts = own.column.mask(own.row == "none", "none").map(f.counts_as(only, plan.year))
    names = (own.column == "name") & (own.row != "none")
    return formulas(texts, f.said(own.counts).mask(names, own.value.fillna("").map(fold)))


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
    for objective in plan.objectives:
        title, prefix = f"{objective.number}. {objective.title}", f"{objective.slug}_"
        rows += [[title, *row] for row in (*_targets(objective), *_choices(objective, prefix))]
    rows = [["Mọi chỉ tiêu", *row] for row in _choices(plan, "")] + rows
    how = "Chọn giá trị khác ở ô nền vàng: mọi kết luận tính lại theo. Công thức gọi các giá trị này bằng tên."
    frame = pd.DataFrame(rows, columns=RULE_HEADS)
    at = sheets.write(RULES, how, frame)
    for name, cell in zip(frame["Tên trong công thức"], at["Giá trị"], strict=True):
        sheets.book.define_name(name, "=" + cell.replace("!C", "!$C$"))


def _targets(objective: Objective) -> Iterator[list[object]]:
    """The rows of an objective's targets, all columns of `RULE_HEADS` but the first."""
    for key, level in LEVELS.items():
        if sourced := getattr(objective, key):
            target = sourced.value
            value = Cell(_number_in(target), look="input share" if target.threshold else "input")
            name = f"{objective.slug}_{key}"
            yield [f"Mức yêu cầu đối với {level}", value, target.words, name, *_grounds(sourced)]


def _number_in(target: Target) -> float | str:
    """The number of a target, or its words where it has none."""
    if not target.numbers:
        return target.words
    return float(target.threshold or target.numbers[0])


def _choices(owner: Objective | Plan, prefix: str) -> Iterator[list[object]]:
    """The rows of the rules of an objective or of the plan, as `_targets` gives them."""
    for key, rule in owner.rules.items():
        choices = {f.setting(rule, choice.value): choice.label for choice in rule.choices}
        told = [v if label == v else f"{v} ({label})" for v, label in choices.items()]
        value = Cell(f.setting(rule, rule.value), choices=[*choices], look="input")
        yield [rule.label, value, "; ".join(told), prefix + key, *_grounds(rule)]


def _grounds(stated: Sourced) -> tuple[str, str, str]:
    return stated.grounds, stated.why, stated.source


def _results(
    plan: Plan,
    sheets: Sheets,
    now: pd.DataFrame,
    filed: pd.DataFrame,
    found: dict[tuple[str, str], tuple[str, ...]],
) -> None:
    """Every finding, beside the filed one."""
    now, filed = (findings.set_index(["unit_code", "objective"]) for findings in (now, filed))
    rows = [
        _result(plan, unit, slug, now.loc[(unit, slug)], said, found.get((slug, unit)))
        for (unit, slug), said in filed.iterrows()
    ]
    how = "Bấm tên chỉ tiêu để xem các bước tính. Khớp: kết luận và bốn con số đều trùng với sổ đánh giá."
    at = sheets.write(RESULTS, how, pd.DataFrame(rows))
    differ = f'="Số dòng {OTHER}: "&{f.count(span(at[SAME_AS]).partition("!")[2], OTHER)}'
    total = sum(row[SAME_AS].value == OTHER for row in rows)
    words_now = f"Số dòng {OTHER}: {total}"
    sheets.pages[RESULTS].write_formula("H1", differ, sheets.looks["title"], words_now)


def _result(
    plan: Plan,
    unit: str,
    slug: str,
    now: pd.Series,
    filed: pd.Series,
    found: tuple[str, ...] | None,
) -> dict[str, object]:
    """The row of one finding; `found` as in `pages.Pages`, None where the unit has no such duty."""
    title = f"{plan[slug].number}. {plan[slug].title}"
    area, low, high, total, verdict = found or ("", "", "", "", f'"{f.NOT_APPLICABLE}"')
    values = now[COUNTS].astype(object).where(now[COUNTS].notna(), "")
    texts = (low, high, _needed(plan, slug, unit), total)
    counts = [Cell(value, text) for value, text in zip(values, texts, strict=True)]
    same = now[["verdict", *COUNTS]].fillna("").equals(filed[["verdict", *COUNTS]].fillna(""))
    return {
        "Mã đơn vị": unit,
        "Đơn vị": now.unit_name,
        "Chỉ tiêu": Cell(title, link=f"internal:{area}") if area else title,
        **dict(zip(f.NUMBERS, counts, strict=True)),
        VERDICT: Cell(p.VERDICTS[now.verdict], verdict),
        FILED: p.VERDICTS[filed.verdict],
        SAME_AS: Cell(SAME if same else OTHER, _compared(filed)),
    }


def _needed(plan: Plan, slug: str, unit: str) -> str:
    """How many a unit needs, as a formula."""
    target = plan.target(slug, unit)
    if not target:
        return ""
    level = "target" if unit == plan.province else "district_target"
    return f.NEEDED_BY[target.value.shape].format(t=f"{slug}_{level}", n=f.TOTAL)


def _compared(filed: pd.Series) -> str:
    """Whether verdict and counts of the row are those filed, as a formula."""
    equal = []
    for head, key in zip(f.NUMBERS, COUNTS, strict=True):
        value = filed[key]
        equal.append(f'[{head}]=""' if pd.isna(value) else f"[{head}]={value}")
    return f'IF(AND([{VERDICT}]=[{FILED}],{",".join(equal)}),"{SAME}","{OTHER}")'
