"""Proves each wall by trying to walk through it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from civiclab.errors import NoJail
from civiclab.jail.box import MIB, Box, Limits, interpreter_mounts
from civiclab.jail.launcher import launch
from civiclab.jail.probe import WALLS

PROBE = Path(__file__).with_name("probe.py")
PATIENCE_S = 20.0
PROBE_LIMITS = Limits(memory_bytes=192 * MIB, pids=24, cpus=1.0, tmp_bytes=8 * MIB)


def _probe(uid: int, secret: Path) -> dict[str, str]:
    mounts, hidden = interpreter_mounts()
    box = Box(f"selfcheck-{os.getpid()}", uid, PROBE_LIMITS, mounts, hidden)
    running = launch(
        box,
        [sys.executable, "-I", "-S", "-c", PROBE.read_text("utf-8"), str(secret)],
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = running.process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise NoJail("The jail's self-check did not end within {seconds} s.", seconds=PATIENCE_S) from None
    finally:
        usage = running.close()
    if not out:
        raise NoJail("The jail can't be built: {reason}", reason=err.decode(errors="replace").strip()[-400:])
    seen: dict[str, str] = json.loads(out)
    seen["memory"] = "held" if usage.oom_kills else "open: 600 MiB passed a limit of 192 MiB"
    return seen


def prove_walls(uid: int, secret: Path) -> None:
    """Starts a probe as `uid` in a box; NoJail names every wall that did not hold.

    `secret` is a host file that the box must not see.
    """
    seen = _probe(uid, secret)
    broken = [f"{wall} ({seen.get(wall, 'not tried')})" for wall in WALLS if seen.get(wall) != "held"]
    if broken:
        raise NoJail(
            "These walls of the jail do not hold: {walls}. See 'civiclab doctor'.", walls=", ".join(broken)
        )
