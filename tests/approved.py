"""Texts made from the shipped returns, as approved under tests/golden: `make golden` writes them."""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache, partial
from pathlib import Path

from bs4 import BeautifulSoup
from editions import case_of, execute
from made import COM, blank, edited, inform, put
from openpyxl import Workbook, load_workbook
from papers import APPROVED, as_text, made
from pytest import MonkeyPatch
from two_levels import write_plan_of_today

from pcmd_eval.analysis import case_editions
from pcmd_eval.analysis.case import Case
from pcmd_eval.analysis.case_queries import all_changes, rows_of_unit_code
from pcmd_eval.cli import main
from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.office.intake.returns import read_returns
from pcmd_eval.office.reports.placeholders import list_papers
from pcmd_eval.office.site.pages import pages
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.statistics.year_on_year import display_changes
from pcmd_eval.util import paths
from pcmd_eval.util.cell_ranges import as_rectangles

# Units by name of the notebook.
NOTEBOOKS = {
    "1_communication": "235",
    "3_harm_reduction": "235",
    "district_review": "235",
    "province_review": "25",
}


def approved_texts(folder: Path) -> dict[str, Callable[[], str]]:
    """Return, by file, the functions that make what `check` says on its page, in the terminal and
    in mails, what the pages of a set say, what notebooks show in words, a paper of each kind, also
    where communes report, what is said of two years, and the blank forms. They write outputs to
    `folder`; what several need is made once.
    """

    @cache
    def checked() -> tuple[str, str, str]:
        """Run `check`; return its lines, the text of its page and of its mails."""
        with redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")) as terminal:
            assert main(["check", "--output", str(folder)]) == 0
        terminal.flush()
        lines = terminal.buffer.getvalue().decode().replace(str(folder), "outputs")
        page = page_text((folder / "internal" / "check.html").read_bytes())
        mails = sorted((folder / "internal" / "mail").iterdir())
        texts = [f"==== {mail.name} ====\n{mail.read_text(encoding='utf-8')}" for mail in mails]
        return lines, page, "\n".join(texts)

    @cache
    def case(internal: bool) -> Case:
        plan = load_plan("phu_tho_2017")
        intake = read_returns(plan, paths.returns_folder(plan.name))
        return case_of(plan, intake, internal=internal)

    @cache
    def site() -> dict[str, bytes]:
        public = case(internal=False)
        return pages(public, [*public.plan.reporters.index])

    communes = commune_case(folder)
    papers = {name: (lambda: case(internal=True), *paper) for name, paper in APPROVED.items()}
    papers |= {
        name.removesuffix(".docx"): (lambda: communes, kind, unit)
        for name, (kind, unit) in list_papers(communes).items()
    }

    def paper_text(name: str) -> str:
        get_case, kind, unit = papers[name]
        return as_text(made(get_case(), unit, kind))

    def notebook(name: str) -> str:
        return notebook_text(name, NOTEBOOKS[name], case(internal=True))

    def years() -> str:
        return "\n".join(year_on_year_text(case(internal=True).at(u)) for u in ("25", *COMPARED))

    return {
        **{f"papers/{name}.txt": partial(paper_text, name) for name in papers},
        **{f"notebooks/{name}-{u}.txt": partial(notebook, name) for name, u in NOTEBOOKS.items()},
        "year_on_year.txt": years,
        "blank_forms.txt": lambda: "\n".join(map(form_text, ("228", "25"))),
        "check.txt": lambda: checked()[1],
        "index.txt": lambda: page_text(site()["index.html"]),
        "method.txt": lambda: page_text(site()["method.html"]),
        "terminal.txt": lambda: checked()[0],
        "mails.txt": lambda: checked()[2],
    }


COMPARED = ("228", "230", "236", "239", "240")


def commune_case(folder: Path, communes: int = 12) -> Case:
    """Return the case of a plan for which so many communes report, three of which sent sheet 1; the
    third has no activity in the last quarters and counts up to 30 November.
    """
    plan = load_plan(str(write_plan_of_today(folder, communes=communes)))
    returns = folder / "returns"
    returns.mkdir()
    for at, code in enumerate(plan.reporting_units.index[:3]):
        cutoff, late = ("30/11/2026", 0) if at == 2 else ("31/12/2026", 2)

        def fill(book: Workbook, cutoff: str = cutoff, late: int = late) -> None:
            put(book[COM], 5, 5, 2, 2, late, late)
            inform(book, cutoff=cutoff, sent="05/01/2027")

        (returns / f"{code}.xlsx").write_bytes(edited(blank_return(plan, code), fill))
    return case_of(plan, read_returns(plan, returns), internal=True)


def year_on_year_text(case: Case) -> str:
    """Return the table of two years of a unit and the sentence about each objective."""
    rows = display_changes(rows_of_unit_code(case, all_changes(case)), case.plan)
    lines = [" | ".join(map(str, row)) for row in ([*rows], *rows.fillna("").to_numpy())]
    sentences = [f"{slug}: {case.describe_change(slug)}" for slug in case.plan.by_slug]
    return "\n".join([f"==== {case.unit} ====", *lines, *sentences, ""])


def form_text(code: str) -> str:
    """Return what the sheets of a blank return hold: texts row by row, the cells that may be filled
    in, and the validation of each range.
    """
    lines = []
    for page in load_workbook(io.BytesIO(blank(code))).worksheets:
        cells = [cell for row in page.iter_rows() for cell in row]
        lines.append(f"==== {code}, {page.title} ====")
        for row in page.iter_rows():
            texts = [str(cell.value or "") for cell in row if cell.data_type != "f"]
            lines += [" | ".join(texts).rstrip(" |")] if any(texts) else []
        lock = page.protection
        is_locked = lock.sheet and not lock.password and not lock.insertRows and lock.deleteRows
        places = as_rectangles((c.row, c.column) for c in cells if not c.protection.locked)
        lines.append(f"[locked without a password, rows may be added: {is_locked}]")
        lines.append(f"[to fill in: {', '.join(places)}]")
        lines += [
            f"[{check.sqref}: {check.type} {check.operator or ''} {check.formula1}]"
            for check in page.data_validations.dataValidation
        ]
    return "\n".join([*lines, ""])


def notebook_text(name: str, unit: str, inputs: Case) -> str:
    """Return all that a notebook shows for a unit, its pictures in words, from tables of a run."""
    with MonkeyPatch.context() as patch:
        patch.setattr(case_editions, "run_case", case_editions.RunCase("phu_tho_2017", inputs))
        _, displays = execute(name, "phu_tho_2017", unit)
    return "\n\n".join([*map(repr, displays), ""])


def page_text(page: bytes) -> str:
    """Return what a page says: its title, then one line for each row of a table and each text."""
    soup = BeautifulSoup(page, "lxml")
    body = soup.body
    for tag in body.find_all(["caption", "dt"]):
        tag.append(": ")
    for row in body.find_all("tr"):
        cells = [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
        row.replace_with(f"{' | '.join(cells)}\n")
    lines = [line.strip() for line in body.get_text().splitlines()]
    return "\n".join([f"[{soup.title.get_text(strip=True)}]", *filter(None, lines), ""])
