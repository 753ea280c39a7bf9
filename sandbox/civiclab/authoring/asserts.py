"""Reads from a check's code, without running it, which message keys it can fail with.

A check says its key as a constant, so that every way to fail can be held against `exercise.yaml`:
`assert ok, "key"`, `assert ok, f"key|{figure}"`, `raise AssertionError("key")`, or a choice between such.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator


class Unsayable(Exception):
    """A failure on `line` whose message key can't be read from the code."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line}")


def message_keys(code: str) -> set[str]:
    """The keys that the asserts and AssertionErrors of `code` name; Unsayable for one without."""
    return {key for node in ast.walk(ast.parse(code)) for key in _keys_of(node)}


def _keys_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assert):
        yield from _keys(node.msg, node.lineno)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "AssertionError":
        yield from _keys(node.args[0] if node.args else None, node.lineno)
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id == "AssertionError":
        raise Unsayable(node.lineno)


def _keys(message: ast.expr | None, line: int) -> Iterator[str]:
    match message:
        case ast.Constant(value=str(text)):
            yield text.partition("|")[0]
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]) if "|" in text:
            yield text.partition("|")[0]
        case ast.IfExp(body=one, orelse=other):
            yield from _keys(one, line)
            yield from _keys(other, line)
        case _:
            raise Unsayable(line)
