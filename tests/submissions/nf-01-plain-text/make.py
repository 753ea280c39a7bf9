"""Makes the notebook that is handed in."""

from typing import Any


def make(released: dict[str, Any]) -> bytes:
    """A sentence."""
    return "민원 답변입니다.".encode()
