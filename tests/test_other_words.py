"""Make papers and pages with other words for every verdict, state, period and column."""

import re
from collections.abc import Iterator

import pytest
from made import asked
from papers import APPROVED, everything, made

from pcmd_eval.analysis.case_editions import exact_case, public_case
from pcmd_eval.evaluation.findings import evaluate
from pcmd_eval.office.asks.request_list import check_table
from pcmd_eval.office.intake.returns import Intake
from pcmd_eval.office.site.pages import pages
from pcmd_eval.plan.plan import load_plan
from pcmd_eval.util import vocabulary
from pcmd_eval.util.verdicts import VERDICT_LABELS, VERDICT_STYLES, VERDICTS

LABELS = [labels for name, labels in vars(vocabulary).items() if name.endswith("_LABELS")]
LABELS.append(vocabulary.HEADERS)


def texts_made(intake: Intake) -> Iterator[str]:
    """Yield the findings, the requests, the papers and the pages, each as one text."""
    plan = load_plan("phu_tho_2017")
    findings = evaluate(plan, intake.cells)
    requests = check_table(asked(plan, intake))
    case = exact_case(plan, intake.cells, intake.returns, findings, requests)
    yield from (findings.to_csv(), requests.to_csv())
    for kind, unit in APPROVED.values():
        yield everything(made(case, unit, kind))
    site = pages(public_case(case), [*plan.reporters.index])
    for name in ("index.html", "method.html"):  # without maps, in which letters have widths
        yield re.sub(r'src="data:[^"]*"', "", site[name].decode())


def disguise(word: str) -> str:
    """Return a word of the same length that no decision could know: its first letter is ж, unless
    it has no other.
    """
    return word if len(word) < 2 else ("Ж" if word[0].isupper() else "ж") + word[1:]


def reveal(text: str, words: list[str]) -> str:
    """Return a text with the words in place of their disguises, also within a sentence."""
    for word in sorted(words, key=len, reverse=True):
        for spelt in (word, word[:1].upper() + word[1:], word[:1].lower() + word[1:], word.lower()):
            text = text.replace(disguise(spelt), spelt)
    return text


@pytest.mark.long
def test_everything_made_with_other_words_differs_in_these_words_alone(
    shipped: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No verdict, order, table or link depends on a word that we print."""
    expected = [*texts_made(shipped)]
    words = [verdict.ending for verdict in VERDICTS.values()] + [*VERDICT_LABELS.values()]
    words += [word for labels in LABELS for word in labels.values()]
    for code, verdict in VERDICTS.items():
        style = verdict.style._replace(word=disguise(verdict.style.word))
        other = verdict._replace(style=style, ending=disguise(verdict.ending))
        monkeypatch.setitem(VERDICTS, code, other)
        monkeypatch.setitem(VERDICT_STYLES, code, style)
        monkeypatch.setitem(VERDICT_LABELS, code, style.word)
    for labels in LABELS:
        for code, word in labels.items():
            monkeypatch.setitem(labels, code, disguise(word))
    texts = [*texts_made(shipped)]
    assert sum("ж" in text.lower() for text in texts) == len(texts) - 1, "no request has one"
    assert [reveal(text, words) for text in texts] == expected
