"""The sandbox's half of `@civiclab/bench`: a Jupyter server extension with three doors.

    GET  civiclab/open?exercise=C05-E3&lang=ko   puts the exercise into the home and goes to its notebook
    POST civiclab/submit {"path", "key"}         hands the saved notebook in
    GET  civiclab/submissions/<id>?lang=ko       what became of it

The last two pass the service's answer on, status and all. The token they use stays in this process: the
browser never sees it. A service that can't be reached is
`{"error": {"code": "service-away", "message": ...}}`, 503.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import stat
from contextlib import suppress
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from civiclab.runner.placing import place_exercise, set_locale
from civiclab.runner.refusals import TEXTS, Refused, language_of

logger = logging.getLogger("civiclab.bench")

MAX_BYTES = 10 * 1024 * 1024  # the service's own limit; told here before ten megabytes travel
MAX_ANSWER_BYTES = 4 * 1024 * 1024
CONNECT_SECONDS = 5
ANSWER_SECONDS = 30

EXERCISE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
KEY = re.compile(r"[A-Za-z0-9-]{8,64}")
SUBMISSION_ID = r"([0-9a-fA-F-]{36})"

PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; margin: 12vh auto; max-width: 34rem; padding: 0 1.2rem;
  word-break: keep-all; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.5rem; line-height: 1.35; }}
</style></head><body><main><h1>{title}</h1><p>{advice}</p>
<p><a href="{files}">{to_files}</a></p></main></body></html>
"""


