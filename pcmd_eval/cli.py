"""The command line: what a user types, what they are told, and the exit code.

0 done · 1 something failed or stopping faults are open · 2 usage · 3 input refused · 4 another run holds the lock.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pcmd_eval.errors import InputRefused
from pcmd_eval.vietnamese import Command, Group, mistake

if TYPE_CHECKING:
    from pcmd_eval.evaluation import Outcome
    from pcmd_eval.project import Project
    from pcmd_eval.publish import Watch

DONE, FAILED, USAGE, REFUSED, LOCKED = range(5)
_INTERRUPTED = 130  # what typer makes of Ctrl-C
DEFAULT_PLAN = "phu_tho_2017"
UsageError: type[Any] = typer.BadParameter.__mro__[1]  # typer carries its own copy of click's, under no public name

app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Đánh giá kế hoạch phòng, chống mại dâm của tỉnh từ báo cáo của các huyện, thành, thị.",
)
_PLAN_WORDS = "Tên kế hoạch trong data/plans, hoặc đường dẫn tệp .yaml."
_RETURNS_WORDS = "Thư mục báo cáo đã nhận (mặc định data/returns/<kế hoạch>)."
_OUTPUT_WORDS = "Thư mục kết quả (mặc định outputs/<kế hoạch>)."
Plan = Annotated[str, typer.Option("--plan", metavar="TÊN_HOẶC_TỆP", help=_PLAN_WORDS)]
Returns = Annotated[Path | None, typer.Option("--returns", metavar="THƯ_MỤC", help=_RETURNS_WORDS)]
Output = Annotated[Path | None, typer.Option("--output", metavar="THƯ_MỤC", help=_OUTPUT_WORDS)]


@app.command(cls=Command, short_help="Ghi biểu mẫu báo cáo trống.")
def template(
    to: Annotated[Path, typer.Option("--to", metavar="THƯ_MỤC", help="Thư mục để ghi các biểu mẫu.")],
    codes: Annotated[list[str] | None, typer.Argument(metavar="MÃ", help="Mã đơn vị; bỏ trống là tất cả.")] = None,
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> int:
    """Ghi biểu mẫu báo cáo trống, điền sẵn tên đơn vị, mỗi đơn vị một tệp Excel."""
    from pcmd_eval.files import write_atomic
    from pcmd_eval.template import blank_return

    project = _project(plan)
    reporters = [project.register.reporter(code) for code in dict.fromkeys(codes or [])] or project.register.reporters
    forms = {to / f"{r.folder}.xlsx": blank_return(project.plan, project.form, project.register, r) for r in reporters}
    if filled := [path.name for path, content in forms.items() if path.exists() and path.read_bytes() != content]:
        raise InputRefused(f"Thư mục “{to}” đã có {', '.join(filled)} với nội dung khác. Chọn thư mục khác.")
    for path, content in forms.items():
        write_atomic(path, content)
    typer.echo(f"Đã ghi {len(forms)} biểu mẫu vào {to}.")
    return DONE


@app.command(cls=Command, short_help="Kiểm tra các báo cáo đã nhận.")
def check(
    as_json: Annotated[
        bool, typer.Option("--json", help="In các chỗ cần sửa dạng JSON, cho chương trình khác đọc.")
    ] = False,
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> int:
    """Đọc báo cáo; nêu tình trạng từng báo cáo và từng chỗ cần sửa, tạo bản đánh dấu để gửi lại cho đơn vị."""
    from pcmd_eval.checks import examine
    from pcmd_eval.feedback import as_json_text, spoken, write_feedback
    from pcmd_eval.sets import locked

    project = _project(plan)
    folder, places = _places(project, returns, output)
    with locked(places):
        intake = examine(folder, project)
        copies = write_feedback(intake, project, folder, places)
    typer.echo(as_json_text(intake) if as_json else spoken(intake, project))
    if not as_json:
        typer.echo(f"Trang kiểm tra: {_short(places.internal / 'check.html')}. Bản đánh dấu để gửi lại: {len(copies)}.")
    if intake.refusals:
        raise InputRefused(*intake.refusals)
    return FAILED if intake.stopping else DONE


@app.command(cls=Command, short_help="Tính mọi kết quả, không chạy sổ nào.")
def evaluate(plan: Plan = DEFAULT_PLAN, returns: Returns = None, output: Output = None) -> int:
    """Đọc báo cáo, tính mọi kết quả và ghi các bảng vào thư mục internal; không chạy sổ nào."""
    from pcmd_eval.evaluation import evaluate_into
    from pcmd_eval.sets import locked
    from pcmd_eval.wording import LOOKS

    project = _project(plan)
    folder, places = _places(project, returns, output)
    with locked(places):
        evaluation = evaluate_into(project, folder, places)
    count = Counter(finding.verdict for finding in evaluation.findings)
    words = ", ".join(f"{count[verdict]} {look.word}" for verdict, look in LOOKS.items() if count[verdict])
    typer.echo(f"{len(evaluation.findings)} kết quả: {words}.")
    typer.echo(f"Các bảng nằm trong {_short(places.internal)}.")
    _say_faults(evaluation.intake.stopping, places.internal)
    return FAILED if evaluation.intake.stopping else DONE


@app.command(cls=Command, short_help="Đánh giá, chạy mọi sổ và công bố.")
def run(
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, metavar="N", help="Số sổ chạy cùng lúc; mặc định là số nhân của máy cộng một."),
    ] = None,
    unit: Annotated[
        list[str] | None,
        typer.Option("--unit", metavar="MÃ", help="Chỉ chạy sổ của đơn vị này; có thể ghi nhiều lần."),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Công bố cả khi còn thiếu sổ; chỗ thiếu ghi “chưa đánh giá” và lý do.")
    ] = False,
    despite: Annotated[
        int | None,
        typer.Option("--despite", min=1, metavar="N", help="Công bố dù còn đúng N lỗi phải sửa trong các báo cáo."),
    ] = None,
    scheduler: Annotated[
        str,
        typer.Option("--scheduler", metavar="ĐỊA_CHỈ", help="Chạy sổ trên các máy của bộ điều phối Dask này."),
    ] = "",
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> int:
    """Đánh giá, chạy mọi sổ cho mọi đơn vị, làm trang tổng hợp và công bố cả bộ."""
    project = _project(plan)
    for code in unit or []:
        project.register.reporter(code)
    from pcmd_eval import paths, publish
    from pcmd_eval.evaluation import Request

    folder, places = _places(project, returns, output)
    request = Request(
        plan, project, folder, places, paths.NOTEBOOKS, tuple(unit or ()), partial, despite, jobs, scheduler
    )
    with _progress() as watch:
        outcome = publish.run(request, watch)
    _say(outcome, places)
    return DONE if outcome.published and not outcome.missing and not outcome.stopping else FAILED


@app.command(cls=Command, short_help="Mở JupyterLab trên bản sao của các sổ.")
def lab(
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Chỉ in địa chỉ, không mở trình duyệt.")] = False,
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> int:
    """Mở JupyterLab, chỉ trên máy này, trong một bản sao của các sổ; sổ mẫu không bị thay đổi."""
    from pcmd_eval.lab import open_lab, working_copy

    _, places = _places(_project(plan), returns, output)
    return open_lab(working_copy(places.lab), returns, not no_browser)


def _project(plan: str) -> "Project":
    from pcmd_eval.project import open_project

    return open_project(plan)


def _places(project: "Project", returns: Path | None, output: Path | None) -> tuple[Path, Any]:
    from pcmd_eval import paths

    name = project.plan.name
    return returns or paths.returns_folder(name), paths.OutputFolder(output or paths.output_folder(name))


# ---- what the user is told ------------------------------------------------------------------------------------------


@contextmanager
def _progress() -> Iterator["Watch"]:
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


def _say(outcome: "Outcome", places: Any) -> None:
    """The end of a run: how many notebooks, which failed and why, what is open, and where to look."""
    reused = f", {len(outcome.reused)} dùng lại" if outcome.reused else ""
    typer.echo(f"{len(outcome.results)} sổ đã chạy, {len(outcome.failed)} lỗi{reused}.")
    for result in outcome.failed:
        typer.echo(f"  Lỗi: {result.words}", err=True)
    _say_faults(outcome.stopping, places.internal)
    if outcome.published:
        lacking = f" (thiếu {len(outcome.missing)} sổ, ghi “chưa đánh giá”)" if outcome.missing else ""
        typer.echo(f"Đã công bố{lacking}. Mở {_short(places.published / 'index.html')}.")
        return
    typer.echo(f"Chưa công bố; bộ công bố trước (nếu có) giữ nguyên. Bộ vừa làm: {_short(outcome.folder)}.", err=True)
    if outcome.failed:
        typer.echo("Sửa các sổ lỗi rồi chạy lại; --partial công bố bộ còn thiếu.", err=True)
    elif outcome.stopping:
        typer.echo(f"Sửa báo cáo rồi chạy lại; --despite {outcome.stopping} công bố dù còn lỗi.", err=True)


def _say_faults(stopping: int, internal: Path) -> None:
    if stopping:
        typer.echo(f"Còn {stopping} lỗi phải sửa trong các báo cáo: xem {_short(internal / 'check.csv')}.", err=True)


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


# ---- from errors to exit codes --------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every reason goes to stderr on a line of its own, and the exit code says which kind it is."""
    for stream in (sys.stdout, sys.stderr):
        if (stream.encoding or "").lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = app(given, prog_name="pcmd-eval", standalone_mode=False) or DONE
        return code if code != _INTERRUPTED else _end(FAILED, "Đã dừng theo yêu cầu; bộ đã công bố giữ nguyên.")
    except InputRefused as refused:
        return _end(REFUSED, *refused.reasons)
    except UsageError as error:
        said = mistake(error.format_message())
        return _end(USAGE, f"Lệnh gõ chưa đúng: {said}. Xem hướng dẫn: pcmd-eval --help")
    except OSError as error:
        name = Path(error.filename).name if error.filename else "tệp"
        return _end(FAILED, f"Không đọc hoặc ghi được {name}: {error.strerror}. Kiểm tra quyền truy cập và chỗ trống.")
    except Exception as error:
        from pcmd_eval.jobs import BrokenTemplate
        from pcmd_eval.sets import LockHeld

        if isinstance(error, LockHeld):
            return _end(LOCKED, str(error))
        if isinstance(error, BrokenTemplate):
            return _end(FAILED, *error.reasons)
        if type(error).__name__ == "SerialisationError":  # lxml's word for a disk that is full
            return _end(FAILED, "Không đọc hoặc ghi được tệp tạm của bảng tính. Kiểm tra chỗ trống trên đĩa.")
        raise


def _end(code: int, *reasons: str) -> int:
    for reason in reasons:
        typer.echo(reason, err=True)
    return code
