"""Every folder of tests/submissions through intake, records and the real jails, beside an honest one.

After each the invariants I1 to I7 hold: see tests/submissions/README.md.
"""

from __future__ import annotations

import base64
import dataclasses
import gc
import hashlib
import importlib.util
import json
import os
import shutil
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from civiclab.authoring import release
from civiclab.catalog.loader import load_catalog
from civiclab.catalog.manifests import canonical_bytes
from civiclab.catalog.models import Exercise
from civiclab.checking.content import reference
from civiclab.errors import NoJail
from civiclab.grading.desk import Desk, warm_parent
from civiclab.grading.intake import Rejected, check_submission
from civiclab.grading.rebuild import Templates
from civiclab.jail import UidPool, cgroups
from civiclab.records.results import GradedSubmission, Outcome
from civiclab.records.store import Records, open_records
from civiclab.records.views import State, SubmissionView

pytestmark = pytest.mark.jail

SUBMISSIONS = Path(__file__).resolve().parent.parent / "submissions"
EXERCISE = "C09-E1"
UIDS = range(61_100, 61_120)  # of the graders' range, so that other tests' jails are not counted here
INTAKE_S, LONGEST_S, PATIENCE_S = 2.0, 20.0, 10.0  # for a refusal, a submission, what is left behind
SHARE = 0.05  # of memory and disk that may be in use by others in between
OWN_GROWTH = 64 * 1024 * 1024


@dataclass
class Scene:
    """The sample course released, a desk with real jails, records, and things on the host worth stealing."""

    root: Path
    exercise: Exercise
    desk: Desk
    records: Records
    port: int
    released: dict[str, Any]
    answers: dict[str, str]
    groups: list[str] = field(default_factory=list)  # the names of all boxes started since

    @property
    def places(self) -> dict[str, str]:
        """What answers may name: a word between @ signs -> where it is on this host."""
        return {
            "@HOST_FILE@": str(self.root / "host-secret"),
            "@WRITE@": str(self.root / "written-by-an-answer"),
            "@CONTENT@": str(self.root / "content"),
            "@RELEASED@": str(self.root / "released"),
            "@DATABASE@": str(self.root / "records.sqlite"),
            "@PORT@": str(self.port),
            "@ABSTRACT@": f"civiclab-test-{os.getpid()}",
            "@PID@": str(os.getpid()),
        }

    def filled(self, text: str) -> str:
        """The text with the places in it."""
        for word, place in self.places.items():
            text = text.replace(word, place)
        return text

    def grade(self, body: bytes) -> GradedSubmission:
        """As the worker grades: intake, rebuild, jails."""
        return self.desk.grade(EXERCISE, "ko", body)


def signed(content: Path, key: Ed25519PrivateKey) -> None:
    """Writes the datasets' manifests with a key of this run, and trusts it."""
    for folder in sorted((content / "exercises/datasets").iterdir()):
        audience = "checker" if folder.name == "secrets" else "learner"

        def digest(path: Path) -> str:
            return hashlib.sha256(path.read_bytes()).hexdigest()

        files = [
            {"name": path.name, "sha256": digest(path), "rows": 1, "audience": audience}
            for path in sorted((folder / "release").glob("*.csv"))
        ]
        sources = {name: digest(folder / f"{name}.yaml") for name in ("schema", "recipe")}
        manifest: dict[str, Any] = {"dataset": folder.name, "files": files, **sources}
        value = base64.b64encode(key.sign(canonical_bytes(manifest))).decode()
        manifest["signature"] = {"key": "test", "value": value}
        (folder / "release/manifest.json").write_text(json.dumps(manifest))
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    trusted = {"keys": [{"id": "test", "public_key": public}]}
    (content / "exercises/datasets/trusted_keys.json").write_text(json.dumps(trusted))


