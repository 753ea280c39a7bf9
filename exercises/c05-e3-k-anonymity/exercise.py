# %% [markdown] lang="ko"
# # k-익명성 맞추기
#
# 복지과의 주민 표를 다른 과의 분석에 쓰려고 합니다. 이름은 이미 지웠지만 나이, 성별, 동, 가구원 수가 남아 있어 **조합하면 한 사람을 가리킬 수 있습니다.** 값을 알맞게 뭉뚱그려, 누구인지 알아볼 수 없으면서도 쓸모 있는 표를 만들어 보세요.
#
# 코드는 준비되어 있습니다. **숫자와 낱말 여섯 개만 바꾸면 됩니다.** 자료의 사람은 모두 지어낸 사람입니다.
#
# 알아 둘 말은 네 가지입니다.
#
# | 말 | 뜻 | 목표 |
# |---|---|---|
# | k | 나이대·성별·지역·가구원 수가 같은 사람의 수 가운데 가장 작은 값 | 5 이상 |
# | l | 묶음 하나에 들어 있는 '받는 지원'의 가짓수 가운데 가장 작은 값 | 2 이상 |
# | 억제율 | 뭉뚱그려도 남는 작은 묶음을 표에서 뺀 비율 | 5% 이하 |
# | 정보 손실 | 원래 값보다 얼마나 흐려졌는지. 0이면 그대로, 1이면 다 지움 | 0.165 이하 |
#
# k 5와 억제율 5%는 이 배움터의 실습 기준이며 법이 정한 숫자가 아닙니다.

# %% [markdown] lang="en"
# # Reaching k-anonymity
#
# Another department wants to analyse the welfare department's residents table. The names are gone, but age, sex, dong and household size remain, and **together they can point to one person.** Make the values coarser, so that nobody stands out and the table stays useful.
#
# The code is ready. **You change six numbers and words, nothing else.** Every person in the data is invented.
#
# Four words to know:
#
# | Word | Meaning | Goal |
# |---|---|---|
# | k | the smallest number of people who share age band, sex, area and household size | 5 or more |
# | l | the smallest number of different benefits within one group | 2 or more |
# | suppression rate | rows taken out because their group stayed small | 5% or less |
# | information loss | how much vaguer the values became: 0 unchanged, 1 all gone | 0.165 or less |
#
# k = 5 and 5% are this course's figures for practice, not the law's.

# %% [markdown] lang="ko"
# ## 1. 준비
#
# 아래 칸(셀)을 차례로 실행하세요. 칸을 누르고 Shift와 Enter를 함께 누르면 됩니다. 이 칸은 읽지 않아도 괜찮습니다.

# %% [markdown] lang="en"
# ## 1. Getting ready
#
# Run the cells in order: click into one, then press Shift and Enter together. You need not read this one.

# %% id="setup"
import pandas as pd

residents = pd.read_csv("data/residents.csv")
QUASI = ["age", "sex", "dong", "household_size"]
OLDEST, LARGEST = 94, 6


def area_of(dong):
    """광명·철산·하안·소하 권역 / one of four areas; 일직동과 학온동은 소하 권역."""
    for name in ("광명", "철산", "하안"):
        if dong.startswith(name):
            return name + " 권역"
    return "소하 권역"


def recode(table, age_band, dong_level, household_top, keep_sex):
    """뭉뚱그린 표 / the table with coarser values."""
    coarse = table.copy()
    start = table["age"] // age_band * age_band
    end = (start + age_band - 1).clip(upper=OLDEST)
    coarse["age"] = start.astype(str) + "-" + end.astype(str)
    if dong_level == "권역":
        coarse["dong"] = table["dong"].map(area_of)
    elif dong_level == "시 전체":
        coarse["dong"] = "광명시"
    size = table["household_size"]
    coarse["household_size"] = size.astype(str).where(size < household_top, f"{household_top}+")
    if not keep_sex:
        coarse["sex"] = "*"
    return coarse


def suppress(coarse, below, same):
    """작은 묶음(과 지원이 한 가지뿐인 묶음)을 뺀 표 / without small (and one-benefit) groups."""
    benefits = coarse.groupby(QUASI)["benefit"]
    keep = benefits.transform("size") >= below
    if same:
        keep &= benefits.transform("nunique") >= 2
    return coarse[keep]


def information_loss(table, kept, age_band, dong_level, household_top, keep_sex):
    """네 항목이 흐려진 정도의 평균, 뺀 행은 1 / mean vagueness of the four columns; suppressed rows count 1."""
    start = table["age"] // age_band * age_band
    width = (start + age_band - 1).clip(upper=OLDEST) - start
    area = table["dong"].map(area_of)
    dongs_in_area = area.map(table["dong"].groupby(area).nunique())
    everywhere = table["dong"].nunique()
    place = {"동": 0.0, "권역": (dongs_in_area - 1) / (everywhere - 1), "시 전체": 1.0}[dong_level]
    household = (LARGEST - household_top) / (LARGEST - 1) * (table["household_size"] >= household_top)
    loss = (width / OLDEST + place + household + (0.0 if keep_sex else 1.0)) / 4
    return float(loss.where(table.index.isin(kept.index), 1.0).mean())


