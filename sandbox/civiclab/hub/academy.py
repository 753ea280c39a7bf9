"""`civiclab up`: everything one academy needs, in order; then watched until it is told to stop."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import civiclab
from civiclab.config import LOOPBACK, Settings
from civiclab.hub import home
from civiclab.hub.accounts import DemoAccount, demo_accounts, has_admin, hub_database, records_of
from civiclab.hub.configuration import SERVICE_PREFIX
from civiclab.hub.processes import Part, adopt_orphans, bury, end_all, start_part
from civiclab.hub.proxy import prepare_proxy
from civiclab.hub.refusals import NotLoopback, PartDied

Say = Callable[..., None]  # an English message id and its values
READY_S = 120.0
LOOK_EVERY_S = 0.2
HUB_STOP_S = 20.0  # JupyterHub takes about 10 s; each sandbox is ended within that
PROXY_STOP_S = 5.0
MOST_RESTARTS = 3
WITHIN_S = 600.0


@dataclass(frozen=True)
class Opened:
    """What a person needs to know once everything answers."""

    address: str
    demo: list[DemoAccount]
    admin_missing: bool


def run(settings: Settings, say: Say, opened: Callable[[Opened], None]) -> None:
    """Starts the academy, calls `opened` once everything answers, returns after Ctrl-C or SIGTERM.

    A PersonError says what is wrong and ends with the exit code that tells; nothing is left running.
    """
    os.umask(0o077)  # what lies in the home is nobody else's, also in a copy of it
    refuse_open_demo(settings)
    home.prepare(settings)
    with home.held(settings), stopping_by_signal():
        home.refuse_taken(settings)
        academy = Academy(settings, say)
        try:
            academy.open(opened)
            academy.watch()
        except KeyboardInterrupt:
            say("Stopping. Everything is kept for the next start.")
        finally:
            academy.close()


def refuse_open_demo(settings: Settings) -> None:
    """Accounts whose passwords were printed must never be reachable from the network."""
    if settings.loopback:
        return
    if settings.demo:
        raise NotLoopback("--demo is for this machine only. Leave out --host {host}.", host=settings.host)
    if (settings.home / "demo-passwords").exists():
        raise NotLoopback(
            "The home {home} holds demo accounts and can't be opened to the network. Name another --home.",
            home=settings.home,
        )


@contextmanager
def stopping_by_signal() -> Iterator[None]:
    """SIGTERM ends the academy as Ctrl-C does; while it closes, neither is heard again."""

    def stop(*_: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class Academy:
    """One academy while it runs."""

    settings: Settings
    say: Say
    parts: list[Part] = field(default_factory=list)
    commands: dict[str, tuple[list[str], dict[str, str]]] = field(default_factory=dict)
    restarts: deque[float] = field(default_factory=deque)

    def open(self, opened: Callable[[Opened], None]) -> None:
        """Everything up to the moment when all parts answer."""
        settings, say = self.settings, self.say
        adopt_orphans()
        say("Trying the walls of the jail.")
        prove_jail(settings)
        say("Reading the courses and exercises in {content}.", content=settings.content)
        catalog = load(settings)
        release_exercises(settings, catalog, say)
        site = publish_site(settings, say)
        say("Preparing the records.")
        demo, admin_missing = prepare_accounts(settings, catalog)
        names = catalog.city.academy
        wiring = home.wire(settings, site=str(site), academy_ko=names.ko, academy_en=names.en)
        say("Starting the hub, the service and the grading worker.")
        self._plan(wiring)
        for name in self.commands:
            self._start(name)
        self._await_answers()
        opened(Opened(f"{settings.address}/", demo, admin_missing))

    def _plan(self, wiring: home.Wiring) -> None:
        settings = self.settings
        run = settings.folder("run")
        home.write_private(run / "settings.json", settings.model_dump_json())
        (run / "grading.ready").unlink(missing_ok=True)
        env = child_environment(settings)
        config = str(Path(__file__).with_name("jupyterhub_config.py"))
        self.commands = {
            "proxy": (prepare_proxy(settings, wiring), env),
            "hub": ([sys.executable, "-m", "jupyterhub", "-f", config], env),
        }

    def _start(self, name: str) -> None:
        argv, env = self.commands[name]
        log = self.settings.folder("logs") / f"{name}.log"
        self.parts = [part for part in self.parts if part.name != name]
        self.parts.append(start_part(name, argv, log, env))

    def _await_answers(self) -> None:
        end = time.monotonic() + READY_S
        waiting = list(answers(self.settings))
        while waiting:
            self._refuse_dead()
            waiting = [(part, asked) for part, asked in waiting if not asked()]
            if waiting and time.monotonic() > end:
                raise PartDied(
                    "{part} does not answer. Its last words:\n{words}",
                    part=waiting[0][0],
                    words=self.parts[-1].last_words(),
                )
            time.sleep(LOOK_EVERY_S)

    def _refuse_dead(self) -> None:
        for part in self.parts:
            if part.ended():
                raise PartDied(
                    "{part} has ended. Its last words:\n{words}", part=part.name, words=part.last_words()
                )

    def watch(self) -> None:
        """Until told to stop. A part that ends is started again; one that keeps ending is PartDied."""
        while True:
            time.sleep(LOOK_EVERY_S)
            bury(self.parts)
            for part in self.parts:
                if part.ended():
                    self._restart(part)
                    break

    def _restart(self, part: Part) -> None:
        now = time.monotonic()
        self.restarts.append(now)
        while self.restarts[0] < now - WITHIN_S:
            self.restarts.popleft()
        if len(self.restarts) > MOST_RESTARTS:
            self._refuse_dead()
        self.say("{part} has ended unexpectedly and is started again.", part=part.name)
        if part.name == "hub":
            self._await_free_ports()
        self._start(part.name)

    def _await_free_ports(self) -> None:
        """The dead hub's services end with it, but not at once."""
        wiring = home.read_wiring(self.settings.folder("run") / home.WIRING)
        end = time.monotonic() + 2 * PROXY_STOP_S
        while time.monotonic() < end and not home.free(LOOPBACK, wiring.hub_port):
            time.sleep(LOOK_EVERY_S)
        while time.monotonic() < end and not home.free(LOOPBACK, wiring.service_port):
            time.sleep(LOOK_EVERY_S)

    def close(self) -> None:
        """Ends every part and all that descends from it."""
        patience = {"hub": HUB_STOP_S, "proxy": PROXY_STOP_S}
        for part in sorted(self.parts, key=lambda one: one.name):  # the hub before the proxy
            part.stop(patience[part.name])
        end_all()


