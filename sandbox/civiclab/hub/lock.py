"""Locks a name after repeated failures to sign in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

MOST_NAMES = 10_000  # an attacker who makes names up must not fill the memory


@dataclass
class _Failures:
    count: int
    last: float


class LoginLock:
    """Counts failures of each name. `clock` is monotonic seconds: a changed wall clock opens no lock."""

    def __init__(self, allowed: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._clock = clock
        self._failures: dict[str, _Failures] = {}

    def locked(self, name: str) -> bool:
        """Whether `name` failed as often as is allowed, and its time is not over."""
        found = self._failures.get(name)
        if found is None:
            return False
        if self._clock() - found.last >= self._seconds:
            del self._failures[name]
            return False
        return found.count >= self._allowed

    def failed(self, name: str) -> None:
        """Count one more failure."""
        if name not in self._failures and len(self._failures) >= MOST_NAMES:
            del self._failures[min(self._failures, key=lambda one: self._failures[one].last)]
        found = self._failures.setdefault(name, _Failures(0, 0.0))
        found.count += 1
        found.last = self._clock()

    def succeeded(self, name: str) -> None:
        """Forget the failures."""
        self._failures.pop(name, None)
