# %% [markdown] lang="ko"
# # 대기 시간 예측과 누수
#
# 행정복지센터 창구의 대기 시간을 시각마다 예측해, 시민에게 덜 붐비는 때를 알려 드리려고 합니다. 이 실습에서는 다음을 합니다.
#
# 1. 예측하는 때에 **이미 아는 열**만 고릅니다.
# 2. 누구나 설명할 수 있는 단순한 기준 모형을 먼저 만듭니다.
# 3. 모형을 학습해 **떼어 둔 뒤쪽 주**에서 기준 모형과 비교합니다.
#
# 자료는 지어낸 것이며 실제 창구의 기록이 아닙니다. 1주부터 18주까지 들어 있고, 19주부터 24주까지는 채점할 때에만 씁니다.

# %% [markdown] lang="en"
# # Predicting waiting times, without leakage
#
# The city wants to predict waiting times at the community service centres hour by hour, and tell citizens when it is quieter. In this exercise you
#
# 1. choose only columns that are **already known** when the prediction is made;
# 2. make a simple baseline first, one that anybody can explain;
# 3. fit a model and compare it with the baseline on **later weeks set apart**.
#
# The data is invented, no record of any real counter. It holds weeks 1 to 18; weeks 19 to 24 are used for marking only.

# %% [markdown] lang="ko"
# ## 1. 준비
#
# 아래 칸(셀)을 실행하세요. 칸을 누르고 Shift와 Enter를 함께 누르면 됩니다. 글자로 된 센터와 요일에는 번호 열(`office_code`, `dow_code`)을 덧붙였습니다.

# %% [markdown] lang="en"
# ## 1. Getting ready
#
# Run the cell below: click into it, then press Shift and Enter together. Office and weekday are words, so number columns (`office_code`, `dow_code`) have been added.

# %% id="setup"
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

queue = pd.read_csv("data/counter_queue.csv")
queue["office_code"] = queue["office"].map({name: code for code, name in enumerate(sorted(queue["office"].unique()))})
queue["dow_code"] = queue["dow"].map({name: code for code, name in enumerate("월화수목금")})


def mae(actual, predicted):
    """평균절대오차(분) / mean absolute error in minutes."""
    return float((pd.Series(list(actual)) - pd.Series(list(predicted))).abs().mean())


queue.head()

# %% [markdown] lang="ko"
# ## 2. 열의 뜻과 알려지는 때
#
# | 열 | 뜻 | 언제 아는가 |
# |---|---|---|
# | week, date | 주, 날짜 | 미리 |
# | office, office_code | 행정복지센터 | 미리 |
# | dow, dow_code | 요일 | 미리 |
# | hour | 시각 | 미리 |
# | month_end | 월말 사흘이면 1 | 미리 |
# | open_counters | 그 시각에 열기로 한 창구 수(근무표) | 미리 |
# | welfare_share | 그날 복지 상담으로 잡아 둔 비율(예약) | 미리 |
# | arrivals | 그 시각에 온 사람 수 | **지나야** |
# | queue_len_end | 그 시각이 끝날 때 줄 선 사람 수 | **지나야** |
# | wait_min | 평균 대기 시간(분). 예측할 값 | **지나야** |
#
# 지나야 아는 열로 예측하면 시험에서는 놀랍게 잘 맞지만, 정작 아침에 안내할 때에는 넣을 값이 없습니다. 이것을 **누수**라고 합니다.

# %% [markdown] lang="en"
# ## 2. The columns, and when each is known
#
# | Column | Meaning | Known |
# |---|---|---|
# | week, date | week, date | beforehand |
# | office, office_code | community service centre | beforehand |
# | dow, dow_code | weekday | beforehand |
# | hour | hour of day | beforehand |
# | month_end | 1 on the last three days of a month | beforehand |
# | open_counters | counters rostered to be open in that hour | beforehand |
# | welfare_share | share of that day booked for welfare advice | beforehand |
# | arrivals | people who came in that hour | **afterwards** |
# | queue_len_end | people in line when the hour ends | **afterwards** |
# | wait_min | mean wait in minutes, to be predicted | **afterwards** |
#
# With columns known only afterwards the test looks splendid, and in the morning, when citizens ask, there is nothing to put in. That is **leakage**.

