"""The sheet `Thông tin`: whose a return is, for which plan and year, up to which day, sent when."""

from pcmd_eval.intake.cell import Cell
from pcmd_eval.intake.cell_parsers import read_cell
from pcmd_eval.intake.issues import SentReturn
from pcmd_eval.intake.workbook import Page, SentBook
from pcmd_eval.plan.form import Info
from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.register import has_type, match_name
from pcmd_eval.util.spelling import fold


def read_particulars(returned: SentReturn, plan: Plan, book: SentBook) -> None:
    """Fill in the return's reporter, days and mark.

    Refuse what is of another plan, year, form or unit; all faults at once.
    """
    form, info = plan.form, plan.form.info
    pages = book.pages(info.sheet)
    if len(pages) != 1:
        returned.refuse("particulars", info.sheet)
        return
    rows = particular_rows(info, pages[0])
    cells = {key: pages[0].at(rows[key], 2) if key in rows else Cell("") for key in info.labels}
    days = {key: read_cell(cells[key], "date", form) for key in info.days}
    reporter = _reporter(plan, cells["code"].text)
    returned.reporter = reporter or returned.reporter  # else of whom its name speaks
    returned.cutoff, returned.sent = days["cutoff"].value, days["sent"].value
    returned.late = returned.sent > plan.rules["deadline"].value.isoformat()
    returned.illustrative = fold(cells["illustrative"].text) == fold(form.yes_word)
    for key, expected in _mismatches(plan, cells, reporter):
        cell, label = cells[key], info.labels[key]
        facts = {"page": info.sheet, "label": label, "quoted": cell.quoted, "expected": expected}
        returned.refuse(key, cell.address, at=cell, column=label, sheet=info.sheet, **facts)
    if returned.state:
        return
    for key, rule, facts in _doubts(plan, cells, days, returned):
        where = (info.labels[key], returned.reporter, info.sheet)
        returned.add_issue(rule, cells[key], *where, **facts)


def particular_rows(info: Info, page: Page) -> dict[str, int]:
    """The row of each particular; the first where its label stands twice."""
    cells = sorted(page.cells.items(), reverse=True)
    rows = {fold(cell.text): row for (row, column), cell in cells if column == 1}
    labels = {key: fold(label) for key, label in info.labels.items()}
    return {key: rows[label] for key, label in labels.items() if label in rows}


def _mismatches(plan, cells, reporter):
    """What is of another form, plan, year or unit: the key of each, and what it had to be."""
    ours = {"version": plan.form.version, "plan": plan.plan, "year": plan.year}
    for key, expected in ours.items():
        if fold(cells[key].text) != fold(expected):
            yield key, expected
    if not reporter:
        yield "code", ", ".join(plan.reporters.index)


def _reporter(plan, code):
    """The one reporter with that code, as 7 is 07; "" if there is none."""
    widths = {*plan.reporters.index.str.len()} if code.isdigit() else ()
    known = plan.reporters.index.intersection([code, *(code.zfill(width) for width in widths)])
    return str(known[0]) if len(known) == 1 else ""


def _doubts(plan, cells, days, returned):
    """What has to be mended or confirmed: each with its key, the rule that it breaks, the facts."""
    name, unit = cells["name"], plan.reporters.loc[[returned.reporter]]
    if name.text and all(match_name(end, unit).empty for end in _name_candidates(name.text)):
        facts = {"name": name.quoted, "code": returned.reporter, "whose": unit.full_name.iloc[0]}
        yield "name", "reporter-name", facts
    for key, day in days.items():
        if not day.value:
            yield key, f"{key}-date", {"why": day.issue}
    if returned.cutoff and returned.cutoff[:4] != str(plan.year):
        yield "cutoff", "cutoff-year", {"year": plan.year}
    elif returned.sent and returned.sent < returned.cutoff:
        yield "sent", "sent-date", {"early": True}
    mark = fold(cells["illustrative"].text)
    if mark not in ("", *map(fold, plan.form.yes_no)):
        yield "illustrative", "mark", {}


def _name_candidates(written):
    """What of "UBND huyện An Bình, tỉnh X" may be the unit's name: "huyện An Bình", "An Bình".

    Only what begins with a type, where anything does.
    """
    words = written.partition(",")[0].split()
    ends = [" ".join(words[start:]) for start in range(len(words))]
    return [end for end in ends if has_type(end)] or ends
