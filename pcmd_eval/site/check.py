"""What `check` says, on a page and in the terminal: the returns at a glance, what to mend, and whom to ask for what."""

import pandas as pd
from markupsafe import Markup

from pcmd_eval.intake.faults import SEVERITIES
from pcmd_eval.intake.returns import Intake
from pcmd_eval.observations import counting
from pcmd_eval.plan import Plan
from pcmd_eval.proof.reminders import foremost
from pcmd_eval.show import table_html
from pcmd_eval.site.pages import MARKS, fill
from pcmd_eval.words import ILLUSTRATIVE, INTERNAL, RETURN_WORDS, listing, long_date, number, short_date

_CELLS = 8  # named in one line of the table of reminders; all of them stand in reminders.csv
_NOT_OURS = ["superseded", "not_asked"]


def check_page(plan: Plan, intake: Intake, reminders: pd.DataFrame) -> bytes:
    """The page of `check` (HTML): summary, what to ask for first, returns, faults by severity and unit, reminders."""
    marks = {INTERNAL: True, plan.mark: bool(plan.mark), ILLUSTRATIVE: (intake.returns.illustrative == "yes").any()}
    tables = {"returns": _returns(plan, intake), "faults": _faults(plan, intake), "asked": _asked(plan, reminders)}
    return fill(
        "check.html.j2",
        plan=plan,
        issued=long_date(plan.issued),
        marks=[mark + MARKS.get(mark, "") for mark, holds in marks.items() if holds],
        menu="",
        summary=summary(plan, intake),
        first=foremost(plan, reminders),
        **{name: Markup(table_html(frame)) if len(frame) else "" for name, frame in tables.items()},
    ).encode()


def spoken(plan: Plan, intake: Intake, reminders: pd.DataFrame) -> list[str]:
    """What `check` prints: the summary, one fault a line, worst first, and the things most worth asking for."""
    faults = _faults(plan, intake)
    lines = "[" + faults["Mức độ"] + "] " + faults["Đơn vị"] + "; " + faults["Chỗ"] + ": " + faults["Cần làm gì"]
    first = foremost(plan, reminders)
    return [*summary(plan, intake), *lines, *(["Nên hỏi trước:"] if first else []), *(f"- {said}" for said in first)]


def summary(plan: Plan, intake: Intake) -> list[str]:
    """The returns and the faults in two or three sentences."""
    due = intake.returns[intake.returns.reporter.isin(plan.reporters.index) & ~intake.returns.state.isin(_NOT_OURS)]
    received, late = counting(due), due[due.late == "yes"]
    said = [f"Đã nhận {len(received)}/{due.reporter.nunique()} báo cáo, {number(len(late))} gửi muộn."]
    for state, words in (("missing", "Chưa gửi"), ("unreadable", "Không đọc được")):
        if len(own := due[due.state == state]):
            said.append(f"{words}: {listing([*own.unit_name.unique()])}.")
    counts = intake.faults.severity.value_counts()
    return [*said, f"{', '.join(f'{number(int(counts.get(s, 0)))} chỗ {word}' for s, word in SEVERITIES.items())}."]


def _returns(plan: Plan, intake: Intake) -> pd.DataFrame:
    own, counts = intake.returns, pd.crosstab(intake.faults.file, intake.faults.severity)
    counts = counts.reindex(index=own.file.fillna(""), columns=[*SEVERITIES], fill_value=0).set_axis(own.index)
    return pd.DataFrame(
        {
            "Đơn vị": own.unit_name.fillna(own.file),
            "Báo cáo": own.state.map(RETURN_WORDS),
            "Ngày gửi": pd.to_datetime(own.sent).map(short_date, na_action="ignore"),
            **{word.capitalize(): counts[severity] for severity, word in SEVERITIES.items()},
            "Ô có số liệu": own.reported.map(number) + "/" + own.expected.map(number),
            "Ô trống": own.blank,
            "Ô không đọc được": own.unreadable,
        }
    )


def _faults(plan: Plan, intake: Intake) -> pd.DataFrame:
    own, names = intake.faults.fillna(""), plan.register.full_name
    unit, within = own.reporter.map(names), own.unit_code.where(own.unit_code != own.reporter, "").map(names)
    parts = pd.DataFrame({"sheet": own.sheet, "cell": ("ô " + own["cell"]).where(own["cell"] != ""), "within": within})
    parts = parts.assign(column=own.column).fillna("")
    place = [", ".join(filter(None, row)) for row in parts.itertuples(index=False)]
    return pd.DataFrame(
        {
            "Mức độ": own.severity.map(SEVERITIES),
            "Đơn vị": unit.fillna("chưa rõ đơn vị"),
            "Chỗ": pd.Series(place, own.index, dtype="string").mask(own.sheet == "", "tệp " + own.file),
            "raw": own.value,
            "Cần làm gì": own.message,
        }
    )


def _asked(plan: Plan, reminders: pd.DataFrame) -> pd.DataFrame:
    """One row for each reporter and open finding: which cells, and what they decide."""
    titles = {objective.slug: f"{objective.number}. {objective.title}" for objective in plan.objectives}
    keys = ["unit_name", "objective", "settles"]
    rows = [
        {
            "Hỏi đơn vị": unit,
            "Chỉ tiêu": titles[slug],
            "Số ô": len(own),
            "Các ô": ", ".join(own.cell.dropna()[:_CELLS]) + (" …" if own.cell.count() > _CELLS else ""),
            "Để biết": settles,
        }
        for (unit, slug, settles), own in reminders.groupby(keys, sort=False)
    ]
    return pd.DataFrame(rows)
