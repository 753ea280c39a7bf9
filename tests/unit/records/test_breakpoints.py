"""The points where a test kills: they do nothing unless told to, and then exactly there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from civiclab.records.breakpoints import VARIABLE, Point, reach

PASSES = f"""
from civiclab.records.breakpoints import Point, reach
for n in range(1, 4):
    reach(Point.{Point.AFTER_LEASE.name})
    reach(Point.{Point.AFTER_INSERT.name})
    print(n, flush=True)
"""


def passes(fault: str | None) -> tuple[int, str]:
    """Exit code and output of a program that passes two points three times each."""
    env = {name: value for name, value in os.environ.items() if name != VARIABLE}
    env |= {VARIABLE: fault} if fault else {}
    ran = subprocess.run([sys.executable, "-c", PASSES], env=env, capture_output=True, text=True)
    return ran.returncode, ran.stdout


def test_without_the_variable_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every point is passed in silence."""
    monkeypatch.delenv(VARIABLE, raising=False)
    for point in Point:
        reach(point)


def test_the_process_dies_at_the_named_pass() -> None:
    """By SIGKILL, at that point's pass of that number, and not at another point."""
    assert passes("after-lease") == (-signal.SIGKILL, "")
    assert passes("after-lease:3") == (-signal.SIGKILL, "1\n2\n")
    assert passes("before-publish") == (0, "1\n2\n3\n")
