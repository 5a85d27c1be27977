"""The errors that end a command in words: the input is refused, or another run holds the lock."""

import errno


class InputRefused(Exception):
    """Something the user gave cannot be used; `reasons` are Vietnamese sentences that say what to
    do.
    """

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: whoever typed a wrong unit needs the sentences
        alone.
        """
        return list(self.reasons)


class LockHeld(Exception):
    """Another run writes into the same output folder; the message says which and what to do."""


_CAUSES = {
    errno.ENOSPC: "hết chỗ trống trên đĩa",
    errno.EACCES: "không có quyền truy cập",
    errno.EPERM: "không có quyền truy cập",
    errno.EROFS: "đĩa chỉ cho đọc",
    errno.ENOENT: "không có tệp hoặc thư mục này",
    errno.ENOTDIR: "trên đường dẫn có tệp không phải thư mục",
    errno.ENAMETOOLONG: "tên quá dài",
}


def describe_os_error(error: OSError) -> str:
    """What went wrong with a file, in words; the operating system's own are in another language."""
    return _CAUSES.get(error.errno or 0, "không truy cập được")
