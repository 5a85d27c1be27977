"""Match rows to the form's items or a reporter's communes; code and label must agree.

Two identifiers that agree are enough, however the code is written (6.3., 6,3 or 6.3 as a number).
If only one of them is known, or they contradict each other, the rows that they may mean are
unreadable ("code-name"); a row of which neither is known is left out (`unmatched_rule`).
"""

import re
from functools import cached_property, lru_cache
from typing import NamedTuple

from pcmd_eval.plan.plan import Plan
from pcmd_eval.plan.register import name_keys
from pcmd_eval.util.spelling import fold, fold_name, split_words

_NUMERIC_CODE = re.compile(r"[0-9]+(\.[0-9]+)?")  # a code that Excel may take for a number


class RowMatch(NamedTuple):
    """`code` and `label` of a row as written, and the known codes of items or communes they match.

    `matched`: the code on which both agree, "" if none. `by_code`, `by_label`: the only match of
    each, "" for none or several. `likely_code`: the first match of the label, else of the code, or
    "". `has_known_code`: the written code has a match.
    """

    code: str
    label: str
    matched: str
    by_code: str
    by_label: str
    likely_code: str
    has_known_code: bool


class ItemMatcher:
    """Match rows to the items of a sheet, none on one of lines; reporters may reword a label.

    `names`: labels by code; `known_names`: with those of other reporters' communes. `code_header`:
    the word for the code in messages; `unmatched_rule`: the rule that an unmatched row breaks;
    `has_communes`: rows are of communes, which may have several.
    """

    code_header, unmatched_rule, has_communes = "mã", "unknown-code", False

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self._min_digits = min(map(len, names), default=0)

    # Cached, not computed at once: the matcher of an absent return never matches a row.

    @cached_property
    def known_names(self) -> dict[str, str]:
        return self.names

    @cached_property
    def _code_by_text(self) -> dict[str, str]:
        """Return the known codes by their folded form."""
        return {fold(code): code for code in self.known_names}

    @cached_property
    def _codes_by_label(self) -> dict[str, list[str]]:
        """Return by each spelling of a label the known codes that it may mean."""
        codes: dict[str, list[str]] = {}
        for code, label in self.known_names.items():
            for spelling in self.label_spellings(label):
                codes.setdefault(spelling, []).append(code)
        return codes

    def label_spellings(self, label: str) -> set[str]:
        """Return the ways in which a label may be written."""
        return {"".join(split_words(label))}

    def match(self, code: str, label: str, is_number: bool = False) -> RowMatch:
        """Match a row; `is_number`: its code was typed as a number.

        Code and label must agree. A code typed as in the form is enough if the label is blank, on a
        sheet of items also if the label is unknown.
        """
        by_code = self._match_code(code, is_number)
        by_label: list[str] = []
        for spelling in self.label_spellings(label):
            by_label += self._codes_by_label.get(spelling, ())
        # A label of another return's row counts only if the written code means the same row.
        by_label = [known for known in by_label if known in self.names or known in by_code]
        label_must_agree = bool(label if self.has_communes else by_label)
        is_code_enough = fold(code) in self._code_by_text and not is_number and not label_must_agree
        agreed = by_code if is_code_enough else [known for known in by_code if known in by_label]
        if agreed:
            matched = agreed[0]
            return RowMatch(code, label, matched, matched, matched, matched, has_known_code=True)
        likely = next(iter(by_label + by_code), "")
        of_code, of_label = (one[0] if len(one) == 1 else "" for one in (by_code, by_label))
        return RowMatch(code, label, "", of_code, of_label, likely, bool(by_code))

    def _match_code(self, code: str, is_number: bool) -> list[str]:
        """Return the known codes that a written code matches: the number 6.1 matches "6.1" and
        "6.10", the text "7888" matches "07888".
        """
        if is_number:
            numbers = filter(_NUMERIC_CODE.fullmatch, self._code_by_text)
            return [number for number in numbers if float(number) == float(code)]
        written = fold(code)
        dotted = re.sub(r"[^0-9]+", ".", written).strip(".")
        folded = dict.fromkeys((written, dotted, written.zfill(self._min_digits)))
        return [self._code_by_text[one] for one in folded if one in self._code_by_text]


class CommuneMatcher(ItemMatcher):
    """Match rows to the communes of one reporter, None: of all; a commune has a row for each form
    of activity.
    """

    code_header, unmatched_rule, has_communes = "mã xã", "foreign-unit", True

    def __init__(self, plan: Plan, reporter: str | None = None) -> None:
        communes = plan.communes(reporter)
        super().__init__(communes.full_name.to_dict())
        if reporter is None:
            for code, name in communes.name.items():  # the name without its type
                self._codes_by_label.setdefault(fold_name(name), []).append(code)
        else:
            every = _match_all_communes(plan)  # replaces the cached properties
            self.known_names, self._code_by_text = every.names, every._code_by_text
            self._codes_by_label = every._codes_by_label

    def label_spellings(self, label: str) -> set[str]:
        """Return the label as written, and with its type spelt out."""
        return name_keys(label)


@lru_cache(16)  # once for all files of a plan: there may be thousands of communes
def _match_all_communes(plan: Plan) -> CommuneMatcher:
    return CommuneMatcher(plan)
