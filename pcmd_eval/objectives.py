"""The six objectives of the plan, one function each: read this file first.

Each function quotes its sentence of the plan, without its number, and turns the evidence into one finding for one
unit. The small functions above it say how its parts stand (communes, programmes, limbs, models, months, quarters), and
are what notebooks tabulate and the trace explains. What "enough" means stands in the plan file, not here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from pcmd_eval.bounds import Bounds, Standing, at_least, decide, of_cell, tally
from pcmd_eval.findings import Finding, conclude, reason_for_share, target_for
from pcmd_eval.observations import Evidence, Observation
from pcmd_eval.spelling import fold
from pcmd_eval.units import Unit
from pcmd_eval.wording import Verdict, listing, number

LOW, UNKNOWN, NONE = Standing.LOW, Standing.UNKNOWN, Standing.NONE
CONTRIBUTION = "Kế hoạch đặt chỉ tiêu này cho toàn tỉnh; kết quả của đơn vị là phần đóng góp, không phải vi phạm."


# ---- 1. communication -----------------------------------------------------------------------------------------------


def communes_maintaining(evidence: Evidence, unit: Unit) -> dict[str, Standing]:
    """How each commune of the unit stands: active in at least `active_quarters` of the `quarters`."""
    rules = evidence.plan["communication"]
    return {
        commune.code: at_least(rules["active_quarters"], quarters_active(evidence, commune.code).values())
        for commune in evidence.register.communes(unit.code)
    }


def quarters_active(evidence: Evidence, commune: str) -> dict[str, Standing]:
    """How each quarter of a commune stands: active if any of its rows has a session in it."""
    cells = evidence.of("communication", commune)
    periods = [f"Q{quarter}" for quarter in evidence.plan["communication"]["quarters"]]
    return {p: at_least(1, (of_cell(c, evidence) for c in cells if c.period == p)) for p in periods}


def communication(evidence: Evidence, unit: Unit) -> Finding:
    """… số xã, phường, thị trấn tổ chức được ít nhất một hình thức tuyên truyền … và được duy trì thường xuyên.

    Counts communes, for the province all of the register: never a mean of district percentages.
    """
    return _share_of(evidence, unit, "communication", communes_maintaining(evidence, unit))


# ---- 2. integration -------------------------------------------------------------------------------------------------


def programmes(evidence: Evidence, district: str) -> dict[str, Standing]:
    """How each programme of a district stands: a plan given (number, symbol, date) **and** carried out."""
    cells = {o.item: o.value if o.reported else "" for o in evidence.of("integration", district)}
    standings = {}
    for code in dict.fromkeys(item.partition(":")[0] for item in cells):
        document, carried_out = cells.get(f"{code}:document", ""), cells.get(f"{code}:carried_out", "")
        refuted = document == "none" or carried_out == "no"
        standings[code] = NONE if refuted else LOW if document and carried_out else UNKNOWN
    return standings


def integration(evidence: Evidence, unit: Unit) -> Finding:
    """… các huyện, thành, thị xây dựng kế hoạch lồng ghép và tổ chức, thực hiện … với các chương trình kinh tế …."""
    needed = evidence.plan["integration"]["min_programmes"]
    parts = _districts(evidence, unit, lambda code: at_least(needed, programmes(evidence, code).values()))
    idle = [o.item.partition(":")[0] for o in evidence.of("integration", unit.code) if _given_but_idle(evidence, o)]
    more = f"Đã ban hành văn bản nhưng chưa thực hiện: {listing(sorted(idle))}." if idle else ""
    return _share_of(evidence, unit, "integration", parts, more)


def _given_but_idle(evidence: Evidence, observation: Observation) -> bool:
    code, _, column = observation.item.partition(":")
    pair = {o.item: o.value for o in evidence.of("integration", observation.unit_code)}
    return column == "document" and observation.value == "given" and pair.get(f"{code}:carried_out") == "no"


# ---- 3. harm reduction ----------------------------------------------------------------------------------------------

LIMBS = {"3.1": "giảm tác hại về HIV/AIDS", "3.2": "phòng ngừa, giảm bạo lực trên cơ sở giới"}


def limbs(evidence: Evidence, district: str) -> dict[str, Standing]:
    """How each of the two limbs of a district stands: met by any activity in any quarter."""
    cells = [o for o in evidence.of("harm_reduction", district) if o.period != "Y"]
    return {limb: at_least(1, (of_cell(o, evidence) for o in cells if o.item.startswith(f"{limb}."))) for limb in LIMBS}


def harm_reduction(evidence: Evidence, unit: Unit) -> Finding:
    """… các huyện, thành, thị triển khai … giảm tác hại về HIV/AIDS, phòng ngừa, giảm … bạo lực trên cơ sở giới."""
    needed = len(LIMBS) if evidence.plan["harm_reduction"]["limbs"] == "both" else 1
    parts = _districts(evidence, unit, lambda code: at_least(needed, limbs(evidence, code).values()))
    return _share_of(evidence, unit, "harm_reduction", parts)


# ---- 4. support model -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """One model: its folded name and type, the reporters that list it, and how it stands."""

    name: str
    type: str
    hosts: tuple[str, ...]
    standing: Standing


def models(evidence: Evidence) -> list[Model]:
    """The models in all returns; lines with the same name and type are one, and its best line counts."""
    lines: dict[tuple[str, str], list[tuple[str, Standing]]] = {}
    for reporter in evidence.register.reporters:
        for cells in _lines(evidence, reporter.code).values():
            key = (fold(cells["name"]), cells["type"])
            lines.setdefault(key, []).append((reporter.code, _line_standing(evidence, reporter.code, cells)))
    return [
        Model(name, kind, tuple(dict.fromkeys(code for code, _ in found)), at_least(1, (s for _, s in found)))
        for (name, kind), found in sorted(lines.items())
    ]


_COLUMNS = ("name", "type", "start", "operating")


def _lines(evidence: Evidence, reporter: str) -> dict[str, dict[str, str]]:
    lines: dict[str, dict[str, str]] = {}
    for observation in evidence.of("support_model", reporter):
        line, _, column = observation.item.partition(":")
        if line != "none":
            cells = lines.setdefault(line, dict.fromkeys(_COLUMNS, ""))
            cells[column] = observation.value if observation.reported else ""
    return lines


def _line_standing(evidence: Evidence, reporter: str, cells: dict[str, str]) -> Standing:
    kind, operating, cutoff = cells["type"], cells["operating"], evidence.cutoff(reporter)
    started = date.fromisoformat(cells["start"]) if cells["start"] else None
    in_year = evidence.plan["support_model"]["started"] == "plan_year"
    too_late = bool(started and cutoff and started > cutoff)
    other_year = in_year and started is not None and started.year != evidence.plan.year
    if kind not in ("1", "") or operating == "no" or too_late or other_year:
        return NONE
    return LOW if kind and operating and (started or not in_year) else UNKNOWN


def silent_reporters(evidence: Evidence) -> list[Unit]:
    """Those whose sheet of models neither lists one nor says that there is none."""
    return [
        unit
        for unit in evidence.register.reporters
        if not any(o.item != "none:name" or o.reported for o in evidence.of("support_model", unit.code))
    ]


def support_model(evidence: Evidence, unit: Unit) -> Finding:
    """Xây dựng một mô hình cung cấp dịch vụ hỗ trợ xã hội cho người bán dâm tại cộng đồng.

    Counts models, not sites. While any sheet is silent nothing bounds their number, so that it is never `not_met`.
    """
    objective, found, silent = evidence.plan["support_model"], models(evidence), silent_reporters(evidence)
    if unit != evidence.register.province:
        own = {m.standing for m in found if unit.code in m.hosts}
        part = "chưa có số liệu về mô hình" if unit in silent else "không có mô hình được tính"
        part = next((words for standing, words in _HOSTS.items() if standing in own), part)
        reason = f"Kế hoạch đặt chỉ tiêu này cho toàn tỉnh, không giao cho từng huyện; {unit.inline_name} {part}."
        return conclude(evidence.plan, unit, objective, Verdict.NOT_APPLICABLE, reason)
    sure = tally(m.standing for m in found)
    bounds = Bounds(sure.low, None if silent else sure.high)
    target = objective.target.value
    verdict, needed = decide(target, bounds, None), target.needed(None)
    doubtful = sum(m.standing is UNKNOWN for m in found)
    reason = f"{unit.full_name} có {number(sure.low)} mô hình {objective.achievement}"
    reason += f"; {number(doubtful)} mô hình còn thiếu thông tin" if doubtful else ""
    reason += f"; {len(silent)} đơn vị chưa cho biết có mô hình hay không" if silent else ""
    reason += f". Mức cần đạt: {target.words} mô hình. {_ENDINGS[verdict]}."
    return conclude(evidence.plan, unit, objective, verdict, reason, bounds, needed)


_HOSTS = {LOW: "có mô hình được tính", UNKNOWN: "có mô hình có thể được tính, còn thiếu thông tin"}


# ---- 5. media -------------------------------------------------------------------------------------------------------


def months_covered(evidence: Evidence) -> dict[str, Standing]:
    """How each month stands: covered by any of the outlets that count."""
    rules = evidence.plan["media"]
    cells = evidence.of("media", evidence.register.province.code)
    counted = [o for o in cells if rules["outlets"] == "all" or o.item in rules["outlets"]]
    periods = [f"M{month:02d}" for month in rules["months"]]
    return {p: at_least(1, (of_cell(o, evidence) for o in counted if o.period == p)) for p in periods}


def media(evidence: Evidence, unit: Unit) -> Finding:
    """Thường xuyên cập nhật thông tin về PCMD và đăng tải trên các phương tiện thông tin đại chúng cấp tỉnh."""
    if unit != evidence.register.province:
        reason = f"Chỉ tiêu về phương tiện thông tin đại chúng cấp tỉnh, không giao cho {unit.inline_name}."
        return conclude(evidence.plan, unit, evidence.plan["media"], Verdict.NOT_APPLICABLE, reason)
    months = months_covered(evidence)
    gaps = {word: [p[1:].lstrip("0") for p, s in months.items() if s is kind] for kind, word in _GAPS.items()}
    more = " ".join(f"{word}: tháng {listing(found)}." for word, found in gaps.items() if found)
    return _share_of(evidence, unit, "media", months, more)


_GAPS = {NONE: "Không có tin, bài", UNKNOWN: "Chưa có số liệu"}


# ---- 6. enforcement -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CaseQuarter:
    """The cases of one reporter detected in one quarter; None where the cell is not known."""

    detected: int | None
    administrative: int | None
    criminal: int | None
    pending: int | None
    pending_handled: bool

    @property
    def handled(self) -> list[int | None]:
        """The parts that count as handled."""
        return [self.administrative, self.criminal, *([self.pending] if self.pending_handled else [])]

    @property
    def complete(self) -> bool:
        """Whether every cell that decides is known."""
        return None not in (self.detected, *self.handled)

    @property
    def contradictory(self) -> bool:
        """Whether a complete quarter's parts cannot belong to its total."""
        if not self.complete:
            return False
        closed = self.administrative + self.criminal  # type: ignore[operator]
        return closed > self.detected or (self.pending is not None and closed + self.pending != self.detected)  # type: ignore[operator]


