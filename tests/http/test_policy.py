"""The policy over HTTP: changed while the server runs, followed everywhere, told with who changed it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from adapters.recorded_policy import RecordedPolicies
from application.manage_policy import POLICY
from domain import check_in as check_ins
from domain.check_in import CheckInEvent
from domain.matching import Decision, Evidence, Match, Mismatch, Unknown
from domain.policy import Policy, PolicyChanged
from tests.event_store.samples import BOX, QUALITY, TIMINGS, later
from tests.http.live_server import LiveServer, subject_of

AS_STARTED: dict[str, Any] = {"emotion": "consented", "templates_days": None, "people_days": None, "thresholds": None}
MODEL = "none"  # what a server without models calls its own


@pytest.fixture
def admin(busy_server: LiveServer) -> Iterator[httpx.Client]:
    """Leaves the policy as others expect it."""
    with busy_server.client("admin") as client:
        yield client
        assert client.put("/api/policy/", json=AS_STARTED).status_code == 200


def test_a_change_is_told_with_who_made_it_and_stands_in_the_audit(
    busy_server: LiveServer, admin: httpx.Client
) -> None:
    before = admin.get("/api/policy/").json()
    changed = admin.put("/api/policy/", json={**AS_STARTED, "templates_days": 365})
    assert changed.status_code == 200, changed.text
    told = admin.get("/api/policy/").json()
    assert told == changed.json()
    assert (told["version"], told["templates_days"]) == (before["version"] + 1, 365)
    assert told["changed_by"] == str(subject_of(busy_server, "admin"))
    events = busy_server.run(busy_server.record.store.load_policy(POLICY))
    assert isinstance(events[-1], PolicyChanged)
    assert events[-1].by == subject_of(busy_server, "admin")
    entry = admin.get("/api/audit/", params={"limit": 1}).json()["entries"][0]
    assert (entry["action"], entry["name"]) == ("policy.changed.v1", "the admin")
    assert entry["detail"] == "emotion consented; templates for 365 days; people for ever; thresholds as calibrated"


def test_the_same_policy_again_is_no_change(admin: httpx.Client) -> None:
    first = admin.put("/api/policy/", json=AS_STARTED).json()
    assert admin.put("/api/policy/", json=AS_STARTED).json() == first


def test_thresholds_within_their_bounds_are_in_force_and_may_be_taken_back(admin: httpx.Client) -> None:
    own = {"verify": 0.45, "identify": 0.4, "margin": 0.12}
    told = admin.put("/api/policy/", json={**AS_STARTED, "thresholds": own}).json()["recognition"]
    assert (told["model"], told["in_force"], told["overridden"]) == (MODEL, own, True)
    assert told["calibrated"] == {"verify": 0.5, "identify": 0.5, "margin": 0.1}
    told = admin.put("/api/policy/", json=AS_STARTED).json()["recognition"]
    assert (told["in_force"], told["overridden"]) == (told["calibrated"], False)


def test_thresholds_beyond_their_bounds_are_refused_with_the_limit(admin: httpx.Client) -> None:
    own = {"verify": 0.5, "identify": 0.9, "margin": 0.1}
    refused = admin.put("/api/policy/", json={**AS_STARTED, "thresholds": own}, headers={"accept-language": "de"})
    assert (refused.status_code, refused.json()["code"]) == (422, "policy-impossible")
    problem = refused.json()
    assert (problem["value"], problem["limit"], problem["unit"]) == (0.9, 0.5, "distance")
    assert problem["errors"][0]["pointer"] == "/thresholds/identify"
    assert problem["sentence"].startswith("Das lässt sich nicht einstellen")
    assert admin.get("/api/policy/").json()["recognition"]["overridden"] is False


@pytest.mark.parametrize("wrong", [{"people_days": 0}, {"templates_days": 36_501}, {"emotion": "always"}, {"more": 1}])
def test_what_the_contract_does_not_know_is_malformed(admin: httpx.Client, wrong: dict[str, Any]) -> None:
    refused = admin.put("/api/policy/", json={**AS_STARTED, **wrong})
    assert (refused.status_code, refused.json()["code"]) == (400, "request-malformed")


def test_another_process_follows_when_its_second_is_over_and_at_once_where_it_asks(
    busy_server: LiveServer, admin: httpx.Client
) -> None:
    record = busy_server.record

    async def made(fresh_s: float) -> RecordedPolicies:
        policies = RecordedPolicies(record.database, record.store, Policy(), fresh_s=fresh_s)
        assert (await policies.current()).emotion == "consented"
        return policies

    patient, quick = busy_server.run(made(600.0)), busy_server.run(made(0.1))
    admin.put("/api/policy/", json={**AS_STARTED, "emotion": "off"})
    assert busy_server.run(patient.current()).emotion == "consented", "it was asked a moment ago"
    assert busy_server.run(patient.newest()).emotion == "off"
    assert busy_server.run(patient.current()).emotion == "off", "what it heard it knows"

    async def followed() -> str:
        await asyncio.sleep(0.1)
        return (await quick.current()).emotion

    assert busy_server.run(followed()) == "off"


def test_a_preview_tells_what_the_last_decisions_would_have_been(busy_server: LiveServer, admin: httpx.Client) -> None:
    before = len(scores(admin))
    ada = uuid4()
    for decision in (
        Match(ada, evidence(0.30)),
        Match(ada, evidence(0.44)),
        Unknown(evidence(0.60)),
        Mismatch(ada, msgspec.structs.replace(evidence(0.55), margin=None, margin_required=0.0, gallery_people=1)),
    ):
        seen(busy_server, decision)
    told = admin.get("/api/policy/preview/", params={"identify": 0.4}).json()
    assert told["decisions"] == before + 4
    changes = {(one["comparison"], one["recorded"], one["redecided"]): one["check_ins"] for one in told["changes"]}
    assert changes["identify", "checked_in", "unknown"] == 1
    assert changes["identify", "checked_in", "checked_in"] >= 1
    assert changes["verify", "mismatch", "mismatch"] >= 1
    assert told["proposed"]["identify"] == 0.4
    assert told["in_force"]["identify"] == 0.5
    looser = admin.get("/api/policy/preview/", params={"identify": 0.7, "verify": 0.6}).json()
    changes = {(one["comparison"], one["recorded"], one["redecided"]): one["check_ins"] for one in looser["changes"]}
    assert changes["identify", "unknown", "checked_in"] >= 1
    assert changes["verify", "mismatch", "checked_in"] >= 1
    wider = admin.get("/api/policy/preview/", params={"margin": 0.25}).json()
    assert any(one["redecided"] == "ambiguous" for one in wider["changes"])
    bins = [one for one in told["distances"] if one["comparison"] == "identify"]
    assert [one["start"] for one in bins] == sorted(one["start"] for one in bins)
    assert sum(sum(one["decided"].values()) for one in told["distances"]) == told["decisions"]
    assert (told["rates_proposed"], told["curve"]) == ([], []), "nothing was measured of this model"


@pytest.mark.parametrize("wrong", ["identify=nan", "verify=inf", "margin=-1", "last=0", "last=many"])
def test_what_is_no_threshold_is_named(admin: httpx.Client, wrong: str) -> None:
    refused = admin.get(f"/api/policy/preview/?{wrong}")
    assert (refused.status_code, refused.json()["code"]) == (400, "request-malformed")
    assert refused.json()["errors"][0]["parameter"] == wrong.split("=")[0]


def test_a_score_names_nobody_and_no_check_in(busy_server: LiveServer, admin: httpx.Client) -> None:
    ada = uuid4()
    id = seen(busy_server, Match(ada, evidence(0.31)))
    rows = busy_server.run(busy_server.record.database.fetch("SELECT score::text FROM score"))
    assert scores(admin)
    assert not any(str(ada) in row or str(id) in row for (row,) in rows)


def evidence(distance: float) -> Evidence:
    return Evidence(
        model=MODEL,
        threshold=0.5,
        margin_required=0.1,
        distance=distance,
        margin=0.2,
        confidence=0.9,
        gallery_people=3,
    )


def seen(server: LiveServer, decision: Decision) -> UUID:
    """A check-in that was decided so, seen by the read models."""
    burst_id = uuid4().hex
    station = subject_of(server, "station")
    id = check_ins.check_in_id(station, burst_id)
    events: list[CheckInEvent] = check_ins.start(
        station_id=station, burst_id=burst_id, request_digest="d", claimed=None, captured_at=None, at=later(0)
    )
    started = check_ins.replay(id, events)
    assert started is not None
    events += check_ins.decide_identity(started, decision, quality=QUALITY, box=BOX, timings_ms=TIMINGS, at=later(1))

    async def record() -> None:
        position = await server.record.store.append(id, 0, events)
        await server.record.projections.wait(position, 5.0)

    server.run(record())
    return id


def scores(admin: httpx.Client) -> list[str]:
    """One for each decision that a preview counts."""
    told = admin.get("/api/policy/preview/", params={"last": 10_000}).json()
    return ["decision"] * told["decisions"]
