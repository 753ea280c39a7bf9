"""The sandbox's server half: opening exercises, handing notebooks in."""

from __future__ import annotations

import json
import os
import socket
import string
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from civiclab.runner import bench, placing, refusals
from civiclab.runner.refusals import Refused

PACKAGE_ROOT = Path(bench.__file__).parents[2]
FOLDER = "c05-e3-k-anonymity"
NOTEBOOK = {"cells": [], "nbformat": 4, "nbformat_minor": 5}
SUBMISSION = "9f6e8592-5384-4ef6-bd6b-cbdf1f42326e"
HUB_TOKEN = "the-hubs-token-for-this-sandbox"
TOKEN = "the-browsers-token"


def notebook(language: str = "ko", exercise: str = "C05-E3") -> bytes:
    """A released notebook."""
    about = {"exercise": exercise, "version": "0" * 16, "language": language}
    return json.dumps({**NOTEBOOK, "metadata": {"civiclab": about}}).encode()


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released tree with one exercise."""
    root = tmp_path_factory.mktemp("released")
    (root / FOLDER / "data").mkdir(parents=True)
    (root / FOLDER / "data" / "visits.csv").write_text("age\n41\n")
    for language in ("ko", "en"):
        (root / FOLDER / f"{FOLDER}.{language}.ipynb").write_bytes(notebook(language))
    index = {"C05-E3": {"folder": FOLDER}, "C05-E9": {"folder": "../elsewhere"}}
    (root / "index.json").write_text(json.dumps(index))
    return root


# --- Placing ------------------------------------------------------------------------------------------------


def test_opening_copies_the_notebook_and_links_the_data(released: Path, tmp_path: Path) -> None:
    """The first opening puts the notebook in the chosen language and the data into the home."""
    path = placing.place_exercise(released, tmp_path, "C05-E3", "en")
    assert path == f"{FOLDER}/{FOLDER}.en.ipynb"
    assert (tmp_path / path).read_bytes() == notebook("en")
    assert (tmp_path / FOLDER / "data").readlink() == released / FOLDER / "data"
    assert (tmp_path / FOLDER / "data" / "visits.csv").read_text() == "age\n41\n"


def test_opening_again_keeps_the_learners_work(released: Path, tmp_path: Path) -> None:
    """A notebook that exists is never overwritten, and no half-written copies stay behind."""
    path = tmp_path / placing.place_exercise(released, tmp_path, "C05-E3", "ko")
    path.write_text("my work")
    placing.place_exercise(released, tmp_path, "C05-E3", "ko")
    assert path.read_text() == "my work"
    assert sorted(entry.name for entry in path.parent.iterdir()) == [path.name, "data"]


def test_a_copy_never_replaces_what_a_second_window_made(tmp_path: Path, monkeypatch: Any) -> None:
    """Two openings at once: whoever comes second leaves the first one's notebook alone."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("released")
    target.write_text("my work")
    monkeypatch.setattr(placing.os.path, "lexists", lambda path: False)  # the look comes too early
    placing.copy_once(source, target)
    assert target.read_text() == "my work"


def test_a_stale_data_link_is_renewed_and_an_own_folder_stays(released: Path, tmp_path: Path) -> None:
    """The data link follows the released tree; a folder the learner made under that name is hers."""
    link = tmp_path / "data"
    link.symlink_to(tmp_path / "gone")
    placing.link_data(link, released / FOLDER / "data")
    assert link.readlink() == released / FOLDER / "data"
    link.unlink()
    link.mkdir()
    placing.link_data(link, released / FOLDER / "data")
    assert link.is_dir() and not link.is_symlink()


@pytest.mark.parametrize("exercise", ["C99-E1", "C05-E9", "", "../C05-E3"])
def test_an_unknown_exercise_is_refused(released: Path, tmp_path: Path, exercise: str) -> None:
    """What the index does not name, or names outside the tree, makes nothing in the home."""
    with pytest.raises(Refused) as refused:
        placing.place_exercise(released, tmp_path, exercise, "ko")
    assert refused.value.status == HTTPStatus.NOT_FOUND
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_said_and_kept(released: Path, tmp_path: Path) -> None:
    """A file where the exercise's folder should be is named, not removed."""
    (tmp_path / FOLDER).write_text("mine")
    with pytest.raises(Refused) as refused:
        placing.place_exercise(released, tmp_path, "C05-E3", "ko")
    assert FOLDER in refused.value.say("ko", "-advice")
    assert (tmp_path / FOLDER).read_text() == "mine"


