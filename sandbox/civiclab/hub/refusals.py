"""Why the academy does not start, or stopped: each with the exit code that tells."""

from __future__ import annotations

from civiclab.errors import ExitCode, PersonError


class PortTaken(PersonError):
    """Another program listens on the port."""

    exit_code = ExitCode.PORT_TAKEN


class HomeNotWritable(PersonError):
    """The state can't be kept where it was told to live."""

    exit_code = ExitCode.HOME_NOT_WRITABLE


class SecondInstance(PersonError):
    """An academy runs on this home already."""

    exit_code = ExitCode.SECOND_INSTANCE


class NotLoopback(PersonError):
    """Ready-made accounts would be open to the network."""

    exit_code = ExitCode.NOT_LOOPBACK


class PartDied(PersonError):
    """A part of the academy did not start, or ended."""

    exit_code = ExitCode.PART_DIED
