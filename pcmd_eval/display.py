"""What a reader of a notebook sees: sentences and tables, as HTML and as the same content in plain text.

Blank, zero, unreadable and absent stay four different words; an empty number is a dash with its legend. Nothing here
shows a number of persons, a free text, or the name or commune of a model, unless the page is internal.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from pcmd_eval import objectives
from pcmd_eval.bounds import Standing, at_least, of_cell
from pcmd_eval.findings import Finding
from pcmd_eval.objectives import LIMBS, OBJECTIVES, Model
from pcmd_eval.observations import Evidence, Observation, Return
from pcmd_eval.plan import STATUS_WORDS, Objective, Rule, Sourced
from pcmd_eval.targets import Target
from pcmd_eval.units import Unit
from pcmd_eval.wording import CELL_WORDS, LOOKS, RETURN_WORDS, Look, Verdict, number, share, short_date

if TYPE_CHECKING:
    from datetime import date

    from pcmd_eval.notebook import Case

Value = str | int | None  # Verdict and Standing are texts, too, shown by their look
STANDINGS = {
    Standing.LOW: Look("Có", "●", "#0072B2", "#0072B2", ""),
    Standing.UNKNOWN: Look("Chưa biết", "■", "#595959", "#BFBFBF", "///"),
    Standing.NONE: Look("Không", "○", "#333333", "#E8EEF3", ""),
}
QUARTERS = {"Q1": "Quý I", "Q2": "Quý II", "Q3": "Quý III", "Q4": "Quý IV"}
ILLUSTRATIVE = "SỐ LIỆU MINH HỌA"
DASH = "– : không có hoặc chưa biết; không phải số 0."
CELLS = (
    "0: báo cáo ghi là không có. Trống: ô để trống. Không đọc được: ô có nội dung nhưng không hiểu được. "
    "Không có: thiếu dòng hoặc thiếu báo cáo. Chưa hết kỳ: số 0 của kỳ chưa qua khi chốt số liệu, coi là chưa biết."
)
_VALUES = {"given": "có văn bản", "none": "chưa có văn bản", "yes": "Có", "no": "Không"}


# ---- the objects ----------------------------------------------------------------------------------------------------


class Page:
    """Something to show: HTML for the notebook, and the same content as plain text."""

    def __init__(self, html: str, text: str) -> None:
        self.html, self.text = html, text

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


class Sentence(Page):
    """One paragraph."""

    def __init__(self, text: str) -> None:
        super().__init__(f"<p>{escape(text)}</p>", text)


def stack(*parts: Page) -> Page:
    """Several pages, one under the other."""
    return Page("".join(part.html for part in parts), "\n\n".join(part.text for part in parts))


class Table(Page):
    """A table whose first column names its rows; `notes` are the legend under it."""

    def __init__(self, caption: str, columns: Sequence[str], rows: Iterable[Sequence[Value]], *notes: str) -> None:
        self.columns, self.rows = tuple(columns), [tuple(row) for row in rows]
        legend = [*notes, *([DASH] if any(value is None for row in self.rows for value in row) else [])]
        sides = [_side(row[i] for row in self.rows) for i in range(len(self.columns))]
        head = "".join(f'<th scope="col" style="{s}">{escape(c)}</th>' for c, s in zip(columns, sides, strict=True))
        cells = (
            (_cell(v, side, i == 0) for i, (v, side) in enumerate(zip(row, sides, strict=True))) for row in self.rows
        )
        body = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
        below = "".join(f'<p class="legend" style="font-size:90%">{escape(note)}</p>' for note in legend)
        title = f'<caption style="{_LEFT};caption-side:top;font-weight:bold">{escape(caption)}</caption>'
        html = f'<table class="pcmd">{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}'
        lines = [" | ".join(map(shown, row)) for row in self.rows]
        super().__init__(html, "\n".join([caption, " | ".join(self.columns), *lines, *legend]))


_LEFT, _SHORT = "text-align:left", 24


def look_of(value: Value) -> Look | None:
    """The word, shape and colour of a verdict or of a part's standing."""
    return LOOKS[value] if isinstance(value, Verdict) else STANDINGS[value] if isinstance(value, Standing) else None


def shown(value: Value) -> str:
    """A value as plain text."""
    if look := look_of(value):
        return f"{look.shape} {look.word}"
    return "–" if value is None else number(value) if isinstance(value, int) else value


def _side(column: Iterable[Value]) -> str:
    """Columns that hold numbers stand to the right."""
    return "text-align:right" if any(isinstance(value, int) for value in column) else _LEFT