# %% [markdown] lang="ko"
# ## 3. 본보기: 센터 하나, 짧은 기간
#
# 학온동 한 곳만, 1주부터 6주까지로 배우고 7주와 8주로 시험해 보겠습니다. 나누는 기준이 **주**라는 점, 기준 모형과 새 모형을 **같은 주**에서 잰다는 점을 보세요.

# %% [markdown] lang="en"
# ## 3. An example: one office, a short period
#
# One office (학온동), trained on weeks 1 to 6 and tested on weeks 7 and 8. Note that the split is by **week**, and that baseline and model are measured on the **same weeks**.

# %% id="example"
one_office = queue[queue["office"] == "학온동"]
earlier = one_office[one_office["week"].between(1, 6)]
after = one_office[one_office["week"].between(7, 8)]

# 기준 모형: 시각마다 중앙값 / baseline: the median of each hour
medians = earlier.groupby("hour")["wait_min"].median()
example_baseline = mae(after["wait_min"], after["hour"].map(medians))

# 새 모형: 시각과 요일만 / model: hour and weekday only
example_model = HistGradientBoostingRegressor(loss="absolute_error", max_iter=50, random_state=0)
example_model.fit(earlier[["hour", "dow_code"]], earlier["wait_min"])
example_error = mae(after["wait_min"], example_model.predict(after[["hour", "dow_code"]]))

print(f"기준 모형 / baseline {example_baseline:.2f}   새 모형 / model {example_error:.2f}")

# %% [markdown] lang="ko"
# ## 4. 내 답: 쓸 열
#
# 2절에서 미리 아는 열을 골라 `FEATURES`에 적으세요. 날짜와 글자 열보다는 번호 열이 다루기 쉽습니다.

# %% [markdown] lang="en"
# ## 4. Your answer: the columns
#
# Choose columns known beforehand from section 2 and list them in `FEATURES`. Number columns are easier to handle than dates and words.

# %% answer="features"
FEATURES = []
### BEGIN SOLUTION
FEATURES = ["office_code", "dow_code", "hour", "month_end", "open_counters", "welfare_share"]
### END SOLUTION

# %% [markdown] lang="ko"
# ## 5. 내 답: 기준 모형
#
# 1주부터 14주까지(`train`)의 자료에서 **센터와 시각마다** 대기 시간의 중앙값을 구하고, 15주부터 18주까지(`holdout`)를 그 중앙값으로 예측한 오차를 `baseline_mae`에 넣으세요.

# %% [markdown] lang="en"
# ## 5. Your answer: the baseline
#
# Take the median wait of **each office and hour** from weeks 1 to 14 (`train`), predict weeks 15 to 18 (`holdout`) with it, and put the error into `baseline_mae`.

# %% answer="baseline"
train = None
holdout = None
baseline_mae = None
### BEGIN SOLUTION
train = queue[queue["week"] <= 14]
holdout = queue[queue["week"] >= 15]
by_office_hour = train.groupby(["office", "hour"])["wait_min"].median().rename("expected").reset_index()
expected = holdout.merge(by_office_hour, on=["office", "hour"], how="left")
baseline_mae = mae(expected["wait_min"], expected["expected"])
### END SOLUTION

# %% [markdown] lang="ko"
# ## 6. 내 답: 새 모형
#
# `train`으로만 모형을 학습해 `model`에 넣고, `holdout`에서 잰 오차를 `model_mae`에 넣으세요. `HistGradientBoostingRegressor`면 충분하고 다른 모형도 됩니다. `model.predict(holdout[FEATURES])`가 되어야 합니다. 결과가 늘 같도록 `random_state`를 정해 주세요.

