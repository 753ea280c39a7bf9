"""The command as a person runs it: exit codes tell causes apart, and nobody sees a traceback."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from civiclab.errors import ExitCode


def civiclab(*args: object, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in English."""
    return subprocess.run(
        [sys.executable, "-m", "civiclab", *map(str, args)],
        env={**os.environ, "CIVICLAB_LANG": "en", **env},
        capture_output=True,
        text=True,
        timeout=120,
    )


def refused(ran: subprocess.CompletedProcess[str], code: ExitCode) -> str:
    """One clean line on stderr and the code that tells; the line."""
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr
    return ran.stderr.strip()


def test_help_answers_at_once() -> None:
    """No heavy room is imported before a command needs it."""
    begun = time.monotonic()
    ran = civiclab("--help")
    assert ran.returncode == 0
    assert all(command in ran.stdout for command in ("up", "doctor", "admin", "check", "grade", "site"))
    probe = (
        "import sys, civiclab.cli; print([m for m in sys.modules if m in ('pandas','jupyterhub','nbgrader')])"
    )
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
    assert time.monotonic() - begun < 20


def test_a_taken_port_exits_4(tmp_path: Path, content: Path) -> None:
    """And names the port."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refused(
            civiclab("up", "--home", tmp_path / "h", "--port", port, "--content", content),
            ExitCode.PORT_TAKEN,
        )
    assert str(port) in said


def test_a_home_that_can_not_be_written_exits_5(tmp_path: Path, content: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    said = refused(
        civiclab("up", "--home", tmp_path / "file" / "h", "--content", content), ExitCode.HOME_NOT_WRITABLE
    )
    assert "--home" in said


def test_a_second_instance_exits_6(tmp_path: Path, content: Path) -> None:
    """While another process holds the home; its number is told."""
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        said = refused(civiclab("up", "--home", tmp_path, "--content", content), ExitCode.SECOND_INSTANCE)
    assert "4711" in said


def test_no_jail_exits_7(tmp_path: Path, content: Path) -> None:
    """Nothing starts where learners' code could not be walled in."""
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "bwrap"
    fake.write_text("#!/bin/sh\necho 'no namespaces here' >&2\nexit 1\n")
    fake.chmod(0o755)
    tmp_path.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    ran = civiclab("up", "--home", tmp_path / "h", "--port", free_port(), "--content", content, PATH=path)
    assert ran.returncode == ExitCode.NO_JAIL, ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "h" / "logs" / "hub.log").exists()


def test_a_demo_on_the_network_exits_8(tmp_path: Path, content: Path) -> None:
    """Printed passwords never meet a network; nothing is written."""
    said = refused(
        civiclab("up", "--demo", "--host", "192.0.2.1", "--home", tmp_path / "h", "--content", content),
        ExitCode.NOT_LOOPBACK,
    )
    assert "--demo" in said
    assert not (tmp_path / "h").exists()


def test_broken_content_exits_9(tmp_path: Path) -> None:
    """A folder without courses, and one with empty ones."""
    refused(civiclab("up", "--content", tmp_path, "--home", tmp_path / "h"), ExitCode.BAD_CONTENT)
    for tree in ("courses", "exercises", "site"):
        (tmp_path / tree).mkdir()
    said = refused(
        civiclab("up", "--content", tmp_path, "--home", tmp_path / "h", "--port", free_port()),
        ExitCode.BAD_CONTENT,
    )
    assert "city.yaml" in said


@pytest.mark.parametrize("args", [["up", "--port", "many"], ["fly"], []])
def test_a_wrong_argument_exits_2(args: list[str]) -> None:
    """As every command does."""
    assert civiclab(*args).returncode == ExitCode.BAD_INPUT


def test_a_misspelt_setting_exits_2(tmp_path: Path, content: Path) -> None:
    """It is not silently ignored."""
    (tmp_path / "civiclab.toml").write_text("prot = 8001\n")
    said = refused(civiclab("up", "--home", tmp_path, "--content", content), ExitCode.BAD_INPUT)
    assert "prot" in said


def test_an_administrator_is_made_with_a_new_password(tmp_path: Path) -> None:
    """`civiclab admin NAME --generate` prints a password; a name that breaks the rule is refused."""
    home = tmp_path / "h"
    ran = civiclab("admin", "mayor", "--generate", "--home", home)
    assert ran.returncode == 0, ran.stderr
    assert "mayor" in ran.stdout
    assert len(ran.stdout.split("Password: ")[1].strip()) >= 12
    refused(civiclab("admin", "a-b", "--generate", "--home", home), ExitCode.BAD_INPUT)
    refused(civiclab("password", "nobody", "--generate", "--home", home), ExitCode.BAD_INPUT)


def test_a_fault_of_ours_exits_3_and_keeps_its_traceback_in_the_log(tmp_path: Path) -> None:
    """A person sees one line that says where the details are."""
    home = tmp_path / "h"
    (home / "records" / "records.db").mkdir(parents=True)  # a database that is a folder
    ran = civiclab("admin", "mayor", "--generate", "--home", home)
    assert "Traceback" not in ran.stderr
    assert ran.returncode == ExitCode.OUR_FAULT
    assert str(home / "logs" / "faults.log") in ran.stderr
    assert "Traceback" in (home / "logs" / "faults.log").read_text("utf-8")


def test_messages_are_korean_unless_english_is_asked_for(tmp_path: Path, content: Path) -> None:
    """The same refusal in both languages."""
    args = ("up", "--demo", "--host", "192.0.2.1", "--home", tmp_path / "h", "--content", content)
    korean = civiclab(*args, CIVICLAB_LANG="ko").stderr
    assert any("가" <= letter <= "힣" for letter in korean)
    assert civiclab(*args).stderr.isascii()


def free_port() -> int:
    """A port nobody uses just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
