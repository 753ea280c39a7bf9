"""Who gets in: every endpoint, taken from the app's own router, for everyone of the standing cast."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from starlette.routing import Mount

if TYPE_CHECKING:
    from .conftest import Academy

PREFIX = "/services/civiclab/"
# The whole list of what answers without a session. Adding to it is a decision.
PUBLIC = {
    f"{PREFIX}oauth_callback",
    "/healthz",
    f"{PREFIX}healthz",
    f"{PREFIX}static/city.css",
    f"{PREFIX}static/service.css",
    f"{PREFIX}api/openapi.json",
    PREFIX.rstrip("/"),
    f"{PREFIX}{{rest:path}}",
    "/user/{rest:path}",
}


def endpoints(academy: Academy) -> list[tuple[str, str]]:
    """Method and address of every endpoint, with ids filled in."""
    routes = [route for route in academy.app.routes if not isinstance(route, Mount)]
    found = [
        (method, route.path)
        for route in routes
        for method in sorted(route.methods - {"HEAD"})
        if route.path not in PUBLIC
    ]
    assert len(found) >= 18  # a router that lists nothing would make every test below pass
    return [(method, re.sub(r"\{\w+\}", "C05-E3", path)) for method, path in found]


def test_every_endpoint_refuses_without_a_token(academy: Academy) -> None:
    """The API and the metrics answer 401; a page sends the browser to the Hub."""
    for method, path in endpoints(academy):
        answer = academy.client().request(method, path)
        if path.startswith((f"{PREFIX}api/", f"{PREFIX}metrics")):
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no-token"), path
        else:
            assert (answer.status_code, answer.headers["location"][:5]) == (302, "/hub/"), path


def test_every_endpoint_refuses_a_false_token(academy: Academy) -> None:
    """A token the Hub does not know is no token."""
    for method, path in endpoints(academy):
        assert academy.client("nobody").request(method, path).status_code == 401, path


@pytest.mark.parametrize("name", ["outsider", "stranger"])
def test_every_endpoint_refuses_who_is_not_approved(academy: Academy, name: str) -> None:
    """A sign-up that nobody approved, and a token without the service's scope, get 403 everywhere."""
    for method, path in endpoints(academy):
        assert academy.client(name).request(method, path).status_code == 403, path


def test_every_instructor_endpoint_refuses_learners(academy: Academy) -> None:
    """Learners get 403 wherever the address is an instructor's."""
    paths = [(method, path) for method, path in endpoints(academy) if path.startswith(f"{PREFIX}instructor/")]
    assert len(paths) >= 11
    for method, path in paths:
        assert academy.client("learner").request(method, path).status_code == 403, path


@pytest.mark.parametrize("name", ["instructor", "chief"])
def test_instructors_and_admins_get_in(academy: Academy, name: str) -> None:
    """Those who instruct see the instructors' pages."""
    for path in ("instructor/", "instructor/parked", "instructor/regrades", "metrics"):
        assert academy.client(name).get(PREFIX + path).status_code == 200


def test_another_learners_submission_does_not_exist(academy: Academy) -> None:
    """404 on page and API for a colleague; its owner and the instructor see it."""
    id = academy.submitted("learner")
    for path in (f"submissions/{id}", f"api/submissions/{id}"):
        assert academy.client("colleague").get(PREFIX + path).status_code == 404
        assert academy.client("learner").get(PREFIX + path).status_code == 200
        assert academy.client("instructor").get(PREFIX + path).status_code == 200


def test_attempts_are_ones_own(academy: Academy) -> None:
    """The list holds no one else's attempts."""
    id = academy.submitted("learner")
    path = f"{PREFIX}api/exercises/C05-E3/attempts"
    assert [one["id"] for one in academy.client("learner").get(path).json()] == [id]
    assert academy.client("colleague").get(path).json() == []


def test_a_withdrawn_approval_counts_at_once(academy: Academy) -> None:
    """The next request of an open session is refused."""
    client = academy.browser("instructor")
    assert client.get(f"{PREFIX}instructor/").status_code == 200
    academy.records.approve("instructor", "learner", "civil-affairs", "chief")
    assert client.get(f"{PREFIX}instructor/").status_code == 403
    academy.records.withdraw("instructor", by="chief")
    assert client.get(PREFIX).status_code == 403


def test_the_api_does_not_take_cookies(academy: Academy) -> None:
    """A session cookie opens pages, never the API: another page of this host could send it."""
    client = academy.browser("learner")
    assert client.get(PREFIX).status_code == 200
    assert client.get(f"{PREFIX}api/me").status_code == 401


def test_a_token_in_the_address_is_no_token(academy: Academy) -> None:
    """Addresses end up in logs."""
    assert academy.client().get(f"{PREFIX}api/me?token=token-learner").status_code == 401


def test_scripts_may_not_fetch_pages(academy: Academy) -> None:
    """A script of another page on this host can't read a form's token."""
    answer = academy.browser("learner").get(PREFIX, headers={"Sec-Fetch-Dest": "empty"})
    assert answer.status_code == 403


def test_someone_the_hub_lets_in_is_put_on_the_list(academy: Academy) -> None:
    """A first visit of an unknown account asks for its approval, and gives nothing."""
    academy.records.withdraw("colleague", by="chief")
    assert academy.client("outsider").get(PREFIX).status_code == 403
    waiting = [one.name for one in academy.records.accounts() if not one.approved]
    assert set(waiting) == {"colleague", "outsider"}


# Signing in


def test_signing_in_brings_the_browser_back(academy: Academy) -> None:
    """State out, state back, session cookie in, and on to the page that was wanted."""
    client = academy.client()
    start = client.get(f"{PREFIX}submissions/abc?lang=en")
    state = start.headers["location"].split("state=")[1]
    end = client.get(f"{PREFIX}oauth_callback?code=code-learner&state={state}")
    assert (end.status_code, end.headers["location"]) == (302, f"{PREFIX}submissions/abc?lang=en")
    cookie = next(c for c in end.headers.get_list("set-cookie") if c.startswith("civiclab-session="))
    assert "HttpOnly" in cookie
    assert f"Path={PREFIX}" in cookie
    assert client.get(PREFIX).status_code == 200


@pytest.mark.parametrize(
    "query", ["", "?code=code-learner", "?code=code-learner&state=other", "?state=state0"]
)
def test_a_foreign_state_signs_nobody_in(academy: Academy, query: str) -> None:
    """Missing or foreign state: 400, no session."""
    client = academy.client()
    client.get(PREFIX)
    answer = client.get(f"{PREFIX}oauth_callback{query}")
    assert answer.status_code == 400
    assert "civiclab-session" not in answer.headers.get("set-cookie", "")


def test_another_browsers_state_signs_nobody_in(academy: Academy) -> None:
    """A state begun in one browser is worth nothing in another."""
    state = academy.client().get(PREFIX).headers["location"].split("state=")[1]
    answer = academy.client().get(f"{PREFIX}oauth_callback?code=code-learner&state={state}")
    assert answer.status_code == 400
