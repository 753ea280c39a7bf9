"""The supervisor's line to a jailed process: one JSON object out, one back, before a deadline.

Written apart from the runner's own framing on purpose: this side parses what a hostile process sends.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

REPLY_LIMIT = 64 * 1024


class Gone(Exception):
    """The process has ended, or said something that is no reply."""


class TimeUp(Exception):
    """The deadline passed without a reply."""


class Line:
    """One end of a socket pair whose other end a jailed process holds."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel

    def ask(self, order: dict[str, Any], deadline: float) -> dict[str, Any]:
        """The reply to `order`. `deadline` is a time.monotonic() value."""
        self._send(order, deadline)
        return self.hear(deadline)

    def hand_over(self, order: dict[str, Any], descriptor: int, deadline: float) -> dict[str, Any]:
        """As `ask`, with a descriptor for the process to keep."""
        self._send(order, deadline)
        try:
            socket.send_fds(self.channel, [b"\0"], [descriptor])
        except OSError:
            raise Gone from None
        return self.hear(deadline)

    def _send(self, order: dict[str, Any], deadline: float) -> None:
        text = json.dumps(order).encode()
        try:
            self.channel.settimeout(max(deadline - time.monotonic(), 0.001))
            self.channel.sendall(struct.pack("!II", len(text), 0) + text)
        except TimeoutError:
            raise TimeUp from None
        except OSError:
            raise Gone from None

    def hear(self, deadline: float) -> dict[str, Any]:
        """The next reply, also one that is late."""
        try:
            return self._reply(deadline)
        except TimeoutError:
            raise TimeUp from None
        except OSError:
            raise Gone from None

    def _reply(self, deadline: float) -> dict[str, Any]:
        size, blobs = struct.unpack("!II", self._read(8, deadline))
        if size > REPLY_LIMIT or blobs:
            raise Gone
        try:
            reply = json.loads(self._read(size, deadline))
        except (ValueError, RecursionError):
            raise Gone from None
        if not isinstance(reply, dict):
            raise Gone
        return reply

    def _read(self, count: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            self.channel.settimeout(max(deadline - time.monotonic(), 0.001))
            part = self.channel.recv(count - len(parts))
            if not part:
                raise Gone
            parts += part
        return bytes(parts)
