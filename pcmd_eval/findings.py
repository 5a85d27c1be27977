"""The finding: one unit, one objective, what is sure, what is possible, and the sentence every page prints."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pcmd_eval.bounds import Bounds
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import csv_bytes
from pcmd_eval.plan import Objective, Plan, TargetValue
from pcmd_eval.targets import Target
from pcmd_eval.units import Unit
from pcmd_eval.wording import LOOKS, Verdict, number, share, share_text

COLUMNS = (
    *("plan", "year", "unit_code", "unit_name", "objective", "verdict", "low", "high", "needed", "total"),
    *("value_low", "value_high", "target", "basis", "reason"),
)


@dataclass(frozen=True)
class Finding:
    """One row of findings.csv; a number that has no meaning or is not known is None, never 0."""

    plan: str
    year: int
    unit_code: str
    unit_name: str
    objective: str
    verdict: Verdict
    reason: str
    low: int | None = None
    high: int | None = None
    needed: int | None = None
    total: int | None = None
    target: str = ""
    basis: str = ""

    @property
    def value_low(self) -> str:
        """The share that is sure, six decimals; empty where a part is not known or the parts contradict."""
        return _share(self.low, self.total)

    @property
    def value_high(self) -> str:
        """The share that is possible, likewise."""
        return _share(self.high, self.total)

    @property
    def nothing_known(self) -> bool:
        """Whether the sure 0 reports nothing: everything from none to all is still possible."""
        return self.verdict is Verdict.UNDETERMINED and self.low == 0 and self.high in (None, self.total)

    def row(self) -> list[object]:
        """The finding as a row of findings.csv."""
        return [getattr(self, column) for column in COLUMNS]

    def texts(self) -> dict[str, str]:
        """The row as the file holds it: what a notebook compares its own finding with."""
        return {column: "" if value is None else str(value) for column, value in zip(COLUMNS, self.row(), strict=True)}


def _share(part: int | None, total: int | None) -> str:
    return share_text(part, total) if part is not None and total and part <= total else ""


def conclude(
    plan: Plan,
    unit: Unit,
    objective: Objective,
    verdict: Verdict,
    reason: str,
    bounds: Bounds | None = None,
    needed: int | None = None,
    total: int | None = None,
) -> Finding:
    """The finding of a unit on an objective; without bounds the plan gives this unit no such duty."""
    key = (plan.plan, plan.year, unit.code, unit.full_name, objective.slug, verdict, reason)
    if bounds is None:
        return Finding(*key)
    target = target_for(plan, objective, unit)
    return Finding(*key, bounds.low, bounds.high, needed, total, target.value.text, target.basis)


def target_for(plan: Plan, objective: Objective, unit: Unit) -> TargetValue:
    """The target that holds for this unit: the plan's own for the province, the derived one for a district."""
    if unit.code == plan.units.province:
        return objective.target
    if objective.district_target is None:
        raise InputRefused(f"Kế hoạch {plan.plan} thiếu khóa “district_target” của mục tiêu {objective.slug}. Bổ sung.")
    return objective.district_target


def reason_for_share(plan: Plan, unit: Unit, objective: Objective, verdict: Verdict, bounds: Bounds, total: int) -> str:
    """The sentence for a count out of a known total: what is sure, what may be, what is needed, what would decide."""
    target = target_for(plan, objective, unit).value
    if target.shape == "own":
        return _own(unit, objective, verdict)
    needed = target.needed(total)
    assert bounds.high is not None and needed is not None
    unknown = bounds.high - bounds.low
    said = f"{unit.full_name} có {_counted(bounds.low, total, target)} {objective.counted} {objective.achievement}"
    if unknown == total > 0:  # a count of 0 would read as a report of none
        said = f"{unit.full_name} chưa có số liệu để biết {objective.counted} nào {objective.achievement}"
    elif unknown:
        said += f"; {number(unknown)} {objective.counted} chưa đủ số liệu"
        said += f", nên nhiều nhất là {_counted(bounds.high, total, target)}"
    said += f". Mức cần đạt: {number(needed)}/{number(total)} ({target.words}). {_ending(verdict)}"
    if verdict is Verdict.UNDETERMINED and target.shape == "none":
        said += f": đạt nếu cả {number(unknown)} {objective.counted} ấy đều không có"
    elif verdict is Verdict.UNDETERMINED:
        enough = f"{number(needed - bounds.low)} trong {number(unknown)} {objective.counted}"
        said += f": đạt nếu ít nhất {enough} ấy thực hiện"
    return f"{said}."


def _own(unit: Unit, objective: Objective, verdict: Verdict) -> str:
    """The sentence for a unit's own part in a count of units."""
    among = f"{objective.counted} {objective.achievement}"
    return {
        Verdict.MET: f"{unit.full_name} {objective.achievement}. Đạt chỉ tiêu.",
        Verdict.NOT_MET: f"Theo báo cáo, {unit.inline_name} không thuộc số {among}. Chưa đạt chỉ tiêu.",
        Verdict.UNDETERMINED: f"Chưa đủ số liệu để đánh giá {unit.inline_name} có thuộc số {among} hay không.",
    }[verdict]


def _counted(part: int, total: int, target: Target) -> str:
    return f"{number(part)}/{number(total)}" + (f" ({share(part, total, target.threshold)})" if total else "")


def _ending(verdict: Verdict) -> str:
    return {Verdict.UNDETERMINED: "Chưa đủ số liệu để đánh giá"}.get(verdict, f"{LOOKS[verdict].word} chỉ tiêu")


def findings_csv(findings: Iterable[Finding]) -> bytes:
    """The table findings.csv, by unit code as text, then by the order of the objectives."""
    return csv_bytes(COLUMNS, (finding.row() for finding in findings))


def load_findings(path: Path) -> list[dict[str, str]]:
    """Read back findings.csv as texts; raises InputRefused if it is not there, or is another table."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, restval="")
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise InputRefused(f"Tệp {path} không phải bảng kết quả: dòng đầu phải là {','.join(COLUMNS)}.")
            return list(reader)
    except FileNotFoundError:
        raise InputRefused(f"Chưa có tệp {path.name}. Chạy “pcmd-eval evaluate” trước.") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputRefused(f"Tệp {path} không phải bảng kết quả: không đọc được như CSV ghi bằng UTF-8.") from None
