"""The same inputs give the same published bytes, whoever computes them, where and when: promise 40.

The other computer has another day, time zone, locale, hash seed, user and folder, and returns whose rows stand in
another order in files of other names. What cannot be set here is told apart: the day of LibreOffice is in test_pdf.
"""

import io
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from small_root import finish, small_root, start
from test_resume import content, report

from pcmd_eval import paths

TESTS = Path(__file__).parent
PLAN = "phu_tho_2017"
DAYS = 4321
SHUFFLED = (
    "1 ",
    "2 ",
    "3 ",
    "6 ",
)  # rows of sheet 4 are named by their place; of sheet 5 nothing but the order is free
OTHER = {"USER": "nguoi-khac-42", "LOGNAME": "nguoi-khac-42", "HOSTNAME": "may-khac-42", "PYTHONHASHSEED": "4242"}
OTHER |= {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C"}
ONE = {"TZ": "America/Adak", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "PYTHONUTF8": "1"}
# Loaded before the C library, so that Python, its libraries and every kernel below a run live on another day.
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
static const long shift = %d * 86400L;
int clock_gettime(clockid_t id, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(id, now);
    if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) now->tv_sec += shift;
    return failed;
}
time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *restrict place, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    place->tv_sec = now.tv_sec;
    place->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""
# Findings, indicators, every page of the site, all that notebooks show of two units, and two reviews.
MAKE = """
import sys
from pathlib import Path
from shipped import shipped
from test_non_interference import pages
from pcmd_eval.observations import observations_csv
from pcmd_eval.review.documents import render
from pcmd_eval.review.content import review_content
from pcmd_eval.review.reviews import properties_of, settings_for
made, to = shipped(), Path(sys.argv[1])
to.mkdir()
files = {place: content for place, content in made.files.items()}
for number, words in enumerate(pages(made.project, made.evidence, ("230", "25"))):
    files[f"shown/{number}.txt"] = words.encode()
for code, rules in (("230", "tt01"), ("25", "nd30")):
    unit, settings = made.project.register.reporter(code), settings_for(None)
    values = review_content(made.published, unit, settings)
    files[f"{code}.docx"] = render(settings.template(rules), values, properties_of(made.published, unit))
to.with_suffix(".csv").write_bytes(observations_csv(made.evidence.observations))
for place, content in files.items():
    (to / place).parent.mkdir(parents=True, exist_ok=True)
    (to / place).write_bytes(content)
"""


@pytest.fixture(scope="module")
def other_day(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What makes a process and its children live on another day; nothing where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        return {}
    folder = tmp_path_factory.mktemp("clock")
    (folder / "clock.c").write_text(CLOCK % DAYS)
    library = str(folder / "clock.so")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, str(folder / "clock.c"), "-ldl"], check=True)
    return {"LD_PRELOAD": library}


def other_computer(other_day: dict[str, str], home: Path) -> dict[str, str]:
    """The environment of the other computer, with an empty home."""
    home.mkdir(parents=True)
    return {**OTHER, **other_day, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}


# ---- rows in another order ------------------------------------------------------------------------------------------


def movable(sheet: Worksheet) -> list[int]:
    """The rows that may change places: those with data; merged rows stay, as whoever moves them must move both."""
    merged = {row for area in sheet.merged_cells.ranges for row in range(area.min_row, area.max_row + 1)}
    rows = range(5, sheet.max_row + 1)
    return [row for row in rows if row not in merged and sheet.cell(row, 1).value is not None]


def shuffle(folder: Path, to: Path, seed: int = 7) -> int:
    """The returns of a folder with their rows in another order, under other names; how many rows moved."""
    rng, moved = random.Random(seed), 0
    to.mkdir(parents=True)
    files = sorted(folder.glob("*.xlsx"))
    for number, file in enumerate(files):
        book = load_workbook(file)
        for sheet in book.worksheets:
            if not sheet.title.startswith(SHUFFLED):
                continue
            rows, columns = movable(sheet), range(1, sheet.max_column + 1)
            values = {row: [sheet.cell(row, column).value for column in columns] for row in rows}
            for row, source in zip(rows, rng.sample(rows, len(rows)), strict=True):
                moved += row != source
                for column, value in zip(columns, values[source], strict=True):
                    sheet.cell(row, column).value = value
        book.save(to / f"gửi lần {len(files) - number:02d} - {rng.randrange(10**6)}.xlsx")
    return moved


# ---- what a file tells of the computer ------------------------------------------------------------------------------


def parts(place: str, content: bytes) -> dict[str, bytes]:
    """A file as its parts: those of a Word or Excel file unpacked, of another itself."""
    if not place.endswith((".docx", ".xlsx")):
        return {place: content}
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}, place
        return {f"{place}/{name}": packed.read(name) for name in packed.namelist()}


def telling(files: dict[str, bytes], *words: str) -> list[tuple[str, str]]:
    """The parts that hold one of these words, of this computer, or a day near to one of the two."""
    here = {str(Path.home()), str(paths.ROOT), str(TESTS), sys.prefix, socket.gethostname(), *words}
    days = {date.today(), date.today() + timedelta(days=DAYS)}
    here |= {str(day + timedelta(days=more)) for day in days for more in (-1, 0, 1)}
    sought = [word.encode() for word in here if len(word) > 5]  # a host called "main" is a word of every page
    found = ((part, content) for place, file in files.items() for part, content in parts(place, file).items())
    return [(part, word.decode()) for part, content in found for word in sought if word in content]


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """The files that are not the same in both."""
    return sorted(place for place in one.keys() | other.keys() if one.get(place) != other.get(place))


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its place."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# ---- promise 40 -----------------------------------------------------------------------------------------------------


