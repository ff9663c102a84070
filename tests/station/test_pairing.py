"""A station is made known to a server: the code, the approval, the refusal, and everything that goes wrong between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_device.device_key import KeyDamaged
from edge_device.identity import Identity, IdentityDamaged, Pairing
from edge_device.identity_steps import Paired, PairingCode, Unpaired
from edge_device.pairing import PairingFailed, PairingPlan, pair
from edge_device.steps import Step
from tests.station.bench import IMPATIENT
from tests.station.fault_server import FaultName, FaultServer, Reply, problem
from tests.station.identity_bench import enlisted, is_known
from tests.station.office import Office

PORTAL = Reply(200, b"<html>Please log in</html>", {"content-type": "text/html"})


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(hang_s=0.4).running() as running:
        yield running


class Administrator:
    """Hears the station's steps, and decides as soon as a code is shown: one decision for each code, then approval."""

    def __init__(self, office: Office, *decisions: Callable[[Office, str], None]) -> None:
        self.steps: list[Step] = []
        self._office = office
        self._decisions = list(decisions)

    def __call__(self, step: Step) -> None:
        self.steps.append(step)
        if isinstance(step, PairingCode):
            (self._decisions.pop(0) if self._decisions else approve)(self._office, step.code)

    @property
    def story(self) -> list[str]:
        return [step.reason if isinstance(step, Unpaired) else type(step).__name__ for step in self.steps]


def approve(office: Office, code: str) -> None:
    office.approve(next(pairing for pairing in office.pairings.values() if pairing.code == code))


def refuse(office: Office, code: str) -> None:
    next(pairing for pairing in office.pairings.values() if pairing.code == code).status = "refused"


def expire(office: Office, code: str) -> None:
    next(pairing for pairing in office.pairings.values() if pairing.code == code).status = "expired"


def forget(office: Office, code: str) -> None:
    """The server was restored from an older copy."""
    office.pairings.clear()


def paired(folder: Path, server: FaultServer, hear: Callable[[Step], None], *, again: bool = False) -> Pairing:
    folder.mkdir(parents=True, exist_ok=True)
    plan = PairingPlan(
        server=server.url,
        name="Front door",
        after_refusal_s=0.01 if again else None,
        retry_base_s=0.01,
        retry_cap_s=0.05,
        timeouts=IMPATIENT,
    )
    return asyncio.run(pair(Identity(folder), plan, hear))


