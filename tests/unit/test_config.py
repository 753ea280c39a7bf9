"""Where settings come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from civiclab.config import Settings, find_content, load_settings
from civiclab.errors import BadContent, BadInput, ExitCode


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A content folder that commands run in."""
    for tree in ("courses", "exercises"):
        (tmp_path / tree).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_are_a_home_here_on_loopback(folder: Path) -> None:
    """Nothing given: ./.civiclab, 127.0.0.1:8000, no demo, SQLite in the home."""
    settings = load_settings({}, {})
    assert (settings.home, settings.host, settings.port) == (folder / ".civiclab", "127.0.0.1", 8000)
    assert not settings.demo
    assert settings.records_url == f"sqlite:///{folder}/.civiclab/records/records.db"


def test_an_option_beats_the_environment_beats_the_file(folder: Path) -> None:
    """Each later source overrides only what it names."""
    (folder / "civiclab.toml").write_text("port = 9001\nidle_minutes = 7\nsandbox_pids = 99\n")
    env = {"CIVICLAB_PORT": "9002", "CIVICLAB_IDLE_MINUTES": "8"}
    settings = load_settings({"home": folder, "port": 9003, "host": None}, env)
    assert (settings.port, settings.idle_minutes, settings.sandbox_pids) == (9003, 8, 99)


def test_a_secret_is_read_from_its_file(folder: Path) -> None:
    """CIVICLAB_DATABASE_FILE names the file that holds CIVICLAB_DATABASE."""
    (folder / "secret").write_text("postgresql://example/records\n")
    settings = load_settings({}, {"CIVICLAB_DATABASE_FILE": str(folder / "secret")})
    assert settings.records_url == "postgresql://example/records"


@pytest.mark.parametrize(
    ("text", "env"),
    [
        ("prot = 9001\n", {}),
        ("port = 99999\n", {}),
        ("port = [\n", {}),
        ("", {"CIVICLAB_PROT": "9001"}),
        ("", {"CIVICLAB_PORT": "many"}),
        ("", {"CIVICLAB_DATABASE_FILE": "/nowhere/at/all"}),
    ],
)
def test_what_can_not_be_taken_is_refused(folder: Path, text: str, env: dict[str, str]) -> None:
    """A misspelt name, a wrong value, a broken or missing file: BadInput, never a default instead."""
    (folder / "civiclab.toml").write_text(text)
    with pytest.raises(BadInput):
        load_settings({"home": folder}, env)


def test_the_programs_own_variables_are_no_settings(folder: Path) -> None:
    """CIVICLAB_LANG and what the hub tells its services pass by."""
    assert load_settings({}, {"CIVICLAB_LANG": "en", "CIVICLAB_RUN": "/x", "OTHER": "1"}).port == 8000


def test_content_is_the_given_folder_else_the_checkout_around_us(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder below the checkout finds it; a given folder without content is refused."""
    below = folder / "courses" / "deep"
    below.mkdir()
    monkeypatch.chdir(below)
    assert find_content(None) == folder
    with pytest.raises(BadContent) as refused:
        find_content(below)
    assert refused.value.exit_code == ExitCode.BAD_CONTENT


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *(("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True)),
        *(("0.0.0.0", False), ("192.168.0.4", False), ("::", False), ("example.org", False)),  # noqa: S104
    ],
)
def test_loopback_is_told_from_the_network(tmp_path: Path, host: str, loopback: bool) -> None:
    """Only addresses of this machine count; a name that could be anything does not."""
    assert Settings(home=tmp_path, content=tmp_path, host=host).loopback is loopback
