"""CPU-seconds of everything this process starts, also of what was killed before anyone waited for it."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ACCOUNTS = Path("/sys/fs/cgroup/cpuacct")
JAILS_V2 = Path("/sys/fs/cgroup/civiclab/cpu.stat")


@dataclass(frozen=True)
class CpuMeter:
    """Counts by the control group we are in, where one can be made; else by what was waited for."""

    group: Path | None = None

    @property
    def source(self) -> str:
        """How it counts. `waited` misses what was killed as a tree: it is a lower bound."""
        if self.group is not None:
            return "cpuacct"
        return "waited and jails" if JAILS_V2.exists() else "waited"

    def seconds(self) -> float:
        """CPU-seconds so far."""
        if self.group is not None:
            return int((self.group / "cpuacct.usage").read_text("ascii")) / 1e9
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used) + _jails()


def _jails() -> float:
    """What all jails of this machine have used, version 2 of control groups."""
    with suppress(OSError):
        fields = dict(line.split() for line in JAILS_V2.read_text("ascii").splitlines())
        return int(fields["usage_usec"]) / 1e6
    return 0.0


def _own_group() -> Path | None:
    """A group of ours whose processes stay in it: only where `cpuacct` stands apart from `cpu`."""
    apart = ACCOUNTS.is_dir() and ACCOUNTS.resolve() != (ACCOUNTS.parent / "cpu").resolve()
    folder = ACCOUNTS / f"civiclab-bench-{os.getpid()}"
    if not apart:
        return None
    try:
        folder.mkdir()
        (folder / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        with suppress(OSError):
            folder.rmdir()
        return None
    return folder


@contextmanager
def cpu_meter() -> Iterator[CpuMeter]:
    """A meter; its control group is removed when the block ends."""
    group = _own_group()
    try:
        yield CpuMeter(group)
    finally:
        if group is not None:
            with suppress(OSError):
                (ACCOUNTS / "cgroup.procs").write_text(str(os.getpid()))
                group.rmdir()
