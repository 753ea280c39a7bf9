"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Names another kernel."""
    released["metadata"]["kernelspec"] = {"name": "../../evil", "display_name": "bash", "language": "bash"}
    released["metadata"]["language_info"] = {"name": "bash", "codemirror_mode": {"name": "shell"}}
    return json.dumps(released).encode()
