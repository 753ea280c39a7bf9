"""The page at /hub/home: our own, in both languages, with the way to the learner's page."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest

import civiclab.hub

TEMPLATES = Path(civiclab.hub.__file__).parent / "templates"
STOP = '"/hub/api/users/learner/server?_xsrf=the-token"'


def page(active: bool, pending: str | None = None) -> str:
    """The page as the hub would show it."""
    known = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)
    return known.get_template("home.html").render(
        user=SimpleNamespace(escaped_name="learner"),
        default_server=SimpleNamespace(active=active, pending=pending),
        url="/user/learner",
        base_url="/hub/",
        service="/services/civiclab/",
        xsrf="the-token",
    )


@pytest.mark.parametrize("active", [True, False])
def test_it_leads_to_the_learners_page_in_both_languages(active: bool) -> None:
    """Whatever the sandbox does, the way to one's learning is there; nothing of the stock page is."""
    shown = page(active)
    assert 'href="/services/civiclab/"' in shown
    assert "내 학습으로" in shown
    assert "To my learning" in shown
    assert "My Server" not in shown


def test_an_open_sandbox_can_be_closed() -> None:
    """The button asks the hub to stop this person's own server; a closed sandbox has no such button."""
    assert 'id="stop"' in page(active=True)
    assert STOP in page(active=True)
    assert 'id="stop"' not in page(active=False)
    assert STOP not in page(active=False)


def test_a_sandbox_that_is_closing_is_looked_at_again() -> None:
    """No second button to press; the page reloads by itself."""
    shown = page(active=True, pending="stop")
    assert 'http-equiv="refresh"' in shown
    assert 'id="stop"' not in shown
    assert STOP not in shown
