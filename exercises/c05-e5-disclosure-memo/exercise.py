# %% [markdown] lang="ko"
# # 자료 공개 심사 메모
#
# 이 실습에서는 코드를 쓰지 않습니다. **가린 주민 표를 다른 과에 내주어도 되는지** 판단하고, 그 판단을 메모 한 장으로 남깁니다.
#
# 순서는 다음과 같습니다.
#
# 1. 다른 자료로 쓴 본보기 메모를 읽습니다.
# 2. 신청서를 읽습니다.
# 3. 메모를 쓰고 제출합니다.
#
# 제출하면 컴퓨터가 **빠진 항목이 있는지만** 바로 알려 드립니다. 내용은 강사가 다섯 가지 기준(사실·근거, 영향받는 사람, 조항 적용, 완화책·책임자·기한, 잔여 위험·중지 기준)으로 읽고, 기준마다 0점에서 3점까지 드립니다.

# %% [markdown] lang="en"
# # A memo on releasing data
#
# There is no code in this exercise. You judge **whether a recoded residents table may go to another department**, and put your judgement into a one-page memo.
#
# The steps:
#
# 1. Read an example memo about other data.
# 2. Read the request.
# 3. Write your memo and submit it.
#
# When you submit, the computer tells you at once **only whether an item is missing**. An instructor reads the content against five criteria (facts and evidence; people affected; clauses applied; mitigation, owner and deadline; remaining risk and when to stop) and gives 0 to 3 points for each.

# %% [markdown] lang="ko"
# ## 1. 본보기: 주차장 이용 표
#
# > **목적.** 교통과가 공영주차장 14곳의 요금 시간대를 정하는 데에만 씁니다. 차량번호는 목적에 필요하지 않아 뺐습니다(G-05).
# >
# > **점검 결과.** 6월 점검 기록을 보면 같은 값을 가진 이용자가 적어도 8명씩이고(k=8), 억제한 행은 1.2%입니다.
# >
# > **영향받는 사람.** 밤에 혼자 세우는 정기권 이용자는 집을 비우는 시간이 드러날 수 있습니다.
# >
# > **할 일.** 교통과 주차팀장이 9월 30일까지 파일을 지우고 지운 기록을 보냅니다. 시작 전에 이 메모로 결재를 받습니다(G-13).
# >
# > **남는 위험과 중지 기준.** 단속 기록과 이어 붙이면 묶음이 작아집니다. 이어 붙인 뒤 8명보다 작은 묶음이 하나라도 나오면 그날 제공을 멈춥니다.
#
# 짧지만 다섯 가지가 다 들어 있습니다. 조항은 번호만 적지 않고, 그 조항 때문에 **무엇을 했는지**까지 적었습니다.

# %% [markdown] lang="en"
# ## 1. An example: the car park table
#
# > **Purpose.** The transport department uses the table only to set the charging hours of 14 public car parks. Plate numbers are not needed for that and were removed (G-05).
# >
# > **Test results.** The June test record shows at least eight users with the same values (k = 8); 1.2% of the rows were suppressed.
# >
# > **People affected.** Season-ticket holders who park alone at night could show when their home is empty.
# >
# > **To do.** The head of the parking team deletes the file by 30 September and sends the record of it. This memo is approved before the start (G-13).
# >
# > **Remaining risk and when to stop.** Joined with the enforcement log, the groups shrink. If any group under eight appears after a join, we stop that day.
#
# It is short, and all five are there. The clauses are more than numbers: the memo says **what was done** because of them.

# %% [markdown] lang="ko"
# ## 2. 신청서
#
# 기획과가 복지과에 보낸 신청입니다. 이 자료와 사람은 모두 지어낸 것입니다.
#
# | 항목 | 내용 |
# |---|---|
# | 신청한 과 | 기획과 정책분석팀 |
# | 쓰려는 곳 | 찾아가는 복지 안내 창구를 어느 권역에 먼저 둘지 정하는 분석 |
# | 자료 | 실습 C05-E3에서 만든 주민 표 |
# | 항목 | 나이대, 성별, 권역, 가구원 수, 받는 지원 |
# | 점검 결과 | k=5, l=2, 억제 5% 이하 (7월 점검 기록) |
# | 쓰는 기간 | 내년 6월 30일까지 |
# | 받는 사람 | 정책분석팀 3명, 내부 서버에서만 열람 |
# | 전에 내준 자료 | 작년에 같은 주민을 동별로 센 통계를 내준 적이 있음 |
#
# 생각해 볼 점은 다음과 같습니다.
#
# - 이 목적에 다섯 항목이 모두 필요한가요?
# - 이웃이나 동료가 이미 아는 것은 무엇이고, 이 표를 보면 무엇을 더 알게 되나요?
# - 작년에 내준 통계와 겹쳐 보면 어떻게 되나요?
# - 일이 생기면 누가, 어떤 숫자를 보고 멈추나요?

