"""The pages of a published set beside its notebooks: who stands where, why, on what figures, and how that was found.

Every word and number comes from what is published (findings, indicators), the plan, the register, the form and the
settings. No page needs a server, a script or another site: links are relative, and a policy forbids everything else.
"""

from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pcmd_eval.batch.jobs import NOTEBOOKS, REVIEWS, Job
from pcmd_eval.display import ILLUSTRATIVE
from pcmd_eval.findings import Finding, findings_csv
from pcmd_eval.html import fill
from pcmd_eval.indicators import indicators_csv
from pcmd_eval.observations import Evidence
from pcmd_eval.plan import STATUS_WORDS
from pcmd_eval.project import Project
from pcmd_eval.published import DASH_WORDS, MARKER_WORDS, STAR_WORDS, Published
from pcmd_eval.site import grids, method, released
from pcmd_eval.site.grids import Cell, unit_page
from pcmd_eval.site.labels import RETURNS
from pcmd_eval.site.released import Edition
from pcmd_eval.site.summary import findings_workbook
from pcmd_eval.units import Unit
from pcmd_eval.wording import LOOKS, RETURN_WORDS, Verdict, listing, share

if TYPE_CHECKING:
    from pcmd_eval.disclosure import Disclosure
    from pcmd_eval.figures import Chart

NOT_EVALUATED = "chưa đánh giá"
MEANINGS = {
    Verdict.MET: "số chắc chắn đã đủ mức cần đạt, dù số liệu còn thiếu ra sao.",
    Verdict.NOT_MET: "kể cả khi mọi số liệu còn thiếu đều thuận lợi vẫn không đủ mức cần đạt.",
    Verdict.UNDETERMINED: "kết luận còn tùy vào số liệu chưa có hoặc chưa đọc được.",
    Verdict.NONE_AROSE: "đã báo cáo đầy đủ và không có vụ việc nào.",
    Verdict.NOT_APPLICABLE: "kế hoạch không giao chỉ tiêu này cho đơn vị.",
}
STATE_MEANINGS = {
    "missing": "chưa nhận được tệp nào của đơn vị.",
    "unreadable": "có tệp nhưng không mở được hoặc không đúng biểu mẫu; các ô được tính là không có.",
    "empty": "tệp mở được nhưng không có số liệu nào.",
    "partial": "có biểu để trống hẳn, hoặc tỷ lệ ô có số liệu thấp hơn mức quy định.",
    "late": "đủ số liệu, gửi sau hạn; vẫn được tính đầy đủ.",
    "on_time": "đủ số liệu và gửi trong hạn.",
}
_DOCUMENTS = {"docx": "Báo cáo đánh giá (Word)", "pdf": "Báo cáo đánh giá (PDF)"}


def site_files(
    published: Published,
    picture: "Chart | None",
    jobs: Iterable[Job],
    missing: Mapping[Job, str],
    rules: "Disclosure",
    reviews: Collection[str] = (),
    edition: Edition | None = None,
) -> dict[str, bytes]:
    """The pages, tables and the map of a set; `reviews` are the places of the Word and PDF documents it will hold.

    `edition` is what was sent out last, to be compared with.
    """
    site = _Site(published, picture, list(jobs), missing, rules, reviews)
    project = published.project
    files = {
        "index.html": site.index(),
        "returns.html": site.returns(),
        "method.html": site.method(),
        "changes.html": site.changes(edition),
        **{f"objectives/{o.slug}.html": site.objective(o.slug) for o in project.plan.objectives},
        **{unit_page(unit): site.unit(unit) for unit in published.units},
        "findings.csv": findings_csv(published.findings),
        "findings.xlsx": findings_workbook(project, published.findings, published.illustrative),
        "indicators.csv": indicators_csv(published.indicators),
    }
    return {**files, **({"map.png": picture.png} if picture else {})}


def map_of(project: Project, evidence: Evidence, findings: list[Finding]) -> "Chart | None":
    """The map of the districts' verdicts; None for a plan without boundaries."""
    from pcmd_eval.figures import Chart, map_chart
    from pcmd_eval.notebook import Case

    chart = map_chart(Case(project, project.register.province, evidence, {}), findings)
    return chart if isinstance(chart, Chart) else None