def _cell(value: Value, side: str, heads_row: bool) -> str:
    look, words = look_of(value), shown(value)
    style = f"{side};vertical-align:top" + (";white-space:nowrap" if len(words) <= _SHORT else "")
    tag, scope = ("th", ' scope="row"') if heads_row else ("td", "")
    content = _mark(look, str(value)) if look else escape(words)
    return f'<{tag}{scope} style="{style}">{content}</{tag}>'


def _mark(look: Look, name: str) -> str:
    css = name.replace("_", "-")
    word = f'<span aria-hidden="true">{look.shape}</span> {escape(look.word)}'
    return f'<span class="{css}" style="color:{look.text_colour};font-weight:bold">{word}</span>'


# ---- the finding and the plan ---------------------------------------------------------------------------------------


def heading(case: "Case") -> Page:
    """Which unit and which plan the page is about, under the banner that marks made-up figures."""
    words = f"{case.unit.full_name} · Kế hoạch {case.plan.plan}, năm {case.plan.year}"
    page = Page(f'<p class="unit" style="font-size:120%;font-weight:bold">{escape(words)}</p>', words)
    return stack(banner(), page) if case.evidence.illustrative else page


def banner() -> Page:
    """The mark on everything made from made-up returns."""
    words = f"{ILLUSTRATIVE}: các báo cáo là giả định, không phải số liệu thật của địa phương nào."
    style = "border:3px double #A34700;color:#A34700;padding:.4em .8em;font-weight:bold"
    return Page(f'<p class="illustrative" role="note" style="{style}">{escape(words)}</p>', words)


def finding_box(case: "Case", *findings: Finding) -> Page:
    """The answer first: verdict and reason, each finding once."""
    return stack(*(_box(case, finding) for finding in dict.fromkeys(findings)))


def _box(case: "Case", finding: Finding) -> Page:
    look = LOOKS[finding.verdict]
    marked = f"{finding.unit_name}{f' ({ILLUSTRATIVE})' if case.evidence.illustrative else ''}"
    html = (
        f'<div class="finding" style="border-left:8px solid {look.text_colour};padding:.2em 1em;margin:.5em 0">'
        f"<p>{escape(marked)}: {_mark(look, finding.verdict)}</p><p>{escape(finding.reason)}</p></div>"
    )
    return Page(html, f"{marked}: {look.shape} {look.word}\n{finding.reason}")


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
    rows += [_rule_row(rule.label, rule, _chosen(rule)) for rule in rules]
    return Table("Chỉ tiêu và các quy tắc đang áp dụng", ("Quy tắc", "Giá trị", "Căn cứ", "Vì sao", "Nguồn"), rows)


def _rule_row(label: str, rule: Sourced, value: str) -> tuple[str, ...]:
    basis = STATUS_WORDS[rule.status]
    if rule.confirmed:
        basis += f": {rule.confirmed.document}, ngày {short_date(rule.confirmed.date)}"
    return label, value, basis, rule.why, rule.source


def _chosen(rule: Rule) -> str:
    return rule.chosen if rule.choices or not hasattr(rule.value, "year") else short_date(rule.value)


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
    table = Table("Báo cáo đã nhận", (*columns, "Không đọc được", "Không có"), rows, CELLS)
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
    rows = [(o.unit_code, o.item, o.period, cell_words(o, case.evidence)) for o in _of_reporter(case, slug)]
    return Table("Từng ô của đơn vị (chỉ dùng nội bộ)", ("Mã", "Nội dung", "Kỳ", "Giá trị"), rows, CELLS)


def _of_reporter(case: "Case", slug: str) -> list[Observation]:
    return [o for o in case.evidence.observations if o.objective == slug and o.reporter == case.unit.code]


def cell_words(observation: Observation, evidence: Evidence) -> str:
    """What one cell holds, in words: four states that are never mixed up."""
    if not observation.reported:
        return CELL_WORDS[observation.state]
    if not observation.value.isdecimal():
        return _VALUES.get(observation.value, observation.value)
    words = number(int(observation.value))
    return f"{words} (chưa hết kỳ)" if of_cell(observation, evidence) is Standing.UNKNOWN else words


def _joined(observations: Iterable[Observation], evidence: Evidence) -> str:
    return " + ".join(cell_words(o, evidence) for o in observations) or CELL_WORDS["absent"]


# ---- how it is calculated -------------------------------------------------------------------------------------------