def child_environment(settings: Settings) -> dict[str, str]:
    """The hub's environment: ours, without settings (it reads the file) and with our programs on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CIVICLAB_")}
    package = str(Path(civiclab.__file__).parent.parent)
    pythonpath = os.pathsep.join(filter(None, (package, kept.get("PYTHONPATH"))))
    path = os.pathsep.join((str(Path(sys.prefix) / "bin"), kept.get("PATH", "/usr/bin:/bin")))
    return kept | {
        "PATH": path,
        "PYTHONPATH": pythonpath,
        "PYTHONUNBUFFERED": "1",
        "CIVICLAB_RUN": str(settings.folder("run")),
    }


def answers(settings: Settings) -> Iterator[tuple[str, Callable[[], bool]]]:
    """What must answer before the address is printed, by the name a person reads."""
    host = settings.address
    yield "the hub", lambda: _answers(f"{host}/hub/health")
    yield "the service", lambda: _answers(f"{host}{SERVICE_PREFIX}healthz")
    yield "the site", lambda: _answers(f"{host}/")
    yield "the grading worker", (settings.folder("run") / "grading.ready").exists


def _answers(url: str) -> bool:
    # No proxy of the environment stands between us and our own port.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def prove_jail(settings: Settings) -> None:
    """NoJail where a wall does not hold: nothing starts then."""
    from civiclab.jail import UidPool, prove_walls

    secret = settings.folder("run") / "secret"
    home.write_private(secret, "not to be seen from a jail")
    with UidPool(settings.folder("run") / "uids").lease() as uid:
        prove_walls(uid, secret)


def load(settings: Settings) -> Any:
    """The catalog; BadContent names the file where it does not hold."""
    from civiclab.catalog.loader import load_catalog

    return load_catalog(settings.content)


def release_exercises(settings: Settings, catalog: Any, say: Say) -> None:
    """The learners' notebooks, made again only when an exercise or this program has changed."""
    stamp = settings.folder("run") / "released.sha256"
    found = exercises_hash(settings.content)
    released = settings.folder("released")
    if released.is_dir() and stamp.exists() and stamp.read_text("utf-8") == found:
        return
    say("Making the learners' notebooks.")
    from civiclab.authoring import release

    settings.folder("records").mkdir(exist_ok=True)
    release(catalog, released, gradebook_url=settings.gradebook_url)
    stamp.write_text(found, "utf-8")


def exercises_hash(content: Path) -> str:
    """Changes whenever a released notebook could come out differently."""
    digest = hashlib.sha256(civiclab.__version__.encode())
    package = Path(civiclab.__file__).parent
    for root in (content / "exercises", package / "authoring"):
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(root)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def publish_site(settings: Settings, say: Say) -> Path:
    """The directory of the public site."""
    from civiclab.hub.publishing import publish

    return publish(settings.content, settings.folder("site"), report=say)


def prepare_accounts(settings: Settings, catalog: Any) -> tuple[list[DemoAccount], bool]:
    """Both databases, brought up to date; the demo's accounts; whether nobody can approve others yet."""
    with records_of(settings):
        pass
    with hub_database(settings):
        pass
    demo = demo_accounts(settings, catalog.city) if settings.demo else []
    return demo, not has_admin(settings)
