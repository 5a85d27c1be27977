"""The steps of every objective as pages of formulas, from cells up to what a finding counts."""

import pandas as pd

from pcmd_eval import words
from pcmd_eval.counting import at_least, of_cases
from pcmd_eval.objectives import CASES, OBJECTIVES
from pcmd_eval.plan import Plan
from pcmd_eval.proof import formulas as f
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
    return f'{slug}_{key}="{f.setting(plan[slug].rules[key], value)}"'


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
                frame[head] = keys[key].replace({**words.PERIODS, "none": f.LEFT_OUT})
        source = cells.groupby(columns.index.names).link.first().rename("Nguồn")
        frame = pd.concat([frame, columns.rename(columns=self.heads), source], axis=1)
        title = f"Chỉ tiêu {objective.heading}"
        quoted = f"Kế hoạch: “{objective.sentence}”."
        return self.sheets.write(titles(self.plan)[name], HOW[name], frame, title, quoted)

    def parts(self, cells, keys, enough, standing, asked=None):
        """The last of the keys as columns: a part counts with so many of its cells, and stands only
        where a rule asks for it: `asked`, by the key.
        """
        areas = cells.groupby(keys).at.agg(span)
        counts = f.at_least(enough, areas)
        if asked:
            counts = f.only_if(asked(areas.index.to_frame()), counts)
        return formulas(counts, f.said(standing), f.LEFT_OUT)

    def share(self, cells, parts, needed, wholes, asked=None):
        """An objective that counts the rows of its page, those of a unit and all.

        A row counts with so many `needed` of its parts; `asked`: the condition that a rule asks for
        it. `wholes` is what the package finds of it.
        """
        slug = cells.objective.iloc[0]
        counts = f.at_least(needed, across([self.heads[key] for key in parts]))
        if asked is not None:
            counts = f.only_if(asked, counts)
        counted = formulas(counts, f.said(wholes), f.LEFT_OUT)
        at = self.page(slug, cells, parts.fillna("").assign(**{COUNTED: counted}))[COUNTED]
        areas = {**at.groupby(level="reporter").agg(span), self.plan.province: span(at)}
        for unit, area in areas.items():
            target = self.plan.target(slug, unit)
            self.found[slug, unit] = (
                area,
                f.count(area, f.YES),
                f"{f.LOW}+{f.count(area, f.UNKNOWN)}",
                f"{f.HIGH}+{f.count(area, f.NO)}",
                f.judged(target.value.shape if target else ""),
            )

    def communication(self, cells, steps):
        """Communes by quarter."""

        def asked(keys):
            return f.among(keys.period.str[1:], "communication_quarters")

        by = ["reporter", "unit_code", "period"]
        quarters = self.parts(cells, by, 1, steps["quarters"], asked).unstack()
        self.share(cells, quarters, "communication_active_quarters", steps["communes"])

    def integration(self, cells, steps):
        """Districts by programme: a document, and that it was carried out."""
        programmes = self.parts(cells, ["reporter", "row"], 2, steps["programmes"]).unstack()
        self.share(cells, programmes, "integration_min_programmes", steps["districts"])

    def harm_reduction(self, cells, steps):
        """Districts by limb."""
        by = ["reporter", cells.row.str[:3].rename("limb")]
        limbs = self.parts(cells, by, 1, steps["limbs"]).unstack()
        needed = f"IF({choice(self.plan, 'harm_reduction', 'limbs', 'both')},2,1)"
        self.share(cells, limbs, needed, steps["districts"])

    def media(self, cells, steps):
        """Months by outlet."""
        by = ["reporter", "period", "row"]
        rule = self.plan.values("media")["outlets"]
        every = choice(self.plan, "media", "outlets", "all")

        def asked(keys):
            one = f.among(keys.row, "media_outlets")
            return f.text("OR({every},{one})", every=every, one=one)

        covered = at_least(1, cells.some, [cells[key] for key in by])
        if rule != "all":
            covered = covered[covered.index.isin(rule, level="row")]
        months = self.parts(cells, by, 1, covered, asked).unstack()
        numbers = months.index.to_frame().period.str.lstrip("M0")
        self.share(cells, months, "1", steps["months"], f.among(numbers, "media_months"))

    def support_model(self, cells, steps):
        """Lines of all returns.

        Those with the same name and type are one model: its best counts.
        """
        each = cells.set_index(["reporter", "row"]).fillna({"value": "", "raw": ""})
        names = each[each.column == "name"]
        areas = each[each.column != "name"].groupby(level=["reporter", "row"]).at.agg(span)
        rest = names[~names.index.isin(areas.index)]  # where there are no lines
        told = f.first_of((rest["at"] + f'="{f.NO}"', TOLD), otherwise=SILENT)
        kinds = each[each.column == "type"]
        columns = {
            "Tên mô hình": formulas(names.raw_at + '&""', names.raw),
            LINE: formulas(f.at_least(3, areas), f.said(steps["lines"])),
            **_models(names.loc[areas.index], kinds, steps["models"]),
            NO_LINE: formulas(told, rest.counts.map({False: TOLD}).fillna(SILENT)),
        }
        frame = pd.DataFrame(columns, names.index)
        frame = frame.fillna({NO_LINE: TOLD}).fillna(f.LEFT_OUT)
        at = self.page("support_model", cells, frame)
        models = span(at[MODEL])
        silent = f.count(span(at[NO_LINE]), SILENT)
        self.found["support_model", self.plan.province] = (
            models,
            f.count(models, f.YES),
            f'IF({silent}>0,"",{f.LOW}+{f.count(models, f.UNKNOWN)})',
            "",
            f.judged("count"),
        )

    def enforcement(self, cells, steps):
        """Cases by quarter of detection; the first condition that holds is how a quarter stands."""
        by = ["reporter", "period", "row"]
        quarters = steps["quarters"]
        # All cells of a row that stands twice are unreadable.
        each = cells.drop_duplicates(by).set_index(by)
        if_known = f'IF({{at}}="{f.UNKNOWN}","",{{value}})'
        known = f.text(if_known, at=each["at"], value=each.value_at)
        numbers = quarters[[*CASES.values()]].set_axis([*CASES], axis=1).stack()
        columns = formulas(known, numbers).unstack("row")
        status, handled = self.quarter()
        columns[HANDLED] = formulas(handled, quarters.handled)
        columns[STATUS] = formulas(status, endings(quarters).map(ENDINGS))
        at = self.page("enforcement", cells, columns)
        self.of_the_year(cells, at.groupby(level="reporter").agg(span), steps["reporters"])

    def quarter(self):
        """How a quarter stands, and how many of its cases were handled."""
        with_pending = choice(self.plan, "enforcement", "pending", "handled")
        detected, administrative, criminal, pending = (f"[{self.heads[code]}]" for code in CASES)
        closed = f"{administrative}:{criminal}"
        reported = f"COUNT({detected}:{criminal})+IF({with_pending},COUNT({pending}),1)"
        differs = f"AND(ISNUMBER({pending}),SUM({administrative}:{pending})<>{detected})"
        status = f.first_of(
            (f"{reported}<4", INCOMPLETE),
            (f"OR(SUM({closed})>{detected},{differs})", CONTRADICTORY),
            (f"[{HANDLED}]<{detected}", UNHANDLED),
            otherwise=COMPLETE,
        )
        known = f"COUNT({closed})+IF({with_pending},COUNT({pending}),0)"
        handled = f'IF({known}=0,"",SUM({closed})+IF({with_pending},SUM({pending}),0))'
        return status, handled

    def of_the_year(self, cells, quarters, own):
        """What the quarters of each reporter come to, and those of all."""
        low, high, _, total = f.NUMBERS
        incomplete = f.count(quarters[STATUS], INCOMPLETE)
        handled = f.text("SUM({area})", area=quarters[HANDLED])
        bounded = f.text('IF({gaps}>0,"",{low})', gaps=incomplete, low=f.LOW)
        every = f.text('IF(COUNT({area})=4,SUM({area}),"")', area=quarters[self.heads["6.3"]])
        columns = {
            low: formulas(handled, own.low),
            high: formulas(bounded, own.high),
            total: formulas(every, own.total),
            VERDICT: formulas(_of_quarters(quarters[STATUS]), own.verdict.map(VERDICTS)),
        }
        at = self.page(YEAR, cells, pd.DataFrame(columns))
        for unit, row in at.iterrows():
            counts = row[[low, high, total]]
            self.found["enforcement", unit] = row[VERDICT], *counts, row[VERDICT]
        verdict = span(at[VERDICT])
        worst = [(f.count(verdict, word) + ">0", word) for word in (f.NOT_MET, f.OPEN, f.MET)]
        self.found["enforcement", self.plan.province] = (
            verdict,
            f"SUM({span(at[low])})",
            _sum_of_all(at[high]),
            _sum_of_all(at[total]),
            f.first_of(*worst, otherwise=f.NONE_AROSE),
        )


