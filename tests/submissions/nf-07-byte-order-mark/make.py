"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds the mark."""
    return b"\xef\xbb\xbf" + json.dumps(released).encode()
