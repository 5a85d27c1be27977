"""The edition that left the department last, and how a set stands beside it: findings alone, no cause, no cell."""

from dataclasses import dataclass
from datetime import date

from pcmd_eval import display, paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.findings import COLUMNS, load_findings
from pcmd_eval.plan import Plan
from pcmd_eval.proof.causes import Row
from pcmd_eval.proof.changes import FindingChange, differing
from pcmd_eval.published import DASH, Published, finding_of_row
from pcmd_eval.site.grids import Cell, Grid, looked, unit_page
from pcmd_eval.wording import short_date

NONE_THERE = Cell("không có")


@dataclass(frozen=True)
class Edition:
    """What was sent out on a day."""

    day: date
    findings: list[dict[str, str]]

    @property
    def spoken(self) -> str:
        """The day as it is written."""
        return short_date(self.day)


def latest(plan: Plan) -> Edition | None:
    """The edition of the latest day in data/released; None before the first; raises InputRefused for a broken one."""
    days: dict[date, str] = {}
    for file in paths.released_folder(plan.name).glob("*/findings.csv"):
        try:
            days[date.fromisoformat(file.parent.name)] = file.parent.name
        except ValueError:
            words = f"Thư mục “{file.parent.name}” trong data/released/{plan.name} không mang tên của một ngày"
            raise InputRefused(f"{words}. Đặt tên theo ngày gửi, dạng 2018-01-05.") from None
    if not days:
        return None
    day = max(days)
    place = f"data/released/{plan.name}/{days[day]}/findings.csv"
    try:
        rows = load_findings(paths.released_folder(plan.name) / days[day] / "findings.csv")
        for row in rows:
            finding_of_row({column: row[column] for column in COLUMNS})
    except (InputRefused, ValueError, KeyError, TypeError):
        raise InputRefused(f"Không đọc được {place}. Chép lại tệp của bộ đã gửi.") from None
    if others := sorted({row["plan"] for row in rows} - {plan.plan}):
        raise InputRefused(f"{place} thuộc kế hoạch {', '.join(others)}, không phải {plan.plan}. Chép lại đúng tệp.")
    return Edition(day, rows)


def changed(published: Published, edition: Edition) -> Grid | None:
    """The findings that are not what was sent out, a row each, the old beside the new; None where all are."""
    sent = {(row["unit_code"], row["objective"]): row for row in edition.findings}
    now = {(finding.unit_code, finding.objective): finding.texts() for finding in published.findings}
    rows = [_row(published, change) for change in differing(sent, now)]
    heads = ("Đơn vị", "Chỉ tiêu", "Đã gửi: kết luận", "Đã gửi: số đếm", "Nay: kết luận", "Nay: số đếm")
    caption = f"Kết quả khác với bộ đã gửi ngày {edition.spoken}"
    return Grid("thay-doi", caption, heads, rows, more=(display.COUNTED,)) if rows else None


def _row(published: Published, change: FindingChange) -> list[Cell]:
    unit = published.project.register.units.get(change.unit_code)
    titles = {o.slug: f"{o.number}. {o.title}" for o in published.project.plan.objectives}
    here = unit in published.units
    slug = change.objective
    name = Cell(change.unit_name, href=unit_page(unit) if unit and here else "")
    about = Cell(titles.get(slug, slug), href=f"objectives/{slug}.html" if slug in titles else "")
    return [name, about, *_told(change.before), *_told(change.after)]


def _told(row: Row | None) -> tuple[Cell, Cell]:
    if row is None:
        return NONE_THERE, Cell(DASH)
    finding = finding_of_row(row)
    return looked(finding.verdict), Cell(display.counted(finding) or DASH)
