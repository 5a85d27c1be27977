"""Write files atomically, with the same bytes for the same content, and escape formulas."""

import io
import os
import re
import secrets
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from pcmd_eval.util.errors import InputRefused

Files = dict[str, bytes]  # contents by path or name
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FORMULA = re.compile(r"[=+\-@\t\r]")
_CSV_NUMBER = re.compile(r"-?\d+([.,]\d+)?")


def write_atomic(path: Path, content: bytes) -> None:
    """Replace `path` in one step, unless it has that content: a reader sees the old file or the new
    one, also after a crash.

    The file mode follows the umask. Every OSError gets `path` as its filename: that of a full disk
    has none.
    """
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        if path.is_file() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as temporary:
                temporary.write(content)
                temporary.flush()
                os.fsync(temporary.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        error.filename = str(path)
        raise


def read_files(folder: Path) -> Files:
    """Return the content of every file below a folder by relative path; {} if it is missing."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def make_private_folder(folder: Path) -> None:
    """Make the folder if it is missing, and restrict it to its owner."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def remove_control_characters(text: str, mark: str = "") -> str:
    """Replace control characters, which break XML and terminals, by `mark`; unify line breaks."""
    return _CONTROL.sub(mark, text.replace("\r\n", "\n").replace("\r", "\n"))


def escape_formula(text: str) -> str:
    """Return the text, behind an apostrophe if a spreadsheet would run it as a formula.

    Numbers (-5) stay; control characters are removed. OWASP ASVS 1.2.10.
    """
    text = remove_control_characters(text)
    return f"'{text}" if _FORMULA.match(text) and not _CSV_NUMBER.fullmatch(text) else text


def to_csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a frame without its index as CSV: UTF-8 without BOM, LF, `<NA>` empty.

    Booleans are yes and no, dates 2017-12-31; formulas in text are escaped.
    """
    answers = frame.select_dtypes("boolean")
    days = frame.select_dtypes("datetime")
    frame = frame.assign(
        **{
            name: column.map({True: "yes", False: "no"}).astype("string")
            for name, column in answers.items()
        },
        **{name: column.dt.strftime("%Y-%m-%d").astype("string") for name, column in days.items()},
    )
    texts = frame.select_dtypes("string")
    safe = frame.assign(**{name: _escape_formulas(column) for name, column in texts.items()})
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8")


def _escape_formulas(texts: pd.Series) -> pd.Series:
    """Return the column with `escape_formula` applied once to each distinct text."""
    escaped = {text: escape_formula(text) for text in texts.dropna().unique()}
    changed = {text: other for text, other in escaped.items() if other != text}
    return texts.replace(changed) if changed else texts


def read_csv(path: Path, dtypes: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Read a table written by `to_csv_bytes`; only empty cells are `<NA>`.

    `dtypes`: the expected columns, in order; without it any columns, all `string`. Raises
    InputRefused for a missing file, other columns, or values that are not of their dtype.
    """
    try:
        frame = pd.read_csv(
            path, dtype="string", keep_default_na=False, na_values=[""], encoding="utf-8"
        )
        if dtypes and [*frame.columns] != [*dtypes]:
            raise ValueError(path.name)
        return frame.astype(dtypes or {})
    except FileNotFoundError:
        tail = Path(*path.parts[-3:])
        raise InputRefused(
            f"Không có tệp {tail}. Kiểm tra thư mục, hoặc chạy “pcmd-eval evaluate” trước."
        ) from None
    except ValueError:  # not UTF-8, no table, other columns, a word for a number
        raise InputRefused(
            f"Tệp {path.name} không phải bảng do công cụ ghi. Chạy lại “pcmd-eval evaluate”."
        ) from None


def read_typed_csv(content: bytes) -> pd.DataFrame:
    """Return the lines of a table that people typed, texts without spaces around them, "" for none.

    UTF-8, or UTF-16 as Excel saves it; separated by the first line's commas, semicolons or tabs.
    The first line is a row, too, and lines may have more cells. Raises ValueError for another file.
    """
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    # Excel for Mac ends lines with CR.
    text = io.StringIO(content.decode(encoding), newline=None).read()
    separator = max(",;\t", key=text.partition("\n")[0].count)
    most_cells = max(line.count(separator) for line in text.splitlines() or [""]) + 1
    cells = pd.read_csv(
        io.StringIO(text or separator),  # pandas refuses an empty file
        sep=separator,
        names=range(most_cells),
        dtype="string",
        keep_default_na=False,
        skip_blank_lines=False,
    )
    cells = cells.fillna("").apply(lambda column: column.str.strip())
    return cells.loc[:, (cells != "").any()]  # quoted separators were counted as cells, too


def repack_zip(
    content: bytes, rewrite: Mapping[str, Callable[[bytes], bytes]] | None = None
) -> bytes:
    """Return the zip with its files sorted by name and one fixed date.

    `rewrite`: by the name of a file in the zip, the function that changes its content.
    """
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        # [Content_Types].xml stays first: programs recognise an Office file by it.
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            part = old.read(name)
            part = rewrite[name](part) if rewrite and name in rewrite else part
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            new.writestr(entry, part)
    return target.getvalue()