def test_the_menus_language_is_set_beside_other_wishes(tmp_path: Path) -> None:
    """Only the locale changes in JupyterLab's language settings."""
    path = tmp_path / placing.LOCALE_SETTING
    path.parent.mkdir(parents=True)
    path.write_text('{"displayStringsPrefix": true, "locale": "en"}')
    placing.set_locale(tmp_path, "ko")
    assert json.loads(path.read_text()) == {"displayStringsPrefix": True, "locale": "ko_KR"}


# --- Reading the saved notebook -----------------------------------------------------------------------------


def test_a_saved_notebook_is_read_as_it_is(tmp_path: Path) -> None:
    """The bytes on the disk are what is handed in, up to the limit and with a leading slash or without."""
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "n.ipynb").write_bytes(b"x" * bench.MAX_BYTES)
    assert len(bench.read_saved(tmp_path, "/a b/n.ipynb")) == bench.MAX_BYTES


@pytest.mark.parametrize("path", ["../secret", "link", "linked/secret", "pipe", "", ".", "none", "a\0b"])
def test_nothing_but_a_file_below_the_home_is_read(tmp_path: Path, path: str) -> None:
    """Paths and links that lead outside, pipes and folders are all refused alike."""
    (tmp_path / "secret").write_text("secret")
    home = tmp_path / "home"
    home.mkdir()
    (home / "link").symlink_to(tmp_path / "secret")
    (home / "linked").symlink_to(tmp_path)
    os.mkfifo(home / "pipe")
    with pytest.raises(Refused) as refused:
        bench.read_saved(home, path)
    assert refused.value.code == "no-such-file"


def test_a_sibling_with_the_homes_name_as_prefix_is_outside(tmp_path: Path) -> None:
    """`/x/home2` is not below `/x/home`."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home2").mkdir()
    (tmp_path / "home2" / "n.ipynb").write_text("another's")
    with pytest.raises(Refused):
        bench.read_saved(tmp_path / "home", "../home2/n.ipynb")


def test_a_notebook_over_the_limit_is_refused(tmp_path: Path) -> None:
    """One byte more than the service takes is told here, with what to do."""
    (tmp_path / "n.ipynb").write_bytes(b"x" * (bench.MAX_BYTES + 1))
    with pytest.raises(Refused) as refused:
        bench.read_saved(tmp_path, "n.ipynb")
    assert (refused.value.code, refused.value.status) == ("too-large", 413)


def test_a_notebook_says_its_exercise() -> None:
    """Exercise and language come from the notebook's own metadata."""
    assert bench.exercise_in(notebook("en")) == ("C05-E3", "en")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'{"metadata": {}}',
        b'{"metadata": {"civiclab": "C05-E3"}}',
        b'{"metadata": {"civiclab": {"exercise": 3}}}',
        b'{"metadata": {"civiclab": {"exercise": "C05-E3&x=1"}}}',
        b"[" * 100_000,
    ],
)
def test_anything_else_is_no_exercise_notebook(body: bytes) -> None:
    """Files that are no exercise notebook are refused, whatever they hold."""
    with pytest.raises(Refused) as refused:
        bench.exercise_in(body)
    assert refused.value.code == "not-a-notebook"


def test_every_text_exists_in_both_languages_with_the_same_places() -> None:
    """No language lacks a text or a value in it."""
    for name, texts in refusals.TEXTS.items():
        places = {lang: {p for _, p, _, _ in string.Formatter().parse(texts[lang]) if p} for lang in texts}
        assert set(texts) == set(refusals.LANGUAGES), name
        assert places["ko"] == places["en"], name


# --- The whole sandbox, with a service of the test's own ----------------------------------------------------


@dataclass
class Service:
    """What the test's service was asked, and what it answers next."""

    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 202
    body: bytes = b'{"id": "x", "state": "accepted"}'
    location: str = ""

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """A request handler that writes down and answers."""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                heard = (self.command, self.path, dict(self.headers), self.rfile.read(length))
                service.asked.append(heard)
                self.send_response(service.status)
                if service.location:
                    self.send_header("Location", service.location)
                self.send_header("Content-Length", str(len(service.body)))
                self.end_headers()
                self.wfile.write(service.body)

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


