"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Keeps nothing."""
    return json.dumps(released | {"cells": [], "metadata": {}}).encode()
