"""What the sandbox tells a learner when something can't be done, in both languages.

The texts stand here and not in the package's catalogue: this runs inside the jail, which has nothing of it.
"""

from __future__ import annotations

from http import HTTPStatus

LANGUAGES = ("ko", "en")

TEXTS = {
    "unknown-exercise": {
        "ko": "‘{exercise}’ 실습을 찾을 수 없습니다",
        "en": "There is no exercise “{exercise}”",
    },
    "unknown-exercise-advice": {
        "ko": "주소가 바뀌었거나 아직 공개되지 않은 실습일 수 있습니다. "
        "과정 페이지에서 실습을 다시 열어 주세요.",
        "en": "It may have moved, or it may not be open yet. Please open it again from its course page.",
    },
    "no-space": {"ko": "저장 공간이 부족해 실습을 열지 못했습니다", "en": "Your storage is full"},
    "no-space-advice": {
        "ko": "작업 공간에서 쓰지 않는 파일을 지운 뒤 다시 열어 주세요.",
        "en": "The exercise could not be opened. Delete files you no longer need, then open it again.",
    },
    "not-placed": {"ko": "실습을 작업 공간에 가져오지 못했습니다", "en": "The exercise could not be placed"},
    "not-placed-advice": {
        "ko": "작업 공간에 ‘{folder}’라는 이름의 파일이 있다면 이름을 바꾼 뒤 다시 열어 주세요.",
        "en": "If your files hold something else named “{folder}”, rename it, then open the exercise again.",
    },
    "to-files": {"ko": "내 작업 공간으로 가기", "en": "Go to my files"},
    "bad-request": {
        "ko": "제출 요청을 이해하지 못했습니다. 페이지를 새로 고친 뒤 다시 제출해 주세요.",
        "en": "The request to submit was not understood. Reload the page, then submit again.",
    },
    "no-such-file": {
        "ko": "제출할 노트북 파일을 찾지 못했습니다. 저장한 뒤 다시 제출해 주세요.",
        "en": "The notebook file was not found. Save it, then submit again.",
    },
    "not-a-notebook": {
        "ko": "이 파일은 실습 노트북이 아닙니다. 과정 페이지에서 연 노트북을 제출해 주세요.",
        "en": "This file is not an exercise notebook. Please submit the one you opened from the course page.",
    },
    "too-large": {
        "ko": "노트북이 너무 커서 제출할 수 없습니다. 10MB까지 제출할 수 있습니다. "
        "메뉴에서 모든 셀의 출력을 지우고 저장한 뒤 다시 제출해 주세요.",
        "en": "The notebook is too large to submit; the limit is 10 MB. "
        "Clear the outputs of all cells, save, then submit again.",
    },
    "service-away": {
        "ko": "채점 서비스에 연결하지 못했습니다. 답은 노트북에 저장되어 있습니다. "
        "잠시 뒤에 다시 시도해 주세요.",
        "en": "The grading service could not be reached. Your answers are saved in the notebook. "
        "Please try again in a moment.",
    },
}


class Refused(Exception):
    """Something a learner can mend: its `code` names the text, `status` is HTTP's."""

    def __init__(self, code: str, status: HTTPStatus, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.values = values

    def say(self, language: str, suffix: str = "") -> str:
        """The text in `language`, filled in."""
        return TEXTS[self.code + suffix][language].format(**self.values)


def language_of(value: object) -> str:
    """`value` when it is one of the two languages, else Korean."""
    return value if isinstance(value, str) and value in LANGUAGES else "ko"
