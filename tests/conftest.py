"""What the tests share: the checkout's content, a pool of uids, a sample exercise."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from civiclab.catalog.models import Exercise
from civiclab.grading.pair import ENV
from civiclab.jail import UidPool, WarmParent

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def content() -> Path:
    """The checkout's own content folder."""
    return CHECKOUT


@pytest.fixture(scope="session")
def uids(tmp_path_factory: pytest.TempPathFactory) -> UidPool:
    """Uids for jails."""
    return UidPool(tmp_path_factory.mktemp("uids"))


@pytest.fixture(scope="session")
def warm_parent() -> Iterator[WarmParent]:
    """A warm parent with what the exercises import."""
    parent = WarmParent(["sklearn.ensemble"], ENV)
    yield parent
    parent.close()


@pytest.fixture(params=["warm", "cold"])
def warm(request: pytest.FixtureRequest) -> WarmParent | None:
    """Both ways to start a jail: forked from a warm parent, or afresh behind bubblewrap."""
    return request.getfixturevalue("warm_parent") if request.param == "warm" else None


def both(text: str) -> dict[str, str]:
    """A text that is the same in both languages."""
    return {"ko": text, "en": text}


@pytest.fixture
def sample(tmp_path: Path) -> Exercise:
    """An exercise with two answers, three checks and one message; it has no source file."""
    check = {"title": both("점검"), "points": 1}
    return Exercise.model_validate(
        {
            "id": "C05-E9",
            "folder": "c05-e9-sample",
            "title": both("본보기"),
            "summary": both("본보기"),
            "level": 1,
            "minutes": 5,
            "mode": "code",
            "clauses": ["G-05"],
            "competencies": ["D5-1"],
            "limits": {"seconds": 4, "memory_mib": 300},
            "checks": {
                "one": check | {"needs": ["a"], "points": 2},
                "two": check | {"needs": ["a"]},
                "three": check | {"needs": ["b"]},
            },
            "messages": {"low": both("너무 작습니다.")},
            "path": tmp_path,
        }
    )


@dataclass(frozen=True)
class Academy:
    """A running academy with the demo's accounts."""

    address: str
    home: Path
    passwords: dict[str, str]
    process: subprocess.Popen[str]

    def url(self, path: str) -> str:
        """The address of a path."""
        return self.address.rstrip("/") + path


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def start_academy(home: Path, *more: str) -> Academy:
    """`civiclab up --demo` as a person starts it; returns once it has printed its address."""
    command = [
        sys.executable,
        "-m",
        "civiclab",
        "up",
        "--demo",
        "--home",
        str(home),
        "--port",
        str(free_port()),
        *more,
    ]
    env = os.environ | {"CIVICLAB_LANG": "en", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=CHECKOUT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said, passwords = [], {}
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if account := re.match(r"  (\w+) +(\S+) +(learner|instructor)", line):
            passwords[account[1]] = account[2]
        if opened := re.search(r"open: (http://\S+)", line):
            return Academy(opened[1], home, passwords, process)
    raise AssertionError("the academy did not open:\n" + "".join(said))


def stop_academy(academy: Academy) -> int:
    """Ctrl-C, as a person stops it; the exit code."""
    academy.process.send_signal(signal.SIGINT)
    return academy.process.wait(60)


@pytest.fixture(scope="session")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Academy]:
    """One academy for the whole run."""
    running = start_academy(tmp_path_factory.mktemp("academy") / "home")
    yield running
    stop_academy(running)


@pytest.fixture(scope="module")  # Playwright keeps an event loop running as long as it is open
def chromium() -> Iterator[Browser]:
    """A real headless Chromium. Without one the tests fail."""
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        yield browser
        browser.close()
