"""The system-call filter: calls that no exercise needs and that walls have been broken with."""

from __future__ import annotations

import errno
import tempfile
from functools import cache

from civiclab.errors import NoJail

# Tracing and other processes' memory, mounts and namespaces, kernel keys, kernel code, io_uring (it passes by
# filters), and calls that isolate (github.com/ioi/isolate) had to block after the fact.
DENIED = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd"),
    *("mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns"),
    *("keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load"),
    *("open_by_handle_at", "name_to_handle_at", "quotactl", "swapon", "swapoff", "reboot", "acct"),
    *("clock_settime", "settimeofday", "adjtimex", "clock_adjtime", "sethostname", "setdomainname"),
)
BLOCKED_FAMILIES = (16, 17, 38, 40, 44)  # netlink, packet, alg, vsock, xdp
NETLINK = 16
NEW_USER = 0x10000000


@cache
def filter_program(network: bool) -> bytes:
    """The BPF program bubblewrap loads. With `network`, netlink stays open: name look-ups need it."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError) as error:
        raise NoJail(
            "libseccomp is missing ({reason}). Install it: apt-get install libseccomp2", reason=error
        ) from None
    rules = pyseccomp.SyscallFilter(defaction=pyseccomp.ALLOW)
    for name in DENIED:
        # A call that this kernel does not know can't be called either.
        if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) != -1:
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
    # No user namespace through clone; clone3 hides its flags from a filter, and libc does without it.
    rules.add_rule(
        pyseccomp.ERRNO(errno.EPERM), "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, NEW_USER, NEW_USER)
    )
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    for family in BLOCKED_FAMILIES:
        if not (network and family == NETLINK):
            rules.add_rule(
                pyseccomp.ERRNO(errno.EAFNOSUPPORT), "socket", pyseccomp.Arg(0, pyseccomp.EQ, family)
            )
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
