"""What the academy is told: built-in defaults < `<home>/civiclab.toml` < CIVICLAB_* < the command line.

A setting whose value is a secret can be given as a file: CIVICLAB_DATABASE_FILE names the file whose text is
CIVICLAB_DATABASE. A name that is not a setting is refused, so that a misspelt one is never ignored.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from civiclab.errors import BadContent, BadInput

LOOPBACK = "127.0.0.1"
DEFAULT_HOME = ".civiclab"
PREFIX = "CIVICLAB_"
FILE = "_FILE"
TREES = ("courses", "exercises")
# Told to programs that the hub starts, or read by other rooms; no settings of the academy.
NOT_SETTINGS = frozenset(
    {"LANG", "SITE", "SITE_ADDRESS", "RUN", "RELEASED", "WIRING", "SERVICE_URL", "EXERCISES", "CONTENT_DIR"}
)
INSIDE_WHEEL = Path(__file__).parent / "content"


class Settings(BaseModel):
    """Frozen settings of one academy; paths are absolute. Figures are for each learner's sandbox."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path
    content: Path
    host: str = LOOPBACK
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    demo: bool = False
    database: str = ""  # SQLAlchemy address of the records; empty: SQLite in the home
    gradebook: str = ""  # of nbgrader's gradebook
    hub_database: str = ""
    sandbox_memory_mb: Annotated[int, Field(ge=256)] = 1024
    sandbox_pids: Annotated[int, Field(ge=32)] = 256
    sandbox_cpus: Annotated[float, Field(gt=0)] = 1.0
    sandbox_count: Annotated[int, Field(ge=1)] = 100  # alive at once: 24 GB carry about that many
    idle_minutes: Annotated[int, Field(ge=1)] = 30
    failed_logins: Annotated[int, Field(ge=1)] = 5
    lock_minutes: Annotated[int, Field(ge=1)] = 10

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the academy."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def address(self) -> str:
        """What a person types into the browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def records_url(self) -> str:
        """SQLAlchemy address of the records."""
        return self.database or f"sqlite:///{self.home / 'records' / 'records.db'}"

    @property
    def gradebook_url(self) -> str:
        """SQLAlchemy address of nbgrader's gradebook."""
        return self.gradebook or f"sqlite:///{self.home / 'records' / 'gradebook.db'}"

    @property
    def hub_url(self) -> str:
        """SQLAlchemy address of JupyterHub's database, which holds the passwords' hashes."""
        return self.hub_database or f"sqlite:///{self.home / 'hub' / 'jupyterhub.sqlite'}"

    def folder(self, name: str) -> Path:
        """A folder of the home: hub, records, homes, released, site, logs or run."""
        return self.home / name

    @classmethod
    def checked(cls, fields: Mapping[str, Any], where: str = "") -> Self:
        """Settings of these fields; BadInput names the first that is wrong."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise BadInput(
                "The setting '{name}' is wrong: {reason}", where=where, name=name, reason=first["msg"]
            ) from None


def load_settings(
    given: Mapping[str, Any], env: Mapping[str, str] | None = None, *, content: bool = True
) -> Settings:
    """The settings of a command; `given` are its options, None where an option was left out.

    A command on the home alone says `content=False`: nothing is looked for then.

    BadInput for a file or variable that can't be taken, BadContent where no content is found.
    """
    env = os.environ if env is None else env
    options = {name: value for name, value in given.items() if value is not None}
    told = from_environment(env)
    home = Path(options.get("home") or told.get("home") or DEFAULT_HOME).absolute()
    fields = {**from_file(home / "civiclab.toml"), **told, **options, "home": home}
    fields["content"] = find_content(fields.get("content")) if content else home
    return Settings.checked(fields)


def from_file(path: Path) -> dict[str, Any]:
    """The settings in a TOML file; none where there is no file."""
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except tomllib.TOMLDecodeError as error:
        raise BadInput("The file is not TOML: {reason}", where=str(path), reason=error) from None
    _refuse_unknown(found, str(path))
    return found


def from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings among CIVICLAB_* variables, secrets read from the files that CIVICLAB_*_FILE name."""
    found: dict[str, Any] = {}
    for variable, value in env.items():
        name = variable.removeprefix(PREFIX)
        if name == variable or name in NOT_SETTINGS:
            continue
        setting = name.removesuffix(FILE).lower()
        _refuse_unknown({setting: value}, variable)
        found[setting] = _secret(variable, value) if name.endswith(FILE) else value
    return found


def _secret(variable: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "The file {path} can't be read: {reason}", where=variable, path=path, reason=error
        ) from None


def _refuse_unknown(found: Mapping[str, Any], where: str) -> None:
    for name in found.keys() - Settings.model_fields.keys():
        raise BadInput("There is no setting '{name}'.", where=where, name=name)


def find_content(explicit: Path | str | None) -> Path:
    """The folder with `courses/` and `exercises/`: given, else the checkout, else the wheel's copy."""
    if explicit is not None:
        folder = Path(explicit).absolute()
        if not holds_content(folder):
            raise BadContent("The folder holds no courses/ and exercises/.", where=str(folder))
        return folder
    here = Path.cwd()
    for folder in (here, *here.parents, INSIDE_WHEEL):
        if holds_content(folder):
            return folder
    raise BadContent("No courses/ and exercises/ were found here. Name their folder with --content.")


def holds_content(folder: Path) -> bool:
    """Whether `folder` looks like a content folder."""
    return all((folder / tree).is_dir() for tree in TREES)
