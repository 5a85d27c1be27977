"""Plans with a form of their own: the shipped form and plan after a change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from yaml_files import read_yaml, write_yaml

from pcmd_eval.util import paths

FORM = paths.FORMS / "return_v1.yaml"
PLAN = paths.PLANS / "phu_tho_2017.yaml"
MONTHS = [(f"m{month}", f"Tháng {month}", f"M{month:02d}") for month in range(1, 13)]
Content = dict[str, Any]


def write_form(file: Path, change: Callable[[Content], None]) -> None:
    """Write the shipped form after a change."""
    text = FORM.read_text(encoding="utf-8").replace("{year}", "2017")
    content = yaml.load(text, yaml.CSafeLoader)
    change(content)
    write_yaml(file, content)


def replace_periods(content: Content, periods: list[tuple[str, str, str]]) -> None:
    """Give sheet 1 other columns of periods (key, header, period), and its comparisons their keys."""
    quarters, keys = [f"q{number}" for number in range(1, 5)], [key for key, _, _ in periods]
    word = periods[0][1].split()[0].lower()
    columns = content["sheets"][0]["columns"]
    at = [column["key"] for column in columns].index("q1")
    columns[at : at + 4] = [
        columns[at] | {"key": key, "header": header, "period": period}
        for key, header, period in periods
    ]
    for check in [check for check in content["checks"] if "communication" in check["sheets"]]:
        others = [slug for slug in check["sheets"] if slug != "communication"]
        if others:
            content["checks"].append(check | {"sheets": others})
            check |= {"id": f"{check['id']}-own", "sheets": ["communication"]}
        for key in {"left", "right", "at"} & check.keys():
            check[key] = {"q1": keys[0], **{str(quarters): keys}}.get(str(check[key]), check[key])
        check["say"] = check["say"].replace("quý", word)


def change_plan(content: Content) -> None:
    """Judge objective 1 by months: active in at least 9 of 12."""
    entry = {"status": "assumption", "why": "thử", "source": "thử"}
    choices = [{"value": number, "label": f"ít nhất {number} tháng"} for number in (9, 6)]
    active = entry | {"label": "Số tháng có tuyên truyền", "value": 9, "choices": choices}
    months = entry | {"label": "Các tháng được xét", "value": [*range(1, 13)]}
    content["objectives"][0]["rules"] = {"active_months": active, "months": months}
    content.pop("previous")


def write_plan(folder: Path, change: Callable[[Content], None]) -> Path:
    """Write the shipped plan after a change, with the form `form.yaml` of the folder if it is
    there; return its file.
    """
    content = read_yaml(PLAN)
    change(content)
    if (folder / "form.yaml").exists():
        content["form"] = str(folder / "form")
    return write_yaml(folder / PLAN.name, content)


def write_plan_of_months(folder: Path) -> Path:
    """Write a plan whose communes report by months; return its file."""
    write_form(folder / "form.yaml", lambda content: replace_periods(content, MONTHS))
    return write_plan(folder, change_plan)
