"""Errors that a person reads, kept apart from faults of ours.

A `PersonError` is shown without a traceback, in the reader's language, and ends the command with its exit
code. Anything else that reaches the top is a fault of ours: it is logged with its traceback and exits 3.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What the command's exit code tells; the README lists them."""

    OK = 0
    FINDINGS = 1  # the command worked and found something to mend (`check`, `doctor`)
    BAD_INPUT = 2  # what was given can't be taken
    OUR_FAULT = 3
    PORT_TAKEN = 4
    HOME_NOT_WRITABLE = 5
    SECOND_INSTANCE = 6
    NO_JAIL = 7
    NOT_LOOPBACK = 8
    BAD_CONTENT = 9
    PART_DIED = 10  # a part of the academy did not start, or ended


class PersonError(Exception):
    """Something a person can mend.

    `message` is the English message id of the translation catalogue, with `{name}` placeholders that
    `values` fill; `where` is the file, line or id concerned.
    """

    exit_code = ExitCode.BAD_INPUT

    def __init__(self, message: str, /, *, where: str = "", **values: Any) -> None:
        self.message = message
        self.values = values
        self.where = where
        super().__init__(f"{where}: {self.english}" if where else self.english)

    @property
    def english(self) -> str:
        """The message in English, filled in."""
        return self.message.format(**self.values)


class BadContent(PersonError):
    """A course, clause, exercise or dataset folder does not hold what it must."""

    exit_code = ExitCode.BAD_CONTENT


class BadInput(PersonError):
    """A file or argument that can't be taken."""


class NoJail(PersonError):
    """A wall of the jail can't be built on this host; nothing of a learner's runs without it."""

    exit_code = ExitCode.NO_JAIL
