"""`civiclab`: arguments in, exit code out; the only printer.

Other rooms are imported when their command is run, so that `--help` and a wrong option answer at once.
"""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from civiclab import __version__
from civiclab.commands import add_bench, add_content, add_data, add_home, say
from civiclab.config import DEFAULT_HOME, Settings, load_settings
from civiclab.errors import BadInput, ExitCode, PersonError
from civiclab.translation import explain, terminal_language, translate

Command = Callable[[argparse.Namespace], ExitCode]
log = logging.getLogger("civiclab")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; its exit code (README lists them)."""
    args = parser().parse_args(argv)
    try:
        return int(args.run(args))
    except PersonError as error:
        print(explain(error, terminal_language()), file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.OK)
    except BrokenPipeError:  # the reader of our output has gone: `civiclab check | head`
        sys.stderr.close()
        return int(ExitCode.OK)
    except Exception as fault:
        return int(our_fault(args, fault))


def our_fault(args: argparse.Namespace, fault: Exception) -> ExitCode:
    """Logs the traceback, tells the person in one line that it is not her fault."""
    folder = Path(getattr(args, "home", None) or DEFAULT_HOME).absolute() / "logs"
    where = str(folder / "faults.log")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.FileHandler(where, encoding="utf-8")
    except OSError:
        where, handler = "stderr", logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.propagate = False
    log.error("%s failed", getattr(args, "command", "civiclab"), exc_info=fault)
    text = translate("A fault of ours, not yours: {fault}. Its details are in {where}.", terminal_language())
    print(text.format(fault=type(fault).__name__, where=where), file=sys.stderr)
    return ExitCode.OUR_FAULT


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    top = argparse.ArgumentParser(
        prog="civiclab", description="AI competency training for a city's officials."
    )
    top.add_argument("--version", action="version", version=f"civiclab {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (add_up, add_doctor, add_accounts, add_content_commands, add_data, add_bench, add_worker):
        add(commands)
    return top


def add_up(commands: Any) -> None:
    """`civiclab up`."""
    up = commands.add_parser("up", help="start the academy and keep it running until Ctrl-C")
    add_home(up)
    add_content(up)
    up.add_argument("--port", type=int, help="port to listen on (default 8000)")
    up.add_argument("--host", help="address to listen on (default 127.0.0.1, this machine only)")
    up.add_argument(
        "--demo",
        action="store_true",
        default=None,
        help="ready-made accounts with printed passwords; this machine only",
    )
    up.set_defaults(run=run_up)


def run_up(args: argparse.Namespace) -> ExitCode:
    """Everything, until Ctrl-C."""
    from civiclab.hub.academy import run

    settings = settings_of(args)
    run(settings, say, lambda opened: show_opened(settings, opened))
    return ExitCode.OK


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings of this command's options, the home's file and the environment."""
    names = ("home", "content", "host", "port", "demo")
    given = {name: getattr(args, name, None) for name in names}
    return load_settings(given, content=hasattr(args, "content"))


def show_opened(settings: Settings, opened: Any) -> None:
    """The address, the demo's accounts, and what is still missing."""
    if opened.demo:
        say("Demo accounts, for this machine only:")
        for one in opened.demo:
            print(f"  {one.name:<12} {one.password:<16} {one.role}, {one.department}", flush=True)
    if opened.admin_missing:
        say(
            "Nobody can approve accounts yet. Make the first administrator in another terminal: "
            "civiclab admin NAME --home {home}",
            home=settings.home,
        )
    if not settings.loopback:
        say("The network can reach this address. Put it behind HTTPS before anyone types a password.")
    say("The academy is open: {address}  (Ctrl-C stops it)", address=opened.address)


def add_doctor(commands: Any) -> None:
    """`civiclab doctor`."""
    doctor = commands.add_parser("doctor", help="look at this host and say what is missing, with the remedy")
    add_home(doctor)
    doctor.set_defaults(run=run_doctor)


def run_doctor(args: argparse.Namespace) -> ExitCode:
    """Each thing looked at on one line, its remedy below where it fails."""
    from civiclab.jail import diagnose

    language = terminal_language()
    findings = diagnose((args.home or Path(DEFAULT_HOME)).absolute())
    for one in findings:
        detail, remedy = (
            told.format(**dict(one.values)) if one.values else told
            for told in (translate(one.detail, language), translate(one.remedy, language))
        )
        print(f"{'ok  ' if one.ok else 'FAIL'} {translate(one.name, language)}: {detail}")
        if not one.ok:
            print(f"     -> {remedy}")
    return ExitCode.OK if all(one.ok for one in findings) else ExitCode.FINDINGS


