"""Check the arguments of analysts' functions; messages have their names and examples."""

from collections.abc import Collection

import pandas as pd
from pandas.api.types import is_numeric_dtype

from pcmd_eval.util.errors import InputRefused

MAX_LISTED = 8  # columns of a frame that a sentence names

READ_CODES = 'pd.read_csv(tệp, dtype={"unit_code": "string"})'


def require_columns(frame: pd.DataFrame | pd.Series, columns: Collection[str]) -> None:
    """Raise InputRefused unless `frame` is a DataFrame with these columns."""
    given = [*getattr(frame, "columns", ())]
    if missing := [column for column in columns if column not in given]:
        listed = ", ".join(map(str, given[:MAX_LISTED])) + ", …" * (len(given) > MAX_LISTED)
        seen = f"bảng này thiếu {', '.join(missing)} (có: {listed})" if given else "đây là dãy số"
        raise InputRefused(f"cần bảng có các cột {', '.join(columns)}; {seen}.")


def require_text_codes(codes: pd.Series | pd.Index) -> None:
    """Raise InputRefused for codes of units that were read as numbers: no code would match."""
    if len(codes) and is_numeric_dtype(codes):
        raise InputRefused(
            f"Mã đơn vị là văn bản; đây là số, như {next(iter(codes))}. Đọc tệp bằng {READ_CODES}, "
            'hoặc đổi bằng .astype("string").'
        )
