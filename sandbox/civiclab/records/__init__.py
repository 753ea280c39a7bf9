"""The database: submissions, verdicts, competency evidence, accounts, audit."""
