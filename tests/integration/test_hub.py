"""The whole academy, started for real: sign-in, jails, crashes, and a stop that leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from civiclab.jail.cgroups import find_group
from civiclab.records.store import open_records

pytestmark = pytest.mark.hub
PATIENCE_S = 90.0


@dataclass
class Academy:
    """A running `civiclab up --demo`."""

    process: subprocess.Popen[str]
    home: Path
    address: str
    passwords: dict[str, str]

    def browser(self) -> httpx.Client:
        """A browser that nobody is signed in with."""
        return httpx.Client(base_url=self.address, timeout=60, trust_env=False)

    def parts(self, word: str) -> list[psutil.Process]:
        """The academy's processes whose command line holds `word`."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in found if word in command_line(one)]


def command_line(process: psutil.Process) -> str:
    """How it was started; nothing once it has ended."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def wait_for(what: Callable[[], object], seconds: float = PATIENCE_S) -> object:
    """What `what` says once it is true; the test fails when that takes too long."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)
    return found


def start(home: Path, content: Path) -> Academy:
    """Starts the academy and waits for its one address."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    argv = [sys.executable, "-m", "civiclab", "up", "--demo", "--home", home, "--port", port]
    process = subprocess.Popen(
        [*map(str, argv), "--content", str(content)],
        env={**os.environ, "CIVICLAB_LANG": "en"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "The academy is open" in line:
            break
    assert process.poll() is None, "".join(said)
    lines = (home / "demo-passwords").read_text().splitlines()
    passwords = dict(line.split() for line in lines)
    assert all(password in "".join(said) for password in passwords.values())
    return Academy(process, home, f"http://127.0.0.1:{port}", passwords)


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory, content: Path) -> Iterator[Academy]:
    """One academy for this file's tests, and proof that stopping it leaves nothing."""
    running = start(tmp_path_factory.mktemp("academy") / "home", content)
    try:
        yield running
    finally:
        left = psutil.Process(running.process.pid).children(recursive=True)
        running.process.send_signal(signal.SIGINT)
        code = running.process.wait(60)
    assert code == 0
    assert len(left) > 4
    assert not [process for process in left if process.is_running()]


def sign_in(browser: httpx.Client, name: str, password: str) -> httpx.Response:
    """Fills the form in."""
    form = browser.get("/hub/login")
    token = re.search(r'name="_xsrf" value="([^"]+)"', form.text)
    assert token
    fields = {"_xsrf": token[1], "username": name, "password": password}
    return browser.post("/hub/login", data=fields, headers={"Sec-Fetch-Mode": "navigate"})


@contextmanager
def signed_in(academy: Academy, name: str) -> Iterator[httpx.Client]:
    """A browser with a session."""
    with academy.browser() as browser:
        assert sign_in(browser, name, academy.passwords[name]).status_code == 302
        yield browser


def opened(browser: httpx.Client, path: str) -> httpx.Response:
    """Goes where "Open in my sandbox" leads, waiting as the page does."""

    def there() -> httpx.Response | None:
        page = browser.get(f"/hub/user-redirect/{path}", follow_redirects=True)
        return page if page.status_code == 200 and "/hub/" not in str(page.url) else None

    page = wait_for(there)
    assert isinstance(page, httpx.Response)
    return page


def test_everything_answers(academy: Academy) -> None:
    """The site in both languages, the hub, the service."""
    with academy.browser() as browser:
        for path in ("/", "/en/", "/hub/health", "/hub/login", "/hub/signup", "/services/civiclab/healthz"):
            assert browser.get(path).status_code == 200, path


def test_only_the_public_port_and_loopback_are_listened_on(academy: Academy) -> None:
    """No part of the academy can be reached from another machine."""
    parts = psutil.Process(academy.process.pid).children(recursive=True)
    heard = {c.laddr.ip for one in parts for c in one.net_connections() if c.status == psutil.CONN_LISTEN}
    assert heard == {"127.0.0.1"}


def test_a_learner_opens_an_exercise_in_a_jail_of_her_own(academy: Academy) -> None:
    """From the link to her copy of the notebook; her files and her processes have her own uid."""
    with signed_in(academy, "learner") as browser:
        page = opened(browser, "civiclab/open?exercise=C05-E3&lang=ko")
        assert str(page.url).endswith("/lab/tree/c05-e3-k-anonymity/c05-e3-k-anonymity.ko.ipynb")
    home = academy.home / "homes" / "learner"
    assert (home / "c05-e3-k-anonymity" / "c05-e3-k-anonymity.ko.ipynb").is_file()
    server = academy.parts("civiclab.runner.sandbox")[-1]
    if os.geteuid() == 0:
        assert server.uids().real == home.stat().st_uid >= 20_000
        assert set(server.uids()) == {home.stat().st_uid}


