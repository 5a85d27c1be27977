"""The command line: what a user types, what they are told, and the exit code.

0 done · 1 something failed or stopping faults are open · 2 usage · 3 input refused · 4 another run holds the lock.
"""

import signal
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from pcmd_eval.commands import answers
from pcmd_eval.commands.options import (
    DEFAULT_PLAN,
    DONE,
    FAILED,
    LOCKED,
    REFUSED,
    USAGE,
    Output,
    Plan,
    Returns,
    places_of,
    project_of,
)
from pcmd_eval.commands.telling import progress, say, say_faults, say_remade, short
from pcmd_eval.commands.vietnamese import Command, Group, mistake
from pcmd_eval.errors import InputRefused

_INTERRUPTED = 130  # what typer makes of Ctrl-C
UsageError: type[Any] = typer.BadParameter.__mro__[1]  # typer carries its own copy of click's, under no public name


class Audience(StrEnum):
    """Who reads what a run makes."""

    PUBLIC = "public"
    INTERNAL = "internal"


class RuleSet(StrEnum):
    """Which rules on the form of documents a review follows."""

    TT01 = "tt01"
    ND30 = "nd30"


class Issuer(StrEnum):
    """Who issues the province's review."""

    DEPARTMENT = "so"
    COMMITTEE = "ubnd"


app = typer.Typer(
    cls=Group,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Đánh giá kế hoạch phòng, chống mại dâm của tỉnh từ báo cáo của các huyện, thành, thị.",
)
_AUDIENCES = "public: công bố; internal: chỉ ghi sổ đầy đủ vào thư mục internal, không công bố."
_RULE_SETS = "Thể thức: tt01 (Thông tư 01/2011/TT-BNV) hoặc nd30 (Nghị định 30/2020/NĐ-CP)."
_ISSUERS = "Cơ quan ban hành báo cáo của tỉnh: so (Sở) hoặc ubnd (UBND tỉnh)."


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
    from pcmd_eval.intake.template import blank_return
    from pcmd_eval.wording import listing

    project = project_of(plan)
    chosen = [project.register.reporter(code) for code in dict.fromkeys(codes or [])]
    reporters = [u for u in chosen or project.register.reporters if project.form.sheets_of(u, project.register)]
    if idle := [unit.full_name for unit in chosen if unit not in reporters]:
        raise InputRefused(f"Kế hoạch {project.plan.plan} không cần báo cáo của {listing(idle)}. Bỏ mã đó.")
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
    from pcmd_eval.batch.kept import seal
    from pcmd_eval.batch.sets import locked
    from pcmd_eval.intake.checks import examine
    from pcmd_eval.intake.feedback import as_json_text, nowhere, spoken, write_feedback
    from pcmd_eval.site.entry import ways

    project = project_of(plan)
    folder, places = places_of(project, returns, output)
    with locked(places):
        intake = examine(folder, project)
        way = ways(intake.evidence, project.form) if (places.internal / "returns").is_dir() else nowhere
        copies = write_feedback(intake, project, folder, places, way)
        seal(places, of="")
    typer.echo(as_json_text(intake) if as_json else spoken(intake, project))
    if not as_json:
        typer.echo(f"Trang kiểm tra: {short(places.internal / 'check.html')}. Bản đánh dấu để gửi lại: {len(copies)}.")
    if intake.refusals:
        raise InputRefused(*intake.refusals)
    return FAILED if intake.stopping else DONE


@app.command(cls=Command, short_help="Tính mọi kết quả, không chạy sổ nào.")
def evaluate(plan: Plan = DEFAULT_PLAN, returns: Returns = None, output: Output = None) -> int:
    """Đọc báo cáo, tính mọi kết quả và ghi các bảng vào thư mục internal; không chạy sổ nào."""
    from pcmd_eval.batch.evaluation import evaluate_into
    from pcmd_eval.batch.sets import locked
    from pcmd_eval.wording import LOOKS

    project = project_of(plan)
    folder, places = places_of(project, returns, output)
    with locked(places):
        evaluation = evaluate_into(project, folder, places)
    count = Counter(finding.verdict for finding in evaluation.findings)
    words = ", ".join(f"{count[verdict]} {look.word}" for verdict, look in LOOKS.items() if count[verdict])
    typer.echo(f"{len(evaluation.findings)} kết quả: {words}.")
    typer.echo(f"Các bảng nằm trong {short(places.internal)}.")
    say_faults(evaluation.intake.stopping, places.internal)
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
    audience: Annotated[Audience, typer.Option("--audience", metavar="NƠI_DÙNG", help=_AUDIENCES)] = Audience.PUBLIC,
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> int:
    """Đánh giá, chạy mọi sổ cho mọi đơn vị, làm trang tổng hợp và công bố cả bộ."""
    project = project_of(plan)
    for code in unit or []:
        project.register.reporter(code)
    from pcmd_eval import paths
    from pcmd_eval.batch import publish
    from pcmd_eval.batch.evaluation import Request
    from pcmd_eval.batch.jobs import load_limits

    folder, places = places_of(project, returns, output)
    request = Request(
        plan, project, folder, places, paths.NOTEBOOKS, tuple(unit or ()), partial, despite, jobs, scheduler
    )
    request = replace(request, audience=audience.value, limits=load_limits())
    with progress() as watch:
        outcome = publish.run(request, watch)
    say(outcome, places, audience is Audience.INTERNAL)
    return DONE if outcome.published and not outcome.missing and not outcome.stopping else FAILED


