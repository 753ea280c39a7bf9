"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Encodes as UTF-16."""
    return json.dumps(released, ensure_ascii=False).encode("utf-16")
