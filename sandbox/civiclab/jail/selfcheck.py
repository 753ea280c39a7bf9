"""Proves each wall by trying to walk through it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from civiclab.errors import NoJail
from civiclab.jail.box import MIB, Box, Limits, interpreter_mounts
from civiclab.jail.cgroups import Usage
from civiclab.jail.launcher import launch
from civiclab.jail.probe import WALLS
from civiclab.jail.warm import WarmParent

PROBE = Path(__file__).with_name("probe.py")
PATIENCE_S = 20.0
PROBE_LIMITS = Limits(memory_bytes=192 * MIB, pids=24, cpus=1.0, tmp_bytes=8 * MIB)


def _forked(uid: int, secret: Path, warm: WarmParent) -> tuple[bytes, Usage]:
    reading, writing = os.pipe()
    box = Box(f"selfcheck-{os.getpid()}-warm", uid, PROBE_LIMITS, cwd="/tmp/work")  # noqa: S108 - the box's own
    with os.fdopen(reading, "rb") as output:
        try:
            forked = warm.spawn(
                box, "probe", [writing], text=PROBE.read_text("utf-8"), arguments=[str(secret)]
            )
        finally:
            os.close(writing)
        timer = threading.Timer(PATIENCE_S, forked.kill)
        timer.start()
        try:
            return output.read(), forked.usage()
        finally:
            timer.cancel()
            forked.close()


def _started(uid: int, secret: Path) -> tuple[bytes, Usage]:
    mounts, hidden = interpreter_mounts()
    box = Box(f"selfcheck-{os.getpid()}", uid, PROBE_LIMITS, mounts, hidden)
    running = launch(
        box,
        [sys.executable, "-I", "-S", "-c", PROBE.read_text("utf-8"), str(secret)],
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        out, _ = running.process.communicate(timeout=PATIENCE_S)
        return out, running.usage()
    except subprocess.TimeoutExpired:
        raise NoJail("The jail's self-check did not end within {seconds} s.", seconds=PATIENCE_S) from None
    finally:
        running.close()


def _seen(said: bytes, usage: Usage) -> dict[str, str]:
    try:
        seen: dict[str, str] = json.loads(said)
    except ValueError:
        reason = said.decode(errors="replace").strip()[-400:]
        raise NoJail("The jail can't be built: {reason}", reason=reason) from None
    seen["memory"] = "held" if usage.oom_kills else "open: 600 MiB passed a limit of 192 MiB"
    return seen


def prove_walls(uid: int, secret: Path, warm: WarmParent | None = None) -> None:
    """Starts a probe as `uid` in a box; NoJail names every wall that did not hold.

    `secret` is a host file that the box must not see. With a warm parent the box is forked from it.
    """
    said, usage = _started(uid, secret) if warm is None else _forked(uid, secret, warm)
    seen = _seen(said, usage)
    broken = [f"{wall} ({seen.get(wall, 'not tried')})" for wall in WALLS if seen.get(wall) != "held"]
    if broken:
        raise NoJail(
            "These walls of the jail do not hold: {walls}. See 'civiclab doctor'.", walls=", ".join(broken)
        )
