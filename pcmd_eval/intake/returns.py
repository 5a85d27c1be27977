"""From a folder of workbooks to the frames: whose each return is, which one counts, and what is wrong with them."""

import os
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pcmd_eval.errors import InputRefused
from pcmd_eval.intake.faults import Content, Fault, table
from pcmd_eval.intake.particulars import read_particulars
from pcmd_eval.intake.rules import broken_rules
from pcmd_eval.intake.sheets import read_sheets
from pcmd_eval.intake.workbook import FILE_LIMIT, LARGE, Book, Refused
from pcmd_eval.observations import COUNTS, OBSERVATIONS, RETURNS, tidy
from pcmd_eval.plan import Plan

_CLUTTER = re.compile(r"~\$|\.|thumbs\.db$|desktop\.ini$", re.IGNORECASE)
_BOOK = re.compile(r"\.(xls[xmb]?|xlt[xm]?|f?ods|ots|csv|et|numbers|zip|rar|7z)$", re.IGNORECASE)
_CLOSED = "tệp không mở được; kiểm tra quyền đọc, đóng tệp nếu đang mở trong Excel rồi chạy lại"
_BROKEN = "tệp hỏng, không đọc được; mở bằng Excel, lưu lại dạng .xlsx và gửi lại"
Row = dict[str, str | int]


@dataclass(frozen=True)
class Intake:
    """Everything a folder of returns gave: `cells` and `returns` as `observations` has them, `faults` as check.csv."""

    cells: pd.DataFrame
    returns: pd.DataFrame
    faults: pd.DataFrame
    refusals: tuple[str, ...] = ()  # why these returns can be checked, but not evaluated

    @property
    def stopping(self) -> int:
        """How many faults keep the results from being published."""
        return int((self.faults.severity == "stop").sum())


def read_returns(plan: Plan, folder: Path) -> Intake:
    """Read every return in `folder` (only *.xlsx directly in it); the files are never changed.

    Whatever a file holds, it ends as rows or as faults. Raises InputRefused when the folder is missing.
    """
    if not folder.is_dir():
        raise InputRefused(f"Không có thư mục báo cáo “{folder.name}”. Tạo thư mục, đặt các tệp .xlsx vào đó.")
    paths = [path for path in sorted(folder.iterdir()) if not _CLUTTER.match(path.name)]
    returned = [p for p in paths if p.suffix.lower() == ".xlsx" and p.is_file() and _shown(p) == p.name]
    contents = [read_return(plan, path) for path in returned]
    faults = [_left_aside(path) for path in paths if path not in returned and path.suffix.lower() != ".md"]
    returns: list[Row] = []
    cells: list[tuple[str, ...]] = []
    for reporter in plan.reporters.index:
        own = [content for content in contents if content.reporter == reporter]
        cells += _decide(plan, reporter, own, returns)
    returns += [_return(plan, content, [], "unreadable") for content in contents if not content.reporter]
    received = _frame(returns, RETURNS).astype(dict.fromkeys(COUNTS, "Int64"))
    observed = tidy(_frame(cells, OBSERVATIONS), received, plan)
    faults += [fault for content in contents for fault in content.faults]
    return Intake(observed, received, table([*faults, *broken_rules(observed, plan)]), _refusals(folder, contents))


def read_return(plan: Plan, path: Path) -> Content:
    """Read one workbook; whatever is wrong with it, the answer is what it says or why it is refused."""
    content = Content(path.name)
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise Refused(LARGE)
        book = Book(path.read_bytes())
        read_particulars(content, plan, book)
        if not content.refused:
            read_sheets(content, plan, book)
    except Refused as refusal:
        content.refuse(str(refusal))
    except OSError:
        content.refuse(_CLOSED)
    except Exception:  # whatever a broken file makes the library raise, its sender is told the same
        content.refuse(_BROKEN)
    if content.refused:
        content.rows, content.faults = [], [fault for fault in content.faults if fault.rule == "refused"]
    return content


def _frame(rows: list, columns: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns, dtype="string")
    return frame.mask(frame == "")


