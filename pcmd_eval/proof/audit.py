"""The evaluation once more, as one workbook of live formulas: from a verdict down to its cells.

For an inspector who knows Excel and no Python: follow a verdict by "Trace Precedents", change a
rule or a cell, and see it move. The values stored beside the formulas, for programs that only show
a file, are those of the package.
"""

from datetime import date, datetime
from functools import partial

import pandas as pd

from pcmd_eval import words
from pcmd_eval.findings import COUNTS, evaluate
from pcmd_eval.objectives import limb_of
from pcmd_eval.observations import period_ends
from pcmd_eval.plan import Plan
from pcmd_eval.proof.formulas import (
    MET,
    NO,
    NOT_APPLICABLE,
    NOT_MET,
    NUMBERS,
    OPEN,
    OTHER,
    SAME,
    UNKNOWN,
    YES,
    choice,
    formula,
    in_words,
    setting,
    value_of,
)
from pcmd_eval.proof.pages import ENDINGS, SILENT, VERDICT, VERDICTS, Found, Pages, titles
from pcmd_eval.proof.sheets import Entry, Sheets, entries, span
from pcmd_eval.proof.trace import counted_cells, decides, places, spoken
from pcmd_eval.proof.years import PAGE, write_years
from pcmd_eval.spelling import fold

RULE_HEADS = [
    *("Chỉ tiêu", "Quy tắc", "Giá trị", "Các lựa chọn", "Tên trong công thức"),
    *("Căn cứ", "Vì sao", "Nguồn"),
]
COLOURS = {
    "blue": (YES, MET, SAME, ENDINGS["complete"]),
    "orange": (NO, NOT_MET, ENDINGS["unhandled"]),
    "grey": (UNKNOWN, OPEN, ENDINGS["incomplete"], SILENT),
    "red": (OTHER, ENDINGS["contradictory"]),
}
LEVELS = {"target": "cấp tỉnh", "district_target": "cấp huyện"}
GUIDE, RESULTS, RULES, RAW = "Hướng dẫn", "Kết quả", "Quy tắc", "Ô số liệu"
GUIDE_LINES = """\
Sổ này tính lại mọi kết quả đánh giá bằng công thức Excel, từ từng ô của báo cáo đến kết luận.
Trang Kết quả: mỗi dòng là một đơn vị và một chỉ tiêu. Cột Khớp so kết luận và bốn con số \
với sổ đánh giá.
Muốn biết vì sao: bấm vào tên chỉ tiêu ở trang Kết quả để sang các bước tính của đơn vị.
Ở trang các bước tính, bấm cột Nguồn để mở đúng ô trong tệp mà đơn vị đã gửi.
Hoặc chọn một ô rồi bấm Formulas > Trace Precedents (Công thức > Truy vết Tiền lệ) \
để lần từng bước.
Trang Quy tắc: chọn giá trị khác ở ô nền vàng, mọi kết luận tính lại theo; cột Khớp chỉ ra \
kết quả thay đổi.
Trang Ô số liệu: sửa hoặc xóa một giá trị ở ô nền vàng để xem kết luận có đổi không; ô trống \
là chưa có số liệu.
Có: chắc chắn được tính. Không: chắc chắn không được tính. Chưa rõ: số liệu còn thiếu có thể \
quyết định.
Chắc chắn đếm các phần Có; Tối đa đếm cả phần Chưa rõ. Đạt nếu Chắc chắn từ mức Cần đạt trở lên; \
Chưa đạt nếu Tối đa dưới mức đó.
Sửa trong sổ này không làm đổi báo cáo hay sổ đánh giá. Thấy sai ở đâu, đề nghị nêu tên trang và \
địa chỉ ô.""".splitlines()
HOW = {
    RAW: "Ô nền vàng sửa được; để trống là chưa có số liệu. Bấm cột Nguồn để mở đúng ô trong tệp "
    "mà đơn vị gửi.",
    RULES: "Chọn giá trị khác ở ô nền vàng: mọi kết luận tính lại theo. Công thức gọi các giá trị "
    "này bằng tên.",
    RESULTS: "Bấm tên chỉ tiêu để xem các bước tính. Khớp: kết luận và bốn con số đều trùng với sổ "
    "đánh giá.",
}