def add_accounts(commands: Any) -> None:
    """`civiclab admin` and `civiclab password`."""
    for name, help_text, run in (
        ("admin", "make NAME an administrator", run_admin),
        ("password", "give NAME, who has an account, a new password", run_password),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("name", metavar="NAME")
        command.add_argument("--generate", action="store_true", help="print a new password instead of asking")
        add_home(command)
        command.set_defaults(run=run)


def run_admin(args: argparse.Namespace) -> ExitCode:
    """Makes the first, or one more, administrator."""
    from civiclab.hub.accounts import make_admin
    from civiclab.hub.home import prepare
    from civiclab.hub.names import checked

    settings = settings_of(args)
    name = checked(args.name)
    prepare(settings)
    password = chosen_password(args.generate)
    make_admin(settings, name, password)
    say("{name} is an administrator now.", name=name)
    if args.generate:
        say("Password: {password}", password=password)
    return ExitCode.OK


def run_password(args: argparse.Namespace) -> ExitCode:
    """For a person who has forgotten hers."""
    from civiclab.hub.accounts import records_of, set_password
    from civiclab.hub.home import prepare
    from civiclab.hub.names import checked

    settings = settings_of(args)
    name = checked(args.name)
    prepare(settings)
    with records_of(settings) as records:
        if records.account(name) is None:
            raise BadInput("There is no account {name}.", name=name)
    password = chosen_password(args.generate)
    set_password(settings, name, password)
    say("{name} has a new password.", name=name)
    if args.generate:
        say("Password: {password}", password=password)
    return ExitCode.OK


def chosen_password(generate: bool) -> str:
    """A generated password, or one typed twice."""
    if generate:
        from civiclab.hub.accounts import new_password

        return new_password()
    language = terminal_language()
    try:
        password = getpass.getpass(translate("Password: ", language))
        again = getpass.getpass(translate("Password again: ", language))
    except EOFError:
        raise BadInput("No password was typed. Use --generate to get one.") from None
    if password != again:
        raise BadInput("The two passwords differ.")
    return password


def add_content_commands(commands: Any) -> None:
    """`civiclab check`, `grade` and `site build`."""
    check = commands.add_parser("check", help="prove the content, each exercise against its fixtures")
    check.add_argument("exercise", nargs="?", metavar="ID", help="only this exercise")
    add_content(check)
    check.set_defaults(run=run_check)
    grade = commands.add_parser("grade", help="grade one notebook in the jail, on this machine")
    grade.add_argument("exercise", metavar="EXERCISE")
    grade.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    grade.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    add_content(grade)
    grade.set_defaults(run=run_grade)
    site = commands.add_parser("site", help="the public site")
    build = site.add_subparsers(dest="act", metavar="build", required=True).add_parser(
        "build", help="build it in both languages"
    )
    build.add_argument("--out", type=Path, required=True, metavar="DIR")
    add_content(build)
    build.set_defaults(run=run_site_build)


def run_check(args: argparse.Namespace) -> ExitCode:
    """Every problem on a line of its own, then what was looked at."""
    from civiclab.checking import check_content
    from civiclab.config import find_content

    report = check_content(find_content(args.content), args.exercise, lambda line: print(line, flush=True))
    for problem in report.problems:
        print(explain(problem.error, terminal_language()))
    say(
        "{exercises} exercises: {right} right, {wrong} wrong and {untouched} untouched answers proved; "
        "{problems} problems.",
        exercises=report.exercises,
        right=report.right,
        wrong=report.wrong,
        untouched=report.untouched,
        problems=len(report.problems),
    )
    return ExitCode.OK if report.green else ExitCode.FINDINGS


def run_grade(args: argparse.Namespace) -> ExitCode:
    """The verdicts of one notebook."""
    from civiclab.config import find_content
    from civiclab.grading.local import grade_file

    report = grade_file(find_content(args.content), args.exercise, args.notebook)
    if args.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
        return ExitCode.OK
    for verdict in report["verdicts"]:
        told = " ".join(filter(None, (verdict["message"], verdict["detail"])))
        print(f"{verdict['outcome']:<11} {verdict['points']:g}/{verdict['max_points']:g}  {verdict['title']}")
        if told:
            print(f"            {told}")
    print(f"{report['score']:g}/{report['max_score']:g}")
    return ExitCode.OK


def run_site_build(args: argparse.Namespace) -> ExitCode:
    """The site of a content folder."""
    from civiclab.config import find_content
    from civiclab.hub.publishing import publish

    print(publish(find_content(args.content), args.out.absolute(), report=say))
    return ExitCode.OK


def add_worker(commands: Any) -> None:
    """`civiclab worker`: what the hub, or another machine's systemd, starts."""
    worker = commands.add_parser("worker", help="grade what waits in the records, until SIGTERM")
    worker.set_defaults(run=run_worker)


def run_worker(_args: argparse.Namespace) -> ExitCode:
    """The grading worker of this environment."""
    from civiclab.grading.worker import main as work

    return ExitCode(work())
