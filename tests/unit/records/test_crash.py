"""A process killed at any moment loses nothing it had acknowledged."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from civiclab.records.store import open_records

WRITER = """
import sys
from civiclab.records.store import open_records
records = open_records(sys.argv[1])
n = 0
while True:
    n += 1
    id = records.accept(learner=sys.argv[2], exercise="C05-E3", version="", language="ko",
                        body=b"x" * 20000, key=f"{sys.argv[2]}-{n:06d}").id
    print(id, flush=True)
"""


def test_no_acknowledged_submission_is_lost_to_a_kill(tmp_path: Path) -> None:
    """Two writing processes are killed; every id they printed is there, the database and the chain are whole."""
    url = f"sqlite:///{tmp_path}/records.db"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, name], stdout=subprocess.PIPE, text=True)
        for name in ("learner", "colleague")
    ]
    acknowledged = [writer.stdout.readline().strip() for writer in writers if writer.stdout]
    time.sleep(0.3)
    for writer in writers:
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += [
            line.strip() for line in writer.communicate()[0].splitlines(keepends=True) if line[-1] == "\n"
        ]
    records = open_records(url)
    assert len(acknowledged) >= 2
    assert all(records.body(id) == b"x" * 20000 for id in acknowledged)
    assert records.verify_audit()
    assert sqlite3.connect(tmp_path / "records.db").execute("pragma integrity_check").fetchone() == ("ok",)
