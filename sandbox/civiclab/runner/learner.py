"""The learner process: runs the answers in an IPython shell and answers what the checker asks for.

Two sockets: `control` (the supervisor says which cell to run) and `names` (the checker asks for values,
calls, attributes). Nothing here is trusted by anyone: what this process says about itself is only shown.
"""

from __future__ import annotations

import builtins
import selectors
import socket
import sys
from collections.abc import Callable
from typing import Any

from civiclab.runner.wire import Decoder, Encoder, Gone, Header, WireError, receive, send

MESSAGE_LIMIT = 2_000
OUTPUT_KEPT = 100_000  # characters of each cell


class Kept:
    """Objects that stay here; the checker holds their numbers."""

    def __init__(self) -> None:
        self.objects: list[Any] = []

    def keep(self, value: Any) -> int:
        """The number of `value` from now on."""
        self.objects.append(value)
        return len(self.objects) - 1

    def find(self, number: int, _: str = "") -> Any:
        """The object with this number."""
        return self.objects[number]


def describe(error: BaseException) -> Header:
    """An exception as data; its own `__str__` may misbehave."""
    try:
        text = str(error)
    except BaseException:
        text = ""
    number = error.errno if isinstance(error, OSError) else None
    bases = (one.__name__ for one in type(error).__mro__ if one.__module__ == "builtins")
    name, base = type(error).__name__[:80], next(bases, "Exception")
    return {"name": name, "base": base, "message": text[:MESSAGE_LIMIT], "errno": number}


def make_shell() -> Any:
    """A quiet IPython shell without history, start-up files or colours."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.ast_node_interactivity = "none"
    config.InteractiveShell.enable_tip = False
    shell = InteractiveShell.instance(config=config)
    # A question nobody will answer must fail at once, not wait.
    builtins.input = refuse_input
    return shell


def refuse_input(prompt: object = "") -> str:
    """Stands for `input`."""
    raise EOFError("input() is not available while an answer is graded")


class Printed:
    """Passes on what a cell prints, and keeps the beginning of it for the checks."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.room = OUTPUT_KEPT

    def __enter__(self) -> Printed:
        self.parts, self.room, self.before = [], OUTPUT_KEPT, sys.stdout
        sys.stdout = self  # a text stream as far as print and IPython care
        return self

    def __exit__(self, *_: object) -> None:
        sys.stdout = self.before
        self.before.flush()

    def write(self, text: str) -> int:
        """As a stream does."""
        if self.room > 0:
            self.parts.append(text[: self.room])
            self.room -= len(text)
        return self.before.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.before, name)

    def kept(self) -> str:
        """What was printed, up to the limit."""
        return "".join(self.parts)


def figures() -> list[Header]:
    """The open matplotlib figures as plain data: each axes' title, labels, lines and number of bars."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    return [
        {
            "title": axes.get_title(),
            "xlabel": axes.get_xlabel(),
            "ylabel": axes.get_ylabel(),
            "lines": [[list(line.get_xdata()), list(line.get_ydata())] for line in axes.get_lines()],
            "bars": len(axes.patches),
        }
        for number in pyplot.get_fignums()
        for axes in pyplot.figure(number).get_axes()
    ]


class Learner:
    """Serves the two sockets until the supervisor closes its own."""

    def __init__(self, control: socket.socket, names: socket.socket, shell: Any) -> None:
        self.control, self.names = control, names
        self.kept = Kept()
        self.shell = shell
        self.printed = Printed()
        self.output: dict[str, str] = {}
        self.answers: dict[str, Callable[[Header, Callable[[Any], Any]], Any]] = {
            "get": lambda ask, _: self.shell.user_ns[ask["name"]],
            "call": self._call,
            "attr": lambda ask, _: getattr(self.kept.find(ask["ref"]), ask["name"]),
            "item": lambda ask, decode: self.kept.find(ask["ref"])[decode(ask["key"])],
            "length": lambda ask, _: len(self.kept.find(ask["ref"])),
            "list": lambda ask, _: list(self.kept.find(ask["ref"])),
            "output": lambda _ask, _: self.output,
            "figures": lambda _ask, _: figures(),
        }

    def serve(self) -> None:
        """Handles whichever socket speaks; ends with the supervisor."""
        with selectors.DefaultSelector() as both:
            both.register(self.control, selectors.EVENT_READ, self.obey)
            both.register(self.names, selectors.EVENT_READ, self.answer)
            while True:
                for key, _ in both.select():
                    try:
                        key.data()
                    except Gone:
                        return

    def obey(self) -> None:
        """Runs one cell, or imports one library, for the supervisor."""
        order, _ = receive(self.control)
        code = f"import {order['name']}" if order.get("op") == "import" else str(order["source"])
        with self.printed as text:
            result = self.shell.run_cell(code, store_history=False)
        self.output[str(order.get("id"))] = text.kept()
        error = result.error_before_exec or result.error_in_exec
        send(self.control, {"error": describe(error) if error else None})

    def answer(self) -> None:
        """Answers one request of the checker."""
        ask, blobs = receive(self.names)
        decoder = Decoder(blobs, self.kept.find)
        try:
            value = self.answers[ask["op"]](ask, decoder.decode)
            encoder = Encoder(self.kept.keep)
            reply, parts = {"value": encoder.encode(value)}, encoder.blobs
            send(self.names, reply, parts)
        except Gone:
            raise
        except BaseException as error:
            missing = ask.get("op") == "get" and isinstance(error, KeyError)
            told = {"name": "NameError", "message": str(ask.get("name"))} if missing else describe(error)
            send(self.names, {"error": told, "wire": isinstance(error, WireError)})

    def _call(self, ask: Header, decode: Callable[[Any], Any]) -> Any:
        arguments = [decode(one) for one in ask["args"]]
        named = {str(key): decode(one) for key, one in ask["kwargs"].items()}
        return self.kept.find(ask["ref"])(*arguments, **named)


def run(control: int, names: int, shell: Any) -> None:
    """Plays the learner's part on these two descriptors."""
    Learner(socket.socket(fileno=control), socket.socket(fileno=names), shell).serve()


def main() -> None:
    """`learner CONTROL NAMES`: the two sockets' descriptors."""
    run(int(sys.argv[1]), int(sys.argv[2]), make_shell())
