"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Encodes as CP949."""
    released["metadata"]["x"] = "민원"
    return json.dumps(released, ensure_ascii=False).encode("cp949", "ignore")
