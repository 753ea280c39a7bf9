"""`civiclab data` and `civiclab bench`, and what all commands share; beside `cli` the only printer."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from civiclab.config import DEFAULT_HOME
from civiclab.errors import BadInput, ExitCode
from civiclab.translation import terminal_language, translate


def say(message: str, /, **values: Any) -> None:
    """One line for the person at the terminal, in her language."""
    text = translate(message, terminal_language())
    print(text.format(**values) if values else text, flush=True)


def add_home(command: argparse.ArgumentParser) -> None:
    """The option that every command on an academy's state takes."""
    command.add_argument(
        "--home", type=Path, metavar="DIR", help=f"where all state lives (default ./{DEFAULT_HOME})"
    )


def add_content(command: argparse.ArgumentParser) -> None:
    """The option that every command on content takes."""
    command.add_argument(
        "--content",
        type=Path,
        metavar="DIR",
        help="folder with courses/, exercises/, site/ (default: the checkout here, else the built-in copy)",
    )


def add_data(commands: Any) -> None:
    """`civiclab data generate`, `key` and `release`."""
    acts = commands.add_parser("data", help="raw synthetic records, and their way through the gate")
    acts = acts.add_subparsers(dest="act", metavar="ACT", required=True)
    generate = acts.add_parser("generate", help="write the raw tables of a dataset, personal data included")
    generate.add_argument("--out", type=Path, required=True, metavar="DIR")
    release = acts.add_parser("release", help="make, recode, gate and sign a dataset")
    release.add_argument("--key", type=Path, required=True, metavar="FILE", help="the signing key")
    for command, run in ((generate, run_generate), (release, run_release)):
        command.add_argument("dataset", metavar="NAME")
        command.add_argument("--rows", type=int, metavar="N", help="default: what the schema says")
        command.add_argument("--seed", type=int, default=0, metavar="S")
        add_content(command)
        command.set_defaults(run=run)
    key = acts.add_parser("key", help="make a signing key; prints the line for trusted_keys.json")
    key.add_argument("file", type=Path, metavar="FILE")
    key.set_defaults(run=run_key)


def dataset_of(args: argparse.Namespace) -> Path:
    """The dataset's folder; BadInput says which there are."""
    from civiclab.config import find_content

    folder = find_content(args.content) / "exercises" / "datasets"
    known = sorted(path.parent.name for path in folder.glob("*/schema.yaml"))
    if args.dataset not in known:
        raise BadInput(
            "There is no dataset {name}. There are: {known}", name=args.dataset, known=", ".join(known)
        )
    return folder / str(args.dataset)


def run_generate(args: argparse.Namespace) -> ExitCode:
    """Raw tables into a folder of the person's choice, which must lie outside the content."""
    from civiclab.citydata.raw import write_raw

    dataset, out = dataset_of(args), args.out.absolute()
    if out.is_relative_to(dataset.parents[2]):
        raise BadInput("Raw records must not lie in the content. Name another folder.", where=str(out))
    try:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_raw(dataset / "schema.yaml", args.rows, args.seed, out)
    except OSError as error:
        raise BadInput(
            "The folder can't be written: {reason}", where=str(out), reason=error.strerror
        ) from None
    say("The raw tables of {name} are in {out}. They hold made-up personal data.", name=args.dataset, out=out)
    return ExitCode.OK


def run_release(args: argparse.Namespace) -> ExitCode:
    """Signed, or blocked with every finding on a line of its own."""
    from civiclab.anonymization.findings import GateBlocked
    from civiclab.anonymization.release import release
    from civiclab.citydata.raw import write_raw

    try:
        out = release(dataset_of(args), args.key, seed=args.seed, rows=args.rows, raw=write_raw)
    except GateBlocked as blocked:
        for sentence in blocked.sentences(terminal_language()):
            print(sentence, file=sys.stderr)
        return ExitCode.FINDINGS
    say("The gate let it pass. The signed release is in {out}.", out=out)
    return ExitCode.OK


def run_key(args: argparse.Namespace) -> ExitCode:
    """The private key into a file of the person's alone; the public one printed."""
    from civiclab.anonymization.manifest import new_key

    print(json.dumps(new_key(args.file)))
    return ExitCode.OK


def add_bench(commands: Any) -> None:
    """`civiclab bench grading`."""
    acts = commands.add_parser("bench", help="how fast this machine grades, beside other graders")
    acts = acts.add_subparsers(dest="act", metavar="grading", required=True)
    grading = acts.add_parser("grading", help="this engine, nbgrader, otter and bare nbclient, side by side")
    grading.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="how often each grades (default 5)"
    )
    grading.add_argument("--json", action="store_true", help="print the figures as JSON")
    add_content(grading)
    grading.set_defaults(run=run_bench_grading)


def run_bench_grading(args: argparse.Namespace) -> ExitCode:
    """The table, or the figures as JSON; findings where right answers did not earn full marks."""
    from civiclab.checking.bench import bench_grading
    from civiclab.config import find_content

    report = bench_grading(
        find_content(args.content), args.rounds, lambda line: print(line, file=sys.stderr, flush=True)
    )
    if args.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        show_bench(report)
    full = all(one["points"] == one["max_points"] for one in report["graders"].values() if one)
    return ExitCode.OK if full else ExitCode.FINDINGS


def show_bench(report: dict[str, Any]) -> None:
    """One line a grader, then what the ratio is."""
    say("Seconds for one submission of three notebooks (pandas, scikit-learn, text):")
    print(f"{'':<10} {'p50':>7} {'p95':>7} {'CPU':>7} {'/min':>7} {'x nbgrader':>11} {'points':>7}")
    for name, one in report["graders"].items():
        if one is None:
            print(f"{name:<10} {translate('not installed', terminal_language())}")
            continue
        times = f"{one['p50_s']:>7.2f} {one['p95_s']:>7.2f} {one['cpu_s']:>7.2f}"
        rates = f"{one['submissions_a_minute']:>7.1f} {one['ratio_to_nbgrader']:>11.1f}"
        print(f"{name:<10} {times} {rates} {one['points']:>3g}/{one['max_points']:g}")
    say(
        "This engine grades {ratio} times as many submissions as nbgrader.", ratio=report["ratio_to_nbgrader"]
    )
    if report["warm_parent_mib"] is not None:
        say("Its warm parent holds {mib} MiB.", mib=report["warm_parent_mib"])
