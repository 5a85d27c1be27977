"""The steps of every objective as pages of formulas, from cells up to what a finding counts."""

from functools import partial
from typing import NamedTuple

import pandas as pd

from pcmd_eval import words
from pcmd_eval.counting import at_least, of_cases, of_models, of_parts
from pcmd_eval.objectives import CASES, OBJECTIVES
from pcmd_eval.plan import Plan
from pcmd_eval.proof.formulas import LEFT_OUT, NUMBERS, choice, formula, in_words, there_is
from pcmd_eval.proof.sheets import Sheets, across, entries, span
from pcmd_eval.proof.trace import endings
from pcmd_eval.spelling import fold

ENDINGS = {
    "contradictory": "mâu thuẫn",
    "incomplete": "chưa đủ",
    "unhandled": "còn vụ chưa xử lý",
    "complete": "đã xử lý hết",
}
AS_ABOVE, TOLD, SILENT = "như dòng trên", "đã cho biết", "chưa cho biết"
COUNTED, VERDICT, HANDLED, STATUS = "Được tính", "Kết luận", "Đã xử lý", "Tình trạng"
MODEL = "Mô hình"
VERDICTS = {key: look.word for key, look in words.VERDICTS.items()}
YEAR = "year"  # the second page of cases
HOW = {slug: known.how for slug, known in OBJECTIVES.items()} | {
    YEAR: "Xét lần lượt: có quý mâu thuẫn; còn vụ chưa xử lý; còn quý chưa đủ số liệu; cả năm "
    "không có vụ nào.",
}


class Found(NamedTuple):
    """What a finding comes to on a page: the range of the last steps, the others as formulas."""

    area: str = ""
    low: str = ""
    high: str = ""
    total: str = ""
    verdict: str = ""


def titles(plan: Plan) -> dict[str, str]:
    """The pages by objective, named as the sheets of the form; cases have a second one, `YEAR`.

    An objective that counts parts has one if formulas.j2 tells how.
    """
    pages = {}
    for sheet in plan.form.sheets:
        slug = sheet.objective
        counts = OBJECTIVES[slug].counts
        if counts is not of_parts or there_is(f"{slug}_part"):
            pages[slug] = sheet.name
        if counts is of_cases:
            pages[YEAR] = f"{sheet.name} (cả năm)"
    return pages


