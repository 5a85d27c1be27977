"""The plan as data: what the shipped plan says, every slip in a plan file refused by the name of its key."""

import shutil
from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import a_return, evidence_of, observe

from pcmd_eval import paths
from pcmd_eval.errors import InputRefused
from pcmd_eval.objectives import OBJECTIVES, evaluate
from pcmd_eval.observations import Evidence
from pcmd_eval.plan import Plan, load_plan
from pcmd_eval.project import Project, open_project

SHIPPED = paths.PLANS / "phu_tho_2017.yaml"
Edit = Callable[[dict[str, Any]], None]


def content() -> dict[str, Any]:
    """The shipped plan file as plain data."""
    return yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))


def put(place: str, value: Any) -> Edit:
    """Set what stands at a dotted place (`objectives.0.rules`)."""

    def edit(plan: dict[str, Any]) -> None:
        *path, last = place.split(".")
        spot: Any = plan
        for key in path:
            spot = spot[int(key)] if isinstance(spot, list) else spot[key]
        spot[int(last) if isinstance(spot, list) else last] = value

    return edit


def drop(place: str) -> Edit:
    """Remove what stands at a dotted place."""

    def edit(plan: dict[str, Any]) -> None:
        *path, last = place.split(".")
        spot: Any = plan
        for key in path:
            spot = spot[int(key)] if isinstance(spot, list) else spot[key]
        del spot[int(last) if isinstance(spot, list) else last]

    return edit


