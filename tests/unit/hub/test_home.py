"""The home: private, held by one, with ports that stay."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from civiclab.config import Settings
from civiclab.errors import BadInput, ExitCode
from civiclab.hub import home
from civiclab.hub.refusals import HomeNotWritable, PortTaken, SecondInstance


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_may_look_into_a_home(settings: Settings) -> None:
    """The home and every folder in it are 0700."""
    folders = [settings.home, *(settings.folder(name) for name in home.FOLDERS)]
    assert [mode(folder) for folder in folders] == [0o700] * len(folders)


def test_a_home_below_a_file_is_refused(tmp_path: Path) -> None:
    """No state can be kept there, not even by root."""
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeNotWritable) as refused:
        home.prepare(Settings(home=tmp_path / "file" / "home", content=tmp_path))
    assert refused.value.exit_code == ExitCode.HOME_NOT_WRITABLE


def test_a_home_is_held_by_one_process(settings: Settings) -> None:
    """Another process is refused while we hold it, and told who we are; then it may."""
    script = (
        "import sys; from pathlib import Path; from civiclab.config import Settings; "
        "from civiclab.hub.home import held; "
        f"s = Settings(home=Path({str(settings.home)!r}), content=Path('/'))\n"
        "with held(s): pass\n"
    )

    def other() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    with home.held(settings):
        refused = other()
    assert refused.returncode != 0
    assert SecondInstance.__name__ in refused.stderr
    assert str(os.getpid()) in refused.stderr
    assert other().returncode == 0


def test_a_taken_port_is_refused(settings: Settings) -> None:
    """Whatever listens there."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = settings.model_copy(update={"port": other.getsockname()[1]})
        with pytest.raises(PortTaken):
            home.refuse_taken(taken)
    home.refuse_taken(taken)


def test_an_address_of_another_machine_is_no_taken_port(settings: Settings) -> None:
    """What is wrong is the address, and that is said."""
    with pytest.raises(BadInput):
        home.refuse_taken(settings.model_copy(update={"host": "192.0.2.1"}))


def test_ports_stay_from_start_to_start(settings: Settings) -> None:
    """A sandbox that outlived a crash finds the hub again; the password is new each time."""
    first = home.wire(settings, site="/a")
    second = home.wire(settings, site="/b")
    ports = (first.hub_port, first.service_port, first.proxy_port)
    assert len({*ports, settings.port}) == 4
    assert (second.hub_port, second.service_port, second.proxy_port) == ports
    assert first.proxy_password != second.proxy_password
    assert mode(settings.folder("run") / home.WIRING) == 0o600
    assert home.read_wiring(settings.folder("run") / home.WIRING) == second


def test_a_kept_port_that_is_taken_now_is_replaced(settings: Settings) -> None:
    """The other two stay."""
    first = home.wire(settings)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first.service_port))
        second = home.wire(settings)
    assert second.service_port != first.service_port
    assert (second.hub_port, second.proxy_port) == (first.hub_port, first.proxy_port)


def test_a_private_file_is_never_open_not_even_over_an_open_one(tmp_path: Path) -> None:
    """0600 whatever stood there before."""
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o666)
    home.write_private(path, "new")
    assert (path.read_text(), mode(path)) == ("new", 0o600)