# %% [markdown] lang="en"
# ## 2. The request
#
# The planning department sent this to the welfare department. The data and the people are all invented.
#
# | Item | Content |
# |---|---|
# | Requested by | Policy analysis team, planning department |
# | To be used for | An analysis of which area gets a visiting welfare counter first |
# | Data | The residents table made in exercise C05-E3 |
# | Columns | Age band, sex, area, household size, benefit received |
# | Test results | k = 5, l = 2, 5% or less suppressed (July test record) |
# | Until | 30 June next year |
# | Receivers | Three members of the team, on an internal server only |
# | Released before | Last year, counts of the same residents by dong |
#
# Points to think about:
#
# - Does this purpose need all five columns?
# - What do neighbours or colleagues know already, and what more would this table tell them?
# - What happens when it is laid over last year's counts?
# - If something happens, who stops it, on seeing which figure?

# %% [markdown] lang="ko"
# ## 3. 내 메모
#
# 아래 칸을 두 번 눌러 열고, 안내 문장을 지운 자리에 메모를 적어 주세요. 본보기나 신청서에서 옮긴 문장과 띄어쓰기를 빼고 200자 이상 쓰세요. 다음이 들어가야 합니다.
#
# - 목적
# - k의 값
# - 영향받는 사람과 남는 위험
# - 담당자(과와 직위)와 기한
# - 지침 조항 번호 둘 이상. 예: G-05
#
# 내주기로 해도, 조건을 붙여도, 내주지 않기로 해도 됩니다. 이유가 분명하면 됩니다. 실제 사람의 이름이나 연락처는 적지 마세요.

# %% [markdown] lang="en"
# ## 3. Your memo
#
# Double-click the cell below to open it, and write your memo in place of the placeholder: 200 characters or more, not counting spaces or sentences taken from the example and the request. It must contain:
#
# - the purpose
# - the value of k
# - the people affected and the remaining risk
# - the owner (department and position) and a deadline
# - the numbers of two or more clauses, such as G-05
#
# You may agree, agree on conditions, or refuse. What counts is that the reason is clear. Do not write names or contact details of real people.

# %% [markdown] written="memo" lang="ko"
# ### BEGIN SOLUTION
# 기획과가 이 표를 쓰는 목적은 찾아가는 창구의 순서를 정하는 것 하나입니다. 순서를 정하는 데에는 권역과 나이대, 지원만 있으면 되므로 G-05의 최소수집에 따라 성별과 가구원 수를 뺀 뒤 제공하는 데 동의합니다.
#
# 7월 점검 기록에서 가장 작은 묶음은 5명(k=5)이고 묶음마다 지원이 두 가지 이상(l=2)이었습니다.
#
# 가장 조심할 사람은 인원이 적은 권역의 고령 수급자입니다. 이웃이 나이를 알면 수급 사실을 짐작할 수 있습니다. 남는 위험은 작년 동별 통계와 겹칠 때 묶음이 5명 아래로 쪼개지는 것입니다.
#
# 복지과 자료담당 주무관이 제공 전 12월 10일까지 두 자료를 겹쳐 시험하고, 영향평가 결재를 먼저 받습니다(G-13). 열람 기록은 매달 5일에 확인하고, 내년 7월 5일까지 삭제 기록을 받습니다.
#
# 겹친 결과 5명보다 작은 묶음이 하나라도 나오거나 재식별을 시도한 기록이 한 건이라도 있으면 그날 열람을 막습니다. 데이터 카드는 제공과 함께 공개합니다(G-16).
# ### END SOLUTION

# %% [markdown] written="memo" lang="en"
# ### BEGIN SOLUTION
# Planning wants the table for one purpose, to decide the order of the visiting counters. Area, age band and benefit suffice for that, so under G-05 I agree once sex and household size are taken out.
#
# In the July test record the smallest group had five people (k = 5), each group with two or more kinds of benefit (l = 2).
#
# The people to watch over are older recipients in the smallest area: a neighbour who knows their age could guess what they receive. The remaining risk is that last year's dong counts, laid over this table, split a group below five.
#
# The welfare department's data officer is the owner. She lays the two over each other by 10 December and gets the impact assessment approved before the start (G-13), reads the access log on the 5th of each month, and receives the record of deletion by 5 July.
#
# If one group under five appears, or one attempt at re-identification is logged, access ends that day. The data card is published with the release (G-16).
# ### END SOLUTION

# %% [markdown] lang="ko"
# 아래 칸들은 자동 점검이 들어가는 자리입니다. 건드리지 않아도 됩니다.

# %% [markdown] lang="en"
# The cells below are where the automatic checks go. You can leave them alone.

# %% check="own-words"
### BEGIN HIDDEN TESTS
import re

