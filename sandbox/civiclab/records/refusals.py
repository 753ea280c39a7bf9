"""What the records refuse, in words a person can act on."""

from __future__ import annotations

from civiclab.errors import ExitCode, PersonError


class KeyReused(PersonError):
    """The same learner sent the same idempotency key with something else in the body."""


class StaleMark(PersonError):
    """Another instructor has marked this answer since the page was opened."""


class UnknownAnswer(PersonError):
    """No such submission, or no such written answer in it."""


class BadMark(PersonError):
    """Points outside 0 to 3, or criteria that do not add up to the answer's points."""


class RegradeRefused(PersonError):
    """A regrade that can't be begun, or can't be decided as it stands."""


class UnknownRegrade(PersonError):
    """No such regrade."""


class BadAccount(PersonError):
    """An account name or role that can't be."""


class StorageFull(PersonError):
    """The disk is full: nothing of the request was kept, reading goes on."""

    exit_code = ExitCode.OUR_FAULT


class BadRecords(PersonError):
    """The database can't be opened: damaged, or written by a newer version."""