# %% [markdown] lang="en"
# ## 6. Your answer: the model
#
# Fit a model on `train` only and put it into `model`; put its error on `holdout` into `model_mae`. `HistGradientBoostingRegressor` is enough, others are welcome. `model.predict(holdout[FEATURES])` must work. Set `random_state`, so that the result stays the same.

# %% answer="model"
model = None
model_mae = None
### BEGIN SOLUTION
model = HistGradientBoostingRegressor(loss="absolute_error", random_state=0)
model.fit(train[FEATURES], train["wait_min"])
model_mae = mae(holdout["wait_min"], model.predict(holdout[FEATURES]))
### END SOLUTION

# %% [markdown] lang="ko"
# ## 7. 제출
#
# 제출하면 먼저 쓴 열을 살피고, 두 오차를 다시 계산한 뒤, 여러분이 보지 못한 19주부터 24주까지를 예측해 봅니다. 새 모형이 기준 모형보다 10% 넘게 나아야 합니다. 그보다 못하다면 **단순한 기준 모형을 쓰는 것도 좋은 결정**입니다.

# %% [markdown] lang="en"
# ## 7. Submit
#
# When you submit, your columns are looked at first, both errors are recalculated, and then weeks 19 to 24, which you have not seen, are predicted. The model has to beat the baseline by more than 10%. Where one can't, **using the simple baseline is a good decision too**.

# %% [markdown] lang="ko"
# 아래 칸들은 자동 점검이 들어가는 자리입니다. 건드리지 않아도 됩니다.

# %% [markdown] lang="en"
# The cells below are where the automatic checks go. You can leave them alone.

# %% check="known-before"
### BEGIN HIDDEN TESTS
import ast


def mentions(code):
    """Column names that the code spells, as text or as attribute; comments do not count."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:
        return set()
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {node.name.rpartition(".")[2] for node in nodes if isinstance(node, ast.alias)}
    return texts | names | {node.id for node in nodes if isinstance(node, ast.Name)}


def spelt():
    """What all answers spell."""
    return set().union(*(mentions(code) for code in source.values()))


def chosen_columns():
    """The learner's FEATURES in order, each once; empty when they are no list of names."""
    try:
        given = FEATURES
    except NameError:
        return []
    named = type(given) in (list, tuple) and all(type(name) is str for name in given)
    return list(dict.fromkeys(given)) if named else []


def leaks(columns):
    """Is anything used that is known only after the hour?"""
    return "wait_min" in columns or bool((set(columns) | spelt()) & {"arrivals", "queue_len_end"})


def unknown(columns):
    """The columns that the table of section 2 does not allow."""
    beforehand = {"week", "date", "office", "office_code", "dow", "dow_code", "hour", "month_end"}
    return set(columns) - beforehand - {"open_counters", "welfare_share"}


columns = chosen_columns()
assert columns, "no-features"
assert not leaks(columns), "leak"
assert not unknown(columns), "unknown-feature"
### END HIDDEN TESTS

# %% check="baseline-error"
### BEGIN HIDDEN TESTS
import math

import numpy as np
import pandas as pd


def table(path):
    """A file with the number columns that the learner's table has."""
    frame = pd.read_csv(path)
    offices = sorted(pd.read_csv("data/counter_queue.csv", usecols=["office"])["office"].unique())
    frame["office_code"] = frame["office"].map({name: code for code, name in enumerate(offices)})
    frame["dow_code"] = frame["dow"].map({name: code for code, name in enumerate("월화수목금")})
    return frame


def weeks():
    """Weeks 1 to 14, to train with; 15 to 18, held out; 19 to 24, which the learner never had."""
    known = table("data/counter_queue.csv")
    return known[known["week"] <= 14], known[known["week"] >= 15], table("hidden/later_weeks.csv")


