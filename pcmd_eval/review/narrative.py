"""The words that people write for a review: one plain text file for each unit, read by headings, its numbers checked.

A file has headings (`# Hạn chế`), sub-headings under them (`## Khách quan`), paragraphs and lines that begin with `- `.
What stands between `<!--` and `-->` is a remark to the writer and is not read.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pcmd_eval import paths
from pcmd_eval.files import printable
from pcmd_eval.intake.faults import Fault
from pcmd_eval.project import Project
from pcmd_eval.published import Published
from pcmd_eval.review.claims import wrong_claims
from pcmd_eval.review.claims_known import known_of
from pcmd_eval.spelling import plain, tidy
from pcmd_eval.units import Unit

# The places of the outline that people fill, by the name they have in the template, with the heading of the skeleton.
PARTS = {
    "situation": "Tình hình",
    "direction": "Lãnh đạo, chỉ đạo",
    "communes": "Xây dựng xã, phường, thị trấn lành mạnh",
    "funding": "Kinh phí",
    "results": "Kết quả đạt được",
    "limits": "Hạn chế",
    "causes": "Nguyên nhân",
    "tasks": "Phương hướng, nhiệm vụ",
    "proposals": "Kiến nghị",
}
# What the outline asks for here is in no return: only what people say of the returns is held against the results.
FREE = frozenset({"situation", "direction", "communes", "funding"})
# The sub-headings that the outline itself has, by the name of their words in the template.
OUTLINE = {
    "situation": {"setting": "Đặc điểm tình hình liên quan", "evils": "Tình hình tệ nạn mại dâm"},
    "direction": {
        "documents": "Ban hành văn bản",
        "bodies": "Kiện toàn Ban Chỉ đạo, Đội kiểm tra liên ngành 178",
        "coordination": "Phối hợp liên ngành",
    },
    "proposals": {
        "to_government": "Với Chính phủ, Bộ, ngành",
        "to_province": "Với Tỉnh ủy, HĐND, UBND tỉnh",
        "to_districts": "Với cấp huyện",
    },
}
# How the outline itself names them; a heading may be written either way, with a number before it or a year after it.
_ALSO = {
    "situation": ("Tình hình tệ nạn mại dâm trên địa bàn", "Tình hình tệ nạn mại dâm"),
    "direction": ("Công tác lãnh đạo, chỉ đạo",),
    "communes": ("Xây dựng xã, phường, thị trấn lành mạnh, không có tệ nạn",),
    "funding": ("Kinh phí thực hiện",),
    "results": ("Những kết quả đạt được", "Ưu điểm"),
    "limits": ("Hạn chế, tồn tại", "Tồn tại, hạn chế"),
    "causes": ("Nguyên nhân của hạn chế",),
    "tasks": ("Phương hướng",),
    "proposals": ("Kiến nghị, đề xuất", "Đề xuất, kiến nghị"),
}
_NUMBERING = re.compile(r"^(?:[IVX]+|\d+(?:\.\d+)*|[a-zđ])[.)] +")
_REMARK = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NO_SUCH = f"Không có đề mục này. Dùng một trong các đề mục: {', '.join(PARTS.values())}."
_TWICE = "Đề mục này đã có ở trên. Gộp hai phần làm một."
_TOO_DEEP = "Dưới mỗi đề mục chỉ có một cấp đề mục con, bắt đầu bằng “## ”. Sửa dấu ở đầu dòng."
_MARKUP = re.compile(r"\*\*|__|`|^\s*\||!?\[[^\]]*\]\(|^\s*(?:---+|===+)\s*$|^\s*>")


@dataclass(frozen=True)
class Paragraph:
    """One paragraph, one line of a list (`item`) or a sub-heading; `lines` are where its words begin in the file."""

    text: str
    line: int
    item: bool = False
    lines: tuple[tuple[int, int], ...] = ()
    heading: bool = False

    def line_at(self, offset: int) -> int:
        """The line of the file on which this place of the text stands."""
        return max((line for start, line in self.lines if start <= offset), default=self.line)


@dataclass(frozen=True)
class Narrative:
    """What people wrote for one unit, by the part of the outline; `faults` is what could not be read."""

    file: str
    unit: str
    parts: dict[str, list[Paragraph]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def folder_of(project: Project) -> Path:
    """Where the narratives of a plan are."""
    return paths.DATA / "narrative" / project.plan.name


def load_narratives(project: Project, folder: Path | None = None) -> tuple[dict[str, Narrative], list[Fault]]:
    """The narratives of a plan by unit code, and the faults of files that belong to no unit."""
    folder = folder or folder_of(project)
    units, found, strays = {unit.code for unit in project.register.reporters}, {}, []
    for path in sorted(folder.glob("*.md")) if folder.is_dir() else []:
        if path.stem in units:
            found[path.stem] = read_narrative(path.read_bytes(), _told(path), path.stem)
        elif path.stem.upper() != "README":
            words = f"Tên tệp phải là mã đơn vị, ví dụ {project.register.reporters[0].code}.md. Đổi tên tệp."
            strays.append(_fault(_told(path), "", 0, path.stem, "narrative_file", words))
    return found, strays


def read_narrative(content: bytes, file: str, unit: str) -> Narrative:
    """Read a narrative; nothing raises, what cannot be read is a fault with its line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        words = "Tệp không phải văn bản UTF-8. Lưu lại ở dạng UTF-8."
        return Narrative(file, unit, faults=[_fault(file, unit, line, "", "narrative_encoding", words)])
    text = _REMARK.sub(lambda found: "\n" * found.group().count("\n"), printable(unicodedata.normalize("NFC", text)))
    narrative = Narrative(file, unit)
    part: str | None = None
    for line, words, kind in _blocks(text):
        if kind.startswith("#"):
            named = None if len(kind) > 1 and _of_outline(words, part) else _part(words)
            told = ""
            if named is None and len(kind) > 1 and part:
                told = _unfit(words, kind, part, narrative.parts[part])
                if not told:
                    narrative.parts[part].append(Paragraph(_NUMBERING.sub("", words.strip()), line, heading=True))
            elif named is None:
                told, part = ("" if len(kind) > 1 and narrative.faults else _NO_SUCH), None
            else:
                told, part = (_TWICE if named in narrative.parts else ""), named
                narrative.parts.setdefault(named, [])
            if told:
                narrative.faults.append(_fault(file, unit, line, words, "narrative_heading", told))
        elif part is not None:
            narrative.parts[part].append(_paragraph(line, words, kind == "item"))
        elif not narrative.faults:
            told = "Đoạn này đứng trước mọi đề mục nên không biết thuộc phần nào. Đặt nó dưới một đề mục."
            narrative.faults.append(_fault(file, unit, line, "", "narrative_place", told))
    for number, line in enumerate(text.splitlines(), 1):
        if marked := _MARKUP.search(line):
            told = "Chỉ dùng đề mục, đoạn văn và dòng bắt đầu bằng “- ”; định dạng do mẫu Word quyết định. Bỏ dấu này."
            narrative.faults.append(_fault(file, unit, number, marked.group().strip(), "narrative_markup", told))
    narrative.faults.sort(key=lambda fault: int(fault.cell))
    parts = {key: _with_words(found) for key, found in narrative.parts.items()}
    return Narrative(file, unit, {key: found for key, found in parts.items() if found}, narrative.faults)