def report(age_band, dong_level, household_top, keep_sex, suppress_below, suppress_same):
    """네 숫자 / the four figures."""
    coarse = recode(residents, age_band, dong_level, household_top, keep_sex)
    kept = suppress(coarse, suppress_below, suppress_same)
    benefits = kept.groupby(QUASI)["benefit"]
    loss = information_loss(residents, kept, age_band, dong_level, household_top, keep_sex)
    figures = {
        "k": int(benefits.size().min()) if len(kept) else 0,
        "l": int(benefits.nunique().min()) if len(kept) else 0,
        "억제율 / suppressed (%)": round(100 * (1 - len(kept) / len(residents)), 2),
        "정보 손실 / information loss": round(loss, 4),
    }
    return pd.DataFrame({"값 / value": {name: str(value) for name, value in figures.items()}})


residents.head()

# %% [markdown] lang="ko"
# ## 2. 본보기: 성별과 나이만 있는 표
#
# 항목이 적은 경우를 먼저 보겠습니다. 지역과 가구원 수는 지우고, 나이는 10살씩 묶었습니다. 아래 칸을 실행하면 k가 10을 넘고 뺀 행이 하나도 없습니다. 대신 정보 손실이 0.5를 넘어, 지역을 비교하는 데에는 쓸 수 없습니다. **안전과 쓸모는 함께 봐야 합니다.**

# %% [markdown] lang="en"
# ## 2. An example: age and sex only
#
# First a table with fewer columns. Area and household size are gone, ages stand in bands of ten years. Run the cell: k is above 10 and no row is left out. But the information loss is above 0.5, so the table can't compare areas. **Safety and usefulness must be read together.**

# %% id="example"
report(age_band=10, dong_level="시 전체", household_top=1, keep_sex=True, suppress_below=5, suppress_same=True)

# %% [markdown] lang="ko"
# ## 3. 내 답
#
# 여섯 값을 정하세요.
#
# | 이름 | 뜻 | 넣을 수 있는 값 |
# |---|---|---|
# | AGE_BAND | 나이를 몇 살씩 묶을지 | 1부터 95까지의 정수 |
# | DONG_LEVEL | 지역을 어디까지 밝힐지 | "동", "권역", "시 전체" |
# | HOUSEHOLD_TOP | 이 수 이상인 가구를 하나로 묶음 | 1부터 6까지의 정수. 6이면 그대로, 1이면 지움 |
# | KEEP_SEX | 성별을 남길지 | True(남김), False(지움) |
# | SUPPRESS_BELOW | 이 수보다 작은 묶음을 뺌 | 1 이상의 정수. 1이면 빼지 않음 |
# | SUPPRESS_SAME | 지원이 한 가지뿐인 묶음을 뺄지 | True(뺌), False(그대로) |
#
# 아래 답 칸에서 `=` 오른쪽의 값을 바꾸세요. 낱말의 따옴표는 그대로 두고, 숫자에는 단위를 붙이지 않습니다. 그런 다음 답 칸과 그 아래 칸을 실행해 네 숫자를 보고, 목표에 맞을 때까지 되풀이하세요. 맞는 답은 여러 가지입니다.

# %% [markdown] lang="en"
# ## 3. Your answer
#
# Choose six settings.
#
# | Name | Meaning | Allowed |
# |---|---|---|
# | AGE_BAND | how many years make one age band | a whole number from 1 to 95 |
# | DONG_LEVEL | how precise the area is | "동" (dong), "권역" (area), "시 전체" (whole city) |
# | HOUSEHOLD_TOP | households of this size or larger become one | a whole number from 1 to 6; 6 keeps all, 1 removes |
# | KEEP_SEX | keep the sex | True (keep), False (remove) |
# | SUPPRESS_BELOW | take out groups smaller than this | a whole number, 1 or more; 1 takes out none |
# | SUPPRESS_SAME | take out groups with one single benefit | True (take out), False (leave) |
#
# In the answer cell below, change the values to the right of `=`. Keep the quotation marks around words, and put no unit after numbers. Then run the answer cell and the cell after it, read the four figures, and repeat until the goals are met. There are several right answers.

# %% answer="parameters"
AGE_BAND = 1
DONG_LEVEL = "동"
HOUSEHOLD_TOP = 6
KEEP_SEX = True
SUPPRESS_BELOW = 1
SUPPRESS_SAME = False
### BEGIN SOLUTION
AGE_BAND = 20
DONG_LEVEL = "권역"
HOUSEHOLD_TOP = 5
SUPPRESS_BELOW = 5
SUPPRESS_SAME = True
### END SOLUTION

# %% id="result"
report(AGE_BAND, DONG_LEVEL, HOUSEHOLD_TOP, KEEP_SEX, SUPPRESS_BELOW, SUPPRESS_SAME)

# %% [markdown] lang="ko"
# ## 4. 제출
#
# 네 숫자가 목표에 맞으면 위쪽의 **제출** 버튼을 누르세요. 채점할 때에는 여러분이 정한 여섯 값으로 표를 처음부터 다시 만들어 봅니다. 몇 번이든 다시 제출할 수 있습니다.

