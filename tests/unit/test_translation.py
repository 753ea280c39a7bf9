"""Everything the command says to a person exists in Korean, with the same placeholders."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path
from string import Formatter

import civiclab
from civiclab.errors import PersonError
from civiclab.translation import explain, translate

PACKAGE = Path(civiclab.__file__).parent
QUIET = ("civiclab.runner", "civiclab.records.migrations", "civiclab.hub.jupyterhub_config")


def person_errors() -> set[str]:
    """Names of every class whose message a person reads."""
    for module in pkgutil.walk_packages([str(PACKAGE)], "civiclab."):
        if not module.name.startswith(QUIET) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, names = [PersonError], set()
    while found:
        one = found.pop()
        names.add(one.__name__)
        found.extend(one.__subclasses__())
    return names


def messages() -> dict[str, str]:
    """Message id -> the file it stands in: the first text with a space that an error is made with."""
    names = person_errors()
    found: dict[str, str] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                texts = [
                    arg.value
                    for arg in node.args
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                ]
                spoken = [text for text in texts if " " in text]
                found |= dict.fromkeys(spoken[:1], path.name)
    return found


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_error_has_korean_words() -> None:
    """No message falls back to English for a Korean reader."""
    found = messages()
    assert len(found) > 40
    missing = {text: file for text, file in found.items() if not re.search("[가-힣]", translate(text, "ko"))}
    assert not missing


def test_translations_keep_the_placeholders() -> None:
    """What English fills in, Korean may fill in, and nothing else."""
    wrong = [text for text in messages() if not placeholders(translate(text, "ko")) <= placeholders(text)]
    assert not wrong


def test_an_error_is_explained_in_the_readers_language() -> None:
    """File first, then the sentence."""
    error = PersonError("The {kind} {id} does not exist.", where="a.yaml", kind="clause", id="G-77")
    assert explain(error, "en") == "a.yaml: The clause G-77 does not exist."
    assert explain(error, "ko").startswith("a.yaml: ")
    assert "G-77" in explain(error, "ko")
