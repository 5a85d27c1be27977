"""What the user is told while a command runs and when it ends."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from pcmd_eval.batch.evaluation import Outcome
    from pcmd_eval.batch.publish import Watch
    from pcmd_eval.review.reviews import Remade


@contextmanager
def progress() -> Iterator["Watch"]:
    """One bar (done, failed, time left) on a terminal; elsewhere a line now and then."""
    failed = 0
    if not sys.stdout.isatty():
        done, said = 0, time.monotonic()

        def tell(result: Any, total: int) -> None:
            nonlocal done, failed, said
            done, failed = done + 1, failed + (not result.done)
            if done == total or time.monotonic() - said > 10:
                said = time.monotonic()
                typer.echo(f"Đã chạy {done}/{total} sổ, {failed} lỗi.")

        yield tell
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("Chạy sổ"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}, {task.fields[failed]} lỗi, còn"),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bar:
        task = bar.add_task("", total=None, failed=0)

        def show(result: Any, total: int) -> None:
            nonlocal failed
            failed += not result.done
            bar.update(task, advance=1, total=total, failed=failed)

        yield show


def say(outcome: "Outcome", places: Any, internal: bool) -> None:
    """The end of a run: how many notebooks, which failed and why, what is open, and where to look."""
    from pcmd_eval.review.narrative import spoken

    reused = f", {len(outcome.reused)} dùng lại" if outcome.reused else ""
    typer.echo(f"{len(outcome.results)} sổ đã chạy, {len(outcome.failed)} lỗi{reused}.")
    for result in outcome.failed:
        typer.echo(f"  Lỗi: {result.words}", err=True)
    say_faults(outcome.evaluation.intake.stopping, places.internal)
    for fault in outcome.contradictions:
        typer.echo(spoken(fault), err=True)
    for note in outcome.notes:
        typer.echo(note)
    if internal:
        _say_internal(outcome)
        return
    if outcome.published:
        lacking = f" (thiếu {len(outcome.missing)} sổ, ghi “chưa đánh giá”)" if outcome.missing else ""
        typer.echo(f"Đã công bố{lacking}. Mở {short(places.published / 'index.html')}.")
        return
    typer.echo(f"Chưa công bố; bộ công bố trước (nếu có) giữ nguyên. Bộ vừa làm: {short(outcome.folder)}.", err=True)
    if outcome.failed:
        typer.echo("Sửa các sổ lỗi rồi chạy lại; --partial công bố bộ còn thiếu.", err=True)
    elif outcome.leaks:
        typer.echo("Số liệu dưới đây có thể làm lộ thông tin về một vài người:", err=True)
        for sentence in outcome.leaks:
            typer.echo(f"  {sentence}", err=True)
        typer.echo("Ghi thêm các số ấy vào also_withheld trong data/disclosure.yaml rồi chạy lại.", err=True)
    elif outcome.stopping:
        what = "phần người viết" if outcome.contradictions else "báo cáo"
        typer.echo(f"Sửa {what} rồi chạy lại; --despite {outcome.stopping} công bố dù còn lỗi.", err=True)


def _say_internal(outcome: "Outcome") -> None:
    """The end of a run for the department: where the notebooks are, and that readers see nothing of it."""
    kept = "Bộ đã công bố không bị thay đổi."
    if outcome.published:
        lacking = f" (thiếu {len(outcome.missing)} sổ)" if outcome.missing else ""
        typer.echo(f"NỘI BỘ: đã ghi các sổ đầy đủ{lacking}. Mở {short(outcome.folder / 'index.html')}. {kept}")
        return
    typer.echo(f"Chưa ghi xong sổ nội bộ; bộ nội bộ trước (nếu có) giữ nguyên. {kept}", err=True)


def say_faults(stopping: int, internal: Path) -> None:
    """How many stopping faults are open, and where they are listed."""
    if stopping:
        typer.echo(f"Còn {stopping} lỗi phải sửa trong các báo cáo: xem {short(internal / 'check.csv')}.", err=True)


def short(path: Path) -> Path:
    """The path as it is typed from where the user is."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def say_remade(remade: "Remade", places: Any) -> None:
    """The end of `review`: what is wrong in people's words, by file and line, and where the documents are."""
    from pcmd_eval.review.narrative import spoken

    for fault in remade.faults:
        typer.echo(spoken(fault), err=True)
    if not remade.published and remade.notes:
        for note in remade.notes:
            typer.echo(note, err=True)
        typer.echo("Chưa thay báo cáo; bộ đã công bố giữ nguyên.", err=True)
        return
    if not remade.published:
        count = len(remade.faults)
        typer.echo(
            f"Chưa làm báo cáo: còn {count} lỗi phải sửa trong phần người viết. Bộ đã công bố giữ nguyên.", err=True
        )
        typer.echo(f"Sửa rồi chạy lại; --despite {count} làm báo cáo dù còn lỗi.", err=True)
        return
    words = sum(name.endswith(".docx") for name in remade.files)
    typer.echo(f"Đã làm {words} báo cáo Word và {len(remade.files) - words} bản PDF.")
    for note in remade.notes:
        typer.echo(note)
    typer.echo(f"Báo cáo của tỉnh: {short(places.published / 'province' / 'review.docx')}.")
    typer.echo("Muốn sửa tay: chép vào thư mục documents rồi sửa bản chép; công cụ không bao giờ ghi vào đó.")
