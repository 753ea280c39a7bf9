"""The two jailed processes of one grading: learner and checker, and the socket between them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from civiclab.catalog.models import Exercise
from civiclab.grading.control import Line
from civiclab.jail import (
    Box,
    Forked,
    Limits,
    Mount,
    Running,
    UidPool,
    WarmParent,
    interpreter_mounts,
    launch,
)
from civiclab.jail.box import MIB, PACKAGE
from civiclab.records.results import Outcome

OUTPUT_LIMIT = 1024 * 1024
CHECKER_MEMORY_MIB = 1024
PIDS = 64
WORK = "/tmp/work"  # noqa: S108 - the box's own tmpfs
START = "import sys; sys.path.insert(0, {path!r}); from civiclab.runner.{part} import main; main()"
ENV = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108
    "USER": "learner",
    "LOGNAME": "learner",
    "LANG": "C.UTF-8",
    "TZ": "Asia/Seoul",
    "MPLBACKEND": "agg",
    "MPLCONFIGDIR": "/tmp",  # noqa: S108
    "IPYTHONDIR": "/tmp/ipython",  # noqa: S108
    "PYTHONDONTWRITEBYTECODE": "1",
    # One thread each: more only fight over the box's one CPU.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class Output:
    """Collects what a process prints, up to a limit; the rest is read and dropped so that it never blocks."""

    def __init__(self, descriptor: int) -> None:
        self.kept = bytearray()
        self.overflowed = False
        self.thread = threading.Thread(target=self._drain, args=(descriptor,), daemon=True)
        self.thread.start()

    def _drain(self, descriptor: int) -> None:
        with closing(os.fdopen(descriptor, "rb", buffering=0)) as stream:
            while part := stream.read(65536):
                room = OUTPUT_LIMIT - len(self.kept)
                self.kept += part[:room]
                self.overflowed |= len(part) > room

    def text(self) -> str:
        """What was printed, once the process has ended."""
        self.thread.join(timeout=2)
        return bytes(self.kept).decode(errors="replace")


@dataclass
class Side:
    """One of the two while it runs: its box, our line to it, what it prints."""

    running: Running | Forked
    line: Line
    output: Output

    def cause_of_death(self) -> Outcome:
        """Why the process has gone, as its limits tell."""
        usage = self.running.usage()
        if usage.oom_kills:
            return Outcome.MEMORY
        return Outcome.PIDS if usage.pids_denied else Outcome.CRASHED


@dataclass
class Pair:
    """Both processes, and how to put a fresh learner process in the place of one that ended."""

    exercise: Exercise
    data: Mapping[str, Path]
    hidden: Mapping[str, Path]
    uids: UidPool
    warm: WarmParent | None
    stack: ExitStack
    learner: Side = field(init=False)
    checker: Side = field(init=False)
    ended: Side | None = None

    def open(self) -> None:
        """Starts both at once, so that they warm up side by side."""
        asking, answering = (self.stack.enter_context(closing(one)) for one in socket.socketpair())
        shown = {f"data/{name}": path for name, path in self.data.items()}
        secret = {f"hidden/{name}": path for name, path in self.hidden.items()}
        self.learner = self._start("learner", self.exercise.limits.memory_mib, shown, answering)
        self.checker = self._start("checker", CHECKER_MEMORY_MIB, shown | secret, asking)
        for end in (asking, answering):
            end.close()  # only the jailed sides hold it, so that a death is seen

    def renew_learner(self, deadline: float) -> None:
        """A fresh learner process, which the checker asks from now on; the one before is killed.

        Gone or TimeUp when the checker does not take it.
        """
        self.learner.running.close()
        self.ended = self.learner
        asking, answering = socket.socketpair()
        with asking, answering:
            shown = {f"data/{name}": path for name, path in self.data.items()}
            self.learner = self._start("learner", self.exercise.limits.memory_mib, shown, answering)
            self.checker.line.hand_over({"op": "learner"}, asking.fileno(), deadline)

    def _start(self, part: str, memory_mib: int, files: Mapping[str, Path], names: socket.socket) -> Side:
        uid = self.stack.enter_context(self.uids.lease())
        # A folder must exist to be the working directory, data or not.
        shown = files or {"data/none": Path("/dev/null")}
        mounts = tuple(Mount(path, f"{WORK}/{target}") for target, path in shown.items())
        limits = Limits(memory_bytes=memory_mib * MIB, pids=PIDS, cpus=1.0)
        box = Box(f"{part}-{uuid.uuid4().hex[:12]}", uid, limits, mounts, cwd=WORK)
        ours, its = socket.socketpair()
        self.stack.enter_context(closing(ours))
        reading, writing = os.pipe()
        output = Output(reading)
        try:
            running = self._box(box, part, [writing, its.fileno(), names.fileno()])
        finally:
            its.close()
            os.close(writing)
        self.stack.callback(running.close)
        return Side(running, Line(ours), output)

    def _box(self, box: Box, part: str, descriptors: Sequence[int]) -> Running | Forked:
        if self.warm is not None:
            return self.warm.spawn(box, part, descriptors)
        return _launch(box, part, descriptors)


def _launch(box: Box, part: str, descriptors: Sequence[int]) -> Running:
    """Without a warm parent: an interpreter of its own, started behind bubblewrap's walls."""
    mounts, hidden = interpreter_mounts()
    whole = Box(box.name, box.uid, box.limits, mounts + box.mounts, hidden, cwd=box.cwd)
    output, *kept = descriptors
    argv = [sys.executable, "-I", "-c", START.format(path=str(PACKAGE.parent), part=part), *map(str, kept)]
    return launch(whole, argv, env=ENV, stdout=output, stderr=subprocess.STDOUT, pass_fds=kept)


@contextmanager
def open_pair(
    exercise: Exercise,
    data: Mapping[str, Path],
    hidden: Mapping[str, Path],
    uids: UidPool,
    warm: WarmParent | None = None,
) -> Iterator[Pair]:
    """Both processes, started; ended as trees with nothing left behind when the block ends."""
    with ExitStack() as stack:
        pair = Pair(exercise, data, hidden, uids, warm, stack)
        pair.open()
        yield pair
