"""The sentences of a review: official wording around numbers that stand in the published set, and nowhere else.

Where a number may not be told or is not known, the clause that would hold it is left out or says so.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from pcmd_eval.findings import Finding
from pcmd_eval.objectives import CONTRIBUTION
from pcmd_eval.published import Published
from pcmd_eval.review.clauses import CASES, CLAUSES, Clause
from pcmd_eval.targets import Target
from pcmd_eval.units import Unit
from pcmd_eval.wording import LOOKS, Verdict, listing, number, share

DISTRICTS = "huyện, thành, thị"
RECEIVED = ("partial", "late", "on_time")  # states of a return that tells something


def prose(count: int) -> str:
    """A whole number in running text: 01 to 09 with a zero before it, in a table without (notes, 3.1)."""
    return f"{count:02d}" if 0 < count < 10 else number(count)


def out_of(part: int, whole: int, threshold: Fraction | None = None) -> str:
    """A count with its total and share: 2/3 (66,67%); the share never seems to reach what it does not."""
    return f"{prose(part)}/{prose(whole)}" + (f" ({share(part, whole, threshold)})" if 0 <= part <= whole != 0 else "")


def of_target(part: int, needed: int) -> str:
    """How much of what is needed was reached: 100% and more only if it was."""
    return share(part, needed, Fraction(1))


# ---- the returns ----------------------------------------------------------------------------------------------------


def received(published: Published) -> list[Unit]:
    """The districts whose return tells something."""
    return [u for u in published.districts if published.value(u.code, "", "state") in RECEIVED]


def coverage_words(published: Published) -> str:
    """Whose returns the province's figures rest on: theo báo cáo của 02/03 huyện, thành, thị."""
    return f"theo báo cáo của {prose(len(received(published)))}/{prose(len(published.districts))} {DISTRICTS}"


def coverage(published: Published, unit: Unit) -> list[str]:
    """Who has reported, who has not, and how many of the figures asked for are there."""
    if unit.code != published.province.code:
        state, sent, cutoff = (published.shown(unit.code, "", key) for key in ("state", "sent", "cutoff"))
        if published.value(unit.code, "", "state") not in RECEIVED:
            return [f"Báo cáo số liệu của {unit.inline_name}: {state}; các số liệu dưới đây vì vậy chưa có."]
        dated = f", gửi ngày {sent}, số liệu chốt đến ngày {cutoff}" if "–" not in (sent, cutoff) else ""
        return [f"Số liệu lấy từ báo cáo của {unit.inline_name} ({state}{dated}).{_cells(published, unit.code)}"]
    silent = [u.inline_name for u in published.districts if u not in received(published)]
    own = " và của các cơ quan cấp tỉnh" if published.value(unit.code, "", "own.state") in RECEIVED else ""
    words = coverage_words(published)
    said = f"Số liệu được tổng hợp {words}{own}"
    said += f"; chưa có báo cáo đọc được: {listing(silent)}." if silent else "."
    for state, lead in (("partial", "Báo cáo mới có một phần số liệu"), ("late", "Gửi sau hạn")):
        named = [u.inline_name for u in published.districts if published.value(u.code, "", "state") == state]
        said += f" {lead}: {listing(named)}." if named else ""
    return [said + _cells(published, unit.code)]


def _cells(published: Published, code: str) -> str:
    given, asked = (published.count(code, "", key) for key in ("reported", "expected"))
    return f" Số ô có số liệu: {out_of(given, asked)}." if given is not None and asked else ""


# ---- the targets ----------------------------------------------------------------------------------------------------


