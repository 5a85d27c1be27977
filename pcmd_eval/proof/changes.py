"""What changed between two sets: the findings, and inside the department the returns, cells and rules that did it.

Findings alone may be shown to everyone; causes are internal.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from pcmd_eval.batch.kept import UNCOUNTED, Side
from pcmd_eval.errors import InputRefused
from pcmd_eval.files import printable
from pcmd_eval.project import Project
from pcmd_eval.proof.causes import CellChange, Comparison, Row, causes
from pcmd_eval.proof.trace import Step
from pcmd_eval.proof.words import CellWords
from pcmd_eval.wording import LOOKS, RETURN_WORDS, Verdict, short_date
from pcmd_eval.workings import read_as

DECIDES = ("verdict", "low", "high", "needed", "total")
INTERNAL = (
    *("unit_code", "objective", "kind", "reporter", "cause"),
    *("file", "sheet", "cell", "item", "period", "before", "after"),
)
Kind = Literal["return", "cutoff", "cell", "rule", "target", "input", "unknown"]


@dataclass(frozen=True)
class Cause:
    """One thing that made a finding another one, in words; `cells` are those that did it.

    `named` says in words which cells those are and what they said, where `words` only count them.
    """

    kind: Kind
    words: str
    reporter: str = ""
    cells: tuple[CellChange, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class FindingChange:
    """A finding before and after (None where there is none), and why it changed, as far as that is known."""

    unit_code: str
    unit_name: str
    objective: str
    before: Row | None
    after: Row | None
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Changes:
    """Every finding that changed; `explained` tells whether both sets had the tables that name causes."""

    findings: tuple[FindingChange, ...]
    explained: bool

    def public(self) -> list[dict[str, str]]:
        """The findings alone, a row each, for pages that leave the department."""
        return [
            {
                **{"unit_code": f.unit_code, "unit_name": f.unit_name, "objective": f.objective},
                **{f"{column}_before": f.before[column] if f.before else "" for column in DECIDES},
                **{f"{column}_after": f.after[column] if f.after else "" for column in DECIDES},
            }
            for f in self.findings
        ]

    def internal(self) -> list[dict[str, str]]:
        """The causes, a row for each cell (and for each cause without one), for pages that stay inside."""
        rows = []
        for finding in self.findings:
            for cause in finding.causes or (_UNKNOWN,):
                key = {"unit_code": finding.unit_code, "objective": finding.objective, "kind": cause.kind}
                own = {**key, "reporter": cause.reporter, "cause": cause.words}
                rows += [{**own, **_cell_row(change)} for change in cause.cells] or [{**own, **_NO_CELL}]
        return rows


_FEW = 12  # cells named under one cause; the page and the table of changes have them all
_UNKNOWN = Cause("unknown", "Không rõ vì sao: không có đủ bảng nội bộ của cả hai bộ")
_NO_CELL = dict.fromkeys(INTERNAL[5:], "")


def _cell_row(change: CellChange) -> dict[str, str]:
    o = change.observation
    seen = {"before": _seen(change.before), "after": _seen(change.after)}
    return {"file": o.file, "sheet": o.sheet, "cell": o.cell, "item": o.item, "period": o.period, **seen}


def diff(old: Path, new: Path, project: Project) -> Changes:
    """The findings whose verdict or counts differ, each with its causes where both sets have their tables.

    Units and cells are called by the names that they have in the project.
    """
    words = CellWords(project.form, project.register)
    before, after = Side(old), Side(new)
    plans = {row["plan"] for side in (before, after) for row in side.findings.values()}
    if len(plans) > 1:
        raise InputRefused(f"Hai bộ thuộc hai kế hoạch khác nhau ({', '.join(sorted(plans))}), không so sánh được.")
    explained = before.tables is not None and after.tables is not None
    found = []
    for change in differing(before.findings, after.findings):
        key, both = (change.unit_code, change.objective), change.before and change.after
        known = tuple(_causes(key, before, after, explained, words)) if both else ()
        found.append(replace(change, causes=known or _inputs(before, after)))
    return Changes(tuple(found), explained)


def differing(before: Mapping[tuple[str, str], Row], after: Mapping[tuple[str, str], Row]) -> Iterator[FindingChange]:
    """The findings whose verdict or counts differ, without their causes; both by unit and objective."""
    for key in dict.fromkeys((*after, *before)):
        was, now = before.get(key), after.get(key)
        if not (was and now and all(was[column] == now[column] for column in DECIDES)):
            yield FindingChange(key[0], (now or was or {})["unit_name"], key[1], was, now)


# ---- causes ---------------------------------------------------------------------------------------------------------


def _causes(key: tuple[str, str], before: Side, after: Side, explained: bool, words: CellWords) -> Iterator[Cause]:
    was, now = before.findings[key], after.findings[key]
    if was["target"] != now["target"]:
        yield Cause("target", f"Chỉ tiêu đặt ra đổi từ “{was['target']}” thành “{now['target']}”")
    if not explained:
        return
    comparison = Comparison(was, now, before.steps(key), after.steps(key))
    cells, unexplained = causes(comparison)
    reread = [change for change in cells if _still_said(change, before, after)]
    for reporter, own in _by_reporter(change for change in cells if change not in reread):
        yield from _from_return(reporter, own, before, after, words)
    for reporter, own in _by_reporter(reread):
        ends = [side.returns.get(reporter, {}).get("cutoff", "") for side in (before, after)]
        if ends[0] != ends[1]:
            said = f"Ngày chốt số liệu đổi từ {_day(ends[0])} thành {_day(ends[1])}, nên {len(own)} ô được đọc khác"
            named = tuple(f"{words.place(change.observation)}: “{_seen(change.after)}”" for change in own)
            yield Cause("cutoff", f"{_name(reporter, after)}: {said}", reporter, tuple(own), named)
            reread = [change for change in reread if change not in own]
    if reread or unexplained:
        yield from _rules(key[1], reread, before, after)


def _by_reporter(changes: Iterable[CellChange]) -> list[tuple[str, list[CellChange]]]:
    groups: dict[str, list[CellChange]] = defaultdict(list)
    for change in changes:
        groups[change.observation.reporter].append(change)
    return sorted(groups.items())


def _still_said(change: CellChange, before: Side, after: Side) -> bool:
    """Whether the cell says what it said, so that it only counts otherwise."""
    if change.before and change.after:
        return change.same_content
    o, other = change.observation, before if change.after else after
    return (o.reporter, o.unit_code, o.objective, o.item, o.period, o.value, o.state.value, o.cell) in other.cells


def _from_return(
    reporter: str, cells: list[CellChange], before: Side, after: Side, words: CellWords
) -> Iterator[Cause]:
    """One line for a return that came, went or was sent anew; else a line for each cell."""
    was, now = before.returns.get(reporter, {}), after.returns.get(reporter, {})
    counted = [bool(row) and row["state"] not in UNCOUNTED for row in (was, now)]
    what = ""
    if counted == [False, True]:
        what = f"báo cáo mới nhận được ({RETURN_WORDS[now['state']]})"
    elif counted == [True, False]:
        what = f"báo cáo không còn được tính ({RETURN_WORDS[now['state']] if now else 'không có'})"
    elif was and now and (was["file"], was["sent"]) != (now["file"], now["sent"]):
        what = f"báo cáo gửi lại ({now['file']}, ngày gửi {_day(now['sent'])})"
    named = [f"{words.place(c.observation)}: từ “{_seen(c.before)}” thành “{_seen(c.after)}”" for c in cells]
    if what:
        said = f"{_name(reporter, after)}: {what}, {len(cells)} ô làm đổi kết quả"
        yield Cause("return", said, reporter, tuple(cells), tuple(named))
        return
    for change, said in zip(cells, named, strict=True):
        yield Cause("cell", said, reporter, (change,))


def _rules(slug: str, cells: list[CellChange], before: Side, after: Side) -> Iterator[Cause]:
    for place in sorted(before.rules.keys() | after.rules.keys()):
        was, now = before.rules.get(place), after.rules.get(place)
        if place[0] in ("", slug) and was and now and was["value"] != now["value"]:
            words = f"Quy tắc “{now['label']}” đổi từ “{was['chosen']}” thành “{now['chosen']}”"
            yield Cause("rule", words, cells=tuple(cells))


def _inputs(before: Side, after: Side) -> tuple[Cause, ...]:
    """What the run itself was made of, where nothing nearer is known."""
    old, new = (side.record.get("inputs", {}) for side in (before, after))
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return tuple(Cause("input", f"Tệp đầu vào khác: {name}") for name in changed)


def _name(reporter: str, side: Side) -> str:
    return side.returns[reporter]["unit_name"] if reporter in side.returns else reporter


def _day(text: str) -> str:
    return short_date(date.fromisoformat(text)) if text else "(không ghi)"


def _seen(step: Step | None) -> str:
    return read_as(step.observation) if step else "không có"


# ---- in words -------------------------------------------------------------------------------------------------------


def spoken(changes: Changes, titles: dict[str, str] | None = None) -> str:
    """The changes in Vietnamese, a finding a line and its causes below it."""
    if not changes.findings:
        return "Không có kết quả nào thay đổi."
    lines = [f"{len(changes.findings)} kết quả thay đổi."]
    for finding in changes.findings:
        title = (titles or {}).get(finding.objective, finding.objective)
        lines.append(f"{finding.unit_name}, {title}: {_row_words(finding.before)} → {_row_words(finding.after)}")
        for cause in finding.causes:
            lines += [f"  - {cause.words}", *(f"    · {cell}" for cell in cause.named[:_FEW])]
            if (more := len(cause.named) - _FEW) > 0:
                lines.append(f"    · … và {more} ô nữa")
    if not changes.explained:
        lines.append("Không có đủ bảng nội bộ của cả hai bộ nên không nêu được ô nào làm thay đổi.")
    return printable("\n".join(lines))


def _row_words(row: Row | None) -> str:
    if row is None:
        return "không có"
    words = LOOKS[Verdict(row["verdict"])].word
    counts = [
        f"{name} {row[column] or 'chưa biết'}" for column, name in _COUNTS.items() if row[column] or row["needed"]
    ]
    return f"{words} ({', '.join(counts)})" if counts else words


_COUNTS = {"low": "chắc chắn", "high": "nhiều nhất", "needed": "cần", "total": "tổng"}