def solved(released: dict[str, Any], answers: dict[str, str | None]) -> dict[str, Any]:
    """The released notebook with these answers; one that is None stays as it was released."""
    notebook: dict[str, Any] = json.loads(json.dumps(released))
    for cell in notebook["cells"]:
        given = answers.get(cell["id"])
        cell["source"] = cell["source"] if given is None else given
    return notebook


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Built once; warmed up by one honest submission, so that what stays is there before the first case."""
    root = tmp_path_factory.mktemp("submissions")
    content = root / "content"
    shutil.copytree(SUBMISSIONS / "course", content)
    signed(content, Ed25519PrivateKey.generate())
    catalog = load_catalog(content)
    release(catalog, root / "released", [EXERCISE])
    (root / "host-secret").write_text("canary-host-41aa")
    (root / "temporary").mkdir()
    exercise = catalog.exercises[EXERCISE]
    notebook = root / "released" / exercise.folder / f"{exercise.folder}.ko.ipynb"
    uids = UidPool(root / "uids", base=UIDS.start, count=len(UIDS))
    warm = warm_parent(catalog)
    desk = Desk(catalog, Templates(root / "released"), uids, warm)
    records = open_records(f"sqlite:///{root}/records.sqlite")
    answers = {name: without_canaries(text) for name, text in reference(exercise, "ko").items()}
    with (
        pytest.MonkeyPatch.context() as patch,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as local,
    ):
        released = json.loads(notebook.read_bytes())
        one = Scene(root, exercise, desk, records, server.getsockname()[1], released, answers)
        local.bind("\0" + one.places["@ABSTRACT@"])
        local.listen()
        patch.setattr(tempfile, "tempdir", str(root / "temporary"))
        patch.setenv("CANARY", "canary-env-6e02")
        patch.setattr(cgroups.Group, "__init__", noting(one.groups, cgroups.Group.__init__))
        warm_up(one)
        gc.freeze()  # so that a look at what is left need not go through everything
        yield one
        gc.unfreeze()
    records.close()
    if warm is not None:
        warm.close()


def warm_up(scene: Scene) -> None:
    """Two honest submissions at once, through everything."""
    body = honest(scene)
    with ThreadPoolExecutor(2) as both:
        one, other = both.map(scene.grade, [body, body])
    assert_honest(scene, one)
    assert_no_canary(assert_recorded(scene, body, other))


def without_canaries(answer: str) -> str:
    """The reference without the words that mark it: what an honest learner would write herself."""
    return "\n".join(line for line in answer.splitlines() if "canary-" not in line) or "내 메모입니다."


def noting(names: list[str], original: Callable[..., None]) -> Callable[..., None]:
    """Notes the folders of every control group that is made."""

    def init(group: cgroups.Group, folders: dict[str, Path]) -> None:
        names.extend(str(folder) for folder in folders.values())
        original(group, folders)

    return init


def honest(scene: Scene) -> bytes:
    """The control submission: the reference answers."""
    return json.dumps(solved(scene.released, dict(scene.answers))).encode()


def assert_honest(scene: Scene, graded: GradedSubmission) -> None:
    """I1: the control has every point, and no odd flag."""
    assert [(one.check, str(one.outcome)) for one in graded.verdicts] == [
        (name, "PASS") for name in scene.exercise.checks
    ], graded
    assert graded.auto_points == scene.exercise.auto_points
    assert graded.flags == ()


def submitted(case: Path, scene: Scene) -> bytes:
    """The bytes this folder hands in."""
    if (case / "notebook.ipynb").exists():
        return (case / "notebook.ipynb").read_bytes()
    changed = case / "answers.yaml"
    answers = yaml.safe_load(changed.read_text("utf-8")) if changed.exists() else {}
    assert answers.keys() <= scene.answers.keys(), "answers.yaml names a cell that is no answer"
    answers = {name: text and scene.filled(text) for name, text in answers.items()}
    notebook = solved(scene.released, {**scene.answers, **answers})
    if not (case / "make.py").exists():
        return json.dumps(notebook).encode()
    spec = importlib.util.spec_from_file_location("make", case / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: bytes = module.make(notebook)
    return made


@dataclass(frozen=True)
class Traces:
    """What this process and the host hold."""

    descriptors: int
    threads: int
    mounts: int
    children: int
    temporary: tuple[str, ...]
    own_memory: int
    free_memory: int
    free_disk: int

    @classmethod
    def now(cls, scene: Scene) -> Traces:
        gc.collect()
        this = psutil.Process()
        return cls(
            this.num_fds(),
            threading.active_count(),
            len(Path("/proc/self/mountinfo").read_text().splitlines()),
            len(this.children(recursive=True)),
            tuple(sorted(path.name for path in (scene.root / "temporary").iterdir())),
            this.memory_info().rss,
            psutil.virtual_memory().available,
            shutil.disk_usage(scene.root).free,
        )

    def left_since(self, before: Traces) -> list[str]:
        """What there is more of than before."""
        figures = ("descriptors", "threads", "mounts", "children")
        left = [name for name in figures if getattr(self, name) > getattr(before, name)]
        left += [] if self.temporary == before.temporary else [f"temporary files {self.temporary}"]
        left += ["own memory"] if self.own_memory > before.own_memory + OWN_GROWTH else []
        memory, disk = psutil.virtual_memory().total * SHARE, shutil.disk_usage("/").total * SHARE
        left += ["memory of the host"] if self.free_memory < before.free_memory - memory else []
        return left + (["disk of the host"] if self.free_disk < before.free_disk - disk else [])


def jailed_processes() -> list[str]:
    """Processes under the uids of this module's jails."""
    found = ((one.pid, one.info["uids"]) for one in psutil.process_iter(["uids"]))
    return [f"process {pid}" for pid, uids in found if uids and uids.real in UIDS]


