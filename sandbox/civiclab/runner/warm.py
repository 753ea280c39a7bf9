"""The warm parent: has imported what exercises use, and forks a walled-in child for each run.

Started once by the jail, as root, with an environment that holds nothing. It reads its supervisor's orders
over a Unix socket, with the child's descriptors attached, and hears nothing from a child. A child is the
first process of its own pid namespace and keeps watch over one more process, in which the learner's or the
checker's part runs: the first process of a namespace can't be killed from inside, and an answer must be able
to kill itself.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any, NoReturn

from civiclab.runner import checker, learner, walls

ORDER_LIMIT = 1 << 20
MOST_DESCRIPTORS = 4
STARTED, REFUSED = b"+", b"-"
# One cell, one traceback, one small fit: what is first used in a child is imported again in each.
WARM_UP = """
import pandas, numpy
frame = pandas.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
frame.groupby("b")["a"].mean().reset_index().to_csv()
str(frame); repr(numpy.arange(3.0).mean())
"""
FIT = """
import numpy
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
HistGradientBoostingRegressor(max_iter=2).fit(numpy.random.rand(60, 2), numpy.random.rand(60))
"""


def warm_up(libraries: list[str]) -> Any:
    """Imports, and runs each thing once; the shell that learners' processes inherit."""
    for name in ("numpy", "pandas", "pyarrow", *libraries):
        importlib.import_module(name)
    shell = learner.make_shell()
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123
        shell.run_cell(WARM_UP, store_history=False)
        if "sklearn" in sys.modules:
            shell.run_cell(FIT, store_history=False)
        shell.run_cell("1 / 0", store_history=False)
    shell.reset(new_session=False)
    checker.warm_up()
    return shell


class Warm:
    """Takes orders until its supervisor is gone."""

    def __init__(self, supervisor: socket.socket, settings: dict[str, Any]) -> None:
        self.supervisor = supervisor
        self.program = b64decode(settings["filter"])
        self.shell = warm_up(settings["libraries"])
        shown, hidden = settings["shown"], settings["hidden"]
        self.late = (
            [one for one in shown if walls.below_own(one)],
            [one for one in hidden if walls.below_own(one)],
        )
        early = (
            [one for one in shown if one not in self.late[0]],
            [one for one in hidden if one not in self.late[1]],
        )
        walls.build_base(*early, "learner")
        self.own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        gc.collect()
        gc.freeze()  # what is here stays shared with every child

    def serve(self) -> None:
        """One order at a time; ends with the supervisor."""
        self.supervisor.sendall(STARTED)
        while True:
            ready, _, _ = select.select([self.supervisor], [], [], 0.5)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if ready and not self.obey():
                return

    def obey(self) -> bool:
        """Forks the child of one order; False at the supervisor's end."""
        text, descriptors, _, _ = socket.recv_fds(self.supervisor, ORDER_LIMIT, MOST_DESCRIPTORS)
        if not text:
            return False
        order = json.loads(text)
        try:
            pid = self.fork(order, descriptors)
            self.supervisor.sendall(STARTED + str(pid).encode())
        except OSError as error:
            self.supervisor.sendall(REFUSED + str(error).encode())
        finally:
            for one in descriptors:
                os.close(one)
        return True

    def fork(self, order: dict[str, Any], descriptors: list[int]) -> int:
        """A child in a pid namespace of its own; its id as the host knows it."""
        walls.checked(walls.LIBC.unshare(walls.NEW_PID), "unshare pid")
        pid = os.fork()
        if pid == 0:
            self.be_child(order, descriptors)
        walls.checked(walls.LIBC.setns(self.own_pids, walls.NEW_PID), "setns")
        return pid

    def be_child(self, order: dict[str, Any], descriptors: list[int]) -> NoReturn:
        """Joins its control group, builds its walls, starts its part, and watches until that ends."""
        try:
            os.setsid()
            for file in order["groups"]:
                Path(file).write_text("0")
            self.supervisor.close()
            os.close(self.own_pids)
            for at, one in enumerate(descriptors):
                os.dup2(one, 1 if at == 0 else one)
            os.dup2(1, 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            walls.wall_in(order, self.program, self.late)
        except BaseException as error:
            os.write(2, f"the walls could not be built: {error}\n".encode())
            os._exit(1)
        part = os.fork()
        if part == 0:
            self.play(order, descriptors)
        for one in descriptors[1:]:
            os.close(one)
        watch(part)

    def play(self, order: dict[str, Any], descriptors: list[int]) -> NoReturn:
        """The learner's part, the checker's, or the self-check's probe."""
        code = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.close(descriptors[0])
            if order["part"] == "probe":
                sys.argv = ["probe", *order["arguments"]]
                exec(compile(order["text"], "<probe>", "exec"), {"__name__": "__main__"})  # noqa: S102 - ours
            elif order["part"] == "learner":
                learner.run(descriptors[1], descriptors[2], self.shell)
            else:
                checker.run(descriptors[1], descriptors[2])
            sys.stdout.flush()
            code = 0
        finally:
            os._exit(code)


def watch(part: int) -> NoReturn:
    """Reaps whatever ends in this namespace, and ends with its part; the kernel then kills the rest."""
    walls.LIBC.prctl(walls.PR_SET_DUMPABLE, 0, 0, 0, 0)  # the part, of the same uid, can't look into us
    while True:
        pid, status = os.wait()
        if pid == part:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def main() -> None:
    """`warm SOCKET`: settings come as the first message on the socket."""
    supervisor = socket.socket(fileno=int(sys.argv[1]))
    os.umask(0o022)  # the folders of the root must let the box's uid pass
    walls.checked(walls.LIBC.prctl(walls.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    settings = json.loads(supervisor.recv(ORDER_LIMIT))
    Warm(supervisor, settings).serve()