def test_the_other_computer_lives_on_another_day(other_day: dict[str, str]):
    """And the other way to ask for it, so that no library of the package escapes."""
    if not other_day:
        pytest.skip("needs a C compiler on Linux")
    program = "import time; from datetime import date, datetime as d; print(date.today(), d.now().date(), time.time())"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **other_day}, capture_output=True, text=True, check=True
    )
    today, now, seconds = done.stdout.split()
    assert date.fromisoformat(today) == date.fromisoformat(now)
    assert {today} <= {str(date.today() + timedelta(days=DAYS - back)) for back in (0, 1)}
    assert date.fromtimestamp(float(seconds)) == date.fromisoformat(now)


def test_findings_pages_and_reviews_are_the_same_on_another_computer(other_day: dict[str, str], tmp_path: Path):
    elsewhere = tmp_path / "nơi khác"
    shutil.copytree(paths.DATA, elsewhere / "data", ignore=shutil.ignore_patterns("returns", "*.gz"))
    assert shuffle(paths.returns_folder(PLAN), elsewhere / "data" / "returns" / PLAN) > 400
    worlds = {"one": ONE, "other": {**other_computer(other_day, tmp_path / "home"), "PCMD_ROOT": str(elsewhere)}}
    running = {
        name: subprocess.Popen(
            [sys.executable, "-c", MAKE, str(tmp_path / name)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(TESTS), **world},
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, world in worlds.items()
    }
    for process in running.values():
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    one, other = (files_of(tmp_path / name) for name in worlds)
    assert len(one) > 100 and {Path(place).suffix for place in one} >= {".docx", ".html", ".png", ".csv", ".xlsx"}
    assert differing(one, other) == []
    assert telling(other, str(tmp_path), OTHER["USER"], OTHER["HOSTNAME"]) == []
    read = [(tmp_path / f"{name}.csv").read_bytes() for name in worlds]
    assert read[0] != read[1]  # the cells were found elsewhere, in files of other names


def test_what_tells_of_a_computer_is_found(tmp_path: Path):
    """In a page, and inside a Word file, whose parts are packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        book.writestr(zipfile.ZipInfo("docProps/core.xml"), f"<by>{tmp_path}</by>")
    files = {"a.html": f"<p>{date.today()}</p>".encode(), "b.docx": packed.getvalue(), "c.csv": b"nothing"}
    assert telling(files, str(tmp_path)) == [
        ("a.html", str(date.today())),
        ("b.docx/docProps/core.xml", str(tmp_path)),
    ]
    assert differing({"a": b"1", "b": b"2"}, {"a": b"1", "b": b"3", "c": b""}) == ["b", "c"]


@pytest.fixture
def both(other_day: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[Path, Path]]:
    """Runs the small project here and on the other computer; gives the two published sets."""

    def run() -> tuple[Path, Path]:
        here, there = small_root(tmp_path / "here"), small_root(tmp_path / "there" / "rất xa")
        returns = here / "data" / "returns" / "tiny"
        work = tmp_path / "fill"
        shutil.copytree(returns, work / "returns")
        for number, name in enumerate(sorted(p.name for p in returns.glob("*.xlsx"))):
            report(work, name, {(row, f"Quý {q}"): row + number for row in range(7) for q in ("I", "II", "III")})
        for file in (work / "returns").glob("*.xlsx"):
            shutil.copyfile(file, returns / file.name)
        shutil.rmtree(there / "data" / "returns" / "tiny")
        assert shuffle(returns, there / "data" / "returns" / "tiny") > 5
        for root in (here, there):  # the notebooks of the project, not the stand-ins of the small one
            for template in (root / "notebooks").glob("*.ipynb"):
                shutil.copyfile(paths.ROOT / "notebooks" / template.name, template)
        worlds = (ONE, other_computer(other_day, tmp_path / "home"))
        for root, world in zip((here, there), worlds, strict=True):
            with monkeypatch.context() as environment:
                for name, value in world.items():
                    environment.setenv(name, value)
                process = start(root)
            code, out, err = finish(process, within=400)
            assert code == 0, (out, err)
        return tuple(root / "outputs" / "tiny" / "published" for root in (here, there))  # type: ignore[return-value]

    return run


@pytest.mark.slow
def test_a_whole_run_gives_the_same_set_on_another_computer(both: Callable[[], tuple[Path, Path]], tmp_path: Path):
    """Notebooks, their pages, the site, tables and documents; of run.json all but who ran it when and how fast."""
    here, there = both()
    one, other = content(here), content(there)
    assert differing(one, other) == []
    assert {Path(place).suffix for place in one} >= {".ipynb", ".html", ".docx", ".csv", ".xlsx"}
    times = {place: file for place, file in other.items() if place != "run.json"}
    assert telling(times, str(tmp_path), OTHER["USER"], OTHER["HOSTNAME"]) == []
    assert json.loads(other["run.json"])["failed"] == 0
