"""From a folder of workbooks to the frames: whose each return is, which one counts, and what is wrong with them."""

import os
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pcmd_eval.intake.faults import Content, Fault, table
from pcmd_eval.intake.particulars import read_particulars
from pcmd_eval.intake.rules import broken_rules
from pcmd_eval.intake.sheets import read_sheets
from pcmd_eval.intake.workbook import FILE_LIMIT, LARGE, Book, Refused
from pcmd_eval.observations import COUNTS, OBSERVATIONS, RETURNS, tidy
from pcmd_eval.paths import existing
from pcmd_eval.plan import Plan

_CLUTTER = re.compile(r"~\$|\.|thumbs\.db$|desktop\.ini$", re.IGNORECASE)
_BOOK = re.compile(r"\.(xls[xmb]?|xlt[xm]?|f?ods|ots|csv|et|numbers|zip|rar|7z)$", re.IGNORECASE)
_CLOSED = "tệp không mở được; kiểm tra quyền đọc, đóng tệp nếu đang mở trong Excel rồi chạy lại"
_BROKEN = "tệp hỏng, không đọc được; mở bằng Excel, lưu lại dạng .xlsx và gửi lại"
_OBJECTIVE, _STATE = OBSERVATIONS.index("objective"), OBSERVATIONS.index("state")


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
    paths = [path for path in sorted(existing(folder).iterdir()) if not _CLUTTER.match(path.name)]
    returned = [
        p for p in paths if p.suffix.lower() == ".xlsx" and p.is_file() and _shown(p) == p.name
    ]
    sent = [read_return(plan, path) for path in returned]
    refusals = _refusals(folder, sent)
    listed, rows = [], []
    for reporter in plan.reporters.index:
        absent = Content(
            reporter=reporter, state="missing" if plan.sheets_of(reporter) else "not_asked"
        )
        read_sheets(absent, plan)
        own = [content for content in sent if content.reporter == reporter]
        chosen = _choose(plan, own) or absent
        for content in own:
            content.rows = absent.rows if content.state == "unreadable" else content.rows
        listed += own or [absent]
        rows += chosen.rows
    listed += [content for content in sent if not content.reporter]
    returns = _frame([_return(plan, content) for content in listed], RETURNS).astype(
        dict.fromkeys(COUNTS, "Int64")
    )
    cells = tidy(_frame(rows, OBSERVATIONS), returns, plan)
    faults = [
        _left_aside(path) for path in paths if path not in returned and path.suffix.lower() != ".md"
    ]
    faults += [fault for content in sent for fault in content.faults]
    return Intake(cells, returns, table([*faults, *broken_rules(cells, plan)]), refusals)


def read_return(plan: Plan, path: Path) -> Content:
    """Read one workbook; whatever is wrong with it, the answer is what it says or why it is refused."""
    content = Content(path.name)
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise Refused(LARGE)
        book = Book(path.read_bytes())
        read_particulars(content, plan, book)
        if not content.state:
            read_sheets(content, plan, book)
            content.state = "" if plan.sheets_of(content.reporter) else "not_asked"
    except Refused as refusal:
        content.refuse(str(refusal))
    except OSError:
        content.refuse(_CLOSED)
    except Exception:  # whatever a broken file makes the library raise, its sender is told the same
        content.refuse(_BROKEN)
    if content.state == "unreadable":
        content.rows, content.faults = (
            [],
            [fault for fault in content.faults if fault.rule == "refused"],
        )
    return content


def _frame(rows: list, columns: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns, dtype="string")
    return frame.mask(frame == "")


def _shown(path: Path) -> str:
    """A file's name as it can be written down: � for what is no text, breaks a line or turns its direction."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return "".join(
        "�" if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co") else c for c in name
    )


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
        words = (
            "Thư mục con không được đọc; nếu có báo cáo, chuyển tệp .xlsx ra ngay thư mục báo cáo."
        )
    elif path.is_file():
        severity = "confirm" if _BOOK.search(name) else "note"
        words = "Chưa đọc vì không phải tệp .xlsx; nếu là báo cáo, mở bằng Excel và lưu lại thành .xlsx."
    return Fault(severity, "", name, rule=rule, message=words)


def _refusals(folder: Path, sent: list[Content]) -> tuple[str, ...]:
    """Why these returns cannot be evaluated at all."""
    readable = [content for content in sent if content.state != "unreadable"]
    if not readable:
        reasons = [fault.message for content in sent for fault in content.faults] or [
            "Không có tệp .xlsx nào."
        ]
        return (f"Không đọc được báo cáo nào trong thư mục “{folder.name}”.", *reasons)
    marked, real = ([c.file for c in readable if c.illustrative is mark] for mark in (True, False))
    if marked and real:
        words = "Thư mục lẫn báo cáo minh họa và báo cáo thật; tách ra hai thư mục."
        return (f"{words} Minh họa: {', '.join(marked)}. Thật: {', '.join(real)}.",)
    return ()


def _choose(plan: Plan, own: list[Content]) -> Content | None:
    """The one of a reporter's returns that counts, which was sent last and alone; every one gets its state."""
    readable = [content for content in own if not content.state]
    newest = max((content.sent for content in readable), default="")
    last = [content for content in readable if content.sent == newest]
    for content in readable:
        if content.sent < newest:
            content.state = "superseded"
            content.fault(
                "note",
                "superseded",
                f"được thay bằng {last[0].file}, gửi sau; tệp này không được tính",
            )
        else:
            content.state = _state(plan, content) if len(last) == 1 else "unreadable"
    if len(last) > 1:
        name, files = (
            plan.register.full_name[last[0].reporter],
            ", ".join(content.file for content in last),
        )
        last[0].fault(
            "stop",
            "tie",
            f"{name} có hai báo cáo cùng ngày gửi ({files}); bỏ một tệp hoặc sửa Ngày gửi",
        )
    return last[0] if len(last) == 1 else None


def _state(plan: Plan, content: Content) -> str:
    """The first state that the cells and the day of a return make true."""
    reported = [row[_OBJECTIVE] for row in content.rows if row[_STATE] == "reported"]
    if not reported:
        return "empty"
    silent = {row[_OBJECTIVE] for row in content.rows} - {*reported}
    if silent or len(reported) * 100 < plan.rules["complete_share"].value * len(content.rows):
        return "partial"
    return "late" if content.late else "on_time"


def _return(plan: Plan, content: Content) -> dict[str, object]:
    """The row of one return, and more than its columns."""
    states = Counter(row[_STATE] for row in content.rows)
    known = bool(content.file) and content.state != "unreadable"
    flags = {
        key: ("no", "yes")[getattr(content, key)] if known else ""
        for key in ("late", "illustrative")
    }
    counts = {key: states[key] for key in COUNTS} | {"expected": len(content.rows)}
    return {
        **vars(content),
        **flags,
        **counts,
        "unit_name": plan.register.full_name.get(content.reporter, ""),
    }
