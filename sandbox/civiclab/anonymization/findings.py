"""What the gate finds, told without repeating anybody's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from civiclab.errors import BadContent
from civiclab.translation import translate

MESSAGES = {
    "missing_file": "{file}: the file was not written.",
    "undeclared_file": "{file}: the recipe does not declare this file.",
    "file_name": "{file}: the file's name holds an identifier ({figure}).",
    "form": "{file}: not a plain UTF-8 table ({figure}).",
    "columns": "{file}: the columns differ from the recipe's ({figure}).",
    "identifier_column": "{file}: the column {column} identifies people and must not leave.",
    "empty_cell": "{file}: {column} is empty in {figure} rows.",
    "unknown_value": "{file}: {column} holds values the recipe does not know ({figure}).",
    "leftover": "{file}: {column} still holds identifiers ({figure}).",
    "raw_value": "{file}: {column} repeats identifiers of the raw table ({figure} rows).",
    "order": "{file}: the rows are not in the order of their content; their order could tell the raw one.",
    "fresh_id": "{file}: {column} is not numbered afresh ({figure}).",
    "time": "{file}: {column} is finer than the recipe's grain ({figure}).",
    "min_cell": "{file}: {column} counts fewer people than allowed ({figure}).",
    "k": "{file}: a group of {column} has too few people ({figure}).",
    "subset": "{file}: {column} alone leaves too few people together ({figure}).",
    "l": "{file}: everyone in a group shares {column} ({figure}).",
    "t": "{file}: {column} in a group differs too much from the whole ({figure}).",
    "suppressed": "{file}: too much was left out ({figure}).",
    "suppressed_subgroup": "{file}: too much was left out of one group of {column} ({figure}).",
    "people": "{file}: who stands behind the rows can't be counted ({figure}).",
    "spans": "{file}: the marked places do not fit the texts ({figure}).",
    "raw_columns": "{file}: the raw table's columns are not those the recipe declares ({figure}).",
    "not_synthetic": "{file}: the recipe says synthetic, but the generator does not make this ({figure}).",
    "ledger": "{file}: an earlier release ({figure}) can be laid over this one.",
}


@dataclass(frozen=True)
class Finding:
    """One reason to block: which check, where, and the figure. Holds no value of a cell."""

    check: str
    file: str
    column: str = ""
    figure: str = ""

    def text(self, language: str) -> str:
        """The finding as a sentence."""
        return translate(MESSAGES[self.check], language).format(
            file=self.file, column=self.column, figure=self.figure
        )


class GateBlocked(BadContent):
    """The release may not leave; `findings` holds every reason."""

    def __init__(self, dataset: str, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        listed = "; ".join(f"{f.check} [{f.file} {f.column}] {f.figure}".strip() for f in self.findings)
        super().__init__(
            "The release gate blocks this dataset. Findings: {count}. {listed}",
            where=dataset,
            count=len(self.findings),
            listed=listed,
        )

    def sentences(self, language: str) -> list[str]:
        """Every finding as a sentence."""
        return [finding.text(language) for finding in self.findings]
