"""What a finding depends on: its verdict under every other choice, and how little would decide it or is lacking."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcmd_eval import objectives
from pcmd_eval.bounds import Standing, tally
from pcmd_eval.display import counted
from pcmd_eval.findings import Finding
from pcmd_eval.objectives import OBJECTIVES
from pcmd_eval.observations import Evidence
from pcmd_eval.plan import Plan
from pcmd_eval.spelling import order
from pcmd_eval.tables import Table, Value
from pcmd_eval.units import Unit
from pcmd_eval.wording import LOOKS, OWN_BODIES, Verdict, listing, number
from pcmd_eval.workings import district_parts

if TYPE_CHECKING:
    from pcmd_eval.notebook import Case

IN_FORCE = "Đang áp dụng"


# ---- under every other choice ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scenario:
    """One objective under one choice of one rule: the finding of every unit, in the order given."""

    rule: str
    choice: str
    findings: tuple[Finding, ...]

    @property
    def head(self) -> str:
        """What stands above its column of a picture."""
        return self.choice or self.rule


def scenarios(evidence: Evidence, slug: str, units: Sequence[Unit]) -> list[Scenario]:
    """The rules in force first, then every other choice of every rule of the objective, one rule at a time."""
    choices: list[tuple[str, str, Plan]] = [(IN_FORCE, "", evidence.plan)]
    choices += [(a.rule.label, a.choice.label, a.plan) for a in evidence.plan.alternatives(slug)]
    return [
        Scenario(rule, choice, tuple(OBJECTIVES[slug](evidence.under(plan), unit) for unit in units))
        for rule, choice, plan in choices
    ]


def with_duty(found: Sequence[Scenario]) -> list[int]:
    """The places of the units that the plan gives this duty."""
    return [i for i, finding in enumerate(found[0].findings) if finding.verdict is not Verdict.NOT_APPLICABLE]


def scenarios_table(case: "Case", slug: str, found: Sequence[Scenario] | None = None) -> Table:
    """Counts and verdict of every unit (rows) under every choice (columns), and how many choices change the verdict."""
    found = found or scenarios(case.evidence, slug, [*case.districts, case.province])
    rows: list[tuple[Value, ...]] = []
    for place in with_duty(found):
        findings = [scenario.findings[place] for scenario in found]
        now = findings[0]
        changing = sum(finding.verdict is not now.verdict for finding in findings)
        rows.append((now.unit_name, *map(_brief, findings), changing))
    columns = ["Đơn vị", *(scenario.head for scenario in found), "Số lựa chọn làm đổi kết luận"]
    tried: dict[str, list[str]] = {}
    for scenario in found[1:]:
        tried.setdefault(scenario.rule, []).append(scenario.choice)
    title = f"{case.plan[slug].number}. {case.plan[slug].title}"
    seen = {scenario.findings[place].verdict for scenario in found for place in with_duty(found)}
    words = "; ".join(f"{look.shape} {look.word}" for verdict, look in LOOKS.items() if verdict in seen)
    notes = (f"{rule}: {'; '.join(choices)}." for rule, choices in tried.items())
    return Table(title, columns, rows, f"{words}. Số đếm: chắc chắn đến nhiều nhất / tổng số.", *notes)


def _brief(finding: Finding) -> str:
    """The shape of the verdict and the counts: ■ 3–5/7."""
    counts = (counted(finding) or "").partition(" (")[0]
    return f"{LOOKS[finding.verdict].shape} {counts}"


# ---- how little would decide ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """What separates a finding from a decision; None where it has no meaning.

    `to_meet` and `to_miss` are the fewest parts (communes, districts, programmes, limbs, months, models, quarters) that
    have to become known, all one way, for the verdict to be `met` or `not_met`; `returns` are the fewest reporters who
    could bring `to_meet` of them. `short` is how many parts a missed target lacks even if all that is unknown turned
    out well. `words` says it in one sentence, empty where the verdict leaves nothing to say.
    """

    finding: Finding
    words: str = ""
    to_meet: int | None = None
    to_miss: int | None = None
    returns: tuple[Unit, ...] = ()
    short: int | None = None


def gap(evidence: Evidence, unit: Unit, slug: str) -> Gap:
    """How little would decide the finding of a unit, or how much a missed target lacks."""
    finding = OBJECTIVES[slug](evidence, unit)
    if finding.verdict not in (Verdict.UNDETERMINED, Verdict.NOT_MET):
        return Gap(finding)
    if slug == "enforcement":
        return _cases_gap(evidence, unit, finding)
    if slug == "support_model":
        return _models_gap(evidence, finding)
    return _share_gap(evidence, unit, slug, finding)


def _share_gap(evidence: Evidence, unit: Unit, slug: str, finding: Finding) -> Gap:
    """Communes, districts, programmes, limbs or months: parts that are sure, unknown or surely not."""
    parts, needed, name = _parts(evidence, unit, slug, finding)
    sure = tally(standing for _, standing in parts)
    assert sure.high is not None
    if finding.verdict is Verdict.NOT_MET:
        return _short(finding, needed - sure.high, name)
    to_meet, to_miss = needed - sure.low, sure.high - needed + 1
    returns = _fewest((reporter for reporter, standing in parts if standing is Standing.UNKNOWN), to_meet)
    words = f"Đạt nếu ít nhất {number(to_meet)} {name} còn chưa rõ báo cáo là có"
    if unit == evidence.register.province:
        words += f" (ít nhất {number(len(returns))} báo cáo: {_names(evidence, returns)})"
    words += f"; chưa đạt nếu ít nhất {number(to_miss)} {name} ấy báo cáo là không."
    return Gap(finding, words, to_meet, to_miss, returns)


def _short(finding: Finding, short: int, name: str) -> Gap:
    words = f"Thiếu ít nhất {number(short)} {name}, kể cả khi mọi số liệu chưa có đều thuận lợi."
    return Gap(finding, words, short=short)


def _parts(evidence: Evidence, unit: Unit, slug: str, finding: Finding) -> tuple[list[tuple[Unit, Standing]], int, str]:
    """The parts that the finding counts, each with who reports it; how many are needed; what they are called."""
    register = evidence.register
    assert finding.needed is not None
    if slug == "communication":
        of = {commune.code: d for d in register.districts for commune in register.communes(d.code)}
        standings = objectives.communes_maintaining(evidence, unit)
        return [(of[code], s) for code, s in standings.items()], finding.needed, evidence.plan[slug].counted
    if slug == "media":
        months = objectives.months_covered(evidence).values()
        return [(register.province, s) for s in months], finding.needed, evidence.plan[slug].counted
    if unit == register.province:
        stands = {Verdict.MET: Standing.LOW, Verdict.NOT_MET: Standing.NONE}
        found = [(d, OBJECTIVES[slug](evidence, d).verdict) for d in register.districts]
        return [(d, stands.get(v, Standing.UNKNOWN)) for d, v in found], finding.needed, evidence.plan[slug].counted
    needed, own = district_parts(evidence, slug, unit.code)
    return [(unit, s) for s in own.values()], needed, {"integration": "chương trình"}.get(slug, "nội dung")


def _fewest(open_parts: Iterable[Unit], wanted: int) -> tuple[Unit, ...]:
    """The fewest reporters who together report on `wanted` of the open parts."""
    count = Counter(open_parts)
    chosen: list[Unit] = []
    for unit in sorted(count, key=lambda u: (-count[u], order(u.name))):
        if sum(count[u] for u in chosen) >= wanted:
            break
        chosen.append(unit)
    return tuple(sorted(chosen, key=lambda u: order(u.name)))


def _names(evidence: Evidence, reporters: Iterable[Unit]) -> str:
    return listing([OWN_BODIES if unit == evidence.register.province else unit.full_name for unit in reporters])


def _models_gap(evidence: Evidence, finding: Finding) -> Gap:
    """Models: a doubtful one that is made clear may be enough; while a sheet is silent nothing decides `not_met`."""
    assert finding.needed is not None and finding.low is not None
    if finding.verdict is Verdict.NOT_MET:
        return _short(finding, finding.needed - (finding.high or 0), "mô hình")
    to_meet, silent = finding.needed - finding.low, objectives.silent_reporters(evidence)
    hosts = {m.hosts[0]: m for m in objectives.models(evidence) if m.standing is Standing.UNKNOWN}
    able = [unit for unit in evidence.register.reporters if unit.code in hosts][:to_meet]
    words = f"Đạt nếu thêm {number(to_meet)} mô hình được xác nhận thuộc loại 1 và đang hoạt động"
    words += f" (mô hình còn thiếu thông tin: {_names(evidence, able)})" if able else ""
    if silent:
        words += f". Chỉ kết luận được “Chưa đạt” sau khi {_names(evidence, silent)} cho biết có mô hình hay không"
    return Gap(finding, f"{words}.", to_meet, None if silent else (finding.high or 0) - finding.needed + 1, tuple(able))


def _cases_gap(evidence: Evidence, unit: Unit, finding: Finding) -> Gap:
    """Cases: a missed target lacks those known not to be handled; an open one the quarters that are not complete."""
    reporters = evidence.register.reporters if unit == evidence.register.province else (unit,)
    quarters = {r: list(objectives.case_quarters(evidence, r.code).values()) for r in reporters}
    if finding.verdict is Verdict.NOT_MET:
        complete = [q for found in quarters.values() for q in found if q.complete and not q.contradictory]
        short = sum(q.detected - sum(q.handled) for q in complete)  # type: ignore[operator, misc, arg-type]
        words = f"Còn {number(short)} vụ việc đã phát hiện mà báo cáo cho biết là chưa xử lý."
        return Gap(finding, words, short=short)
    torn = tuple(r for r in reporters if any(q.contradictory for q in quarters[r]))
    behind = tuple(r for r in reporters if any(not q.complete for q in quarters[r]) or not quarters[r])
    count = sum(not q.complete for found in quarters.values() for q in found)
    words = f"Phải sửa số liệu mâu thuẫn của {_names(evidence, torn)}. " if torn else ""
    if behind:
        words += f"Cần đủ số liệu của {number(count)} quý ({_names(evidence, behind)}); "
        words += "chỉ một quý có vụ việc chưa xử lý là chưa đạt."
    return Gap(finding, words.strip(), None if torn else count, 1 if behind else None, torn or behind)


def gaps_table(case: "Case", slug: str) -> Table:
    """For each unit whose verdict is open or missed: how little would decide it, or how much is lacking."""
    found = [gap(case.evidence, unit, slug) for unit in (*case.districts, case.province)]
    rows = [(g.finding.unit_name, g.finding.verdict, g.words) for g in found if g.words]
    title = f"{case.plan[slug].number}. {case.plan[slug].title}: "
    title += "còn thiếu bao nhiêu" if rows else "không đơn vị nào còn thiếu, số liệu đã đủ để kết luận"
    columns = ("Đơn vị", "Kết luận", "Điều sẽ quyết định kết luận, hoặc còn thiếu")
    return Table(case.marked(title), columns, rows)
