"""The academy's own processes: started so that they end with it, however it ends, and ended as a tree."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
LARGEST_LOG = 10 * 1024 * 1024
LAST_LINES = 12


def adopt_orphans() -> None:
    """From now on, what our children leave behind becomes our child, so that nothing escapes `end_all`."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@dataclass
class Part:
    """A process of the academy and the file it writes its log to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def ended(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    def stop(self, patience: float) -> None:
        """Asks it to end; kills it after `patience` seconds."""
        if self.ended():
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        """The end of its log, for a person who must mend something."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(line[:300] for line in lines[-LAST_LINES:])


def start_part(name: str, argv: Sequence[str], log: Path, env: Mapping[str, str]) -> Part:
    """Starts `argv` in a session of its own, so that Ctrl-C reaches only us; told to end when we end."""
    _rotate(log)
    with log.open("ab") as file:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *argv],  # noqa: S607 - util-linux, wherever it is
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    return Part(name, process, log)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_name(f"{log.name}.1"))


def bury(parts: Sequence[Part]) -> None:
    """Reaps orphans that have ended; the parts' own ends are left for them to see."""
    ours = {part.process.pid for part in parts}
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess, ChildProcessError):
            if child.pid not in ours and child.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(child.pid, os.WNOHANG)


def end_all(patience: float = 5.0) -> None:
    """Kills everything that descends from us, and reaps it."""
    for _ in range(3):  # what is killed may leave orphans of its own
        left = psutil.Process().children(recursive=True)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=patience)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
