"""Runs inside a box and tries to leave it; prints one JSON object: wall -> "held" or what it could do.

Standard library only, one file: its text is handed to the interpreter in the box.
"""

import ctypes
import json
import os
import socket
import sys
from collections.abc import Callable

CLONE_NEWUSER = 0x10000000
WALLS = (
    "uid",
    "network",
    "host files",
    "root filesystem",
    "capabilities",
    "new privileges",
    "seccomp",
    "user namespaces",
    "host processes",
    "processes",
    "memory",  # told by the supervisor: the kernel ends the program that asks for too much
)


def status(field: str) -> str:
    """A field of /proc/self/status."""
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 - the probe starts quickly
        return next(line.split()[1] for line in file if line.startswith(field + ":"))


def uid() -> str:
    """Neither root nor able to become it."""
    return "held" if os.getuid() != 0 and os.geteuid() != 0 else "open: root"


def network() -> str:
    """No interface but loopback."""
    with open("/proc/net/dev", encoding="ascii") as file:  # noqa: PTH123
        names = [line.partition(":")[0].strip() for line in file if ":" in line]
    for address in ("127.0.0.1", "169.254.169.254"):
        with socket.socket() as one:
            one.settimeout(0.2)
            if one.connect_ex((address, 80)) == 0:
                return f"open: {address}"
    return "held" if names in ([], ["lo"]) else f"open: {names}"


def host_files() -> str:
    """The supervisor's secret and the host's password file are not there."""
    seen = [path for path in (sys.argv[1], "/etc/shadow", "/root/.bashrc", "/sys/fs") if os.path.exists(path)]  # noqa: PTH110
    return "held" if not seen else f"open: {seen}"


def root_filesystem() -> str:
    """Nothing outside /tmp can be written."""
    for path in ("/escape", "/usr/escape", "/etc/escape", "/dev/escape"):
        try:
            with open(path, "w", encoding="ascii"):  # noqa: PTH123
                return f"open: {path}"
        except OSError:
            continue
    return "held"


def capabilities() -> str:
    """No effective or bounding capability."""
    sets = status("CapEff"), status("CapBnd")
    return "held" if all(int(one, 16) == 0 for one in sets) else f"open: {sets}"


def new_privileges() -> str:
    """no_new_privs is set."""
    return "held" if status("NoNewPrivs") == "1" else "open"


def seccomp() -> str:
    """A filter is loaded (mode 2) and refuses a call of its list."""
    libc = ctypes.CDLL(None, use_errno=True)
    refused = libc.unshare(0x20000) == -1
    return "held" if status("Seccomp") == "2" and refused else "open"


def user_namespaces() -> str:
    """No user namespace can be made inside."""
    libc = ctypes.CDLL(None, use_errno=True)
    return "held" if libc.unshare(CLONE_NEWUSER) == -1 else "open"


def host_processes() -> str:
    """Only the box's own processes are listed."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    return "held" if len(pids) <= 3 else f"open: {len(pids)} processes"


def processes() -> str:
    """A fork bomb is stopped."""
    children = []
    try:
        for _ in range(200):
            pid = os.fork()
            if pid == 0:
                os.read(pipe[0], 1)
                os._exit(0)
            children.append(pid)
        return "open: 200 processes"
    except OSError:
        return "held"
    finally:
        for child in children:
            os.kill(child, 9)
            os.waitpid(child, 0)


def try_memory() -> None:
    """Asks for more than the limit in a child, so that the answers so far are kept."""
    if os.fork() == 0:
        block = bytearray(600 * 1024 * 1024)
        block[::4096] = b"x" * len(block[::4096])
        os._exit(0)
    os.wait()


def held(act: Callable[[], str]) -> str:
    """The act's answer; an error that we did not expect is no proof."""
    try:
        return act()
    except Exception as error:
        return f"not proved: {error!r}"


if __name__ == "__main__":
    pipe = os.pipe()
    tries = (
        uid,
        network,
        host_files,
        root_filesystem,
        capabilities,
        new_privileges,
        seccomp,
        user_namespaces,
    )
    report = {act.__name__.replace("_", " "): held(act) for act in (*tries, host_processes, processes)}
    try_memory()
    print(json.dumps(report))
