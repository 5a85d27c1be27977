"""The steps of every objective as pages of formulas, from cells up to what a finding counts."""

import pandas as pd

from pcmd_eval import words
from pcmd_eval.counting import Steps, at_least, of_cases
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
            getattr(self, slug)(own, OBJECTIVES[slug](cells, plan.values(slug), plan.year))

    def page(self, name: str, cells: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
        """Fill a page: whose each row is, by its index, the columns, where it was sent."""
        objective = self.plan[cells.objective.iloc[0]]
        keys = columns.index.to_frame()
        names = {**self.plan.register.full_name, self.plan.province: self.plan.own_bodies}
        frame = pd.DataFrame({"Mã đơn vị": keys.reporter, "Đơn vị": keys.reporter.map(names)})
        if "unit_code" in keys:
            frame["Mã xã"] = keys.unit_code
            frame["Xã, phường, thị trấn"] = keys.unit_code.map(names)
        for key, head in {"row": "Dòng", "period": "Kỳ"}.items():
            if key in keys:
                frame[head] = keys[key].replace({**words.PERIODS, "none": f.LEFT_OUT})
        source = cells.groupby(columns.index.names).link.first().rename("Nguồn")
        frame = pd.concat([frame, columns.rename(columns=self.heads), source], axis=1)
        title = f"Chỉ tiêu {objective.number}. {objective.title}"
        quoted = f"Kế hoạch: “{objective.sentence}”."
        return self.sheets.write(titles(self.plan)[name], HOW[name], frame, title, quoted)

    def share(
        self,
        cells: pd.DataFrame,
        parts: pd.DataFrame,
        needed: str,
        wholes: pd.Series,
        asked: pd.Series | None = None,
    ) -> None:
        """An objective that counts the rows of its page, those of a unit and all.

        A row counts with so many `needed` of its parts; `asked`: the condition that a rule asks for
        it. `wholes` is what the package finds of it.
        """
        slug = cells.objective.iloc[0]
        counts = f.at_least(needed, across([self.heads[key] for key in parts]))
        counts = counts if asked is None else f.only_if(asked, counts)
        counted = formulas(counts, f.said(wholes), f.LEFT_OUT)
        at = self.page(slug, cells, parts.fillna("").assign(**{COUNTED: counted}))[COUNTED]
        areas = {**at.groupby(level="reporter").agg(span), self.plan.province: span(at)}
        for unit, area in areas.items():
            low, unknown, no = (f.count(area, word) for word in (f.YES, f.UNKNOWN, f.NO))
            target = self.plan.target(slug, unit)
            verdict = f.judged(target.value.shape if target else "")
            high = f"{f.LOW}+{unknown}"
            total = f"{f.HIGH}+{no}"
            self.found[slug, unit] = area, low, high, total, verdict

    def communication(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Communes by quarter."""
        areas = cells.groupby(["reporter", "unit_code", "period"]).at.agg(span)
        asked = f.among(areas.index.to_frame().period.str[1:], "communication_quarters")
        active = f.only_if(asked, f.at_least(1, areas))
        quarters = formulas(active, f.said(steps["quarters"]), f.LEFT_OUT).unstack()
        self.share(cells, quarters, "communication_active_quarters", steps["communes"])

    def integration(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Districts by programme: a document, and that it was carried out."""
        areas = cells.groupby(["reporter", "row"]).at.agg(span)
        programmes = formulas(f.at_least(2, areas), f.said(steps["programmes"])).unstack()
        self.share(cells, programmes, "integration_min_programmes", steps["districts"])

    def harm_reduction(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Districts by limb."""
        areas = cells.groupby(["reporter", cells.row.str[:3].rename("limb")]).at.agg(span)
        limbs = formulas(f.at_least(1, areas), f.said(steps["limbs"])).unstack()
        needed = f"IF({choice(self.plan, 'harm_reduction', 'limbs', 'both')},2,1)"
        self.share(cells, limbs, needed, steps["districts"])

    def media(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Months by outlet."""
        keys = ["reporter", "period", "row"]
        rule = self.plan.values("media")["outlets"]
        areas = cells.groupby(keys).at.agg(span)
        outlets = areas.index.to_frame().row
        every = choice(self.plan, "media", "outlets", "all")
        asked = f"OR({every}," + f.among(outlets, "media_outlets") + ")"
        covered = f.said(at_least(1, cells.some, [cells[key] for key in keys]))
        covered = covered.where(outlets.isin(outlets if rule == "all" else rule), f.LEFT_OUT)
        months = formulas(f.only_if(asked, f.at_least(1, areas)), covered).unstack()
        numbers = months.index.to_frame().period.str.lstrip("M0")
        self.share(cells, months, "1", steps["months"], f.among(numbers, "media_months"))

    def support_model(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Lines of all returns.

        Those with the same name and type are one model: its best counts.
        """
        each = cells.set_index(["reporter", "row"]).fillna({"value": "", "raw": ""})
        names = each[each.column == "name"]
        areas = each[each.column != "name"].groupby(level=["reporter", "row"]).at.agg(span)
        rest = names[~names.index.isin(areas.index)]  # where there are no lines
        told = f.first_of((rest["at"] + f'="{f.NO}"', TOLD), otherwise=SILENT)
        columns = {
            "Tên mô hình": formulas(names.raw_at + '&""', names.raw),
            LINE: formulas(f.at_least(3, areas), f.said(steps["lines"])),
            **_models(names.loc[areas.index], each[each.column == "type"], steps["models"]),
            NO_LINE: formulas(told, rest.counts.map({False: TOLD}).fillna(SILENT)),
        }
        frame = pd.DataFrame(columns, names.index).fillna({NO_LINE: TOLD}).fillna(f.LEFT_OUT)
        at = self.page("support_model", cells, frame)
        models = span(at[MODEL])
        told = span(at[NO_LINE])
        low = f.count(models, f.YES)
        unknown = f.count(models, f.UNKNOWN)
        high = f'IF({f.count(told, SILENT)}>0,"",{f.LOW}+{unknown})'
        self.found["support_model", self.plan.province] = models, low, high, "", f.judged("count")

    def enforcement(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Cases by quarter of detection; the first condition that holds is how a quarter stands."""
        keys = ["reporter", "period", "row"]
        quarters = steps["quarters"]
        # All cells of a row that stands twice are unreadable.
        each = cells.drop_duplicates(keys).set_index(keys)
        known = "IF(" + each["at"] + f'="{f.UNKNOWN}","",' + each.value_at + ")"
        numbers = quarters[[*CASES.values()]].set_axis([*CASES], axis=1).stack()
        status, handled = self.quarter()
        columns = formulas(known, numbers).unstack("row")
        columns[HANDLED] = formulas(handled, quarters.handled)
        columns[STATUS] = formulas(status, endings(quarters).map(ENDINGS))
        at = self.page("enforcement", cells, columns)
        self.of_the_year(cells, at.groupby(level="reporter").agg(span), steps["reporters"])

    def quarter(self) -> tuple[str, str]:
        """How a quarter stands, and how many of its cases were handled."""
        with_pending = choice(self.plan, "enforcement", "pending", "handled")
        detected, administrative, criminal, pending = (f"[{self.heads[code]}]" for code in CASES)
        closed = f"{administrative}:{criminal}"
        all_three = f"{administrative}:{pending}"
        reported = f"COUNT({detected}:{criminal})+IF({with_pending},COUNT({pending}),1)"
        differs = f"AND(ISNUMBER({pending}),SUM({all_three})<>{detected})"
        status = f.first_of(
            (f"{reported}<4", INCOMPLETE),
            (f"OR(SUM({closed})>{detected},{differs})", CONTRADICTORY),
            (f"[{HANDLED}]<{detected}", UNHANDLED),
            otherwise=COMPLETE,
        )
        known = f"COUNT({closed})+IF({with_pending},COUNT({pending}),0)"
        handled = f'IF({known}=0,"",SUM({closed})+IF({with_pending},SUM({pending}),0))'
        return status, handled

    def of_the_year(self, cells: pd.DataFrame, quarters: pd.DataFrame, own: pd.DataFrame) -> None:
        """What the quarters of each reporter come to, and those of all."""
        low, high, _, total = f.NUMBERS
        detected = quarters[self.heads["6.3"]]
        handled = quarters[HANDLED]
        incomplete = f.count(quarters[STATUS], INCOMPLETE)
        columns = {
            low: formulas("SUM(" + handled + ")", own.low),
            high: formulas("IF(" + incomplete + f'>0,"",{f.LOW})', own.high),
            total: formulas("IF(COUNT(" + detected + ")=4,SUM(" + detected + '),"")', own.total),
            VERDICT: formulas(_of_quarters(quarters[STATUS]), own.verdict.map(VERDICTS)),
        }
        at = self.page(YEAR, cells, pd.DataFrame(columns))
        for unit, row in at.iterrows():
            counts = row[low], row[high], row[total]
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
    best = [(f'SUMPRODUCT(({same})*([:{LINE}:]="{word}"))>0', word) for word in (f.YES, f.UNKNOWN)]
    return f.first_of((f"SUMPRODUCT(1*({above}))>1", AS_ABOVE), *best, otherwise=f.NO)


def _of_quarters(status):
    """The verdict on a reporter, by how its quarters stand."""
    order = {CONTRADICTORY: f.OPEN, UNHANDLED: f.NOT_MET, INCOMPLETE: f.OPEN}
    some = [(f.count(status, word) + ">0", verdict) for word, verdict in order.items()]
    return f.first_of(*some, (f"{f.TOTAL}=0", f.NONE_AROSE), otherwise=f.MET)


def _sum_of_all(cells):
    """The sum of a column, none where one of its cells has no number."""
    area = span(cells)
    return f'IF(COUNT({area})={len(cells)},SUM({area}),"")'
