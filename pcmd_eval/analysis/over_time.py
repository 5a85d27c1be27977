"""The indicators of several years in one frame, with what may be compared."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from pcmd_eval.statistics.indicators import INDICATOR_DTYPES
from pcmd_eval.util.errors import InputRefused
from pcmd_eval.util.files import read_csv
from pcmd_eval.util.vocabulary import label_columns

SERIES_KEY = ["unit_code", "objective", "item"]
INDICATORS_FILE = "indicators.csv"


def indicators_over_time(source: Path | str | Iterable[Path | str]) -> pd.DataFrame:
    """Ghép indicators.csv của nhiều bộ kết quả thành một bảng dài, mỗi năm một dòng.

        several = indicators_over_time("outputs")
        years(several.query("item == 'inspections' and unit_code == '25'"), case, "Lượt kiểm tra")

    `source`: a folder, in which every published indicators.csv is looked for, or files and
    folders. Columns of indicators.csv, then `comparable` (boolean) and `why`: a value is comparable
    where it is complete, exact, in the measure of the newest year, and as real or illustrative as
    that. Sorted by year. Raises InputRefused where there is no file, or two of one plan and year.
    """
    files = _find_indicator_files(source)
    frames = [read_csv(file, INDICATOR_DTYPES).assign(file=str(file)) for file in files]
    rows = pd.concat(frames, ignore_index=True)
    sets = rows[["plan", "year", "file"]].drop_duplicates()
    duplicates = sets[sets.duplicated(["plan", "year"], keep=False)]
    if len(duplicates):
        plan, year = duplicates.plan.iloc[0], duplicates.year.iloc[0]
        raise InputRefused(
            f"Có hai tệp của cùng kế hoạch {plan} năm {year}: "
            f"{', '.join(duplicates.file)}. Chỉ giữ một tệp cho mỗi năm."
        )
    rows = rows.sort_values("year", kind="stable", ignore_index=True).drop(columns="file")
    key = rows[SERIES_KEY].fillna("").agg("|".join, axis=1)  # <NA>: of no objective
    newest = rows.assign(key=key).drop_duplicates("key", keep="last").set_index("key")
    newest = newest[["measure", "illustrative"]].reindex(key).set_axis(rows.index)
    reasons = {
        "không có số liệu": rows.value.isna(),
        "chưa đủ số liệu": rows.state.ne("complete"),
        "đã làm tròn": rows.precision.ne("exact"),
        "khác đơn vị tính": rows.measure.fillna("").ne(newest.measure.fillna("")),
        "số liệu minh họa cạnh số liệu thật": rows.illustrative.ne(newest.illustrative),
    }
    why = pd.Series(pd.NA, rows.index, dtype="string")
    for reason, holds in reasons.items():
        why = why.mask(why.isna() & holds.fillna(True), reason)
    return label_columns(rows.assign(comparable=why.isna().astype("boolean"), why=why))


def _find_indicator_files(source):
    """Return the named indicator files and those in named folders, without duplicates.

    Those in the store of results are left out. Raises InputRefused for a missing file, or for none.
    """
    sources = [source] if isinstance(source, Path | str) else [*source]
    files: list[Path] = []
    for path in map(Path, sources):
        matches = sorted(path.rglob(INDICATORS_FILE)) if path.is_dir() else [path]
        files += [file for file in matches if "store" not in file.parts]
    if not files or not all(file.is_file() for file in files):
        missing = [str(file) for file in files if not file.is_file()] or [str(s) for s in sources]
        raise InputRefused(
            f"Không có tệp {INDICATORS_FILE} ở {', '.join(missing)}. Ghi thư mục kết quả đã "
            "chạy, hoặc các tệp."
        )
    return [*dict.fromkeys(file.resolve() for file in files)]