def bounds_table(finding: Finding) -> Table:
    """The numerator's two bounds, the denominator and what is needed."""
    threshold = Target.parse(finding.target).threshold if finding.target else None
    counts = (
        ("Tử số chắc chắn (cận dưới)", finding.low),
        ("Tử số nhiều nhất có thể (cận trên)", finding.high),
        ("Mức cần đạt", finding.needed),
    )
    rows: list[tuple[Value, ...]] = [(name, part, _share(part, finding.total, threshold)) for name, part in counts]
    rows.insert(2, ("Mẫu số", finding.total, None))
    return Table("Tử số, mẫu số và mức cần đạt", ("Đại lượng", "Số đếm", "Tỷ lệ"), rows)


def _share(part: int | None, total: int | None, threshold: Fraction | None) -> str | None:
    return share(part, total, threshold) if part is not None and total and part <= total else None


def communes_table(case: "Case", standings: dict[str, Standing]) -> Table:
    """A district's communes with their sessions by quarter; for the province the districts with their communes."""
    if case.whole:
        rows = [
            (d.full_name, *_counts(standings[c.code] for c in case.project.register.communes(d.code)))
            for d in case.districts
        ]
        total = ("Toàn tỉnh", *_counts(standings.values()))
        columns = ("Huyện, thành, thị", "Số xã", "Duy trì chắc chắn", "Chưa biết", "Không duy trì")
        return Table("Xã, phường, thị trấn theo huyện", columns, [*rows, total])
    evidence, register = case.evidence, case.project.register
    rows = []
    for commune in sorted(register.communes(case.unit.code), key=lambda c: c.code):
        cells = evidence.of("communication", commune.code)
        periods = objectives.quarters_active(evidence, commune.code)
        sessions = (_joined((o for o in cells if o.period == period), evidence) for period in periods)
        rows.append((f"{commune.code} {commune.full_name}", *sessions, standings[commune.code]))
    columns = ("Xã, phường, thị trấn", *(QUARTERS[p] for p in periods), "Duy trì thường xuyên")
    return Table("Số cuộc tuyên truyền theo quý (xã có nhiều hình thức: cộng từng dòng)", columns, rows, CELLS)


def _counts(standings: Iterable[Standing]) -> tuple[int, ...]:
    count = Counter(standings)
    return count.total(), count[Standing.LOW], count[Standing.UNKNOWN], count[Standing.NONE]


def _district_parts(case: "Case", slug: str, district: str) -> tuple[int, dict[str, Standing]]:
    """How many parts (programmes or limbs) a district needs to be counted, and how each of them stands."""
    if slug == "integration":
        return case.plan[slug]["min_programmes"], objectives.programmes(case.evidence, district)
    return len(LIMBS) if case.plan[slug]["limbs"] == "both" else 1, objectives.limbs(case.evidence, district)


def programmes_table(case: "Case") -> Table:
    """A district's programmes: document, carried out, counted; for the province how many count in each district."""
    if case.whole:
        rows = []
        for district in case.districts:
            needed, parts = _district_parts(case, "integration", district.code)
            rows.append((district.full_name, *_counts(parts.values()), at_least(needed, parts.values())))
        columns = ("Huyện, thành, thị", "Chương trình", "Được tính", "Chưa biết", "Không tính", "Huyện được tính")
        return Table("Chương trình lồng ghép theo huyện", columns, rows)
    labels = _labels(case, "integration")
    cells = {o.item: cell_words(o, case.evidence) for o in case.evidence.of("integration", case.unit.code)}
    rows = [
        (labels.get(code, code), cells.get(f"{code}:document"), cells.get(f"{code}:carried_out"), standing)
        for code, standing in objectives.programmes(case.evidence, case.unit.code).items()
    ]
    columns = ("Chương trình", "Văn bản", "Đã thực hiện", "Được tính")
    return Table("Từng chương trình: văn bản và việc thực hiện", columns, rows, CELLS)


def limbs_table(case: "Case") -> Table:
    """Whether each of the two limbs was carried out; the activities behind it are not shown by quarter."""
    rows = []
    for district in case.districts if case.whole else [case.unit]:
        needed, parts = _district_parts(case, "harm_reduction", district.code)
        rows.append((district.full_name, *parts.values(), at_least(needed, parts.values())))
    columns = ("Huyện, thành, thị", *(words[:1].upper() + words[1:] for words in LIMBS.values()), "Huyện được tính")
    return Table("Hai nội dung can thiệp", columns, rows)


def _labels(case: "Case", slug: str) -> dict[str, str]:
    """The rows of a sheet by code, with the code before the words as the form has it."""
    return {item.code: f"{item.code} {item.label}" for item in case.project.form.sheet(slug).items}


