"""Fill blank returns with random contents from a seed, to compare two implementations.

With `disorder` 0 the contents are plausible and complete; towards 1 every kind of disorder that
the specification of the form names is frequent. With `near` the contents lie close to the
thresholds, so that every verdict occurs often. `kinds` adds what senders are asked about; each is
drawn for some of the reporters or sheets, whatever the disorder:

- `nameless`: rows without a `Hình thức` · `early`: early and impossible cut-offs · `strangers`: rows
  of unknown communes and codes, figures without a code · `columns`: "Quý II (bổ sung)", "Tháng 11",
  "Năm 2016" · `sheets`: a second sheet of a form's name · `twins`: two rows of a commune with one form
  · `years`: documents of another year
- `files`: two to four files of one unit: quarters, corrections with a slip, a list left out, another
  form, cases that move, words only, other days, another unit's name · `copies`: annotated copies sent back

A comparison of findings takes them by `fill(…, kinds=("early",))`, or `fill_plan` likewise: few at a
time, since of all together little is left that anybody knows. Without them a seed draws what it drew.
"""

import unicodedata
from collections.abc import Callable, Collection
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from made import COM, ENF, FORMS, INT, MODEL, inform, opened, put, unguide
from openpyxl import Workbook, load_workbook
from openpyxl.cell import MergedCell
from openpyxl.worksheet.worksheet import Worksheet
from yaml_files import read_yaml

from pcmd_eval.office.forms.blank_form import blank_return
from pcmd_eval.plan.plan import Plan

QUARTERS = ["Quý I", "Quý II", "Quý III", "Quý IV"]
MONTHS = [f"Tháng {month}" for month in range(1, 13)]
WORDS = read_yaml(Path(__file__).with_suffix(".yaml"))
DOCUMENT, DONE, BUDGET = "Số, ngày văn bản", "Đã thực hiện", "Kinh phí (triệu đồng)"
NO_MODEL = "Không có mô hình"
KINDS = ("nameless", "early", "strangers", "columns", "sheets", "twins", "years", "files", "copies")
COLUMNS = ("Quý II (bổ sung)", "Quý IV (điều chỉnh)", "Tháng 11", "6 tháng đầu năm", "Năm {before}")
COLUMNS += ("So năm trước", "Cơ quan phối hợp")


def fold(value: object) -> str:
    """Fold a text to lower case without spaces, to find sheets, headers and labels."""
    return unicodedata.normalize("NFC", "".join(str(value or "").casefold().split()))


class Sheet:
    """One sheet of a return: its columns by header, its data rows."""

    def __init__(self, sheet: Worksheet) -> None:
        """Read the header of row 4."""
        self.sheet = sheet
        self.columns = {fold(cell.value): cell.column for cell in sheet[4] if fold(cell.value)}

    def get(self, row: int, header: str) -> Any:
        """Return the value of a cell."""
        return self.sheet.cell(row, self.columns[fold(header)]).value

    def put(self, row: int, header: str, value: Any) -> None:
        """Set the value of a cell."""
        self.put_at(row, self.columns[fold(header)], value)

    def put_at(self, row: int, column: int, value: Any) -> None:
        """Set the value of a cell in a column, unless a merge covers it."""
        cell = self.sheet.cell(row, column)
        if not isinstance(cell, MergedCell):
            cell.value = value

    def rows(self) -> list[int]:
        """Return the numbers of the data rows that hold anything."""
        numbers = range(5, self.sheet.max_row + 1)
        columns = self.columns.values()
        return [
            row
            for row in numbers
            if any(self.sheet.cell(row, at).value is not None for at in columns)
        ]

    def coded(self) -> dict[str, int]:
        """Return the row of each prefilled code."""
        return {str(self.get(row, "Mã")): row for row in self.rows() if self.get(row, "Mã")}

    @property
    def periods(self) -> list[str]:
        """The headers of its quarters or months."""
        return [header for header in (*QUARTERS, *MONTHS) if fold(header) in self.columns]

    def copy(self, row: int) -> int:
        """Add a copy of a row below the last one and return its number."""
        new = max(self.rows(), default=4) + 1
        for column in self.columns.values():
            self.sheet.cell(new, column).value = self.sheet.cell(row, column).value
        return new

    def merged_data(self) -> bool:
        """Return whether data cells are merged; rows are then not moved."""
        return any(area.max_row >= 5 for area in self.sheet.merged_cells.ranges)

    def clear(self, row: int) -> None:
        """Empty a row."""
        for area in list(self.sheet.merged_cells.ranges):
            if area.min_row == row:
                self.sheet.unmerge_cells(str(area))
        for column in self.columns.values():
            self.sheet.cell(row, column).value = None


