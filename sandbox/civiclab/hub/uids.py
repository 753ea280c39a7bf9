"""One unprivileged uid for each learner, kept for good: her home belongs to it."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path

from civiclab.hub.home import write_private

BASE = 20_000  # below the graders' 61000 and above a city server's usual accounts
LAST = 59_999


def uid_of(name: str, register: Path) -> int:
    """The uid of `name`, leased now if she has none. Not as root: our own, the only one there is.

    A uid that a person of this host has is never used, and one that was leased is never leased again, even
    when the account is gone: the files it owns may still be there.
    """
    if os.geteuid() != 0:
        return os.geteuid()
    leased = _read(register)
    if name not in leased:
        leased[name] = _next(set(leased.values()))
        write_private(register, json.dumps(leased, indent=1, sort_keys=True))
    return leased[name]


def _read(register: Path) -> dict[str, int]:
    try:
        return {str(name): int(uid) for name, uid in json.loads(register.read_text("utf-8")).items()}
    except FileNotFoundError:
        return {}


def _next(leased: set[int]) -> int:
    taken = leased | {user.pw_uid for user in pwd.getpwall()}
    first = max(leased, default=BASE - 1) + 1
    for uid in range(first, LAST + 1):
        if uid not in taken:
            return uid
    raise RuntimeError(f"no uid is left between {first} and {LAST}")
