"""The service: the academy's pages and API behind the Hub, and the public site at the root."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.middleware import Middleware

from civiclab.catalog.loader import Catalog, load_catalog
from civiclab.catalog.models import Exercise
from civiclab.records.store import Records, open_records
from civiclab.service.api import Api, Intake
from civiclab.service.headers import SecurityHeaders
from civiclab.service.hubdoor import HubDoor, JupyterHubDoor
from civiclab.service.identity import SignInNeeded
from civiclab.service.instructor import InstructorPages
from civiclab.service.learner import LearnerPages
from civiclab.service.metrics import Metrics, token_of
from civiclab.service.parts import Parts, assemble
from civiclab.service.problems import install, plain
from civiclab.service.regrades import RegradePages
from civiclab.service.settings import ServiceSettings
from civiclab.service.site import public_site
from civiclab.service.xsrf import XsrfCookie

STATIC = Path(__file__).parent / "static"
HOUR = 3600


class Room(Protocol):
    """A part of the service with endpoints of its own."""

    def router(self) -> APIRouter:
        """Its routes."""


def grading_intake() -> Intake:
    """The grading room's look at a notebook before it is accepted."""
    from civiclab.grading.intake import check_submission  # late: it brings the notebook libraries

    def check(body: bytes, exercise: Exercise) -> None:
        check_submission(body, exercise)

    return check


def create_app(
    settings: ServiceSettings,
    *,
    hub: HubDoor | None = None,
    records: Records | None = None,
    catalog: Catalog | None = None,
    intake: Intake | None = None,
) -> FastAPI:
    """The whole service. The parts that a test replaces can be given; else they come from `settings`."""
    records = records or open_records(settings.database)
    catalog = catalog or load_catalog(settings.content)
    parts = assemble(settings, hub or JupyterHubDoor(), records, catalog)
    app = _bare_app(settings, records)
    install(app, parts.pages)
    _add_public(app, settings, parts)
    rooms: tuple[Room, ...] = (
        Api(parts, intake or grading_intake()),
        LearnerPages(parts),
        InstructorPages(parts),
        RegradePages(parts),
        Metrics(parts, token_of(settings.metrics_token) if settings.metrics_token else ""),
    )
    for room in rooms:
        # Flat, so that the list of all endpoints can be read off the app and none is forgotten in a test.
        app.router.routes.extend(room.router().routes)
    _add_site(app, settings)
    return app


def _bare_app(settings: ServiceSettings, records: Records) -> FastAPI:
    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        records.close()

    return FastAPI(
        title="Civiclab",
        openapi_url=f"{settings.prefix}api/openapi.json",
        docs_url=None,  # both pages load their scripts from a foreign host
        redoc_url=None,
        redirect_slashes=False,
        lifespan=life,
        middleware=[Middleware(SecurityHeaders), Middleware(XsrfCookie, prefix=settings.prefix)],
    )


def _add_public(app: FastAPI, settings: ServiceSettings, parts: Parts) -> None:
    """What answers without a session: health, sign-in, colours, styles."""
    prefix = settings.prefix
    identity = parts.identity

    @app.exception_handler(SignInNeeded)
    async def sign_in(request: Request, _error: Exception) -> Response:
        return identity.begin(request)

    @app.get(f"{prefix}oauth_callback", include_in_schema=False)
    async def oauth_callback(
        request: Request,
        code: str = Query("", max_length=2048),
        state: str = Query("", max_length=256),
    ) -> Response:
        return await identity.finish(request, code, state)

    @app.get("/healthz", include_in_schema=False)
    @app.get(f"{prefix}healthz", include_in_schema=False)
    async def healthz() -> Response:
        healthy = await run_in_threadpool(parts.records.healthy)
        return JSONResponse({"status": "ok" if healthy else "records"}, 200 if healthy else 503)

    @app.get(f"{prefix}static/city.css", include_in_schema=False)
    async def city_colour() -> Response:
        style = f":root {{ --city: {parts.catalog.city.primary_colour}; }}\n"
        return Response(style, media_type="text/css", headers={"Cache-Control": f"max-age={HOUR}"})

    @app.get(f"{prefix}static/service.css", include_in_schema=False)
    async def style() -> Response:
        return FileResponse(STATIC / "service.css", headers={"Cache-Control": "no-cache"})


def _add_site(app: FastAPI, settings: ServiceSettings) -> None:
    """Everything else at the root; a sandbox that is not running is the Hub's to start."""

    @app.get("/user/{rest:path}", include_in_schema=False)
    async def to_hub(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/hub{request.url.path}{query}", 302, headers={"Cache-Control": "no-store"})

    @app.get(settings.prefix.rstrip("/"), include_in_schema=False)
    async def add_slash() -> Response:
        return RedirectResponse(settings.prefix, 302)

    @app.get(f"{settings.prefix}{{rest:path}}", include_in_schema=False)
    async def nothing_here() -> Response:
        raise plain(404)

    if settings.site is not None:
        app.mount("/", public_site(settings.site), name="site")
