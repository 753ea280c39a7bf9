"""Unprivileged uids for boxes, leased so that no two boxes alive share one."""

from __future__ import annotations

import fcntl
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from civiclab.errors import NoJail

GRADER_BASE = (
    61_000  # above Debian's regular and dynamic users (adduser.conf: up to 59999; systemd: 61184 on)
)
GRADER_COUNT = 128


class UidPool:
    """A pool of uids guarded by lock files in `folder`; safe between processes."""

    def __init__(self, folder: Path, base: int = GRADER_BASE, count: int = GRADER_COUNT) -> None:
        self.folder = folder
        taken = {user.pw_uid for user in pwd.getpwall()}
        self.uids = [uid for uid in range(base, base + count) if uid not in taken]

    @contextmanager
    def lease(self) -> Iterator[int]:
        """A uid that is ours until the block ends. Not as root: our own, the only one there is."""
        if os.geteuid() != 0:
            yield os.geteuid()
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for uid in self.uids:
            with (self.folder / str(uid)).open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield uid
                return
        raise NoJail("All {count} uids for graders are in use.", count=len(self.uids))
