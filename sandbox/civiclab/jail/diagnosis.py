"""What on this host the jail needs, and the remedy for what is missing: `civiclab doctor`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from civiclab.errors import NoJail, PersonError
from civiclab.jail.cgroups import version
from civiclab.jail.launcher import bwrap
from civiclab.jail.seccomp import filter_program
from civiclab.jail.selfcheck import prove_walls
from civiclab.jail.uids import UidPool

GIB = 1024**3
LEAST_MEMORY_GIB = 2
LEAST_DISK_GIB = 3
LEAST_BWRAP = (0, 8)  # the first with --disable-userns
SWITCHES_ROOT = Path("/proc/sys")
SWITCHES = {
    "kernel.unprivileged_userns_clone": "0",
    "kernel.apparmor_restrict_unprivileged_userns": "1",
    "user.max_user_namespaces": "0",
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at. Name, detail and remedy are English message ids; `values` fill the last two."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    values: tuple[tuple[str, str], ...] = ()


def _bubblewrap() -> Finding:
    remedy = "apt-get install bubblewrap"
    try:
        path = bwrap()
    except NoJail as missing:
        return Finding("bubblewrap", False, missing.message, remedy)
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = tuple(int(part) for part in re.findall(r"\d+", told)[:2])
    return Finding("bubblewrap", found >= LEAST_BWRAP, f"{path}: {told.strip()}", remedy)


def _user_namespaces() -> Finding:
    for switch, closed in SWITCHES.items():
        path = SWITCHES_ROOT / switch.replace(".", "/")
        if path.exists() and path.read_text().strip() == closed:
            opened = {"0": "1", "1": "0"}[closed] if "max" not in switch else "15000"
            return Finding("user namespaces", False, f"{switch}={closed}", f"sysctl -w {switch}={opened}")
    return Finding("user namespaces", True, "unrestricted")


def _cgroups() -> Finding:
    found = version()
    remedy = "Start the machine with systemd, or mount the memory, pids and cpu controllers."
    return Finding("control groups", found is not None, f"version {found}", remedy)


def _seccomp() -> Finding:
    try:
        filter_program(False)
    except NoJail as missing:
        return Finding("seccomp", False, missing.english, "apt-get install libseccomp2")
    return Finding("seccomp", True, "libseccomp")


def _tools() -> Finding:
    missing = [tool for tool in ("unshare", "setpriv", "mount") if not shutil.which(tool)]
    return Finding(
        "util-linux",
        not missing,
        ", ".join(missing) or "unshare, setpriv, mount",
        "apt-get install util-linux mount",
    )


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return Finding(
        "memory",
        total >= LEAST_MEMORY_GIB,
        f"{total:.1f} GiB",
        "At least {least} GiB; about 0.2 GiB for each learner at work.",
        (("least", str(LEAST_MEMORY_GIB)),),
    )


def _disk(home: Path) -> Finding:
    there = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free / GIB
    return Finding(
        "disk",
        free >= LEAST_DISK_GIB,
        f"{free:.1f} GiB, {there}",
        "At least {least} GiB free below --home.",
        (("least", str(LEAST_DISK_GIB)),),
    )


def _interpreter() -> Finding:
    """Readable to everyone, or we are root and stage it."""
    folder = Path(sys.base_prefix).resolve()
    open_to_all = all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))
    ok = open_to_all or os.geteuid() == 0
    return Finding(
        "interpreter",
        ok,
        str(folder),
        "Install Python where every user can read it (apt-get install python3), or run as root.",
    )


def _walls(home: Path) -> Finding:
    with tempfile.NamedTemporaryFile() as secret, tempfile.TemporaryDirectory() as locks:
        try:
            with UidPool(Path(locks)).lease() as uid:
                prove_walls(uid, Path(secret.name))
        except PersonError as broken:
            return Finding(
                "jail",
                False,
                broken.message,
                "Mend what is named above, or run as root (sudo).",
                tuple((k, str(v)) for k, v in broken.values.items()),
            )
    return Finding("jail", True, "every wall holds")


def diagnose(home: Path) -> list[Finding]:
    """Everything the academy needs of this host, looked at; the walls are proved by a real box."""
    looked = [
        _bubblewrap(),
        _user_namespaces(),
        _cgroups(),
        _seccomp(),
        _tools(),
        _memory(),
        _disk(home),
        _interpreter(),
    ]
    return [*looked, _walls(home)]
