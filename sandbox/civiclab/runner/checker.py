"""The checker process: runs the checks; the learner's names are values fetched over a socket.

The checks run with this process's own interpreter, builtins and imports: nothing of the learner's is ever
executed here. A name that the checks do not define themselves, and that is no builtin, is asked for.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import socket
import symtable
import sys
from typing import Any

from civiclab.runner.wire import Decoder, Encoder, Gone, Header, WireError, receive, send

DETAIL_LIMIT = 500


class RemoteError(Exception):
    """Raised by the learner's code; of the built-in exception's type too, where there is one of its name."""


class MissingName(NameError):
    """The learner has no such name."""


def remote_error(told: Any) -> Exception:
    """An exception that stands for the learner's."""
    name, message = str(told.get("name", ""))[:80], str(told.get("message", ""))[:DETAIL_LIMIT]
    built_in = getattr(builtins, name, getattr(builtins, str(told.get("base", "")), None))
    # These two would end a check's own loop in silence instead of failing it.
    quiet = built_in in (StopIteration, StopAsyncIteration, Exception)
    if isinstance(built_in, type) and issubclass(built_in, Exception) and not quiet:
        try:
            both: Exception = type(name, (RemoteError, built_in), {})(message)
        except TypeError:  # some built-in exceptions want several arguments
            return RemoteError(f"{name}: {message}")
        return both
    return RemoteError(f"{name}: {message}")


# Methods whose answer is a judgement: the learner's object must not be the one who gives it.
JUDGEMENTS = frozenset(
    ("equals", "eq", "ne", "lt", "le", "gt", "ge", "compare", "identical", "isin", "all", "any")
)


class Handle:
    """Something of the learner's that stays there: calling it, its attributes and items are requests.

    It is equal to nothing but itself, whatever the learner's object says.
    """

    def __init__(self, remote: Remote, number: int, kind: str) -> None:
        self.__dict__.update(_remote=remote, _number=number, _kind=kind)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102 - a forwarded call
        return self._remote.call(self._number, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if (name.startswith("__") and name.endswith("__")) or name in JUDGEMENTS:
            raise AttributeError(f"a {self._kind} of the learner's is not asked for its own '{name}'")
        return self._remote.ask({"op": "attr", "ref": self._number, "name": name})

    def __getitem__(self, key: Any) -> Any:
        return self._remote.item(self._number, key)

    def __len__(self) -> int:
        return int(self._remote.ask({"op": "length", "ref": self._number}))

    def __iter__(self) -> Any:
        return iter(self._remote.ask({"op": "list", "ref": self._number}))

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<the learner's {self._kind}>"


class Remote:
    """The learner process, as the checks reach it."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.told = False  # has the learner's process been given values of the checks'?

    def ask(self, request: Header, blobs: list[bytes] | None = None) -> Any:
        """The value the learner's side answers with, or its exception."""
        send(self.channel, request, blobs)
        reply, parts = receive(self.channel)
        if "error" in reply:
            told = reply["error"] if isinstance(reply["error"], dict) else {}
            raise WireError(str(told.get("message"))) if reply.get("wire") is True else remote_error(told)
        return Decoder(parts, lambda number, kind: Handle(self, number, kind)).decode(reply.get("value"))

    def get(self, name: str) -> Any:
        """The learner's value of this name; MissingName when there is none."""
        try:
            return self.ask({"op": "get", "name": name})
        except RemoteError as error:
            if isinstance(error, NameError):
                raise MissingName(name) from None
            raise

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Calls the learner's object with values of ours."""
        self.told |= bool(args or kwargs)
        encoder = Encoder(self._number_of)
        request = {
            "op": "call",
            "ref": number,
            "args": [encoder.encode(one) for one in args],
            "kwargs": {key: encoder.encode(one) for key, one in kwargs.items()},
        }
        return self.ask(request, encoder.blobs)

    def item(self, number: int, key: Any) -> Any:
        """`object[key]` on the learner's side."""
        self.told = True
        encoder = Encoder(self._number_of)
        return self.ask({"op": "item", "ref": number, "key": encoder.encode(key)}, encoder.blobs)

    @staticmethod
    def _number_of(value: Any) -> int:
        if isinstance(value, Handle):
            number: int = value._number
            return number
        raise TypeError(f"a {type(value).__name__} of the check can't be passed to the learner's code")


class NotRun(NameError):
    """A name that another check defines, and that check did not run."""


class Names(dict[str, Any]):
    """The checks' globals: their own names first, then builtins, then the learner's.

    A learner's value is fetched once a check, so that two looks at one name see one value. A name that
    an earlier check binds is never asked for: a learner could give it in that check's place.
    """

    def __init__(self, remote: Remote) -> None:
        super().__init__(__name__="checks", __builtins__=builtins)
        self.remote = remote
        self.fetched: dict[str, Any] = {}
        self.owners: dict[str, set[str]] = {}
        self.order: list[str] = []
        self.current = ""

    def claim(self, check: str, source: str) -> None:
        """Notes the names that a check binds at its top level. Called in the checks' order."""
        self.order.append(check)
        for name in bound_names(source):
            self.owners.setdefault(name, set()).add(check)

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            raise KeyError(name)
        before = self.order[: self.order.index(self.current)] if self.current in self.order else self.order
        if self.owners.get(name, set()) & set(before):
            raise NotRun(f"{name} is bound by another check, which did not run")
        if name not in self.fetched:
            asked = {"op": name} if name in ("output", "figures") else None
            self.fetched[name] = self.remote.ask(asked) if asked else self.remote.get(name)
        return self.fetched[name]


def _verdict(error: BaseException | None, told: bool = False) -> Header:
    """An outcome's word, the message and whose fault it was, for the supervisor."""
    if error is None:
        return {"outcome": "PASS"}
    if isinstance(error, Gone):
        return {"outcome": "CRASHED"}
    text = str(error)[:DETAIL_LIMIT]
    if isinstance(error, MissingName):
        return {"outcome": "ERROR", "missing": str(error.args[0])[:80]}
    if isinstance(error, (RemoteError, WireError)):
        name = type(error).__name__
        # Once it was given hidden values, its words may be these; the name of a built-in error can't.
        kind = name if hasattr(builtins, name) or isinstance(error, WireError) else "Exception"
        return {"outcome": "ERROR", "detail": kind if told else f"{name}: {text}"}
    if isinstance(error, AssertionError):
        return {"outcome": "FAIL", "detail": text}
    # The check's own words may hold hidden values: they are for the operator.
    kind = type(error).__name__
    return {"outcome": "ERROR", "detail": kind, "operator": f"{kind}: {text}"}


def bound_names(source: str) -> set[str]:
    """What a piece of code binds at its top level: imports, definitions, assignments."""
    table = symtable.symtable(source, "<check>", "exec")
    return {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}


DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def define(source: str, names: Names, kept: tuple[type[ast.stmt], ...] = DEFINITIONS) -> Header:
    """Runs only the imports and definitions of a check that is skipped: later ones may use them."""
    verdict = _verdict(None)
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a cell with magics; it imports nothing for the checks
        return verdict
    for node in body:
        try:
            if isinstance(node, kept):
                exec(compile(ast.Module([node], []), "<definitions>", "exec"), names)  # noqa: S102 - the master's
        except BaseException as error:
            verdict = _verdict(error)
    return verdict


def score(source: str, file: str, names: Names) -> Header:
    """Runs a check; when its last line is a number, that is its partial credit, as in nbgrader."""
    tree = ast.parse(source, file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file, "exec"), names)  # noqa: S102 - the master's own check
    if not isinstance(last, ast.Expr):
        return {}
    value = eval(compile(ast.Expression(last.value), file, "eval"), names)  # noqa: S307 - the master's own check
    number = type(value) in (int, float) or (
        type(value).__module__ == "numpy" and getattr(value, "shape", None) == ()
    )
    return {"score": float(value)} if number and type(value) is not bool else {}


