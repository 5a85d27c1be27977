"""What `check` says, on a page and in the terminal: the returns at a glance, what to mend, and whom
to ask for what.
"""

import pandas as pd
from markupsafe import Markup

from pcmd_eval.intake.faults import DEGREES, degree
from pcmd_eval.intake.returns import Intake
from pcmd_eval.observations import COUNTS
from pcmd_eval.plan import Plan
from pcmd_eval.proof.reminders import foremost
from pcmd_eval.show import table_html
from pcmd_eval.site.arrivals import arrivals
from pcmd_eval.site.dress import fill, page
from pcmd_eval.words import ILLUSTRATIVE, INTERNAL, number

_CELLS = 8  # named in one line of the table of reminders; all of them stand in reminders.csv


def check_page(plan: Plan, intake: Intake, reminders: pd.DataFrame) -> bytes:
    """The page of `check` (HTML): summary, what to ask for first, returns, faults by severity and
    unit, reminders.
    """
    illustrative = (intake.returns.illustrative == "yes").any()
    marks = [INTERNAL] + [plan.mark] * bool(plan.mark) + [ILLUSTRATIVE] * bool(illustrative)
    frames = {
        "returns": _returns(plan, intake),
        "faults": _faults(plan, intake),
        "asked": _asked(plan, reminders),
    }
    tables = {name: Markup(table_html(frame)) for name, frame in frames.items() if len(frame)}
    foot = fill("foot.html.j2", plan=plan, own={}, said=())
    return page(
        "check.html.j2",
        f"Kiểm tra báo cáo – Kế hoạch số {plan.plan}",
        marks,
        plan=plan,
        menu="",
        foot=foot,
        tables=tables,
        summary=summary(plan, intake),
        first=foremost(plan, reminders, intake.returns),
    )


def spoken(plan: Plan, intake: Intake, reminders: pd.DataFrame) -> list[str]:
    """What `check` prints: the summary, one fault a line, worst first, and the things most worth
    asking for.
    """
    faults = _faults(plan, intake)
    where = (faults.unit_name + "; " + faults.place).str.removesuffix("; ")
    lines = "[" + faults.severity + "] " + where + ": " + faults.message
    first = foremost(plan, reminders, intake.returns)
    return [
        *summary(plan, intake),
        *lines,
        *(["Nên hỏi trước:"] if first else []),
        *(f"- {said}" for said in first),
    ]


def summary(plan: Plan, intake: Intake) -> list[str]:
    """The returns and the faults in a few sentences."""
    counts = _degrees(plan, intake).value_counts()
    points = (f"{number(int(counts.get(word, 0)))} điểm {word}" for word in DEGREES)
    return [*arrivals(plan, intake.returns), f"{', '.join(points)}."]


def _degrees(plan: Plan, intake: Intake) -> pd.Series:
    """What each fault asks of its sender."""
    faults = intake.faults
    words = map(degree, [plan.form] * len(faults), faults.severity, faults.rule)
    return pd.Series([*words], faults.index, dtype="string")


def _returns(plan: Plan, intake: Intake) -> pd.DataFrame:
    """Each file and each return that did not come, with its state, its faults and its cells."""
    own = intake.returns
    counts = pd.crosstab(intake.faults.file, _degrees(plan, intake))
    counts = counts.reindex(index=own.file, columns=[*DEGREES], fill_value=0).set_axis(own.index)
    bodies = own.reporter.map(plan.senders.full_name).fillna(own.file)
    told = own.assign(unit_name=bodies, state=own.state.map(plan.return_words))
    shown = [told[["unit_name", "state", "sent"]], counts.rename(columns=str.capitalize)]
    return pd.concat([*shown, own[[*COUNTS]]], axis=1)


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
            "unit_name": own.reporter.map(names).fillna("chưa rõ đơn vị"),
            "severity": _degrees(plan, intake),
            "place": pd.Series(place, own.index, dtype="string").mask(
                own.sheet == "", ("tệp " + own.file).mask(own.rule == "refused", "")
            ),
            "raw": own.value,
            "message": own.message,
        }
    )


def _asked(plan: Plan, reminders: pd.DataFrame) -> pd.DataFrame:
    """One row for each reporter and open finding: how many cells, which, and what they decide."""
    rows = reminders.groupby(["unit_name", "objective", "settles"], sort=False)
    table = rows.agg(**{"Số ô": ("item", "size"), "Các ô": ("cell", _first)}).reset_index()
    titles = {slug: objective.heading for slug, objective in plan.by_slug.items()}
    return table.assign(objective=table.objective.map(titles))


def _first(cells: pd.Series) -> str:
    places = cells.dropna()
    return ", ".join(places[:_CELLS]) + (" …" if len(places) > _CELLS else "")
