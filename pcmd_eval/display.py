"""What a reader of a notebook sees first and last: the finding, the plan, the returns, comparisons, the two reviews."""

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from pcmd_eval import objectives
from pcmd_eval.bounds import Standing
from pcmd_eval.findings import Finding
from pcmd_eval.objectives import LIMBS, OBJECTIVES
from pcmd_eval.observations import Evidence, Return
from pcmd_eval.plan import Objective, Sourced
from pcmd_eval.tables import Page, Sentence, Table, Value, anchor, mark, stack
from pcmd_eval.units import Unit
from pcmd_eval.wording import LOOKS, RETURN_WORDS, Verdict, number, share, short_date
from pcmd_eval.workings import (
    CELLS,
    QUARTERS,
    cell_words,
    counts_of,
    district_parts,
    item_labels,
    model_parts,
    of_reporter,
    quarter_words,
    reporter_name,
)

if TYPE_CHECKING:
    from datetime import date

    from pcmd_eval.notebook import Case

ILLUSTRATIVE, INTERNAL = "SỐ LIỆU MINH HỌA", "NỘI BỘ"
CELLS_BEHIND = "Những ô đằng sau kết luận này"
NOT_JUDGED = "Chỉ tiêu của kế hoạch mà sổ này không đánh giá được"


# ---- the finding and the plan ---------------------------------------------------------------------------------------


def heading(case: "Case") -> Page:
    """Which unit and which plan the page is about, under what marks an internal page and made-up figures."""
    trial = f" (phương án thử: {case.plan.trial})" if case.plan.trial else ""
    words = f"{case.unit.full_name} · Kế hoạch {case.plan.plan}, năm {case.plan.year}{trial}"
    page = Page(f'<p class="unit" style="font-size:120%;font-weight:bold">{escape(words)}</p>', words)
    inside = f"{INTERNAL}: sổ này có số liệu chi tiết, không gửi ra ngoài cơ quan."
    above = [*([note(inside)] if case.internal else []), *([banner()] if case.evidence.illustrative else [])]
    return stack(*above, *([note(f"{case.tried}.")] if case.tried else []), page)


def banner() -> Page:
    """The mark on everything made from made-up returns."""
    return note(f"{ILLUSTRATIVE}: các báo cáo là giả định, không phải số liệu thật của địa phương nào.")


def note(words: str) -> Page:
    """Words in a frame that no reader misses."""
    style = "border:3px double #A34700;color:#A34700;padding:.4em .8em;font-weight:bold"
    return Page(f'<p class="illustrative" role="note" style="{style}">{escape(words)}</p>', words)


def finding_box(case: "Case", *findings: Finding) -> Page:
    """The answer first: verdict and reason, each finding once."""
    return stack(*(_box(case, finding) for finding in dict.fromkeys(findings)))


def _box(case: "Case", finding: Finding) -> Page:
    look = LOOKS[finding.verdict]
    marked = case.marked(finding.unit_name)
    cells = _cells_behind(case, finding)
    own = _cells_here(case, finding)
    html = (
        f'<div class="finding" style="border-left:8px solid {look.text_colour};padding:.2em 1em;margin:.5em 0">'
        f"<p>{escape(marked)}: {mark(look, finding.verdict)}</p><p>{escape(finding.reason)}</p>"
        f"{f'<p>{anchor(CELLS_BEHIND, cells)}</p>' if cells else ''}{own.html}</div>"
    )
    return Page(html, f"{marked}: {look.shape} {look.word}\n{finding.reason}{own.text}")


def _cells_here(case: "Case", finding: Finding) -> Page:
    """The cells themselves, folded away, in a notebook that somebody opened: no page of a batch stands beside it."""
    if not case.by_hand:
        return Page("", "")
    from pcmd_eval.drill import cells_page

    inside = note(f"{INTERNAL}: số liệu chi tiết, không gửi ra ngoài cơ quan.")
    page = stack(inside, cells_page(case.at(finding.unit_code), finding.objective))
    html = f"<details><summary>{CELLS_BEHIND}</summary>{page.html}</details>"
    return Page(html, f"\n\n{CELLS_BEHIND}\n{page.text}")


