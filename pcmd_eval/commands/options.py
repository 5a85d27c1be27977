"""What every command takes and how it ends: the plan, the returns, the output folder, and the exit codes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pcmd_eval import paths

if TYPE_CHECKING:
    from pcmd_eval.project import Project

DONE, FAILED, USAGE, REFUSED, LOCKED = range(5)
DEFAULT_PLAN = "phu_tho_2017"
_PLAN_WORDS = "Tên kế hoạch trong data/plans, hoặc đường dẫn tệp .yaml."
_RETURNS_WORDS = "Thư mục báo cáo đã nhận (mặc định data/returns/<kế hoạch>)."
_OUTPUT_WORDS = "Thư mục kết quả (mặc định outputs/<kế hoạch>)."
Plan = Annotated[str, typer.Option("--plan", metavar="TÊN_HOẶC_TỆP", help=_PLAN_WORDS)]
Returns = Annotated[Path | None, typer.Option("--returns", metavar="THƯ_MỤC", help=_RETURNS_WORDS)]
Output = Annotated[Path | None, typer.Option("--output", metavar="THƯ_MỤC", help=_OUTPUT_WORDS)]


def project_of(plan: str) -> "Project":
    """The plan with its form and register; raises InputRefused that names what is wrong."""
    from pcmd_eval.project import open_project  # the help texts do not wait for it

    return open_project(plan)


def places_of(project: "Project", returns: Path | None, output: Path | None) -> tuple[Path, paths.OutputFolder]:
    """The folder of the returns and that of the results: those named, else those of the plan."""
    name = project.plan.name
    return returns or paths.returns_folder(name), paths.OutputFolder(output or paths.output_folder(name))
