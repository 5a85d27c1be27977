"""Check that cover, file name and rows of a file agree on its reporter."""

from collections import Counter

from pcmd_eval.office.intake.confirmations import Confirmations
from pcmd_eval.office.intake.inbox import find_unit_in_name, is_unit_in_name
from pcmd_eval.office.intake.issues import SentFile
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import make_slug

# A name that contradicts the code is found on the cover.
OWNERSHIP_RULES = ("reporter-name", "foreign-file", "file-name")


def doubts_reporter(file: SentFile, plan: Plan, confirmations: Confirmations) -> bool:
    """Return whether the reporter of a file is in doubt; add the issue at the cell of its code.

    More rows of other units than of its own are an issue that stops; a name of the tool's own
    pattern (00679-ngoc-hoi.xlsx) that holds another unit's code is to be confirmed.
    """
    own_rows, others = _count_rows(file, plan)
    file.pointed_to = {*others, find_other_unit(plan, file)} - {"", file.reporter}
    prefix_unit = _unit_of_prefix(plan, file.name)
    if others.total() > own_rows:
        (unit, _), *more = others.most_common()
        units = f"{len(others)} đơn vị khác" if more else plan.register.full_name[unit]
        facts = {"own": own_rows, "foreign": others.total(), "units": units, "code": file.reporter}
        file.add_cover_issue("foreign-file", plan.form.info, "code", **facts)
    elif prefix_unit not in ("", file.reporter):
        add_file_name_issue(file, plan, prefix_unit)
    doubts = [issue for issue in file.issues if issue.rule in OWNERSHIP_RULES]
    return any(issue.severity != "note" for issue in confirmations.close(doubts))


def find_other_unit(plan: Plan, file: SentFile) -> str:
    """Return the code of another unit in a file's name; "" if the reporter is in it, too."""
    is_own = is_unit_in_name(plan, file.name, file.reporter)
    return "" if is_own else find_unit_in_name(plan, file.name)


def add_file_name_issue(file: SentFile, plan: Plan, other_unit: str) -> None:
    """Add the issue "file-name" to the code on the cover; the file is named after another unit."""
    code, full_names = file.reporter, plan.register.full_name
    facts = {"code": code, "full_name": full_names[code], "other_name": full_names[other_unit]}
    file.add_cover_issue("file-name", plan.form.info, "code", file.name, **facts)


def _count_rows(file: SentFile, plan: Plan) -> tuple[int, Counter[str]]:
    """Return the number of rows of the reporter's communes, and of other rows by reporter."""
    own_rows = 0
    others: Counter[str] = Counter()
    for sheet in plan.sheets_of(file.reporter):
        table = file.tables.get(sheet.name)
        if sheet.rows != "communes" or not table or table.is_twice:
            continue
        for match in table.match_rows().values():
            if match.matched in table.matcher.names:
                own_rows += 1
            elif match.matched:
                is_reporter = match.matched in plan.reporters.index
                others[match.matched if is_reporter else plan.register.parent[match.matched]] += 1
    return own_rows, others


def _unit_of_prefix(plan: Plan, file: str) -> str:
    """Return the reporter whose folder name begins a file's name, "" if there is none."""
    name = f"{make_slug(file.rpartition('.')[0])}-"
    folders = plan.reporters.folder.items()
    return next((unit for unit, folder in folders if name.startswith(f"{folder}-")), "")
