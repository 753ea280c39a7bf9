"""`civiclab bench grading`: this engine beside nbgrader, otter and bare nbclient, on the same notebooks.

A submission is three notebooks (`bench_exercises`) with the reference answers in them. Every round each
grader grades it, one after the other, so that a machine that is busy for a while is busy for all of them.
Starting up is timed for nobody: each grader grades once before the first round, and nbgrader and otter run in
this process, which spares them an interpreter's start.
"""

from __future__ import annotations

import math
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any

from civiclab.catalog.loader import load_catalog
from civiclab.checking.bench_cpu import CpuMeter, cpu_meter
from civiclab.checking.bench_graders import Grader, Ours, graders, write_papers
from civiclab.errors import BadInput

OURS, NBGRADER = "civiclab", "nbgrader"
OURS_A_ROUND = 5  # so fast that one time a round would say little about the slowest
Say = Callable[[str], None]


@dataclass
class Row:
    """One grader's times over all rounds, in seconds."""

    name: str
    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    points: float = 0.0
    max_points: float = 0.0

    def report(self, nbgrader: Row) -> dict[str, Any]:
        """Its figures as plain data."""
        return {
            "p50_s": round(median(self.walls), 3),
            "p95_s": round(percentile(self.walls, 95), 3),
            "cpu_s": round(mean(self.cpus), 3),
            "submissions_a_minute": round(60 / mean(self.walls), 1),
            "ratio_to_nbgrader": round(mean(nbgrader.walls) / mean(self.walls), 1),
            "cpu_ratio_to_nbgrader": round(mean(nbgrader.cpus) / mean(self.cpus), 1)
            if any(self.cpus)
            else None,
            "points": self.points,
            "max_points": self.max_points,
            "graded": len(self.walls),
        }


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


def bench_grading(content: Path, rounds: int, say: Say = lambda line: None) -> dict[str, Any]:
    """The figures of all graders as plain data; `ratio_to_nbgrader`: this engine's throughput to nbgrader's.

    BadInput for less than one round, NoJail where nothing can be graded. `say` gets a line of progress.
    """
    if rounds < 1:
        raise BadInput("At least one round is needed.")
    catalog = load_catalog(content)
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="civiclab-bench-")))
        root.chmod(0o755)  # the jail's uids read data below it
        meter = stack.enter_context(cpu_meter())
        with quiet():
            found, missing = graders(root, write_papers(catalog, root), stack)
        rows = _rounds(found, rounds, meter, say)
        ours = next(one for one in found if isinstance(one, Ours))
        return _report(rows, missing, rounds, ours, meter)


def _rounds(found: list[Grader], rounds: int, meter: CpuMeter, say: Say) -> list[Row]:
    rows = [Row(grader.name) for grader in found]
    for at in range(rounds + 1):
        for grader, row in zip(found, rows, strict=True):
            for _ in range(OURS_A_ROUND if grader.name == OURS and at else 1):
                _once(grader, row, meter, counts=at > 0)
        if at:
            say(f"{at}/{rounds}")
    return rows


def _once(grader: Grader, row: Row, meter: CpuMeter, *, counts: bool) -> None:
    with quiet():
        cpu, begun = meter.seconds(), time.perf_counter()
        points, most = grader.grade()
        wall, cpu = time.perf_counter() - begun, meter.seconds() - cpu
    row.points, row.max_points = points, most
    if counts:
        row.walls.append(wall)
        row.cpus.append(cpu)


def _report(rows: list[Row], missing: list[str], rounds: int, ours: Ours, meter: CpuMeter) -> dict[str, Any]:
    theirs = next(row for row in rows if row.name == NBGRADER)
    told: dict[str, Any] = {row.name: row.report(theirs) for row in rows}
    told |= dict.fromkeys(missing)
    return {
        "case": "three notebooks: pandas, scikit-learn, text",
        "rounds": rounds,
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "cpu_counted_by": meter.source,
        "warm_parent_mib": ours.warm_mib,
        "graders": told,
        "ratio_to_nbgrader": told[OURS]["ratio_to_nbgrader"],
    }


@contextmanager
def quiet() -> Iterator[None]:
    """What graders and their kernels print goes nowhere: they write to the descriptors, not to sys.stdout."""
    kept = [os.dup(number) for number in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for number in (1, 2):
            os.dup2(nowhere, number)
        yield
    finally:
        for number, before in zip((1, 2), kept, strict=True):
            os.dup2(before, number)
            os.close(before)
        os.close(nowhere)
