"""The tables of the site, from what is published: words, shapes and numbers as readers see them, and their legend."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pcmd_eval.findings import Finding
from pcmd_eval.plan import Objective
from pcmd_eval.published import DASH, DASH_WORDS, MARKER, MARKER_WORDS, STAR, STAR_WORDS, Published
from pcmd_eval.site.labels import COMPARED, IN_WORDS, Comparison, names
from pcmd_eval.tables import STANDINGS
from pcmd_eval.targets import Target
from pcmd_eval.units import Unit
from pcmd_eval.wording import LOOKS, OWN_BODIES, Look, number, share

_LOOKS: dict[str, Look] = {**LOOKS, **STANDINGS}


@dataclass(frozen=True)
class Cell:
    """One cell: its text, the look it has if it is a verdict or a standing, where it leads from the set's folder."""

    text: str
    kind: str = "word"
    look: Look | None = None
    name: str = ""
    href: str = ""

    @property
    def shape(self) -> str:
        """The shape before the text."""
        return self.look.shape if self.look else ""


@dataclass(frozen=True)
class Grid:
    """A table: the first cell of each row is its heading; `strong` rows are the whole of the others."""

    id: str
    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    strong: frozenset[int] = frozenset()
    more: tuple[str, ...] = ()

    @property
    def notes(self) -> list[str]:
        """What the signs in this table mean."""
        texts = [cell.text for row in self.rows for cell in row]
        said = {MARKER_WORDS: MARKER in texts, DASH_WORDS: DASH in texts}
        said[STAR_WORDS] = any(text.endswith(STAR) for text in texts)
        return [*self.more, *(words for words, there in said.items() if there)]


def looked(name: str, href: str = "") -> Cell:
    """A verdict or a standing by word and shape."""
    return Cell(_LOOKS[name].word, "look", _LOOKS[name], str(name), href)


def counted(value: int | None) -> Cell:
    """A whole number, or the dash."""
    return Cell(DASH if value is None else number(value), "number")


def cell_of(published: Published, unit: str, slug: str, key: str) -> Cell:
    """An indicator as readers see it, nothing if there is none; a star behind a sum of too few parts."""
    if published.indicator(unit, slug, key) is None:
        return Cell("", "number")
    value, name = published.value(unit, slug, key), key.removeprefix("own.")
    if value in _LOOKS:
        return looked(value)
    shown = published.shown(unit, slug, key)
    if name in IN_WORDS:
        return Cell(shown)
    star = STAR if published.starred(unit, slug, key) else ""
    return Cell(f"{shown}{star}", "number")


def reached(finding: Finding) -> str:
    """The share that is sure, or from what is sure to what is possible; a dash where nothing is known."""
    low, high, total = finding.low, finding.high, finding.total
    if low is None or not total or low > total or finding.nothing_known:
        return DASH
    threshold = Target.parse(finding.target).threshold
    sure = share(low, total, threshold)
    if high is None:
        return f"ít nhất {sure}"
    return sure if high == low or high > total else f"{sure} – {share(high, total, threshold)}"


def verdicts(published: Published, objective: Objective, ways: dict[tuple[str, str], Cell]) -> Grid:
    """Every unit on one objective: verdict, counts, and the way to how it was calculated."""
    rows = []
    for unit in published.units:
        f = published.finding(unit.code, objective.slug)
        counts = (counted(value) for value in (f.low, f.high, f.needed, f.total))
        way = ways[unit.code, objective.slug]
        rows.append([_unit(unit), looked(f.verdict), *counts, Cell(reached(f), "number"), way])
    heads = ("Đơn vị", "Kết luận", "Chắc chắn", "Nhiều nhất", "Cần đạt", "Tổng số", "Tỷ lệ", "Cách tính")
    title = f"Số {objective.counted} {objective.achievement}, theo đơn vị"
    more = "Chắc chắn: số đã có đủ căn cứ. Nhiều nhất: nếu mọi số liệu còn thiếu đều thuận lợi."
    return Grid("don-vi", title, heads, rows, frozenset({len(rows) - 1}), (more,))


def _unit(unit: Unit) -> Cell:
    return Cell(unit.full_name, href=unit_page(unit))


def unit_page(unit: Unit) -> str:
    """Where the page of a unit lies in the set."""
    return "province/index.html" if not unit.parent else f"districts/{unit.folder}/index.html"


def compared(published: Published, slug: str) -> list[Grid]:
    """The indicators of an objective, all units beside each other; then what only the province has."""
    grids = [_comparison(published, slug, spec, place) for place, spec in enumerate(COMPARED[slug])]
    seen = {key for spec in COMPARED[slug] for key in spec.keys}
    code = published.province.code
    rest = [key for key in names(published.project.form, slug) if key not in seen]
    rows = _rows(published, published.province, slug, rest)
    if rows:
        caption = f"Số liệu chỉ công bố chung cho {published.province.inline_name}"
        grids.append(Grid(f"chung-{code}", caption, ("Nội dung", "Số liệu", "Căn cứ"), rows, more=(BASIS,)))
    return grids


