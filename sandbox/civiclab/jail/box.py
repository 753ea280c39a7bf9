"""What a program in a box may see and use."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024 * 1024
PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Limits:
    """Ceilings for the whole tree of a box."""

    memory_bytes: int = 1024 * MIB
    pids: int = 128
    cpus: float = 1.0
    tmp_bytes: int = 64 * MIB  # /tmp and /dev/shm each; counts against memory
    file_bytes: int = 256 * MIB  # the largest single file
    open_files: int = 1024


@dataclass(frozen=True)
class Mount:
    """A host path as the box sees it; read-only unless said otherwise."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True)
class Box:
    """One program's walls. `name` is unique on the host and names its control group."""

    name: str
    uid: int
    limits: Limits = field(default_factory=Limits)
    mounts: tuple[Mount, ...] = ()
    hidden: tuple[str, ...] = ()  # paths inside mounts that are covered by an empty tmpfs
    network: bool = False
    cwd: str = "/tmp"  # noqa: S108 - the box's own tmpfs
    user: str = "learner"
    survives: bool = False  # goes on when the process that started it ends


def interpreter_mounts() -> tuple[tuple[Mount, ...], tuple[str, ...]]:
    """What a box needs to run this very interpreter with this package: mounts, and paths to hide in them.

    The content that travels inside the package holds masters with answers and checks: it is always hidden.
    """
    roots = [Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve()]
    outside = not any(PACKAGE.is_relative_to(root) for root in roots)
    shown = [Mount(root, str(root)) for root in _outermost(roots)]
    if outside:
        shown.append(Mount(PACKAGE, str(PACKAGE)))
    content = PACKAGE / "content"
    return tuple(shown), (str(content),) if content.exists() else ()


def _outermost(roots: list[Path]) -> list[Path]:
    system = Path("/usr")
    kept: list[Path] = []
    for root in sorted(set(roots), key=lambda path: len(path.parts)):
        if not any(root == one or root.is_relative_to(one) for one in (system, *kept)):
            kept.append(root)
    return kept
