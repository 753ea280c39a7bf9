"""Proves content: ties, pages, manifests, and each exercise against its fixtures, in the jail.

`check_content` is `civiclab check`. It reads everything, then grades, for each exercise and in both
languages' text: the reference answer and every other right one (full marks), the untouched notebook
(UNATTEMPTED), and every wrong one (rejected with its own message).
"""

from civiclab.checking.content import Problem, Report, check_content

__all__ = ["Problem", "Report", "check_content"]