def case_quarters(evidence: Evidence, reporter: str) -> dict[str, CaseQuarter]:
    """The cases of a reporter by quarter of detection; a 0 of a quarter that was not over is not known."""
    known = {
        (o.item, o.period): int(o.value)
        for o in evidence.of("enforcement", reporter)
        if o.item in ("6.3", "6.4", "6.5", "6.6") and o.reported and of_cell(o, evidence) is not UNKNOWN
    }
    handled = evidence.plan["enforcement"]["pending"] == "handled"
    periods = sorted({o.period for o in evidence.of("enforcement", reporter) if o.item == "6.3"})
    return {p: CaseQuarter(*(known.get((f"6.{row}", p)) for row in (3, 4, 5, 6)), handled) for p in periods}  # type: ignore[arg-type]


@dataclass(frozen=True)
class Cases:
    """The cases of one reporter in the year: how they stand and their sums, None where a part is not known.

    `low` sums the handled cases that are known, also where none is: `handled_known` tells that from a report of none.
    """

    verdict: Verdict
    contradictory: bool
    low: int
    high: int | None
    total: int | None
    handled_known: bool


def cases(evidence: Evidence, reporter: str) -> Cases:
    """How one reporter stands; the first of contradictory, not handled, incomplete, none arose that holds."""
    quarters = case_quarters(evidence, reporter).values()
    complete = [q for q in quarters if q.complete]
    contradictory = any(q.contradictory for q in complete)
    unhandled = any(sum(q.handled) < q.detected for q in complete)  # type: ignore[type-var, operator, arg-type]
    incomplete = len(complete) < len(quarters) or not quarters
    handled = [part for q in quarters for part in q.handled if part is not None]
    low = sum(handled)
    detected = [q.detected for q in quarters]
    total = None if None in detected or not detected else sum(detected)  # type: ignore[arg-type]
    if contradictory:
        verdict = Verdict.UNDETERMINED
    elif unhandled:
        verdict = Verdict.NOT_MET
    elif incomplete:
        verdict = Verdict.UNDETERMINED
    else:
        verdict = Verdict.NONE_AROSE if total == 0 else Verdict.MET
    return Cases(verdict, contradictory, low, None if incomplete else low, total, bool(handled))


