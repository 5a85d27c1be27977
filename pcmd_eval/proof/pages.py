"""The steps of every objective as pages of formulas, from cells up to what a finding counts."""

import pandas as pd

from pcmd_eval import words
from pcmd_eval.counting import at_least, of_cases
from pcmd_eval.objectives import CASES, OBJECTIVES
from pcmd_eval.plan import Plan
from pcmd_eval.proof.formulas import (
    HIGH,
    LEFT_OUT,
    LOW,
    NO,
    NUMBERS,
    UNKNOWN,
    YES,
    formula,
    in_words,
    setting,
)
from pcmd_eval.proof.sheets import Sheets, across, formulas, span
from pcmd_eval.proof.trace import endings
from pcmd_eval.spelling import fold

CONTRADICTORY, INCOMPLETE = "mâu thuẫn", "chưa đủ"
UNHANDLED, COMPLETE = "còn vụ chưa xử lý", "đã xử lý hết"
ENDINGS = {
    "contradictory": CONTRADICTORY,
    "incomplete": INCOMPLETE,
    "unhandled": UNHANDLED,
    "complete": COMPLETE,
}
AS_ABOVE, TOLD, SILENT = "như dòng trên", "đã cho biết", "chưa cho biết"
# Heads that formulas name.
COUNTED, VERDICT, HANDLED, STATUS = "Được tính", "Kết luận", "Đã xử lý", "Tình trạng"
LINE, MODEL, MODEL_KEY, NO_LINE = "Dòng được tính", "Mô hình", "Tên và loại để so", "Biểu 4"
VERDICTS = {key: look.word for key, look in words.VERDICTS.items()}
YEAR = "year"  # the second page of cases
HOW = {slug: known.how for slug, known in OBJECTIVES.items()} | {
    YEAR: "Xét lần lượt: có quý mâu thuẫn; còn vụ chưa xử lý; còn quý chưa đủ số liệu; cả năm "
    "không có vụ nào.",
}


# By objective and unit: the range of the last steps, then low, high, total, verdict as formulas.
Found = dict[tuple[str, str], tuple[str, ...]]


def titles(plan: Plan) -> dict[str, str]:
    """The pages by objective, named as the sheets of the form; cases have a second one, `YEAR`.

    An objective without a method of its name in `Pages` has none.
    """
    sheets = {sheet.objective: sheet.name for sheet in plan.form.sheets}
    pages = {slug: name for slug, name in sheets.items() if hasattr(Pages, slug)}
    for slug in plan.counted_by(of_cases):
        pages[YEAR] = f"{sheets[slug]} (cả năm)"
    return pages


def choice(plan: Plan, slug: str, key: str, value: str) -> str:
    """The condition that a rule has this value."""
    return f'{slug}_{key}="{setting(plan[slug].rules[key], value)}"'


