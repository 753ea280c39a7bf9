"""Control groups, version 1 and 2: memory of a tree, processes, CPU; killing a tree; what hit a limit."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from civiclab.errors import NoJail
from civiclab.jail.box import Limits

ROOT = Path("/sys/fs/cgroup")
PARENT = "civiclab"
CPU_PERIOD_US = 100_000
CONTROLLERS = ("memory", "pids", "cpu")


@dataclass(frozen=True)
class Usage:
    """What a group's processes ran into, and used at most."""

    oom_kills: int = 0
    pids_denied: int = 0
    peak_bytes: int = 0


def _write(path: Path, value: object) -> None:
    path.write_text(str(value))


def _number(path: Path, field: str = "") -> int:
    """The number in a one-value file, or behind `field` in a keyed one; 0 where it is not offered."""
    try:
        lines = path.read_text().split("\n")
    except OSError:
        return 0
    for line in lines:
        name, _, value = line.rpartition(" ")
        if name == field and value.isdigit():
            return int(value)
    return 0


class Group:
    """One box's control group. The folders below which processes are counted are `folders`."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self.folders = folders

    @property
    def procs_files(self) -> list[Path]:
        """The files that a process writes its id to in order to join."""
        return sorted({folder / "cgroup.procs" for folder in self.folders.values()})

    def pids(self) -> list[int]:
        """The processes inside, by host id."""
        found: set[int] = set()
        for file in self.procs_files:
            with contextlib.suppress(OSError):
                found.update(int(line) for line in file.read_text().split())
        return sorted(found)

    def kill(self, patience: float = 5.0, spare: int = 0) -> bool:
        """Kills the tree, but for the process `spare`; True once nothing else is left.

        Waits up to `patience` seconds.
        """
        end = time.monotonic() + patience
        while pids := set(self.pids()) - {spare}:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def remove(self) -> None:
        """Removes the empty group; a group that will not go is left for the next sweep."""
        for folder in set(self.folders.values()):
            for _ in range(50):
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.01)

    def usage(self) -> Usage:
        """What hit a limit so far."""
        memory, pids = self.folders["memory"], self.folders["pids"]
        oom = _number(memory / "memory.events", "oom_kill") or _number(
            memory / "memory.oom_control", "oom_kill"
        )
        peak = _number(memory / "memory.peak") or _number(memory / "memory.max_usage_in_bytes")
        return Usage(oom, _number(pids / "pids.events", "max"), peak)


def version(root: Path = ROOT) -> int | None:
    """2, 1, or None where no control groups are mounted with our controllers."""
    if (root / "cgroup.controllers").exists():
        return 2
    return 1 if all((root / name).is_dir() for name in CONTROLLERS) else None


def _v1(name: str, limits: Limits, root: Path) -> Group:
    folders = {controller: root / controller / PARENT / name for controller in CONTROLLERS}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    _write(folders["memory"] / "memory.limit_in_bytes", limits.memory_bytes)
    with contextlib.suppress(OSError):  # only where swap is accounted
        _write(folders["memory"] / "memory.memsw.limit_in_bytes", limits.memory_bytes)
    _write(folders["pids"] / "pids.max", limits.pids)
    _write(folders["cpu"] / "cpu.cfs_period_us", CPU_PERIOD_US)
    _write(folders["cpu"] / "cpu.cfs_quota_us", int(limits.cpus * CPU_PERIOD_US))
    return Group(folders)


def _v2_parent(root: Path) -> Path:
    """The group below which boxes live: the root's for root, else our own delegated one.

    Version 2 lets no group hold both processes and controlled children, so in a delegated group the
    processes already there move into a leaf first.
    """
    parent = root / PARENT
    if os.geteuid() != 0:
        own = Path("/proc/self/cgroup").read_text().rpartition("::")[2].strip().lstrip("/")
        base = root / own
        base = base.parent if base.name == "supervisor" else base
        leaf = base / "supervisor"
        leaf.mkdir(exist_ok=True)
        for pid in (base / "cgroup.procs").read_text().split():
            _write(leaf / "cgroup.procs", pid)
        parent = base / PARENT
    for folder in (parent.parent, parent):
        folder.mkdir(exist_ok=True)
        _write(folder / "cgroup.subtree_control", " ".join(f"+{name}" for name in CONTROLLERS))
    return parent


def _v2(name: str, limits: Limits, root: Path) -> Group:
    folder = _v2_parent(root) / name
    folder.mkdir(exist_ok=True)
    _write(folder / "memory.max", limits.memory_bytes)
    with contextlib.suppress(OSError):
        _write(folder / "memory.swap.max", 0)
    _write(folder / "pids.max", limits.pids)
    _write(folder / "cpu.max", f"{int(limits.cpus * CPU_PERIOD_US)} {CPU_PERIOD_US}")
    return Group(dict.fromkeys(CONTROLLERS, folder))


def make_group(name: str, limits: Limits, root: Path = ROOT) -> Group:
    """A control group with the limits set; NoJail where they can't be set."""
    found = version(root)
    try:
        if found == 1:
            return _v1(name, limits, root)
        if found == 2:
            return _v2(name, limits, root)
    except OSError as error:
        raise NoJail(
            "The limits of memory, processes and CPU can't be set: {reason}. "
            "Run as root, or in a systemd unit with Delegate=yes.",
            reason=error,
        ) from None
    raise NoJail(
        "No control groups are mounted below {root}. Mount them, or start the machine with systemd.",
        root=root,
    )


def find_group(name: str, root: Path = ROOT) -> Group:
    """The group of a box that was started earlier, perhaps by another process."""
    if version(root) == 1:
        return Group({controller: root / controller / PARENT / name for controller in CONTROLLERS})
    parents = [root / PARENT / name, *root.glob(f"**/{PARENT}/{name}")] if version(root) == 2 else []
    folder = next((one for one in parents if one.is_dir()), root / PARENT / name)
    return Group(dict.fromkeys(CONTROLLERS, folder))
