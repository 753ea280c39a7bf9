"""The program a learner's jail starts: `python -I -m civiclab.runner.sandbox`.

JupyterHub's single-user server with JupyterLab, made quick and quiet: of the server extensions only
JupyterLab and the bench are loaded, no configuration is read from the learner's home, nothing is fetched from
elsewhere, kernels listen on sockets in a private folder instead of ports, and no command hides behind a link
in an output.

Arguments are passed on to the server. `--standalone` starts it without a hub, behind JupyterLab's own token,
for trying the sandbox out.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

MEGABYTE = 1024 * 1024

# The start is spent on imports; this one (of jsonschema, for checking IRIs that Jupyter has none of) costs
# 1.2 of 2.6 seconds. jsonschema does without it when it is absent.
NEEDLESS = ("rfc3987_syntax",)

# Only these are loaded: no terminal, no nbgrader, no language servers, no second interface.
SERVER_EXTENSIONS = ("jupyterlab", "civiclab.runner.bench")

# Their server halves are not there, so their buttons would only fail.
HIDDEN_LAB_EXTENSIONS = (
    "@jupyter/nbgrader",
    "@jupyter-notebook/lab-extension",
    "@jupyterlab/extensionmanager-extension",
    "@jupyterlab/fileeditor-extension:language-server",
    "@jupyterlab/lsp-extension",
    "@jupyterlab/notebook-extension:language-server",
    "@jupyterlab/terminal-extension",
    "jupyterlab-jupytext",
)


def server_config(home: Path) -> dict[str, Any]:
    """The server's settings for a learner whose files are in `home`."""
    return {
        "ServerApp": {
            "jpserver_extensions": dict.fromkeys(SERVER_EXTENSIONS, True),
            "root_dir": str(home),
            "open_browser": False,
            "terminals_enabled": False,
            # 150 MB arrive as base64 in one JSON body, a third longer.
            "max_body_size": 256 * MEGABYTE,
            "max_buffer_size": 256 * MEGABYTE,
            # A whole notebook, pictures and all, may go to the kernel in one message.
            "tornado_settings": {"websocket_max_message_size": 64 * MEGABYTE},
        },
        # 48 MB within three seconds: an exercise's 30 MB of output pass, an endless print is still throttled.
        "ZMQChannelsWebsocketConnection": {"iopub_data_rate_limit": 16 * MEGABYTE, "rate_limit_window": 3},
        "KernelManager": {"transport": "ipc"},
        "FileContentsManager": {"delete_to_trash": False},
        # Nothing asks a package index, a news feed or a release list: there is no way out of the jail.
        "LabApp": {
            "extension_manager": "readonly",
            "lock_all_plugins": True,
            "news_url": None,
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        },
    }


def page_config() -> dict[str, Any]:
    """What JupyterLab's page leaves out."""
    return {"disabledExtensions": dict.fromkeys(HIDDEN_LAB_EXTENSIONS, True)}


def default_settings() -> dict[str, Any]:
    """JupyterLab's settings where they differ from its own defaults."""
    return {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        "@jupyterlab/apputils-extension:sanitizer": {"allowCommandLinker": False},
    }


def write_config(folder: Path, home: Path) -> None:
    """Lay the three configurations down where Jupyter looks for them under `folder`."""
    labconfig = folder / "labconfig"
    labconfig.mkdir(parents=True, exist_ok=True)
    write_json(folder / "jupyter_server_config.json", server_config(home))
    write_json(labconfig / "page_config.json", page_config())
    write_json(labconfig / "default_setting_overrides.json", default_settings())


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write `content` to `path`."""
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def set_environment(private: Path, home: Path) -> None:
    """Point Jupyter at the folder `private`, and away from configuration in `home`."""
    os.environ.update(
        JUPYTER_CONFIG_PATH=str(private / "config"),
        JUPYTERHUB_DISABLE_USER_CONFIG="1",
        JUPYTERHUB_SINGLEUSER_EXTENSION="1",
        JUPYTERHUB_SINGLEUSER_LOAD_OTHER_EXTENSIONS="0",
        # A package under the home's .local must not stand in for one that an exercise names.
        PYTHONNOUSERSITE="1",
    )
    # The runtime folder holds the kernels' sockets and keys: never in the home, which the file browser shows.
    os.environ.setdefault("JUPYTER_RUNTIME_DIR", str(private / "run"))
    os.environ.setdefault("JUPYTERHUB_ROOT_DIR", str(home))
    os.environ.setdefault("JUPYTERHUB_DEFAULT_URL", "/lab")


def block_needless_imports() -> None:
    """Make the needless modules look as if they were not installed."""
    for name in NEEDLESS:
        sys.modules[name] = None  # type: ignore[assignment]


def main() -> None:
    """Serve until told to stop."""
    home = Path.home()
    private = Path(tempfile.mkdtemp(prefix="sandbox-"))
    try:
        write_config(private / "config", home)
        set_environment(private, home)
        block_needless_imports()
        launch()
    finally:
        shutil.rmtree(private, ignore_errors=True)


def launch() -> None:
    """Start the hub's server, or with `--standalone` one without a hub."""
    if "--standalone" in sys.argv:
        sys.argv.remove("--standalone")
        from jupyter_server.serverapp import ServerApp

        server = ServerApp.instance()
        server.initialize(sys.argv[1:], find_extensions=False)
        server.start()
    else:
        from jupyterhub.singleuser.extension import main as launch_single_user

        launch_single_user()


if __name__ == "__main__":
    main()
