"""The tables of a review: rows of text, every number from the published set, every mark explained under its table."""

from collections.abc import Iterable, Iterator

from pcmd_eval.findings import target_for
from pcmd_eval.form import Item
from pcmd_eval.plan import Sourced
from pcmd_eval.published import DASH, Published
from pcmd_eval.review.annex_cells import AnnexTable, Row, asked_cell, cell, done_cell, rate_cell, table, verdict_cell
from pcmd_eval.units import Unit
from pcmd_eval.wording import BASES, OWN_BODIES, Verdict, number

_RETURN = ("state", "late", "sent", "cutoff", "expected", "reported", "blank", "unreadable", "absent")


# ---- the targets ----------------------------------------------------------------------------------------------------


def targets(published: Published, unit: Unit) -> AnnexTable:
    """The objectives of one unit: plan, done, rate, verdict and basis."""
    plan = published.project.plan
    found = [(o, published.finding(unit.code, o.slug)) for o in plan.objectives]
    return table(
        {
            "title": o.title,
            "asked": asked_cell(f),
            "done": done_cell(f),
            "rate": rate_cell(f),
            "verdict": verdict_cell(f.verdict),
            "basis": BASES.get(f.basis, DASH),
        }
        for o, f in found
    )


def reasons(published: Published, unit: Unit) -> AnnexTable:
    """The verdict of one unit on each objective with the sentence of the findings."""
    found = [(o, published.finding(unit.code, o.slug)) for o in published.project.plan.objectives]
    return table({"title": o.title, "verdict": verdict_cell(f.verdict), "reason": f.reason} for o, f in found)


def targets_by_district(published: Published) -> AnnexTable:
    """The verdict of every unit on every objective that the plan gives to districts, with the count of the first."""
    rows = []
    for unit in published.units:
        found = {o.slug: published.finding(unit.code, o.slug) for o in published.project.plan.objectives}
        first = found[published.project.plan.objectives[0].slug]
        cells = {slug: verdict_cell(f.verdict) for slug, f in found.items()}
        said = "; ".join(f"{o.number}. {o.title}: {cells[o.slug]}" for o in published.project.plan.objectives)
        rows.append({"unit": unit.full_name, "done": done_cell(first), **cells, "verdicts": said})
    return table(rows)


# ---- the parts of the work ------------------------------------------------------------------------------------------


def _by_district(published: Published, slug: str, keys: Iterable[str], own: Iterable[str] = ()) -> Iterator[Row]:
    """A row for every district, one for the province's own bodies where they report `own`, and the whole province."""
    keys, own = list(keys), set(own)
    for unit in published.districts:
        yield {"unit": unit.full_name, **{_name(k): cell(published, unit.code, slug, k) for k in keys}}
    province = published.province
    if own:
        cells = {_name(k): cell(published, province.code, slug, f"own.{k}") if k in own else "" for k in keys}
        yield {"unit": OWN_BODIES, **cells}
    yield {"unit": "Toàn tỉnh", **{_name(k): cell(published, province.code, slug, k) for k in keys}}


def _name(key: str) -> str:
    """A key as a name that a template can use: 3.1.1 -> n3_1_1, sessions:Q1 -> sessions_Q1."""
    name = key.replace(".", "_").replace(":", "_")
    return f"n{name}" if name[0].isdigit() else name


def communication(published: Published) -> AnnexTable:
    """Sessions by quarter, attendance, and how the communes stand."""
    quarters = [f"sessions:Q{quarter}" for quarter in range(1, 5)]
    counts = ("communes", "maintaining", "unclear", "not_maintaining")
    return table(_by_district(published, "communication", [*quarters, "sessions", "attendance", *counts]))


def media(published: Published) -> AnnexTable:
    """What the provincial mass media published in the year, by outlet."""
    code = published.province.code
    return table(
        {"outlet": label, "pieces": cell(published, code, "media", key)} for key, label in _items(published, "media")
    )


