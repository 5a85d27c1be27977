"""Find what a file holds outside the tables of the form: other sheets, words, stray figures."""

from collections.abc import Iterator

from pcmd_eval.office.intake.carry_over import find_other_titles, find_remarks
from pcmd_eval.office.intake.footer_rows import find_footer_rows
from pcmd_eval.office.intake.issues import SentFile, UnreadSheet
from pcmd_eval.office.intake.keyed_sheet import KeyedSheet
from pcmd_eval.office.intake.workbook import SentBook
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold


def find_unread_sheets(returned: SentFile, plan: Plan, book: SentBook) -> Iterator[UnreadSheet]:
    """Yield the non-empty sheets that are not of the form; of a file without entries also the
    form's sheets with words outside their tables.
    """
    names = {_letters(sheet.name): sheet.name for sheet in plan.sheets_of(returned.reporter)}
    for title in find_other_titles(plan, returned.reporter, book):
        form_sheet = next(
            (name for letters, name in names.items() if letters in _letters(title)), ""
        )
        cells = book.page(title).cells.items()
        if any(cell.text for _, cell in cells):
            has_figures = any(cell.is_number and column > 1 for (_, column), cell in cells)
            yield UnreadSheet(title, form_sheet, has_figures)
    if returned.has_entry:
        return
    [page] = book.pages(plan.form.info.sheet)
    if any(find_remarks(plan.form, page)):
        yield UnreadSheet(plan.form.info.sheet, "", has_figures=False)
    unit_name = plan.register.full_name[returned.reporter]
    for name, table in returned.tables.items():
        if _has_words(table, unit_name):
            yield UnreadSheet(name, name, has_figures=False)


def _has_words(table: KeyedSheet, unit_name: str) -> bool:
    """Return whether a row, footers aside, has a note or a cell under an unknown header."""
    rows, matches = table.filled_rows(), table.match_rows()
    matched = [row for row in matches if matches[row].likely_code]
    notes = {column.key for column in table.sheet.columns if column.kind == "note"}
    footers = {*find_footer_rows(rows, matched, table.form, table.sheet, unit_name)}
    return any(  # "+9": column 9, whose header is unknown
        key in notes or key.startswith("+") for row in rows.keys() - footers for key in rows[row]
    )


def _letters(title: str) -> str:
    """Return the folded letters of a title, without digits, spaces and signs."""
    return "".join(letter for letter in fold(title) if letter.isalpha())