def test_a_learner_is_kept_out_of_anothers_sandbox(academy: Academy) -> None:
    """Nor may she see, start or stop anything of another's, nor may an instructor enter."""
    for name in ("colleague", "instructor"):
        with signed_in(academy, name) as browser:
            browser.get("/services/civiclab/", follow_redirects=True)
            assert browser.get("/user/learner/lab", follow_redirects=True).status_code in (403, 404), name
            assert browser.get("/user/learner/api/contents", follow_redirects=True).status_code in (403, 404)
            for method, path in (
                ("GET", "/hub/api/users/learner/tokens"),
                ("POST", "/hub/api/users/learner/server"),
                ("DELETE", "/hub/api/users/learner/server"),
                ("DELETE", "/hub/api/users/learner"),
                ("POST", "/hub/api/users/learner/tokens"),
                ("POST", f"/hub/api/users/{name}/tokens"),
                ("POST", "/hub/api/shutdown"),
                ("GET", "/hub/api/proxy"),
            ):
                headers = {"X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/") or ""}
                answer = browser.request(method, path, headers=headers, json={} if method == "POST" else None)
                assert answer.status_code in (403, 404), (name, method, path, answer.text)


def test_an_outsider_waits_for_approval(academy: Academy) -> None:
    """Signs up, is told to wait in both languages, is let in once approved, and out again when withdrawn."""
    password = "a very long password"
    with academy.browser() as browser:
        token = re.search(r'name="_xsrf" value="([^"]+)"', browser.get("/hub/signup").text)
        assert token
        fields = {"_xsrf": token[1], "username": "outsider", "signup_password": password}
        fields["signup_password_confirmation"] = password
        assert "접수" in browser.post("/hub/signup", data=fields).text
        answer = sign_in(browser, "outsider", password)
        assert answer.status_code == 403
        assert "승인" in answer.text
        assert "waits for approval" in answer.text
        assert browser.get("/hub/home").status_code == 302
        records = open_records(f"sqlite:///{academy.home}/records/records.db")
        assert [one.name for one in records.accounts() if not one.approved] == ["outsider"]
        records.approve("outsider", "learner", "planning", "instructor")
        assert sign_in(browser, "outsider", password).status_code == 302
        assert browser.get("/services/civiclab/", follow_redirects=True).status_code == 200
        records.withdraw("outsider", by="instructor")
        assert browser.get("/services/civiclab/", follow_redirects=True).status_code == 403
        records.close()


def test_a_taken_or_odd_name_can_not_sign_up(academy: Academy) -> None:
    """Neither an existing account's name, nor one that only looks like it, nor a weak password."""
    with academy.browser() as browser:
        token = re.search(r'name="_xsrf" value="([^"]+)"', browser.get("/hub/signup").text)
        assert token
        for name, password in (
            ("learner", "a very long password"),
            (" LEARNER ", "a very long password"),
            ("learner-x", "a very long password"),
            ("x" * 300, "a very long password"),
            ("somebody", "short"),
            ("somebody", "x" * 73),
        ):
            fields = {"_xsrf": token[1], "username": name, "signup_password": password}
            fields["signup_password_confirmation"] = password
            assert browser.post("/hub/signup", data=fields).status_code == 422, name
    with signed_in(academy, "learner"):
        pass


def test_five_failures_lock_the_account_even_for_the_right_password(academy: Academy) -> None:
    """The page says so in both languages; other accounts are not touched."""
    with academy.browser() as browser:
        for _ in range(5):
            answer = sign_in(browser, "colleague", "wrong")
            assert answer.status_code == 403
        assert "잠겼습니다" in answer.text
        answer = sign_in(browser, "colleague", academy.passwords["colleague"])
        assert answer.status_code == 403
        assert "locked" in answer.text
    with signed_in(academy, "learner"):
        pass


