"""Grading: intake, rebuild from the master, two jailed processes, verdicts, the nbgrader gradebook.

Theory of operation
-------------------
`intake` refuses what is no submission before it is accepted. `rebuild` takes only the answers, by cell id,
and puts them into the master's cells. `engine` starts two jails: the learner process runs given cells and
answers in order; the checker process runs each check where the master has it, and sees the learner's names
as values over a socket. The supervisor (this package) speaks to each over a socket of its own, keeps the
clock, and is the only one who writes verdicts. `worker` leases accepted submissions from the records, grades
them, publishes the verdicts and copies the marks into nbgrader's gradebook.
"""
