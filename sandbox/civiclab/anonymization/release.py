"""The doors: from a raw table to a signed `release/` folder, or to nothing at all.

Raw data lives in a temporary folder of the owner's alone and is gone when the door closes. The generator of
synthetic tables is handed in, so that this room does not know it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import randbits
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from civiclab.anonymization.gate import Candidate, file_hash, folder_hash, pass_gate, raw_hash
from civiclab.anonymization.ledger import Entry, append, load_ledger
from civiclab.anonymization.manifest import describe, load_key, write_signed
from civiclab.anonymization.recipe import Recipe, load_recipe
from civiclab.anonymization.recode import Staged, recode
from civiclab.errors import BadContent

# Writes every raw table of a schema into a folder: (schema, rows, seed, folder); `citydata.raw.write_raw`.
RawWriter = Callable[[Path, int | None, int, Path], None]
_LEDGER = "ledger.json"


@dataclass(frozen=True)
class _Input:
    """A raw folder, what the generator makes again of it, and what the manifest tells of its origin."""

    raw: Path
    again: Path | None
    seed: int
    origin: Mapping[str, Any]


def release(
    dataset_dir: Path,
    key: Path,
    *,
    seed: int,
    rows: int | None,
    raw: RawWriter,
    approvals: Sequence[str] = (),
) -> Path:
    """Make, recode, gate and sign a synthetic dataset; its `release/` folder.

    The raw table is made twice: the gate believes that it is synthetic because both are equal. GateBlocked
    with every finding, and nothing written, where it may not leave.
    """
    with TemporaryDirectory(prefix="civiclab-raw-") as name:
        first, again = _folders(Path(name), "raw", "again")
        for folder in (first, again):
            raw(dataset_dir / "schema.yaml", rows, seed, folder)
        origin = {"seed": seed, "rows": rows, "approvals": list(approvals)}
        return _release(dataset_dir, key, _Input(first, again, seed, origin))


def release_export(dataset_dir: Path, key: Path, export: Path, *, approvals: Sequence[str]) -> Path:
    """The same for a city's export in the folder `export`, which stays the caller's to destroy.

    A recipe of `basis: synthetic` is always refused here: nothing can make an export again. The seed of the
    surrogates is drawn and forgotten, so that nobody can replay them.
    """
    origin = {"seed": None, "rows": None, "approvals": list(approvals)}
    return _release(dataset_dir, key, _Input(export, None, randbits(64), origin))


def _release(dataset_dir: Path, key: Path, given: _Input) -> Path:
    signer, recipe = load_key(key), load_recipe(dataset_dir / "recipe.yaml")
    if recipe.dataset != dataset_dir.name:
        raise BadContent(
            "The recipe is for another dataset: {name}.", where=dataset_dir.name, name=recipe.dataset
        )
    book = dataset_dir.parent / _LEDGER
    with TemporaryDirectory(prefix="civiclab-release-") as name:
        staged, people = _folders(Path(name), "staged", "people")
        recode(recipe, given.raw, Staged(staged, people), given.seed)
        policy, ledger = file_hash(dataset_dir / "recipe.yaml"), load_ledger(book)
        passed = pass_gate(Candidate(recipe, policy, staged, people, given.raw, given.again, ledger))
        entry = _entry(recipe, policy, given.raw, staged)
        told = {**given.origin, **_circumstances(), "release": entry.id}
        manifest = describe(dataset_dir, recipe, staged=staged, figures=passed.figures)
        write_signed({**manifest, **told, "input": entry.raw}, signer, staged)
        # The ledger first: a release that is in it and never appeared costs nothing, the opposite does.
        append(book, ledger, entry)
        return _swap(staged, dataset_dir / "release")


def _circumstances() -> dict[str, str]:
    return {"numpy": np.__version__, "released": datetime.now(UTC).date().isoformat()}


def _entry(recipe: Recipe, policy: str, raw: Path, staged: Path) -> Entry:
    files = {path.name: file_hash(path) for path in sorted(staged.iterdir())}
    return Entry(
        id=f"{recipe.dataset}-{folder_hash(staged)[:12]}",
        dataset=recipe.dataset,
        basis=recipe.basis,
        raw=raw_hash(raw),
        recipe=policy,
        files=files,
    )


def _folders(parent: Path, *names: str) -> tuple[Path, ...]:
    for name in names:
        (parent / name).mkdir(mode=0o700)
    return tuple(parent / name for name in names)


def _swap(staged: Path, target: Path) -> Path:
    """Put `staged` in the place of `target`; where that fails, the old release stands again."""
    fresh, old = target.with_name(".release.new"), target.with_name(".release.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(staged, fresh)
    fresh.chmod(0o755)
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
    return target
