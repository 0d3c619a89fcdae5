"""The only writer of files: diff, check, then all or nothing."""

from bindcheck.write.appending import append_line, appended
from bindcheck.write.change import Change, Layout, detect_newlines, with_line_ends
from bindcheck.write.diffs import unified_diff
from bindcheck.write.locking import locked
from bindcheck.write.transaction import applied, apply, remove_left_over, write_text

__all__ = [
    "Change",
    "Layout",
    "append_line",
    "appended",
    "applied",
    "apply",
    "detect_newlines",
    "locked",
    "remove_left_over",
    "unified_diff",
    "with_line_ends",
    "write_text",
]