@dataclass
class Sandbox:
    """A running sandbox."""

    url: str
    home: Path
    runtime: Path

    def ask(
        self,
        door: str,
        body: dict[str, Any] | None = None,
        token: str | None = TOKEN,
        method: str | None = None,
    ) -> tuple[int, str, str]:
        """Status, body and where it redirects to."""
        headers = {"Authorization": f"token {token}"} if token else {}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + door, data, headers, method=method)
        try:
            with urllib.request.build_opener(NoRedirect).open(request, timeout=20) as response:
                return response.status, response.read().decode(), ""
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers.get("Location", "")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    def redirect_request(self, *args: Any) -> None:
        """Follow none."""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def service_server() -> Iterator[ThreadingHTTPServer]:
    """A service on loopback; each test gives it its own answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service().handler())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def service(service_server: ThreadingHTTPServer) -> Service:
    """The service, fresh."""
    service = Service()
    service_server.RequestHandlerClass = service.handler()
    return service


@pytest.fixture(scope="module")
def sandbox(
    released: Path, service_server: ThreadingHTTPServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """The program the jail starts, without a hub."""
    home, runtime, port = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("run"), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(PACKAGE_ROOT),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERHUB_API_TOKEN": HUB_TOKEN,
        "CIVICLAB_EXERCISES": str(released),
        "CIVICLAB_SERVICE_URL": f"http://127.0.0.1:{service_server.server_address[1]}/services/civiclab",
    }
    options = [f"--port={port}", "--ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}", "--allow-root"]
    command = [sys.executable, "-m", "civiclab.runner.sandbox", "--standalone", *options]
    with (home.parent / "sandbox.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
    try:
        yield ready(Sandbox(f"http://127.0.0.1:{port}/", home, runtime), process)
    finally:
        process.terminate()
        process.wait(15)


def ready(sandbox: Sandbox, process: subprocess.Popen[bytes]) -> Sandbox:
    """The sandbox once it answers."""
    for _ in range(600):
        assert process.poll() is None, "the sandbox ended"
        try:
            sandbox.ask("api")
        except OSError:
            time.sleep(0.05)
        else:
            return sandbox
    raise AssertionError("the sandbox did not come up")


def put(sandbox: Sandbox, body: bytes, name: str = "n.ipynb") -> None:
    """A notebook in the learner's home."""
    (sandbox.home / name).write_bytes(body)


def test_open_goes_to_the_notebook_and_sets_the_menus_language(sandbox: Sandbox) -> None:
    """One link from the course page: notebook, data, language, JupyterLab."""
    status, _, where = sandbox.ask("civiclab/open?exercise=C05-E3&lang=ko")
    assert (status, where) == (302, f"/lab/tree/{FOLDER}/{FOLDER}.ko.ipynb")
    assert (sandbox.home / FOLDER / f"{FOLDER}.ko.ipynb").read_bytes() == notebook("ko")
    settings = sandbox.home / ".jupyter/lab/user-settings" / placing.LOCALE_SETTING
    assert json.loads(settings.read_text())["locale"] == "ko_KR"


@pytest.mark.parametrize(("language", "says"), [("ko", "찾을 수 없습니다"), ("en", "There is no exercise")])
def test_an_unknown_exercise_is_a_page_in_the_readers_language(
    sandbox: Sandbox, language: str, says: str
) -> None:
    """404, the language asked for, and no markup from the address."""
    status, page, _ = sandbox.ask(f"civiclab/open?exercise={quote('<script>')}&lang={language}")
    assert status == 404
    assert says in page and f'lang="{language}"' in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("door", "body"),
    [
        ("civiclab/open?exercise=C05-E3", None),
        ("civiclab/submit", {"path": "n.ipynb", "key": "k" * 36}),
        (f"civiclab/submissions/{SUBMISSION}", None),
    ],
)
def test_no_door_opens_without_signing_in(
    sandbox: Sandbox, service: Service, door: str, body: dict[str, Any] | None
) -> None:
    """Someone who is not signed in reaches neither the home nor the service."""
    status, _, where = sandbox.ask(door, body, token=None)
    assert status == 403 or where.startswith("/login")
    assert service.asked == []


def test_submitting_sends_the_saved_bytes_with_the_sandboxs_token(sandbox: Sandbox, service: Service) -> None:
    """The service gets the file as it is, the idempotency key and the token; its answer comes back as it is."""
    put(sandbox, notebook("en"))
    status, answer, _ = sandbox.ask("civiclab/submit", {"path": "n.ipynb", "key": "k" * 36})
    method, path, headers, body = service.asked[0]
    assert (method, path) == ("POST", "/services/civiclab/api/submissions?exercise=C05-E3&lang=en")
    assert (headers["Authorization"], headers["Idempotency-Key"]) == (f"token {HUB_TOKEN}", "k" * 36)
    assert body == notebook("en")
    assert (status, answer) == (202, service.body.decode())


def test_the_services_refusal_is_passed_on(sandbox: Sandbox, service: Service) -> None:
    """An error of the service keeps its status, code and words."""
    put(sandbox, notebook())
    service.status, service.body = 413, b'{"error": {"code": "too-large", "message": "..."}}'
    status, answer, _ = sandbox.ask("civiclab/submit", {"path": "n.ipynb", "key": "k" * 36})
    assert (status, json.loads(answer)) == (413, json.loads(service.body))


