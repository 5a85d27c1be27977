"""The records and files of a set as they lie on the disk: read without trust, and held against each other."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from pcmd_eval.batch.jobs import Job
from pcmd_eval.batch.kept import RECORDS, SEAL, hashes_of

_NAMED = 20  # names listed one by one
EXTRA = "tệp thừa, lần chạy không làm ra"
CHANGED = "nội dung đã đổi"
MISSING = "thiếu tệp"
DAMAGED = "tệp hỏng, không đọc được"


class Damaged(Exception):
    """A file that cannot be what its name says; the message names it."""


class _Open(BaseModel):
    """What a record has to hold, beside which it may hold more."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)


class JobEntry(_Open):
    """What a record says of one notebook."""

    unit: str
    notebook: str
    status: str


class Record(_Open):
    """`run.json` of a set."""

    run_id: str
    illustrative: bool
    jobs: list[JobEntry]
    outputs: dict[str, str]
    inputs: dict[str, str]
    versions: dict[str, str]


class OwnRecord(Record):
    """`run.json` of `internal/`: the same, with the hashes of the returns and whether readers saw the set."""

    published: bool
    returns: dict[str, str]


class Sealed(_Open):
    """`hashes.json` of a folder of tables."""

    files: dict[str, str]


Model = TypeVar("Model", bound=_Open)


def read(path: Path, name: str, model: type[Model]) -> Model:
    """Read a record; raises Damaged that names it where it is missing or is none."""
    if not path.is_file():
        raise Damaged(f"{name}: {MISSING}")
    try:
        return model.model_validate_json(path.read_bytes())
    except ValidationError:
        raise Damaged(f"{name}: {DAMAGED}") from None


# ---- files against their hashes -------------------------------------------------------------------------------------


def unlike(noted: Mapping[str, str], there: Mapping[str, str], before: str) -> Iterator[str]:
    """Every file that is missing, not noted, or has another hash."""
    for place in sorted(noted.keys() | there.keys()):
        if place not in there:
            yield f"{before}{place}: {MISSING}"
        elif place not in noted:
            yield f"{before}{place}: {EXTRA}"
        elif noted[place] != there[place]:
            yield f"{before}{place}: {CHANGED}"


def strays(folder: Path, before: str, without: Collection[str] = (), empty: bool = True) -> Iterator[str]:
    """What is no file: a run makes files alone, and folders that hold some. Links are named wherever they lead."""
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        name = f"{before}{place.as_posix()}"
        if place.parts[0] in without:
            continue
        if path.is_symlink():
            yield f"{name}: liên kết, lần chạy không làm ra"
        elif path.is_dir() and empty and not any(path.iterdir()):
            yield f"{name}: thư mục trống, lần chạy không làm ra"
        elif not path.is_dir() and not path.is_file():
            yield f"{name}: không phải tệp, lần chạy không làm ra"


def set_unlike(folder: Path, record: Record, before: str) -> Iterator[str]:
    """What a published set holds otherwise than its record says."""
    yield from unlike(record.outputs, hashes_of(folder, ("run.json",)), before)
    yield from strays(folder, before)


def sealed_unlike(internal: Path) -> Iterator[str]:
    """What the tables and pages of `internal/`, and those kept for each set, are otherwise than their seals say."""
    kept = sorted((internal / "runs").iterdir()) if (internal / "runs").is_dir() else []
    yield from (f"internal/runs/{place.name}: {EXTRA}" for place in kept if place.is_symlink() or not place.is_dir())
    folders = {"internal/": (internal, RECORDS)}
    folders |= {
        f"internal/runs/{folder.name}/": (folder, (SEAL,))
        for folder in kept
        if folder.is_dir() and not folder.is_symlink()
    }
    for before, (folder, records) in folders.items():
        try:
            noted = read(folder / SEAL, f"{before}{SEAL}", Sealed).files
        except Damaged as damaged:
            yield str(damaged)
            continue
        yield from unlike(noted, hashes_of(folder, records), before)
        yield from strays(folder, before, records, empty=False)  # a folder of copies may have become empty


# ---- records against each other, and against the plan ---------------------------------------------------------------


def contradictions(told: Record, own: Record, name: str) -> Iterator[str]:
    """What the record that readers see says otherwise than the one that stays in the department."""
    public, internal = told.model_dump(), own.model_dump()
    for key, said in public.items():
        if internal.get(key) != said:
            yield f"{name}: khác biên bản nội bộ ở {key}{_where(said, internal.get(key))}"


def _where(one: Any, other: Any) -> str:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return ""
    return f" ({few(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))})"


def jobs_unlike(jobs: Iterable[Job], record: Record, there: Collection[Job]) -> tuple[list[str], list[str]]:
    """What differs between the notebooks of the plan and those of the record and the set, and those it calls missing.

    `there` are the jobs whose notebook is in the set.
    """
    listed = list(jobs)
    noted = {(entry.unit, entry.notebook): entry.status for entry in record.jobs}
    asked = {(job.unit, job.notebook): job for job in listed}
    unnamed = [job.place for key, job in asked.items() if key not in noted]
    strange = [f"{unit} {notebook}" for unit, notebook in noted.keys() - asked.keys()]
    status = {job: noted.get((job.unit, job.notebook), "") for job in listed}
    lost = [job.place for job in listed if status[job] == "done" and job not in there]
    denied = [job.place for job in listed if status[job] not in ("done", "") and job in there]
    absent = [job.place for job in listed if status[job] != "done" and job not in there]
    differences = [
        *([f"run.json: danh sách jobs thiếu {len(unnamed)} sổ của kế hoạch: {few(unnamed)}"] if unnamed else []),
        *([f"run.json: danh sách jobs có sổ lạ: {few(sorted(strange))}"] if strange else []),
        *([f"run.json: ghi đã chạy xong nhưng không có sổ: {few(lost)}"] if lost else []),
        *([f"run.json: ghi là thiếu nhưng có sổ: {few(denied)}"] if denied else []),
    ]
    return differences, [f"{len(absent)} sổ mà bộ này không có: {few(absent)}"] if absent else []


def few(names: Collection[str]) -> str:
    """The first names of a list, and how many more there are."""
    shown = list(names)[:_NAMED]
    return "; ".join([*shown, *([f"và {len(names) - _NAMED} chỗ khác"] if len(names) > _NAMED else [])])