def _cells_behind(case: "Case", finding: Finding) -> str:
    """The way to the cells behind a finding; none from a page that leaves the department."""
    return case.inside(f"trace/{finding.unit_code}.html#{finding.objective}")


def plan_sentence(case: "Case", slug: str) -> Page:
    """The plan's own sentence, quoted with its source."""
    objective, plan = case.plan[slug], case.plan
    said, source = (
        f"“{objective.sentence}”",
        f"Chỉ tiêu {objective.number}, {plan.title} của {plan.issuer}. {plan.source}.",
    )
    html = f"<blockquote><p>{escape(said)}</p><footer>{escape(source)}</footer></blockquote>"
    return Page(html, f"{said}\n{source}")


def rules_table(case: "Case", slug: str) -> Table:
    """The target and every rule in force: value, where it comes from and why."""
    objective, district = case.plan[slug], case.plan[slug].district_target
    rows = [_rule_row("Chỉ tiêu của tỉnh", objective.target, objective.target.value.words)]
    if district and not case.whole:
        rows.append(_rule_row("Mức áp cho từng huyện", district, district.value.words))
    rules = (*objective.rules.values(), *case.plan.rules.values())
    rows += [_rule_row(rule.label, rule, rule.chosen) for rule in rules]
    return Table("Chỉ tiêu và các quy tắc đang áp dụng", ("Quy tắc", "Giá trị", "Căn cứ", "Vì sao", "Nguồn"), rows)


def _rule_row(label: str, rule: Sourced, value: str) -> tuple[str, ...]:
    return label, value, rule.grounds, rule.why, rule.source


# ---- what was received ----------------------------------------------------------------------------------------------


def returns_table(case: "Case", *slugs: str) -> Page:
    """What became of the returns behind this unit, and how many of the cells asked for hold a figure."""
    wanted = slugs or tuple(objective.slug for objective in case.plan.objectives)
    cells: dict[str, Counter[str]] = {}
    for observation in case.evidence.observations:
        if observation.objective in wanted:
            cells.setdefault(observation.reporter, Counter())[observation.state] += 1
    own = case.unit.code in cells and not case.whole
    units = [case.unit] if own else [u for u in (*case.districts, case.province) if u.code in cells]
    rows = [
        (reporter_name(case, unit), *_return_row(_counted_return(case.evidence, unit)), *_cells(cells[unit.code]))
        for unit in units
    ]
    asked, given = sum(row[4] for row in rows), sum(row[5] for row in rows)
    sent = sum(bool(r and r.counts) for r in (_counted_return(case.evidence, unit) for unit in units))
    rate = f" ({share(given, asked)})" if asked else ""
    words = f"Có báo cáo đọc được: {sent}/{len(units)} đơn vị. Ô có số liệu: {number(given)}/{number(asked)}{rate}."
    columns = ("Đơn vị", "Báo cáo", "Gửi sau hạn", "Ngày chốt số liệu", "Ô phải báo cáo", "Có số liệu", "Trống")
    ways = {(line, 0): case.inside(f"returns/{unit.code}.html") for line, unit in enumerate(units)}
    table = Table("Báo cáo đã nhận", (*columns, "Không đọc được", "Không có"), rows, CELLS, links=ways)
    return stack(Sentence(words), table, *([_internal_cells(case, slugs[0])] if case.internal and slugs else []))


def _counted_return(evidence: Evidence, unit: Unit) -> Return | None:
    own = [r for r in evidence.returns if r.reporter == unit.code]
    return next((r for r in own if r.counts), own[0] if own else None)


def _return_row(row: Return | None) -> tuple[Value, ...]:
    if row is None:
        return RETURN_WORDS["missing"], None, None
    late = {True: "có", False: "không", None: None}[row.late]
    return RETURN_WORDS[row.state], late, _day(row.cutoff)


def _day(day: "date | None") -> str | None:
    return short_date(day) if day else None


def _cells(count: Counter[str]) -> tuple[int, ...]:
    states = [count[state] for state in ("reported", "blank", "unreadable", "absent")]
    return sum(states), *states