class Pages:
    """Fills the pages from the cells that decide and their addresses: `at`, `value_at`, `raw_at`.

    `at` is that of what each counts as. `found`: what the pages come to, by unit and objective.
    """

    def __init__(self, plan: Plan, sheets: Sheets, cells: pd.DataFrame) -> None:
        self.plan = plan
        self.sheets = sheets
        self.chosen = partial(choice, plan)
        # What stands over a column of steps, by its key.
        self.heads = plan.form.names | words.PERIODS
        self.found: dict[tuple[str, str], Found] = {}
        fill = {of_parts: self.of_parts, of_models: self.of_models, of_cases: self.of_cases}
        for slug in plan.by_slug:
            if slug in titles(plan):
                own = cells[cells.objective == slug]
                fill[OBJECTIVES[slug].counts](slug, own, plan.steps(slug, cells))

    def page(self, slug, cells, columns, name=""):
        """Fill a page: whose each row is, by its index, the columns, where it was sent."""
        objective, name = self.plan[slug], name or slug
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

    # Each way of counting takes the cells of its objective and the steps, and notes what is found.

    def of_parts(self, slug, cells, steps):
        """A row for each whole, its parts beside each other; counted are those of a unit and all.

        The formulas of both are macros: `<slug>_part` and `<slug>_row`.
        """
        _, *between, wholes = steps.values()
        parts = between[0] if between else _each_cell(cells, steps["cells"])
        areas = cells.groupby(parts.index.names).at.agg(span)
        texts = formula(f"{slug}_part", cells=areas, of=_keys(areas), chosen=self.chosen)
        columns = entries(texts, in_words(parts), LEFT_OUT).unstack()
        beside = across([self.heads[key] for key in columns])
        texts = formula(f"{slug}_row", parts=beside, of=_keys(columns), chosen=self.chosen)
        counted = entries(texts, in_words(wholes), LEFT_OUT)
        at = self.page(slug, cells, columns.fillna("").assign(**{COUNTED: counted}))[COUNTED]
        rows = {**at.groupby(level="reporter").agg(span), self.plan.province: span(at)}
        for unit, area in rows.items():
            target = self.plan.target(slug, unit)
            low, high, total = (formula(count, rows=area) for count in ("low", "high", "total"))
            verdict = formula("judged", shape=target.value.shape if target else "")
            self.found[unit, slug] = Found(area, low, high, total, verdict)

    def of_models(self, slug, cells, steps):
        """Lines of all returns.

        Those with the same name and type are one model: its best counts.
        """
        each = cells.set_index(["reporter", "row"]).fillna({"value": "", "raw": ""})
        names = each[each.column == "name"]
        areas = each[each.column != "name"].groupby(level=["reporter", "row"]).at.agg(span)
        rest = names[~names.index.isin(areas.index)]  # where there are no lines
        said = rest.counts.map({False: TOLD}).fillna(SILENT)
        kinds = each[each.column == "type"]
        no_line = f"Biểu {self.plan.form.sheet(slug).number}"  # whether it has any
        columns = {
            "Tên mô hình": entries(names.raw_at + '&""', names.raw),
            "Dòng được tính": entries(
                formula("at_least", area=areas, needed=3), in_words(steps["lines"])
            ),
            **_models(names.loc[areas.index], kinds, steps["models"]),
            no_line: entries(formula("told", cell=rest["at"]), said),
        }
        frame = pd.DataFrame(columns, names.index)
        frame = frame.fillna({no_line: TOLD}).fillna(LEFT_OUT)
        at = self.page(slug, cells, frame)
        models = span(at[MODEL])
        self.found[self.plan.province, slug] = Found(
            models,
            low=formula("low", rows=models),
            high=formula("unless_silent", area=span(at[no_line]), models=models),
            verdict=formula("judged", shape="count"),
        )

    def of_cases(self, slug, cells, steps):
        """Cases by quarter of detection; the first condition that holds is how a quarter stands."""
        by = ["reporter", "period", "row"]
        quarters = steps["quarters"]
        # All cells of a row that stands twice are unreadable.
        each = cells.drop_duplicates(by).set_index(by)
        known = formula("known", cell=each["at"], value=each.value_at)
        numbers = quarters[[*CASES.values()]].set_axis([*CASES], axis=1).stack()
        columns = entries(known, numbers).unstack("row")
        parts = {name: f"[{self.heads[code]}]" for code, name in CASES.items()}
        handled = formula("handled", of=parts, chosen=self.chosen)
        columns[HANDLED] = entries(handled, quarters.handled)
        status = formula("quarter", of=parts, chosen=self.chosen)
        columns[STATUS] = entries(status, endings(quarters).map(ENDINGS))
        at = self.page(slug, cells, columns)
        self.of_the_year(slug, cells, at.groupby(level="reporter").agg(span), steps["reporters"])

    def of_the_year(self, slug, cells, quarters, own):
        """What the quarters of each reporter come to, and those of all."""
        low, high, _, total = NUMBERS
        handled, stood, detected = (quarters[head] for head in (HANDLED, STATUS, self.heads["6.3"]))
        verdicts = own.verdict.map(VERDICTS)
        columns = {
            low: entries(formula("sum", area=handled), own.low),
            high: entries(formula("unless_incomplete", quarters=stood), own.high),
            total: entries(formula("sum_of_all", area=detected, many=4), own.total),
            VERDICT: entries(formula("of_quarters", quarters=stood), verdicts),
        }
        at = self.page(slug, cells, pd.DataFrame(columns), YEAR)
        for unit, row in at.iterrows():
            self.found[unit, slug] = Found(row[VERDICT], *row[[low, high, total, VERDICT]])
        whole = {head: span(at[head]) for head in columns}
        self.found[self.plan.province, slug] = Found(
            whole[VERDICT],
            formula("sum", area=whole[low]),
            formula("sum_of_all", area=whole[high], many=len(at)),
            formula("sum_of_all", area=whole[total], many=len(at)),
            formula("of_reporters", verdicts=whole[VERDICT]),
        )


def _keys(rows):
    """The keys of each row by their names."""
    return pd.Series(rows.index.to_frame().to_dict("records"), rows.index)


def _each_cell(cells, asked):
    """Every cell as a part of its own, of the rows of the form that the rules ask for."""
    own = cells[cells.row.isin(cells.row[asked.index])]
    return at_least(1, own.some, by=[own.reporter, own.period, own.row])


def _models(lines, kinds, models):
    """What tells the model of each line, and beside its first line how a model stands."""
    keys = lines.value.map(fold) + " | " + kinds.value
    standing = keys.map(in_words(models).set_axis(models.index.map(" | ".join)))
    return {
        "Tên và loại để so": entries(lines["at"] + '&" | "&' + kinds.value_at, keys),
        MODEL: entries(formula("best_line"), standing.mask(keys.duplicated(), AS_ABOVE)),
    }
