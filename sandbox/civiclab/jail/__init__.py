"""The jail: a learner's code is hostile, and runs nowhere else.

Theory of operation
-------------------
A `Box` says what a program may see and use. `launch` starts the program in it:

1. A control group of the box's name is made (version 1 or 2): memory of the whole tree, processes, CPU.
2. A shell joins that group, and, when we are root, takes a mount namespace of its own and *stages* there
   read-only binds of what the box shows. So an interpreter or a state folder below a directory that only
   root can enter is still visible to the box, and to nothing else.
3. It gives up root for the box's own uid, with no supplementary groups. Only then bubblewrap is started:
   started as root it would leave root's files readable and process limits without effect.
4. bubblewrap builds user, mount, pid, ipc, uts, cgroup and (unless `network`) net namespaces, a root of
   tmpfs with read-only binds, drops every capability, forbids new privileges and further user namespaces,
   and loads the seccomp filter.

Grading forks instead: a `WarmParent`, started once as root, has imported what exercises use, and each child
builds the same walls around itself before it sees anything of a submission (`civiclab.runner.walls`).

Nothing starts where a wall can't be built: `NoJail` says which, and what to do. `prove_walls` starts a
probe in a box and compares what it could do with what it must not.
"""

from civiclab.jail.box import Box, Limits, Mount, interpreter_mounts
from civiclab.jail.diagnosis import Finding, diagnose
from civiclab.jail.launcher import Running, kill_box, launch
from civiclab.jail.selfcheck import prove_walls
from civiclab.jail.uids import UidPool
from civiclab.jail.warm import Forked, WarmParent

__all__ = [
    "Box",
    "Finding",
    "Forked",
    "Limits",
    "Mount",
    "Running",
    "UidPool",
    "WarmParent",
    "diagnose",
    "interpreter_mounts",
    "kill_box",
    "launch",
    "prove_walls",
]