def error(actual, predicted):
    return float(np.abs(np.asarray(actual, dtype=float) - np.asarray(predicted, dtype=float)).mean())


def baseline_error(fitted_on, measured_on):
    """Error of the median of each office and hour; hours never seen get the overall median."""
    medians = fitted_on.groupby(["office", "hour"])["wait_min"].median()
    expected = medians.reindex(pd.MultiIndex.from_frame(measured_on[["office", "hour"]])).to_numpy()
    return error(measured_on["wait_min"], np.where(np.isnan(expected), fitted_on["wait_min"].median(), expected))


def number(value):
    """A finite float, or None."""
    plain = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return float(value) if plain and math.isfinite(value) else None


def agrees(reported, recalculated):
    """Are they the same, but for a report rounded to one decimal?"""
    return abs(reported - recalculated) <= 0.051


weeks_to_train, weeks_held_out, weeks_later = weeks()
base = baseline_error(weeks_to_train, weeks_held_out)
try:
    reported = number(baseline_mae)
except NameError:
    reported = None
assert reported is not None, "no-number"
assert agrees(reported, base), f"baseline-differs|{base:.2f}"
### END HIDDEN TESTS

# %% check="honest-error"
### BEGIN HIDDEN TESTS
import numpy as np


def predictions(frame, columns):
    """The model's numbers for the rows, or None; other columns are never shown to it."""
    try:
        values = np.asarray(model.predict(frame[columns].reset_index(drop=True)), dtype=float).reshape(-1)
    except (AttributeError, IndexError, KeyError, NotImplementedError, TypeError, ValueError):
        return None
    return values if len(values) == len(frame) and np.isfinite(values).all() else None


columns = chosen_columns()
assert columns and not leaks(columns) and not unknown(columns), "fix-the-first"
weeks_to_train, weeks_held_out, weeks_later = weeks()
errors = []
for frame in (weeks_to_train, weeks_held_out, weeks_later):
    predicted = predictions(frame, columns)
    assert predicted is not None, "no-model"
    errors.append(error(frame["wait_min"], predicted))
on_train, on_held_out, on_later = errors
try:
    reported = number(model_mae)
except NameError:
    reported = None
assert reported is not None, "no-number"
# Relative to the baseline, a model that never saw weeks 15 to 18 does about as well there as later: 0.93 and
# more were measured without having seen them, 0.91 and less after.
base_held_out = baseline_error(weeks_to_train, weeks_held_out)
base_later = baseline_error(weeks_to_train, weeks_later)
relative = (on_held_out / base_held_out) / (on_later / base_later)
differs, saw_them = not agrees(reported, on_held_out), relative < 0.915
shufflers = {"train_test_split", "KFold", "ShuffleSplit", "sample", "permutation", "shuffle"}
# A random split inside the training weeks is fine, so the word alone accuses nobody.
assert not (shufflers & spelt() and (differs or saw_them)), "random-split"
closer_to_training = differs and agrees(reported, on_train)
assert not closer_to_training, "training-error"
assert not differs, f"error-differs|{on_held_out:.2f}"
assert not saw_them, "saw-holdout"
### END HIDDEN TESTS

# %% check="later-weeks"
### BEGIN HIDDEN TESTS
columns = chosen_columns()
assert columns and not leaks(columns) and not unknown(columns), "fix-the-first"
weeks_to_train, weeks_held_out, weeks_later = weeks()
predicted = predictions(weeks_later, columns)
# What a model lacks that can't predict is said once, with the reported error.
assert predicted is not None, "fix-the-first"
simple, achieved = baseline_error(weeks_to_train, weeks_later), error(weeks_later["wait_min"], predicted)
# Leak columns bring the error to about a seventh of the baseline's, columns known beforehand to three quarters.
assert achieved >= 0.40 * simple, "too-good"
assert achieved <= 0.90 * simple, f"not-better|{achieved:.2f} / {simple:.2f}"
### END HIDDEN TESTS