def _models(lines, kinds, models):
    """What tells the model of each line, and beside its first line how a model stands."""
    keys = lines.value.map(fold) + " | " + kinds.value
    standing = keys.map(f.said(models).set_axis(models.index.map(" | ".join)))
    return {
        MODEL_KEY: formulas(lines["at"] + '&" | "&' + kinds.value_at, keys),
        MODEL: formulas(_best_line(), standing.mask(keys.duplicated(), AS_ABOVE)),
    }


def _best_line():
    """What the lines of one model come to, told once, beside the first of them."""
    same = f"[:{MODEL_KEY}:]=[{MODEL_KEY}]"
    above = f"[:{MODEL_KEY}]=[{MODEL_KEY}]"
    again = f"SUMPRODUCT(1*({above}))>1"
    some = f"SUMPRODUCT(({same})*([:{LINE}:]={{word}}))>0"
    counts = some.format(word=f'"{f.YES}"')
    may = some.format(word=f'"{f.UNKNOWN}"')
    return f.first_of((again, AS_ABOVE), (counts, f.YES), (may, f.UNKNOWN), otherwise=f.NO)


def _of_quarters(status):
    """The verdict on a reporter, by how its quarters stand."""
    order = {CONTRADICTORY: f.OPEN, UNHANDLED: f.NOT_MET, INCOMPLETE: f.OPEN}
    some = [(f.count(status, word) + ">0", verdict) for word, verdict in order.items()]
    return f.first_of(*some, (f"{f.TOTAL}=0", f.NONE_AROSE), otherwise=f.MET)


def _sum_of_all(cells):
    """The sum of a column, none where one of its cells has no number."""
    area = span(cells)
    return f'IF(COUNT({area})={len(cells)},SUM({area}),"")'
