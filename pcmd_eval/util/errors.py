"""Errors that end a command with a message: the input is refused, or another run holds the lock."""

import errno

# Exit codes of the commands; 2, for wrong usage, is typer's own.
DONE, FAILED, REFUSED, LOCKED, STOPPED = 0, 1, 3, 4, 130


class InputRefused(Exception):
    """An input that cannot be used; `reasons` are Vietnamese sentences that say what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows instead of a traceback."""
        return list(self.reasons)


class LockHeld(Exception):
    """Another run writes into the same output folder; the message names it and says what to do."""


_CAUSES = {
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
        "đĩa chứa thư mục này hết chỗ trống; xóa bớt tệp hoặc chọn thư mục ở đĩa khác",
    ),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "không có quyền truy cập; chọn thư mục khác"),
    errno.EROFS: "đĩa chỉ cho đọc; chọn thư mục ở đĩa khác",
    errno.ENOENT: "không có tệp hoặc thư mục này",
    errno.EEXIST: "là tệp, không phải thư mục; chọn nơi khác",
    errno.EISDIR: "là thư mục, không phải tệp; chọn nơi khác",
    errno.ENOTDIR: "trên đường dẫn có tệp không phải thư mục; chọn nơi khác",
    errno.ENAMETOOLONG: "tên quá dài",
}


def describe_os_error(error: OSError) -> str:
    """Return the cause of a file error in Vietnamese; the operating system's text is English."""
    return _CAUSES.get(error.errno or 0, "không truy cập được")
