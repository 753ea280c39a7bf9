"""Verdicts: right, wrong, broken, endless and hostile answers, each in real jails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from civiclab.catalog.models import Exercise
from civiclab.grading.engine import grade, mastered
from civiclab.grading.rebuild import Cell, Rebuilt, Role
from civiclab.jail import UidPool, WarmParent
from civiclab.jail.cgroups import ROOT
from civiclab.records.results import GradedSubmission

pytestmark = pytest.mark.jail


Run = Callable[..., GradedSubmission]


@pytest.fixture
def run(sample: Exercise, uids: UidPool, warm: WarmParent | None) -> Run:
    """Grades answer a, checks one and two, answer b, check three, of the sample."""

    def graded(
        a: str, b: str = "m = 1", one: str = "assert x == 41, 'low'", three: str = "assert m", **files: Path
    ) -> GradedSubmission:
        cells = (
            Cell("a", Role.ANSWER, a),
            Cell("one", Role.CHECK, one),
            Cell("two", Role.CHECK, "assert x is not None"),
            Cell("b", Role.ANSWER, b),
            Cell("three", Role.CHECK, three),
        )
        return grade(sample, Rebuilt(cells, frozenset()), files, {}, uids, warm=warm)

    return graded


def boxes() -> set[str]:
    """Names of the control groups of boxes, of either version."""
    folders = [ROOT / part / "civiclab" for part in ("", "memory", "pids", "cpu")]
    return {one.name for folder in folders if folder.is_dir() for one in folder.iterdir()}


def words(graded: GradedSubmission) -> list[str]:
    """The outcomes in order."""
    return [str(verdict.outcome) for verdict in graded.verdicts]


def test_right_and_wrong_answers_are_told_apart(run: Run, sample: Exercise) -> None:
    """Points only for what passes; the failed check carries its message key and numbers."""
    graded = run("x = 41", "m = 0", three="assert m, f'low|{m}'")
    assert words(graded) == ["PASS", "PASS", "FAIL"]
    assert graded.auto_points == 3
    assert (graded.verdicts[2].message_key, graded.verdicts[2].detail) == ("low", "0")
    assert not mastered(sample, graded)
    assert mastered(sample, run("x = 41"))


def test_untouched_answers_are_neither_wrong_nor_run(sample: Exercise, uids: UidPool) -> None:
    """A check whose answer was not touched says so."""
    cells = (Cell("a", Role.ANSWER, "x = None"), Cell("one", Role.CHECK, "assert x"))
    assert words(grade(sample, Rebuilt(cells, frozenset({"a"})), {}, {}, uids)) == ["UNATTEMPTED"]


def test_checks_use_the_learners_functions_and_objects(run: Run) -> None:
    """Calls, attributes, items and iteration are forwarded; names are visible in nested scopes."""
    answer = "class M:\n    k = 3\n    def predict(self, rows): return [2 * r for r in rows]\nx = M()\ndef sq(n): return n * n"
    check = "assert x.predict([1, 2]) == [2, 4] and x.k == 3\nassert [sq(i) for i in range(3)] == [0, 1, 4]\ndef f(): return sq(3)\nassert f() == 9"
    assert words(run(answer, one=check))[0] == "PASS"


def test_tables_and_data_reach_the_checks(run: Run, tmp_path: Path) -> None:
    """The answer reads data/, and the check compares the learner's table with its own."""
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2,y\n")
    answer = "import pandas as pd\nx = pd.read_csv('data/t.csv')"
    check = "import pandas as pd\npd.testing.assert_frame_equal(x, pd.read_csv('data/t.csv'))"
    assert words(run(answer, one=check, **{"t.csv": tmp_path / "t.csv"}))[:2] == [
        "PASS",
        "PASS",
    ]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("import os; os._exit(0)", "CRASHED"),
        ("import os; os.kill(os.getpid(), 9)", "CRASHED"),
        ("import ctypes; ctypes.string_at(0)", "CRASHED"),
        ("while True: pass", "TIMEOUT"),
        ("b = bytearray(900 << 20); b[::4096] = b'x' * len(b[::4096])", "MEMORY"),
    ],
)
def test_a_process_that_ends_costs_the_cells_after_it(run: Run, answer: str, outcome: str) -> None:
    """What was graded before keeps its marks; the cell's own check says why."""
    graded = run("x = 41", answer)
    assert words(graded) == ["PASS", "PASS", outcome]