def contradictions(narrative: Narrative, published: Published, unit: Unit) -> list[Fault]:
    """Every number of the narrative that the published results of the unit contradict, with its line."""
    known = known_of(published, unit)
    return [
        _fault(
            narrative.file,
            unit.code,
            paragraph.line_at(wrong.start),
            wrong.seen,
            "narrative_persons" if wrong.persons else "narrative_number",
            wrong.message,
        )
        for part, paragraphs in narrative.parts.items()
        for paragraph in paragraphs
        for wrong in wrong_claims(paragraph.text, known, part in FREE)
    ]


def arranged(parts: dict[str, list[Paragraph]], whole: bool) -> dict[str, list[Paragraph]]:
    """The words of each part, and of each sub-heading of the outline; a district's proposals go to one place only.

    What stands under another sub-heading stays where it was written, behind the words before it.
    """
    found: dict[str, list[Paragraph]] = {}
    for part in PARTS:
        own = OUTLINE.get(part, {}) if whole or part != "proposals" else {}
        found |= {name: [] for name in (part, *OUTLINE.get(part, {}))}
        place = part
        for paragraph in parts.get(part, []):
            named = next((name for name, title in own.items() if _folded(title) == _folded(paragraph.text)), None)
            if paragraph.heading and named:
                place = named
            else:
                found[place].append(paragraph)
    return found