def _shown(path: Path) -> str:
    """A file's name as it can be written down: � for what is no text, breaks a line or turns its direction."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") else c for c in name)


def _left_aside(path: Path) -> Fault:
    """What is no return is named; what may hold one has to be looked at."""
    name, severity, rule = _shown(path), "confirm", "not-a-return"
    words = "Không phải tệp thường (liên kết hỏng hoặc tệp đặc biệt) nên không được đọc; chép tệp .xlsx vào thư mục."
    if name != path.name:
        severity, rule = "stop", "refused"
        words = "Tên tệp có ký tự không đọc được nên không được mở; đổi tên tệp rồi đặt lại vào thư mục."
    elif path.is_dir():
        held = any(_BOOK.search(file) for _, _, files in os.walk(path) for file in files)
        severity = "confirm" if held or _BOOK.search(name) else "note"
        words = "Thư mục con không được đọc; nếu có báo cáo, chuyển tệp .xlsx ra ngay thư mục báo cáo."
    elif path.is_file():
        severity = "confirm" if _BOOK.search(name) else "note"
        words = "Chưa đọc vì không phải tệp .xlsx; nếu là báo cáo, mở bằng Excel và lưu lại thành .xlsx."
    return Fault(severity, "", name, rule=rule, message=words)


def _refusals(folder: Path, contents: list[Content]) -> tuple[str, ...]:
    """Why these returns cannot be evaluated at all."""
    readable = [content for content in contents if not content.refused]
    if not readable:
        reasons = [fault.message for content in contents for fault in content.faults] or ["Không có tệp .xlsx nào."]
        return (f"Không đọc được báo cáo nào trong thư mục “{folder.name}”.", *reasons)
    marked, real = ([c.file for c in readable if c.illustrative is mark] for mark in (True, False))
    if marked and real:
        words = "Thư mục lẫn báo cáo minh họa và báo cáo thật; tách ra hai thư mục."
        return (f"{words} Minh họa: {', '.join(marked)}. Thật: {', '.join(real)}.",)
    return ()


def _decide(plan: Plan, reporter: str, own: list[Content], returns: list[Row]) -> list[tuple[str, ...]]:
    """The rows of the file that counts, the one sent last, or absent ones; each file's row goes to `returns`."""
    absent = Content(reporter=reporter)
    read_sheets(absent, plan)
    if not plan.sheets_of(reporter) or not own:
        state = "missing" if plan.sheets_of(reporter) else "not_asked"
        returns += [_return(plan, content, absent.rows, state) for content in own or [absent]]
        return absent.rows
    returns += [_return(plan, content, absent.rows, "unreadable") for content in own if content.refused]
    readable = sorted((c for c in own if not c.refused), key=lambda c: (c.sent, c.file))
    last = [content for content in readable if content.sent == readable[-1].sent]
    older = [content for content in readable if content not in last]
    returns += [_return(plan, content, content.rows, "superseded") for content in older]
    if len(last) == 1:
        for content in older:
            content.fault("note", "superseded", f"được thay bằng {last[0].file}, gửi sau; tệp này không được tính")
        returns.append(_return(plan, last[0], last[0].rows))
        return last[0].rows
    if last:
        name, files = plan.register.full_name[reporter], ", ".join(content.file for content in last)
        last[0].fault("stop", "tie", f"{name} có hai báo cáo cùng ngày gửi ({files}); bỏ một tệp hoặc sửa Ngày gửi")
        returns += [_return(plan, content, absent.rows, "unreadable") for content in last]
    return absent.rows


def _return(plan: Plan, content: Content, rows: list[tuple[str, ...]], state: str = "") -> Row:
    """The row of one return; without a given state, the first that its cells and dates make true."""
    states = Counter(row[6] for row in rows)
    usable = bool(content.file) and not content.refused
    late = content.sent > plan.rules["deadline"].value.isoformat() if content.sent else False if usable else None
    words = {True: "yes", False: "no", None: ""}
    if not state:
        speaking = {row[2] for row in rows if row[6] == "reported"}
        complete = states["reported"] * 100 >= plan.rules["complete_share"].value * len(rows)
        partial = speaking != {row[2] for row in rows} or not complete
        state = "empty" if not speaking else "partial" if partial else "late" if late else "on_time"
    return {
        "reporter": content.reporter,
        "unit_name": plan.register.full_name[content.reporter] if content.reporter else "",
        "state": state,
        "late": words[late],
        "file": content.file,
        "sent": content.sent,
        "cutoff": content.cutoff,
        "expected": len(rows),
        **{key: states[key] for key in COUNTS[1:]},
        "illustrative": words[content.illustrative if usable else None],
    }
