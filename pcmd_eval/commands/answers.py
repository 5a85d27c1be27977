"""The commands that answer for a number: its cells, what changed since, and whether a set is what its run made."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pcmd_eval.commands.options import DEFAULT_PLAN, DONE, FAILED, Output, Plan, Returns, places_of, project_of
from pcmd_eval.commands.telling import progress, short

if TYPE_CHECKING:
    from pcmd_eval.proof.trace import Step
    from pcmd_eval.proof.words import CellWords

_SHOWN = 40  # cells printed; the file has them all


def trace(
    unit: Annotated[str, typer.Argument(metavar="ĐƠN_VỊ", help="Mã huyện, thành, thị hoặc mã tỉnh.")],
    objective: Annotated[str, typer.Argument(metavar="CHỈ_TIÊU", help="Số hoặc tên của chỉ tiêu.")],
    everything: Annotated[bool, typer.Option("--all", help="In mọi ô, không chỉ những ô đầu.")] = False,
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> int:
    """Nêu từng ô đằng sau một kết luận: tệp, biểu, ô, nội dung, và ô ấy được tính là gì theo quy tắc nào."""
    from pcmd_eval.batch.evaluation import evaluate_into
    from pcmd_eval.batch.sets import locked
    from pcmd_eval.display import counted
    from pcmd_eval.proof.trace import trace as steps_of
    from pcmd_eval.proof.words import CellWords, rule_words
    from pcmd_eval.wording import LOOKS

    project = project_of(plan)
    chosen, slug = project.register.reporter(unit), project.plan.objective(objective).slug
    folder, places = places_of(project, returns, output)
    with locked(places):
        evaluation = evaluate_into(project, folder, places)
    finding = next(f for f in evaluation.findings if (f.unit_code, f.objective) == (unit, slug))
    look, steps = LOOKS[finding.verdict], steps_of(evaluation.intake.evidence, chosen, slug)
    typer.echo(f"{finding.unit_name}, {project.plan[slug].title}: {look.shape} {look.word}. {finding.reason}")
    typer.echo(f"Số đếm: {counted(finding) or '–'}. {len(steps)} ô:")
    words = CellWords(project.form, project.register)
    for step in steps if everything else steps[:_SHOWN]:
        typer.echo(f"  {_line(step, words)} · {rule_words(project.plan, step)} · {words.parts(step)}")
    if len(steps) > _SHOWN and not everything:
        typer.echo(f"  … và {len(steps) - _SHOWN} ô nữa; thêm --all để in hết.")
    pages = places.internal / "trace"
    typer.echo(f"Bảng đầy đủ: {short(pages / f'{unit}-{slug}.csv')}. Trang: {short(pages / f'{unit}.html')}.")
    return DONE


def _line(step: "Step", words: "CellWords") -> str:
    """A cell: where it stands, what it is about, what it says and what it counted as."""
    from pcmd_eval.proof.words import STANDING_WORDS, seen

    return f"{words.place(step.observation)} · “{seen(step.observation)}” · {STANDING_WORDS[step.counts_as]}"


def diff(
    old: Annotated[Path, typer.Argument(metavar="CŨ", help="Bộ trước: thư mục kết quả hoặc một bộ đã công bố.")],
    new: Annotated[Path, typer.Argument(metavar="MỚI", help="Bộ kết quả sau.")],
    plan: Plan = DEFAULT_PLAN,
    returns: Returns = None,
    output: Output = None,
) -> int:
    """Nêu kết luận nào đổi giữa hai bộ, và báo cáo, ô nào làm đổi; không nêu gì khác."""
    from pcmd_eval.proof.changes import diff as changes_between
    from pcmd_eval.proof.changes import spoken

    project = project_of(plan)
    titles = {objective.slug: objective.title for objective in project.plan.objectives}
    typer.echo(spoken(changes_between(old, new, project), titles))
    return DONE


def verify(
    folder: Annotated[Path, typer.Argument(metavar="BỘ", help="Thư mục kết quả, hoặc riêng thư mục published.")],
    notebooks: Annotated[
        int | None, typer.Option("--notebooks", min=0, metavar="N", help="Chỉ chạy lại N sổ; mặc định là tất cả.")
    ] = None,
    plan: Annotated[str, typer.Option("--plan", metavar="TÊN_HOẶC_TỆP", help="Mặc định: kế hoạch ghi trong bộ.")] = "",
    returns: Returns = None,
    output: Output = None,
) -> int:
    """Kiểm tra một bộ kết quả: từng tệp còn nguyên, và tính lại từ các báo cáo vẫn ra đúng như vậy."""
    from pcmd_eval.proof.verify import spoken
    from pcmd_eval.proof.verify import verify as verified

    # Elsewhere the answer is all there is to print: one line when all is well.
    with progress() if sys.stdout.isatty() else nullcontext(lambda result, total: None) as watch:
        found = verified(folder, returns, plan, notebooks, watch)
    typer.echo(spoken(found))
    return FAILED if found.differences else DONE
