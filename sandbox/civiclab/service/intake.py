"""Reading what a request carries, with a limit on size and time."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from urllib.parse import parse_qs

from fastapi import Request

from civiclab.service.problems import Problem, plain

MOST_SUBMISSION_BYTES = 10 * 1024 * 1024
MOST_FORM_BYTES = 64 * 1024
MOST_FORM_FIELDS = 100
MOST_SECONDS = 60.0  # for the whole body; a slow sender must not hold a place for ever
PER_MINUTE = 30


async def read_body(request: Request, most: int) -> bytes:
    """The body, refused while it streams once it is larger than `most`; compressed bodies are refused."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "compressed", "Send the file as it is, not compressed.")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(MOST_SECONDS):
            return await _stream(request, most)
    except TimeoutError:
        raise Problem(408, "too-slow", "The file did not arrive in time. Please try again.") from None


async def _stream(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> Problem:
    size = f"{most // 1024 // 1024} MB" if most >= 1024 * 1024 else f"{most // 1024} KB"
    return Problem(413, "too-large", "This is larger than {size} and was not taken.", size=size)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; the last of equal names counts."""
    body = await read_body(request, MOST_FORM_BYTES)
    try:
        text = body.decode("ascii")
        fields = parse_qs(
            text, keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS, encoding="utf-8", errors="strict"
        )
    except ValueError:
        raise plain(400) from None
    return {name: values[-1] for name, values in fields.items()}


class RateLimit:
    """At most `most` submissions a learner within any `seconds`."""

    def __init__(
        self, most: int = PER_MINUTE, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._moments: dict[str, deque[float]] = {}

    def take(self, learner: str) -> None:
        """Count one; Problem 429 when there have been too many."""
        now = self._clock()
        self._forget(now)
        moments = self._moments.setdefault(learner, deque())
        if len(moments) >= self._most:
            raise Problem(429, "too-many", "You have submitted very often. Please wait a minute.")
        moments.append(now)

    def _forget(self, now: float) -> None:
        for learner, moments in list(self._moments.items()):
            while moments and moments[0] <= now - self._seconds:
                moments.popleft()
            if not moments:
                del self._moments[learner]
