"""Check that cover, file name and rows of a file agree on its reporter."""

from collections import Counter
from itertools import accumulate

from pcmd_eval.office.intake.confirmations import Confirmations
from pcmd_eval.office.intake.inbox import find_unit_in_name, is_unit_in_name
from pcmd_eval.office.intake.issues import SentReturn
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import make_slug

# A name that contradicts the code is found on the cover.
OWNERSHIP_RULES = ("reporter-name", "foreign-file", "file-name")


def doubts_owner(returned: SentReturn, plan: Plan, confirmations: Confirmations) -> bool:
    """Return whether the reporter of a file is in doubt; add the issue at the cell of its code.

    More rows of other units than of its own are an issue that stops; a name of the tool's own
    pattern (00679-ngoc-hoi.xlsx) that holds another unit's code is to be confirmed.
    """
    own, others = _count_rows(returned, plan)
    returned.pointed_to = {*others, find_other_unit(plan, returned)} - {"", returned.reporter}
    prefix_unit = _unit_of_prefix(plan, returned.file)
    if others.total() > own:
        (unit, _), *more = others.most_common()
        whose = f"{len(others)} đơn vị khác" if more else plan.register.full_name[unit]
        facts = {"own": own, "foreign": others.total(), "whose": whose, "code": returned.reporter}
        returned.add_cover_issue("foreign-file", plan.form.info, "code", **facts)
    elif prefix_unit not in ("", returned.reporter):
        add_file_name_issue(returned, plan, prefix_unit)
    doubts = [issue for issue in returned.issues if issue.rule in OWNERSHIP_RULES]
    return any(issue.severity != "note" for issue in confirmations.close(doubts))


def find_other_unit(plan: Plan, returned: SentReturn) -> str:
    """Return the code of another unit in a file's name; "" if the reporter is in it, too."""
    unit = find_unit_in_name(plan, returned.file)
    is_own = unit == returned.reporter or is_unit_in_name(plan, returned.file, returned.reporter)
    return "" if is_own else unit


def add_file_name_issue(returned: SentReturn, plan: Plan, other_unit: str) -> None:
    """Add the issue "file-name" to the code on the cover; the file is named after another unit."""
    code, names = returned.reporter, plan.register.full_name
    facts = {"code": code, "whose": names[code], "named": names[other_unit]}
    returned.add_cover_issue("file-name", plan.form.info, "code", returned.file, **facts)


def _count_rows(returned: SentReturn, plan: Plan) -> tuple[int, Counter[str]]:
    """Count the rows of the reporter's communes, and by reporter the rows of other communes."""
    own = 0
    others: Counter[str] = Counter()
    for sheet in plan.sheets_of(returned.reporter):
        table = returned.tables.get(sheet.name)
        if sheet.rows != "communes" or not table or table.is_twice:
            continue
        for match in table.match_rows().values():
            if match.matched in table.matcher.names:
                own += 1
            elif match.matched:
                is_reporter = match.matched in plan.reporters.index
                others[match.matched if is_reporter else plan.register.parent[match.matched]] += 1
    return own, others


def _unit_of_prefix(plan: Plan, file: str) -> str:
    """Return the reporter whose folder name begins a file's name, "" if there is none."""
    words = make_slug(file.rpartition(".")[0]).split("-")
    folders = plan.reporters.folder
    prefixes = [*accumulate(words, "{}-{}".format)]  # "230", "230-doan", "230-doan-hung"
    units = folders.index[folders.isin(prefixes)]
    return units[0] if len(units) == 1 else ""