def leased_uids(scene: Scene) -> list[str]:
    """Whether every uid of the pool can be had: none is held by a run that is over."""
    with ExitStack() as all_of_them:
        try:
            for _ in UIDS:
                all_of_them.enter_context(scene.desk.uids.lease())
        except NoJail:
            return ["a uid"]
    return []


def assert_nothing_left(scene: Scene, before: Traces) -> None:
    """I3 and I7: within ten seconds everything is as before."""
    end = time.monotonic() + PATIENCE_S
    while True:
        left = Traces.now(scene).left_since(before) + jailed_processes() + leased_uids(scene)
        left += [name for name in scene.groups if Path(name).exists()]
        if not left:
            scene.groups.clear()
            return
        assert time.monotonic() < end, f"left behind: {left}"
        time.sleep(0.05)


def assert_verdicts(expected: dict[str, Any], graded: GradedSubmission, exercise: Exercise) -> None:
    """Each check as expected.yaml says; one that it does not name passes with all its points."""
    named = expected.get("verdicts", {})
    assert named.keys() <= exercise.checks.keys()
    assert [one.check for one in graded.verdicts] == list(exercise.checks), "a check is missing or twice"
    wrong = []
    for verdict in graded.verdicts:
        full = exercise.checks[verdict.check].points
        asked = named.get(verdict.check, {"outcome": ["PASS"], "points": full})
        assert verdict.points == (full if verdict.outcome is Outcome.PASS else 0)
        if asked != "any" and str(verdict.outcome) not in asked["outcome"]:
            wrong.append(verdict)
        assert verdict.max_points == full
    assert not wrong, f"{wrong}\noutput: {graded.output[:1500]}\nflags: {graded.flags}"


def assert_told(expected: dict[str, Any], scene: Scene, graded: GradedSubmission) -> None:
    """What is printed and flagged, and what is absent on the host."""
    output = expected.get("output", {})
    shown = graded.output + "\n".join(one.detail for one in graded.verdicts)
    missing = [text for text in output.get("has", ()) if text not in shown]
    there = [text for text in output.get("lacks", ()) if text in shown]
    assert not missing and not there, f"missing {missing}, there {there}, shown: {shown[:3000]}"
    assert len(graded.output) <= expected.get("output_at_most", 20_000)
    for word in expected.get("flags", ()):
        assert any(word in flag for flag in graded.flags), graded.flags
    for path in [*expected.get("absent", ()), "@WRITE@"]:
        assert not Path(scene.filled(path)).exists(), f"{path} is on the host"


