"""Write the evaluation as a second calculation in live Excel formulas, from cells to verdicts.

An inspector who knows Excel follows a verdict by "Trace Precedents", changes a rule or a cell, and
sees the verdict move. The values stored with the formulas, for programs that show a file without
calculating, are those of the package.
"""

from datetime import date, datetime
from functools import partial

import pandas as pd
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from pcmd_eval.analysis.trace import cell_addresses, counted_cells, decides, item_names
from pcmd_eval.audit.calculation_sheets import (
    ENDINGS,
    SILENT,
    VERDICT,
    FindingFormulas,
    audit_titles,
    fill_sheets,
)
from pcmd_eval.audit.formulas import (
    NO,
    NUMBERS,
    OTHER,
    SAME,
    UNKNOWN,
    YES,
    audit_formula,
    cell_value,
    rule_cell,
    rule_condition,
    status_words,
)
from pcmd_eval.audit.sheet_writer import Entry, Sheets, entries, span
from pcmd_eval.evaluation.findings import COUNTS, evaluate
from pcmd_eval.evaluation.observations import period_ends
from pcmd_eval.objectives.harm_reduction import limb_of
from pcmd_eval.plan.plan import Plan
from pcmd_eval.util import paths, vocabulary
from pcmd_eval.util.spelling import fold

_RULE_HEADERS = [
    *("Chỉ tiêu", "Quy tắc", "Giá trị", "Các lựa chọn", "Tên trong công thức"),
    *("Căn cứ", "Vì sao", "Nguồn"),
]
_COLOURS = {
    "blue": (YES, vocabulary.VERDICT_LABELS["met"], SAME, ENDINGS["complete"]),
    "orange": (NO, vocabulary.VERDICT_LABELS["not_met"], ENDINGS["unhandled"]),
    "grey": (UNKNOWN, vocabulary.VERDICT_LABELS["undetermined"], ENDINGS["incomplete"], SILENT),
    "red": (OTHER, ENDINGS["contradictory"]),
}
GUIDE, RESULTS, RULES_PAGE, RAW = "Hướng dẫn", "Kết quả", "Quy tắc", "Ô số liệu"
INSTRUCTIONS = {
    RAW: "Ô nền vàng sửa được; để trống là chưa có số liệu. Bấm cột Nguồn để mở đúng ô trong tệp "
    "mà đơn vị gửi.",
    RULES_PAGE: "Chọn giá trị khác ở ô nền vàng: mọi kết luận tính lại theo. "
    "Công thức gọi các giá trị này bằng tên.",
    RESULTS: "Bấm tên chỉ tiêu để xem các bước tính. Khớp: kết luận và bốn con số đều trùng với sổ "
    "đánh giá.",
}


def audit_workbook(
    plan: Plan,
    cells: pd.DataFrame,
    findings: pd.DataFrame,
    folder: str = ".",
    illustrative: bool = False,
) -> bytes:
    """Return the workbook that calculates the findings from `cells` and compares `findings`.

    `findings`: as written to findings.csv. `folder`: the path from the workbook to the returns
    ("../../data/returns/x"), for its links. `illustrative`: mark every page as made-up figures.
    Equal content gives equal bytes.
    """
    marks = [
        vocabulary.INTERNAL_MARK,
        vocabulary.ILLUSTRATIVE_MARK if illustrative else "",
        plan.mark,
    ]
    heading = f"Kế hoạch {plan.plan}, năm {plan.year}"
    mark = " · ".join(filter(None, marks))
    names = (GUIDE, RESULTS, RULES_PAGE, *audit_titles(plan).values(), RAW)
    properties = {"title": plan.title, "company": plan.issuer}
    issued = datetime.combine(plan.issued, datetime.min.time())
    sheets = Sheets(names, heading, mark, _COLOURS, created=issued, **properties)
    _write_guide(plan, sheets)
    # Cells first: the formulas of each page refer to addresses on pages that are filled before.
    formulas = fill_sheets(plan, sheets, _write_cells(plan, sheets, cells, folder))
    _write_rules(plan, sheets)
    # Without `reason`, which the workbook does not compare: sentences would take longest.
    evaluated = evaluate(plan, cells, explained=())
    _write_results(plan, sheets, evaluated, findings, formulas)
    return sheets.close()


