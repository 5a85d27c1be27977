"""How a figure stands within a sentence, and those of a unit by name: for the Word template and for
what people write.
"""

import re

import pandas as pd

from pcmd_eval.analysis.case import unit_rows
from pcmd_eval.analysis.session import Case
from pcmd_eval.statistics.indicators import describe_return
from pcmd_eval.util import paths
from pcmd_eval.util.files import read_csv
from pcmd_eval.util.formatting import replace_star

Named = dict[str, str]
NONE = "chưa có số liệu"
# A count below ten, not an amount of money: at the head of a phrase, or how much more or less.
SMALL = re.compile(r"(?:^|(?<=nhất )|(?<=tăng )|(?<=giảm ))[1-9](?![\d.,/%]| (?:triệu )?đồng)")


def figure_names() -> list[str]:
    """The names that a figure can have."""
    return [*read_csv(paths.DATA / "figures.csv").name]


def with_zeros(text: str) -> str:
    """Counts below ten as officials write them within a sentence: tăng 02 vụ; not 2% or dưới 5."""
    return SMALL.sub(r"0\g<0>", text)


def in_sentence(words: str, measure: str | None = None) -> str:
    """A printed figure as it reads within a sentence, with its measure: 4* -> ít nhất 04 huyện."""
    counted = words.removesuffix("*")[-1:].isdigit() and pd.notna(measure)
    return with_zeros(replace_star(words, measure if counted else ""))


def quantities(case: Case) -> dict[str, Named]:
    """`so`: the unit's figures by name; `counted`: the same with their measures. A dash for those
    that it has not.
    """
    names = dict.fromkeys(figure_names(), "–")
    counted, so = {}, {}
    for row in unit_rows(case, case.figures).itertuples():
        words = in_sentence(row.words, row.measure)
        counted[row.item] = NONE if row.words == "–" else words
        # Not put into words without its measure: 5 million would read as a count, 05.
        so[row.item] = words.replace(f" {row.measure}", "", 1)
    of_the_return = {} if case.is_province else describe_return(case.plan, case.returns, case.unit)
    return {"so": names | so | of_the_return, "counted": names | counted}
