"""`civiclab bench grading` measures what it says. How fast that is, the command tells; no test is timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from civiclab.checking.bench import OURS_A_ROUND, percentile
from civiclab.checking.bench_cpu import cpu_meter
from civiclab.errors import ExitCode

ROUNDS = 1


def bench(content: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in English."""
    command = [sys.executable, "-m", "civiclab", "bench", "grading", "--content", str(content), *more]
    return subprocess.run(command, env={**os.environ, "CIVICLAB_LANG": "en"}, capture_output=True, text=True)


@pytest.fixture(scope="module")
def figures(content: Path) -> dict[str, Any]:
    """What one run of the command told."""
    ran = bench(content, "--json", "--rounds", str(ROUNDS))
    assert ran.returncode == ExitCode.OK, ran.stdout + ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


@pytest.mark.jail
def test_every_grader_gives_the_right_answers_full_marks(figures: dict[str, Any]) -> None:
    """Else their times could not be compared. Otter is optional: null where it is not installed."""
    graders = figures["graders"]
    assert graders.keys() == {"civiclab", "nbgrader", "otter", "nbclient"}
    installed = {name: one for name, one in graders.items() if one is not None}
    assert installed.keys() >= {"civiclab", "nbgrader", "nbclient"}
    assert all(one["points"] == one["max_points"] == 9 for one in installed.values())
    assert installed["civiclab"]["graded"] == ROUNDS * OURS_A_ROUND


@pytest.mark.jail
def test_the_ratio_told_is_that_of_the_throughputs_told(figures: dict[str, Any]) -> None:
    """The headline figure follows from the table, but for rounding."""
    ours, theirs = figures["graders"]["civiclab"], figures["graders"]["nbgrader"]
    assert figures["ratio_to_nbgrader"] == ours["ratio_to_nbgrader"]
    assert ours["ratio_to_nbgrader"] == pytest.approx(
        ours["submissions_a_minute"] / theirs["submissions_a_minute"], rel=0.05
    )
    assert theirs["ratio_to_nbgrader"] == 1
    assert all(0 < one["p50_s"] <= one["p95_s"] for one in (ours, theirs))


@pytest.mark.jail
def test_no_rounds_are_a_persons_mistake(content: Path) -> None:
    """One line, no figures."""
    ran = bench(content, "--rounds", "0")
    assert ran.returncode == ExitCode.BAD_INPUT
    assert ran.stderr.strip() == "At least one round is needed."


def test_the_95th_percentile_is_one_of_the_values() -> None:
    """By nearest rank: of 20 values the 19th, of one value that one."""
    assert percentile([float(value) for value in range(20, 0, -1)], 95) == 19
    assert percentile([3.0], 95) == 3
    assert percentile([1.0, 2.0], 50) == 1


def test_cpu_of_children_is_counted() -> None:
    """A child that works for a while adds what it used."""
    busy = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass"
    with cpu_meter() as meter:
        before = meter.seconds()
        subprocess.run([sys.executable, "-c", busy], check=True)
        used = meter.seconds() - before
        time.sleep(0.3)
        assert meter.seconds() - before - used < 0.2
    assert 0.4 <= used < 2
