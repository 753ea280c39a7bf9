# %% [markdown] lang="ko"
# # 가릴 곳 표시하기
#
# 민원 글을 AI 도구에 넣거나 다른 과와 나누려면 먼저 **사람을 알아볼 수 있는 부분을 가려야** 합니다. 이 실습에서는 민원 여섯 건에서 가릴 곳을 고릅니다.
#
# 코드를 몰라도 됩니다. **글을 복사해 붙여 넣기만** 하면 됩니다. 민원도 사람도 모두 지어낸 것입니다.
#
# | 가립니다 | 가리지 않습니다 |
# |---|---|
# | 이름 (신청인, 가족, 이웃) | 접수번호 (MW로 시작) |
# | 주민등록번호 | 날짜, 금액 |
# | 전화번호 | 불편한 내용 |
# | 주소 (길 이름부터 동·호수까지) | 직함 (소장님, 사장) |
# | 전자우편 | |

# %% [markdown] lang="en"
# # What to mask
#
# Before a complaint goes into an AI tool or to another department, **the parts that identify a person must be masked.** Here you choose those parts in six complaints.
#
# No coding is needed: **you copy and paste.** The complaints are in Korean; they and the people in them are invented.
#
# | Mask | Do not mask |
# |---|---|
# | names (writer, relatives, neighbours) | receipt numbers (beginning with MW) |
# | resident numbers | dates, amounts |
# | phone numbers | the trouble itself |
# | addresses (road name to flat) | titles (소장님, 사장) |
# | e-mail addresses | |

# %% [markdown] lang="ko"
# ## 1. 민원 읽기
#
# 아래 칸(셀)을 누른 뒤 Shift와 Enter를 함께 누르면 민원이 나옵니다. 코드는 읽지 않아도 괜찮습니다.

# %% [markdown] lang="en"
# ## 1. Read the complaints
#
# Click into the cell below and press Shift and Enter together: the complaints appear. You need not read the code.

# %% id="setup"
import pandas as pd

complaints = pd.read_csv("data/complaints.csv").set_index("ticket_id")["text"]
EXAMPLE = "M-01"
TASKS = ["M-02", "M-04", "M-05", "M-08", "M-10", "M-12"]


def show(tickets, masks):
    """고른 곳을 ■로 가려 보여 줍니다 / prints the complaints with the chosen parts as ■."""
    for ticket in tickets:
        text = complaints[ticket]
        for part in masks.get(ticket, []):
            text = text.replace(part, "■" * len(part)) if part else text
        print(f"[{ticket}] {text}\n")


show(TASKS, {})

# %% [markdown] lang="ko"
# ## 2. 본보기: M-01
#
# 원래 글과 가린 글을 비교해 보세요.
#
# - 이름 `안다온`은 가리고, 뒤에 붙은 직함 `소장님`은 남겼습니다.
# - 주소는 길 이름부터 `103호`까지 **한 덩어리로** 가렸습니다.
# - 날짜 `2월 8일`은 일을 처리하는 데 필요하고 사람을 가리키지 않으므로 남겼습니다.

# %% [markdown] lang="en"
# ## 2. An example: M-01
#
# Compare the text before and after.
#
# - The name `안다온` is masked; the title after it, `소장님`, stays.
# - The address is masked **as one piece**, from the road name to `103호`.
# - The date `2월 8일` is needed for handling the case and points to nobody, so it stays.

# %% id="example"
example = {"M-01": ["안다온", "오리로 9392, 119동 103호"]}
show([EXAMPLE], {})
show([EXAMPLE], example)

# %% [markdown] lang="ko"
# ## 3. 내 답
#
# 1절에 나온 글에서 가릴 곳을 복사해, 그 민원의 대괄호 `[ ]` 안에 붙여 넣으세요. 하나하나 **따옴표로 감싸고**, 여럿이면 **쉼표로** 나눕니다. 2절의 본보기와 같은 모양입니다. 다 적으면 그 칸을 실행하세요(Shift와 Enter).

# %% [markdown] lang="en"
# ## 3. Your answer
#
# Copy each part to be masked from section 1 and paste it between the square brackets `[ ]` of its complaint. Put each part **in quotation marks** and **commas** between them, as in the example of section 2. Then run that cell (Shift and Enter).

# %% answer="masks"
masks = {
    "M-02": [],
    "M-04": [],
    "M-05": [],
    "M-08": [],
    "M-10": [],
    "M-12": [],
}
### BEGIN SOLUTION
masks = {
    "M-02": ["user51210@example.com", "장우빈", "951816-3857286"],
    "M-04": ["광명로 9721, 1208호", "황규리", "010-0000-6053"],
    "M-05": ["신경아", "511615-1844122", "송도현", "010-0000-2658"],
    "M-08": ["최말순", "하안로 9576, 805호", "황해솔", "user78142@example.com"],
    "M-10": ["철산로 9536, 106동 2001호", "권슬기", "010-0000-4824"],
    "M-12": ["최경아", "범안로 9745, 104호", "010-0000-5156"],
}
### END SOLUTION

# %% [markdown] lang="ko"
# ## 4. 눈으로 확인하고 제출하기
#
# 아래 칸을 실행하면 가린 글이 나옵니다. **처음 보는 사람의 눈으로** 읽어 보세요. 누구인지, 어디 사는지 알 수 있나요? 무엇이 불편한지는 알 수 있나요? 괜찮으면 위쪽의 **제출** 버튼을 누르세요. 몇 번이든 다시 제출할 수 있습니다.

