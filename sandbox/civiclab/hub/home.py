"""The home: one folder that holds all state, used by one academy at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from civiclab.config import LOOPBACK, Settings
from civiclab.errors import BadInput
from civiclab.hub.refusals import HomeNotWritable, PortTaken, SecondInstance

FOLDERS = ("hub", "records", "homes", "site", "logs", "run")
WIRING = "wiring.json"


@dataclass(frozen=True)
class Wiring:
    """How the parts find each other. The ports stay from start to start, so that sandboxes that outlive a
    crash of the hub still know where it is."""

    hub_port: int
    service_port: int
    proxy_port: int
    proxy_password: str
    site: str = ""
    academy_ko: str = "AI 역량 배움터"
    academy_en: str = "AI academy"


def prepare(settings: Settings) -> None:
    """Makes the home and its folders; only their owner may look inside."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        settings.home.chmod(0o700)
        for name in FOLDERS:
            settings.folder(name).mkdir(mode=0o700, exist_ok=True)
        probe = settings.folder("run") / "writable"
        probe.write_text("yes")
        probe.unlink()
    except OSError as error:
        raise HomeNotWritable(
            "The home {home} can't be written: {reason}. Name another one with --home.",
            home=settings.home,
            reason=error.strerror,
        ) from None


@contextlib.contextmanager
def held(settings: Settings) -> Iterator[None]:
    """The home is ours until the block ends, however it ends. SecondInstance where it is another's."""
    with (settings.folder("run") / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise SecondInstance(
                "An academy runs on this home already (process {pid}).",
                where=str(settings.home),
                pid=lock.read().strip() or "?",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def refuse_taken(settings: Settings) -> None:
    """PortTaken when the public port can't be had; BadInput when it is the address that can't."""
    refused = why_not_free(settings.host, settings.port)
    if refused is None:
        return
    if refused.errno == errno.EADDRINUSE:
        raise PortTaken(
            "Port {port} is taken by another program. Name another one with --port.", port=settings.port
        )
    raise BadInput(
        "The address {host} can't be listened on: {reason}. Name another one with --host.",
        host=settings.address.removeprefix("http://"),
        reason=refused.strerror,
    )


def why_not_free(host: str, port: int) -> OSError | None:
    """Why `port` can't be bound, if so; connections that are just closing do not count."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError as refused:
            return refused
    return None


def free(host: str, port: int) -> bool:
    """Whether `port` can be bound."""
    return why_not_free(host, port) is None


def wire(settings: Settings, **told: str) -> Wiring:
    """Ports and a fresh password for this start, kept where only we can read; `told` are further fields."""
    before = _ports(settings)
    ports: list[int] = []
    for port in (*before, 0, 0, 0)[:3]:
        usable = port and port not in (*ports, settings.port) and free(LOOPBACK, port)
        ports.append(port if usable else _any_port((*ports, settings.port)))
    wiring = Wiring(ports[0], ports[1], ports[2], secrets.token_urlsafe(32), **told)
    write_private(settings.folder("run") / WIRING, json.dumps(asdict(wiring)))
    return wiring


def read_wiring(path: Path) -> Wiring:
    """What `wire` wrote."""
    return Wiring(**json.loads(path.read_text("utf-8")))


def _ports(settings: Settings) -> tuple[int, ...]:
    try:
        wiring = read_wiring(settings.folder("run") / WIRING)
    except (OSError, ValueError, TypeError):
        return ()
    return wiring.hub_port, wiring.service_port, wiring.proxy_port


def _any_port(taken: tuple[int, ...]) -> int:
    while True:
        with socket.socket() as one:
            one.bind((LOOPBACK, 0))
            port = int(one.getsockname()[1])
        if port not in taken:
            return port


def write_private(path: Path, text: str) -> None:
    """Replaces the file at once; nobody but the owner can ever read it."""
    fresh = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