class _Site:
    """The pages of one set, each from the same material."""

    def __init__(
        self,
        published: Published,
        picture: "Chart | None",
        jobs: list[Job],
        missing: Mapping[Job, str],
        rules: "Disclosure",
        reviews: Collection[str],
    ) -> None:
        self.published, self.picture, self.missing, self.rules = published, picture, missing, rules
        self.plan, self.province = published.project.plan, published.province
        self.reviews = sorted(reviews)
        self.ways = self._ways(jobs)
        style = fill("site.css.j2", looks=LOOKS).decode()
        self.common = {
            "plan": self.plan,
            "province": self.province,
            "districts_word": published.project.districts_word,
            "units": published.units,
            "looks": LOOKS,
            "unit_page": unit_page,
            "banner": ILLUSTRATIVE if published.illustrative else "",
            "style": style,
            "style_hash": b64encode(sha256(style.encode()).digest()).decode(),
        }

    def _page(self, template: str, place: str, trail: list[tuple[str, str]], **values: Any) -> bytes:
        """A page that lies at `place`; `trail` are the pages above it, each with its address in the set."""
        up = "../" * place.count("/")
        return fill(template, up=up, place=place, trail=trail, **self.common, **values)

    def _ways(self, jobs: list[Job]) -> dict[tuple[str, str], Cell]:
        """For each unit and objective (or "review") the way to its notebook's page, or why there is none."""
        slugs = {name: slug for slug, name in NOTEBOOKS.items()} | dict.fromkeys(REVIEWS, "review")
        ways = {}
        for job in jobs:
            why = f"{NOT_EVALUATED}: {self.missing[job]}" if job in self.missing else ""
            href = "" if why else f"{job.place}.html"
            ways[job.unit, slugs[job.notebook]] = Cell(why or "cách tính", "missing" if why else "word", href=href)
        return ways

    # ---- the pages ---------------------------------------------------------------------------------------------------

    def index(self) -> bytes:
        """The province's verdicts, every unit by every objective, the map, and what to take away."""
        verdicts = {(f.unit_code, f.objective): f.verdict for f in self.published.findings}
        shared = [str(o.number) for o in self.plan.objectives if o.level == "province" and o.district_target]
        return self._page(
            "index.html.j2",
            "index.html",
            [],
            ways=self.ways,
            verdicts=verdicts,
            legend=self._legend(),
            provincial=self._verdicts(self.province),
            received=self._received(),
            map_alt=self.picture.alt if self.picture else "",
            missing=len(self.missing),
            shared=listing(shared),
            documents={unit.code: self._documents(unit) for unit in self.published.units},
        )

    def objective(self, slug: str) -> bytes:
        """One objective: what the plan asks for, by which rules, how every unit stands, and the figures."""
        objective, place = self.plan[slug], f"objectives/{slug}.html"
        return self._page(
            "objective.html.j2",
            place,
            [("index.html", "Trang đầu")],
            objective=objective,
            finding=self.published.finding(self.province.code, slug),
            table=grids.verdicts(self.published, objective, self.ways),
            figures=grids.compared(self.published, slug),
            rules=method.rules(objective),
            legend=self._legend(),
        )

    def unit(self, unit: Unit) -> bytes:
        """One unit: its findings with their reasons, its figures, its return, its documents."""
        figures = [(o, grids.of_unit(self.published, unit, o.slug)) for o in self.plan.objectives]
        own = "own." if unit == self.province else ""
        return self._page(
            "unit.html.j2",
            unit_page(unit),
            [("index.html", "Trang đầu")],
            unit=unit,
            verdicts=self._verdicts(unit),
            figures=[(objective, grid) for objective, grid in figures if grid],
            report=grids.own_return(self.published, unit, own),
            review=self.ways[unit.code, "review"],
            documents=self._documents(unit),
        )

    def returns(self) -> bytes:
        """Who reported, when, and how completely."""
        states = [(RETURN_WORDS[state], words) for state, words in STATE_MEANINGS.items()]
        return self._page(
            "returns.html.j2",
            "returns.html",
            [("index.html", "Trang đầu")],
            table=grids.returns(self.published),
            province_asked=bool(self.published.project.form.sheets_of(self.province, self.published.project.register)),
            received=self._received(),
            states=states,
            cells=[RETURNS[key] for key in ("reported", "blank", "unreadable", "absent")],
            deadline=self.plan.rules["deadline"].chosen,
            complete=self.plan.rules["complete_share"].value,
        )

    def method(self) -> bytes:
        """The words, the rules with their reasons, what is only assumed, and what is withheld."""
        rules = [(o, method.rules(o)) for o in self.plan.objectives]
        return self._page(
            "method.html.j2",
            "method.html",
            [("index.html", "Trang đầu")],
            legend=self._legend(),
            common_rules=method.common_rules(self.plan),
            rules=rules,
            statuses=STATUS_WORDS,
            disclosure=self.rules,
            withheld=method.withheld(self.published.project.form, self.rules),
            markers=(MARKER_WORDS, DASH_WORDS, STAR_WORDS),
        )

    def changes(self, edition: Edition | None) -> bytes:
        """Which findings are not what was sent out last."""
        return self._page(
            "changes.html.j2",
            "changes.html",
            [("index.html", "Trang đầu")],
            edition=edition,
            table=released.changed(self.published, edition) if edition else None,
            legend=self._legend(),
        )

    # ---- what several of them show -----------------------------------------------------------------------------------

    def _legend(self) -> list[tuple[Verdict, str]]:
        return list(MEANINGS.items())

    def _verdicts(self, unit: Unit) -> list[tuple[Any, Finding, Cell]]:
        """Each objective with the unit's finding and the way to how it was calculated."""
        code = unit.code
        return [(o, self.published.finding(code, o.slug), self.ways[code, o.slug]) for o in self.plan.objectives]

    def _documents(self, unit: Unit) -> list[tuple[str, str]]:
        """The unit's Word and PDF documents: address and name."""
        folder = unit_page(unit).removesuffix("index.html")
        own = [place for place in self.reviews if place.startswith(folder)]
        return [(place, _DOCUMENTS[place.rpartition(".")[2]]) for place in own]

    def _received(self) -> dict[str, str]:
        """How many returns count, and how many of all cells hold a figure."""
        p, code = self.published, self.province.code
        given, asked = p.count(code, "", "reported"), p.count(code, "", "expected")
        rate = f" ({share(given, asked)})" if given is not None and asked else ""
        reporters = p.indicator(code, "", "reporters")
        known, sent = (reporters.known, reporters.expected) if reporters else (None, len(p.units))
        return {
            "returns": f"{'–' if known is None else known}/{sent}",
            "cells": f"{p.shown(code, '', 'reported')}/{p.shown(code, '', 'expected')}{rate}",
        }