class Filler:
    """The random choices of one filling."""

    def __init__(
        self, rng: Random, disorder: float, near: bool, year: int, kinds: Collection[str] = ()
    ) -> None:
        """Keep what the choices depend on."""
        self.rng, self.disorder, self.near, self.year = rng, disorder, near, year
        self.kinds = kinds
        self.communes: dict[str, list[tuple[str, str, str]]] = {}

    def hit(self, weight: float = 1.0) -> bool:
        """Return whether a kind of disorder occurs here."""
        return self.rng.random() < self.disorder * weight

    def draws(self, kind: str, share: float) -> bool:
        """Return whether what a kind of `kinds` adds occurs here; draws nothing without it."""
        return kind in self.kinds and self.rng.random() < share

    def pick(self, *choices: Any) -> Any:
        """Return one of the choices."""
        return self.rng.choice(choices)

    def count(self, good: int) -> Any:
        """Write a count as people do: mostly right, sometimes spelled oddly or unreadable."""
        if not self.hit(0.25):
            return good
        if self.rng.random() < 0.4:
            return self.pick(None, None, None, "", "   ")
        spellings = (
            str(good),
            f" {good}",
            f"{good} ",
            f"0{good}",
            float(good),
            "1.115",
            " 02 ",
            "0",
        )
        return self.pick(*spellings, *WORDS["odd_counts"][0], *WORDS["odd_counts"][1])

    def yes_no(self, good: bool) -> Any:
        """Write Có or Không in the spellings and misspellings of an answer."""
        word = "Có" if good else "Không"
        if not self.hit(0.4):
            return word
        folded = [word.upper(), word.lower(), f" {word} ", unicodedata.normalize("NFD", word)]
        return self.pick(*folded, None, None, "Co", "x", "có rồi", True, 1)

    def day(self, good: date) -> Any:
        """Write a date as Excel or as text, or no date."""
        if self.hit(0.2):
            return self.pick(
                *(None, "cuối năm", "31/2/2017", f"{good:%Y-%m-%d}", 2017),
                *(f"{good:%d.%m.%Y}", f"{good:%d-%m-%Y}", f"Ngày {good:%d tháng %m năm %Y}"),
            )
        return self.pick(good, good, f"{good.day}/{good.month}/{good.year}", f"{good:%d/%m/%Y}")

    def paper(self) -> str:
        """Write a document with its number, symbol and date."""
        day = date(self.year, 1, 5) + timedelta(days=self.rng.randrange(300))
        symbol = self.pick("KH-UBND", "QĐ-UBND", "KH-LĐTBXH")
        text = f"{self.rng.randint(1, 400)}/{symbol} ngày {day.day}/{day.month}/{day.year}"
        return self.pick(text, text, f"Kế hoạch số {text}")

    def spelling(self, name: str, kind: str) -> str:
        """Return the same name in another spelling that agrees."""
        tones = {"òa": "oà", "óa": "oá", "Hoà": "Hòa", "ủy": "uỷ"}
        other_tones = name
        for one, other in tones.items():
            other_tones = other_tones.replace(one, other)
        return self.pick(
            *(f"{kind} {name}", f"{kind.lower()} {name}", name.upper(), name.lower(), f"  {name} "),
            *(unicodedata.normalize("NFD", name), other_tones),
            *(name.replace("Đ", "\u00d0"), name.replace(" ", "  ")),
        )

    def sprinkle(self, sheet: Sheet, row: int, headers: list[str], goods: list[int]) -> None:
        """Write counts into cells, with the disorder of cells."""
        for header, good in zip(headers, goods, strict=True):
            sheet.put(row, header, self.count(good))

    def merge(self, sheet: Sheet, row: int, headers: list[str]) -> None:
        """Merge two neighbouring period cells: both then show what stood in the first."""
        at = self.rng.randrange(len(headers) - 1)
        first, second = (sheet.columns[fold(header)] for header in headers[at : at + 2])
        if second == first + 1:
            area = {"start_row": row, "end_row": row, "start_column": first, "end_column": second}
            sheet.sheet.merge_cells(**area)

    def communication(self, sheet: Sheet, code: str) -> None:
        """Fill `1 Tuyên truyền`."""
        rows = [row for row in sheet.rows() if sheet.get(row, "Mã xã")]
        needed = -(-3 * len(rows) // 4)
        share = self.rng.uniform(0.55, 0.95)
        levels = [3 if self.rng.random() < share else self.pick(0, 1, 2, 2, 2) for _ in rows]
        if self.near:
            sure = min(len(rows), needed + self.pick(-2, -1, -1, 0, 0, 1))
            levels = [self.pick(3, 3, 4)] * sure + [self.pick(0, 1, 2) for _ in rows[sure:]]
            self.rng.shuffle(levels)
        number = min(len(rows), self.pick(0, 0, 1, 2)) if self.near else 0
        doubtful = set(self.rng.sample(rows, number)) if self.near else set()
        periods = sheet.periods
        for row, level in zip(rows, levels, strict=True):
            every = range(len(periods))
            active = set(self.rng.sample(every, min(level * len(periods) // 4, len(periods))))
            goods = [self.rng.randint(1, 9) if at in active else 0 for at in every]
            sheet.put(row, "Hình thức", self.pick(*FORMS))
            sheet.put(row, "Lượt người", self.count(self.rng.randint(20, 900)))
            self.sprinkle(sheet, row, periods, goods)
            if row in doubtful:
                sheet.put(row, self.pick(*periods), None)
            if self.hit(0.05):
                for header in periods:
                    sheet.put(row, header, None)
        removed = [row for row in rows if self.commune_disorder(sheet, row, code)]
        shift = not sheet.merged_data()
        for row in reversed(removed):
            if shift and self.rng.random() < 0.5:
                sheet.sheet.delete_rows(row)
            else:
                sheet.clear(row)

    def commune_disorder(self, sheet: Sheet, row: int, code: str) -> bool:
        """Disturb the row of one commune; return whether it is to be removed."""
        name, kind = str(sheet.get(row, "Tên xã")), str(sheet.get(row, "Loại"))
        text = str(sheet.get(row, "Mã xã"))
        neighbours = [one for one in self.communes[code] if one[0] != text]  # or it is the only one
        foreign = [one for key, several in self.communes.items() if key != code for one in several]
        other = self.rng.choice(neighbours or foreign)
        if self.rng.random() < 0.1 or self.hit(0.2):  # another form of communication
            new = sheet.copy(row)
            sheet.put(new, "Hình thức", self.pick(*FORMS))
            self.sprinkle(sheet, new, sheet.periods, [self.pick(0, 0, 1, 2) for _ in sheet.periods])
            if self.hit(2.0):
                for header in [*sheet.periods, "Lượt người"]:
                    sheet.put(new, header, None)
        if self.hit(0.4):
            sheet.put(row, "Tên xã", self.spelling(name, kind))
        elif self.hit(0.06):
            sheet.put(row, "Tên xã", self.pick(other[1], "Xã Không Tên", f"{name}x", None))
        if self.hit(0.2):
            sheet.put(row, "Mã xã", int(text))
            if self.hit(0.2):
                sheet.put(row, "Tên xã", None)
        elif self.hit(0.05):
            sheet.put(row, "Mã xã", self.pick(other[0], f" {text} ", None, "09999"))
        if self.hit(0.08):
            self.merge(sheet, row, sheet.periods)
        elif self.hit(0.06):
            return True
        elif self.hit(0.08):  # a commune of another reporter
            new, (its_code, its_name, its_kind) = sheet.copy(row), self.rng.choice(foreign)
            for header, value in {"Mã xã": its_code, "Tên xã": its_name, "Loại": its_kind}.items():
                sheet.put(new, header, value)
        return False

    def integration(self, sheet: Sheet) -> None:
        """Fill `2 Lồng ghép`."""
        share = self.rng.uniform(0, 0.5)
        chosen = self.pick("2.1", "2.2", "2.3", "2.4", "2.5") if self.near else ""
        for code, row in sheet.coded().items():
            if code == "2.6" and self.rng.random() < 0.7:
                continue
            is_issued, is_done = self.rng.random() < share, self.rng.random() < 0.6
            if self.near:
                is_issued, is_done = (code == chosen, self.rng.random() < 0.6)
            none = "" if is_issued else self.pick("không", "chưa có", "-")
            sheet.put(row, DOCUMENT, none or self.paper())
            if self.hit(0.3):
                odd = (None, *WORDS["none_words"], *WORDS["odd_documents"])
                sheet.put(row, DOCUMENT, self.pick(*odd))
            sheet.put(row, DONE, self.yes_no(is_issued and is_done))
            sheet.put(row, BUDGET, self.count(self.rng.randint(0, 90)))
            if self.near and code == chosen and self.rng.random() < 0.15:
                sheet.put(row, self.pick(DOCUMENT, DONE), None)
            if code == "2.6" and self.hit(3.0):
                for header in (DOCUMENT, DONE, BUDGET):
                    sheet.put(row, header, self.pick(None, sheet.get(row, header)))
        self.code_disorder(sheet)

    def harm_reduction(self, sheet: Sheet) -> None:
        """Fill `3 Can thiệp`."""
        share = self.pick(0, 0, 0, 0.06) if self.near else self.pick(0, 0.05, 0.4)
        for row in sheet.coded().values():
            goods = [self.rng.randint(1, 9) if self.rng.random() < share else 0 for _ in QUARTERS]
            self.sprinkle(sheet, row, QUARTERS, goods)
            sheet.put(row, "Số người được tiếp cận", self.count(sum(goods) * 7))
            if self.near and self.rng.random() < 0.03:
                sheet.put(row, self.pick(*QUARTERS), None)
            if self.hit(0.1):
                self.merge(sheet, row, QUARTERS)
        self.code_disorder(sheet)

    def support_model(self, sheet: Sheet) -> None:
        """Fill `4 Mô hình`."""
        lines = self.rng.random() < (0.06 if self.near else 0.3)
        if not lines and not self.hit(0.3):
            sheet.put(5, "Tên mô hình", self.pick(NO_MODEL, NO_MODEL, *WORDS["no_models"]))
        for row in range(5, 5 + self.pick(1, 1, 2, 3)) if lines else ():
            name = self.pick(*WORDS["models"])
            if self.rng.random() < 0.2:
                name = self.pick(None, "", " ")  # one of the others, or one of its own
            elif self.hit():
                spaced, decomposed = f" {name}  ", unicodedata.normalize("NFD", name)
                name = self.pick(name.upper(), name.lower(), spaced, decomposed)
            kind = self.pick(1, 1, 2, 3)
            kind = self.pick(None, str(kind), "hỗ trợ", 4, kind, "1 và 2") if self.hit() else kind
            start = date(self.year - 2, 1, 1) + timedelta(days=self.rng.randrange(1150))
            sheet.put(row, "TT", row - 4)
            sheet.put(row, "Tên mô hình", name)
            sheet.put(row, "Loại mô hình (1/2/3)", kind)
            sheet.put(row, "Ngày bắt đầu", self.day(start))
            sheet.put(row, "Đang hoạt động", self.yes_no(self.rng.random() < 0.7))
            sheet.put(row, "Số người được hỗ trợ", self.count(self.rng.randint(0, 30)))

    def media(self, sheet: Sheet) -> None:
        """Fill `5 Tin bài`."""
        weak = set(self.rng.sample(MONTHS, self.pick(0, 0, 1))) if self.near else set()
        for code, row in sheet.coded().items():
            if code == "5.4" and self.rng.random() < 0.7:
                continue
            for month in MONTHS:
                good = 0 if month in weak else self.pick(0, 1, 2, 3)
                sheet.put(row, month, self.count(max(good, int(self.near and month not in weak))))
                if month in weak and self.rng.random() < 0.15:
                    sheet.put(row, month, None)
                if code == "5.4" and self.hit(3.0):
                    sheet.put(row, month, None)
            if self.hit(0.2):
                self.merge(sheet, row, MONTHS)
        self.code_disorder(sheet)

    def enforcement(self, sheet: Sheet) -> None:
        """Fill `6 Xử lý`."""
        rows = sheet.coded()
        none_arose = self.rng.random() < 0.3
        pending_share = 0.02 if self.near else 0.1
        counts: dict[str, list[int]] = {code: [] for code in rows}
        for _ in QUARTERS:
            detected = 0 if none_arose else self.rng.randint(0, 6)
            pending = int(detected > 0 and self.rng.random() < pending_share)
            criminal = self.rng.randint(0, detected - pending)
            fixed = {"6.3": detected, "6.4": detected - pending - criminal}
            fixed |= {"6.5": criminal, "6.6": pending}
            if self.hit(0.1):  # contradictory, or a case that nobody handled
                fixed[self.pick("6.3", "6.4", "6.5", "6.6")] += 1
            for code in rows:
                counts[code].append(fixed.get(code, self.rng.randint(0, 3 * detected)))
        for code, row in rows.items():
            self.sprinkle(sheet, row, QUARTERS, counts[code])
            if self.near and code == "6.6" and self.rng.random() < 0.1:
                sheet.put(row, self.pick(*QUARTERS), None)
            if self.hit(0.04):
                self.merge(sheet, row, QUARTERS)
        self.code_disorder(sheet)

    def code_disorder(self, sheet: Sheet) -> None:
        """Double, remove, empty or misname rows of a sheet with codes."""
        for row in list(sheet.coded().values()):
            if self.hit(0.05):
                sheet.copy(row)
            elif self.hit(0.05):
                sheet.clear(row)
            elif self.hit(0.03):
                sheet.put(row, "Mã", self.pick("9.9", f" {sheet.get(row, 'Mã')} ", None))
            elif self.hit(0.03):  # a label of another row
                other = self.rng.choice(sheet.rows())
                sheet.sheet.cell(row, 2).value = sheet.sheet.cell(other, 2).value
            elif self.hit(0.03):  # a blank second row
                new = sheet.copy(row)
                for column in range(3, 20):
                    sheet.sheet.cell(new, column).value = None
        if not sheet.merged_data() and self.hit(0.2):
            sheet.sheet.delete_rows(self.rng.choice(sheet.rows()))

    def foot(self, sheet: Sheet) -> None:
        """Write totals, place and day, and signatures below a table."""
        end = max(sheet.rows(), default=4) + 2
        sheet.sheet.cell(end, 2).value = "Tổng cộng"
        sheet.sheet.cell(end, 7).value = 40
        sheet.sheet.cell(end + 1, 5).value = f"Phú Thọ, ngày 20 tháng 12 năm {self.year}"
        for column, words in ((2, "NGƯỜI LẬP BIỂU"), (6, "TRƯỞNG PHÒNG")):
            sheet.sheet.cell(end + 2, column).value = words
            sheet.sheet.cell(end + 6, column).value = self.pick("Nguyễn Văn An", "Trần Thị Bình")

    def filled(self, book: Workbook, code: str) -> Workbook:
        """Return a blank workbook filled in; `mark` sets its dates and marks."""
        fillers: dict[str, Callable[[Sheet], None]] = {
            "1 Tuyên truyền": lambda sheet: self.communication(sheet, code),
            "2 Lồng ghép": self.integration,
            "3 Can thiệp": self.harm_reduction,
            "4 Mô hình": self.support_model,
            "5 Tin bài": self.media,
            "6 Xử lý": self.enforcement,
        }
        for title in [title for title in fillers if title in book.sheetnames]:
            fillers[title](Sheet(book[title]))
            if self.rng.random() < 0.3:
                self.foot(Sheet(book[title]))
            if self.hit(0.08):
                book.remove(book[title])
        self.oddities(book)
        return book

    def oddities(self, book: Workbook) -> None:
        """Add what senders are asked about beside the cells of the form."""
        pages = [Sheet(page) for page in book.worksheets if page.title[0] in "12356"]
        for sheet in pages:
            rows = [row for row in sheet.rows() if sheet.sheet.cell(row, 1).value]
            if not rows:
                continue
            title = sheet.sheet.title
            if title == COM and self.draws("nameless", 0.3):
                for row in rows if self.rng.random() < 0.5 else rows[::3]:
                    sheet.put(row, "Hình thức", None)
            if title == COM and self.draws("twins", 0.25):
                for row in self.rng.sample(rows, min(3, len(rows))):
                    self.twin(sheet, row)
            if title == INT and self.draws("years", 0.25):
                day = f"{self.rng.randint(1, 28)}/12/{self.year - self.pick(1, 1, 2)}"
                sheet.put(self.rng.choice(rows), DOCUMENT, f"{self.pick(5, 40)}/KH-UBND ngày {day}")
            if sheet.periods and self.draws("strangers", 0.08):
                self.stranger(sheet, title)
            if sheet.periods and self.draws("columns", 0.08):
                column = max(sheet.columns.values()) + 1
                sheet.sheet.cell(4, column).value = self.pick(*COLUMNS).format(before=self.year - 1)
                for row in self.rng.sample(rows, min(len(rows), self.pick(1, 2, 5))):
                    sheet.sheet.cell(row, column).value = self.pick(0, 1, 2, 3)
            if self.draws("sheets", 0.05):
                second = Sheet(book.copy_worksheet(sheet.sheet))
                second.sheet.title = f"{title} (2)"
                for row in rows:
                    for header in second.periods if self.rng.random() < 0.8 else ():
                        second.put(row, header, self.pick(None, None, 0, 4))

    def twin(self, sheet: Sheet, row: int) -> None:
        """Add a second row of a commune with the same form of communication, or none."""
        new = sheet.copy(row)
        if self.rng.random() < 0.4:
            sheet.put(new, "Hình thức", None)
        for header in sheet.periods:
            sheet.put(new, header, self.pick(0, 0, 1, 5, None))

    def stranger(self, sheet: Sheet, title: str) -> None:
        """Add a row with figures that belongs to nobody."""
        new = max(sheet.rows(), default=4) + 1
        rows = [("09998", "Xã Mơ"), (None, "Xã Mơ"), (None, "Khu công nghiệp"), (None, None)]
        if title != COM:
            rows = [("9.9", "Nội dung khác"), (None, "Nội dung khác"), (None, "Tổng cộng")]
        put(sheet.sheet, new, 1, *self.pick(*rows))
        for header in sheet.periods:
            sheet.put(new, header, self.pick(0, 1, 3))

    def mark(self, book: Workbook, sent: date | None, on: date) -> None:
        """Set the cut-off, the date of sending and the illustrative mark; it is sent `on` a day."""
        year = self.year
        last = min(date(year, 12, 31), on)
        cutoff: Any = self.pick(last, last, date(year, 12, 20), f"15/12/{year}")
        if self.hit():
            early = (date(year, 12, 14), f"14/12/{year}", date(year, 11, 30), date(year, 9, 30))
            cutoff = self.pick(None, "cuối năm", *early)
        if self.draws("early", 0.2):
            days = (
                date(year, 11, 30),
                date(year, 9, 30),
                date(year, 6, 30),
                date(year + 1, 12, 31),
            )
            cutoff = self.pick(*days)
        day = None if sent is None else self.pick(sent, f"{sent.day}/{sent.month}/{sent.year}")
        office = "Phòng Lao động - Thương binh và Xã hội"
        inform(book, cutoff=cutoff, sent=day, mark="Có", office=office)

    def reporter(self, template: Path, blank: Workbook, target: Path, code: str) -> None:
        """Write the return or returns of one reporter, or none; `blank` is the template."""
        sent = date(self.year, 12, 20) + timedelta(days=self.rng.randrange(45))
        if self.hit(0.3):
            return  # missing
        book = self.filled(blank, code)
        self.mark(book, None if self.hit(0.3) else sent, sent)
        refused = self.hit(0.1)
        if refused:  # the only file of its reporter, and one that must be refused
            faults = {"year": self.year - 1, "version": 2, "plan": "885/KH-UBND", "code": "999"}
            inform(book, **dict([self.pick(*faults.items())]))
        book.save(target / template.name)
        if not refused and self.draws("files", 0.45):
            return self.several(template, book, target, sent)
        if not refused and self.draws("copies", 0.45):
            return self.sent_back(template.name, book, target, sent)
        if not refused and self.hit(0.4):
            inform(book, sent=sent)
            self.second(template, book, target, code, sent)

    def second(self, template: Path, book: Workbook, target: Path, code: str, sent: date) -> None:
        """Save the return as two files: a tie, a copy, a part in each, or a correction."""
        first, other = target / template.name, target / f"{template.stem}-2.xlsx"
        kind = self.pick("tie", "undated", "same", "parts", "correction", "correction")
        if kind in ("tie", "undated"):
            book.save(first)
            other_book = self.filled(opened(template.read_bytes()), code)
            self.mark(other_book, sent if kind == "tie" else None, sent)
            other_book.save(other)
            return
        book.save(first)
        later = opened(first.read_bytes())
        inform(later, sent=sent + timedelta(days=3))
        sheets = [sheet.title for sheet in book.worksheets if sheet.title != "Thông tin"]
        if kind == "parts" and len(sheets) > 1:
            at = self.rng.randrange(1, len(sheets))
            for title in sheets[:at]:
                later.remove(later[title])
            for title in sheets[at:]:
                book.remove(book[title])
            book.save(first)
        elif kind == "correction":
            for sheet in map(Sheet, (later[title] for title in sheets)):
                self.correct(sheet)
        later.save(other)

    def several(self, template: Path, book: Workbook, target: Path, sent: date) -> None:
        """Save a return and up to three later files, each an act on the one before."""
        inform(book, sent=sent)
        book.save(target / template.name)
        content, first = (
            (target / template.name).read_bytes(),
            (target / template.name).read_bytes(),
        )
        for number in range(2, 2 + self.pick(1, 1, 2, 3)):
            later = opened(self.pick(content, content, first))
            sent += timedelta(days=self.pick(0, 1, 2, 3, 4, 7))
            slip = sent - timedelta(days=365)
            inform(later, sent=self.pick(*[sent] * 8, None, slip))
            acts = (self.one_period, self.fewer_sheets, self.slips, self.zeros, self.moved_period)
            acts += (self.other_forms, self.other_models, self.words_only, self.moved_cases)
            for act in (self.later_cutoff, self.pick(*acts, self.slips, self.other_models)):
                act(later)
            code = template.stem.split("-")[0]
            other = self.pick(*sorted(self.communes or [code]))
            name = self.pick(f"{template.stem}-{number}", f"bo sung {number} {code}")
            if self.rng.random() < 0.1:
                name = f"{other} gui bo sung {len([*target.iterdir()])}"
            later.save(target / f"{name}.xlsx")
            content = (target / f"{name}.xlsx").read_bytes()

    def sent_back(self, name: str, book: Workbook, target: Path, sent: date) -> None:
        """Save a return, perhaps a correction of it, and its annotated copy as it comes back."""
        inform(book, sent=sent)
        book.save(target / name)
        base = (target / name).read_bytes()
        copy = opened(base)
        page = copy.create_sheet("Cần sửa", 0)
        page["H1"] = f"{name} sha256:{sha256(base).hexdigest()}"
        if self.rng.random() < 0.6:
            correction = opened(base)
            inform(correction, sent=sent + timedelta(days=3))
            self.slips(correction)
            correction.save(target / f"{name[:-5]}-2.xlsx")
        inform(copy, sent=self.pick(sent, sent + timedelta(days=5), sent + timedelta(days=2)))
        for act in self.rng.sample(
            (self.slips, self.zeros, self.other_models, self.later_cutoff), 2
        ):
            act(copy)
        if self.rng.random() < 0.3:
            page["H1"] = f"mat roi.xlsx sha256:{'0' * 64}"
        copy.save(target / f"{name[:-5]} da sua.xlsx")

    def cells(self, book: Workbook) -> list[Any]:
        """Return the cells of quarters and months with a number above 0."""
        sheets = [Sheet(page) for page in book.worksheets if page.title[0] in "1356"]
        return [
            cell
            for sheet in sheets
            for row in sheet.rows()
            for header in sheet.periods
            if type((cell := sheet.sheet.cell(row, sheet.columns[fold(header)])).value) is int
            if cell.value > 0
        ]

    def one_period(self, book: Workbook) -> None:
        """Leave the figures of one quarter alone."""
        at = self.rng.randrange(4)
        for sheet in [Sheet(page) for page in book.worksheets if page.title[0] in "136"]:
            for row in sheet.rows():
                for header in sheet.periods:
                    if sheet.periods.index(header) * 4 // len(sheet.periods) != at:
                        sheet.put(row, header, None)

    def fewer_sheets(self, book: Workbook) -> None:
        """Leave out some sheets of data."""
        titles = [title for title in book.sheetnames if title[0] in "123456"]
        for title in self.rng.sample(titles, len(titles) // 2):
            book.remove(book[title])

    def slips(self, book: Workbook) -> None:
        """Change a few numbers."""
        cells = self.cells(book)
        for cell in self.rng.sample(cells, min(len(cells), self.pick(1, 3, 6))):
            cell.value += self.pick(1, 2, -1)

    def zeros(self, book: Workbook) -> None:
        """Write 0 over a few numbers."""
        cells = self.cells(book)
        for cell in self.rng.sample(cells, min(len(cells), self.pick(1, 2))):
            cell.value = 0

    def moved_period(self, book: Workbook) -> None:
        """Write the figures of one quarter into another."""
        for sheet in [Sheet(page) for page in book.worksheets if page.title[0] in "136"]:
            if len(sheet.periods) >= 4:
                one, other = self.rng.sample(sheet.periods, 2)
                for row in [row for row in sheet.rows() if sheet.sheet.cell(row, 1).value]:
                    sheet.put(row, one, sheet.get(row, other))

    def other_forms(self, book: Workbook) -> None:
        """Call the forms of communication something else, or nothing, with fewer sessions."""
        if COM in book.sheetnames:
            sheet, form = Sheet(book[COM]), self.pick("nói chuyện chuyên đề", None)
            for row in [row for row in sheet.rows() if sheet.get(row, "Mã xã")]:
                sheet.put(row, "Hình thức", form)
                if self.rng.random() < 0.3:
                    sheet.put(row, self.pick(*sheet.periods), 0)

    def moved_cases(self, book: Workbook) -> None:
        """Handle pending cases, or find that handled ones are pending."""
        if ENF in book.sheetnames:
            sheet = Sheet(book[ENF])
            rows = sheet.coded()
            for header in sheet.periods if {"6.4", "6.6"} <= rows.keys() else ():
                done, pending = (sheet.get(rows[code], header) for code in ("6.4", "6.6"))
                if type(done) is int and type(pending) is int:
                    step = pending or -min(done, 1)
                    sheet.put(rows["6.4"], header, done + step)
                    sheet.put(rows["6.6"], header, pending - step)

    def other_models(self, book: Workbook) -> None:
        """Rename, drop or add a model."""
        if MODEL in book.sheetnames:
            sheet = Sheet(book[MODEL])
            line = (1, self.pick(*WORDS["models"]), 1, None, date(self.year, 2, 1), "Có", 3)
            put(sheet.sheet, 5, 1, *self.pick(line, line, (None, NO_MODEL, *[None] * 5)))

    def words_only(self, book: Workbook) -> None:
        """Leave no figure, and a remark."""
        for sheet in [Sheet(page) for page in book.worksheets if page.title[0] in "123456"]:
            for row in sheet.rows():
                for column in sheet.columns.values():
                    if column > 2 or sheet.sheet.title == MODEL:
                        sheet.put_at(row, column, None)
        if ENF in book.sheetnames:
            Sheet(book[ENF]).put(7, "Ghi chú", "Quý I sửa thành 4 vụ")

    def later_cutoff(self, book: Workbook) -> None:
        """Say that the figures go to the end of the year, or up to a day before it is sent."""
        if self.rng.random() < 0.3:
            inform(book, cutoff=date(self.year, 12, 20))

    def correct(self, sheet: Sheet) -> None:
        """Add one to some of the counts above 0."""
        headers = {fold(header) for header in (*QUARTERS, *MONTHS)} & sheet.columns.keys()
        for row in sheet.rows():
            for header in sorted(headers):
                cell = sheet.sheet.cell(row, sheet.columns[header])
                is_count = type(cell.value) is int and 0 < cell.value < 999
                if is_count and self.rng.random() < 0.1:
                    cell.value += 1


def fill(
    blanks: Path,
    target: Path,
    seed: int,
    disorder: float,
    near: bool = False,
    year: int = 2017,
    more: Callable[[str, Workbook], None] = lambda code, book: None,
    books: dict[str, Workbook] | None = None,
    kinds: Collection[str] = (),
) -> None:
    """Write into `target` filled copies of the blank workbooks in `blanks`; `more` fills in what
    the shipped form does not have, given the reporter; `books`: the workbooks, if they are open;
    `kinds`: some of `KINDS`.
    """
    filler = Filler(Random(seed), disorder, near, year, kinds)
    templates = {path.name.split("-", 1)[0]: path for path in sorted(blanks.glob("*.xlsx"))}
    books = books or {code: opened(path.read_bytes()) for code, path in templates.items()}
    for code, book in books.items():
        for sheet in [Sheet(page) for page in book.worksheets if page.title == "1 Tuyên truyền"]:
            filler.communes[code] = [
                tuple(str(sheet.get(row, header)) for header in ("Mã xã", "Tên xã", "Loại"))
                for row in sheet.rows()
                if sheet.get(row, "Mã xã")
            ]
    target.mkdir(parents=True, exist_ok=True)
    for code, path in templates.items():
        more(code, books[code])
        filler.reporter(path, books.pop(code), target, code)
    if filler.hit():
        (target / "0-hong.xlsx").write_bytes(b"PK\x03\x04 broken")
        (target / "~$230-doan-hung.xlsx").write_bytes(b"open elsewhere")
        (target / "ghi-chu.txt").write_text("not a return", encoding="utf-8")


def fill_plan(
    plan: Plan,
    folder: Path,
    seed: int,
    disorder: float,
    near: bool,
    kinds: Collection[str] = (),
) -> Path:
    """Write filled returns of every reporter of a plan into `folder`; return where they lie."""
    blanks = folder / "blanks"
    blanks.mkdir()
    books = {}
    for code, name in plan.reporters.folder.items():
        if plan.sheets_of(code):
            books[code] = load_workbook(BytesIO(blank_return(plan, code)))
            unguide(books[code])
            books[code].save(blanks / f"{name}.xlsx")
    fill(blanks, folder / "returns", seed, disorder, near, plan.year, books=books, kinds=kinds)
    return folder / "returns"