# %% [markdown] lang="en"
# ## 4. Look it over and submit
#
# Run the cell below to see the masked complaints. Read them **with a stranger's eyes**: can you tell who it is, or where they live? Can you still tell what the trouble is? If all is well, press the **Submit** button above. You may submit as often as you like.

# %% id="result"
show(TASKS, masks)

# %% [markdown] lang="ko"
# 아래 칸들은 자동 점검이 들어가는 자리입니다. 건드리지 않아도 됩니다.

# %% [markdown] lang="en"
# The cells below are where the automatic checks go. You can leave them alone.

# %% check="copied-text"
### BEGIN HIDDEN TESTS
import re

import pandas as pd


def complaint_texts():
    """Ticket -> text of the six complaints."""
    texts = pd.read_csv("data/complaints.csv").set_index("ticket_id")["text"]
    return {ticket: texts[ticket] for ticket in ("M-02", "M-04", "M-05", "M-08", "M-10", "M-12")}


def identifiers(texts):
    """What identifies a person in these complaints: rows of ticket_id, kind, text."""
    rows = pd.read_csv("hidden/spans.csv").itertuples(index=False)
    return [row for row in rows if row.ticket_id in texts]


def chosen_parts(texts):
    """Ticket -> the parts that the learner masks; None when `masks` can't be read."""
    try:
        answer = masks
    except NameError:
        return None
    if type(answer) is not dict or any(type(answer.get(one, [])) not in (list, tuple) for one in texts):
        return None
    parts = {ticket: list(answer.get(ticket, [])) for ticket in texts}
    if any(type(part) is not str for found in parts.values() for part in found):
        return None
    return {ticket: [part.strip() for part in found if part.strip()] for ticket, found in parts.items()}


def places(text, part):
    """The character positions of every occurrence of `part`."""
    return {at for found in re.finditer(re.escape(part), text) for at in range(*found.span()) if part.strip()}


def masked_places(texts, parts):
    """Ticket -> the positions that these parts mask."""
    return {ticket: set().union(*(places(texts[ticket], part) for part in parts[ticket])) for ticket in texts}


def masked_shares(texts, parts, *kinds):
    """(identifier, masked share from 0 to 1) of these kinds; blanks and punctuation do not count."""
    masked, shares = masked_places(texts, parts), []
    for row in identifiers(texts):
        if row.kind in kinds:
            text = texts[row.ticket_id]
            telling = {at for at in places(text, row.text) if text[at].isalnum()}
            shares.append((row, len(telling & masked[row.ticket_id]) / len(telling)))
    return shares


texts = complaint_texts()
parts = chosen_parts(texts)
assert parts is not None, "no-masks"
strange = sum(part not in texts[ticket] for ticket, found in parts.items() for part in found)
assert strange == 0, f"not-in-text|{strange}"
### END HIDDEN TESTS

# %% check="numbers"
### BEGIN HIDDEN TESTS
texts = complaint_texts()
parts = chosen_parts(texts)
assert parts is not None, "fix-the-first"
open_numbers = [row for row, share in masked_shares(texts, parts, "rrn", "phone") if share < 1]
every_kind = masked_shares(texts, parts, "rrn", "phone", "name", "address", "email")
touched = {row.kind for row, share in every_kind if share > 0}
assert not open_numbers or touched != {"name"}, "names-only"
assert not open_numbers, f"number-left|{len(open_numbers)}"
### END HIDDEN TESTS

# %% check="names-addresses"
### BEGIN HIDDEN TESTS
texts = complaint_texts()
parts = chosen_parts(texts)
assert parts is not None, "fix-the-first"
people = masked_shares(texts, parts, "name", "address", "email")
all_found = sum(share == 1 for _, share in people)
half_addresses = [row for row, share in people if row.kind == "address" and 0 < share < 1]
# Nine of ten: one of the fourteen may be missed.
enough = all_found >= 0.9 * len(people)
assert enough or not half_addresses, "address-detail"
assert enough, f"person-left|{len(people) - all_found}"
### END HIDDEN TESTS

# %% check="not-too-much"
### BEGIN HIDDEN TESTS
import re

texts = complaint_texts()
parts = chosen_parts(texts)
assert parts is not None, "fix-the-first"
masked = masked_places(texts, parts)
assert any(masked.values()), "nothing"
telling = {ticket: set() for ticket in texts}
for row in identifiers(texts):
    telling[row.ticket_id] |= places(texts[row.ticket_id], row.text)
needless = {ticket: masked[ticket] - telling[ticket] for ticket in texts}
excess = sum(map(len, needless.values())) / sum(map(len, telling.values()))
records = r"MW-\d{4}-\d+|\d{4}-\d{2}-\d{2}|\d+월 \d+일|[\d,]+원"
in_records = sum(
    len(set(range(*found.span())) & needless[ticket])
    for ticket in texts
    for found in re.finditer(records, texts[ticket])
)
mostly_records = 2 * in_records >= sum(map(len, needless.values()))
percent = round(100 * excess)
assert excess <= 0.15 or not mostly_records, f"records-masked|{percent}"
assert excess <= 0.15, f"too-much|{percent}"
### END HIDDEN TESTS