def _comparison(published: Published, slug: str, spec: Comparison, place: int) -> Grid:
    code, form = published.province.code, published.project.form
    known = names(form, slug)
    keys = [key for key in spec.keys if key in known]
    heads = [(spec.short or {}).get(key) or known[key] for key in keys]
    lines = [(_unit(unit), unit.code, "") for unit in published.districts]
    lines += [(Cell(OWN_BODIES), code, "own.")] if spec.own else []
    if any(published.indicator(code, slug, key) for key in keys):
        lines.append((_unit(published.province), code, ""))
    rows = [[head, *(cell_of(published, unit, slug, own + key) for key in keys)] for head, unit, own in lines]
    strong = frozenset({len(rows) - 1} if lines[-1][0] == _unit(published.province) else ())
    more = (spec.whole,) if spec.whole and strong else ()
    return Grid(f"so-lieu-{place + 1}", spec.title, ("Đơn vị", *heads), rows, strong, more)


COUNTED = "Ở dòng có mã như 2.1, 3.1: số huyện, thành, thị được tính."
BASIS = "Căn cứ: số phần đã biết trên số phần phải có (ô của báo cáo, xã, tháng hoặc đơn vị báo cáo)."


def of_unit(published: Published, unit: Unit, slug: str) -> Grid | None:
    """All indicators of one unit on one objective; None if it has none."""
    whole = unit == published.province
    rows = _rows(published, unit, slug, names(published.project.form, slug))
    if not rows:
        return None
    caption = f"Số liệu chính, chỉ tiêu {published.project.plan[slug].number}"
    counts = any(spec.whole for spec in COMPARED[slug]) and whole
    more = (*([COUNTED] if counts else []), BASIS)
    own = whole and len(rows[0]) > 3
    heads = ("Nội dung", "Số liệu", *([f"Trong đó: {OWN_BODIES.lower()}"] if own else []), "Căn cứ")
    return Grid(f"so-lieu-{slug}", caption, heads, rows, more=more)


def _rows(published: Published, unit: Unit, slug: str, keys: Iterable[str]) -> list[list[Cell]]:
    """An indicator in each row: its name, its value, for the province that of its own bodies, and the basis."""
    words, code = names(published.project.form, slug), unit.code
    own = any(published.indicator(code, slug, f"own.{key}") for key in keys)
    prefixes = ("", "own.") if own else ("",)
    rows = []
    for key in keys:
        parts = [published.indicator(code, slug, prefix + key) for prefix in prefixes]
        if any(parts):
            values = [cell_of(published, code, slug, prefix + key) for prefix in prefixes]
            rows.append([Cell(words[key]), *values, Cell(_basis(parts[0]), "number")])
    return rows


def _basis(found: object) -> str:
    known, expected = getattr(found, "known", None), getattr(found, "expected", None)
    return "" if known is None or not expected else f"{number(known)}/{number(expected)}"


def returns(published: Published) -> Grid:
    """What became of every reporter's return, and how many of its cells hold a figure."""
    keys = ("state", "late", "sent", "cutoff", "expected", "reported", "blank", "unreadable", "absent")
    code = published.province.code
    lines = [(_unit(unit), unit.code, "") for unit in published.districts]
    own = published.value(code, "", "own.state") != "not_asked"
    lines += [(Cell(OWN_BODIES, href=unit_page(published.province)), code, "own.")] if own else []
    lines.append((Cell("Cộng"), code, ""))
    rows = [[head, *(cell_of(published, unit, "", own + key) for key in keys), _rate(published, unit, own)]
            for head, unit, own in lines]  # fmt: skip
    rows[-1][1:5] = [Cell("", "number")] * 4  # words have no sum
    form = names(published.project.form, "")
    heads = ("Đơn vị báo cáo", *(form[key] for key in keys), "Tỷ lệ có số liệu")
    return Grid("bao-cao", "Báo cáo đã nhận, theo đơn vị", heads, rows, frozenset({len(rows) - 1}))


def own_return(published: Published, unit: Unit, own: str) -> Grid:
    """The return of one reporter: `own` is "own." for what the province's own bodies sent."""
    keys = [key for key in names(published.project.form, "") if published.indicator(unit.code, "", own + key)]
    words = names(published.project.form, "")
    rows = [[Cell(words[key]), cell_of(published, unit.code, "", own + key)] for key in keys]
    rows.append([Cell("Tỷ lệ ô có số liệu"), _rate(published, unit.code, own)])
    caption = f"Báo cáo của {OWN_BODIES[:1].lower()}{OWN_BODIES[1:]}" if own else f"Báo cáo của {unit.inline_name}"
    return Grid("bao-cao", caption, ("Nội dung", "Số liệu"), rows)


def _rate(published: Published, unit: str, own: str) -> Cell:
    given, asked = (published.count(unit, "", f"{own}{key}") for key in ("reported", "expected"))
    return Cell(share(given, asked) if given is not None and asked else DASH, "number")