def test_an_approved_station_is_known_by_its_own_key(tmp_path: Path, server: FaultServer) -> None:
    administrator = Administrator(server.office)
    pairing = paired(tmp_path, server, administrator)
    assert administrator.story == ["new", "PairingCode", "Paired"]
    code = administrator.steps[1]
    assert isinstance(code, PairingCode)
    assert code.sentence == f"Ask an administrator of {server.url} to approve BCDF-GHJK."
    assert (pairing.name, pairing.room, pairing.station_id) == ("Front door", "A1", server.office.station_id)
    assert asyncio.run(is_known(tmp_path, server))
    assert Identity(tmp_path).pairing == pairing
    for name in ("identity.key", "pairing.json"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_the_private_key_leaves_the_device_in_no_request(tmp_path: Path, server: FaultServer) -> None:
    paired(tmp_path, server, Administrator(server.office))
    private = (tmp_path / "identity.key").read_bytes()
    sent = b"".join(request.body + json.dumps(request.headers).encode() for request in server.office.requests)
    assert b"public_key" in sent
    assert private not in sent
    assert private.hex().encode() not in sent


def test_a_refused_station_says_so_and_gives_up(tmp_path: Path, server: FaultServer) -> None:
    administrator = Administrator(server.office, refuse)
    with pytest.raises(PairingFailed, match="An administrator refused this station"):
        paired(tmp_path, server, administrator)
    assert administrator.story == ["new", "PairingCode", "refused"]
    assert Identity(tmp_path).request is None


@pytest.mark.parametrize(("decision", "reason"), [(refuse, "refused"), (expire, "expired"), (forget, "expired")])
def test_another_code_has_another_key(
    tmp_path: Path, server: FaultServer, decision: Callable[[Office, str], None], reason: str
) -> None:
    administrator = Administrator(server.office, decision)
    paired(tmp_path, server, administrator, again=True)
    assert administrator.story == ["new", "PairingCode", reason, "PairingCode", "Paired"]
    keys = [request.body for request in server.office.requests if request.body]
    assert len(set(keys)) == 2
    assert asyncio.run(is_known(tmp_path, server))


@pytest.mark.parametrize("fault", ["500-after", "cut", "hang-after", "reset-after", "reset-before", "portal", "429"])
def test_a_lost_answer_meets_the_same_pairing(tmp_path: Path, server: FaultServer, fault: FaultName) -> None:
    server.office.faults.extend([fault, None, fault])
    administrator = Administrator(server.office)
    paired(tmp_path, server, administrator)
    assert len(server.office.pairings) == 1
    assert "offline" in administrator.story
    assert administrator.story.count("PairingCode") == 1


def test_a_station_that_was_away_when_it_was_approved_learns_of_it(tmp_path: Path, server: FaultServer) -> None:
    class Killed(BaseException):
        pass

    def hear(step: Step) -> None:
        if isinstance(step, PairingCode):
            approve(server.office, step.code)
            raise Killed

    with pytest.raises(Killed):
        paired(tmp_path, server, hear)
    administrator = Administrator(server.office)
    paired(tmp_path, server, administrator)
    assert administrator.story == ["new", "Paired"]
    assert len(server.office.pairings) == 1
    assert asyncio.run(is_known(tmp_path, server))


def test_a_revoked_key_is_not_paired_again(tmp_path: Path, server: FaultServer) -> None:
    identity = enlisted(tmp_path, server)
    revoked = identity.keys.made()
    server.office.revoke()
    (tmp_path / "pairing.json").unlink()
    paired(tmp_path, server, Administrator(server.office))
    assert Identity(tmp_path).keys.made().key_id != revoked.key_id
    assert asyncio.run(is_known(tmp_path, server))


def test_a_signature_that_is_never_accepted_ends_the_pairing(tmp_path: Path, server: FaultServer) -> None:
    server.office.faults.extend([problem(401, "signature-invalid", "never")] * 9)
    with pytest.raises(PairingFailed, match="does not accept the station's signature"):
        paired(tmp_path, server, Administrator(server.office))


def test_a_server_that_pairs_no_stations_is_named(tmp_path: Path, server: FaultServer) -> None:
    server.office.faults.append(problem(404, "not-found", "never"))
    with pytest.raises(PairingFailed, match="does not pair stations"):
        paired(tmp_path, server, Administrator(server.office))


def test_whoever_waits_for_an_approval_is_seen_to_live(tmp_path: Path, server: FaultServer) -> None:
    beats = []
    tmp_path.mkdir(exist_ok=True)
    plan = PairingPlan(server=server.url, name="x", timeouts=IMPATIENT, progressed=lambda: beats.append(1))
    asyncio.run(pair(Identity(tmp_path), plan, Administrator(server.office)))
    assert beats


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"server": 1, "pairing_id": "x"}'])
def test_a_damaged_pairing_is_said_and_not_overwritten(tmp_path: Path, content: str) -> None:
    (tmp_path / "pairing.json").write_text(content, encoding="utf-8")
    with pytest.raises(IdentityDamaged, match="unpair"):
        Identity(tmp_path)


@pytest.mark.parametrize(("name", "kind"), [("pairing.json", IdentityDamaged), ("identity.key", KeyDamaged)])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, kind: type[Exception]) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(kind, match=f"{name} cannot be read"):
        Identity(tmp_path)


def test_the_steps_of_a_pairing_name_what_the_station_is(tmp_path: Path, server: FaultServer) -> None:
    administrator = Administrator(server.office)
    paired(tmp_path, server, administrator)
    assert administrator.steps[-1] == Paired(station_id=server.office.station_id, name="Front door", room="A1")