def models_table(case: "Case") -> Table:
    """The models of all returns by number, type and reporter; never their names or communes on a public page."""
    name = {unit.code: reporter_name(case, unit) for unit in case.project.register.reporters}
    rows = []
    for position, model in enumerate(objectives.models(case.evidence), 1):
        label = f"Mô hình {position}" + (f" ({model.name})" if case.internal else "")
        hosts = ", ".join(name[code] for code in model.hosts)
        rows.append((label, f"Loại {model.type}" if model.type else None, hosts, model.standing))
    columns = ("Mô hình", "Loại ghi trong báo cáo", "Đơn vị kê khai", "Được tính")
    return Table("Các mô hình trong mọi báo cáo" if rows else "Không báo cáo nào kê khai mô hình", columns, rows)


class Part(NamedTuple):
    """What one reporter says about models, in words and by its look on the map."""

    words: str
    look: Look


def model_parts(case: "Case") -> dict[str, Part]:
    """How each reporter's sheet of models stands."""
    silent, found = {u.code for u in objectives.silent_reporters(case.evidence)}, objectives.models(case.evidence)
    return {unit.code: _model_part(unit.code, silent, found) for unit in case.project.register.reporters}


def _model_part(code: str, silent: set[str], found: list[Model]) -> Part:
    standings = {model.standing for model in found if code in model.hosts}
    if Standing.LOW in standings:
        return Part("có mô hình được tính", STANDINGS[Standing.LOW])
    if Standing.UNKNOWN in standings:
        return Part("có mô hình còn thiếu thông tin", Look("", "◆", "#333333", "#FFFFFF", "xx"))
    if code in silent:
        return Part("chưa cho biết", STANDINGS[Standing.UNKNOWN])
    return Part("không có mô hình được tính", STANDINGS[Standing.NONE])


def months_table(case: "Case") -> Table:
    """The months with the items of each outlet, and whether the month is covered."""
    evidence = case.evidence
    labels = _labels(case, "media")
    cells = {(o.item, o.period): cell_words(o, evidence) for o in evidence.of("media", case.province.code)}
    items = sorted({item for item, _ in cells})
    rows = [
        (f"Tháng {int(period[1:])}", *(cells.get((item, period)) for item in items), standing)
        for period, standing in objectives.months_covered(evidence).items()
    ]
    return Table("Số tin, bài theo tháng", ("Tháng", *(labels.get(i, i) for i in items), "Có tin, bài"), rows, CELLS)


class CaseParts(NamedTuple):
    """The cases of one reporter: detected, handled, known not to be handled, and the rest; None if not known."""

    total: int | None
    handled: int | None
    pending: int | None
    unclear: int | None


def case_parts(evidence: Evidence, reporter: str) -> CaseParts:
    """How the cases of one reporter divide; there is no rest where the total is unknown or contradicts the parts."""
    whole, quarters = objectives.cases(evidence, reporter), objectives.case_quarters(evidence, reporter).values()
    handled = _known_sum(part for quarter in quarters for part in quarter.handled)
    complete = (q for q in quarters if q.complete)
    pending = _known_sum(max(0, q.detected - sum(q.handled)) for q in complete)  # type: ignore[operator, arg-type]
    rest = -1 if whole.total is None or whole.contradictory else whole.total - (handled or 0) - (pending or 0)
    return CaseParts(whole.total, handled, pending, rest if rest >= 0 else None)


def _known_sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def cases_table(case: "Case") -> Table:
    """A district's cases by quarter of detection; for the province the known cases of all reporters."""
    evidence = case.evidence
    if case.whole:
        return _quarters_of_all(case)
    labels = _labels(case, "enforcement")
    cells = {(o.item, o.period): cell_words(o, evidence) for o in evidence.of("enforcement", case.unit.code)}
    rows = [
        (QUARTERS[period], *(cells.get((code, period)) for code in _CASES), _quarter_words(quarter))
        for period, quarter in objectives.case_quarters(evidence, case.unit.code).items()
    ]
    columns = ("Quý phát hiện", *(labels[code] for code in _CASES), "Số liệu của quý")
    return Table("Vụ việc theo quý phát hiện", columns, rows, CELLS)


_CASES = ("6.3", "6.4", "6.5", "6.6")


