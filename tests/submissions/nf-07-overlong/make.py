"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds an overlong slash."""
    return json.dumps(released).encode().replace(b"nbformat", b"nbformat\xc0\xaf", 1)
