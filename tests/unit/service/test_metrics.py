"""The operator's metrics: figures that add up, for who may see them, and nobody's name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from civiclab.service.app import create_app
from civiclab.service.metrics import token_of
from civiclab.service.settings import ServiceSettings, from_environment

from .conftest import FakeHub, graded, make_catalog

if TYPE_CHECKING:
    from .conftest import Academy

ADDRESS = "/services/civiclab/metrics"


def samples(text: str) -> dict[tuple[str, ...], float]:
    """(name, label values) -> value, as Prometheus' own reader finds them."""
    families = text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def read(academy: Academy) -> dict[tuple[str, ...], float]:
    """The figures as the instructor gets them."""
    answer = academy.client("instructor").get(ADDRESS)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return samples(answer.text)


def test_the_figures_add_up(academy: Academy) -> None:
    """Queue, times, verdicts, failed tries and parked ones, as they stand in the records."""
    records = academy.records
    academy.submitted(key="key-00001")
    timed, parked = (
        records.accept(learner="learner", exercise="C05-E3", version="", language="ko", body=b"", key=key).id
        for key in ("key-00002", "key-00003")
    )
    records.lease("w", 60)
    records.publish(timed, graded(), mastered=False, competencies=[], level=2, seconds=0.7)
    for _ in range(3):
        records.lease("w", 60)
        records.fail(parked, "no jail")
    records.accept(learner="learner", exercise="C05-E3", version="", language="ko", body=b"", key="key-00004")
    records.request_regrade("C05-E3", scope="all", reason="", by="instructor")
    found = read(academy)
    states = {
        name: found["civiclab_submissions", name] for name in ("accepted", "leased", "published", "parked")
    }
    assert states == {"accepted": 1, "leased": 0, "published": 2, "parked": 1}
    assert found["civiclab_regrade_submissions",] == 2
    assert 0 <= found["civiclab_oldest_waiting_seconds",] < 60
    assert (found["civiclab_grading_seconds_count",], found["civiclab_grading_seconds_sum",]) == (1, 0.7)
    bounds = [found["civiclab_grading_seconds_bucket", bound] for bound in ("0.5", "1.0", "300.0", "+Inf")]
    assert bounds == [0, 1, 1, 1]
    assert found["civiclab_answer_seconds_count",] == 2
    assert (found["civiclab_verdicts", "PASS"], found["civiclab_verdicts", "FAIL"]) == (2, 2)
    assert (found["civiclab_failed_tries_total",], found["civiclab_parked_total",]) == (3, 1)


def test_empty_records_have_figures_too(academy: Academy) -> None:
    """Every series is there from the start, at zero, so that an alarm can be set before the first fault."""
    found = read(academy)
    assert found["civiclab_submissions", "parked"] == 0
    assert found["civiclab_verdicts", "INTERNAL"] == 0
    assert found["civiclab_grading_seconds_bucket", "+Inf"] == 0
    assert found["civiclab_oldest_waiting_seconds",] == 0


def test_the_metrics_name_no_one(academy: Academy) -> None:
    """No learner, no id, no word of an answer."""
    id = academy.submitted(memo="canary-words")
    text = academy.client("instructor").get(ADDRESS).text
    for secret in ("learner", id, "canary", "C05"):
        assert secret not in text


@pytest.mark.parametrize(("name", "status"), [("learner", 403), ("outsider", 403), ("nobody", 401)])
def test_learners_do_not_see_the_metrics(academy: Academy, name: str, status: int) -> None:
    """A learner's own token, an unapproved one and a false one are refused; so is a request without one."""
    assert academy.client(name).get(ADDRESS).status_code == status
    assert academy.client().get(ADDRESS).status_code == 401
    assert academy.browser("instructor").get(ADDRESS).status_code == 401  # a cookie is no token


def test_the_file_s_token_opens_the_metrics_only(academy: Academy, tmp_path: Path) -> None:
    """Made once, for its owner's eyes; opens the metrics and no other address; an empty one opens nothing."""
    file = tmp_path / "metrics-token"
    settings = ServiceSettings(content=tmp_path, site=None, database="", secret="x", metrics_token=file)
    app = create_app(
        settings,
        hub=FakeHub(),
        records=academy.records,
        catalog=make_catalog(tmp_path),
        intake=lambda body, exercise: None,
    )
    token = file.read_text()
    assert len(token) >= 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert token_of(file) == token
    prometheus = TestClient(app, headers={"Authorization": f"Bearer {token}"}, follow_redirects=False)
    assert prometheus.get(ADDRESS).status_code == 200
    assert prometheus.get("/services/civiclab/api/me").status_code == 401
    assert prometheus.get("/services/civiclab/instructor/").status_code in {302, 401}  # 302: to the sign-in
    assert academy.client().get(ADDRESS, headers={"Authorization": "Bearer  "}).status_code == 401


def test_the_token_s_file_stands_in_the_run_folder() -> None:
    """The service finds its place from the environment that the Hub gives."""
    env = {
        "CIVICLAB_CONTENT": "/c",
        "CIVICLAB_DATABASE": "sqlite://",
        "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:9",
        "JUPYTERHUB_API_TOKEN": "t",
    }
    assert from_environment(env | {"CIVICLAB_RUN": "/r"}).metrics_token == Path("/r/metrics-token")
    assert from_environment(env).metrics_token is None
