"""A plan of all six objectives for which communes report: made up, so it is written by tests alone.

It is the shipped plan in the words of two levels, with the register of Hà Nội since 1 July 2025.
"""

import csv
from pathlib import Path

import yaml
from yaml_files import read_yaml, write_yaml

from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

NAME, NUMBER = "thu_nghiem_2026", "99/KH-UBND"
_WORDS = {
    "884/KH-UBND": NUMBER,
    "2017": "2026",
    "Phú Thọ": "Hà Nội",
    "xã, phường, thị trấn": "xã, phường",
    "huyện, thành, thị": "xã, phường",
    "từng huyện": "từng xã, phường",
    "Mỗi huyện": "Mỗi xã, phường",
    "Bộ LĐTBXH": "Bộ Y tế",
    "ở huyện": "ở xã, phường",
}


def write_plan(folder: Path, communes: int | None = None, **units: str) -> Path:
    """Write the plan, and the register of so many communes (all, unless given), to `folder`.

    `units` replace keys of the plan's `units`.
    """
    register = _write_register(folder, communes)
    text = (paths.PLANS / "phu_tho_2017.yaml").read_text(encoding="utf-8")
    for word, other in _WORDS.items():
        text = text.replace(word, other)
    content = yaml.load(text, yaml.CSafeLoader)
    content.pop("previous")
    content["issuer"] = "Ủy ban nhân dân thành phố Hà Nội"
    content["review"] = read_yaml(paths.PLANS / "ha_noi_2026.yaml")["review"]
    content["units"] = {
        "register": str(register),
        "province": "01",
        "reporters": "commune",
        "notebooks": "review",
        "unit_kinds": "xã, phường",
    } | units
    content["objectives"][0]["unit_target"]["value"] = "1"
    return write_yaml(folder / f"{NAME}.yaml", content)


def write_plan_of_today(folder: Path, communes: int) -> Path:
    """Write the shipped plan of Hà Nội, for so many of its communes, to `folder`."""
    content = read_yaml(paths.PLANS / "ha_noi_2026.yaml")
    content["units"]["register"] = str(_write_register(folder, communes))
    return write_yaml(folder / "ha_noi_2026.yaml", content)


def _write_register(folder: Path, communes: int | None) -> Path:
    """Write the register of so many communes; return its file."""
    register = folder / "register.csv"
    with (paths.UNITS / "ha_noi_2026.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    # Pairs of neighbours from all over the file: several areas, some of several communes.
    step = max(len(rows) // (communes or len(rows)), 1)
    chosen = [row for at, row in enumerate(rows) if at // 2 % step == 0][:communes]
    with register.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *chosen])
    return register


def make_plan(folder: Path, communes: int | None = None, **units: str) -> Plan:
    """Return the plan that `write_plan` writes."""
    return load_plan(str(write_plan(folder, communes, **units)))
