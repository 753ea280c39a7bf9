"""What a learner's server gets to see."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from civiclab.hub.spawner import environment, own_home


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