def _write_guide(plan, sheets):
    """Write the page that says step by step how to use the workbook."""
    steps = (paths.TEMPLATES / "guide.txt").read_text(encoding="utf-8").splitlines()
    guide = pd.DataFrame({"Bước": range(1, len(steps) + 1), "Cách dùng sổ này": steps})
    sheets.write(GUIDE, f"{plan.issuer}, kế hoạch số {plan.plan}", guide, plan.title)
    sheets.pages[GUIDE].set_column(1, 1, 110)


def _write_cells(plan, sheets, cells, folder):
    """Write the deciding cells and what each counts as; return them with their addresses.

    Adds `at` (of the status), `value_at`, `raw_at` and `link`, see `fill_sheets`.
    """
    cells = _deciding_cells(plan, cells)
    ends = {period: end.date() for period, end in period_ends(plan.year).items()}
    cutoffs = [date.fromisoformat(day) if day else "" for day in cells.cutoff.fillna("")]
    values = [
        cell_value(*facts) for facts in zip(cells.row, cells.column, cells.value, strict=True)
    ]
    links = _links(cells, folder)
    frame = pd.DataFrame({
        "Chỉ tiêu": cells.place,
        "Mã đơn vị": cells.reporter,
        "Đơn vị": cells.unit_name,
        "Nội dung": item_names(plan, cells["item"]),
        "Kỳ": cells.period.map(vocabulary.PERIOD_LABELS),
        "Hết kỳ": cells.period.map(ends),
        "Ngày chốt số liệu": cutoffs,
        "Ghi trong báo cáo": cells.raw.fillna(""),
        "Giá trị": [Entry(value, look="input") for value in values],
        "Tình trạng khi nhận": cells.state.map(vocabulary.CELL_STATE_LABELS),
        "Tính là": _count_formulas(plan, cells),
        "Nguồn": links,
    })  # fmt: skip
    at = sheets.write(RAW, INSTRUCTIONS[RAW], frame)
    return cells.assign(
        at=at["Tính là"], value_at=at["Giá trị"], raw_at=at["Ghi trong báo cáo"], link=links
    )


def _links(cells, folder):
    """Return an `Entry` with a link from each cell to its place in the sender's file, else ""."""
    targets = f"external:{folder}/" + cells.file + "#'" + cells.sheet + "'!" + cells.cell
    pairs = zip(cell_addresses(cells).fillna(""), targets, strict=True)
    links = [Entry(address, link=target) if address else "" for address, target in pairs]
    return pd.Series(links, cells.index, dtype=object)


def _count_formulas(plan, cells):
    """Return an `Entry` with the status that each cell counts as, or the folded name of a model."""
    kinds = cells.column.mask(cells.row == "none", "none")
    chosen = partial(rule_condition, plan)
    formulas = {}
    for kind in kinds.unique():
        formulas[kind] = audit_formula("counts_as", column=kind, year=plan.year, chosen=chosen)
    names = cells.value.fillna("").map(fold)
    values = status_words(cells.counts).mask(kinds == "name", names)
    return entries(kinds.map(formulas), values)


def _deciding_cells(plan, cells):
    """Return the cells that can decide a finding under any rules, those of one part together.

    Adds `counts`, `limb`, `place` (number of the objective) and `part`. A number counts by `some`,
    also where the rules in force do not count its cell; an answer, which has no `some`, by the
    objective's first step.
    """
    deciding = cells[decides(cells)].fillna({"row": "", "column": "", "item": ""})
    counts = pd.concat(counted_cells(plan, cells, slug)[0].counts for slug in plan.by_slug)
    deciding = deciding.assign(
        counts=deciding.some.fillna(counts.reindex(deciding.index)),
        limb=limb_of(deciding),
        place=deciding.objective.map({one.slug: one.number for one in plan.objectives}),
        part=deciding.row.mask(deciding.objective.isin(plan.commune_slugs), deciding.unit_code),
    )
    return deciding.sort_values(["place", "reporter", "part", "period"], kind="stable")


def _write_rules(plan, sheets):
    """Write every target and rule, and define the names by which formulas use their cells."""
    levels = {"target": f"cấp {plan.kind}", "unit_target": plan.unit_level}
    rows = [*_rule_rows("Mọi chỉ tiêu", "", plan.rules, levels)]
    for objective in plan.objectives:
        statements = objective.targets | dict(objective.rules)
        rows += _rule_rows(objective.heading, f"{objective.slug}_", statements, levels)
    frame = pd.DataFrame(rows, columns=_RULE_HEADERS)
    at = sheets.write(RULES_PAGE, INSTRUCTIONS[RULES_PAGE], frame)
    for name, cell in zip(frame["Tên trong công thức"], at["Giá trị"], strict=True):
        page, _, position = cell.partition("!")
        fixed = xl_rowcol_to_cell(*xl_cell_to_rowcol(position), row_abs=True, col_abs=True)
        sheets.book.define_name(name, f"={page}!{fixed}")