def audit_book(
    plan: Plan,
    cells: pd.DataFrame,
    findings: pd.DataFrame,
    folder: str = ".",
    illustrative: bool = False,
    changed: pd.DataFrame | None = None,
) -> bytes:
    """The workbook that calculates the findings from `cells` and compares them with `findings`.

    `findings` are those filed; with `changed` (see `changes.changes`) the workbook also tells the
    differences from the year before. `folder` is that of the returns as seen from the workbook
    ("../../data/returns/x"): its links lead there. `illustrative` puts the mark of made-up figures
    on every page. Equal content gives equal bytes.
    """
    marks = [words.INTERNAL, words.ILLUSTRATIVE if illustrative else "", plan.mark]
    heading = f"Kế hoạch {plan.plan}, năm {plan.year}"
    mark = " · ".join(filter(None, marks))
    names = (GUIDE, RESULTS, RULES, *titles(plan).values(), RAW)
    compared = changed is not None and len(changed) > 0
    names += (PAGE,) if compared else ()
    about = {"title": plan.title, "company": plan.issuer}
    issued = datetime.combine(plan.issued, datetime.min.time())
    sheets = Sheets(names, heading, mark, COLOURS, created=issued, **about)
    guide = pd.DataFrame({"Bước": range(1, len(GUIDE_LINES) + 1), "Cách dùng sổ này": GUIDE_LINES})
    sheets.write(GUIDE, f"{plan.issuer}, kế hoạch số {plan.plan}", guide, plan.title)
    sheets.pages[GUIDE].set_column(1, 1, 110)
    # The other pages are filled from right to left: each refers only to those on its right.
    raw = _raw(plan, sheets, cells, folder)
    steps = Pages(plan, sheets, raw).found
    _rules(plan, sheets)
    _results(plan, sheets, evaluate(plan, cells), findings, steps)
    if compared:
        write_years(plan, sheets, changed)
    return sheets.close()


def _raw(plan, sheets, cells, folder):
    """Every cell that decides, with what it counts as, and with the addresses it then has."""
    own = _deciding(plan, cells)
    ends = {period: end.date() for period, end in period_ends(plan.year).items()}
    cutoffs = [date.fromisoformat(day) if day else "" for day in own.cutoff.fillna("")]
    values = [value_of(*each) for each in zip(own.row, own.column, own.value, strict=True)]
    links = _links(own, folder)
    frame = pd.DataFrame({
        "Chỉ tiêu": own.place,
        "Mã đơn vị": own.reporter,
        "Đơn vị": own.unit_name,
        "Nội dung": spoken(plan, own["item"]),
        "Kỳ": own.period.map(words.PERIODS),
        "Hết kỳ": own.period.map(ends),
        "Ngày chốt số liệu": cutoffs,
        "Ghi trong báo cáo": own.raw.fillna(""),
        "Giá trị": [Entry(value, look="input") for value in values],
        "Tình trạng khi nhận": own.state.map(words.CELL_WORDS),
        "Tính là": _counting(plan, own),
        "Nguồn": links,
    })  # fmt: skip
    at = sheets.write(RAW, HOW[RAW], frame)
    return own.assign(
        at=at["Tính là"], value_at=at["Giá trị"], raw_at=at["Ghi trong báo cáo"], link=links
    )


def _links(own, folder):
    """From each cell to its place in the sender's file."""
    targets = f"external:{folder}/" + own.file + "#'" + own.sheet + "'!" + own.cell
    pairs = zip(places(own).fillna(""), targets, strict=True)
    links = [Entry(place, link=target) if place else "" for place, target in pairs]
    return pd.Series(links, own.index, dtype=object)


def _counting(plan, own):
    """What each cell counts as, as a formula; a model's name is only compared."""
    kinds = own.column.mask(own.row == "none", "none")
    chosen = partial(choice, plan)
    texts = {}
    for kind in kinds.unique():
        texts[kind] = formula("counts_as", column=kind, year=plan.year, chosen=chosen)
    names = own.value.fillna("").map(fold)
    return entries(kinds.map(texts), in_words(own.counts).mask(kinds == "name", names))


def _deciding(plan, cells):
    """The cells that can decide, those of one part together, and what each counts as by itself.

    Also where the rules in force do not ask for the cell.
    """
    own = cells[decides(cells)].fillna({"row": "", "column": "", "item": ""})
    answers = pd.concat(
        counted_cells(plan, cells, plan.province, slug)[0].counts for slug in plan.by_slug
    )
    own = own.assign(
        counts=own.some.fillna(answers.reindex(own.index)),
        limb=limb_of(own),
        place=own.objective.map({one.slug: one.number for one in plan.objectives}),
        part=own.row.where(own.unit_code == own.reporter, own.unit_code),
    )
    return own.sort_values(["place", "reporter", "part", "period"], kind="stable")


