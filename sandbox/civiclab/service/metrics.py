"""The operator's figures in Prometheus' text format: counts and times, never a person's name or words.

Read with the token in the file `metrics-token` of the home's run directory, made at the first start and good
for nothing else, or with the Hub token of an account that instructs. Without either there is nothing to see,
also from this machine: learners' sandboxes share its loopback.
"""

import hmac
import secrets
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from civiclab.records.figures import BOUNDS, Figures, Histogram
from civiclab.service.identity import TOKEN_HEADER, Identity
from civiclab.service.parts import Parts
from civiclab.service.problems import plain

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def token_of(file: Path) -> str:
    """The token in `file`; made at the first call, for the owner's eyes only."""
    if not file.exists():
        whole = file.with_suffix(".new")  # renamed when complete: a crash leaves no empty token
        whole.unlink(missing_ok=True)
        whole.touch(mode=0o600)
        whole.write_text(secrets.token_urlsafe(32), "ascii")
        whole.replace(file)
    return file.read_text("ascii").strip()


class Metrics:
    """The endpoint, over the records."""

    def __init__(self, parts: Parts, token: str) -> None:
        self._records = parts.records
        self._identity: Identity = parts.identity
        self._address = f"{parts.pages.prefix}metrics"
        self._token = token

    def router(self) -> APIRouter:
        """The one route."""
        router = APIRouter(include_in_schema=False)

        @router.get(self._address)
        async def metrics(request: Request) -> Response:
            """Figures for a Prometheus server."""
            await self._check(request)
            text = await run_in_threadpool(lambda: exposition(self._records.figures()))
            return Response(text, headers={"Content-Type": TEXT_FORMAT, "Cache-Control": "no-store"})

        return router

    async def _check(self, request: Request) -> None:
        given = TOKEN_HEADER.fullmatch(request.headers.get("authorization", ""))
        if given and self._token and hmac.compare_digest(given[1].encode(), self._token.encode()):
            return
        person = await self._identity.program(request)
        if not person.instructs:
            raise plain(403)


def exposition(figures: Figures) -> bytes:
    """The figures as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(figures))
    return generate_latest(registry)


class _Snapshot(Collector):
    """Hands Prometheus' library the figures of one moment."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """The families, one after another."""
        figures = self._figures
        yield _labelled(
            "civiclab_submissions", "Submissions by state.", "state", dict(figures.states.items())
        )
        yield GaugeMetricFamily(
            "civiclab_oldest_waiting_seconds",
            "How long the oldest submission without a result has waited.",
            figures.oldest_waiting_seconds,
        )
        yield GaugeMetricFamily(
            "civiclab_regrade_submissions", "Submissions a regrade has still to grade.", figures.regrading
        )
        yield _histogram("civiclab_grading_seconds", "How long one grading took.", figures.grading)
        yield _histogram("civiclab_answer_seconds", "From the acknowledgement to the result.", figures.answer)
        yield _labelled(
            "civiclab_verdicts", "Published verdicts by outcome.", "outcome", dict(figures.outcomes.items())
        )
        yield CounterMetricFamily(
            "civiclab_failed_tries", "Gradings that failed through a fault of ours.", figures.failed_tries
        )
        yield CounterMetricFamily(
            "civiclab_parked", "Submissions set aside for a person after three tries.", figures.parked_ever
        )


def _labelled(name: str, help: str, label: str, counts: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, help, labels=[label])
    for value, count in counts.items():
        family.add_metric([str(value)], count)
    return family


def _histogram(name: str, help: str, values: Histogram) -> Metric:
    within = [(str(bound), float(count)) for bound, count in zip(BOUNDS, values.at_most, strict=True)]
    return HistogramMetricFamily(name, help, buckets=[*within, ("+Inf", values.count)], sum_value=values.sum)
