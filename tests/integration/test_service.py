"""The service as the real Hub starts it: sign-in with state and PKCE, tokens, scopes, the end of a session.

Only the proxy is left out: the test asks hub and service at their own ports.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

import civiclab
from civiclab.records.store import Records, open_records

pytestmark = pytest.mark.hub

PREFIX = "/services/civiclab/"
CONFIG = """
import sys
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    should_start = False
    async def add_route(self, routespec, target, data): pass
    async def delete_route(self, routespec): pass
    async def get_all_routes(self): return {{}}

c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.bind_url = "http://127.0.0.1:{hub}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.services = [
    {{"name": "civiclab", "url": "http://127.0.0.1:{service}", "command": [sys.executable, "-m", "civiclab.service"],
     "environment": {environment}, "oauth_no_confirm": True}},
    {{"name": "other", "api_token": "other-service-token-0123456789abcdef"}},
]
c.JupyterHub.load_roles = [
    {{"name": "user", "scopes": ["self"]}},
    {{"name": "entrants", "scopes": ["access:services!service=civiclab"],
     "users": ["learner", "instructor", "outsider"]}},
]
"""


@dataclass
class RealHub:
    """A hub with the service it started, and the service's records."""

    hub: str
    service: str
    records: Records

    def browser(self) -> httpx.Client:
        """A browser; hub and service share the host, so they share its cookies."""
        return httpx.Client(follow_redirects=False, timeout=20)

    def visit(self, browser: httpx.Client, path: str) -> httpx.Response:
        """Follow redirects as the proxy would route them: /services/ to the service, the rest to the hub."""
        for _ in range(10):
            root = self.service if path.startswith("/services/") else self.hub
            answer = browser.get(root + path)
            if not answer.is_redirect:
                return answer
            parts = urlsplit(urljoin(root + path, answer.headers["location"]))
            path = parts.path + (f"?{parts.query}" if parts.query else "")
        raise AssertionError("redirects without end")

    def sign_in(self, name: str) -> httpx.Client:
        """A browser in which `name` has signed in to the hub."""
        browser = self.browser()
        page = self.visit(browser, "/hub/login")
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1]
        fields = {"username": name, "password": "any", "_xsrf": xsrf}
        assert browser.post(f"{self.hub}/hub/login", data=fields).status_code == 302
        return browser


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, content: Path) -> Iterator[RealHub]:
    """A running hub that has started the service on the checkout's content."""
    folder = tmp_path_factory.mktemp("hub")
    database = f"sqlite:///{folder}/records.db"
    records = open_records(database)
    records.approve("learner", "learner", "civil-affairs", "test")
    records.approve("stranger", "learner", "civil-affairs", "test")
    records.approve("instructor", "instructor", "civil-affairs", "test")
    hub, service = _free_port(), _free_port()
    environment = {
        "CIVICLAB_CONTENT": str(content),
        "CIVICLAB_DATABASE": database,
        "PYTHONPATH": str(Path(civiclab.__file__).resolve().parents[1]),
    }
    (folder / "config.py").write_text(CONFIG.format(hub=hub, service=service, environment=environment))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "config.py"],
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(f"http://127.0.0.1:{service}/healthz", process, folder / "log")
        yield RealHub(f"http://127.0.0.1:{hub}", f"http://127.0.0.1:{service}", records)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(120):
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError(log.read_text()[-3000:])


def test_signing_in_leads_back_to_the_page(real: RealHub) -> None:
    """From the service to the hub and back, with state and PKCE, to the page that was wanted."""
    browser = real.sign_in("learner")
    page = real.visit(browser, f"{PREFIX}?lang=en")
    assert page.status_code == 200
    assert "My learning" in page.text
    assert browser.get(f"{real.service}{PREFIX}instructor/").status_code == 403


def test_an_instructor_sees_her_pages(real: RealHub) -> None:
    """The records give the role, not the hub."""
    page = real.visit(real.sign_in("instructor"), f"{PREFIX}instructor/")
    assert page.status_code == 200


def test_someone_nobody_approved_waits(real: RealHub) -> None:
    """The hub knows her, the records do not: 403, and she stands on the instructors' list."""
    page = real.visit(real.sign_in("outsider"), PREFIX)
    assert page.status_code == 403
    account = real.records.account("outsider")
    assert account is not None
    assert not account.approved


def test_a_session_ends_with_the_hubs(real: RealHub) -> None:
    """After signing out at the hub the service sends the browser to sign in again."""
    browser = real.sign_in("learner")
    assert real.visit(browser, PREFIX).status_code == 200
    real.visit(browser, "/hub/logout")
    assert browser.get(real.service + PREFIX).status_code == 302


def _token(real: RealHub, name: str) -> str:
    """An API token that `name` made at the hub with all her own scopes."""
    browser = real.sign_in(name)
    real.visit(browser, "/hub/token")
    headers = {"X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/"), "Referer": f"{real.hub}/hub/token"}
    made = browser.post(f"{real.hub}/hub/api/users/{name}/tokens", json={}, headers=headers)
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


def test_a_hub_token_opens_the_api(real: RealHub) -> None:
    """The token's owner is the learner; a token of nobody is refused."""
    headers = {"Authorization": f"token {_token(real, 'learner')}"}
    me = httpx.get(f"{real.service}{PREFIX}api/me", headers=headers)
    assert me.json() == {"name": "learner", "role": "learner", "department": "civil-affairs"}
    nobody = httpx.get(f"{real.service}{PREFIX}api/me", headers={"Authorization": "token nonsense"})
    assert nobody.status_code == 401


def test_a_token_without_the_scope_is_refused(real: RealHub) -> None:
    """An account that is approved but whose hub role does not open the service gets 403."""
    headers = {"Authorization": f"token {_token(real, 'stranger')}"}
    assert httpx.get(f"{real.service}{PREFIX}api/me", headers=headers).status_code == 403


def test_another_services_token_is_nobodys(real: RealHub) -> None:
    """A service is no person."""
    headers = {"Authorization": "token other-service-token-0123456789abcdef"}
    assert httpx.get(f"{real.service}{PREFIX}api/me", headers=headers).status_code == 401