def _internal_cells(case: "Case", slug: str) -> Table:
    """Every cell of the unit's sheet as it was read: only for pages that stay in the department."""
    from pcmd_eval.site.return_pages import link

    own = of_reporter(case, slug)
    rows = [(o.unit_code, o.item, o.period, cell_words(o, case.evidence)) for o in own]
    ways = {(line, 3): case.inside(link(o, case.project.form, "returns/")) for line, o in enumerate(own)}
    return Table("Từng ô của đơn vị (chỉ dùng nội bộ)", ("Mã", "Nội dung", "Kỳ", "Giá trị"), rows, CELLS, links=ways)


# ---- compared, and under other choices ------------------------------------------------------------------------------


def comparison(case: "Case", findings: list[Finding]) -> Table:
    """Every unit that has this duty, in the order given: a comparison, not a ranking."""
    given = [f for f in findings if f.verdict is not Verdict.NOT_APPLICABLE]
    rows = [(f.unit_name, f.low, f.high, f.needed, f.total, f.verdict) for f in given]
    columns = ("Đơn vị", "Chắc chắn", "Nhiều nhất", "Cần đạt", "Tổng số", "Kết luận")
    notes = (
        [f"Kế hoạch không giao chỉ tiêu này cho từng {case.project.districts_word}."]
        if len(given) < len(findings)
        else []
    )
    ways = {(line, 5): _cells_behind(case, finding) for line, finding in enumerate(given)}
    return Table("Các đơn vị theo thứ tự chữ cái, không xếp hạng", columns, rows, *notes, links=ways)


def parts_table(case: "Case") -> Table:
    """What each district and the province's own bodies say about models."""
    parts = model_parts(case)
    rows = [
        (reporter_name(case, u), f"{parts[u.code].look.shape} {parts[u.code].words}")
        for u in (*case.districts, case.province)
    ]
    return Table("Mô hình do từng đơn vị kê khai", ("Đơn vị", "Kê khai"), rows)


def alternatives(case: "Case", slug: str) -> Table:
    """The finding under every other choice of every rule, one rule at a time."""
    units = [case.unit] if case.whole else [case.unit, case.province]
    choices = [("Như đang áp dụng", "", case.plan)]
    choices += [(a.rule.label, a.choice.label, a.plan) for a in case.plan.alternatives(slug)]
    rows = []
    for label, choice, plan in choices:
        found = [OBJECTIVES[slug](case.evidence.under(plan), unit) for unit in units]
        rows.append((label, choice, *(value for f in found for value in (counted(f), f.verdict))))
    names = [name for unit in units for name in (f"{unit.full_name}: số đếm", "Kết luận")]
    return Table("Kết quả theo từng lựa chọn", ("Quy tắc", "Lựa chọn khác", *names), rows, COUNTED)


COUNTED = "Số đếm: chắc chắn đến nhiều nhất / tổng số (mức cần đạt)."


def counted(finding: Finding) -> str | None:
    """The counts of a finding on one line: 5–6/13 (cần 7)."""
    if finding.low is None:
        return None
    low, high = number(finding.low), finding.high
    known = high == finding.low or (high is None and finding.total == finding.low)  # more than all there is no more
    span = low if known else f"ít nhất {low}" if high is None else f"{low}–{number(high)}"
    whole = f"/{number(finding.total)}" if finding.total is not None else ""
    return f"{span}{whole}" + (f" (cần {number(finding.needed)})" if finding.needed is not None else "")


def counts_beside(finding: Finding) -> str:
    """The same beside a bar of a chart, where a 0 for want of reports would read as a report of none."""
    return "chưa có số liệu" if finding.nothing_known else counted(finding) or ""


# ---- the two reviews ------------------------------------------------------------------------------------------------


def summary(case: "Case", findings: list[Finding]) -> Table:
    """The findings of one unit on one page."""
    rows = [(_title(case, f), f.verdict, counted(f), f.reason) for f in findings]
    columns = ("Mục tiêu", "Kết luận", "Số đếm", "Lý do")
    ways = {(line, 1): _cells_behind(case, finding) for line, finding in enumerate(findings)}
    notes = (COUNTED, *(not_judged(case) if case.whole else ()))
    return Table(f"Các mục tiêu: {case.unit.full_name}", columns, rows, *notes, links=ways)


def not_judged(case: "Case") -> list[str]:
    """The targets of the plan that this workbook cannot judge, each with the reason."""
    said = [f"“{target.sentence}”. {target.why}" for target in case.plan.not_judged]
    return [f"{NOT_JUDGED}:", *said] if said else []


