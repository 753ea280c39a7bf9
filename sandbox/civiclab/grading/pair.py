"""The two jailed processes of one grading: learner and checker, and the socket between them."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from civiclab.catalog.models import Exercise
from civiclab.grading.control import Line
from civiclab.jail import Box, Limits, Mount, Running, UidPool, interpreter_mounts, launch
from civiclab.jail.box import MIB, PACKAGE
from civiclab.records.results import Outcome

OUTPUT_LIMIT = 1024 * 1024
CHECKER_MEMORY = 1024 * MIB
WORK = "/tmp/work"  # noqa: S108 - the box's own tmpfs
START = "import sys; sys.path.insert(0, {path!r}); from civiclab.runner.{part} import main; main()"
ENV = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108
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

    def __init__(self, stream: IO[bytes] | None) -> None:
        if stream is None:
            raise ValueError("the process was started without a pipe")
        self.kept = bytearray()
        self.overflowed = False
        self.thread = threading.Thread(target=self._drain, args=(stream,), daemon=True)
        self.thread.start()

    def _drain(self, stream: IO[bytes]) -> None:
        with stream:
            while part := stream.read1(65536):  # type: ignore[attr-defined]  # Popen's pipes are buffered readers
                room = OUTPUT_LIMIT - len(self.kept)
                self.kept += part[:room]
                self.overflowed |= len(part) > room

    def text(self) -> str:
        """What was printed, once the process has ended."""
        self.thread.join(timeout=2)
        return bytes(self.kept).decode(errors="replace")


@dataclass
class Pair:
    """Both processes while they run."""

    learner: Line
    checker: Line
    learner_box: Running
    checker_box: Running
    output: Output
    complaint: Output
    died: Outcome | None = field(default=None)

    def cause_of_death(self) -> Outcome:
        """Why the learner process has gone, as its limits tell."""
        usage = self.learner_box.usage()
        if usage.oom_kills:
            return Outcome.MEMORY
        return Outcome.PIDS if usage.pids_denied else Outcome.CRASHED


def _box(name: str, uid: int, memory: int, files: Mapping[str, Path]) -> Box:
    mounts, hidden = interpreter_mounts()
    shown = tuple(Mount(path, f"{WORK}/{target}") for target, path in files.items())
    limits = Limits(memory_bytes=memory, pids=64, cpus=1.0)
    return Box(name, uid, limits, mounts + shown, hidden, cwd=WORK)


def _start(box: Box, part: str, ends: list[socket.socket]) -> Running:
    code = START.format(path=str(PACKAGE.parent), part=part)
    descriptors = [end.fileno() for end in ends]
    return launch(
        box,
        [sys.executable, "-I", "-c", code, *map(str, descriptors)],
        env=ENV,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=descriptors,
    )


@contextmanager
def open_pair(
    exercise: Exercise, data: Mapping[str, Path], hidden: Mapping[str, Path], uids: UidPool
) -> Iterator[Pair]:
    """Both processes, started; ended as trees with nothing left behind when the block ends."""
    run = uuid.uuid4().hex[:12]
    shared = {f"data/{name}": path for name, path in data.items()}
    secret = {f"hidden/{name}": path for name, path in hidden.items()}
    with ExitStack() as stack:
        sockets = [stack.enter_context(closing(one)) for _ in range(3) for one in socket.socketpair()]
        to_learner, learner_end, to_checker, checker_end, asking, answering = sockets
        uid, other = stack.enter_context(uids.lease()), stack.enter_context(uids.lease())
        # A folder must exist to be the working directory, data or not.
        learner_box = _box(f"learner-{run}", uid, exercise.limits.memory_mib * MIB, shared or NO_FILES)
        checker_box = _box(f"checker-{run}", other, CHECKER_MEMORY, (shared | secret) or NO_FILES)
        learner = _start(learner_box, "learner", [learner_end, answering])
        stack.callback(learner.close)
        checker = _start(checker_box, "checker", [checker_end, asking])
        stack.callback(checker.close)
        for end in (learner_end, checker_end, asking, answering):
            end.close()  # only the jailed side holds it, so that its death is seen
        output, complaint = Output(learner.process.stdout), Output(checker.process.stdout)
        yield Pair(Line(to_learner), Line(to_checker), learner, checker, output, complaint)


NO_FILES = {"data/none": Path("/dev/null")}