class Pages:
    """Fills the pages from the cells that decide and their addresses: `at`, `value_at`, `raw_at`.

    `at` is that of what each counts as. `found`: what the pages come to.
    """

    def __init__(self, plan: Plan, sheets: Sheets, cells: pd.DataFrame) -> None:
        self.plan = plan
        self.sheets = sheets
        # What stands over a column of steps, by its key.
        self.heads = plan.form.names | words.PERIODS | words.LIMBS
        self.found: Found = {}
        for slug in (slug for slug in plan.by_slug if slug in titles(plan)):
            own = cells[cells.objective == slug]
            getattr(self, slug)(own, plan.steps(slug, cells))

    def page(self, name, cells, columns):
        """Fill a page: whose each row is, by its index, the columns, where it was sent."""
        objective = self.plan[cells.objective.iloc[0]]
        keys = columns.index.to_frame()
        senders = keys.reporter.map(self.plan.senders.full_name)
        frame = pd.DataFrame({"Mã đơn vị": keys.reporter, "Đơn vị": senders})
        if "unit_code" in keys:
            frame["Mã xã"] = keys.unit_code
            frame["Xã, phường, thị trấn"] = keys.unit_code.map(self.plan.register.full_name)
        for key, head in {"row": "Dòng", "period": "Kỳ"}.items():
            if key in keys:
                frame[head] = keys[key].replace({**words.PERIODS, "none": LEFT_OUT})
        source = cells.groupby(columns.index.names).link.first().rename("Nguồn")
        frame = pd.concat([frame, columns.rename(columns=self.heads), source], axis=1)
        title = f"Chỉ tiêu {objective.heading}"
        quoted = f"Kế hoạch: “{objective.sentence}”."
        return self.sheets.write(titles(self.plan)[name], HOW[name], frame, title, quoted)

    def parts(self, cells, keys, enough, standing, asked=""):
        """The last of the keys as columns: a part counts with so many of its cells, and stands only
        where a rule asks for it, `asked`.
        """
        areas = cells.groupby(keys).at.agg(span)
        counts = formula("at_least", area=areas, needed=enough, asked=asked)
        return formulas(counts, in_words(standing), LEFT_OUT).unstack()

    def share(self, cells, parts, needed, wholes, asked=""):
        """An objective that counts the rows of its page, those of a unit and all.

        A row counts with so many `needed` of its parts; `asked`: the condition that a rule asks for
        it. `wholes` is what the package finds of it.
        """
        slug = cells.objective.iloc[0]
        own = across([self.heads[key] for key in parts])
        counts = formula("at_least", area=own, needed=needed, asked=asked)
        counted = formulas(counts, in_words(wholes), LEFT_OUT)
        at = self.page(slug, cells, parts.fillna("").assign(**{COUNTED: counted}))[COUNTED]
        areas = {**at.groupby(level="reporter").agg(span), self.plan.province: span(at)}
        for unit, area in areas.items():
            target = self.plan.target(slug, unit)
            self.found[slug, unit] = (
                area,
                formula("count", area=area, word=YES),
                formula("plus", number=LOW, area=area, word=UNKNOWN),
                formula("plus", number=HIGH, area=area, word=NO),
                formula("judged", shape=target.value.shape if target else ""),
            )

    def communication(self, cells, steps):
        """Communes by quarter."""
        by = ["reporter", "unit_code", "period"]
        numbers = cells.groupby(by).period.first().str[1:]
        asked = formula("among", part=numbers, rule="communication_quarters")
        quarters = self.parts(cells, by, 1, steps["quarters"], asked)
        self.share(cells, quarters, "communication_active_quarters", steps["communes"])

    def integration(self, cells, steps):
        """Districts by programme: a document, and that it was carried out."""
        programmes = self.parts(cells, ["reporter", "row"], 2, steps["programmes"])
        self.share(cells, programmes, "integration_min_programmes", steps["districts"])

    def harm_reduction(self, cells, steps):
        """Districts by limb."""
        by = ["reporter", cells.row.str[:3].rename("limb")]
        limbs = self.parts(cells, by, 1, steps["limbs"])
        needed = f"IF({choice(self.plan, 'harm_reduction', 'limbs', 'both')},2,1)"
        self.share(cells, limbs, needed, steps["districts"])

    def media(self, cells, steps):
        """Months by outlet."""
        by = ["reporter", "period", "row"]
        rule = self.plan.values("media")["outlets"]
        every = choice(self.plan, "media", "outlets", "all")
        outlets = cells.groupby(by).row.first()
        asked = formula("any_or_among", any=every, part=outlets, rule="media_outlets")
        covered = at_least(1, cells.some, [cells[key] for key in by])
        if rule != "all":
            covered = covered[covered.index.isin(rule, level="row")]
        months = self.parts(cells, by, 1, covered, asked)
        numbers = months.index.to_frame().period.str.lstrip("M0")
        asked = formula("among", part=numbers, rule="media_months")
        self.share(cells, months, "1", steps["months"], asked)

    def support_model(self, cells, steps):
        """Lines of all returns.

        Those with the same name and type are one model: its best counts.
        """
        each = cells.set_index(["reporter", "row"]).fillna({"value": "", "raw": ""})
        names = each[each.column == "name"]
        areas = each[each.column != "name"].groupby(level=["reporter", "row"]).at.agg(span)
        rest = names[~names.index.isin(areas.index)]  # where there are no lines
        kinds = each[each.column == "type"]
        columns = {
            "Tên mô hình": formulas(names.raw_at + '&""', names.raw),
            LINE: formulas(formula("at_least", area=areas, needed=3), in_words(steps["lines"])),
            **_models(names.loc[areas.index], kinds, steps["models"]),
            NO_LINE: formulas(
                formula("told", cell=rest["at"]), rest.counts.map({False: TOLD}).fillna(SILENT)
            ),
        }
        frame = pd.DataFrame(columns, names.index)
        frame = frame.fillna({NO_LINE: TOLD}).fillna(LEFT_OUT)
        at = self.page("support_model", cells, frame)
        models = span(at[MODEL])
        silent = span(at[NO_LINE])
        self.found["support_model", self.plan.province] = (
            models,
            formula("count", area=models, word=YES),
            formula("unless_silent", area=silent, models=models),
            "",
            formula("judged", shape="count"),
        )

    def enforcement(self, cells, steps):
        """Cases by quarter of detection; the first condition that holds is how a quarter stands."""
        by = ["reporter", "period", "row"]
        quarters = steps["quarters"]
        # All cells of a row that stands twice are unreadable.
        each = cells.drop_duplicates(by).set_index(by)
        known = formula("known", cell=each["at"], value=each.value_at)
        numbers = quarters[[*CASES.values()]].set_axis([*CASES], axis=1).stack()
        columns = formulas(known, numbers).unstack("row")
        of_quarter = {name: f"[{self.heads[code]}]" for code, name in CASES.items()}
        of_quarter["counted"] = choice(self.plan, "enforcement", "pending", "handled")
        columns[HANDLED] = formulas(formula("handled", **of_quarter), quarters.handled)
        status = formula("quarter", **of_quarter)
        columns[STATUS] = formulas(status, endings(quarters).map(ENDINGS))
        at = self.page("enforcement", cells, columns)
        self.of_the_year(cells, at.groupby(level="reporter").agg(span), steps["reporters"])

    def of_the_year(self, cells, quarters, own):
        """What the quarters of each reporter come to, and those of all."""
        low, high, _, total = NUMBERS
        handled = formula("sum", area=quarters[HANDLED])
        bounded = formula("unless_incomplete", quarters=quarters[STATUS])
        every = formula("sum_of_all", area=quarters[self.heads["6.3"]], many=4)
        judged = formula("of_quarters", quarters=quarters[STATUS])
        columns = {
            low: formulas(handled, own.low),
            high: formulas(bounded, own.high),
            total: formulas(every, own.total),
            VERDICT: formulas(judged, own.verdict.map(VERDICTS)),
        }
        at = self.page(YEAR, cells, pd.DataFrame(columns))
        for unit, row in at.iterrows():
            counts = row[[low, high, total]]
            self.found["enforcement", unit] = row[VERDICT], *counts, row[VERDICT]
        verdict = span(at[VERDICT])
        self.found["enforcement", self.plan.province] = (
            verdict,
            formula("sum", area=span(at[low])),
            formula("sum_of_all", area=span(at[high]), many=len(at)),
            formula("sum_of_all", area=span(at[total]), many=len(at)),
            formula("of_reporters", verdicts=verdict),
        )


def _models(lines, kinds, models):
    """What tells the model of each line, and beside its first line how a model stands."""
    keys = lines.value.map(fold) + " | " + kinds.value
    standing = keys.map(in_words(models).set_axis(models.index.map(" | ".join)))
    return {
        MODEL_KEY: formulas(lines["at"] + '&" | "&' + kinds.value_at, keys),
        MODEL: formulas(
            formula("best_line", key=MODEL_KEY, line=LINE),
            standing.mask(keys.duplicated(), AS_ABOVE),
        ),
    }
