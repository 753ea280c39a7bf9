"""Builds the walls around a process that was forked from a warm parent. Runs as root, in the child, once.

The same walls that bubblewrap builds for a program started afresh (see `civiclab.jail`), for a process that
must keep what its parent has imported: own mount, pid, net, ipc, uts and user namespaces, a read-only
root of binds, an unprivileged uid, no capabilities, no new privileges, the seccomp filter. The jail's
self-check walks against both.
"""

from __future__ import annotations

import ctypes
import os
import resource
import socket
from pathlib import Path
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
# linux/mount.h, linux/sched.h, linux/prctl.h, linux/capability.h
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
NEW_MOUNTS, NEW_CGROUP, NEW_UTS, NEW_IPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEW_USER, NEW_PID, NEW_NET = 0x10000000, 0x20000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 24, 38
SECCOMP_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
LAST_CAPABILITY = 63
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
NEW_ROOT = "/mnt"
OWN = ("tmp", "dev/shm")
DEVICES = ("null", "zero", "full", "random", "urandom")
SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")


def checked(result: int, what: str) -> None:
    """Raises OSError when a call of the C library failed: a wall that can't be built is never left out."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """mount(2)."""
    words = [None if word is None else word.encode() for word in (source, target, kind)]
    checked(LIBC.mount(*words, ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")


def bind(source: str, target: str) -> None:
    """Shows `source` read-only at `target`, which is made when it is missing."""
    place = Path(target)
    if Path(source).is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    mount(source, target, None, MS_BIND)
    mount(source, target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def device(name: str) -> None:
    """A harmless device of the host's."""
    target = f"{NEW_ROOT}/dev/{name}"
    Path(target).touch()
    mount(f"/dev/{name}", target, None, MS_BIND)


def build_base(shown: list[str], hidden: list[str], user: str) -> None:
    """In the warm parent, once: a mount namespace of its own with the parts of the root that never change."""
    checked(LIBC.unshare(NEW_MOUNTS), "unshare")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("root", NEW_ROOT, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m")
    for path in ("/usr", *(one for one in SYSTEM if not Path(one).is_symlink() and Path(one).is_dir())):
        bind(path, NEW_ROOT + path)
    for link in (one for one in SYSTEM if Path(one).is_symlink()):
        Path(NEW_ROOT + link).symlink_to(Path(link).readlink())
    show(shown, hidden)
    for folder in ("proc", "tmp", "old", "dev", "etc"):
        Path(NEW_ROOT, folder).mkdir(exist_ok=True)
    _etc(user)
    mount("dev", f"{NEW_ROOT}/dev", "tmpfs", MS_NOSUID, "mode=0755,size=64k")
    for name in DEVICES:
        device(name)
    for folder in ("shm", "pts"):
        Path(NEW_ROOT, "dev", folder).mkdir()
    Path(NEW_ROOT, "dev/ptmx").symlink_to("pts/ptmx")
    for at, name in enumerate(("stdin", "stdout", "stderr")):
        Path(NEW_ROOT, "dev", name).symlink_to(f"/proc/self/fd/{at}")
    Path(NEW_ROOT, "dev/fd").symlink_to("/proc/self/fd")


def show(shown: list[str], hidden: list[str]) -> None:
    """Binds host folders at their own place, and covers what in them is not to be seen."""
    for path in shown:
        bind(path, NEW_ROOT + path)
    for path in hidden:
        mount("hidden", NEW_ROOT + path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "size=4k")


def below_own(path: str) -> bool:
    """Does the path lie where each child has a folder of its own? Then it is shown when that is there."""
    return any(Path(path).is_relative_to(f"/{folder}") for folder in OWN)


def _etc(user: str) -> None:
    for name in ("ld.so.cache", "localtime"):
        if Path("/etc", name).exists():
            bind(str(Path("/etc", name).resolve()), f"{NEW_ROOT}/etc/{name}")
    Path(NEW_ROOT, "etc/passwd").write_text(f"{user}:x:65534:65534::/tmp:/bin/sh\n")
    Path(NEW_ROOT, "etc/group").write_text(f"{user}:x:65534:\n")


def enter_root(files: dict[str, str], work: str, tmp_bytes: int, late: tuple[list[str], list[str]]) -> None:
    """In the child: its own /tmp, /dev/shm and /proc, the exercise's files, and no way back.

    `late` is what is shown below those: (shown, hidden).
    """
    checked(LIBC.unshare(NEW_MOUNTS | NEW_NET | NEW_IPC | NEW_UTS | NEW_CGROUP), "unshare")
    for folder in OWN:
        mount("tmp", f"{NEW_ROOT}/{folder}", "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777,size={tmp_bytes}")
    show(*late)
    mount(
        "devpts", f"{NEW_ROOT}/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"
    )
    for target, source in files.items():
        bind(source, NEW_ROOT + target)
    Path(NEW_ROOT + work).mkdir(parents=True, exist_ok=True)
    Path(NEW_ROOT + work).chmod(0o777)
    mount("proc", f"{NEW_ROOT}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    socket.sethostname("civiclab")
    os.chdir(NEW_ROOT)
    checked(LIBC.syscall(PIVOT_ROOT[os.uname().machine], b".", b"old"), "pivot_root")
    checked(LIBC.umount2(b"/old", MNT_DETACH), "umount")
    for path in ("/dev", "/"):
        mount("none", path, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID)
    os.chdir(work)


def limit(limits: dict[str, int]) -> None:
    """What the control group does not count: files, their size, core dumps."""
    for name, value in (
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
    ):
        resource.setrlimit(name, (value, value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def become(uid: int) -> None:
    """For good: no groups, the uid, a user namespace that holds only it, no capability anywhere."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    # After a change of uid the kernel gives /proc/self to root; the maps must be written before we go on.
    checked(LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl")
    checked(LIBC.unshare(NEW_USER), "unshare user")
    Path("/proc/self/setgroups").write_text("deny")
    for name in ("uid_map", "gid_map"):
        Path("/proc/self", name).write_text(f"{uid} {uid} 1")
    drop_capabilities()


def drop_capabilities() -> None:
    """Every set empty: bounding first, while we may, then effective, permitted and inheritable."""
    for capability in range(LAST_CAPABILITY + 1):
        if LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break  # the kernel knows no further ones
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    checked(LIBC.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


class Program(ctypes.Structure):
    """struct sock_fprog (linux/filter.h)."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def load_filter(program: bytes) -> None:
    """The seccomp filter, for this process and all that come from it."""
    held = ctypes.create_string_buffer(program, len(program))
    argument = Program(len(program) // 8, ctypes.cast(held, ctypes.c_void_p))  # 8 bytes an instruction
    checked(LIBC.prctl(PR_SET_SECCOMP, SECCOMP_FILTER, ctypes.byref(argument), 0, 0), "seccomp")


def wall_in(order: dict[str, Any], program: bytes, late: tuple[list[str], list[str]]) -> None:
    """All walls around the calling process, the first of a new pid namespace."""
    enter_root(order["files"], order["work"], order["limits"]["tmp_bytes"], late)
    limit(order["limits"])
    become(order["uid"])
    load_filter(program)