@pytest.mark.parametrize(
    ("status", "body", "location"),
    [(502, b"<html>Bad gateway</html>", ""), (200, b"[]", ""), (302, b"", "/hub/login"), (503, b"", "")],
)
def test_an_answer_that_is_none_means_the_service_is_away(
    sandbox: Sandbox, service: Service, status: int, body: bytes, location: str
) -> None:
    """A proxy's error page, nothing at all and a redirect are all `service-away`; the redirect is not followed."""
    service.status, service.body, service.location = status, body, location
    code, answer, _ = sandbox.ask(f"civiclab/submissions/{SUBMISSION}?lang=en")
    assert (code, json.loads(answer)["error"]["code"]) == (503, "service-away")
    assert "reached" in json.loads(answer)["error"]["message"]
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"path": "../n.ipynb", "key": "k" * 36}, "no-such-file"),
        ({"path": "plain.ipynb", "key": "k" * 36}, "not-a-notebook"),
        ({"path": "n.ipynb"}, "bad-request"),
        ({"path": "n.ipynb", "key": "a\r\nX-Evil: 1"}, "bad-request"),
        ({"path": ["n.ipynb"], "key": "k" * 36}, "bad-request"),
    ],
)
def test_what_cannot_be_handed_in_never_reaches_the_service(
    sandbox: Sandbox, service: Service, wanted: dict[str, Any], code: str
) -> None:
    """Wrong requests and files are told in the learner's language, here."""
    put(sandbox, notebook())
    put(sandbox, json.dumps({**NOTEBOOK, "metadata": {}}).encode(), "plain.ipynb")
    status, answer, _ = sandbox.ask("civiclab/submit", {**wanted, "lang": "en"})
    error = json.loads(answer)["error"]
    assert 400 <= status < 500
    assert error == {"code": code, "message": refusals.TEXTS[code]["en"]}
    assert service.asked == []


def test_a_submission_is_looked_up_by_its_id_only(sandbox: Sandbox, service: Service) -> None:
    """The id is all that travels; anything else is no door."""
    service.status = 200
    status, _, _ = sandbox.ask(f"civiclab/submissions/{SUBMISSION}?lang=en")
    assert status == 200
    assert service.asked[0][1] == f"/services/civiclab/api/submissions/{SUBMISSION}?lang=en"
    assert sandbox.ask("civiclab/submissions/..%2F..%2Fhub")[0] == 404
    assert len(service.asked) == 1


def test_the_hubs_token_is_never_shown_to_the_browser(sandbox: Sandbox, service: Service) -> None:
    """Neither JupyterLab's page nor the bench's answers hold the token that speaks to the service."""
    put(sandbox, notebook())
    doors = [("lab", None), ("civiclab/submit", {"path": "n.ipynb", "key": "k" * 36})]
    answers = [sandbox.ask(door, body)[1] for door, body in doors]
    assert all(answers)
    assert not any(HUB_TOKEN in answer for answer in answers)


def test_the_sandbox_is_jupyterlab_and_the_bench_alone(sandbox: Sandbox) -> None:
    """No terminals, no nbgrader, no second interface; extensions can't be installed; nothing fetches news."""
    assert sandbox.ask("api/terminals")[0] == 404
    assert sandbox.ask("formgrader")[0] == 404
    assert sandbox.ask("lsp/status")[0] == 404
    page = sandbox.ask("lab")[1]
    config = json.loads(
        page.split('id="jupyter-config-data" type="application/json">')[1].split("</script>")[0]
    )
    assert config["extensionManager"]["name"] == "read-only"
    assert config["news"] == {"disabled": True}
    assert "@jupyter/nbgrader" in config["disabledExtensions"]


def test_links_in_outputs_can_not_run_commands(sandbox: Sandbox) -> None:
    """The command linker is off by default setting."""
    setting = "lab/api/settings/@jupyterlab/apputils-extension:sanitizer"
    schema = json.loads(sandbox.ask(setting)[1])["schema"]
    assert schema["properties"]["allowCommandLinker"]["default"] is False


def test_kernels_listen_on_private_sockets(sandbox: Sandbox) -> None:
    """A kernel opens no port that another account could reach."""
    status, answer, _ = sandbox.ask("api/kernels", {"name": "python3"})
    assert status == 201
    kernel = json.loads(answer)["id"]
    connection = json.loads((sandbox.runtime / f"kernel-{kernel}.json").read_text())
    assert connection["transport"] == "ipc"
    assert sandbox.ask(f"api/kernels/{kernel}", method="DELETE")[0] == 204
