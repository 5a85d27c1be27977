"""What the person at the terminal sees: how far a run is, and at its end what it found."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pcmd_eval.arrivals import arrivals
from pcmd_eval.batch.request import Outcome, Request, Watch
from pcmd_eval.findings import counted, unheard
from pcmd_eval.paths import short
from pcmd_eval.plan import Plan
from pcmd_eval.words import VERDICTS, listing, number

FIRST = 3  # places that are named for one cause


@contextmanager
def progress() -> Iterator[Watch]:
    """A line when a phase is over; until then on a terminal a bar for each (done, failed, time
    left).
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True, disable=not sys.stdout.isatty()) as bar:
        phases = {}

        def show(phase: str, done: int, total: int, failed: int) -> None:
            words = f"{phase}: {done}/{total}" + (f", {failed} lỗi" if failed else "")
            if phase not in phases:
                phases[phase] = bar.add_task(phase, total=None)
            if total:
                now = {"completed": done, "total": total, "visible": done < total}
                bar.update(phases[phase], description=words, **now)
            if total and done == total:
                print(f"{words}.", flush=True)

        yield show


def tell(outcome: Outcome, request: Request) -> Iterator[str]:
    """The lines that end a run: what the province reached and what is open, who has not sent, what
    was made, where.
    """
    names, stopping = request.plan.reporters.inline_name, outcome.intake.stopping
    internal = short(request.places.internal)
    took = f"{number(Decimal(f'{outcome.seconds:.1f}'))} giây"
    if outcome.published and not outcome.executed and not outcome.documents:
        yield f"Không có gì thay đổi: dùng lại {outcome.reused} sổ, {took}."
    else:
        yield from _found(request.plan, outcome, internal)
        yield (
            f"{outcome.executed} sổ đã chạy, {outcome.reused} dùng lại; {outcome.documents} báo "
            f"cáo Word mới; {took}."
        )
    yield from (f"Xem lại: {words}" for words in outcome.remarks)
    yield from (f"Lỗi ở {words}" for words in causes(outcome.failed))
    if outcome.missing:
        yield f"Bộ này chưa có: {listing([*names[[*outcome.missing]]])}. Làm cả bộ: pcmd-eval run."
    if stopping:
        yield f"Còn {stopping} lỗi phải sửa trong các báo cáo: xem {internal / 'check.csv'}."
    if outcome.published:
        signed, public = short(request.places.edition), short(request.places.published)
        made = "" if request.internal else ", làm bằng lệnh này thêm --internal"
        yield f"Báo cáo Word công khai: {public}. Báo cáo để ký, số liệu đầy đủ: {signed}{made}."
        inside = "NỘI BỘ: chỉ báo cáo Word để ký được gửi cấp trên. " if request.internal else ""
        yield f"{inside}Mở {short(request.shown / 'index.html')}."
    elif outcome.failed:
        yield (
            "Chưa công bố; bộ công bố trước (nếu có) giữ nguyên. Sửa rồi chạy lại: phần đã xong "
            "không phải làm lại."
        )
    elif stopping:
        yield f"Chưa công bố. Sửa báo cáo rồi chạy lại; --despite {stopping} công bố dù còn lỗi."
    else:
        yield "Chưa công bố: chương trình hoặc kế hoạch đã bị sửa trong khi chạy. Chạy lại."


def causes(failed: Mapping[str, str]) -> list[str]:
    """A line for each cause: the first places where it arose, how many more there are, and what it
    is.
    """
    places: dict[str, list[str]] = {}
    for place, cause in sorted(failed.items()):
        places.setdefault(cause, []).append(place)
    lines = []
    for cause, where in places.items():
        named = where[:FIRST]
        if more := len(where) - len(named):
            named.append(f"{more} nơi khác")
        lines.append(f"{listing(named)}: {cause}")
    return lines


def _found(plan: Plan, outcome: Outcome, internal: Path) -> Iterator[str]:
    intake, findings = outcome.intake, outcome.findings
    whole = findings[findings.unit_code == plan.province]
    silent = unheard(whole, intake.cells, plan.province)
    said = {at: counted(row, silent[at]) for at, row in whole.iterrows()}
    for row in whole.itertuples():
        look, objective = VERDICTS[row.verdict], plan[row.objective]
        why = f": {said[row.Index]}" if row.verdict == "undetermined" else ""
        yield f"{look.shape} {objective.number}. {objective.title}: {look.word}{why}."
    yield from arrivals(plan, intake.returns)
    if doubtful := (intake.faults.severity == "confirm").sum():
        yield f"{doubtful} điểm cần đơn vị sửa hoặc xác nhận: xem {internal / 'check.html'}."
