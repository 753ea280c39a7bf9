"""What a learner's server gets to see."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from civiclab.hub.pages import SignUpPage
from civiclab.hub.spawner import JailSpawner, environment, own_home
from civiclab.records.store import Records, open_records


def test_the_environment_is_an_allow_list() -> None:
    """Nothing of the hub's own environment passes but what the hub tells this server."""
    told = environment(
        {
            "JUPYTERHUB_API_TOKEN": "hers",
            "JUPYTERHUB_ADMIN_ACCESS": "",
            "JPY_API_TOKEN": "hers",
            "CONFIGPROXY_AUTH_TOKEN": "secret",
            "CIVICLAB_DATABASE": "sqlite:///secret",
            "PYTHONPATH": "/evil",
            "LD_PRELOAD": "/evil.so",
            "PATH": "/evil",
            "HOME": "/root",
        },
        "http://127.0.0.1:1/services/civiclab",
    )
    assert told["JUPYTERHUB_API_TOKEN"] == "hers"
    assert not {"CONFIGPROXY_AUTH_TOKEN", "CIVICLAB_DATABASE", "PYTHONPATH", "LD_PRELOAD"} & told.keys()
    assert "/evil" not in "".join(told.values())
    assert told["HOME"] == "/home/learner"
    assert told["CIVICLAB_EXERCISES"] == "/srv/civiclab/exercises"


def test_a_home_is_its_learners_alone(tmp_path: Path) -> None:
    """0700, owned by her uid; one opened too far is closed again."""
    uid = 20_123 if os.geteuid() == 0 else os.geteuid()
    home = own_home(tmp_path, "learner", uid)
    home.chmod(0o777)
    own_home(tmp_path, "learner", uid)
    found = home.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o700, uid)


def test_a_link_is_no_home(tmp_path: Path) -> None:
    """Nothing behind it changes hands."""
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "learner").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RuntimeError):
        own_home(tmp_path, "learner", os.geteuid() or 20_123)
    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == 0o755


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """Records that know an approved learner and an approved instructor."""
    opened = open_records(f"sqlite:///{tmp_path}/records.db")
    opened.approve("learner", "learner", "civil-affairs", by="instructor")
    opened.approve("instructor", "instructor", None, by="console")
    return opened


def test_a_withdrawn_learner_keeps_no_running_sandbox(records: Records) -> None:
    """Asked at each look at the box: approved is left alone, withdrawn is ended."""
    authenticator = SimpleNamespace(records=records)
    hers = SimpleNamespace(authenticator=authenticator, _box="box", user=SimpleNamespace(name="learner"))
    assert asyncio.run(JailSpawner._still_approved(hers))
    records.withdraw("learner", by="instructor")
    assert not asyncio.run(JailSpawner._still_approved(hers))


def test_a_name_that_the_records_know_can_not_be_signed_up_again(records: Records) -> None:
    """With the passwords' database lost, the first comer must not become the instructor."""
    made: list[str] = []
    authenticator = SimpleNamespace(
        records=records,
        user_exists=lambda name: False,
        is_password_strong=lambda password: True,
        create_user=lambda name, password: made.append(name) or name,
    )
    page = SimpleNamespace(authenticator=authenticator, log=SimpleNamespace(info=lambda *_: None))
    word = "long-enough-password"
    assert SignUpPage._outcome(page, "instructor", word, word) == "taken"
    assert SignUpPage._outcome(page, "newcomer", word, word) == "done"
    assert made == ["newcomer"]