def _rule_rows(heading, prefix, statements, levels):
    """Yield the rows of targets and rules, values in the order of `_RULE_HEADERS`.

    `statements`: the targets and rules by key; `prefix`: what the names in formulas begin with;
    `levels`: whom a target binds, by its key.
    """
    for key, stated in statements.items():
        cells = _target(levels[key], stated) if key in levels else _rule(stated)
        yield [heading, *cells, prefix + key, stated.grounds, stated.why, stated.source]


def _target(level, stated):
    """Return three cells of a target: its label, threshold or first number, and words."""
    target = stated.value
    label = f"Mức yêu cầu đối với {level}"
    if target.threshold:
        return label, Entry(float(target.threshold), look="input share"), target.words
    value = float(target.numbers[0]) if target.numbers else target.words
    return label, Entry(value, look="input"), target.words


def _rule(rule):
    """Return three cells of a rule: label, value in force with a drop-down, and all values."""
    labels = {rule_cell(rule, one.value): one.label for one in rule.choices}
    chosen = Entry(rule_cell(rule, rule.value), options=[*labels], look="input")
    offered = [value if value == label else f"{value} ({label})" for value, label in labels.items()]
    return rule.label, chosen, "; ".join(offered)


def _write_results(plan, sheets, evaluated, filed, formulas):
    """Write every finding next to the filed one, and how many differ.

    `evaluated`: the findings to store as values of `formulas`, which are by unit and objective.
    """
    keys = ["unit_code", "objective"]
    evaluated = evaluated.set_index(keys)
    rows = []
    for key, filed_row in filed.set_index(keys).iterrows():
        of_finding = formulas.get(key, FindingFormulas())
        rows.append(_result(plan, evaluated.loc[key], filed_row, of_finding))
    how = INSTRUCTIONS[RESULTS]
    without = [str(o.number) for o in plan.objectives if o.slug not in audit_titles(plan)]
    if without:
        how += f" Không tính lại bằng công thức: chỉ tiêu {', '.join(without)}."
    at = sheets.write(RESULTS, how, pd.DataFrame(rows))
    _, _, area = span(at["Khớp"]).partition("!")
    differing = [row for row in rows if row["Khớp"].value == OTHER]
    shown = f"Số dòng {OTHER}: {len(differing)}"
    formula = "=" + audit_formula("differing", area=area)
    sheets.pages[RESULTS].write_formula("H1", formula, sheets.styles["title"], shown)


def _result(plan, evaluated, filed, formulas):
    """Return the row of one finding by header."""
    unit, slug = evaluated.name
    title = plan[slug].heading
    link = f"internal:{formulas.area}"
    verdict = formulas.verdict
    if evaluated.verdict == "not_applicable":
        verdict = f'"{vocabulary.VERDICT_LABELS[evaluated.verdict]}"'
    needed = _needed(plan, slug, unit)
    count_formulas = (formulas.low, formulas.high, needed, formulas.total)
    counts = map(Entry, _counts(evaluated, "").values(), count_formulas)
    is_same = evaluated.verdict == filed.verdict and _counts(evaluated, "") == _counts(filed, "")
    return {
        "Mã đơn vị": unit,
        "Đơn vị": evaluated.unit_name,
        "Chỉ tiêu": Entry(title, link=link) if formulas.area else title,
        **dict(zip(NUMBERS, counts, strict=True)),
        VERDICT: Entry(vocabulary.VERDICT_LABELS[evaluated.verdict], verdict),
        "Theo sổ đánh giá": vocabulary.VERDICT_LABELS[filed.verdict],
        "Khớp": Entry(
            SAME if is_same else OTHER, audit_formula("same_as_filed", **_counts(filed, '""'))
        ),
    }


def _needed(plan, slug, unit):
    """Return the formula of the number that a unit needs; "" for a unit without a target."""
    target = plan.target(slug, unit)
    if not target:
        return ""
    level = "target" if unit == plan.province else "unit_target"
    return audit_formula("needed", shape=target.value.shape, target=f"{slug}_{level}")


def _counts(finding, unknown):
    """Return the counts of a finding by name, `unknown` in place of a missing one."""
    return {name: unknown if pd.isna(finding[name]) else finding[name] for name in COUNTS}