def written(folder: Path, *edits: Edit) -> str:
    """A plan file like the shipped one but for the edits."""
    plan = deepcopy(content())
    for edit in edits:
        edit(plan)
    path = folder / "thu.yaml"
    path.write_text(yaml.safe_dump(plan, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return str(path)


def reasons(call: Callable[[], Any]) -> str:
    """The sentences with which something is refused."""
    with pytest.raises(InputRefused) as refusal:
        call()
    return "\n".join(refusal.value.reasons)


# ---- the shipped plan ------------------------------------------------------------------------------------------------


def test_the_shipped_plan_quotes_the_published_sentences(plan: Plan) -> None:
    """The six sentences as the provincial portal published them, in their order, with their targets and levels."""
    expected = [
        (
            "communication",
            "75% số xã, phường, thị trấn tổ chức được ít nhất một hình thức tuyên truyền về phòng ngừa mại dâm và được"
            " duy trì thường xuyên",
            ">= 75%",
            "stated",
            "province",
        ),
        (
            "integration",
            "50% các huyện, thành, thị xây dựng kế hoạch lồng ghép và tổ chức, thực hiện nhiệm vụ PCMD với các chương"
            " trình kinh tế - xã hội tại địa phương như chương trình giảm nghèo; dạy nghề cho lao động nông thôn;"
            " chương trình việc làm; phòng, chống HIV/AIDS; phòng, chống tội phạm mua bán người",
            ">= 50%",
            "stated",
            "province",
        ),
        (
            "harm_reduction",
            "20% các huyện, thành, thị triển khai thực hiện được các hoạt động can thiệp giảm tác hại về HIV/AIDS,"
            " phòng ngừa, giảm tình trạng bạo lực trên cơ sở giới trong PCMD",
            ">= 20%",
            "stated",
            "province",
        ),
        (
            "support_model",
            "xây dựng một mô hình cung cấp dịch vụ hỗ trợ xã hội cho người bán dâm tại cộng đồng",
            ">= 1",
            "stated",
            "province",
        ),
        (
            "media",
            "thường xuyên cập nhật thông tin về PCMD và đăng tải trên các phương tiện thông tin đại chúng cấp tỉnh",
            "every month",
            "borrowed",
            "province",
        ),
        (
            "enforcement",
            "phát hiện và xử lý nghiêm minh các hành vi vi phạm pháp luật, tội phạm liên quan đến mại dâm",
            "all",
            "borrowed",
            "everyone",
        ),
    ]
    assert [(o.slug, o.sentence, o.target.value.text, o.target.status, o.level) for o in plan.objectives] == expected
    assert [o.number for o in plan.objectives] == [1, 2, 3, 4, 5, 6]
    assert (plan.plan, plan.year, plan.issued, plan.name) == (
        "884/KH-UBND",
        2017,
        date(2017, 3, 14),
        "phu_tho_2017",
    )


def test_the_shipped_defaults(plan: Plan) -> None:
    """The rule values of design section 4; each is an assumption with a why and a source until confirmed."""
    values = {key: rule.value for o in plan.objectives for key, rule in o.rules.items()}
    assert values == {
        "active_quarters": 3,
        "quarters": (1, 2, 3, 4),
        "min_programmes": 1,
        "limbs": "any",
        "started": "any",
        "months": tuple(range(1, 13)),
        "outlets": "all",
        "pending": "not_handled",
    }
    assert plan.rules["open_period_days"].value == 16 and plan.rules["complete_share"].value == 90
    for rule in (*plan.rules.values(), *(rule for o in plan.objectives for rule in o.rules.values())):
        assert rule.status == "assumption" and rule.why and rule.source


def test_a_district_target_stands_only_where_a_district_is_judged(plan: Plan) -> None:
    """1, 2, 3 and 6 have one, 4 and 5 have none: the plan gives districts no such duty."""
    assert {o.slug for o in plan.objectives if o.district_target} == {
        *("communication", "integration", "harm_reduction", "enforcement")
    }


@pytest.mark.parametrize(
    ("status", "basis"),
    [("stated", "plan"), ("confirmed", "plan"), ("borrowed", "borrowed"), ("assumption", "assumption")],
)
def test_basis_follows_the_status(tmp_path: Path, status: str, basis: str) -> None:
    """What the plan states or the department confirmed is the plan's; a borrowed number stays borrowed."""
    edits = [put("objectives.0.target.status", status)]
    if status == "confirmed":
        edits.append(put("objectives.0.target.confirmed", {"document": "12/SLĐTBXH", "date": date(2018, 1, 5)}))
    assert load_plan(written(tmp_path, *edits))["communication"].target.basis == basis


def test_objectives_are_found_by_number_or_slug(plan: Plan) -> None:
    """`2` and `integration` are the same; another word lists those there are."""
    assert plan.objective("2") is plan.objective("integration") is plan["integration"]
    said = reasons(lambda: plan.objective("7"))
    assert "“7”" in said and "1 communication" in said and "6 enforcement" in said


def test_a_plan_that_does_not_exist_lists_those_that_do() -> None:
    """One sentence with what to do."""
    said = reasons(lambda: load_plan("phu_tho_2018"))
    assert "phu_tho_2018" in said and "phu_tho_2017" in said


def test_an_unchanged_copy_is_the_same_plan(tmp_path: Path, plan: Plan) -> None:
    """The edits below start from a plan that is accepted."""
    assert load_plan(written(tmp_path)).objectives == plan.objectives


# ---- slips -----------------------------------------------------------------------------------------------------------

SLIPS: list[tuple[str, Edit, list[str]]] = [
    ("unknown key", put("bonus", 1), ["bonus"]),
    ("unknown key in an objective", put("objectives.1.targets", 1), ["objectives.1.targets"]),
    ("unknown key in a rule", put("objectives.0.rules.active_quarters.valu", 3), ["active_quarters.valu"]),
    ("unknown rule", put("objectives.0.rules.active_quarter", {}), ["active_quarter"]),
    ("unknown general rule", put("rules.grace", deepcopy(content()["rules"]["deadline"])), ["rules", "grace"]),
    ("missing key", drop("objectives.2.sentence"), ["objectives.2.sentence"]),
    ("missing title", drop("title"), ["title"]),
    ("missing source of the plan", drop("source"), ["source"]),
    ("missing source of a target", drop("objectives.0.target.source"), ["objectives.0.target.source"]),
    ("missing source of a rule", drop("objectives.5.rules.pending.source"), ["pending.source"]),
    ("empty source", put("objectives.3.target.source", "  "), ["objectives.3.target.source"]),
    ("missing why", drop("objectives.4.rules.months.why"), ["months.why"]),
    ("missing rule", drop("objectives.4.rules.months"), ["objectives.4.rules", "months"]),
    ("missing general rule", drop("rules.open_period_days"), ["rules", "open_period_days"]),
    ("unknown status", put("objectives.0.target.status", "sure"), ["objectives.0.target.status"]),
    ("confirmed without its document", put("objectives.0.target.status", "confirmed"), ["objectives.0.target"]),
    (
        "document without being confirmed",
        put("objectives.0.target.confirmed", {"document": "1/A", "date": date(2018, 1, 1)}),
        ["objectives.0.target"],
    ),
    ("unknown objective", put("objectives.0.slug", "comunication"), ["objectives.0.slug"]),
    ("doubled number", put("objectives.1.number", 1), ["objectives", "number"]),
    ("doubled objective", put("objectives.1", content()["objectives"][0] | {"number": 2}), ["objectives", "slug"]),
    ("no objectives", put("objectives", []), ["objectives"]),
    ("unknown level", put("objectives.0.level", "district"), ["objectives.0.level"]),
    ("province code as a number", put("units.province", 25), ["units.province"]),
    ("year of two digits", put("year", 17), ["year"]),
    ("impossible day", put("issued", "31/2/2017"), ["issued"]),
    *(
        (f"target {target}", put("objectives.0.target.value", target), ["objectives.0.target.value"])
        for target in (">= 0%", ">= 101%", "14/13", "80% .. 75%", "75 phần trăm", "", None)
    ),
    ("impossible district target", put("objectives.0.district_target.value", "> 100%"), ["district_target.value"]),
    *(
        (f"{slug} {rule} {value!r}", put(f"objectives.{number}.rules.{rule}.value", value), [rule])
        for number, slug, rule, value in [
            (0, "communication", "active_quarters", 0),
            (0, "communication", "active_quarters", 5),
            (0, "communication", "active_quarters", 2.5),
            (0, "communication", "active_quarters", "3"),
            (0, "communication", "active_quarters", True),
            (0, "communication", "quarters", [1, 2, 3, 5]),
            (0, "communication", "quarters", [2, 2, 3]),
            (0, "communication", "quarters", []),
            (1, "integration", "min_programmes", 0),
            (1, "integration", "min_programmes", True),
            (2, "harm_reduction", "limbs", "all"),
            (3, "support_model", "started", "2017"),
            (4, "media", "months", [0, 1]),
            (4, "media", "months", list(range(1, 14))),
            (4, "media", "outlets", []),
            (4, "media", "outlets", "press"),
            (5, "enforcement", "pending", "unknown"),
        ]
    ),
    ("value that is not among the choices", put("objectives.1.rules.min_programmes.value", 4), ["min_programmes"]),
    (
        "impossible alternative",
        put("objectives.0.rules.active_quarters.choices.0.value", 5),
        ["active_quarters"],
    ),
    ("alternative without a label", drop("objectives.0.rules.active_quarters.choices.0.label"), ["choices.0.label"]),
    (
        "the same alternative twice",
        put("objectives.0.rules.active_quarters.choices.0.value", 2),
        ["active_quarters"],
    ),
    ("deadline that is no day", put("rules.deadline.value", "cuối năm"), ["deadline"]),
    ("deadline with a time of day", put("rules.deadline.value", datetime(2017, 12, 20, 8)), ["deadline"]),
    ("deadline before the year is over", put("rules.deadline.value", date(2017, 12, 14)), ["rules.deadline", "2017"]),
    ("deadline of the year before", put("rules.deadline.value", date(2016, 12, 20)), ["rules.deadline", "2017"]),
    ("deadline long after the year", put("rules.deadline.value", date(2019, 1, 1)), ["rules.deadline", "2017"]),
    ("year without its deadline", put("year", 2018), ["rules.deadline", "2018"]),
    ("issued after its year", put("issued", date(2018, 1, 2)), ["issued", "2017"]),
    ("negative open period", put("rules.open_period_days.value", -1), ["open_period_days"]),
    ("complete share above 100", put("rules.complete_share.value", 101), ["complete_share"]),
]


@pytest.mark.parametrize(("edit", "keys"), [slip[1:] for slip in SLIPS], ids=[slip[0] for slip in SLIPS])
def test_a_slip_is_refused_by_the_name_of_its_key(tmp_path: Path, edit: Edit, keys: list[str]) -> None:
    """One Vietnamese sentence that names the file and the key."""
    path = written(tmp_path, edit)
    said = reasons(lambda: load_plan(path))
    assert "thu.yaml" in said and "khóa" in said
    assert all(key in said for key in keys), said


def test_a_doubled_key_is_refused_by_its_name(tmp_path: Path) -> None:
    """YAML itself would keep the later of the two in silence."""
    path = tmp_path / "thu.yaml"
    text = SHIPPED.read_text(encoding="utf-8")
    path.write_text(text.replace("        value: 3\n", "        value: 3\n        value: 2\n"), encoding="utf-8")
    said = reasons(lambda: load_plan(str(path)))
    assert "“value”" in said and "hai lần" in said


def test_every_slip_is_named_at_once(tmp_path: Path) -> None:
    """Two slips, two sentences."""
    path = written(tmp_path, put("bonus", 1), drop("title"))
    said = reasons(lambda: load_plan(path))
    assert "“bonus”" in said and "“title”" in said


@pytest.mark.parametrize("text", ["a: [1", "", "- 1\n- 2\n", "\x00"])
def test_a_file_that_is_no_plan_is_refused_in_words(tmp_path: Path, text: str) -> None:
    """Broken YAML, an empty file, a list."""
    path = tmp_path / "thu.yaml"
    path.write_text(text, encoding="utf-8")
    assert "thu.yaml" in reasons(lambda: load_plan(str(path)))


def test_more_active_quarters_than_quarters_looked_at_is_impossible(tmp_path: Path) -> None:
    """4 of the quarters II to IV cannot be."""
    path = written(
        tmp_path,
        put("objectives.0.rules.active_quarters.value", 4),
        put("objectives.0.rules.quarters.value", [2, 3, 4]),
    )
    assert "active_quarters" in reasons(lambda: load_plan(path))


def test_an_alternative_that_the_other_rule_makes_impossible_is_not_offered(tmp_path: Path) -> None:
    """With quarters II to IV in force, 4 active quarters are no alternative; the others still are."""
    plan = load_plan(written(tmp_path, put("objectives.0.rules.quarters.value", [2, 3, 4])))
    offered = [(a.rule.label, a.choice.value) for a in plan.alternatives("communication")]
    assert [value for _, value in offered] == [1, 2, (1, 2, 3, 4)]


def test_an_outlet_that_the_form_does_not_have_is_impossible(tmp_path: Path) -> None:
    """With 5.9 no month could ever be covered or not."""
    edits = (put("objectives.4.rules.outlets.choices.1.value", ["5.9"]),)
    path = written(tmp_path, *edits)
    assert "outlets" in reasons(lambda: open_project(path))


def test_more_programmes_than_the_form_has_are_impossible(tmp_path: Path) -> None:
    """The form has six programmes: an alternative of 7 could never be reached."""
    path = written(tmp_path, put("objectives.1.rules.min_programmes.choices.3.value", 7))
    assert "min_programmes" in reasons(lambda: open_project(path))


def test_k_of_n_that_the_register_contradicts_is_impossible(tmp_path: Path) -> None:
    """10/14 in a province of 13 districts is refused in words, not with a traceback."""
    path = written(tmp_path, put("objectives.1.target.value", "10/14"))

    def judge() -> None:
        project = open_project(path)
        evaluate(evidence_of(project.plan, project.register, ()))

    assert "10/14" in reasons(judge)


def test_a_register_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """A slip in `units.register`."""
    path = written(tmp_path, put("units.register", "phu_tho_2016.csv"))
    assert "phu_tho_2016.csv" in reasons(lambda: open_project(path))


def test_a_province_that_the_register_does_not_have_is_named(tmp_path: Path) -> None:
    """Province 26 is not in the register of Phú Thọ."""
    path = written(tmp_path, put("units.province", "26"))
    assert "“26”" in reasons(lambda: open_project(path))


def test_a_form_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """A slip in `form`."""
    path = written(tmp_path, put("form", "return_v9"))
    assert "return_v9" in reasons(lambda: open_project(path))


def test_with_rule_changes_that_rule_alone(plan: Plan) -> None:
    """And refuses what a plan file could not say either."""
    other = plan.with_rules({("communication", "active_quarters"): 2})
    assert other["communication"]["active_quarters"] == 2 and plan["communication"]["active_quarters"] == 3
    assert other.with_rules({("communication", "active_quarters"): 3}) == plan
    with pytest.raises(ValueError, match="active_quarters"):
        plan.with_rules({("communication", "active_quarters"): 5})


# ---- every shape of target in a plan ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "able", "needed", "verdict"),
    [
        (">= 50%", 6, 7, "not_met"),
        (">= 50%", 7, 7, "met"),
        ("> 50%", 6, 7, "not_met"),
        ("> 50%", 7, 7, "met"),
        ("50% .. 60%", 6, 7, "not_met"),
        ("50% .. 60%", 7, 7, "met"),
        ("50% .. 60%", 13, 7, "met"),
        ("10/13", 9, 10, "not_met"),
        ("10/13", 10, 10, "met"),
        (">= 3", 2, 3, "not_met"),
        (">= 3", 3, 3, "met"),
        ("all", 12, 13, "not_met"),
        ("all", 13, 13, "met"),
        ("none", 0, 0, "met"),
        ("none", 1, 0, "not_met"),
    ],
)
def test_every_shape_of_target_for_districts(
    tmp_path: Path, project: Project, target: str, able: int, needed: int, verdict: str
) -> None:
    """Objective 2 under another plan: so many districts of 13 integrate, the rest surely do not."""
    plan = load_plan(written(tmp_path, put("objectives.1.target.value", target)))
    rows = []
    for number, district in enumerate(project.register.districts):
        pair = ("given", "Có") if number < able else ("none", "Không")
        for column, token in zip(("document", "carried_out"), pair, strict=True):
            rows.append(observe(district.code, district.code, "integration", f"2.1:{column}", "Y", token))
    evidence = evidence_of(plan, project.register, rows)
    finding = OBJECTIVES["integration"](evidence, project.register.province)
    assert (finding.low, finding.high, finding.needed, finding.total) == (able, able, needed, 13)
    assert finding.verdict == verdict
    assert finding.target == target and finding.reason.endswith(".")


@pytest.mark.parametrize(("zero_month", "verdict"), [(None, "met"), (5, "not_met")])
def test_every_period_of_another_plan(tmp_path: Path, project: Project, zero_month: int | None, verdict: str) -> None:
    """`every month` over the months that this plan looks at: 4 to 12 are nine."""
    plan = load_plan(written(tmp_path, put("objectives.4.rules.months.value", list(range(4, 13)))))
    rows = [observe("25", "25", "media", "5.1", f"M{m:02d}", 0 if m == zero_month else 1) for m in range(4, 13)]
    finding = OBJECTIVES["media"](evidence_of(plan, project.register, rows), project.register.province)
    assert (finding.needed, finding.total, finding.verdict) == (9, 9, verdict)


def test_a_target_of_none_for_districts_with_something_unknown(tmp_path: Path, project: Project) -> None:
    """Twelve surely not, one unknown: whether there are none is not known."""
    plan = load_plan(written(tmp_path, put("objectives.1.target.value", "none")))
    rows = [
        observe(d.code, d.code, "integration", f"2.1:{column}", "Y", token)
        for d in project.register.districts[1:]
        for column, token in (("document", "none"), ("carried_out", "Không"))
    ]
    returns = tuple(a_return(u.code, None, u.code == "227") for u in project.register.reporters)
    evidence = Evidence(plan, project.register, tuple(rows), returns)
    finding = OBJECTIVES["integration"](evidence, project.register.province)
    assert (finding.low, finding.high, finding.needed, finding.verdict) == (0, 1, 0, "undetermined")
    assert finding.reason.endswith(".") and "ít nhất 0" not in finding.reason


def test_a_plan_without_a_district_target_is_refused_by_that_key(tmp_path: Path, project: Project) -> None:
    """Objective 2 needs one, for each district's own row."""
    path = written(tmp_path, drop("objectives.1.district_target"))

    def judge() -> None:
        plan = load_plan(path)
        OBJECTIVES["integration"](evidence_of(plan, project.register, ()), project.register.reporter("230"))

    assert "district_target" in reasons(judge)


# ---- units of another province --------------------------------------------------------------------------------------


def test_a_deadline_may_lie_in_the_days_that_count_as_over_and_in_the_next_year(tmp_path: Path) -> None:
    for day in (date(2017, 12, 15), date(2018, 1, 15)):
        assert load_plan(written(tmp_path, put("rules.deadline.value", day))).rules["deadline"].value == day


@pytest.mark.parametrize(("key", "words"), [("boundaries", "thiếu huyện"), ("later", "không thuộc tỉnh")])
def test_boundaries_and_later_units_of_another_province_are_refused(tmp_path: Path, key: str, words: str) -> None:
    """A copied plan keeps nothing of the first: its map would be empty, its later names never found."""
    own = {"register": "vietnam_2017.csv.gz", "province": "60", key: content()["units"][key]}
    said = reasons(lambda: open_project(str(written(tmp_path, put("units", own)))))
    assert f"units.{key}" in said and words in said and own[key] in said


@pytest.mark.parametrize("text", ["{", "[]", '{"features": [{"properties": {}}]}'])
def test_boundaries_that_are_none_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    shutil.copytree(paths.UNITS, tmp_path / "units")
    (tmp_path / "units" / content()["units"]["boundaries"]).write_text(text, encoding="utf-8")
    monkeypatch.setattr(paths, "UNITS", tmp_path / "units")
    assert "units.boundaries" in reasons(lambda: open_project("phu_tho_2017"))
