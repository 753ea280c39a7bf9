"""What stands in a released answer in the reference's place, in nbgrader's own step that clears it."""

from __future__ import annotations

import ast

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions

from civiclab.authoring.source import BEGIN_SOLUTION

WRITE_STUB = "# 여기에 답을 쓰세요 / write your answer here"
CHANGE_STUB = "# 위의 값을 바꾸세요 / change the values above"
TEXT_STUB = {"ko": "여기에 답을 쓰세요.", "en": "Write your answer here."}


def code_stub(source: str) -> str:
    """The line for a code answer: where values to edit stand above the reference, it points at them.

    `name = None` only names what the answer must set; it is no value to edit.
    """
    given = ast.parse(source.partition(BEGIN_SOLUTION)[0]).body
    return CHANGE_STUB if any(not _is_placeholder(one) for one in given) else WRITE_STUB


def _is_placeholder(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(value=ast.Constant(value=None)):
            return True
    return False


class ClearAnswers(ClearSolutions):
    """nbgrader's ClearSolutions with a stub that fits the cell; configured as `ClearSolutions`."""

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> bool:
        if cell.cell_type == "code":
            self.code_stub = {language: code_stub(cell.source)}
        return bool(super()._replace_solution_region(cell, language))