def test_a_crash_costs_its_cell_only(run: Run) -> None:
    """The answer after a crash is graded in a fresh process, in which the earlier ones have run again."""
    graded = run("import os\nos.abort()", "m = 1")
    assert words(graded) == ["CRASHED", "CRASHED", "PASS"]


def test_a_crash_inside_a_check_costs_that_check(run: Run) -> None:
    """The learner's function ends the process; the next check finds it again."""
    graded = run("def x():\n    import os\n    os._exit(1)", one="x()")
    assert words(graded) == ["CRASHED", "PASS", "PASS"]


def test_what_earlier_checks_defined_outlives_a_crash(run: Run) -> None:
    """The checker process stays; only the learner's is fresh."""
    graded = run("x = 41", "import os\nos._exit(0)", one="seen = x", three="assert seen == 41")
    assert words(graded)[2] == "CRASHED"
    graded = run(
        "x = 41\ndef f():\n    import os\n    os._exit(0)",
        "m = 1",
        one="seen = x\nf()",
        three="assert seen == 41",
    )
    assert words(graded) == ["CRASHED", "PASS", "PASS"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("open('/tmp/full', 'wb').write(b'x' * (100 << 20))", "DISK"),
        (
            "import threading, time\nfor _ in range(200):\n    threading.Thread(target=time.sleep, args=(3,)).start()",
            "PIDS",
        ),
        ("import numpy\nnumpy.zeros(1 << 45)", "MEMORY"),
    ],
)
def test_a_limit_that_shows_as_an_exception_is_named(run: Run, answer: str, outcome: str) -> None:
    """A full disk, too many threads, an array beyond all memory: told as the limit, not as a riddle."""
    assert words(run(f"{answer}\nx = 41"))[0] == outcome


def test_a_cells_output_and_figures_reach_the_checks(run: Run) -> None:
    """As plain data: what was printed by cell id, and what was drawn."""
    answer = "print('first', 1)\nimport matplotlib.pyplot as plt\nplt.plot([1, 2], [3, 4])\nplt.title('wait')\nx = 1"
    check = "assert output['a'] == 'first 1\\n'\nassert figures[0]['title'] == 'wait' and len(figures[0]['lines'][0][0]) == 2"
    assert words(run(answer, one=check))[0] == "PASS"


def test_warnings_and_the_error_stream_cost_nothing(run: Run) -> None:
    """nbgrader takes points for them; this grader does not."""
    answer = "import sys, warnings\nwarnings.warn('careful')\nprint('noise', file=sys.stderr)\nx = 41"
    assert words(run(answer)) == ["PASS", "PASS", "PASS"]


def test_an_error_is_shown_with_its_cell(run: Run) -> None:
    """The learner reads her own exception, not the check's."""
    graded = run("x = 1 / 0")
    assert words(graded)[0] == "ERROR"
    assert graded.verdicts[0].detail == "a: ZeroDivisionError: division by zero"


def test_an_endless_call_is_the_checks_timeout(run: Run) -> None:
    """A function that never returns ends at the limit."""
    assert words(run("def x():\n    while True: pass", one="x()"))[0] == "TIMEOUT"


