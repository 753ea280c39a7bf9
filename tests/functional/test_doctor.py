"""`civiclab doctor`: what it says of this host, and of hosts that lack something."""

from __future__ import annotations

from pathlib import Path

import pytest

from civiclab import cli
from civiclab.errors import NoJail
from civiclab.jail import diagnosis


@pytest.mark.jail
def test_a_host_that_runs_the_tests_is_well(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every line is ok and the exit code is 0."""
    assert cli.main(["doctor", "--home", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "FAIL" not in said
    assert len(said.splitlines()) >= 9


def lack_bwrap() -> str:
    """Stands for the search that finds no bubblewrap."""
    raise NoJail("bubblewrap is missing. Install it: apt-get install bubblewrap")


BROKEN = {
    "bubblewrap": ("bwrap", lack_bwrap, "apt-get install bubblewrap"),
    "control groups": ("version", lambda: None, "systemd"),
    "util-linux": ("shutil.which", lambda name: None, "apt-get install util-linux"),
    "memory": ("LEAST_MEMORY_GIB", 10**6, "1000000 GiB"),
    "disk": ("LEAST_DISK_GIB", 10**6, "1000000 GiB"),
}


@pytest.mark.jail
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_missing_is_named_with_its_remedy(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thing taken away: its line fails, the next says what to do, the exit code is 1."""
    monkeypatch.setenv("CIVICLAB_LANG", "en")
    place, stand_in, remedy = BROKEN[name]
    monkeypatch.setattr(f"{diagnosis.__name__}.{place}", stand_in)
    assert cli.main(["doctor", "--home", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith(f"FAIL {name}"))
    assert remedy in lines[at + 1]


def test_a_kernel_that_restricts_user_namespaces_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ubuntu's AppArmor switch is named, with the command that opens it."""
    switch = tmp_path / "kernel/apparmor_restrict_unprivileged_userns"
    switch.parent.mkdir()
    switch.write_text("1\n")
    monkeypatch.setattr(diagnosis, "SWITCHES_ROOT", tmp_path)
    found = diagnosis._user_namespaces()
    assert not found.ok
    assert "apparmor_restrict_unprivileged_userns=0" in found.remedy
