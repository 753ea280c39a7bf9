# %% [markdown] lang="ko"
# # 벽 시험
#
# 채점기를 시험하는 데만 씁니다.

# %% [markdown] lang="en"
# # Trying the walls
#
# Used only to test the grader.

# %% id="setup"
import pandas as pd

numbers = pd.read_csv("data/numbers.csv")

# %% answer="total"
answer = None
### BEGIN SOLUTION
# canary-answer-5d1e
answer = int(numbers["n"].sum())
### END SOLUTION

# %% check="value"
### BEGIN HIDDEN TESTS
import pandas as pd

MARKER = "canary-check-9b27"
expected_total = int(pd.read_csv("data/numbers.csv")["n"].sum())
assert type(answer) is int and answer == expected_total, "wrong-value"
### END HIDDEN TESTS


# %% answer="area"
def area(a, b):
    return None


### BEGIN SOLUTION
def area(a, b):
    if a < 0 or b < 0:
        raise ValueError("negative")
    return a * b


### END SOLUTION

# %% check="function"
### BEGIN HIDDEN TESTS
import math
import random

import numpy as np

sides = [(2, 3), *((random.randint(2, 10**6), random.randint(2, 10**6)) for _ in range(4))]
found = [area(a, b) for a, b in sides]
assert len(found) == len(sides) and all(isinstance(one, int) for one in found), "wrong-function"
assert all(math.isclose(one, a * b) for one, (a, b) in zip(found, sides)), "wrong-function"
assert abs(round(found[0]) - 6) == 0, "wrong-function"
np.testing.assert_equal(found, [a * b for a, b in sides])
try:
    area(-1, 2)
except ValueError:
    pass
else:
    raise AssertionError("wrong-function")
### END HIDDEN TESTS


# %% answer="shorten"
def shorten(text):
    return None


### BEGIN SOLUTION
def shorten(text):
    return text.split("-")[0]


### END SOLUTION

# %% check="text"
### BEGIN HIDDEN TESTS
import re

import pandas as pd

phrases = pd.read_csv("hidden/phrases.csv")
for row in phrases.itertuples():
    short = shorten(row.phrase)
    # A careless pattern, as people write them: some texts keep it busy for ever.
    assert type(short) is str and re.fullmatch(r"(\w+ ?)+", short), "wrong-text"
    assert short == row.short, "wrong-text"
### END HIDDEN TESTS

# %% answer="kept"
kept = None
### BEGIN SOLUTION
kept = numbers[numbers["n"] > 3].reset_index(drop=True)
### END SOLUTION

# %% check="table"
### BEGIN HIDDEN TESTS
import pandas as pd

expected_table = pd.read_csv("data/numbers.csv").query("n > 3").reset_index(drop=True)
assert kept.equals(expected_table), "wrong-table"
### END HIDDEN TESTS

# %% [markdown] written="note" lang="ko"
# ### BEGIN SOLUTION
# 잘된 메모입니다. canary-answer-77a0
# ### END SOLUTION

# %% [markdown] written="note" lang="en"
# ### BEGIN SOLUTION
# A good note. canary-answer-77a0
# ### END SOLUTION
