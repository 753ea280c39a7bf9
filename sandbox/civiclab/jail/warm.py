"""The warm parent as the jail uses it: start it once, then fork boxes from it in milliseconds.

Only root can build walls around a process that keeps its memory, so an ordinary user's boxes are started
afresh by `launch`. A warm parent that has died is started again at the next box.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from civiclab.errors import NoJail
from civiclab.jail.box import PACKAGE, Box, interpreter_mounts
from civiclab.jail.cgroups import Group, Usage, make_group
from civiclab.jail.seccomp import filter_program

START = "import sys; sys.path.insert(0, {path!r}); from civiclab.runner.warm import main; main()"
READY_S = 60.0
ANSWER_S = 20.0
REPLY_LIMIT = 4096


class Forked:
    """A box forked from a warm parent; like `Running`, but its program is the parent's child, not ours."""

    def __init__(self, box: Box, pid: int, group: Group) -> None:
        self.box, self.pid, self.group = box, pid, group

    def usage(self) -> Usage:
        """What hit a limit so far."""
        return self.group.usage()

    def kill(self) -> None:
        """Kills everything in the box; `close` cleans up."""
        self.group.kill()

    def close(self) -> Usage:
        """Kills the tree, removes its group; what it ran into."""
        usage = self.group.usage()
        self.group.kill()
        self.group.remove()
        return usage


class WarmParent:
    """One warm parent; safe between threads. `environment` is all that its children see of one."""

    def __init__(self, libraries: Sequence[str], environment: Mapping[str, str]) -> None:
        self.libraries, self.environment = list(libraries), dict(environment)
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.line: socket.socket | None = None

    @property
    def memory_bytes(self) -> int:
        """Resident memory of the parent, most of it shared with its children; 0 before the first box."""
        if self.process is None:
            return 0
        fields = Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

    def start(self) -> None:
        """Starts the parent and waits until it is warm; NoJail when it can't be."""
        with self.lock:
            self._alive()

    def spawn(self, box: Box, part: str, descriptors: Sequence[int], **more: Any) -> Forked:
        """A new box that plays `part`. The first descriptor is its output, the others it keeps.

        NoJail when the walls can't be built; what a child says of that is in its output.
        """
        group = make_group(box.name, box.limits)
        order = {
            "part": part,
            "uid": box.uid,
            "groups": [str(file) for file in group.procs_files],
            "files": {mount.target: str(mount.source) for mount in box.mounts},
            "work": box.cwd,
            "limits": {
                "tmp_bytes": box.limits.tmp_bytes,
                "file_bytes": box.limits.file_bytes,
                "open_files": box.limits.open_files,
            },
            **more,
        }
        try:
            with self.lock:
                return Forked(box, self._ask(order, descriptors), group)
        except NoJail:
            group.remove()
            raise

    def _ask(self, order: dict[str, Any], descriptors: Sequence[int]) -> int:
        line = self._alive()
        try:
            socket.send_fds(line, [json.dumps(order).encode()], list(descriptors))
            answer = line.recv(REPLY_LIMIT)
        except OSError as error:
            answer = b"-" + str(error).encode()
        if not answer.startswith(b"+"):
            self._end()
            raise NoJail(
                "The jail can't be built: {reason}", reason=answer[1:].decode(errors="replace") or "-"
            )
        return int(answer[1:])

    def _alive(self) -> socket.socket:
        if self.line is None or self.process is None or self.process.poll() is not None:
            self._end()
            self._begin()
        if self.line is None:
            raise NoJail("The jail can't be built: {reason}", reason="-")
        return self.line

    def _begin(self) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        argv = [sys.executable, "-I", "-c", START.format(path=str(PACKAGE.parent)), str(its.fileno())]
        with its:
            self.process = subprocess.Popen(
                argv,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                start_new_session=True,
            )
        self.line = ours
        mounts, hidden = interpreter_mounts()
        settings = {
            "libraries": self.libraries,
            "filter": b64encode(filter_program(False)).decode(),
            "shown": [str(mount.source) for mount in mounts],
            "hidden": list(hidden),
        }
        ours.sendall(json.dumps(settings).encode())
        ours.settimeout(READY_S)
        try:
            ready = ours.recv(REPLY_LIMIT)
        except OSError:
            ready = b""
        if not ready.startswith(b"+"):
            self._end()
            raise NoJail("The jail can't be built: {reason}", reason="the warm parent did not start")
        ours.settimeout(ANSWER_S)

    def _end(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """Ends the parent; boxes that still run are ended by their own `close`."""
        with self.lock:
            self._end()
