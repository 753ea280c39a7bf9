"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Changes the minor version."""
    released["nbformat_minor"] = 999
    return json.dumps(released).encode()
