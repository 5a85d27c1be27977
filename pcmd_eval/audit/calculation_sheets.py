"""Write the steps of every objective as sheets of formulas, from cells to a finding's counts."""

from functools import partial
from typing import NamedTuple

import pandas as pd

from pcmd_eval.analysis.trace import endings
from pcmd_eval.audit.formulas import (
    LEFT_OUT,
    NUMBERS,
    PART_FORMULAS,
    audit_formula,
    rule_condition,
    status_words,
)
from pcmd_eval.audit.sheet_writer import Sheets, across, entries, span
from pcmd_eval.objectives.aggregation import at_least, count_cases, count_models, count_parts
from pcmd_eval.objectives.enforcement import CASES
from pcmd_eval.objectives.registry import OBJECTIVES
from pcmd_eval.objectives.support_model import LINE_COLUMNS, model_keys
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import vocabulary
from pcmd_eval.util.spelling import fold

ENDINGS = {
    "contradictory": "mâu thuẫn",
    "incomplete": "chưa đủ",
    "unhandled": "còn vụ chưa xử lý",
    "complete": "đã xử lý hết",
}
_AS_ABOVE, _ANSWERED, SILENT = "như dòng trên", "đã cho biết", "chưa cho biết"
_COUNTED, VERDICT, _HANDLED, _STATUS = "Được tính", "Kết luận", "Đã xử lý", "Tình trạng"
_MODEL = "Mô hình"
_OF_YEAR = "year"  # key of the second sheet of cases, that of whole years
# How to read each sheet, by the slug of its objective, or `_OF_YEAR`.
METHODS = {slug: known.method for slug, known in OBJECTIVES.items()} | {
    _OF_YEAR: "Xét lần lượt: có quý mâu thuẫn; còn vụ chưa xử lý; còn quý chưa đủ số liệu; cả năm "
    "không có vụ nào.",
}


class FindingFormulas(NamedTuple):
    """The formulas of one finding's counts and verdict, "" for none; `area`: the counted cells."""

    area: str = ""
    low: str = ""
    high: str = ""
    total: str = ""
    verdict: str = ""


def audit_titles(plan: Plan) -> dict[str, str]:
    """Return the title of each sheet of formulas by slug: the name of the sheet in the form.

    Cases have a second sheet under the key `_OF_YEAR`. An objective that counts parts has none if
    it is missing from `PART_FORMULAS`.
    """
    titles = {}
    for sheet in plan.form.sheets:
        slug = sheet.objective
        counts = OBJECTIVES[slug].aggregate
        if counts is not count_parts or slug in PART_FORMULAS:
            titles[slug] = sheet.name
        if counts is count_cases:
            titles[_OF_YEAR] = f"{sheet.name} (cả năm)"
    return titles


def fill_sheets(
    plan: Plan, sheets: Sheets, cells: pd.DataFrame
) -> dict[tuple[str, str], FindingFormulas]:
    """Fill the sheets; return the formulas of each finding by unit and objective.

    `cells`: the deciding cells, with the addresses of their value (`value_at`), of the text in the
    return (`raw_at`) and of the status that each counts as (`at`), and with their `link`.
    """
    filler = _SheetFiller(plan, sheets)
    methods = {
        count_parts: filler.fill_parts,
        count_models: filler.fill_models,
        count_cases: filler.fill_cases,
    }
    formulas = {}
    for slug in plan.by_slug:
        if slug in audit_titles(plan):
            fill = methods[OBJECTIVES[slug].aggregate]
            by_unit = fill(slug, cells[cells.objective == slug], plan.steps(slug, cells))
            formulas |= {(unit, slug): of_unit for unit, of_unit in by_unit.items()}
    return formulas


