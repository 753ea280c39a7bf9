"""Publishing: a whole build under its fingerprint, reused, replaced, and never left half done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from civiclab.errors import BadContent, ExitCode
from civiclab.hub import publishing

BASE = "site_name: {name}\nstrict: true\ndocs_dir: {docs}\ntheme: {{name: null, custom_dir: theme}}\nplugins: []\n"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder with the plainest of sites: one page in each language, a theme of one line."""
    content = tmp_path / "content"
    for config, docs in (("mkdocs.yml", "ko"), ("mkdocs.en.yml", "en")):
        (content / "site" / docs).mkdir(parents=True)
        (content / "site" / docs / "index.md").write_text(f"# {docs}\n", "utf-8")
        (content / "site" / config).write_text(BASE.format(name=docs, docs=docs), "utf-8")
    (content / "site/theme").mkdir()
    (content / "site/theme/main.html").write_text("{{ page.content }}", "utf-8")
    (content / "courses").mkdir()
    (content / "courses/city.yaml").write_text("name: one\n", "utf-8")
    (content / "exercises/c05-e1-x").mkdir(parents=True)
    (content / "exercises/c05-e1-x/exercise.yaml").write_text("id: C05-E1\n", "utf-8")
    return content


def test_korean_stands_at_the_root_and_english_below_en(content: Path, tmp_path: Path) -> None:
    """One directory holds both languages, and nothing else is left beside it."""
    out = tmp_path / "out"
    root = publishing.publish(content, out, report=lambda _: None)
    assert ">ko<" in (root / "index.html").read_text("utf-8")
    assert ">en<" in (root / "en/index.html").read_text("utf-8")
    assert list(out.iterdir()) == [root]


def test_an_unchanged_content_is_not_built_again(content: Path, tmp_path: Path) -> None:
    """The second time the same directory comes back, untouched, and the person is told."""
    first = publishing.publish(content, tmp_path / "out", report=lambda _: None)
    (first / "seen").write_text("", "utf-8")
    said: list[str] = []
    assert publishing.publish(content, tmp_path / "out", report=said.append) == first
    assert (first / "seen").exists()
    assert said == ["The site is up to date."]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("courses/city.yaml", True),
        ("courses/picture.svg", True),
        ("exercises/c05-e1-x/exercise.yaml", True),
        ("site/mkdocs.yml", True),
        ("exercises/c05-e1-x/fixtures/answer.py", False),
        ("site/hooks/__pycache__/x.pyc", False),
        ("README.md", False),
    ],
)
def test_the_fingerprint_follows_what_the_site_is_made_of(content: Path, name: str, counts: bool) -> None:
    """A changed course, exercise description or site file makes another build; a fixture or a cache does not."""
    before = publishing.fingerprint(content)
    path = content / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(path.read_text("utf-8") + "\n# changed\n" if path.exists() else "changed", "utf-8")
    assert (publishing.fingerprint(content) != before) == counts


def test_a_file_renamed_is_a_change(content: Path) -> None:
    """The same bytes under another name are another content."""
    before = publishing.fingerprint(content)
    (content / "courses/city.yaml").rename(content / "courses/town.yaml")
    assert publishing.fingerprint(content) != before


def test_a_failing_build_raises_the_builders_lines_and_keeps_the_old_site(
    content: Path, tmp_path: Path
) -> None:
    """The file at fault is named; the earlier build still stands and nothing half done remains."""
    out = tmp_path / "out"
    root = publishing.publish(content, out, report=lambda _: None)
    (content / "site/en/index.md").write_text("[lost](nowhere.md)\n", "utf-8")
    with pytest.raises(BadContent) as refused:
        publishing.publish(content, out, report=lambda _: None)
    assert "index.en.md" in str(refused.value)
    assert "nowhere.md" in str(refused.value)
    assert refused.value.exit_code == ExitCode.BAD_CONTENT
    assert list(out.iterdir()) == [root]


def test_older_builds_go_except_the_one_before(content: Path, tmp_path: Path) -> None:
    """Of three builds the last two stay; a reader may still be on the one before."""
    out = tmp_path / "out"
    made = []
    for place in range(3):
        (content / "courses/city.yaml").write_text(f"name: {place}\n", "utf-8")
        made.append(publishing.publish(content, out, report=lambda _: None))
        os.utime(made[-1], (place, place))
    assert sorted(out.iterdir()) == sorted(made[1:])


def test_a_content_without_a_site_is_refused_by_name(content: Path, tmp_path: Path) -> None:
    """The missing configuration is named before anything is begun."""
    (content / "site/mkdocs.en.yml").unlink()
    with pytest.raises(BadContent, match=r"mkdocs\.en\.yml"):
        publishing.publish(content, tmp_path / "out", report=lambda _: None)
    assert not (tmp_path / "out").exists()


def test_faults_are_the_builders_own_lines() -> None:
    """Errors and what follows them stay, progress goes, and a page is named by its file in the language."""
    said = "\n".join(
        [
            "INFO    -  Building",
            "ERROR   -  courses/c05/exercise.yaml: The clause G-99 does not exist.",
            "courses/c06/course.yaml: second",
            "INFO    -  Cleaning",
            "WARNING -  Doc file 'courses/c05/why.md' contains a link 'x.md'",
        ]
    )
    assert publishing.faults(said, "en") == [
        "courses/c05/exercise.yaml: The clause G-99 does not exist.",
        "courses/c06/course.yaml: second",
        "Doc file 'courses/c05/why.en.md' contains a link 'x.md'",
    ]
    assert publishing.faults("Traceback\nKeyError: 'x'", "ko") == ["Traceback", "KeyError: 'x'"]
