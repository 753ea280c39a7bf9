"""A learner's server in a jail of her own: own uid, own home, /tmp and /dev/shm, the host's files hidden.

The box has the host's network, since the hub and the browser must reach the server; everything on it asks for
a token. It outlives the hub's process: a hub that comes back finds it by the name of its control group.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from jupyterhub.spawner import Spawner
from jupyterhub.utils import random_port
from traitlets import Integer, Unicode

from civiclab.hub.authenticator import in_thread, may_enter
from civiclab.hub.uids import uid_of
from civiclab.jail import Box, Limits, Mount, Running, interpreter_mounts, kill_box, launch
from civiclab.jail.box import MIB, PACKAGE
from civiclab.jail.cgroups import find_group

LEARNER_HOME = "/home/learner"
EXERCISES = "/srv/civiclab/exercises"
START = "import sys; sys.path.insert(0, {path!r}); from civiclab.runner.sandbox import main; main()"
# What the learner's program is told by the hub; everything else of the hub's environment stays outside.
TOLD = ("JUPYTERHUB_", "MEM_LIMIT", "CPU_LIMIT")
LOOK_EVERY_S = 0.05
GONE = 0  # how it ended is not known: another process of the hub had started it


def environment(told: Mapping[str, str], service_url: str) -> dict[str, str]:
    """The whole environment of a learner's server, from what the hub would give it."""
    own = {
        "PATH": f"{Path(sys.prefix) / 'bin'}:/usr/bin:/bin",
        "HOME": LEARNER_HOME,
        "USER": "learner",
        "LOGNAME": "learner",
        "SHELL": "/bin/sh",
        "LANG": "C.UTF-8",
        "TZ": os.environ.get("TZ", "Asia/Seoul"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CIVICLAB_SERVICE_URL": service_url,
        "CIVICLAB_EXERCISES": EXERCISES,
        # One thread each: more only fight over the box's share of a CPU.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return {name: value for name, value in told.items() if value and name.startswith(TOLD)} | own


def own_home(homes: Path, name: str, uid: int) -> Path:
    """The learner's folder on the host, hers alone. Its name is the account's, which holds no path."""
    home = homes / name
    home.mkdir(mode=0o700, exist_ok=True)
    if home.is_symlink():
        raise RuntimeError(f"{home} is a link")
    home.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(home, uid, uid, follow_symlinks=False)
    return home


def listens(host: str, port: int) -> bool:
    """Whether something takes connections there."""
    with socket.socket() as one:
        one.settimeout(LOOK_EVERY_S)
        return one.connect_ex((host, port)) == 0


class JailSpawner(Spawner):
    """Starts, watches and ends one learner's box."""

    homes = Unicode(config=True, help="Folder of the learners' homes.")
    released = Unicode(config=True, help="The released exercises, shown read-only.")
    register = Unicode(config=True, help="File that says which uid belongs to whom.")
    logs = Unicode(config=True, help="Folder of the servers' logs, one file a learner.")
    service_url = Unicode(config=True, help="The service's address as the sandbox reaches it.")
    pids_limit = Integer(256, config=True, help="Processes and threads of one sandbox.")

    _running: Running | None = None
    _box: str = ""

    @property
    def box_name(self) -> str:
        """The name of the control group; two academies on one host do not meet."""
        academy = hashlib.sha256(self.homes.encode()).hexdigest()[:8]
        return f"sandbox-{academy}-{self.user.name}"

    def get_state(self) -> dict[str, Any]:
        """What a hub that comes back needs."""
        return {**super().get_state(), **({"box": self._box} if self._box else {})}

    def load_state(self, state: dict[str, Any]) -> None:
        """Remember the box that an earlier process of the hub started."""
        super().load_state(state)
        self._box = state.get("box", "")

    def clear_state(self) -> None:
        """There is no box any more."""
        super().clear_state()
        self._box = ""

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """What the waiting learner reads."""
        yield {"progress": 20, "message": "실습실의 벽을 세우고 있습니다. · Putting up your sandbox's walls."}
        yield {"progress": 50, "message": "JupyterLab을 시작하고 있습니다. · Starting JupyterLab."}

    async def start(self) -> tuple[str, int]:
        """Start the box; NoJail where a wall can't be built."""
        name = self.box_name
        await in_thread(kill_box, name)  # what a crash may have left
        self.ip, self.port = "127.0.0.1", random_port()
        uid = uid_of(self.user.name, Path(self.register))
        home = own_home(Path(self.homes), self.user.name, uid)
        self._box = name
        self._running = self._launch(self._walled(name, uid, home))
        await self._listening()
        return self.ip, self.port

    async def _listening(self) -> None:
        """Until the server takes connections, or has ended. The hub itself looks at growing intervals, and
        would let the learner wait a second or two longer."""
        end = time.monotonic() + self.start_timeout
        while self._running is not None and self._running.poll() is None and time.monotonic() < end:
            if await in_thread(listens, self.ip, self.port):
                return
            await asyncio.sleep(LOOK_EVERY_S)

    def _walled(self, name: str, uid: int, home: Path) -> Box:
        mounts, hidden = interpreter_mounts()
        shown = (*mounts, Mount(home, LEARNER_HOME, writable=True), Mount(Path(self.released), EXERCISES))
        limits = Limits(
            memory_bytes=int(self.mem_limit),
            pids=self.pids_limit,
            cpus=float(self.cpu_limit),
            tmp_bytes=128 * MIB,
            file_bytes=1024 * MIB,
            open_files=4096,
        )
        return Box(name, uid, limits, shown, hidden, network=True, cwd=LEARNER_HOME, survives=True)

    def _launch(self, box: Box) -> Running:
        argv = [sys.executable, "-I", "-c", START.format(path=str(PACKAGE.parent))]
        told = environment(self.get_env(), self.service_url)
        with (Path(self.logs) / f"sandbox-{self.user.name}.log").open("wb") as log:
            return launch(box, argv, env=told, stdout=log, stderr=log)

    async def poll(self) -> int | None:
        """None while the box lives, else the exit code."""
        if not await self._still_approved():
            await self._end()
            return GONE
        if self._running is not None:
            code = self._running.poll()
            if code is None:
                return None
            await self._end()
            return code
        if self._box and await in_thread(find_group(self._box).pids):
            return None
        self.clear_state()
        return GONE

    async def _still_approved(self) -> bool:
        """Whoever loses her approval loses what runs in her name, at the next look."""
        records = getattr(self.authenticator, "records", None)
        if records is None or not self._box:
            return True
        return may_enter(await in_thread(records.account, self.user.name))

    async def stop(self, now: bool = False) -> None:
        """End the box as a tree. Files are written by JupyterLab at once, so there is nothing to wait for."""
        await self._end()

    async def _end(self) -> None:
        running, box = self._running, self._box
        self._running = None
        if running is not None:
            await in_thread(running.close)
        elif box:
            await in_thread(kill_box, box)
        self.clear_state()
