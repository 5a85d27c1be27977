"""Word the requests to senders: missing cells by their state, and issues that are alike."""

import pandas as pd

from pcmd_eval.evaluation.observations import cell_kinds
from pcmd_eval.evaluation.states import period_ends
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.formatting import format_number, join_items, lowercase_first, shorten_list
from pcmd_eval.util.frames import Row
from pcmd_eval.util.templates import render_phrase
from pcmd_eval.util.vocabulary import MAX_NAMED, PERIOD_LABELS

TEMPLATE = "office/asks/requests.j2"
Answers = tuple[tuple[str, tuple[str, ...]], ...]  # kinds of answers, each with its headers


def say(macro: str, *facts: object) -> str:
    """Render the macro of requests.j2 with the facts as one sentence."""
    text = render_phrase(TEMPLATE, macro, *facts)
    return f"{text[0].upper()}{text[1:]}."


def say_missing(plan: Plan, cells: pd.DataFrame, is_whole: bool) -> str:
    """Word the request for missing cells of one sheet and state, by the macro of that state.

    `cells`: with the columns of `add_answer_kinds`; `is_whole`: they are all cells of the sheet.
    """
    state, total, answers = cells.state.iloc[0], len(cells), answers_of(cells)
    row_names = "" if is_whole else _list_row_names(plan, cells)
    if (
        row_names
        and state == "absent"
        and plan.form.sheet(cells.objective.iloc[0]).rows == "communes"
    ):
        row_names = f"của {row_names}"
    return say(state, total, answers, is_whole, row_names)


def say_open(plan: Plan, cells: pd.DataFrame) -> str:
    """Word the request to update figures whose cut-off is too early for these cells, or unknown."""
    cutoff, end_of = cells.cutoff.max(), period_ends(plan.year)
    if pd.isna(cutoff):
        return say("open", "", "")
    last = max(cells.period, key=[*end_of].index)
    # Cells of `AT_CUTOFF` are open after their quarter, too, until the year ends.
    is_of_year = end_of[last] <= pd.Timestamp(cutoff) or end_of[last] == end_of["Y"]
    until = f"năm {plan.year}" if is_of_year else lowercase_first(PERIOD_LABELS[last])
    return say("open", cutoff, until)


def add_answer_kinds(plan: Plan, cells: pd.DataFrame) -> pd.DataFrame:
    """Add the columns `answer` and `header` to missing cells (a row for each).

    `answer`: the kind of answer that is asked for: number, yes_no, document, date, choice, name, or
    none (the statement that there is no line); `header`: the header of its column in “ ”, <NA> for
    a quarter, a month or that statement.
    """
    sheets = plan.form.sheets
    headers = {
        (sheet.objective, column.key): f"“{column.header}”"
        for sheet in sheets
        for column in sheet.expected_columns
    }
    keys = zip(cells.objective, cells.column, strict=True)
    header = pd.Series([headers.get(key) for key in keys], cells.index, dtype="string")
    is_line = cells.objective.isin([sheet.objective for sheet in sheets if sheet.rows == "lines"])
    is_statement = is_line & (cells.row == "none").fillna(False)
    kinds = cell_kinds(cells, plan.form).fillna("number")
    answer = kinds.replace({"count": "number", "amount": "number"}).mask(is_statement, "none")
    return cells.assign(answer=answer, header=header.mask(is_statement))


def answers_of(cells: pd.DataFrame) -> Answers:
    """Return each kind of answer that is asked for, with the headers of its columns; "number"
    first.

    Documents become `whole_pair` (yes or no, and the document) if each of their rows lacks both.
    """
    row_keys = [cells.reporter, cells.objective, cells.row.fillna("")]
    lacks_yes_no = cells.answer.eq("yes_no").groupby(row_keys).transform("any")
    is_document = cells.answer == "document"
    is_whole_pair = is_document & lacks_yes_no[is_document].all()
    kinds = cells.answer.mask(is_whole_pair, "whole_pair")
    headers = cells.header.groupby(kinds).agg(lambda group: tuple(group.dropna().unique()))
    return tuple(sorted(headers.items(), key=lambda answer: answer[0] != "number"))


def _list_row_names(plan: Plan, cells: pd.DataFrame) -> str:
    """Return a text with the communes or items of the missing cells of one sheet: their names, of
    more than `MAX_NAMED` only the number.

    "" for a sheet of lines, whose rows have no names of the form.
    """
    sheet = plan.form.sheet(cells.objective.iloc[0])
    labels = {item.code: lowercase_first(item.label) for item in sheet.items}
    if sheet.rows == "communes":  # a commune that reports is not named to itself
        codes = cells.unit_code[cells.unit_code != cells.reporter]
        names = [*plan.register.inline_name[[*dict.fromkeys(codes)]]]
    else:
        names = [labels[row] for row in dict.fromkeys(cells.row.dropna()) if row in labels]
    if len(names) <= MAX_NAMED:
        return join_items(names)
    if sheet.rows != "communes":
        return f"{format_number(len(names))} dòng"
    kinds = plan.register.type[[*dict.fromkeys(cells.unit_code)]].str.lower().unique()
    return f"{format_number(len(names))} {', '.join(kinds)}"


def describe_place(request: Row, names: pd.Series) -> str:
    """Describe the place of a row of check.csv: sheet, cells, commune, column; else its file.

    `names`: the names of units by code. Messages name refused files and the
    communes of missing cells themselves.
    """
    if not request.sheet:
        return f"tệp {request.file}" if request.file and request.rule != "refused" else ""
    addresses = f"ô {shorten_list(request.cell.split(', '))}" if request.cell else ""
    is_unit_left_out = request.unit_code == request.reporter or request.severity == "missing"
    unit = "" if is_unit_left_out else names.get(request.unit_code)
    return ", ".join(filter(None, (request.sheet, addresses, unit, request.column)))