def months(published: Published) -> AnnexTable:
    """One row: whether each month had news."""
    code = published.province.code
    keys = [f"M{month:02d}" for month in range(1, 13)]
    return table([{key: cell(published, code, "media", key).partition(" ")[0] for key in keys}])


def integration(published: Published) -> AnnexTable:
    """Programme by programme, then documents, programmes carried out, those that count, and money."""
    programmes = [key for key, _ in _items(published, "integration")]
    return table(_by_district(published, "integration", [*programmes, "documents", "carried_out", "counted", "budget"]))


def interventions(published: Published) -> AnnexTable:
    """The two contents, the activities that are not about few persons, and the models each unit lists."""
    rows = list(_by_district(published, "harm_reduction", ("3.1", "3.2", "3.1.1", "3.1.3", "3.2.1")))
    codes = [unit.code for unit in published.districts]
    rows = rows if "harm_reduction" in published.project.plan else []
    hosts = [cell(published, code, "support_model", "hosts") for code in codes]
    hosts.append(cell(published, published.province.code, "support_model", "models"))
    return table({**row, "hosts": words} for row, words in zip(rows, hosts, strict=bool(rows)))


def persons_reached(published: Published) -> AnnexTable:
    """The whole province by activity: how many, and how many persons; and the persons whom models supported."""
    code = published.province.code
    rows = [
        {
            "item": label,
            "activities": cell(published, code, "harm_reduction", key),
            "persons": cell(published, code, "harm_reduction", f"{key}:persons"),
        }
        for key, label in _items(published, "harm_reduction")
    ]
    models = {"activities": cell(published, code, "support_model", "models")}
    models["persons"] = cell(published, code, "support_model", "persons")
    last = {"item": "Mô hình hỗ trợ xã hội tại cộng đồng (số mô hình)", **models}
    return table([*rows, *([last] if "support_model" in published.project.plan else [])])


def enforcement(published: Published) -> AnnexTable:
    """Inspections and cases of every reporter; more or fewer is neither good nor bad."""
    keys = ("6.1", "6.3", "6.4", "6.5", "6.6", "6.7")
    if "enforcement" not in published.project.plan:
        return table([])
    rows = list(_by_district(published, "enforcement", keys, own=keys))
    verdicts = [verdict_cell(published.finding(unit.code, "enforcement").verdict) for unit in published.units]
    own = published.value(published.province.code, "enforcement", "own.verdict")
    verdicts.insert(-1, verdict_cell(Verdict(own)) if own else DASH)
    return table({**row, "verdict": words} for row, words in zip(rows, verdicts, strict=True))


def handling(published: Published) -> AnnexTable:
    """What only the whole province's figures may tell: places, persons by kind, fines."""
    code, keys = published.province.code, ("6.2", "6.7", "6.8", "6.9", "6.10", "6.11")
    measures = {item.code: item.measure for item in _lines(published, "enforcement")}
    return table(
        {"item": label, "measure": measures[key] or DASH, "value": cell(published, code, "enforcement", key)}
        for key, label in _items(published, "enforcement")
        if key in keys
    )


def _items(published: Published, slug: str) -> list[tuple[str, str]]:
    return [(item.code, item.label) for item in _lines(published, slug)]


def _lines(published: Published, slug: str) -> Iterable[Item]:
    """The rows of the form for one objective; none for an objective that the plan does not have."""
    return (item for sheet in published.project.form.sheets if sheet.objective == slug for item in sheet.items)


# ---- returns, method, sources ---------------------------------------------------------------------------------------


def returns(published: Published) -> AnnexTable:
    """What became of each return, and how much of what was asked it holds."""
    whole = published.province.code
    places = [(u.full_name, u.code, "") for u in published.districts]
    places += [(OWN_BODIES, whole, "own.")] if published.value(whole, "", "own.state") != "not_asked" else []
    places.append(("Toàn tỉnh", whole, ""))
    rows = [{"unit": n, **{k: published.shown(code, "", f"{own}{k}") for k in _RETURN}} for n, code, own in places]
    rows[-1]["state"] = _received(published, whole)
    return table(rows)