def target_sentence(published: Published, unit: Unit, slug: str) -> str:
    """One objective in the words of official reports: the plan, what was done, the share of it, the verdict."""
    finding, objective = published.finding(unit.code, slug), published.project.plan[slug]
    head = f"Chỉ tiêu {objective.number} ({objective.title})"
    target = Target.parse(finding.target) if finding.target else None
    silent = unit.code != published.province.code and published.value(unit.code, "", "state") not in RECEIVED
    if silent and finding.verdict is Verdict.UNDETERMINED:  # bounds would read as a report of nothing
        return f"{head}: chưa có báo cáo. Chưa đủ số liệu để đánh giá."
    if finding.verdict is Verdict.NONE_AROSE:
        return f"{head}: trong năm không phát sinh {objective.counted}."
    no_total = finding.total is None and target is not None and target.shape != "count"
    if target is None or target.shape == "own" or finding.low is None or no_total or finding.nothing_known:
        return f"{head}: {_inside(_programmes_named(published, finding), unit)}"
    lead = "kế hoạch" if finding.basis == "plan" else "mức áp dụng"  # a borrowed number is not the plan's
    said = f"{head}: {lead} {_asked(finding, objective.counted, target)}; {_done(finding, target)}"
    said += f" {objective.counted} {objective.achievement}"
    return f"{said}{_ending(published, finding, target)}{_part(published, unit, finding)}"


def _inside(reason: str, unit: Unit) -> str:
    """A reason after a colon: its first word small, where it is not a name, and no second colon after the name."""
    if reason.startswith(unit.full_name):
        return unit.inline_name + reason.removeprefix(unit.full_name).removeprefix(":")
    return reason[:1].lower() + reason[1:]


def _programmes_named(published: Published, finding: Finding) -> str:
    """The reason with the names of the programmes before their codes."""
    reason = finding.reason
    if finding.objective == "integration":
        sheet = next(sheet for sheet in published.project.form.sheets if sheet.objective == "integration")
        for item in sheet.items:
            name = f"{item.label[:1].lower()}{item.label[1:]} ({item.code})"
            reason = re.sub(rf"(?<![\d.]){re.escape(item.code)}(?!\.?\d)", name, reason)
    return reason


def _asked(finding: Finding, counted: str, target: Target) -> str:
    """What the plan asks for, with the count that satisfies a share."""
    if target.shape == "count" and finding.needed is not None:
        return f"ít nhất {prose(finding.needed)} {counted}"
    if finding.needed is None or finding.total is None or target.threshold is None:
        return target.words
    return f"{target.words} (tương ứng {prose(finding.needed)}/{prose(finding.total)} {counted})"


def _done(finding: Finding, target: Target) -> str:
    assert finding.low is not None
    least = "ít nhất " if finding.high is None else ""
    done = prose(finding.low) if finding.total is None else out_of(finding.low, finding.total, target.threshold)
    return f"thực hiện {least}{done}"


def _ending(published: Published, finding: Finding, target: Target) -> str:
    """The share of the target and the verdict, in the words for it."""
    assert finding.low is not None
    ratio = of_target(finding.low, finding.needed) if finding.needed else ""
    reached = f"{ratio} so với {'chỉ tiêu kế hoạch' if finding.basis == 'plan' else 'mức áp dụng'}"
    most = ""
    if finding.high is not None and finding.high > finding.low:
        top = prose(finding.high) if finding.total is None else out_of(finding.high, finding.total, target.threshold)
        most = f"; phần chưa biết nếu đều thực hiện thì nhiều nhất là {top}"
    if finding.verdict is Verdict.MET:
        beyond = finding.needed is not None and finding.low > finding.needed
        done = "vượt chỉ tiêu" if beyond else "đạt chỉ tiêu"
        return f", đạt {reached}, {done}." if ratio else f", {done}."
    if finding.verdict is Verdict.NOT_MET:
        return f", mới đạt {reached}, chưa đạt chỉ tiêu{most}." if ratio else f", chưa đạt chỉ tiêu{most}."
    by = f" {coverage_words(published)}" if finding.unit_code == published.province.code else " theo báo cáo"
    return f"{by}{most}. Chưa đủ số liệu để đánh giá."


def _part(published: Published, unit: Unit, finding: Finding) -> str:
    """A district that misses what the plan sets for the province breaches nothing."""
    provincial = published.project.plan[finding.objective].level == "province"
    own = unit.code == published.province.code
    return "" if own or not provincial or finding.verdict is not Verdict.NOT_MET else f" {CONTRIBUTION}"


def verdict_counts(published: Published, unit: Unit) -> str:
    """How many objectives ended how: 02 chỉ tiêu đạt, 03 chỉ tiêu chưa đạt."""
    found = [published.finding(unit.code, o.slug).verdict for o in published.project.plan.objectives]
    parts = [f"{prose(found.count(v))} chỉ tiêu {look.word.lower()}" for v, look in LOOKS.items() if v in found]
    return f"Trong {prose(len(found))} chỉ tiêu của kế hoạch: {listing(parts)}."


