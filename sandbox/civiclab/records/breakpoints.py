"""Named points where a test can kill the process: the moments at which a crash must cost nothing.

They do nothing unless CIVICLAB_FAULT names one of them: `after-lease`, or `after-lease:5` for its fifth pass.
There the process ends itself with SIGKILL, as a power cut or the kernel's out-of-memory killer would: nothing
is closed, flushed or said. Only who starts a process can set the variable; no jail gets our environment.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from enum import StrEnum

VARIABLE = "CIVICLAB_FAULT"


class Point(StrEnum):
    """Every point, in the order in which a submission passes them."""

    BEFORE_INSERT = "before-insert"  # the request is read, nothing is written
    AFTER_INSERT = "after-insert"  # the row is written, its bytes are not
    BEFORE_COMMIT = "before-commit"  # all is written, nothing is committed
    AFTER_COMMIT_BEFORE_REPLY = "after-commit-before-reply"  # kept, and nobody has been told
    AFTER_LEASE = "after-lease"
    MID_GRADING = "mid-grading"
    BEFORE_PUBLISH = "before-publish"  # graded, nothing is written
    AFTER_PUBLISH_BEFORE_COMMIT = "after-publish-before-commit"
    AFTER_PUBLISH = "after-publish"
    DURING_COPY = "during-copy"  # half of the marks are in nbgrader's gradebook


_passes: Counter[Point] = Counter()
_counting = threading.Lock()


def reach(point: Point) -> None:
    """Pass `point`; returns unless this is the pass that CIVICLAB_FAULT names."""
    if wanted := os.environ.get(VARIABLE):
        _pass(point, *_parsed(wanted))


def _parsed(wanted: str) -> tuple[Point, int]:
    name, _, number = wanted.partition(":")
    return Point(name), int(number or 1)


def _pass(point: Point, wanted: Point, number: int) -> None:
    with _counting:
        _passes[point] += 1
        if (point, _passes[point]) == (wanted, number):
            os.kill(os.getpid(), signal.SIGKILL)
