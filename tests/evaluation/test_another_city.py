"""A plan of a city whose districts are quận and huyện: none of its documents speaks of a province
or of its towns.
"""

import html
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from city import CITY, write_city
from filling import fill
from toy import pcmd

from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.plan.plan import Plan, load_plan
from pcmd_eval.util import paths

DISTRICT = "492"  # quận Hải Châu
# "cấp tỉnh" is the word of the law for provinces and cities alike.
WRONG = re.compile(
    r"(?<!cấp )\b(?i:tỉnh)\b|(?i:huyện, thành, thị)"
    r"|(?:[Cc]ác|từng|(?<!đóng góp )của|một) huyện\b(?! [A-ZĐ])"
)
TAGS = re.compile(r"<(script|style|f|formula)\b.*?</\1>|<[^>]*>", re.S)  # no reader sees a formula


def sent(plan: Plan, folder: Path) -> Path:
    """Returns of all but one district, near the thresholds."""
    for unit, name in plan.reporters.folder.items():
        (folder / f"{name}.xlsx").write_bytes(blank_return(plan, unit))
    fill(folder, folder / "sent", 2, 0, near=True)
    next((folder / "sent").glob("490-*.xlsx")).unlink()
    return folder / "sent"


def texts(content: bytes) -> Iterator[str]:
    """Return the text of a file, of an Office document that of each part."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for name in parts.namelist():
                if name.endswith(".xml"):
                    yield from texts(parts.read(name))
    elif content[:4] != b"\x89PNG":
        paragraphs = content.decode("utf-8").replace("</w:p>", "\n").replace("</si>", "\n")
        yield html.unescape(TAGS.sub("", paragraphs))


def find_misfits(content: bytes) -> list[str]:
    """The places that do not fit a city, each with what stands around it."""
    return [
        text[max(0, match.start() - 40) : match.end() + 40]
        for text in texts(content)
        for match in WRONG.finditer(text)
    ]


@pytest.mark.parametrize(
    ("issuer", "why"),
    [("UBND thành phố", ("above", "")), ("UBND tỉnh", ("above",) * 2), ("tỉnh", ("above",) * 2)],
)
def test_document_of_a_city_is_not_a_districts(tmp_path: Path, issuer: str, why: tuple):
    """In a city UBND thành phố stands above, in a province it is a district; no district of either
    is UBND tỉnh.
    """
    plans = (str(write_city(tmp_path)), "phu_tho_2017")
    document = f"Kế hoạch 45/KH-UBND ngày 12/4/2017 của {issuer}"
    assert (
        tuple(load_plan(plan).form.document_reader.read(document).reason for plan in plans) == why
    )


@pytest.mark.long
def test_run_of_a_city_speaks_of_the_city_in_every_file(tmp_path: Path) -> None:
    """Each file of a run for the city and a district: notebooks, pages, Word, tables, check page,
    marked copies.
    """
    file = write_city(tmp_path)
    returns = sent(load_plan(str(file)), tmp_path)
    places = ("--returns", str(returns), "--output", str(tmp_path / "out"))
    units = ("--unit", DISTRICT, "--unit", CITY)
    code, output = pcmd(paths.ROOT, "run", "--plan", str(file), *units, *places)
    assert code == 0, output
    files = [path for path in (tmp_path / "out").rglob("*.*") if path.is_file()]
    kinds = {path.suffix for path in files}
    assert {".html", ".ipynb", ".docx", ".csv", ".json", ".xlsx"} <= kinds
    texts_of_run = [path for path in files if path.suffix not in {".png", ".parquet", ".zip"}]
    misfits = {path.name: find_misfits(path.read_bytes()) for path in texts_of_run}
    assert not any(misfits.values()), {name: places[:3] for name, places in misfits.items()}
