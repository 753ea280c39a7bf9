"""A box forked from a warm parent has the same walls as one behind bubblewrap, and leaves as little behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from civiclab.jail import Box, Limits, UidPool, WarmParent, prove_walls
from civiclab.jail.box import MIB

pytestmark = pytest.mark.jail


def said(warm: WarmParent, uids: UidPool, code: str, limits: Limits | None = None) -> str:
    """What the code printed in a forked box."""
    reading, writing = os.pipe()
    with uids.lease() as uid, os.fdopen(reading, "rb") as output:
        box = Box(f"warm-{os.getpid()}-{time.monotonic_ns()}", uid, limits or Limits(), cwd="/tmp/work")
        forked = warm.spawn(box, "probe", [writing], text=code, arguments=[])
        os.close(writing)
        try:
            return output.read().decode().strip()
        finally:
            forked.close()
            assert not any(folder.exists() for folder in forked.group.folders.values())


def test_the_self_check_proves_every_wall(uids: UidPool, warm_parent: WarmParent, tmp_path: Path) -> None:
    """The probe that walks against bubblewrap's walls walks against these."""
    secret = tmp_path / "secret"
    secret.write_text("canary")
    with uids.lease() as uid:
        prove_walls(uid, secret, warm_parent)


def test_a_strict_umask_of_the_supervisor_closes_no_folder(uids: UidPool) -> None:
    """The academy keeps its files to itself; the box's root must stay open to the box."""
    before = os.umask(0o077)
    warm = WarmParent([], {"PATH": "/usr/bin:/bin", "HOME": "/tmp"})
    try:
        assert said(warm, uids, "import colorsys\nprint('imported')") == "imported"
    finally:
        os.umask(before)
        warm.close()


def test_children_share_nothing_they_write(uids: UidPool, warm_parent: WarmParent) -> None:
    """A file in /tmp and a changed module are gone for the next child."""
    first = (
        "import json, pathlib\njson.canary = 1\npathlib.Path('/tmp/canary').write_text('x')\nprint('done')"
    )
    assert said(warm_parent, uids, first) == "done"
    second = "import json, pathlib\nprint(hasattr(json, 'canary'), pathlib.Path('/tmp/canary').exists())"
    assert said(warm_parent, uids, second) == "False False"


def test_a_child_sees_neither_environment_nor_descriptors_of_the_supervisor(
    uids: UidPool, warm_parent: WarmParent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what the jail gives: no variable of ours, no open file but its own three."""
    monkeypatch.setenv("CANARY", "canary")
    code = (
        "import os\nprint('CANARY' in os.environ, sorted(int(fd) for fd in os.listdir('/proc/self/fd'))[:3])"
    )
    assert said(warm_parent, uids, code) == "False [0, 1, 2]"
    names = "import os\nprint([os.readlink(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd') if int(fd) > 2 and os.path.exists(f'/proc/self/fd/{fd}')])"
    assert "socket" not in said(warm_parent, uids, names)


def test_a_child_can_not_look_into_its_watcher_or_signal_the_parent(
    uids: UidPool, warm_parent: WarmParent
) -> None:
    """The first process of its namespace is closed to it, and the warm parent has no number there."""
    code = (
        "import os\n"
        "try: open('/proc/1/mem', 'r+b'); print('open')\n"
        "except OSError as error: print(type(error).__name__)\n"
        f"try: os.kill({os.getpid()}, 0); print('open')\n"
        "except ProcessLookupError: print('gone')"
    )
    assert said(warm_parent, uids, code) == "PermissionError\ngone"


def test_memory_of_the_tree_is_limited(uids: UidPool, warm_parent: WarmParent) -> None:
    """A child that takes more than its limit is ended before it can say so."""
    code = "b = bytearray(300 << 20)\nb[::4096] = b'x' * len(b[::4096])\nprint('open')"
    assert said(warm_parent, uids, code, Limits(memory_bytes=128 * MIB)) == ""


def test_a_parent_that_died_is_started_again(uids: UidPool) -> None:
    """kill -9 of the warm parent costs at most the box that was being made."""
    warm = WarmParent([], {"PATH": "/usr/bin:/bin", "HOME": "/tmp"})
    try:
        assert said(warm, uids, "print(1)") == "1"
        assert warm.process is not None
        warm.process.kill()
        warm.process.wait()
        assert said(warm, uids, "print(2)") == "2"
    finally:
        warm.close()
