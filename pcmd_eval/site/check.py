"""What `check` says, on a page and in the terminal: the returns at a glance, what to mend, and whom to ask for what."""

import pandas as pd
from markupsafe import Markup

from pcmd_eval.intake.faults import SEVERITIES
from pcmd_eval.intake.returns import Intake
from pcmd_eval.observations import COUNTS, counting
from pcmd_eval.plan import Plan
from pcmd_eval.proof.reminders import foremost
from pcmd_eval.show import table_html
from pcmd_eval.site.pages import MARKS, fill
from pcmd_eval.words import ILLUSTRATIVE, INTERNAL, listing, long_date, number

_CELLS = 8  # named in one line of the table of reminders; all of them stand in reminders.csv
_NOT_OURS = ["superseded", "not_asked"]


def check_page(plan: Plan, intake: Intake, reminders: pd.DataFrame) -> bytes:
    """The page of `check` (HTML): summary, what to ask for first, returns, faults by severity and unit, reminders."""
    marks = {
        INTERNAL: True,
        plan.mark: bool(plan.mark),
        ILLUSTRATIVE: (intake.returns.illustrative == "yes").any(),
    }
    tables = {
        "returns": _returns(intake),
        "faults": _faults(plan, intake),
        "asked": _asked(plan, reminders),
    }
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
    lines = (
        "["
        + faults.severity
        + "] "
        + faults.unit_name
        + "; "
        + faults.place
        + ": "
        + faults.message
    )
    first = foremost(plan, reminders)
    return [
        *summary(plan, intake),
        *lines,
        *(["Nên hỏi trước:"] if first else []),
        *(f"- {said}" for said in first),
    ]


def summary(plan: Plan, intake: Intake) -> list[str]:
    """The returns and the faults in two or three sentences."""
    due = intake.returns[
        intake.returns.reporter.isin(plan.reporters.index) & ~intake.returns.state.isin(_NOT_OURS)
    ]
    received, late = counting(due), due[due.late == "yes"]
    said = [
        f"Đã nhận {len(received)}/{due.reporter.nunique()} báo cáo, {number(len(late))} gửi muộn."
    ]
    for state, words in (("missing", "Chưa gửi"), ("unreadable", "Không đọc được")):
        if len(own := due[due.state == state]):
            said.append(f"{words}: {listing([*own.unit_name.unique()])}.")
    counts = intake.faults.severity.value_counts()
    return [
        *said,
        f"{', '.join(f'{number(int(counts.get(s, 0)))} chỗ {word}' for s, word in SEVERITIES.items())}.",
    ]


def _returns(intake: Intake) -> pd.DataFrame:
    """Each file and each return that did not come, with its state, its faults and its cells."""
    own, counts = intake.returns, pd.crosstab(intake.faults.file, intake.faults.severity)
    counts = counts.reindex(
        index=own.file.fillna(""), columns=[*SEVERITIES], fill_value=0
    ).set_axis(own.index)
    counts = counts.rename(
        columns={severity: word.capitalize() for severity, word in SEVERITIES.items()}
    )
    own = own.assign(unit_name=own.unit_name.fillna(own.file))
    return pd.concat([own[["unit_name", "state", "sent"]], counts, own[[*COUNTS]]], axis=1)


def _faults(plan: Plan, intake: Intake) -> pd.DataFrame:
    own, names = intake.faults.fillna(""), plan.register.full_name
    parts = pd.DataFrame(
        {"sheet": own.sheet, "cell": ("ô " + own["cell"]).where(own["cell"] != "")}
    )
    parts = parts.assign(
        within=own.unit_code.where(own.unit_code != own.reporter).map(names), column=own.column
    )
    place = [", ".join(filter(None, row)) for row in parts.fillna("").itertuples(index=False)]
    return pd.DataFrame(
        {
            "severity": own.severity.map(SEVERITIES),
            "unit_name": own.reporter.map(names).fillna("chưa rõ đơn vị"),
            "place": pd.Series(place, own.index, dtype="string").mask(
                own.sheet == "", "tệp " + own.file
            ),
            "raw": own.value,
            "message": own.message,
        }
    )


def _asked(plan: Plan, reminders: pd.DataFrame) -> pd.DataFrame:
    """One row for each reporter and open finding: how many cells, which, and what they decide."""
    rows = reminders.groupby(["unit_name", "objective", "settles"], sort=False)
    table = rows.agg(**{"Số ô": ("item", "size"), "Các ô": ("cell", _first)}).reset_index()
    titles = {
        objective.slug: f"{objective.number}. {objective.title}" for objective in plan.objectives
    }
    return table.assign(objective=table.objective.map(titles))


def _first(cells: pd.Series) -> str:
    named = cells.dropna()
    return ", ".join(named[:_CELLS]) + (" …" if len(named) > _CELLS else "")