# %% [markdown] lang="en"
# ## 4. Submit
#
# When the four figures meet the goals, press the **Submit** button above. For marking, the table is made again from the start with your six settings. You may submit as often as you like.

# %% [markdown] lang="ko"
# 아래 칸들은 자동 점검이 들어가는 자리입니다. 건드리지 않아도 됩니다.

# %% [markdown] lang="en"
# The cells below are where the automatic checks go. You can leave them alone.

# %% check="settings"
### BEGIN HIDDEN TESTS
# The learner's functions are never used: groups are built here from the file, as plain tuples.
from collections import Counter, defaultdict

import pandas as pd


def usable(wanted):
    """Can a table be made with these six settings?"""
    band, level, top, sex, below, same = wanted
    numbers = ((band, 1, 95), (top, 1, 6), (below, 1, 10**6))
    return (
        all(type(value) is int and low <= value <= high for value, low, high in numbers)
        and type(level) is str
        and level in ("동", "권역", "시 전체")
        and type(sex) is bool
        and type(same) is bool
    )


def chosen_settings():
    """The learner's six settings; None when one is missing."""
    try:
        return (AGE_BAND, DONG_LEVEL, HOUSEHOLD_TOP, KEEP_SEX, SUPPRESS_BELOW, SUPPRESS_SAME)
    except NameError:
        return None


def region_of(dong):
    return next((head for head in ("광명", "철산", "하안") if dong.startswith(head)), "소하")


def group_of(row, band, level, top, sex):
    place = {"동": row[2], "권역": region_of(row[2]), "시 전체": ""}[level]
    return (row[0] // band, place, min(row[3], top), row[1] if sex else "")


def vagueness(row, in_region, band, level, top, sex):
    """How much vaguer one row became, 0 to 1."""
    first = row[0] // band * band
    age = (min(first + band - 1, 94) - first) / 94
    area = (in_region[region_of(row[2])] - 1) / (sum(in_region.values()) - 1)
    place = {"동": 0.0, "권역": area, "시 전체": 1.0}[level]
    household = (6 - top) / 5 if row[3] >= top else 0.0
    return (age + place + household + (0.0 if sex else 1.0)) / 4


def measure(band, level, top, sex, below, same):
    """k, number of one-benefit groups, suppressed share, information loss."""
    table = pd.read_csv("data/residents.csv")
    everyone = list(table[["age", "sex", "dong", "household_size", "benefit"]].itertuples(index=False, name=None))
    in_region = Counter(region_of(dong) for dong in {row[2] for row in everyone})
    groups = defaultdict(list)
    for row in everyone:
        groups[group_of(row, band, level, top, sex)].append(row)
    kept = [
        rows for rows in groups.values() if len(rows) >= below and not (same and len({row[4] for row in rows}) < 2)
    ]
    out = len(everyone) - sum(map(len, kept))
    vague = sum(vagueness(row, in_region, band, level, top, sex) for rows in kept for row in rows)
    alike = sum(len({row[4] for row in rows}) < 2 for rows in kept)
    return min(map(len, kept), default=0), alike, out / len(everyone), (vague + out) / len(everyone)


wanted = chosen_settings()
assert wanted is not None, "no-settings"
assert usable(wanted), "unusable-setting"
### END HIDDEN TESTS

# %% check="k-anonymity"
### BEGIN HIDDEN TESTS
wanted = chosen_settings()
assert wanted is not None and usable(wanted), "fix-the-first"
k, alike, out, loss = measure(*wanted)
assert k >= 5, f"k-too-small|{k}"
### END HIDDEN TESTS

# %% check="l-diversity"
### BEGIN HIDDEN TESTS
wanted = chosen_settings()
assert wanted is not None and usable(wanted), "fix-the-first"
k, alike, out, loss = measure(*wanted)
# Without any group left there is nothing to look at; k says so.
assert k > 0, "fix-the-first"
assert alike == 0, f"homogeneous|{alike}"
### END HIDDEN TESTS

# %% check="suppression"
### BEGIN HIDDEN TESTS
wanted = chosen_settings()
assert wanted is not None and usable(wanted), "fix-the-first"
k, alike, out, loss = measure(*wanted)
assert out <= 0.05, f"too-much-suppressed|{100 * out:.1f}"
### END HIDDEN TESTS

# %% check="usefulness"
### BEGIN HIDDEN TESTS
wanted = chosen_settings()
assert wanted is not None and usable(wanted), "fix-the-first"
everything = wanted[0] >= 50 and wanted[1] == "시 전체" and wanted[2] == 1 and not wanted[3]
assert not everything, "all-dropped"
k, alike, out, loss = measure(*wanted)
# A plain good answer (twenty years, areas, households of four or more together) and a tenth more, as the goal
# states it; the loss is compared as it is shown, to four decimals.
limit = 0.165
assert round(loss, 4) <= limit, f"too-coarse|{loss:.4f} / {limit}"
### END HIDDEN TESTS