# Sentences and table rows of the request and of the example, in both languages. What a memo shares with them
# is no judgement of its own.
GIVEN = """
교통과가 공영주차장 14곳의 요금 시간대를 정하는 데에만 씁니다.
차량번호는 목적에 필요하지 않아 뺐습니다(G-05).
6월 점검 기록을 보면 같은 값을 가진 이용자가 적어도 8명씩이고(k=8), 억제한 행은 1.2%입니다.
밤에 혼자 세우는 정기권 이용자는 집을 비우는 시간이 드러날 수 있습니다.
교통과 주차팀장이 9월 30일까지 파일을 지우고 지운 기록을 보냅니다.
시작 전에 이 메모로 결재를 받습니다(G-13).
단속 기록과 이어 붙이면 묶음이 작아집니다.
이어 붙인 뒤 8명보다 작은 묶음이 하나라도 나오면 그날 제공을 멈춥니다.
기획과가 복지과에 보낸 신청입니다. 이 자료와 사람은 모두 지어낸 것입니다.
기획과 정책분석팀
찾아가는 복지 안내 창구를 어느 권역에 먼저 둘지 정하는 분석
실습 C05-E3에서 만든 주민 표
나이대, 성별, 권역, 가구원 수, 받는 지원
k=5, l=2, 억제 5% 이하 (7월 점검 기록)
내년 6월 30일까지
정책분석팀 3명, 내부 서버에서만 열람
작년에 같은 주민을 동별로 센 통계를 내준 적이 있음
이 목적에 다섯 항목이 모두 필요한가요?
이웃이나 동료가 이미 아는 것은 무엇이고, 이 표를 보면 무엇을 더 알게 되나요?
작년에 내준 통계와 겹쳐 보면 어떻게 되나요?
일이 생기면 누가, 어떤 숫자를 보고 멈추나요?
The transport department uses the table only to set the charging hours of 14 public car parks.
Plate numbers are not needed for that and were removed (G-05).
The June test record shows at least eight users with the same values (k = 8); 1.2% of the rows were suppressed.
Season-ticket holders who park alone at night could show when their home is empty.
The head of the parking team deletes the file by 30 September and sends the record of it.
This memo is approved before the start (G-13).
Joined with the enforcement log, the groups shrink.
If any group under eight appears after a join, we stop that day.
The planning department sent this to the welfare department. The data and the people are all invented.
Policy analysis team, planning department
An analysis of which area gets a visiting welfare counter first
The residents table made in exercise C05-E3
Age band, sex, area, household size, benefit received
k = 5, l = 2, 5% or less suppressed (July test record)
30 June next year
Three members of the team, on an internal server only
Last year, counts of the same residents by dong
Does this purpose need all five columns?
What do neighbours or colleagues know already, and what more would this table tell them?
What happens when it is laid over last year's counts?
If something happens, who stops it, on seeing which figure?
"""


def plain(text):
    return re.sub(r"[\s|>*#\-]+", "", text)


memo = written.get("memo", "")
assert type(memo) is str and plain(memo), "no-memo"
own = plain(memo)
for sentence in sorted(map(plain, GIVEN.split("\n")), key=len, reverse=True):
    if len(sentence) >= 12:
        own = own.replace(sentence, "")
assert len(own) * 2 >= len(plain(memo)), "copied"
assert len(own) >= 200, "too-short"
### END HIDDEN TESTS

# %% check="purpose-and-k"
### BEGIN HIDDEN TESTS
import re

memo = written.get("memo", "")
assert re.search(r"목적|위해|위하여|하려고|(?i:purpose|in order to|used? for)", memo), "no-purpose"
assert re.search(r"(?<![A-Za-z])[kK][^0-9\n]{0,20}\d|\d+\s*-\s*(익명|anonym)", memo), "no-k"
### END HIDDEN TESTS

# %% check="remaining-risk"
### BEGIN HIDDEN TESTS
import re

memo = written.get("memo", "")
sentences = re.split(r"(?<=[.!?。])\s+|\n", memo)
about_risk = [one for one in sentences if re.search(r"위험|재식별|(?i:risk|re-?identif|singled? out)", one)]
denial = r"위험[은이도을]?\s*(전혀|거의|더는|따로|특별히)?\s*(없|낮)|(?i:\b(no|without|zero|free of)\b[^.]{0,25}\brisk|risk[- ]free)"
assert about_risk, "no-risk"
assert not all(re.search(denial, one) for one in about_risk), "says-safe"
### END HIDDEN TESTS

# %% check="owner"
### BEGIN HIDDEN TESTS
import re

memo = written.get("memo", "")
owner = r"담당|책임자|책임관|팀장|과장|국장|주무관|(?i:owner|officer|in charge|head of|responsible|accountable|manager)"
assert re.search(owner, memo), "no-owner"
### END HIDDEN TESTS

# %% check="clauses"
### BEGIN HIDDEN TESTS
import re

memo = written.get("memo", "")
named = {int(number) for number in re.findall(r"G\s*-\s*(\d{2})(?!\d)", memo)}
assert len(named & set(range(1, 17))) >= 2, "no-clauses"
### END HIDDEN TESTS