def enforcement(evidence: Evidence, unit: Unit) -> Finding:
    """Phát hiện và xử lý nghiêm minh các hành vi vi phạm pháp luật, tội phạm liên quan đến mại dâm.

    More or fewer cases is neither good nor bad; what counts is that those detected were handled.
    """
    whole = unit == evidence.register.province
    reporters = evidence.register.reporters if whole else (unit,)
    parts = {reporter.code: cases(evidence, reporter.code) for reporter in reporters}
    verdicts = {part.verdict for part in parts.values()}
    order = (Verdict.NOT_MET, Verdict.UNDETERMINED, Verdict.MET)
    verdict = next((v for v in order if v in verdicts), Verdict.NONE_AROSE)
    low = sum(part.low for part in parts.values())
    high, total = _sum([p.high for p in parts.values()]), _sum([p.total for p in parts.values()])
    reason = _cases_reason(evidence, unit, verdict, parts, low, total)
    return conclude(evidence.plan, unit, evidence.plan["enforcement"], verdict, reason, Bounds(low, high), total, total)


def _sum(values: list[int | None]) -> int | None:
    return None if None in values else sum(values)  # type: ignore[arg-type]


def _cases_reason(
    evidence: Evidence, unit: Unit, verdict: Verdict, parts: dict[str, Cases], low: int, total: int | None
) -> str:
    if verdict is Verdict.NONE_AROSE:
        year = evidence.plan.year
        return f"Trong năm {year}, {unit.inline_name} không phát sinh vụ việc nào, theo số liệu đã báo cáo đầy đủ."
    name = {unit.code: unit.inline_name for unit in evidence.register.reporters}
    name[evidence.register.province.code] = "các cơ quan cấp tỉnh"
    said = f"{unit.full_name}: đã xử lý {number(low)} vụ việc"
    if not any(part.handled_known for part in parts.values()):  # the sum of nothing would read as a report of none
        said = f"{unit.full_name}: chưa có số liệu về vụ việc đã xử lý"
    said += f" trong {number(total)} vụ việc phát hiện" if total is not None else "; tổng số phát hiện chưa biết đủ"
    if len(parts) > 1:
        for kind, words in ((Verdict.NOT_MET, "Còn vụ việc chưa xử lý"), (Verdict.UNDETERMINED, "Chưa đủ số liệu")):
            units = [name[code] for code, part in parts.items() if part.verdict is kind]
            said += f". {words}: {listing(units)}" if units else ""
    contradictory = [name[code] for code, part in parts.items() if part.contradictory]
    said += f". Số liệu mâu thuẫn: {listing(contradictory)}" if contradictory else ""
    return f"{said}. {_ENDINGS[verdict]}."