FORGERIES = {
    "equal to everything": "class E:\n    def __eq__(s, o): return True\n    def __ne__(s, o): return False\nx = E()",
    "a float that is equal to everything": "class E(float):\n    def __eq__(s, o): return True\n    __hash__ = float.__hash__\nx = E(1)",
    "patched builtins": "import builtins\nbuiltins.AssertionError = Exception\nbuiltins.__import__ = None\nx = 0",
    "an input transformer": "get_ipython().input_transformers_post.append(lambda lines: ['pass'])\nx = 0",
    "an AST transformer": "import ast\nget_ipython().ast_transformers.append(ast.NodeTransformer())\nx = 0",
    "a printed result": "print('{\"outcome\": \"PASS\"}')\nx = 0",
    "writing to the supervisor": (
        "import os, struct, json\nbody = json.dumps({'outcome': 'PASS', 'error': None}).encode()\n"
        "for fd in range(3, 20):\n    try: os.write(fd, struct.pack('!II', len(body), 0) + body)\n    except OSError: pass\nx = 0"
    ),
    "leaving with success": "import sys\nx = 0\nsys.exit(0)",
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_earns_nothing(name: str, run: Run) -> None:
    """None of them gets the points of a check it does not pass."""
    graded = run(FORGERIES[name])
    assert graded.verdicts[0].points == 0
    assert words(graded)[0] != "PASS"


def test_hidden_words_never_reach_the_learner(run: Run) -> None:
    """What a check says of its own accord is kept for the operator."""
    graded = run(
        "x = 1",
        one="secret = 'canary'\nassert x == 2, secret",
        three="raise KeyError('canary')",
    )
    assert not any("canary" in verdict.detail for verdict in graded.verdicts)
    assert "canary" not in graded.output
    assert any("canary" in flag for flag in graded.flags)


def test_the_learner_process_holds_no_check(run: Run) -> None:
    """Neither the check's text nor the hidden folder is in the learner's process."""
    answer = (
        "import gc, os\nseen = [o for o in gc.get_objects() if isinstance(o, str) and 'can' + 'ary-check' in o]\n"
        "x = 41 if not seen and not os.path.exists('hidden') else 0"
    )
    assert words(run(answer, one="marker = 'canary-check'\nassert x == 41"))[0] == "PASS"


def test_a_flood_of_output_is_cut(run: Run) -> None:
    """30 MB of printing costs nothing but the output itself."""
    graded = run("x = 41\nprint('y' * 30_000_000)")
    assert words(graded) == ["PASS", "PASS", "PASS"]
    assert len(graded.output) <= 20_000
    assert any("output" in flag for flag in graded.flags)


def test_nothing_is_left_behind(run: Run) -> None:
    """After a grading whose answer left a process, no control group of its boxes remains."""
    before = boxes()
    run("import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(600)\nx = 41")
    assert not [name for name in boxes() - before if name.startswith(("learner-", "checker-"))]


def test_a_name_that_another_check_binds_is_never_the_learners(
    sample: Exercise, uids: UidPool, warm: WarmParent | None
) -> None:
    """When the first check is skipped, its imports are there, and its results can't be forged."""
    cells = (
        Cell("a", Role.ANSWER, "x = None"),
        Cell("b", Role.ANSWER, "m = 1\nmath = None\nallowed = True\ndef helper(n): return 9"),
        Cell("one", Role.CHECK, "import math\ndef helper(n): return n\nallowed = x == 41"),
        Cell("three", Role.CHECK, "assert math.sqrt(4) == 2 and helper(m) == 1\nassert allowed"),
    )
    graded = grade(sample, Rebuilt(cells, frozenset({"a"})), {}, {}, uids, warm=warm)
    assert words(graded) == ["UNATTEMPTED", "ERROR"]
    assert any("allowed" in flag for flag in graded.flags)
    fine = (*cells[:3], Cell("three", Role.CHECK, "assert math.sqrt(4) == 2 and helper(m) == 1"))
    assert words(grade(sample, Rebuilt(fine, frozenset({"a"})), {}, {}, uids, warm=warm)) == [
        "UNATTEMPTED",
        "PASS",
    ]


def test_an_answer_that_stopped_is_told_before_what_the_check_missed(run: Run) -> None:
    """A typing mistake reads as the mistake, not as a wrong value."""
    graded = run("x = 20세", one="try:\n    x\nexcept NameError:\n    assert False, 'low'")
    assert words(graded)[0] == "ERROR"
    assert "SyntaxError" in graded.verdicts[0].detail


def test_a_silent_stop_in_a_checks_loop_is_an_error(run: Run) -> None:
    """StopIteration from the learner's function must not end `all(map(...))` as if it had passed."""
    graded = run("def x(n): raise StopIteration", one="assert all(map(lambda n: x(n) == n, range(3)))")
    assert words(graded)[0] == "ERROR"


def test_an_answer_that_kills_the_checker_gets_nothing(run: Run) -> None:
    """A value too large for the checker is the answer's doing: no points, told to the operator, not retried."""
    answer = "class x(list):\n    def __len__(self): return 3\nx = ['y' * 60_000_000] * 100"
    graded = run(answer)
    assert graded.verdicts[0].points == 0
    assert words(graded)[0] in ("ERROR", "FAIL", "MEMORY", "CRASHED")


def test_a_learners_object_is_not_asked_for_its_own_judgement(run: Run) -> None:
    """`kept.equals(expected)` on something of the learner's is an error of hers, never a pass."""
    answer = "class K:\n    def equals(self, other): return True\nx = K()"
    assert words(run(answer, one="assert x.equals([1])"))[0] == "ERROR"


def test_words_of_a_process_that_was_given_hidden_values_are_not_shown(run: Run) -> None:
    """Neither the message of her exception, nor what she prints, nor what later cells raise."""
    answer = "def x(secret):\n    print('printed', secret)\n    raise ValueError(f'told {secret}')\nprint('before')"
    graded = run(answer, "raise KeyError('later canary')", one="x('canary')")
    assert graded.verdicts[0].detail == "ValueError"
    assert "canary" not in graded.output + "".join(verdict.detail for verdict in graded.verdicts)
    assert "before" in graded.output


@pytest.mark.parametrize(
    "answer",
    [
        "import numpy\nnumpy.testing.assert_equal = lambda *a, **k: None\nx = 0",
        "import math\nmath.isclose = lambda *a, **k: True\nx = 0",
        "class np:\n    class testing:\n        assert_equal = staticmethod(lambda *a: None)\nx = 0",
    ],
)
def test_what_a_given_cell_imports_is_the_checkers_own(
    answer: str, sample: Exercise, uids: UidPool, warm: WarmParent | None
) -> None:
    """An assertion of a module that the check did not import itself still runs on the checker's side."""
    cells = (
        Cell("setup", Role.GIVEN, "import numpy as np, math"),
        Cell("a", Role.ANSWER, answer),
        Cell("one", Role.CHECK, "np.testing.assert_equal(x, 41)\nassert math.isclose(x, 41)"),
    )
    assert words(grade(sample, Rebuilt(cells, frozenset()), {}, {}, uids, warm=warm)) == ["FAIL"]


def test_a_check_that_ends_in_a_number_gives_partial_credit(run: Run) -> None:
    """As in nbgrader, between nothing and the check's points."""
    graded = run("x = 1", one="1.5 if x == 1 else 0", three="99")
    assert [verdict.points for verdict in graded.verdicts] == [1.5, 1, 1]
    assert words(graded) == ["FAIL", "PASS", "PASS"]


def test_a_derived_exception_is_caught_as_its_built_in_base(run: Run) -> None:
    """`class Empty(ValueError)` of the learner's is a ValueError to the check."""
    answer = "class Empty(ValueError): pass\ndef x(): raise Empty"
    assert (
        words(run(answer, one="try:\n    x()\nexcept ValueError:\n    pass\nelse:\n    assert False"))[0]
        == "PASS"
    )
