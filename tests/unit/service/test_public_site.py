"""The public site at the root: its files, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Academy


def test_pages_come_with_type_policy_and_etag(academy: Academy) -> None:
    """HTML with its own inline script allowed by hash and no other; asked again, 304 with the same policy."""
    first = academy.client().get("/")
    digest = base64.b64encode(hashlib.sha256(b"let a = 1").digest()).decode()
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    policy = first.headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    again = academy.client().get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["content-security-policy"]) == (304, policy)


def test_a_changed_page_gets_a_new_policy(academy: Academy) -> None:
    """The policy follows the file."""
    import os

    before = academy.client().get("/").headers["content-security-policy"]
    page = academy.site / "index.html"
    page.write_text("<script>let b = 2</script>")
    os.utime(page, ns=(1, 1))
    assert academy.client().get("/").headers["content-security-policy"] != before


def test_missing_pages_speak_the_readers_language(academy: Academy) -> None:
    """404 with the site's own page, Korean at the root and English under /en/."""
    korean, english = academy.client().get("/none"), academy.client().get("/en/none")
    assert (korean.status_code, korean.text) == (404, "없음")
    assert (english.status_code, english.text) == (404, "missing")


def test_a_folder_is_not_listed(academy: Academy) -> None:
    """Without an index a folder is a missing page."""
    (academy.site / "files").mkdir()
    (academy.site / "files" / "a.txt").write_text("a")
    assert academy.client().get("/files/").status_code == 404
    assert academy.client().get("/files/a.txt").text == "a"


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/en/..%2f..%2foutside.txt",
        "/%2e%2e%5coutside.txt",
        "//etc/passwd",
        "/link.txt",
        "/.secret",
        "/a%00b",
        "/" + "a" * 5000,
        "/records.db",
    ],
)
def test_nothing_outside_the_site_is_served(academy: Academy, path: str) -> None:
    """Traversal, links that lead out, dot-files and odd names: 404, never a fault of ours."""
    (academy.site / "link.txt").symlink_to(academy.site.parent / "outside.txt")
    answer = academy.client().get(path)
    assert answer.status_code == 404
    assert "outside" not in answer.text


def test_large_pages_are_compressed(academy: Academy) -> None:
    """gzip for who takes it; never for pages that hold a form's token."""
    answer = academy.client().get("/en/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    personal = academy.client("learner").get("/services/civiclab/", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in personal.headers


def test_writing_is_not_allowed(academy: Academy) -> None:
    """The site is read only."""
    assert academy.client().post("/index.html").status_code == 405


@pytest.mark.parametrize(
    "path", ["/user/learner/lab", "/user/learner/lab?x=%2F%2Fevil", "/user//evil.example"]
)
def test_a_sandbox_that_is_not_running_goes_to_the_hub(academy: Academy, path: str) -> None:
    """The Hub starts it; the redirect never leaves the host."""
    answer = academy.client().get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, f"/hub{path}")


def test_a_header_cannot_be_smuggled_through_the_redirect(academy: Academy) -> None:
    """A line break in the address sets no header."""
    answer = academy.client().get("/user/a%0d%0aSet-Cookie:x=1")
    assert "set-cookie" not in answer.headers
    assert answer.status_code in {302, 404}
    assert "\n" not in answer.headers.get("location", "")