def _title(case: "Case", finding: Finding) -> str:
    objective: Objective = case.plan[finding.objective]
    return f"{objective.number}. {objective.title}"


def verdict_matrix(case: "Case", findings: list[Finding]) -> Table:
    """Every unit by every objective."""
    by_key, units = {(f.unit_code, f.objective): f for f in findings}, (*case.districts, case.province)
    found = [[by_key[unit.code, o.slug] for o in case.plan.objectives] for unit in units]
    rows = [(unit.full_name, *(f.verdict for f in own)) for unit, own in zip(units, found, strict=True)]
    ways = {(i, j): _cells_behind(case, f) for i, own in enumerate(found) for j, f in enumerate(own, 1)}
    columns = ("Đơn vị", *(f"{o.number}. {o.title}" for o in case.plan.objectives))
    return Table("Kết luận của từng đơn vị theo từng mục tiêu", columns, rows, links=ways)


def undecided(case: "Case", findings: list[Finding]) -> Page:
    """What would decide each finding that the evidence leaves open: how many more are needed, and which are unknown."""
    open_ones = [f for f in findings if f.verdict is Verdict.UNDETERMINED]
    if not open_ones:
        return Sentence("Không mục tiêu nào còn chờ số liệu.")
    rows = [
        (_title(case, f), *_missing(case, f), "; ".join(_unknown_parts(case, f.objective)) or None) for f in open_ones
    ]
    columns = ("Mục tiêu", "Còn thiếu để đạt", "Còn chưa biết", "Chưa biết ở đâu")
    return Table("Số liệu còn có thể quyết định", columns, rows)


def _missing(case: "Case", finding: Finding) -> tuple[int | None, int | None]:
    """How many more parts are needed, and how many are unknown; a district's parts are its programmes or limbs."""
    low, high, needed = finding.low, finding.high, finding.needed
    if not case.whole and finding.objective in ("integration", "harm_reduction"):
        needed, parts = district_parts(case.evidence, finding.objective, case.unit.code)
        _, low, unknown, _ = counts_of(parts.values())
        high = low + unknown
    short = None if low is None or needed is None else max(0, needed - low)
    return short, None if low is None or high is None else high - low


def _unknown_parts(case: "Case", slug: str) -> list[str]:
    """The names of the parts of one objective that nobody knows yet, for this unit."""
    evidence, register = case.evidence, case.project.register
    districts = case.districts if case.whole else [case.unit]
    if slug == "communication":
        found = objectives.communes_maintaining(evidence, case.unit)
        unknown = {
            d: [c.name for c in register.communes(d.code) if found[c.code] is Standing.UNKNOWN] for d in districts
        }
        return [
            f"{d.full_name} ({len(names)} xã)" if case.whole else ", ".join(names)
            for d, names in unknown.items()
            if names
        ]
    if slug == "media":
        return [f"tháng {int(p[1:])}" for p, s in objectives.months_covered(evidence).items() if s is Standing.UNKNOWN]
    if slug == "support_model":
        doubtful = sum(m.standing is Standing.UNKNOWN for m in objectives.models(evidence))
        words = [f"{doubtful} mô hình thiếu thông tin"] if doubtful else []
        return words + [reporter_name(case, unit) for unit in objectives.silent_reporters(evidence)]
    if slug == "enforcement":
        if case.whole:
            undetermined = (*case.districts, case.province)
            return [
                reporter_name(case, u)
                for u in undetermined
                if objectives.cases(evidence, u.code).verdict is Verdict.UNDETERMINED
            ]
        quarters = objectives.case_quarters(evidence, case.unit.code)
        return [f"{QUARTERS[p]} ({quarter_words(q)})" for p, q in quarters.items() if not q.complete or q.contradictory]
    if case.whole:
        verdicts = {d: OBJECTIVES[slug](evidence, d).verdict for d in districts}
        return [d.full_name for d, verdict in verdicts.items() if verdict is Verdict.UNDETERMINED]
    labels = item_labels(case, slug) | {code: f"{code} {words}" for code, words in LIMBS.items()}
    _, parts = district_parts(case.evidence, slug, case.unit.code)
    return [labels.get(code, code) for code, standing in parts.items() if standing is Standing.UNKNOWN]
