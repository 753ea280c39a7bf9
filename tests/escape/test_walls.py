"""The same act, outside and inside the jail: what is possible outside must be blocked inside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from civiclab.errors import NoJail
from civiclab.jail import Box, Limits, UidPool, interpreter_mounts, launch, prove_walls
from civiclab.jail.box import MIB
from civiclab.jail.cgroups import find_group

pytestmark = pytest.mark.jail
ENV = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}

ACTS = {
    "read a host file": "print(open({secret!r}).read() == 'canary')",
    "list the checkout": "import os; print('pyproject.toml' in os.listdir({checkout!r}))",
    "connect to a host port": "import socket; socket.create_connection(('127.0.0.1', {port}), 2); print(True)",
    "reach an abstract socket": (
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect(chr(0) + {abstract!r}); print(True)"
    ),
    "signal a host process": "import os; os.kill({pid}, 0); print(True)",
    "read a variable of the host": "import os; print(os.environ.get('CANARY') == 'canary')",
    "write outside the temporary folder": "open({beside!r}, 'w').close(); print(True)",
}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[dict[str, object]]:
    """A secret file, a listening port, an abstract socket."""
    secret = tmp_path / "secret"
    secret.write_text("canary")
    abstract = f"civiclab-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind("\0" + abstract)
        local.listen()
        yield {
            "secret": str(secret),
            "checkout": str(Path(__file__).resolve().parents[2]),
            "port": server.getsockname()[1],
            "abstract": abstract,
            "pid": os.getpid(),
            "beside": str(tmp_path / "written"),
        }


def inside(uids: UidPool, code: str, limits: Limits | None = None, timeout: float = 20) -> tuple[str, int]:
    """What the code printed in a fresh box, and its exit code."""
    mounts, hidden = interpreter_mounts()
    with uids.lease() as uid:
        box = Box(f"test-{os.getpid()}-{uid}-{time.monotonic_ns()}", uid, limits or Limits(), mounts, hidden)
        argv = [sys.executable, "-I", "-c", code]
        running = launch(box, argv, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, _ = running.process.communicate(timeout=timeout)
            return out.decode().strip(), running.wait()
        finally:
            running.close()


@pytest.mark.parametrize("act", ACTS)
def test_what_is_possible_outside_is_blocked_inside(
    act: str, scene: dict[str, object], uids: UidPool
) -> None:
    """Outside the act prints True; inside it does not."""
    code = ACTS[act].format(**scene)
    outside = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, env=ENV | {"CANARY": "canary"}
    )
    assert outside.stdout.strip() == "True", outside.stderr
    said, _ = inside(uids, code)
    assert said != "True"


def test_a_box_can_run_python_and_its_libraries(uids: UidPool) -> None:
    """The walls leave what an exercise needs: pandas, /tmp, an answer."""
    code = (
        "import pandas, pathlib; pathlib.Path('/tmp/x').write_text('1'); print(pandas.Series([1, 2]).sum())"
    )
    assert inside(uids, code) == ("3", 0)


def test_the_self_check_proves_every_wall(uids: UidPool, tmp_path: Path) -> None:
    """On a host where tests run, every wall holds; a missing one raises NoJail."""
    secret = tmp_path / "secret"
    secret.write_text("canary")
    with uids.lease() as uid:
        prove_walls(uid, secret)


def test_the_self_check_sees_an_open_wall(
    uids: UidPool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the network wall left open, the self-check refuses and names it."""
    from civiclab.jail import launcher, selfcheck

    monkeypatch.setattr(launcher, "_walls", lambda box: [w for w in original(box) if w != "--unshare-net"])
    monkeypatch.setattr(selfcheck, "interpreter_mounts", interpreter_mounts)
    with socket.create_server(("127.0.0.1", 80)), uids.lease() as uid, pytest.raises(NoJail, match="network"):
        prove_walls(uid, tmp_path / "none")


from civiclab.jail.launcher import _walls as original  # noqa: E402 - kept before the test replaces it


def test_memory_of_the_whole_tree_is_limited(uids: UidPool) -> None:
    """Four children of 60 MiB each pass no limit of 128 MiB, though none alone is over it."""
    code = (
        "import os\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0:\n"
        "        block = bytearray(60 << 20); block[::4096] = b'x' * len(block[::4096])\n"
        "        import time; time.sleep(2); os._exit(0)\n"
        "print(sum(os.wait()[1] != 0 for _ in range(4)) > 0)"
    )
    said, _ = inside(uids, code, Limits(memory_bytes=128 * MIB))
    assert said != "False"


def test_a_fork_bomb_stops_at_the_limit(uids: UidPool) -> None:
    """No more processes than the box may have."""
    code = (
        "import os, time\n"
        "n = 0\n"
        "try:\n"
        "    while n < 500:\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(5); os._exit(0)\n"
        "        n += 1\n"
        "except OSError: pass\n"
        "print(n < 32)"
    )
    said, _ = inside(uids, code, Limits(pids=32))
    assert said == "True"


def test_a_closed_box_leaves_nothing_behind(uids: UidPool) -> None:
    """A process that left its session is killed with the tree, and the control group is gone."""
    mounts, hidden = interpreter_mounts()
    code = "import os, time\nif os.fork() == 0:\n    os.setsid()\nprint('up', flush=True)\ntime.sleep(600)"
    with uids.lease() as uid:
        box = Box(f"test-left-{os.getpid()}", uid, Limits(), mounts, hidden)
        running = launch(box, [sys.executable, "-I", "-c", code], env=ENV, stdout=subprocess.PIPE)
        assert running.process.stdout is not None
        assert running.process.stdout.readline() == b"up\n"
        group = find_group(box.name)
        pids = group.pids()
        assert len(pids) >= 2
        running.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not any(folder.exists() for folder in group.folders.values())


def test_a_box_never_runs_as_root() -> None:
    """uid 0 is refused before anything starts."""
    with pytest.raises(NoJail):
        launch(Box("test-root", 0), ["true"], env=ENV)