class _SheetFiller:
    """Fills the sheet of an objective from its cells and steps, by a method for each aggregation.

    Each method returns the `FindingFormulas` by unit.
    """

    def __init__(self, plan, sheets):
        self.plan = plan
        self.sheets = sheets
        self.chosen = partial(rule_condition, plan)
        self.headers = plan.form.names | vocabulary.PERIOD_LABELS

    def write(self, slug, cells, columns, name=""):
        """Write a sheet: columns for the index of `columns`, these, and a link to the first cell.

        Returns the address of every cell. `name`: the key of the sheet's title, else the slug.
        """
        objective, name = self.plan[slug], name or slug
        keys = columns.index.to_frame()
        senders = keys.reporter.map(self.plan.senders.full_name)
        frame = pd.DataFrame({"Mã đơn vị": keys.reporter, "Đơn vị": senders})
        if "unit_code" in keys:
            frame["Mã xã"] = keys.unit_code
            frame[self.plan.commune_kinds.capitalize()] = keys.unit_code.map(
                self.plan.register.full_name
            )
        for key, head in {"row": "Dòng", "period": "Kỳ"}.items():
            if key in keys:
                frame[head] = keys[key].replace({**vocabulary.PERIOD_LABELS, "none": LEFT_OUT})
        source = cells.groupby(columns.index.names).link.first().rename("Nguồn")
        frame = pd.concat([frame, columns.rename(columns=self.headers), source], axis=1)
        title = f"Chỉ tiêu {objective.heading}"
        quoted = f"Kế hoạch: “{objective.sentence}”."
        return self.sheets.write(audit_titles(self.plan)[name], METHODS[name], frame, title, quoted)

    def fill_parts(self, slug, cells, steps):
        """Write a row for each whole (a commune, a unit) with its parts; a unit counts its rows.

        A part is a quarter, limb or programme, or a cell if the objective has no such step.
        """
        macros = PART_FORMULAS[slug]
        _, *between, wholes = steps.values()  # the first step is that of cells
        parts = between[0] if between else _each_cell(cells, steps["cells"])
        areas = cells.groupby(parts.index.names).at.agg(span)
        of_part = audit_formula(macros.part, cells=areas, of=_keys(areas), chosen=self.chosen)
        columns = entries(of_part, status_words(parts), LEFT_OUT).unstack()
        row_cells = across([self.headers[key] for key in columns])
        of_row = audit_formula(macros.row, parts=row_cells, of=_keys(columns), chosen=self.chosen)
        counted = entries(of_row, status_words(wholes), LEFT_OUT)
        at = self.write(slug, cells, columns.fillna("").assign(**{_COUNTED: counted}))[_COUNTED]
        of_units = {**at.groupby(level="reporter").agg(span), self.plan.province: span(at)}
        formulas = {}
        for unit, rows in of_units.items():
            target = self.plan.target(slug, unit)
            counts = [audit_formula(count, rows=rows) for count in ("low", "high", "total")]
            verdict = audit_formula("judged", shape=target.value.shape if target else "")
            formulas[unit] = FindingFormulas(rows, *counts, verdict)
        return formulas

    def fill_models(self, slug, cells, steps):
        """Write the lines of all returns; lines of one model count once, by the best of them."""
        values = cells.set_index(["reporter", "row"]).fillna({"value": "", "raw": ""})
        names = values[values.column == "name"]
        kinds = values[values.column == "type"]
        lines = values[values.column != "name"].groupby(level=["reporter", "row"]).at.agg(span)
        no_lines = names[~names.index.isin(lines.index)]
        answered = no_lines.counts.map({False: _ANSWERED}).fillna(SILENT)
        # A line counts by all its columns but the name: type, start, operation.
        counted = audit_formula("at_least", area=lines, needed=len(LINE_COLUMNS) - 1)
        answer = f"Biểu {self.plan.form.sheet(slug).number}"
        columns = {
            "Tên mô hình": entries(names.raw_at + '&""', names.raw),
            "Dòng được tính": entries(counted, status_words(steps["lines"])),
            **_model_columns(names.loc[lines.index], kinds, steps["models"]),
            answer: entries(audit_formula("has_answered", cell=no_lines["at"]), answered),
        }
        frame = pd.DataFrame(columns, names.index)
        frame = frame.fillna({answer: _ANSWERED}).fillna(LEFT_OUT)
        at = self.write(slug, cells, frame)
        models = span(at[_MODEL])
        formulas = FindingFormulas(
            models,
            low=audit_formula("low", rows=models),
            high=audit_formula("unless_silent", area=span(at[answer]), models=models),
            verdict=audit_formula("judged", shape="count"),
        )
        return {self.plan.province: formulas}

    def fill_cases(self, slug, cells, steps):
        """Write a row for each reporter's quarter with its cases and status, then the years."""
        by = ["reporter", "period", "row"]
        quarters = steps["quarters"]
        # Enough for a row that stands twice, too: all its cells are unreadable.
        first_cells = cells.drop_duplicates(by).set_index(by)
        known = audit_formula("known", cell=first_cells["at"], value=first_cells.value_at)
        numbers = quarters[[*CASES.values()]].set_axis([*CASES], axis=1).stack()
        columns = entries(known, numbers).unstack("row")
        parts = {name: f"[{self.headers[code]}]" for code, name in CASES.items()}
        handled = audit_formula("handled", of=parts, chosen=self.chosen)
        columns[_HANDLED] = entries(handled, quarters.handled)
        status = audit_formula("quarter", of=parts, chosen=self.chosen)
        columns[_STATUS] = entries(status, endings(quarters).map(ENDINGS))
        at = self.write(slug, cells, columns)
        of_year = at.groupby(level="reporter").agg(span)
        return self.fill_year(slug, cells, of_year, steps["reporters"])

    def fill_year(self, slug, cells, quarters, reporters):
        """Write each reporter's sums and verdict; return the formulas of all units.

        `quarters`: the cells of each reporter's quarters, by header; `reporters`: the step of that
        name, which has their values.
        """
        low, high, _, total = NUMBERS
        statuses = quarters[_STATUS]
        detected = quarters[self.headers["6.3"]]
        verdict = audit_formula("of_quarters", quarters=statuses)
        all_detected = audit_formula("sum_of_all", area=detected, many=4)
        columns = {
            low: entries(audit_formula("sum", area=quarters[_HANDLED]), reporters.low),
            high: entries(audit_formula("unless_incomplete", quarters=statuses), reporters.high),
            total: entries(all_detected, reporters.total),
            VERDICT: entries(verdict, reporters.verdict.map(vocabulary.VERDICT_LABELS)),
        }
        at = self.write(slug, cells, pd.DataFrame(columns), _OF_YEAR)
        formulas = {}
        for unit, row in at.iterrows():
            formulas[unit] = FindingFormulas(row[VERDICT], *row[[low, high, total, VERDICT]])
        of_all = {head: span(at[head]) for head in columns}
        formulas[self.plan.province] = FindingFormulas(
            of_all[VERDICT],
            audit_formula("sum", area=of_all[low]),
            audit_formula("sum_of_all", area=of_all[high], many=len(at)),
            audit_formula("sum_of_all", area=of_all[total], many=len(at)),
            audit_formula("of_reporters", verdicts=of_all[VERDICT]),
        )
        return formulas


def _keys(rows):
    """Return the index of each row as a dict by level name, for the macros of formulas."""
    return pd.Series(rows.index.to_frame().to_dict("records"), rows.index)


def _each_cell(cells, counts):
    """Return the status of each cell, as a part of its own, in the rows that the rules count."""
    counting = cells[cells.row.isin(cells.row[counts.index])]
    return at_least(1, counting.some, by=[counting.reporter, counting.period, counting.row])


def _model_columns(lines, kinds, models):
    """Return the columns of the key that tells models apart, and of the model's status.

    The status stands in the first line of each model. `lines`: the cells of names.
    """
    key, names = model_keys(lines.value, kinds.value), lines.value.map(fold)
    # A line without a name is a model of its own.
    keys = (names + " | " + kinds.value).mask(names == "", " | " + key)
    status = key.map(status_words(models))
    compared = audit_formula("model_key", label=lines["at"], kind=kinds.value_at, line=key)
    return {
        "Tên và loại để so": entries(compared, keys),
        _MODEL: entries(audit_formula("best_line"), status.mask(keys.duplicated(), _AS_ABOVE)),
    }