# ---- all together ---------------------------------------------------------------------------------------------------

_ENDINGS = {
    Verdict.MET: "Đạt chỉ tiêu",
    Verdict.NOT_MET: "Chưa đạt chỉ tiêu",
    Verdict.UNDETERMINED: "Chưa đủ số liệu để đánh giá",
}

OBJECTIVES: dict[str, Callable[[Evidence, Unit], Finding]] = {
    "communication": communication,
    "integration": integration,
    "harm_reduction": harm_reduction,
    "support_model": support_model,
    "media": media,
    "enforcement": enforcement,
}


def evaluate(evidence: Evidence) -> list[Finding]:
    """Every finding of the plan: units by code as text, objectives by number."""
    units = sorted(evidence.register.reporters, key=lambda unit: unit.code)
    return [OBJECTIVES[o.slug](evidence, unit) for unit in units for o in evidence.plan.objectives]


def _districts(evidence: Evidence, unit: Unit, standing: Callable[[str], Standing]) -> dict[str, Standing]:
    """How the unit's districts stand: all of the province's, or the one itself."""
    whole = unit == evidence.register.province
    return {district.code: standing(district.code) for district in (evidence.register.districts if whole else (unit,))}


def _share_of(evidence: Evidence, unit: Unit, slug: str, parts: dict[str, Standing], more: str = "") -> Finding:
    """The finding for a count of parts out of all of them."""
    plan, objective = evidence.plan, evidence.plan[slug]
    bounds, total = tally(parts.values()), len(parts)
    target = target_for(plan, objective, unit).value
    verdict = decide(target, bounds, total)
    reason = reason_for_share(plan, unit, objective, verdict, bounds, total)
    derived = unit != evidence.register.province and verdict is Verdict.NOT_MET
    reason = " ".join(part for part in (reason, more, CONTRIBUTION if derived else "") if part)
    return conclude(plan, unit, objective, verdict, reason, bounds, target.needed(total), total)