@app.command(cls=Command, short_help="Làm lại báo cáo Word và PDF của bộ đã công bố.")
def review(
    file: Annotated[
        Path | None, typer.Argument(metavar="MẪU", help="Tệp mẫu Word để kiểm tra, cùng với --check-template.")
    ] = None,
    rules: Annotated[RuleSet | None, typer.Option("--rules", metavar="THỂ_THỨC", help=_RULE_SETS)] = None,
    issuer: Annotated[Issuer | None, typer.Option("--issuer", metavar="CƠ_QUAN", help=_ISSUERS)] = None,
    check_template: Annotated[
        bool, typer.Option("--check-template", help="Chỉ đối chiếu mẫu Word với dữ liệu, không làm báo cáo.")
    ] = False,
    despite: Annotated[
        int | None,
        typer.Option("--despite", min=1, metavar="N", help="Làm dù còn đúng N lỗi trong phần người viết."),
    ] = None,
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> int:
    """Làm lại báo cáo của tỉnh và từng huyện từ số liệu đã công bố và phần người viết trong data/narrative."""
    from pcmd_eval.review import reviews

    project = project_of(plan)
    _, places = places_of(project, returns, output)
    if check_template:
        faults = reviews.check_template(reviews.open_current(project, places), rules, file)
        for fault in faults:
            typer.echo(fault)
        typer.echo(f"Mẫu có {len(faults)} chỗ cần sửa." if faults else "Mẫu khớp với dữ liệu.")
        return FAILED if faults else DONE
    if file:
        raise typer.BadParameter("tệp mẫu chỉ dùng cùng --check-template")
    remade = reviews.remake(project, places, rules, issuer, despite)
    say_remade(remade, places)
    return DONE if remade.published and not remade.faults else FAILED


@app.command(cls=Command, short_help="Mở JupyterLab trên bản sao của các sổ.")
def lab(
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Chỉ in địa chỉ, không mở trình duyệt.")] = False,
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> int:
    """Mở JupyterLab, chỉ trên máy này, trong một bản sao của các sổ; sổ mẫu không bị thay đổi."""
    from pcmd_eval.commands.lab import open_lab, working_copy

    project = project_of(plan)
    _, places = places_of(project, returns, output)
    return open_lab(working_copy(places.lab, project, plan), returns, not no_browser)


for _command, _words in (
    (answers.trace, "Nêu từng ô đằng sau một kết luận."),
    (answers.diff, "Nêu điều gì đổi giữa hai bộ kết quả, và vì sao."),
    (answers.verify, "Kiểm tra một bộ kết quả còn nguyên và tính lại đúng."),
):
    app.command(cls=Command, short_help=_words)(_command)


# ---- from errors to exit codes --------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every reason goes to stderr on a line of its own, and the exit code says which kind it is."""
    for stream in (sys.stdout, sys.stderr):
        if (stream.encoding or "").lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    for name in ("SIGTERM", "SIGHUP"):  # ended as by Ctrl-C: kernels, and the tables they were given, go with the run
        number, own = getattr(signal, name, None), threading.current_thread() is threading.main_thread()
        if number and own and signal.getsignal(number) is signal.SIG_DFL:  # under nohup it is not
            signal.signal(number, _interrupted)
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
        from pcmd_eval.batch.jobs import BrokenTemplate
        from pcmd_eval.batch.sets import LockHeld

        if isinstance(error, LockHeld):
            return _end(LOCKED, str(error))
        if isinstance(error, BrokenTemplate):
            return _end(FAILED, *error.reasons)
        if type(error).__name__ == "SerialisationError":  # lxml's word for a disk that is full
            return _end(FAILED, "Không đọc hoặc ghi được tệp tạm của bảng tính. Kiểm tra chỗ trống trên đĩa.")
        raise


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _end(code: int, *reasons: str) -> int:
    for reason in reasons:
        typer.echo(reason, err=True)
    return code