def _received(published: Published, code: str) -> str:
    found = published.indicator(code, "", "reporters")
    return f"{found.known}/{found.expected} báo cáo" if found and found.known is not None else DASH


def rules(published: Published, unit: Unit) -> AnnexTable:
    """The targets and every rule in force: value, whose word it is, and why."""
    plan = published.project.plan
    rows = []
    for objective in plan.objectives:
        name = f"{objective.number}. {objective.title}"
        whole = unit.code == published.province.code
        if whole or objective.district_target:
            target = target_for(plan, objective, unit)
            rows.append(_rule_row(name, "Mức cần đạt", target.value.words, target))
        rows += [_rule_row(name, rule.label, rule.chosen, rule) for rule in objective.rules.values()]
    return table(rows + [_rule_row("Chung", rule.label, rule.chosen, rule) for rule in plan.rules.values()])


def _rule_row(objective: str, label: str, value: str, rule: Sourced) -> Row:
    return {"objective": objective, "rule": label, "value": value, "status": rule.grounds, "why": rule.why}


def sources(published: Published) -> AnnexTable:
    """The texts that values rest on, each once, and what each is used for."""
    plan, used = published.project.plan, {}
    used[plan.source] = ["Các chỉ tiêu của kế hoạch"]
    for objective in plan.objectives:
        name = f"chỉ tiêu {objective.number}"
        used.setdefault(objective.target.source, []).append(f"Mức cần đạt, {name}")
        if objective.district_target:
            used.setdefault(objective.district_target.source, []).append(f"Mức áp cho từng huyện, {name}")
        for rule in objective.rules.values():
            used.setdefault(rule.source, []).append(f"{rule.label} ({name})")
    for rule in plan.rules.values():
        used.setdefault(rule.source, []).append(rule.label)
    return table({"source": source, "used": "; ".join(names)} for source, names in used.items())


# ---- a district's own annex -----------------------------------------------------------------------------------------


def own_figures(published: Published, unit: Unit) -> AnnexTable:
    """The figures of one district, one below the other."""
    rows: list[Row] = []

    def add(slug: str, key: str, words: str, measure: str) -> None:
        found = published.indicator(unit.code, slug, key)
        if found is None:
            return
        based = f"{number(found.known)}/{number(found.expected)}" if found.known is not None and found.expected else ""
        rows.append({"item": words, "measure": measure, "value": cell(published, unit.code, slug, key), "based": based})

    for key, words in (("sessions", "Cuộc tuyên truyền"), ("attendance", "Lượt người dự tuyên truyền")):
        add("communication", key, words, "cuộc" if key == "sessions" else "lượt người")
    for key, words in (
        ("communes", "Xã, phường, thị trấn"),
        ("maintaining", "– duy trì tuyên truyền thường xuyên"),
        ("unclear", "– chưa biết"),
        ("not_maintaining", "– không duy trì thường xuyên"),
    ):
        add("communication", key, words, "đơn vị")
    for key, label in _items(published, "integration"):
        add("integration", key, f"Lồng ghép {key}: {label[:1].lower()}{label[1:]}", "có, không")
    for key, words in (
        ("documents", "Văn bản lồng ghép đã ban hành"),
        ("carried_out", "Chương trình đã tổ chức thực hiện"),
        ("counted", "Chương trình vừa có văn bản vừa được thực hiện"),
    ):
        add("integration", key, words, "chương trình")
    add("integration", "budget", "Kinh phí lồng ghép", "triệu đồng")
    for key, label in _items(published, "harm_reduction"):
        add("harm_reduction", key, label, "cuộc")
    add("support_model", "hosts", "Có mô hình hỗ trợ xã hội tại cộng đồng", "có, không")
    for item in _lines(published, "enforcement"):
        add("enforcement", item.code, item.label, item.measure or "")
    return table(rows)


def own_return(published: Published, unit: Unit) -> AnnexTable:
    """What became of one district's return."""
    return table([{key: published.shown(unit.code, "", key) for key in _RETURN}])
