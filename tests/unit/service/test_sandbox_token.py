"""The token of a sandbox, which any notebook in it can read: good for submitting, and for no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from civiclab.service.hubdoor import HubUser

if TYPE_CHECKING:
    from .conftest import Academy

PREFIX = "/services/civiclab/"
PAGES = ("", "instructor/", "instructor/parked")


@pytest.fixture
def sandboxed(academy: Academy, monkeypatch: pytest.MonkeyPatch) -> Academy:
    """The false Hub knows the instructor by her sandbox's token."""
    from .conftest import FakeHub

    async def user(self: FakeHub, token: str, session: str) -> HubUser:
        return HubUser("instructor", may_enter=False, may_submit=True)

    monkeypatch.setattr(FakeHub, "user", user)
    return academy


@pytest.mark.parametrize("page", PAGES)
def test_it_opens_no_page_as_header_or_as_cookie(sandboxed: Academy, page: str) -> None:
    """A hostile notebook in an instructor's sandbox can neither read nor mark nor approve for her."""
    client = sandboxed.client()
    headers = {"Authorization": "token sandbox"}
    assert client.get(PREFIX + page, headers=headers).status_code == 403
    client.cookies.set("civiclab-session", "sandbox")
    assert client.get(PREFIX + page).status_code == 403
    assert client.post(PREFIX + "instructor/accounts", data={}, headers=headers).status_code == 403


def test_it_submits_and_reads_results(sandboxed: Academy) -> None:
    """What the Submit button needs works with it."""
    answer = sandboxed.client().get(
        f"{PREFIX}api/exercises/C05-E3/attempts", headers={"Authorization": "token sandbox"}
    )
    assert answer.status_code == 200
