"""The commands of pcmd-eval.

Each takes --plan, --returns and --output, even if it does not need them: users need not remember
which. Docstrings of commands are their help. Commands import what they need when they run: others
would wait for it.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from pcmd_eval import __version__
from pcmd_eval.util import paths
from pcmd_eval.util.errors import DONE, FAILED, InputRefused
from pcmd_eval.util.vocabulary import SCENARIO_SUFFIX

DEFAULT_PLAN = "phu_tho_2017"
SHOWN = 40  # cells of a trace that are printed; the CSV file has all

# The options that every command takes.
Plan = Annotated[
    str,
    typer.Option("--plan", metavar="KẾ_HOẠCH", help="Tên kế hoạch hoặc tệp .yaml."),
]
Returns = Annotated[
    Path | None,
    typer.Option(
        "--returns",
        metavar="THƯ_MỤC",
        readable=False,  # not checked here: intake has a better message
        help="Thư mục báo cáo của các đơn vị; bỏ trống là data/returns/KẾ_HOẠCH.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", metavar="THƯ_MỤC", help="Thư mục ghi kết quả; bỏ trống là outputs/KẾ_HOẠCH."
    ),
]
# The options of `run`.
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", min=1, metavar="N", help="Số sổ chạy cùng lúc; bỏ trống: theo máy."),
]
Units = Annotated[
    list[str] | None,
    typer.Option(
        "--unit", metavar="ĐƠN_VỊ", help="Chỉ đơn vị này (mã hoặc tên); ghi được nhiều lần."
    ),
]
Despite = Annotated[
    int | None,
    typer.Option("--despite", min=1, metavar="N", help="Công bố dù còn đúng N lỗi phải sửa."),
]
Scheduler = Annotated[
    str,
    typer.Option(
        "--scheduler", metavar="ĐỊA_CHỈ", help="Chạy sổ trên các máy của bộ điều phối Dask này."
    ),
]

app = typer.Typer(
    pretty_exceptions_enable=False,
    help="Đánh giá kế hoạch phòng, chống mại dâm cấp tỉnh từ báo cáo của các đơn vị.",
)


def _say_version(is_asked: bool) -> None:
    """Print the version and exit if --version was given."""
    if is_asked:
        typer.echo(f"pcmd-eval {__version__}")
        raise typer.Exit


@app.callback()
def common_options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Nêu phiên bản."),
    ] = False,
) -> None:
    """Options that may stand before a command."""


@app.command()
def template(
    to: Annotated[
        Path, typer.Option("--to", metavar="THƯ_MỤC", help="Thư mục để ghi các biểu mẫu.")
    ],
    codes: Annotated[
        list[str] | None, typer.Argument(metavar="MÃ", help="Mã đơn vị; bỏ trống là tất cả.")
    ] = None,
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> None:
    """Ghi biểu mẫu báo cáo trống, điền sẵn tên đơn vị, mỗi đơn vị một tệp Excel."""
    from pcmd_eval.office.forms.blank_form import blank_return
    from pcmd_eval.plan.plan import load_plan
    from pcmd_eval.util.files import write_atomic

    loaded_plan = load_plan(plan)
    forms = {}
    for code in codes or loaded_plan.reporters.index:
        unit = loaded_plan.unit(code).name
        if loaded_plan.sheets_of(unit):
            name = f"{loaded_plan.register.folder[unit]}.xlsx"
            forms[to / name] = blank_return(loaded_plan, unit)
    if not forms:
        raise InputRefused(
            f"Kế hoạch {loaded_plan.plan} không yêu cầu "
            f"{', '.join(codes or ['đơn vị nào'])} gửi báo cáo."
        )
    others = [p.name for p, content in forms.items() if p.exists() and p.read_bytes() != content]
    if others:
        raise InputRefused(
            f"Thư mục “{to}” đã có {', '.join(others)} với nội dung khác. Chọn thư mục khác."
        )
    for path, content in forms.items():
        write_atomic(path, content)
    _say(f"Đã ghi {len(forms)} biểu mẫu vào {to}.")


@app.command()
def check(plan: Plan = DEFAULT_PLAN, returns: Returns = None, output: Output = None) -> None:
    """Đọc báo cáo; nêu tình trạng từng báo cáo, từng chỗ cần sửa, tạo bản đánh dấu để gửi lại."""
    from pcmd_eval.office.batch.evaluate import check_returns

    loaded_plan, returns, folders = _plan_and_folders(plan, returns, output)
    intake, lines = check_returns(loaded_plan, returns, folders)
    _say(*lines)
    if intake.refusals:
        raise InputRefused(*intake.refusals)
    raise typer.Exit(FAILED if intake.stopping_count else DONE)


@app.command()
def evaluate(plan: Plan = DEFAULT_PLAN, returns: Returns = None, output: Output = None) -> None:
    """Đọc báo cáo, tính mọi kết quả và ghi các bảng vào thư mục internal; không chạy sổ nào."""
    from pcmd_eval.analysis.case_queries import all_findings
    from pcmd_eval.office.batch.evaluate import evaluate_returns

    loaded_plan, returns, folders = _plan_and_folders(plan, returns, output)
    intake, case = evaluate_returns(loaded_plan, returns, folders)
    tables = paths.shorten_path(folders.internal)
    mark = SCENARIO_SUFFIX * bool(loaded_plan.trial)
    _say(f"{len(all_findings(case))} kết quả{mark}. Các bảng nằm trong {tables}.")
    if stopping := intake.stopping_count:
        _say(f"Còn {stopping} lỗi phải sửa trong các báo cáo: xem {tables / 'check.csv'}.")
        raise typer.Exit(FAILED)


@app.command()
def run(
    jobs: Jobs = None,
    unit: Units = None,
    despite: Despite = None,
    scheduler: Scheduler = "",
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> None:
    """Đánh giá, chạy mọi sổ, làm báo cáo Word và trang tổng hợp, rồi công bố cả bộ.

    Không có gì thay đổi từ lần chạy trước thì không chạy gì; có thay đổi thì làm lại tất cả.
    """
    from pcmd_eval.office.batch import fingerprint

    name = Path(plan).stem
    folders = paths.OutputFolders(output or paths.output_folder(name))
    inputs = plan, returns or paths.returns_folder(plan), sorted(unit or ())
    state = fingerprint.hash_request(*inputs)
    if lines := fingerprint.load_closing_lines(folders, state):
        _say("Không có gì thay đổi từ lần chạy trước, khi đó:", *lines)
        return

    from pcmd_eval.office.batch.progress import show_progress, summary_lines
    from pcmd_eval.office.batch.run import run
    from pcmd_eval.office.batch.run_request import Request

    loaded_plan, returns, folders = _plan_and_folders(plan, returns, output)
    units = tuple(dict.fromkeys(loaded_plan.unit(written).name for written in unit or ()))
    request = Request(plan, loaded_plan, returns, folders, units, despite, jobs, scheduler)
    with show_progress() as progress:
        outcome = run(request, progress, typer.echo)
    lines = summary_lines(outcome, request)
    _say(*lines)
    if not outcome.published or outcome.intake.stopping_count:
        raise typer.Exit(FAILED)
    if fingerprint.hash_request(*inputs) == state:  # nothing changed while it ran
        fingerprint.save_closing_lines(folders, state, lines)


@app.command()
def trace(
    unit: Annotated[
        str, typer.Argument(metavar="ĐƠN_VỊ", help="Mã hoặc tên đơn vị gửi báo cáo, hoặc của tỉnh.")
    ],
    objective: Annotated[str, typer.Argument(metavar="CHỈ_TIÊU", help="Số hoặc tên của chỉ tiêu.")],
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> None:
    """Nêu từng ô đằng sau một kết luận: tệp, biểu, ô, nội dung, và ô ấy được tính là gì."""
    from pcmd_eval.analysis.trace import trace, trace_lines
    from pcmd_eval.office.batch.evaluate import evaluate_returns
    from pcmd_eval.util.files import to_csv_bytes, write_atomic

    loaded_plan, returns, folders = _plan_and_folders(plan, returns, output)
    code, slug = loaded_plan.unit(unit).name, loaded_plan.objective(objective).slug
    _, case = evaluate_returns(loaded_plan, returns, folders)
    finding = case.at(code).finding(slug)
    rows = trace(loaded_plan, case.cells, code, slug)
    path = folders.internal / "trace" / f"{code}-{slug}.csv"
    write_atomic(path, to_csv_bytes(rows))
    _say(f"{finding.unit_name}, {loaded_plan[slug].title}. {finding.reason}")
    _say(
        *trace_lines(loaded_plan, rows.head(SHOWN)),
        f"{len(rows)} ô; tất cả ở {paths.shorten_path(path)}.",
    )


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="BỘ_CŨ", help="Thư mục kết quả trước.")],
    new: Annotated[Path, typer.Argument(metavar="BỘ_MỚI", help="Thư mục kết quả sau.")],
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> None:
    """Nêu các kết luận và các ô khác nhau giữa hai bộ kết quả."""
    from pcmd_eval.analysis.diff import diff, diff_lines
    from pcmd_eval.plan.plan import load_plan

    loaded_plan = load_plan(plan)
    findings, cells = diff(loaded_plan, paths.OutputFolders(old), paths.OutputFolders(new))
    _say(*diff_lines(loaded_plan, findings, cells))


@app.command()
def verify(
    results: Annotated[Path, typer.Argument(metavar="KẾT_QUẢ", help="Thư mục kết quả.")],
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> None:
    """Chạy lại bộ kết quả trong một thư mục tạm và so từng tệp: “đúng”, hoặc nêu chỗ khác."""
    from pcmd_eval.office.batch.progress import show_progress
    from pcmd_eval.office.batch.verify import verify
    from pcmd_eval.plan.plan import load_plan

    loaded_plan = load_plan(plan)
    returns = returns or paths.returns_folder(plan)
    with show_progress() as progress:
        verification = verify(plan, loaded_plan, returns, results, progress)
    _say(*(f"Khác: {difference}" for difference in verification.differences))
    if not verification.differences:
        _say("đúng")
    if verification.environment:
        _say("Môi trường khác khi làm bộ này (các con số: xem trên):", *verification.environment)
    raise typer.Exit(FAILED if verification.differences else DONE)


@app.command()
def lab(
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Chỉ in địa chỉ, không mở trình duyệt.")
    ] = False,
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> None:
    """Mở JupyterLab, chỉ trên máy này, trong một bản sao của các sổ; sổ mẫu không bị thay đổi."""
    from pcmd_eval.office.lab.jupyter import copy_notebooks, open_lab

    loaded_plan, _, folders = _plan_and_folders(plan, returns, output)
    if returns:
        paths.require_folder(returns)
    open_lab(copy_notebooks(folders.lab, loaded_plan, plan), returns, not no_browser)


# ---- shared by the commands ----------------------------------------------------------------------


def _plan_and_folders(
    written: str, returns: Path | None, output: Path | None
) -> tuple[Any, Path, paths.OutputFolders]:
    """Return the plan, the folder of returns and the output folders, with defaults for None.

    `written`: the plan as typed, a name or a .yaml path. Raises InputRefused if a
    plan file outside data/plans would overwrite the results of the shipped plan of its name.
    """
    from pcmd_eval.plan.plan import load_plan

    plan = load_plan(written)
    usual = paths.output_folder(plan.name)
    folders = paths.OutputFolders(output or usual)
    shipped = paths.PLANS / f"{plan.name}.yaml"
    is_foreign = written.endswith(".yaml") and shipped.exists() and not shipped.samefile(written)
    if is_foreign and folders.root.resolve() == usual.resolve():
        raise InputRefused(
            f"Thư mục {paths.shorten_path(usual)} là của kế hoạch {plan.name} trong data/plans, "
            f"không phải của “{written}”. Đổi tên tệp kế hoạch, hoặc chọn thư mục khác bằng "
            "--output."
        )
    return plan, returns or paths.returns_folder(written), folders


def _say(*lines: str) -> None:
    for line in lines:
        typer.echo(line)