def spoken(fault: Fault) -> str:
    """A fault of a narrative as one line for the person who mends it."""
    place = f"{fault.file}, dòng {fault.cell}" if fault.cell != "0" else fault.file
    return f"{place}: “{fault.value}”. {fault.message}" if fault.value else f"{place}: {fault.message}"


# ---- reading --------------------------------------------------------------------------------------------------------


def _blocks(text: str) -> Iterator[tuple[int, str, str]]:
    """Headings (#, ##), list items and paragraphs with the line they begin on; the lines of a block are kept apart."""
    held: list[str] = []
    start, kind = 0, "paragraph"
    for number, line in enumerate([*text.split("\n"), ""], 1):
        heading, item = re.match(r"\s{0,3}(#{1,6})(?!#)\s*(.*?)\s*#*\s*$", line), re.match(r"\s*[-*+•–] +(.*)$", line)
        if held and (heading or item or not line.strip()):
            yield start, "\n".join(held), kind
            held = []
        if heading:
            yield number, heading[2], heading[1]
        elif item:
            held, start, kind = [item[1].strip()], number, "item"
        elif line.strip():
            start, kind = (start, kind) if held else (number, "paragraph")
            held.append(line.strip())


def _paragraph(line: int, words: str, item: bool) -> Paragraph:
    """The words of one block on one line, and where in them each line of the file begins."""
    lines, text = [], ""
    for number, piece in enumerate(words.split("\n"), line):
        text += " " if text else ""
        lines.append((len(text), number))
        text += re.sub(r"\s+", " ", piece)
    return Paragraph(text, line, item, tuple(lines))


def _told(path: Path) -> str:
    """The file as it is named to people: from the root of the project where it lies there."""
    return path.relative_to(paths.ROOT).as_posix() if path.is_relative_to(paths.ROOT) else path.name


def _part(heading: str) -> str | None:
    """The part of the outline that a heading names, without number, year, case and punctuation."""
    folded = _folded(_NUMBERING.sub("", heading.strip()))
    return next(
        (part for part, title in PARTS.items() if folded in {_folded(words) for words in (title, *_ALSO[part])}), None
    )


def _of_outline(words: str, part: str | None) -> bool:
    """Whether the outline itself has this sub-heading under that part."""
    return _folded(_NUMBERING.sub("", words.strip())) in map(_folded, OUTLINE.get(part or "", {}).values())


def _unfit(words: str, marks: str, part: str, before: list[Paragraph]) -> str:
    """Why this can be no sub-heading here: too deep, there already, or a heading whose accents went wrong."""
    own = _folded(_NUMBERING.sub("", words.strip()))
    if len(marks) > 2:
        return _TOO_DEEP
    titles = {plain(_folded(title)) for key, named in PARTS.items() for title in (named, *_ALSO[key])}
    if not own or (plain(own) in titles and not _of_outline(words, part)):
        return _NO_SUCH
    return _TWICE if own in {_folded(p.text) for p in before if p.heading} else ""


def _with_words(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """The paragraphs without sub-headings under which nothing stands."""
    following = (after.heading for after in paragraphs[1:])
    return [p for p in paragraphs if not (next(following, True) and p.heading)]


def _folded(words: str) -> str:
    return tidy(re.sub(r"\bnăm \d{4}\b", " ", re.sub(r"[^\w\s]", " ", unicodedata.normalize("NFC", words)), flags=re.I))


def _fault(file: str, unit: str, line: int, seen: str, rule: str, message: str) -> Fault:
    return Fault("stop", unit, file, "", str(line), unit, "", seen, rule, message)
