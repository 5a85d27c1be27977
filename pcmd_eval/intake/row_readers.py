"""From one opened workbook to a row for each cell that the form asks for, and to its faults."""

from pcmd_eval.intake.cell_parsers import Cell
from pcmd_eval.intake.footer_rows import reported
from pcmd_eval.intake.issues import SentReturn
from pcmd_eval.intake.row_matching import owners
from pcmd_eval.intake.sheet_reader import Reader
from pcmd_eval.intake.stray_sheets import tell_strange
from pcmd_eval.intake.workbook import SentBook
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util.spelling import fold

# The row name of the one cell that a sheet without lines is asked for: that there are none.
STATEMENT = "none"


def read_sheets(returned: SentReturn, plan: Plan, book: SentBook | None = None) -> None:
    """Add the cells and the faults of the reporter's sheets; without a book all are absent."""
    for sheet in plan.sheets_of(returned.reporter):
        reader = Reader(returned, plan, sheet, book)
        if sheet.rows == "lines":
            _read_models(reader)
        else:
            _read_owned(reader)
    if book:
        tell_strange(returned, book, plan)


# -- rows of communes and of items -----------------------------------------------------------------


def _read_owned(reader):
    """Each owner with its rows, or with the row in doubt that may be its, if it has no other.

    A row in doubt is told, and spoils what may be meant by it. One without figures is in doubt if
    its code is somebody's, or if it names a commune; the label of an item alone says nothing.
    """
    key, label = reader.sheet.columns[:2]
    among = owners(reader.plan, reader.sheet, reader.returned.reporter)
    signs = {}
    for row in reader.rows:
        code, name = reader.at(row, key.key), reader.at(row, label.key)
        signs[row] = among.signs(code.text, name.text, code.is_number)
    reader.pass_over([row for row in signs if signs[row].likely])
    rows = {owner: [] for owner in among.names}
    doubtful = {}
    for row in reader.rows:
        whose = signs[row]
        if whose.owner in rows:
            rows[whose.owner].append(row)
        elif reader.filled(row) or whose.coded or (among.several and whose.likely):
            _ask_whose(reader, among, row, whose)
            doubtful.setdefault(whose.by_code, row)
            doubtful[whose.by_label] = row  # is read as what its label says, not its code
    read_owner = _read_commune if among.several else _read_item
    for owner, of_owner in rows.items():
        doubt = doubtful.get(owner, 0)  # 0: no row
        read_owner(reader, owner, of_owner or [doubt], doubt)


def _ask_whose(reader, among, row, signs):
    """The fault of a row that does not say whose it is, unless its font is told already."""
    key, label = reader.sheet.columns[:2]
    at = reader.at(row, key.key)
    if signs.by_code == signs.by_label:
        reader.tell(among.rule, at, key.header, signs=signs, among=among)
    elif not reader.at(row, label.key).old_font:
        unit = (signs.by_code or signs.by_label) if among.several else ""
        reader.tell("code-name", at, key.header, unit, signs=signs, among=among)


def _read_commune(reader, code, rows, doubt):
    """The rows of one commune; where any tells of a quarter, one that holds nothing in the quarters
    is asked only for what it holds.
    """
    main = [column for column in reader.sheet.asked if column.main]
    some = any(reported(reader.rows.get(row, {}), main, reader.form) for row in rows)
    forms = {}
    for row in rows:
        asked, cells = reader.sheet.asked, reader.rows.get(row, {})
        if some and not any(column.key in cells for column in main):
            asked = [column for column in asked if column.key in cells]
        if not asked:
            continue
        form = reader.at(row, "form")
        twin = forms.setdefault(fold(form.text), row)
        if twin != row:
            header = reader.sheet.column("form").header
            reader.tell("double-row", form, header, code, twin=twin)
        reader.read(row, code, form.text, asked, spoiled=bool(doubt))


def _read_item(reader, code, rows, doubt):
    """The row of one item; of two that are filled nobody knows which counts.

    `doubt`: the row that may be its row, too, 0 if there is none.
    """
    filled = [row for row in rows if reader.filled(row)]
    if len(filled) > 1:
        key = reader.sheet.columns[0]
        at = reader.at(filled[1], key.key)
        reader.tell("double-code", at, key.header, code=code, rows=filled)
    if filled or not reader.items[code].optional or reader.filled(doubt):
        spoiled = bool(doubt) or len(filled) > 1
        for row in filled or rows[:1]:
            reader.read(row, reader.returned.reporter, code, reader.sheet.asked, spoiled)


# -- lines -----------------------------------------------------------------------------------------


def _read_models(reader):
    """Each model, or the one cell that says that there is none.

    A row is a model if it says anything of one that can be read: type, start, or operation.
    """
    sheet, form, reporter = reader.sheet, reader.form, reader.returned.reporter
    telling = [column for column in sheet.asked if column.kind in ("choice", "date", "yes_no")]
    name = sheet.column("name")
    lines = [row for row, cells in reader.rows.items() if reported(cells, telling, form)]
    denials = _denials(reader)
    reader.pass_over([*lines, *denials])
    for row in reader.rows:
        if row not in denials and row not in lines and reader.filled(row):
            unnamed = Cell(reader.at(row, "name").place)
            reader.tell("model-name", unnamed, name.header)
    if denials and lines:
        at = reader.at(min(denials), "name")
        reader.tell("none-and-lines", at, name.header, statement=sheet.none_statement)
    for row in lines:
        _model_commune(reader, row)
        number = f"{sheet.number}.{row - form.first_row + 1}"
        reader.read(row, reporter, number, sheet.asked, spoiled=row in denials)
    if not lines:
        row = min(denials, default=form.first_row)
        reader.observe(denials.get(row) or reader.at(row, "name"), reporter, STATEMENT, name)


def _denials(reader):
    """The cells that say that there is no model, by row."""
    denials = {}
    for row, cells in reader.rows.items():
        for column in reader.sheet.columns[:2]:
            if column.key in cells and reader.form.grammar.denies(cells[column.key].text):
                denials.setdefault(row, cells[column.key])
    return denials


def _model_commune(reader, row):
    """The fault of a district's model in a commune of another; the province's may be anywhere."""
    register, reporter = reader.plan.register, reader.returned.reporter
    commune = reader.at(row, "commune")
    code = commune.text.zfill(5)
    if code in register.index and reporter not in (register.parent[code], reader.plan.province):
        names = {"commune": register.full_name[code], "district": register.full_name[reporter]}
        header = reader.sheet.column("commune").header
        reader.tell("model-commune", commune, header, code, **names)