def test_a_megabyte_as_name_leaves_no_megabyte_in_the_log(academy: Academy) -> None:
    """It is refused, and the log stays small (CVE-2026-54338)."""
    log = academy.home / "logs" / "hub.log"
    before = log.stat().st_size
    with academy.browser() as browser:
        for name in ("x" * 1_000_000, "x" * 1_000, "a\nb\x1b[31m" * 20):
            assert sign_in(browser, name, "wrong").status_code in (400, 403, 413)
    assert log.stat().st_size - before < 10_000


def test_no_redirect_leaves_the_academy(academy: Academy) -> None:
    """`next` with another host in it stays here (CVE-2026-33709)."""
    for target in ("//evil.example", "https://evil.example/", "\\\\evil.example", "/%09/evil.example"):
        with academy.browser() as browser:
            token = re.search(r'name="_xsrf" value="([^"]+)"', browser.get("/hub/login").text)
            assert token
            fields = {"_xsrf": token[1], "username": "learner", "password": academy.passwords["learner"]}
            answer = browser.post("/hub/login", params={"next": target}, data=fields)
            where = httpx.URL(academy.address).join(answer.headers["location"])
            assert where.host == "127.0.0.1", target


def healthy(academy: Academy) -> bool:
    """Hub and service answer."""
    with academy.browser() as browser:
        try:
            pages = [browser.get("/hub/health"), browser.get("/services/civiclab/healthz")]
        except httpx.TransportError:
            return False
    return all(page.status_code == 200 for page in pages)


@pytest.mark.parametrize("part", ["civiclab.service", "civiclab.grading.worker"])
def test_a_service_that_dies_comes_back(academy: Academy, part: str) -> None:
    """Within seconds, as another process."""
    died = academy.parts(part)[-1].pid
    os.kill(died, signal.SIGKILL)
    wait_for(lambda: [one for one in academy.parts(part) if one.pid != died], 15)
    wait_for(lambda: healthy(academy), 30)


def test_sandboxes_outlive_the_hub_and_the_proxy(academy: Academy) -> None:
    """Killed, both come back by themselves and know the sandbox again; it answers while the hub is away."""
    with signed_in(academy, "learner") as browser:
        opened(browser, "lab")
        server = academy.parts("civiclab.runner.sandbox")[-1]
        os.kill(academy.parts("-m jupyterhub -f")[-1].pid, signal.SIGKILL)
        assert browser.get("/user/learner/api").status_code == 200
        wait_for(lambda: healthy(academy), 60)
        os.kill(academy.parts("traefik")[-1].pid, signal.SIGKILL)
        wait_for(lambda: healthy(academy), 30)
        assert "/user/learner/lab" in str(opened(browser, "lab").url)
    assert [one.pid for one in academy.parts("civiclab.runner.sandbox")][-1] == server.pid


def test_no_part_runs_on_when_the_command_is_killed(tmp_path: Path, content: Path) -> None:
    """Not even kill -9 of `civiclab up` leaves a hub, a service or a proxy behind, and the home is free again."""
    home = tmp_path / "home"
    killed = start(home, content)
    left = psutil.Process(killed.process.pid).children(recursive=True)
    killed.process.kill()
    killed.process.wait(10)
    wait_for(lambda: not [one for one in left if command_line(one)], 40)
    again = start(home, content)
    again.process.terminate()
    assert again.process.wait(60) == 0


def test_stop_and_start_again_keeps_everything(tmp_path: Path, content: Path) -> None:
    """A stopped academy leaves no process and no box; the next start has the accounts and files of the last."""
    home = tmp_path / "home"
    first = start(home, content)
    with signed_in(first, "learner") as browser:
        opened(browser, "civiclab/open?exercise=C05-E3&lang=en")
    notebook = home / "homes/learner/c05-e3-k-anonymity/c05-e3-k-anonymity.en.ipynb"
    notebook.write_text("mine")
    digest = hashlib.sha256(str(home / "homes").encode()).hexdigest()[:8]
    box = find_group(f"sandbox-{digest}-learner")
    assert box.pids()
    left = psutil.Process(first.process.pid).children(recursive=True)
    first.process.terminate()
    assert first.process.wait(60) == 0
    assert not [process for process in left if process.is_running()]
    assert not any(folder.exists() for folder in box.folders.values())
    second = start(home, content)
    try:
        assert second.passwords == first.passwords
        with signed_in(second, "learner") as browser:
            assert browser.get("/services/civiclab/", follow_redirects=True).status_code == 200
        assert notebook.read_text() == "mine"
    finally:
        second.process.terminate()
        second.process.wait(60)