def _rules(plan, sheets):
    """Every target and every rule left open, each a cell with the name that formulas use."""
    rows = [*_named("Mọi chỉ tiêu", "", plan.rules)]
    for objective in plan.objectives:
        stated = objective.targets | dict(objective.rules)
        rows += _named(objective.heading, f"{objective.slug}_", stated)
    frame = pd.DataFrame(rows, columns=RULE_HEADS)
    at = sheets.write(RULES, HOW[RULES], frame)
    for name, cell in zip(frame["Tên trong công thức"], at["Giá trị"], strict=True):
        sheets.book.define_name(name, "=" + cell.replace("!C", "!$C$"))


def _named(whose, prefix, stated):
    """The rows of targets and rules, all columns of `RULE_HEADS`."""
    for key, one in stated.items():
        own = _target(key, one) if key in LEVELS else _rule(one)
        yield [whose, *own, prefix + key, one.grounds, one.why, one.source]


def _target(key, stated):
    """What a target is called, its number (its words where it has none), and its words."""
    target = stated.value
    numbers = [target.threshold or number for number in target.numbers]
    value = float(numbers[0]) if numbers else target.words
    look = "input share" if target.threshold else "input"
    return f"Mức yêu cầu đối với {LEVELS[key]}", Entry(value, look=look), target.words


def _rule(rule):
    """What a rule is called, the value in force, and all that it could have."""
    offered = {setting(rule, one.value): one.label for one in rule.choices}
    chosen = Entry(setting(rule, rule.value), choices=[*offered], look="input")
    told = [value if value == label else f"{value} ({label})" for value, label in offered.items()]
    return rule.label, chosen, "; ".join(told)


def _results(plan, sheets, now, filed, steps):
    """Every finding, beside the filed one."""
    keys = ["unit_code", "objective"]
    now = now.set_index(keys)
    rows = []
    for key, before in filed.set_index(keys).iterrows():
        rows.append(_result(plan, now.loc[key], before, steps.get(key, Found())))
    how = HOW[RESULTS]
    without = [str(o.number) for o in plan.objectives if o.slug not in titles(plan)]
    if without:
        how += f" Không tính lại bằng công thức: chỉ tiêu {', '.join(without)}."
    at = sheets.write(RESULTS, how, pd.DataFrame(rows))
    _, _, area = span(at["Khớp"]).partition("!")
    differing = [row for row in rows if row["Khớp"].value == OTHER]
    counted = f"Số dòng {OTHER}: {len(differing)}"
    formed = "=" + formula("differing", area=area)
    sheets.pages[RESULTS].write_formula("H1", formed, sheets.looks["title"], counted)


def _result(plan, now, filed, steps):
    """The row of one finding; `steps`: what its page comes to."""
    unit, slug = now.name
    title = plan[slug].heading
    verdict = f'"{NOT_APPLICABLE}"' if now.verdict == "not_applicable" else steps.verdict
    counts = map(
        Entry, _counts(now, ""), (steps.low, steps.high, _needed(plan, slug, unit), steps.total)
    )
    told = ["verdict", *COUNTS]
    same = now[told].fillna("").equals(filed[told].fillna(""))
    return {
        "Mã đơn vị": unit,
        "Đơn vị": now.unit_name,
        "Chỉ tiêu": Entry(title, link=f"internal:{steps.area}") if steps.area else title,
        **dict(zip(NUMBERS, counts, strict=True)),
        VERDICT: Entry(VERDICTS[now.verdict], verdict),
        "Theo sổ đánh giá": VERDICTS[filed.verdict],
        "Khớp": Entry(SAME if same else OTHER, _compared(filed)),
    }


def _needed(plan, slug, unit):
    """How many a unit needs, as a formula."""
    target = plan.target(slug, unit)
    if not target:
        return ""
    level = "target" if unit == plan.province else "district_target"
    return formula("needed", shape=target.value.shape, target=f"{slug}_{level}")


def _compared(filed):
    """Whether verdict and counts of the row are those filed, as a formula."""
    return formula("same_as_filed", **_counts(filed, '""'))


def _counts(finding, unknown):
    return finding[COUNTS].astype(object).where(finding[COUNTS].notna(), unknown)
