"""How a figure stands within a sentence, and those of a unit by name: for the Word template and for
what people write.
"""

import re

import pandas as pd

from pcmd_eval import paths
from pcmd_eval.case import Case
from pcmd_eval.files import read_csv
from pcmd_eval.indicators import of_return
from pcmd_eval.words import at_least

Named = dict[str, str]
NONE = "chưa có số liệu"
# A count below ten: at the head of a phrase, or how much more or less.
SMALL = re.compile(r"(?:^|(?<=nhất )|(?<=tăng )|(?<=giảm ))[1-9](?![\d.,/%])")


def figure_names() -> list[str]:
    """The names that a figure can have."""
    return [*read_csv(paths.DATA / "figures.csv").name]


def small(text: str) -> str:
    """Counts below ten as officials write them within a sentence: tăng 02 vụ; not 2% or dưới 5."""
    return SMALL.sub(r"0\g<0>", text)


def in_words(words: str, measure: str | None = None) -> str:
    """A printed figure as it reads within a sentence, with its measure: 4* -> ít nhất 04 huyện."""
    bare = words.removesuffix("*")
    counted = bare[-1:].isdigit() and pd.notna(measure)
    if counted and bare != words and bare.startswith("khoảng"):
        return f"{bare} {measure} trở lên"
    said = small(at_least(words).removesuffix("*"))
    return f"{said} {measure}" if counted else said


def quantities(case: Case) -> dict[str, Named]:
    """`so`: the unit's figures by name; `counted`: the same with their measures. A dash for those
    that it has not.
    """
    names = dict.fromkeys(figure_names(), "–")
    own = case.of_unit(case.figures).set_index("item")
    measured = zip(own.words.replace("–", NONE), own.measure, strict=True)
    counted = dict(zip(own.index, [in_words(*pair) for pair in measured], strict=True))
    returned = {} if case.whole else of_return(case.plan, case.returns, case.unit)
    so = own.words.map(in_words).to_dict()
    return {"so": names | so | returned, "counted": names | counted}