def assert_recorded(scene: Scene, body: bytes, graded: GradedSubmission) -> SubmissionView:
    """I2, I4, I5: accepted and published with its hash, the bytes kept, the database and its chain whole."""
    records = scene.records
    key = f"case-{time.monotonic_ns()}"
    named = {"learner": "learner", "exercise": EXERCISE, "version": "v", "language": "ko", "key": key}
    accepted = records.accept(body=body, **named)
    leased = records.lease("test", 60)
    assert leased is not None and leased.id == accepted.id
    assert leased.body == body
    records.publish(accepted.id, graded, mastered=False, competencies=["D5-1"], level=1)
    assert records.body(accepted.id) == body
    events = [one for one in records.audit_entries() if one.subject == accepted.id]
    assert {one.event for one in events} == {"submission.accepted", "submission.published"}
    taken = next(one for one in events if one.event == "submission.accepted")
    assert taken.actor == "learner" and hashlib.sha256(body).hexdigest() in taken.detail
    assert records.verify_audit()
    with sqlite3.connect(scene.places["@DATABASE@"]) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    view = records.submission(accepted.id)
    assert view is not None and view.state == State.PUBLISHED and view.auto_score == graded.auto_points
    return view


def assert_no_canary(view: SubmissionView) -> None:
    """I6: nothing of the checks, the reference, the hidden data, the environment or the host is shown.

    `flags` and `reason` are the operator's; the learner's own answer is her own.
    """
    shown = dataclasses.replace(view, flags=(), reason="")
    text = json.dumps(dataclasses.asdict(shown), default=str, ensure_ascii=False)
    at = text.find("canary-")
    assert at < 0, f"leaked: {text[max(at - 200, 0) : at + 200]}"


def a_case(path: Path) -> Any:
    """A folder with what it expects; one with `xfail` must fail, and says why."""
    expected = yaml.safe_load(path.read_text("utf-8"))
    known = pytest.mark.xfail(raises=AssertionError, strict=True, reason=expected.get("xfail", ""))
    marks = [known] if "xfail" in expected else []
    return pytest.param(path.parent, expected, id=path.parent.name, marks=marks)


@pytest.mark.parametrize(
    ("case", "expected"), [a_case(path) for path in sorted(SUBMISSIONS.glob("*/expected.yaml"))]
)
def test_submission(case: Path, expected: dict[str, Any], scene: Scene) -> None:
    """What expected.yaml says happens, and every invariant holds."""
    body = submitted(case, scene)
    before = Traces.now(scene)
    if "rejected" in expected:
        begun = time.monotonic()
        with pytest.raises(Rejected) as refused:
            check_submission(body, scene.exercise)
        assert time.monotonic() - begun < INTAKE_S
        assert refused.value.code == expected["rejected"]
        assert_nothing_left(scene, before)
        return
    begun = time.monotonic()
    twins = expected.get("beside") == "itself"
    for _ in range(expected.get("times", 1)):
        beside = body if twins else honest(scene)
        with ThreadPoolExecutor(2) as both:
            control, result = both.map(scene.grade, [beside, body])
        for one in (result, control) if twins else (result,):
            assert_verdicts(expected, one, scene.exercise)
            assert_told(expected, scene, one)
        if not twins:
            assert_honest(scene, control)
        assert_no_canary(assert_recorded(scene, body, result))
    assert_nothing_left(scene, before)
    assert time.monotonic() - begun < expected.get("within", LONGEST_S)


def test_a_jumping_clock_changes_no_mark(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """OP-10: the host's clock jumps a day ahead and an hour back; limits are measured without it."""
    real, jumps = time.time, iter([86_400, -3_600] * 10_000)
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps))
    assert_honest(scene, scene.grade(honest(scene)))
