"""Control groups of both versions, on a folder that stands for the kernel's."""

from __future__ import annotations

from pathlib import Path

import pytest

from civiclab.errors import NoJail
from civiclab.jail.box import Limits
from civiclab.jail.cgroups import find_group, make_group, version


def test_version_2_limits_go_into_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel offers version 2, memory, swap, processes and CPU are set in the box's folder."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    group = make_group("box", Limits(memory_bytes=5, pids=7, cpus=0.5), tmp_path)
    folder = tmp_path / "civiclab" / "box"
    read = {
        name: (folder / name).read_text() for name in ("memory.max", "memory.swap.max", "pids.max", "cpu.max")
    }
    assert read == {"memory.max": "5", "memory.swap.max": "0", "pids.max": "7", "cpu.max": "50000 100000"}
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    assert group.procs_files == [folder / "cgroup.procs"]
    assert find_group("box", tmp_path).folders == group.folders


def test_version_2_tells_what_hit_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """oom kills and refused forks are read from the events files."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    (tmp_path / "cgroup.controllers").write_text("")
    group = make_group("box", Limits(), tmp_path)
    folder = group.folders["memory"]
    (folder / "memory.events").write_text("low 0\noom 2\noom_kill 1\n")
    (folder / "pids.events").write_text("max 3\n")
    (folder / "memory.peak").write_text("4096\n")
    usage = group.usage()
    assert (usage.oom_kills, usage.pids_denied, usage.peak_bytes) == (1, 3, 4096)


def test_version_1_limits_go_into_each_controller(tmp_path: Path) -> None:
    """Where the controllers are mounted apart, each gets its own folder and limit."""
    for name in ("memory", "pids", "cpu"):
        (tmp_path / name).mkdir()
    group = make_group("box", Limits(memory_bytes=5, pids=7, cpus=2), tmp_path)
    assert version(tmp_path) == 1
    assert (tmp_path / "memory/civiclab/box/memory.limit_in_bytes").read_text() == "5"
    assert (tmp_path / "pids/civiclab/box/pids.max").read_text() == "7"
    assert (tmp_path / "cpu/civiclab/box/cpu.cfs_quota_us").read_text() == "200000"
    assert len(group.procs_files) == 3


def test_without_control_groups_nothing_starts(tmp_path: Path) -> None:
    """No controllers: NoJail, with the remedy."""
    with pytest.raises(NoJail, match="control groups"):
        make_group("box", Limits(), tmp_path)


def test_unwritable_control_groups_say_the_remedy(tmp_path: Path) -> None:
    """Limits that can't be set are refused with what to do."""
    for name in ("memory", "pids", "cpu"):
        (tmp_path / name).mkdir()
    (tmp_path / "memory" / "civiclab").write_text("a file where a folder must be")
    with pytest.raises(NoJail, match="root"):
        make_group("box", Limits(), tmp_path)