def named_targets(published: Published, unit: Unit, *verdicts: Verdict) -> str:
    """The objectives that ended so, by number and title; "" if there are none."""
    plan = published.project.plan
    found = [o for o in plan.objectives if published.finding(unit.code, o.slug).verdict in verdicts]
    return "; ".join(f"chỉ tiêu {o.number} ({o.title})" for o in found)


def assessment(published: Published, unit: Unit) -> dict[str, list[str]]:
    """What stands before the people's own words on achievements and shortcomings."""
    reached = named_targets(published, unit, Verdict.MET)
    missed = named_targets(published, unit, Verdict.NOT_MET)
    unclear = named_targets(published, unit, Verdict.UNDETERMINED)
    return {
        "achieved": [f"Các chỉ tiêu đạt: {reached}."] if reached else [],
        "lacking": [f"Các chỉ tiêu chưa đạt: {missed}."] * bool(missed)
        + [f"Các chỉ tiêu chưa đủ số liệu để đánh giá: {unclear}."] * bool(unclear),
    }


# ---- the figures ----------------------------------------------------------------------------------------------------


def figures(published: Published, unit: Unit, heading: str) -> list[str]:
    """The figures under one heading in one sentence; those that may not be told or are not known are left out.

    Where nothing arose, the finding has said so: its zeros are not said again.
    """
    slug, clauses = CLAUSES[heading]
    known = {clause.key: value for clause in clauses if (value := published.value(unit.code, slug, clause.key))}
    if slug in published.project.plan and published.finding(unit.code, slug).verdict is Verdict.NONE_AROSE:
        known = {key: value for key, value in known.items() if value != "0" or key not in CASES}
    if not known:
        return []
    said = "; ".join(_said(clause, known[clause.key]) for clause in clauses if clause.key in known)
    return [f"{said[:1].upper()}{said[1:]}{_lacking(published, unit, slug, known)}."]


def _said(clause: Clause, value: str) -> str:
    return clause.none if clause.none and value == "0" else clause.words.replace("#", _amount(value))


def _lacking(published: Published, unit: Unit, slug: str, keys: Iterable[str]) -> str:
    """The clause that stands where tables have a star."""
    lacking = any(published.starred(unit.code, slug, key) for key in keys)
    return " (chưa tính phần chưa có số liệu)" if lacking else ""


def _amount(value: str) -> str:
    return prose(int(value)) if value.isdecimal() else number(Decimal(value))


def media_figures(published: Published) -> list[str]:
    """How many pieces each outlet had in the year."""
    sheet = next(sheet for sheet in published.project.form.sheets if sheet.objective == "media")
    whole = published.province
    parts = [(item, value) for item in sheet.items if (value := published.value(whole.code, "media", item.code))]
    said = "; ".join(f"{item.label}: {_amount(value)} tin, bài" for item, value in parts)
    lacking = _lacking(published, whole, "media", (item.code for item, _ in parts))
    return [f"Số tin, bài trong năm: {said}{lacking}."] if said else []


def paragraphs(published: Published, unit: Unit) -> dict[str, list[str]]:
    """All sentences of a review by the heading of the outline under which they stand."""
    whole = unit.code == published.province.code

    def of(slug: str, heading: str) -> list[str]:
        said = [target_sentence(published, unit, slug)] if slug in published.project.plan else []
        return [*said, *figures(published, unit, heading)]

    media = of("media", "media")
    return {
        "coverage": coverage(published, unit),
        "targets": [verdict_counts(published, unit)],
        "communication": of("communication", "communication"),
        "media": [*media, *(media_figures(published) if whole and media else [])],
        "integration": of("integration", "integration"),
        "harm_reduction": of("harm_reduction", "harm_reduction"),
        "support_model": of("support_model", "support_model"),
        "inspection": figures(published, unit, "inspection"),
        "enforcement": of("enforcement", "enforcement"),
        "funding": figures(published, unit, "funding"),
        **assessment(published, unit),
    }
