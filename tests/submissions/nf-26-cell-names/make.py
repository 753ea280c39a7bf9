"""Makes the notebook that is handed in."""

import json
from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """Adds oddly named cells."""
    names = (
        "../../x.ipynb",
        "/etc/passwd",
        "..\\\\x",
        "%2e%2e",
        "x" * 300,
        "CON",
        "\u1112\u1161\u11ab",
        "\u202egpj.x",
        "-rf",
        "=cmd()",
    )
    for name in names:
        released["cells"].append(
            {"cell_type": "code", "id": name, "metadata": {"name": name}, "source": "print('RAN')"}
        )
    return json.dumps(released).encode()