def _quarters_of_all(case: "Case") -> Table:
    found = [objectives.case_quarters(case.evidence, unit.code) for unit in case.project.register.reporters]
    rows: list[tuple[Value, ...]] = []
    for period, name in QUARTERS.items():
        parts = [quarters[period] for quarters in found if period in quarters]
        columns = zip(*((q.detected, q.administrative, q.criminal, q.pending) for q in parts), strict=True)
        known = [_known_sum(column) for column in columns]
        rows.append((name, *known, sum(not q.complete for q in parts), sum(q.contradictory for q in parts)))
    names = ("Phát hiện", "Đã xử lý hành chính", "Đã xử lý hình sự", "Đang xử lý", "Đơn vị chưa đủ", "Đơn vị mâu thuẫn")
    return Table("Vụ việc theo quý phát hiện: tổng các số đã biết của mọi đơn vị", ("Quý", *names), rows)


def _quarter_words(quarter: object) -> str:
    if quarter.contradictory:  # type: ignore[attr-defined]
        return "mâu thuẫn"
    return "đủ" if quarter.complete else "chưa đủ"  # type: ignore[attr-defined]


def reporters_table(case: "Case") -> Table:
    """The cases of every reporter, as the chart beside it draws them."""
    rows = [
        (
            reporter_name(case, unit),
            *case_parts(case.evidence, unit.code),
            objectives.cases(case.evidence, unit.code).verdict,
        )
        for unit in (*case.districts, case.province)
    ]
    columns = ("Đơn vị báo cáo", "Phát hiện", "Đã xử lý", "Chưa xử lý", "Chưa rõ", "Kết luận")
    return Table("Vụ việc của từng đơn vị báo cáo, không xếp hạng", columns, rows)


def reporter_name(case: "Case", unit: Unit) -> str:
    """The name of a reporter: for the province those of its bodies that report what they did themselves."""
    return "Các cơ quan cấp tỉnh" if unit == case.province else unit.full_name


# ---- compared, and under other choices ------------------------------------------------------------------------------


def comparison(case: "Case", findings: list[Finding]) -> Table:
    """Every unit that has this duty, in the order given: a comparison, not a ranking."""
    given = [f for f in findings if f.verdict is not Verdict.NOT_APPLICABLE]
    rows = [(f.unit_name, f.low, f.high, f.needed, f.total, f.verdict) for f in given]
    columns = ("Đơn vị", "Chắc chắn", "Nhiều nhất", "Cần đạt", "Tổng số", "Kết luận")
    notes = ["Kế hoạch không giao chỉ tiêu này cho từng huyện, thành, thị."] if len(given) < len(findings) else []
    return Table("Các đơn vị theo thứ tự chữ cái, không xếp hạng", columns, rows, *notes)


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
    span = f"ít nhất {low}" if high is None else low if high == finding.low else f"{low}–{number(high)}"
    whole = f"/{number(finding.total)}" if finding.total is not None else ""
    return f"{span}{whole}" + (f" (cần {number(finding.needed)})" if finding.needed is not None else "")


# ---- the two reviews ------------------------------------------------------------------------------------------------


def summary(case: "Case", findings: list[Finding]) -> Table:
    """The findings of one unit on one page."""
    rows = [(_title(case, f), f.verdict, counted(f), f.reason) for f in findings]
    return Table(f"Các mục tiêu: {case.unit.full_name}", ("Mục tiêu", "Kết luận", "Số đếm", "Lý do"), rows, COUNTED)


def _title(case: "Case", finding: Finding) -> str:
    objective: Objective = case.plan[finding.objective]
    return f"{objective.number}. {objective.title}"


def verdict_matrix(case: "Case", findings: list[Finding]) -> Table:
    """Every unit by every objective."""
    found = {(f.unit_code, f.objective): f.verdict for f in findings}
    rows = [
        (unit.full_name, *(found[unit.code, o.slug] for o in case.plan.objectives))
        for unit in (*case.districts, case.province)
    ]
    columns = ("Đơn vị", *(f"{o.number}. {o.title}" for o in case.plan.objectives))
    return Table("Kết luận của từng đơn vị theo từng mục tiêu", columns, rows)


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
        needed, parts = _district_parts(case, finding.objective, case.unit.code)
        _, low, unknown, _ = _counts(parts.values())
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
        return [
            f"{QUARTERS[p]} ({_quarter_words(q)})" for p, q in quarters.items() if not q.complete or q.contradictory
        ]
    if case.whole:
        verdicts = {d: OBJECTIVES[slug](evidence, d).verdict for d in districts}
        return [d.full_name for d, verdict in verdicts.items() if verdict is Verdict.UNDETERMINED]
    labels = _labels(case, slug) | {code: f"{code} {words}" for code, words in LIMBS.items()}
    _, parts = _district_parts(case, slug, case.unit.code)
    return [labels.get(code, code) for code, standing in parts.items() if standing is Standing.UNKNOWN]
