"""A plan of a city whose districts are quận and huyện: made up, so it is written by tests alone."""

import re
from pathlib import Path

import yaml
from yaml_files import read_yaml, write_yaml

from pcmd_eval.util import paths

CITY = "48"  # thành phố Đà Nẵng
WORDS = {
    "huyện, thành, thị": "quận, huyện",
    "phương tiện thông tin đại chúng cấp tỉnh": "báo, đài của thành phố",
    "tỉnh": "thành phố",
    "từng huyện": "từng quận, huyện",
}


def write_city(folder: Path) -> Path:
    """The shipped plan as the city would have written it."""
    content = read_yaml(paths.PLANS / "phu_tho_2017.yaml")
    text = yaml.safe_dump(content["objectives"], allow_unicode=True, width=10_000)
    text = re.sub("Kế hoạch 81/KH-UBND.*", "Quyết định 361/QĐ-TTg", text)
    for word, other in WORDS.items():
        text = text.replace(word, other)
    plan = content | {
        "plan": "1234/KH-UBND",
        "issuer": "Ủy ban nhân dân thành phố Đà Nẵng",
        "source": "Kế hoạch 1234/KH-UBND, soạn để thử",
        "units": {"register": "vietnam_2017.csv.gz", "province": CITY},
        "objectives": yaml.safe_load(text.replace("884/KH-UBND", "1234/KH-UBND")),
    }
    plan.pop("previous", None)  # the year before of another province
    return write_yaml(folder / "da_nang_2017.yaml", plan)
