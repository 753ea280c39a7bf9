"""The three notebooks that `civiclab bench grading` measures with: pandas, scikit-learn, text.

Fixed here, apart from any city's content, so that figures of different days can be compared. Each is a whole
exercise: the same cells and checks go to every grader.
"""

from __future__ import annotations

from pathlib import Path

from civiclab.catalog.models import Exercise

PANDAS = """
# %% id="setup"
import numpy as np
import pandas as pd
numbers = np.random.default_rng(11)
visits = pd.DataFrame({
    "dong": numbers.choice(["Jungang", "Gangbyeon", "Sanseong", "Saeteo"], 2000),
    "age": numbers.integers(18, 95, 2000),
    "minutes": numbers.gamma(2.0, 6.0, 2000).round(2),
})
# %% answer="table"
table = None
### BEGIN SOLUTION
table = visits.groupby("dong", as_index=False)["minutes"].mean().sort_values("minutes", ignore_index=True)
### END SOLUTION
# %% check="table-shape"
### BEGIN HIDDEN TESTS
assert list(table.columns) == ["dong", "minutes"] and len(table) == 4, "wrong"
### END HIDDEN TESTS
# %% check="table-values"
### BEGIN HIDDEN TESTS
expected = visits.groupby("dong", as_index=False)["minutes"].mean()
pd.testing.assert_frame_equal(table, expected.sort_values("minutes", ignore_index=True))
### END HIDDEN TESTS
# %% answer="bands"
def bands(frame):
    return frame
### BEGIN SOLUTION
def bands(frame):
    cut = pd.cut(frame["age"], [0, 34, 64, 120], labels=["young", "middle", "old"])
    return frame.assign(band=cut.astype(str))
### END SOLUTION
# %% check="bands-hidden"
### BEGIN HIDDEN TESTS
hidden = pd.DataFrame({"age": [20, 40, 80, 34, 35]})
assert bands(hidden)["band"].tolist() == ["young", "middle", "old", "young", "middle"], "wrong"
### END HIDDEN TESTS
"""

SCIKIT_LEARN = """
# %% id="setup"
import numpy as np
import pandas as pd
numbers = np.random.default_rng(5)
X = pd.DataFrame({"ahead": numbers.integers(0, 40, 1500), "open": numbers.integers(1, 6, 1500)})
y = 4.0 * X["ahead"] / X["open"] + numbers.normal(0, 1.0, 1500)
# %% answer="model"
model = None
### BEGIN SOLUTION
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import train_test_split
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
model = HistGradientBoostingRegressor(max_iter=30, random_state=0).fit(X_train, y_train)
### END SOLUTION
# %% check="model-predicts"
### BEGIN HIDDEN TESTS
hidden = pd.DataFrame({"ahead": [5, 30], "open": [5, 1]})
predicted = model.predict(hidden)
assert predicted.shape == (2,) and predicted[0] < predicted[1], "wrong"
### END HIDDEN TESTS
# %% check="model-error"
### BEGIN HIDDEN TESTS
from sklearn.metrics import mean_absolute_error
draws = np.random.default_rng(99)
unseen = pd.DataFrame({"ahead": draws.integers(0, 40, 300), "open": draws.integers(1, 6, 300)})
assert mean_absolute_error(4.0 * unseen["ahead"] / unseen["open"], model.predict(unseen)) < 3.0, "wrong"
### END HIDDEN TESTS
# %% answer="names"
names = None
### BEGIN SOLUTION
names = sorted(X.columns)
### END SOLUTION
# %% check="names-value"
### BEGIN HIDDEN TESTS
assert names == ["ahead", "open"], "wrong"
### END HIDDEN TESTS
"""

TEXT = r"""
# %% id="setup"
import re
letters = [f"Complaint {at}: call 010-{1000 + at}-{9000 - at} about lamp {at % 7}." for at in range(500)]
# %% answer="mask"
def mask(text):
    return text
### BEGIN SOLUTION
def mask(text):
    return re.sub(r"010-\d{4}-\d{4}", "***", text)
### END SOLUTION
# %% check="mask-one"
### BEGIN HIDDEN TESTS
assert mask("010-1234-5678!") == "***!", "wrong"
### END HIDDEN TESTS
# %% check="mask-many"
### BEGIN HIDDEN TESTS
assert all("010-" not in mask(letter) for letter in letters[:40]), "wrong"
### END HIDDEN TESTS
# %% answer="lamps"
lamps = {}
### BEGIN SOLUTION
lamps = {lamp: sum(f"lamp {lamp}." in letter for letter in letters) for lamp in range(7)}
### END SOLUTION
# %% check="lamps-value"
### BEGIN HIDDEN TESTS
assert sum(lamps.values()) == 500 and lamps[3] == 71, "wrong"
### END HIDDEN TESTS
"""

SOURCES = {
    "pandas": (PANDAS, ("pandas",)),
    "scikit-learn": (SCIKIT_LEARN, ("pandas", "sklearn.ensemble")),
    "text": (TEXT, ()),
}


def write_exercises(root: Path) -> dict[str, Exercise]:
    """The three exercises by name, their sources written below `root`."""
    return {
        name: _exercise(number, name, root / name, source, libraries)
        for number, (name, (source, libraries)) in enumerate(SOURCES.items(), 1)
    }


def _exercise(number: int, name: str, path: Path, source: str, libraries: tuple[str, ...]) -> Exercise:
    path.mkdir(parents=True)
    (path / "exercise.py").write_text(source.lstrip("\n"), "utf-8")
    both = {"ko": name, "en": name}
    checks = [line.split('"')[1] for line in source.splitlines() if line.startswith("# %% check=")]
    return Exercise.model_validate(
        {
            "id": f"C99-E{number}",
            "folder": f"bench-{name}",
            "title": both,
            "summary": both,
            "level": 1,
            "minutes": 5,
            "mode": "code",
            "clauses": ["G-01"],
            "competencies": ["D1-1"],
            "libraries": libraries,
            "checks": {check: {"title": both, "points": 1} for check in checks},
            "messages": {"wrong": both},
            "path": path,
        }
    )