def run_check(identifier: str, source: str, names: Names) -> Header:
    """Runs one check cell; the verdict as data."""
    names.fetched.clear()
    names.current = identifier
    file = f"<check {identifier}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    try:
        return {**_verdict(None), **score(source, file, names)}
    except BaseException as error:
        return _verdict(error, names.remote.told)
    return _verdict(None)


def warm_up() -> None:
    """Runs what every check uses once, for the warm parent."""
    import numpy
    import pandas

    names = Names(Remote(socket.socket()))
    run_check("warm", "import numpy, pandas, pandas.testing, numpy.testing\nassert False, 'x'", names)
    frame = pandas.DataFrame({"a": [1.5], "b": ["x"]}, index=["p"])
    for value in (frame, frame["a"], numpy.arange(3)):
        encoder = Encoder(lambda _: 0)
        Decoder(encoder.blobs, lambda *_: None).decode(encoder.encode(value))


def run(control: int, names: int) -> None:
    """Plays the checker's part on these two descriptors, until the supervisor closes its own.

    An order brings the texts, a check, or a new learner process in place of one that ended.
    """
    orders = socket.socket(fileno=control)
    known = Names(Remote(socket.socket(fileno=names)))
    while True:
        try:
            order, _ = receive(orders)
        except Gone:
            return
        if order["op"] == "learner":
            _, descriptors, _, _ = socket.recv_fds(orders, 1, 1)
            known.remote.channel.close()
            known.remote.channel = socket.socket(fileno=descriptors[0])
            send(orders, {"outcome": "PASS"})
            continue
        obey(order, orders, known)


def obey(order: Header, orders: socket.socket, names: Names) -> None:
    """Takes the texts, or runs one check."""
    if order["op"] == "texts":
        names.update(source=order["source"], written=order["written"])
        # A module of the learner's would run the checks' assertions on her side: what the master imports
        # anywhere is imported here.
        for source in order["imports"]:
            define(source, names, (ast.Import, ast.ImportFrom))
        for check, source in order["checks"].items():
            names.claim(check, source)
        send(orders, {"outcome": "PASS"})
    elif order["op"] == "define":
        send(orders, define(order["source"], names))
    else:
        verdict = run_check(order["id"], order["source"], names)
        send(orders, {**verdict, "told": names.remote.told})


def main() -> None:
    """`checker CONTROL NAMES`: the sockets' descriptors."""
    run(int(sys.argv[1]), int(sys.argv[2]))
