"""The one rule for account names, used at sign-up, at sign-in and on the command line."""

from __future__ import annotations

import re

from civiclab.errors import BadInput

# No '-': JupyterHub builds client ids from "name-server", so that `a-b` and a's server `b` would collide
# (CVE-2026-108752). No capitals, no other alphabets: no two names look alike.
RULE = r"[a-z][a-z0-9_]{2,31}"
NAME = re.compile(RULE)
MOST_SHOWN = 32


def normalise(name: str) -> str:
    """The name as it is kept: without blanks around it, in small letters."""
    return name.strip().lower()


def is_name(name: str) -> bool:
    """Whether a normalised name holds to the rule."""
    return NAME.fullmatch(name) is not None


def checked(name: str) -> str:
    """The normalised name; BadInput when it breaks the rule."""
    if not is_name(found := normalise(name)):
        raise BadInput(
            "An account name has 3 to 32 characters: a letter, then small letters, digits and '_'.",
            where=shown(name),
        )
    return found


def shown(name: str) -> str:
    """A name from outside for one log line: no control characters, capped (CVE-2026-54338)."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in name[:MOST_SHOWN])
    return clean if len(name) <= MOST_SHOWN else f"{clean}...({len(name)})"
