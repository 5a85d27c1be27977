"""The steps of every objective as pages of formulas, from the cells of the returns up to what a finding counts."""

import pandas as pd

from pcmd_eval import words
from pcmd_eval.objectives import CASES, OBJECTIVES, Steps, at_least
from pcmd_eval.plan import Plan
from pcmd_eval.proof import formulas as f
from pcmd_eval.proof.sheets import Sheets, across, formulas, span
from pcmd_eval.proof.trace import endings, named
from pcmd_eval.spelling import fold

CONTRADICTORY, INCOMPLETE, UNHANDLED, COMPLETE = (
    "mâu thuẫn",
    "chưa đủ",
    "còn vụ chưa xử lý",
    "đã xử lý hết",
)
ENDINGS = {
    "contradictory": CONTRADICTORY,
    "incomplete": INCOMPLETE,
    "unhandled": UNHANDLED,
    "complete": COMPLETE,
}
AS_ABOVE, TOLD, SILENT = "như dòng trên", "đã cho biết", "chưa cho biết"
LINE, MODEL_KEY = "Dòng được tính", "Tên và loại để so"  # heads that formulas name
HANDLED, STATUS = "Đã xử lý", "Tình trạng"
VERDICTS = {key: look.word for key, look in words.VERDICTS.items()}
HOW = {
    "communication": "Quý là Có nếu có ô lớn hơn 0, là Chưa rõ nếu không mà còn ô chưa rõ. Xã được tính nếu đủ số quý.",
    "integration": "Chương trình là Có nếu vừa có văn bản vừa đã thực hiện, là Không nếu chắc chắn thiếu một thứ.",
    "harm_reduction": "Nội dung là Có nếu một hoạt động của nó có số lớn hơn 0 trong một quý.",
    "support_model": "Dòng được tính nếu thuộc loại 1, đang hoạt động và bắt đầu không sau ngày chốt số liệu; các dòng "
    "cùng tên, cùng loại là một mô hình.",
    "media": "Tháng là Có nếu một cơ quan được tính có tin, bài; là Chưa rõ nếu không mà còn ô chưa rõ.",
    "enforcement": "Mâu thuẫn: 6.4 + 6.5 lớn hơn 6.3, hoặc có 6.6 mà 6.4 + 6.5 + 6.6 khác 6.3. Vụ thuộc quý phát hiện.",
    "year": "Xét lần lượt: có quý mâu thuẫn; còn vụ chưa xử lý; còn quý chưa đủ số liệu; cả năm không có vụ nào.",
}


def titles(plan: Plan) -> dict[str, str]:
    """The pages by objective, named as the sheets of the form; cases have a second one, `year`."""
    pages = {sheet.objective: sheet.name for sheet in plan.form.sheets}
    return pages | ({"year": f"{pages['enforcement']} (cả năm)"} if "enforcement" in pages else {})


def choice(plan: Plan, slug: str, key: str, value: str) -> str:
    """The condition that a rule has this value."""
    return f'{slug}_{key}="{f.setting(plan[slug].rules[key], value)}"'


