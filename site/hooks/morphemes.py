"""Korean words cut into morphemes, so that 개인정보를 and 개인정보 meet in the search index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

HANGUL = re.compile(r"[가-힣]+")
TAGS = re.compile(r"(<[^>]+>)")
CUT = "\u200b"  # zero width: the reader sees the word whole, the search engine two words
# Kiwi's tags of what only joins or bends words: particles, endings, and these suffixes and auxiliaries.
BENDING = ("J", "E", "XSV", "XSA", "VCP", "VX")


@dataclass
class Morphemes:
    """How each Hangul run of the pages is cut, and which pieces carry meaning."""

    cuts: dict[str, str] = field(default_factory=dict)
    content: Counter[str] = field(default_factory=Counter)
    function: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Morphemes:
        """The morphemes of every Hangul run in `texts` (HTML tags are no text)."""
        runs = sorted({run for text in texts for run in HANGUL.findall(TAGS.sub(" ", text))})
        found = cls()
        for run, tokens in zip(runs, _kiwi().tokenize(runs), strict=True):
            found._note(run, tokens)
        return found

    def split(self, text: str) -> str:
        """`text` with its Hangul runs cut, its tags left alone."""
        parts = TAGS.split(text)
        return "".join(part if part.startswith("<") else HANGUL.sub(self._cut, part) for part in parts)

    def terms(self) -> dict[str, list[str]]:
        """What the query's segmenter needs: words with meaning, and particles and endings."""
        bending = {part for part, count in self.function.items() if count > self.content[part]}
        bending |= {part for part in self.function if len(part) == 1}
        return {"content": sorted(set(self.content) - bending), "function": sorted(bending)}

    def _cut(self, match: re.Match[str]) -> str:
        return self.cuts.get(match[0], match[0])

    def _note(self, run: str, tokens: list[Any]) -> None:
        places = sorted({0, len(run), *(token.start for token in tokens if 0 < token.start < len(run))})
        parts = [run[start:end] for start, end in pairwise(places)]
        self.cuts[run] = CUT.join(parts)
        tags = {token.start: token.tag for token in reversed(tokens)}
        for start, part in zip(places, parts, strict=False):
            bends = tags.get(start, "NNG").startswith(BENDING)
            (self.function if bends else self.content)[part] += 1


@cache
def _kiwi() -> Any:
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)
