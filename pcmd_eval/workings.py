"""How a finding is calculated, as tables: communes, programmes, limbs, models, months and cases, cell by cell.

Nothing here shows a number of persons, a free text, or the name or commune of a model, unless the page is internal.
"""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from pcmd_eval import objectives
from pcmd_eval.bounds import Standing, at_least, of_cell
from pcmd_eval.findings import Finding
from pcmd_eval.objectives import LIMBS, Model
from pcmd_eval.observations import Evidence, Observation
from pcmd_eval.tables import STANDINGS, Table, Value
from pcmd_eval.targets import Target
from pcmd_eval.units import Unit
from pcmd_eval.wording import CELL_WORDS, OWN_BODIES, Look, number, share

if TYPE_CHECKING:
    from pcmd_eval.notebook import Case

QUARTERS = {"Q1": "Quý I", "Q2": "Quý II", "Q3": "Quý III", "Q4": "Quý IV"}
CELLS = (
    "0: báo cáo ghi là không có. Trống: ô để trống. Không đọc được: ô có nội dung nhưng không hiểu được. "
    "Không có: thiếu dòng hoặc thiếu báo cáo. Chưa hết kỳ: số 0 của kỳ chưa qua khi chốt số liệu, coi là chưa biết."
)
_VALUES = {"given": "có văn bản", "none": "chưa có văn bản", "yes": "Có", "no": "Không"}


def of_reporter(case: "Case", slug: str) -> list[Observation]:
    return [o for o in case.evidence.observations if o.objective == slug and o.reporter == case.unit.code]


def read_as(observation: Observation) -> str:
    """What one cell was read as, in words: four states that are never mixed up."""
    if not observation.reported:
        return CELL_WORDS[observation.state]
    value = observation.value
    return number(int(value)) if value.isdecimal() else _VALUES.get(value, value)


def cell_words(observation: Observation, evidence: Evidence) -> str:
    """The same, with a word beside a zero that says nothing, as its period was not over."""
    early = observation.value.isdecimal() and of_cell(observation, evidence) is Standing.UNKNOWN
    return f"{read_as(observation)} (chưa hết kỳ)" if observation.reported and early else read_as(observation)


def _joined(observations: Iterable[Observation], evidence: Evidence) -> str:
    return " + ".join(cell_words(o, evidence) for o in observations) or CELL_WORDS["absent"]


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
            (d.full_name, *counts_of(standings[c.code] for c in case.project.register.communes(d.code)))
            for d in case.districts
        ]
        total = ("Toàn tỉnh", *counts_of(standings.values()))
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


def counts_of(standings: Iterable[Standing]) -> tuple[int, ...]:
    count = Counter(standings)
    return count.total(), count[Standing.LOW], count[Standing.UNKNOWN], count[Standing.NONE]


def district_parts(evidence: Evidence, slug: str, district: str) -> tuple[int, dict[str, Standing]]:
    """How many parts (programmes or limbs) a district needs to be counted, and how each of them stands."""
    if slug == "integration":
        return evidence.plan[slug]["min_programmes"], objectives.programmes(evidence, district)
    return len(LIMBS) if evidence.plan[slug]["limbs"] == "both" else 1, objectives.limbs(evidence, district)


def programmes_table(case: "Case") -> Table:
    """A district's programmes: document, carried out, counted; for the province how many count in each district."""
    if case.whole:
        rows = []
        for district in case.districts:
            needed, parts = district_parts(case.evidence, "integration", district.code)
            rows.append((district.full_name, *counts_of(parts.values()), at_least(needed, parts.values())))
        columns = ("Huyện, thành, thị", "Chương trình", "Được tính", "Chưa biết", "Không tính", "Huyện được tính")
        return Table("Chương trình lồng ghép theo huyện", columns, rows)
    labels = item_labels(case, "integration")
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
        needed, parts = district_parts(case.evidence, "harm_reduction", district.code)
        rows.append((district.full_name, *parts.values(), at_least(needed, parts.values())))
    columns = ("Huyện, thành, thị", *(words[:1].upper() + words[1:] for words in LIMBS.values()), "Huyện được tính")
    return Table("Hai nội dung can thiệp", columns, rows)


def item_labels(case: "Case", slug: str) -> dict[str, str]:
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
        return Part("có mô hình còn thiếu thông tin", Look("", "◊", "#333333", "#FFFFFF", "xx"))
    if code in silent:
        return Part("chưa cho biết", STANDINGS[Standing.UNKNOWN])
    return Part("không có mô hình được tính", STANDINGS[Standing.NONE])


def months_table(case: "Case") -> Table:
    """The months with the items of each outlet, and whether the month is covered."""
    evidence = case.evidence
    labels = item_labels(case, "media")
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
    labels = item_labels(case, "enforcement")
    cells = {(o.item, o.period): cell_words(o, evidence) for o in evidence.of("enforcement", case.unit.code)}
    rows = [
        (QUARTERS[period], *(cells.get((code, period)) for code in _CASES), quarter_words(quarter))
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


def quarter_words(quarter: object) -> str:
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
    return OWN_BODIES if unit == case.province else unit.full_name