class Pages:
    """Fills the pages from the cells that decide and their addresses: `at` (what each counts as), `value_at`, `raw_at`.

    `found`, by objective and unit: the range of its last steps, then its low, high, total and verdict as formulas.
    """

    def __init__(self, plan: Plan, sheets: Sheets, cells: pd.DataFrame) -> None:
        self.plan, self.sheets = plan, sheets
        self.heads = named(plan) | words.PERIODS | words.LIMBS  # over a column of steps, by its key
        self.found: dict[tuple[str, str], tuple[str, ...]] = {}
        for slug in plan.by_slug:
            own = cells[cells.objective == slug]
            getattr(self, slug)(own, OBJECTIVES[slug](cells, plan.values(slug), plan.year))

    def page(self, name: str, cells: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
        """Fill a page: whose each row is, by its index, the columns, and where it begins in the sender's file."""
        objective, keys = self.plan[cells.objective.iloc[0]], columns.index.to_frame()
        names = {**self.plan.register.full_name, self.plan.province: self.plan.own_bodies}
        frame = pd.DataFrame({"Mã đơn vị": keys.reporter, "Đơn vị": keys.reporter.map(names)})
        if "unit_code" in keys:
            frame = frame.assign(
                **{"Mã xã": keys.unit_code, "Xã, phường, thị trấn": keys.unit_code.map(names)}
            )
        for key, head in {"row": "Dòng", "period": "Kỳ"}.items():
            if key in keys:
                frame[head] = keys[key].replace({**words.PERIODS, "none": f.LEFT_OUT})
        columns = columns.rename(columns=self.heads)
        source = cells.groupby(columns.index.names).link.first().rename("Nguồn")
        title, quoted = (
            f"Chỉ tiêu {objective.number}. {objective.title}",
            f"Kế hoạch: “{objective.sentence}”.",
        )
        frame = pd.concat([frame, columns, source], axis=1)
        return self.sheets.write(titles(self.plan)[name], HOW[name], frame, title, quoted)

    def row_of(self, steps: pd.DataFrame) -> str:
        """The cells of these steps in a formula's own row."""
        return across([self.heads[key] for key in steps.columns])

    def share(self, cells: pd.DataFrame, parts: pd.DataFrame, counts: pd.Series) -> None:
        """An objective that counts the rows of its page, those of a unit and all."""
        slug = cells.objective.iloc[0]
        at = self.page(slug, cells, parts.fillna("").assign(**{"Được tính": counts}))["Được tính"]
        for unit, area in {
            **at.groupby(level="reporter").agg(span),
            self.plan.province: span(at),
        }.items():
            low, unknown, no = (f.count(area, word) for word in (f.YES, f.UNKNOWN, f.NO))
            target = self.plan.target(slug, unit)
            verdict = f.judged(target.value.shape if target else "")
            high, total = f"{f.LOW}+{unknown}", f"{f.HIGH}+{no}"
            self.found[slug, unit] = area, low, high, total, verdict

    def communication(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Communes by quarter."""
        areas = cells.groupby(["reporter", "unit_code", "period"]).at.agg(span)
        asked = f.among(areas.index.to_frame().period.str[1:], "communication_quarters")
        active = formulas(
            f.only_if(asked, f.at_least(1, areas)), f.said(steps["quarters"]), f.LEFT_OUT
        )
        wide = active.unstack()
        counts = f.at_least("communication_active_quarters", self.row_of(wide))
        self.share(cells, wide, formulas(counts, f.said(steps["communes"])))

    def integration(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Districts by programme: a document, and that it was carried out."""
        areas = cells.groupby(["reporter", "row"]).at.agg(span)
        wide = formulas(f.at_least(2, areas), f.said(steps["programmes"])).unstack()
        counts = f.at_least("integration_min_programmes", self.row_of(wide))
        self.share(cells, wide, formulas(counts, f.said(steps["districts"])))

    def harm_reduction(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Districts by limb."""
        areas = cells.groupby(["reporter", cells.row.str[:3].rename("limb")]).at.agg(span)
        wide = formulas(f.at_least(1, areas), f.said(steps["limbs"])).unstack()
        needed = f"IF({choice(self.plan, 'harm_reduction', 'limbs', 'both')},2,1)"
        counts = f.at_least(needed, self.row_of(wide))
        self.share(cells, wide, formulas(counts, f.said(steps["districts"])))

    def media(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Months by outlet."""
        keys, rule = ["reporter", "period", "row"], self.plan.values("media")["outlets"]
        areas = cells.groupby(keys).at.agg(span)
        outlets = areas.index.to_frame().row
        covered = f.said(at_least(1, cells.some, [cells[key] for key in keys]))
        covered = covered.where(outlets.isin(outlets if rule == "all" else rule), f.LEFT_OUT)
        asked = (
            f"OR({choice(self.plan, 'media', 'outlets', 'all')},"
            + f.among(outlets, "media_outlets")
            + ")"
        )
        wide = formulas(f.only_if(asked, f.at_least(1, areas)), covered).unstack()
        asked = f.among(wide.index.to_frame().period.str.lstrip("M0"), "media_months")
        counts = f.only_if(asked, f.at_least(1, self.row_of(wide)))
        self.share(cells, wide, formulas(counts, f.said(steps["months"]), f.LEFT_OUT))

    def support_model(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Lines of all returns; those with the same name and type are one model, and its best line counts."""
        each = cells.set_index(["reporter", "row"]).fillna({"value": "", "raw": ""})
        names, kinds = each[each.column == "name"], each[each.column == "type"]
        areas = each[each.column != "name"].groupby(level=["reporter", "row"]).at.agg(span)
        lines, rest = names.loc[areas.index], names[~names.index.isin(areas.index)]
        keys = lines.value.map(fold) + " | " + kinds.value
        models = f.said(steps["models"]).set_axis(steps["models"].index.map(" | ".join))
        told = f.first_of((rest["at"] + f'="{f.NO}"', TOLD), otherwise=SILENT)
        columns = {
            "Tên mô hình": formulas(names.raw_at + '&""', names.raw),
            LINE: formulas(f.at_least(3, areas), f.said(steps["lines"])),
            MODEL_KEY: formulas(lines["at"] + '&" | "&' + kinds.value_at, keys),
            "Mô hình": formulas(_best_line(), keys.map(models).mask(keys.duplicated(), AS_ABOVE)),
            "Biểu 4": formulas(told, rest.counts.map({False: TOLD}).fillna(SILENT)),
        }
        frame = pd.DataFrame(columns, names.index).fillna({"Biểu 4": TOLD}).fillna(f.LEFT_OUT)
        at = self.page("support_model", cells, frame)
        models, told = span(at["Mô hình"]), span(at["Biểu 4"])
        low, unknown = f.count(models, f.YES), f.count(models, f.UNKNOWN)
        high = f'IF({f.count(told, SILENT)}>0,"",{f.LOW}+{unknown})'
        verdict = f.judged("count")
        self.found["support_model", self.plan.province] = models, low, high, "", verdict

    def enforcement(self, cells: pd.DataFrame, steps: Steps) -> None:
        """Cases by quarter of detection; the first condition that holds is how a quarter stands."""
        keys, quarters = ["reporter", "period", "row"], steps["quarters"]
        each = cells.drop_duplicates(keys).set_index(
            keys
        )  # all cells of a row that stands twice are unreadable
        known = "IF(" + each["at"] + f'="{f.UNKNOWN}","",' + each.value_at + ")"
        numbers = quarters[[*CASES.values()]].set_axis([*CASES], axis=1).stack()
        status, handled = self.quarter()
        columns = {
            HANDLED: formulas(handled, quarters.handled),
            STATUS: formulas(status, endings(quarters).map(ENDINGS)),
        }
        at = self.page(
            "enforcement", cells, formulas(known, numbers).unstack("row").assign(**columns)
        )
        self.of_the_year(cells, at.groupby(level="reporter").agg(span), steps["reporters"])

    def quarter(self) -> tuple[str, str]:
        """How a quarter stands, and how many of its cases were handled."""
        with_pending = choice(self.plan, "enforcement", "pending", "handled")
        detected, administrative, criminal, pending = (f"[{self.heads[code]}]" for code in CASES)
        closed, all_three = f"{administrative}:{criminal}", f"{administrative}:{pending}"
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
        """What the quarters of each reporter come to, and those of all; the first condition that holds decides."""
        detected, handled, status = (
            quarters[head] for head in (self.heads["6.3"], HANDLED, STATUS)
        )
        order = {CONTRADICTORY: f.OPEN, UNHANDLED: f.NOT_MET, INCOMPLETE: f.OPEN}
        some = [(f.count(status, word) + ">0", verdict) for word, verdict in order.items()]
        verdicts = f.first_of(*some, (f"{f.TOTAL}=0", f.NONE_AROSE), otherwise=f.MET)
        low, high, _, total = f.NUMBERS
        all_detected = "IF(COUNT(" + detected + ")=4,SUM(" + detected + '),"")'
        if_complete = "IF(" + f.count(status, INCOMPLETE) + f'>0,"",{f.LOW})'
        columns = {
            low: formulas("SUM(" + handled + ")", own.low),
            high: formulas(if_complete, own.high),
            total: formulas(all_detected, own.total),
            "Kết luận": formulas(verdicts, own.verdict.map(VERDICTS)),
        }
        at = self.page("year", cells, pd.DataFrame(columns))
        for unit, row in at.iterrows():
            counts = row[low], row[high], row[total]
            self.found["enforcement", unit] = row["Kết luận"], *counts, row["Kết luận"]
        verdict = span(at["Kết luận"])
        worst = [(f.count(verdict, word) + ">0", word) for word in (f.NOT_MET, f.OPEN, f.MET)]
        self.found["enforcement", self.plan.province] = (
            verdict,
            f"SUM({span(at[low])})",
            _sum_of_all(at[high]),
            _sum_of_all(at[total]),
            f.first_of(*worst, otherwise=f.NONE_AROSE),
        )


def _best_line() -> str:
    """What the lines of one model come to, told once, beside the first of them."""
    own, column = f"[{MODEL_KEY}]", f"[:{MODEL_KEY}:]"
    told_above = f"SUMPRODUCT(1*([:{MODEL_KEY}]={own}))>1"
    some = {
        word: f'SUMPRODUCT(({column}={own})*([:{LINE}:]="{word}"))>0' for word in (f.YES, f.UNKNOWN)
    }
    best = [(condition, word) for word, condition in some.items()]
    return f.first_of((told_above, AS_ABOVE), *best, otherwise=f.NO)


def _sum_of_all(cells: pd.Series) -> str:
    """The sum of a column, none where one of its cells has no number."""
    area = span(cells)
    return f'IF(COUNT({area})={len(cells)},SUM({area}),"")'
