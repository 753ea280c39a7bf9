"""What the service is told by its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from civiclab.errors import BadInput, ExitCode, PersonError

LOOPBACK = "127.0.0.1"


class NotLoopback(PersonError):
    """The service was told to listen where others can reach it past the proxy."""

    exit_code = ExitCode.NOT_LOOPBACK


@dataclass(frozen=True)
class ServiceSettings:
    """Everything the service needs to know.

    `secret` signs the tokens of its forms; the Hub gives one per service, and the same one to a restarted
    service, so that a form opened before the restart can still be sent. `metrics_token` is the file whose
    token opens the metrics; without it only instructors' tokens do.
    """

    content: Path
    site: Path | None
    database: str
    prefix: str = "/services/civiclab/"
    port: int = 0
    secret: str = ""
    metrics_token: Path | None = None


def from_environment(env: Mapping[str, str] | None = None) -> ServiceSettings:
    """Settings from CIVICLAB_* and from what the Hub sets (JUPYTERHUB_*); BadInput names what is missing."""
    env = os.environ if env is None else env
    site, run = env.get("CIVICLAB_SITE"), env.get("CIVICLAB_RUN")
    prefix = env.get("JUPYTERHUB_SERVICE_PREFIX", "/services/civiclab/")
    return ServiceSettings(
        content=Path(_needed(env, "CIVICLAB_CONTENT")),
        site=Path(site) if site else None,
        database=_needed(env, "CIVICLAB_DATABASE"),
        prefix=f"/{prefix.strip('/')}/",
        port=_port(_needed(env, "JUPYTERHUB_SERVICE_URL")),
        secret=_needed(env, "JUPYTERHUB_API_TOKEN"),
        metrics_token=Path(run) / "metrics-token" if run else None,
    )


def _needed(env: Mapping[str, str], name: str) -> str:
    value = env.get(name)
    if not value:
        raise BadInput("The environment variable {name} is not set.", name=name)
    return value


def _port(url: str) -> int:
    parts = urlsplit(url)
    if parts.hostname != LOOPBACK or not parts.port:
        raise NotLoopback("The service listens on {host} only, not on {url}.", host=LOOPBACK, url=url)
    return parts.port