def read_saved(root: Path, path: str) -> bytes:
    """The bytes of the file at `path` below `root`; Refused when it leads elsewhere or is too large."""
    try:
        real = (root / path.lstrip("/")).resolve(strict=True)
        real.relative_to(root.resolve())
        with open(real, "rb", opener=open_plain) as file:
            body = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:
        raise Refused("no-such-file", HTTPStatus.NOT_FOUND) from problem
    if len(body) > MAX_BYTES:
        raise Refused("too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return body


def open_plain(path: str, flags: int) -> int:
    """Open `path` when it is a plain file, whatever took its place a moment ago; else OSError."""
    # NONBLOCK: a named pipe would otherwise hold the whole server up.
    handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a plain file")
    return handle


def exercise_in(body: bytes) -> tuple[str, str]:
    """The exercise a notebook says it is, and its language; Refused when it says none."""
    try:
        about = json.loads(body)["metadata"]["civiclab"]
        exercise, language = about["exercise"], about.get("language")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        exercise, language = None, None
    if not isinstance(exercise, str) or not EXERCISE_ID.fullmatch(exercise):
        raise Refused("not-a-notebook", HTTPStatus.UNPROCESSABLE_ENTITY)
    return exercise, language_of(language)


def service_request(door: str, query: dict[str, str], **options: Any) -> HTTPRequest:
    """A request to the service, with this sandbox's token; it follows no redirect that would carry it on."""
    token = os.environ.get("JUPYTERHUB_API_TOKEN", "")
    headers = {"Authorization": f"token {token}", **options.pop("headers", {})}
    return HTTPRequest(
        f"{os.environ.get('CIVICLAB_SERVICE_URL', '').rstrip('/')}/{door}?{urlencode(query)}",
        headers=headers,
        follow_redirects=False,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=ANSWER_SECONDS,
        **options,
    )


async def ask_service(request: HTTPRequest) -> tuple[int, dict[str, Any]]:
    """The service's status and JSON; Refused("service-away") when none comes."""
    client = SimpleAsyncHTTPClient(force_instance=True, max_body_size=MAX_ANSWER_BYTES)
    try:
        response = await client.fetch(request, raise_error=False)
        answer = json.loads(response.body or b"null")
    except (OSError, HTTPClientError, ValueError) as problem:
        logger.warning("the service did not answer: %s", type(problem).__name__)
        raise Refused("service-away", HTTPStatus.SERVICE_UNAVAILABLE) from problem
    finally:
        client.close()
    if not isinstance(answer, dict):
        raise Refused("service-away", HTTPStatus.SERVICE_UNAVAILABLE)
    return response.code, answer


class OpenHandler(JupyterHandler):
    """Opens an exercise in the learner's home."""

    auth_resource = "civiclab"

    @web.authenticated
    @authorized
    def get(self) -> None:
        """Place the exercise and go to its notebook, or say why not on a page of its own."""
        language = language_of(self.get_query_argument("lang", "ko"))
        released = Path(os.environ.get("CIVICLAB_EXERCISES", ""))
        try:
            exercise = self.get_query_argument("exercise", "")
            path = place_exercise(released, root_of(self), exercise, language)
        except Refused as refused:
            self.explain(refused, language)
            return
        # Which language the menus speak is worth less than opening the exercise.
        with suppress(OSError):
            set_locale(user_settings(), language)
        self.redirect(url_path_join(self.base_url, "lab/tree", quote(path)))

    def explain(self, refused: Refused, language: str) -> None:
        """A small page that says what is wrong and what to do."""
        self.set_status(refused.status)
        self.finish(
            PAGE.format(
                language=language,
                title=escape(refused.say(language)),
                advice=escape(refused.say(language, "-advice")),
                files=escape(url_path_join(self.base_url, "lab")),
                to_files=escape(TEXTS["to-files"][language]),
            )
        )


class ServiceHandler(APIHandler):
    """Passes the service's answers on."""

    auth_resource = "civiclab"

    async def relay(self, request: HTTPRequest, language: str) -> None:
        """Ask the service and answer with what it says."""
        try:
            status, answer = await ask_service(request)
        except Refused as refused:
            self.refuse(refused, language)
            return
        self.answer(status, answer)

    def refuse(self, refused: Refused, language: str) -> None:
        """Answer in the shape of the service's own errors."""
        self.answer(refused.status, {"error": {"code": refused.code, "message": refused.say(language)}})

    def answer(self, status: int, content: dict[str, Any]) -> None:
        """Answer with JSON that no cache keeps."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(content))


class SubmitHandler(ServiceHandler):
    """Hands a saved notebook in."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Read the notebook from the disk and send its bytes to the service."""
        wanted = self.wanted()
        language = language_of(wanted.get("lang"))
        try:
            path, key = wanted.get("path"), wanted.get("key")
            if not isinstance(path, str) or not isinstance(key, str) or not KEY.fullmatch(key):
                raise Refused("bad-request", HTTPStatus.BAD_REQUEST)
            body = read_saved(root_of(self), path)
            exercise, language = exercise_in(body)
        except Refused as refused:
            self.refuse(refused, language)
            return
        headers = {"Idempotency-Key": key, "Content-Type": "application/x-ipynb+json"}
        query = {"exercise": exercise, "lang": language}
        request = service_request("api/submissions", query, method="POST", body=body, headers=headers)
        await self.relay(request, language)

    def wanted(self) -> dict[str, Any]:
        """The request's JSON object; empty when it is none."""
        try:
            wanted = json.loads(self.request.body)
        except (ValueError, RecursionError):
            return {}
        return wanted if isinstance(wanted, dict) else {}


class SubmissionHandler(ServiceHandler):
    """Looks after a submission."""

    @web.authenticated
    @authorized
    async def get(self, submission: str) -> None:
        """The submission as the service describes it."""
        language = language_of(self.get_query_argument("lang", "ko"))
        await self.relay(service_request(f"api/submissions/{submission}", {"lang": language}), language)


def root_of(handler: JupyterHandler) -> Path:
    """The learner's home, as the file browser shows it."""
    return Path(handler.serverapp.root_dir)


def user_settings() -> Path:
    """Where JupyterLab keeps this learner's settings."""
    from jupyterlab.commands import get_user_settings_dir  # type: ignore[import-untyped]

    return Path(get_user_settings_dir())


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "civiclab.runner.bench"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    """Put the doors into the server's application."""
    base = url_path_join(serverapp.base_url, "civiclab")
    serverapp.web_app.add_handlers(
        ".*$",
        [
            (url_path_join(base, "open"), OpenHandler),
            (url_path_join(base, "submit"), SubmitHandler),
            (url_path_join(base, "submissions", SUBMISSION_ID), SubmissionHandler),
        ],
    )
