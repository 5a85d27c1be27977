"""Texts made from the shipped returns, as approved under tests/golden: `make golden` writes them."""

import io
from contextlib import redirect_stdout
from pathlib import Path

from bs4 import BeautifulSoup
from editions import case_of, execute
from papers import APPROVED, as_text, made

from pcmd_eval.cli import main
from pcmd_eval.intake.returns import read_returns
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.site.pages import pages
from pcmd_eval.util import paths


def approved_texts(folder: Path) -> dict[str, str]:
    """Return by file what `check` says on its page, in the terminal and in mails, what the pages of
    a set say, what pictures of the province's review say in words, and a paper of each kind.
    Writes outputs to `folder`.
    """
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")) as terminal:
        assert main(["check", "--output", str(folder)]) == 0
    terminal.flush()
    lines = terminal.buffer.getvalue().decode()
    page = (folder / "internal" / "check.html").read_bytes()
    mails = sorted((folder / "internal" / "mail").iterdir())
    _, displays = execute("province_review", "phu_tho_2017", "25")
    plan = load_plan("phu_tho_2017")
    intake = read_returns(plan, paths.returns_folder(plan.name))
    case, public = case_of(plan, intake, internal=True), case_of(plan, intake)
    site = pages(public, [*plan.reporters.index])
    papers = {
        f"papers/{name}.txt": as_text(made(case, unit, folder, kind))
        for name, (kind, unit) in APPROVED.items()
    }
    return papers | {
        "check.txt": page_text(page),
        "index.txt": page_text(site["index.html"]),
        "method.txt": page_text(site["method.html"]),
        "terminal.txt": lines.replace(str(folder), "outputs"),
        "mails.txt": "\n".join(
            f"==== {mail.name} ====\n{mail.read_text(encoding='utf-8')}" for mail in mails
        ),
        "alternative_texts.txt": "\n".join(what.alt for what in displays if hasattr(what, "alt")),
    }


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
