"""Makes the notebook that is handed in."""

from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """A list, whatever was released."""
    return b"[]"
