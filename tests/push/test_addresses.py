"""A browser names the host that the server is to talk to: none of them may be inside, whatever its name means when."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from adapters.push.addresses import Addresses, NotAllowed, NotFound, is_public
from adapters.push.push_service import Answered, PushServices, Told
from adapters.push.subscription import Endpoint, Unusable, endpoint_of, subscription_of
from adapters.push.vapid import VapidKey
from tests.push.local_service import LocalPushService, SubscribedBrowser, base64url, serving_pushes

NOW = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)
TOLD = Told(status="checked_in", at=NOW, language="en")
INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1",
    "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "not an address", "",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "142.250.74.106", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_is_nobodys_out_there_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_somebody_out_there_is_taken(address: str) -> None:
    assert is_public(address)


@given(address=st.ip_addresses(v=4))
def test_an_address_within_another_is_as_public_as_by_itself(address: IPv4Address) -> None:
    assert is_public(f"::ffff:{address}") == is_public(f"64:ff9b::{address}") == is_public(str(address))


@given(address=st.ip_addresses(v=6))
def test_no_local_address_is_public(address: IPv6Address) -> None:
    local = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    assert not (is_public(str(address)) and local and address.ipv4_mapped is None)


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example/1", "https://push.example:8443/1", "ftp://push.example/1", "https://user@push.example/1",
        "https://user:secret@push.example/1", "https://push.example", "https://[::1]/1", "https://push.example\\@evil/1",
        "https://push.example/1#fragment", "https://push example/1", "https://push.example/1\n", "//push.example/1",
        "https://pusché.example/1", "https:///1", "https://push.example/" + "a" * 2048, "https://push.example:/1", "",
    ],
)  # fmt: skip
@pytest.mark.anyio
async def test_what_is_no_address_of_a_push_service_is_refused(url: str) -> None:
    async def outside(host: str, port: int) -> Sequence[str]:
        return ["8.8.8.8"]

    endpoint = endpoint_of(url)
    if endpoint is not None:
        with pytest.raises(NotAllowed):
            await Addresses(outside).of(endpoint)


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "0"])
async def test_a_host_that_means_this_machine_is_refused_however_it_is_written(host: str) -> None:
    endpoint = endpoint_of(f"https://{host}/1")
    assert endpoint is not None
    with pytest.raises((NotAllowed, NotFound)):
        await Addresses().of(endpoint)


@pytest.mark.anyio
async def test_one_address_inside_spoils_all_the_others() -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["8.8.8.8", "192.168.1.1"]

    with pytest.raises(NotAllowed):
        await Addresses(both).of(push_example())


@pytest.mark.anyio
async def test_a_name_that_means_another_machine_by_the_time_of_sending_is_not_followed() -> None:
    answers = [["8.8.8.8"], ["127.0.0.1"]]

    async def changing(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    addresses = Addresses(changing)
    assert await addresses.of(push_example()) == "8.8.8.8"
    browser = SubscribedBrowser("https://push.example/1")
    async with PushServices(addresses, new_key()) as services:
        assert await services.send(TOLD, browser.subscription, ttl_s=60, now=NOW) == Answered(outcome="failed")
    assert answers == []


@pytest.mark.anyio
async def test_the_address_that_was_looked_at_is_connected_to_under_the_certificate_of_the_name(
    tmp_path: Path,
) -> None:
    """No other resolver knows the name: whoever looked it up again would find nothing."""
    asked: list[str] = []

    async def here(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async def sent_to(name: str, service: LocalPushService) -> Answered:
        origin = f"https://{name}:{service.port}"
        browser = SubscribedBrowser(f"{origin}/1")
        trusts = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
        addresses = Addresses(here, local=frozenset({origin}))
        async with PushServices(addresses, new_key(), trusts=trusts) as services:
            return await services.send(TOLD, browser.subscription, ttl_s=60, now=NOW)

    certify(tmp_path, "push.invalid")
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    async with serving_pushes(served) as service:
        assert (await sent_to("push.invalid", service)).outcome == "sent"
        assert (await service.next()).headers["host"] == f"push.invalid:{service.port}"
        assert asked == ["push.invalid"]
        assert (await sent_to("another.invalid", service)).outcome == "later"
        assert service.received.empty()


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("/endpoint", {"endpoint": "push.example"}),
        ("/keys/p256dh", {"p256dh": base64url(b"\4" + bytes(64))}),
        ("/keys/p256dh", {"p256dh": base64url(bytes(64))}),
        ("/keys/p256dh", {"p256dh": "no base64url!"}),
        ("/keys/auth", {"auth": base64url(bytes(15))}),
        ("/keys/auth", {"auth": "A"}),
    ],
)
def test_keys_that_nothing_can_be_sealed_with_are_refused_by_their_field(field: str, change: dict[str, str]) -> None:
    kept = SubscribedBrowser("https://push.example/1").subscription
    good = {"endpoint": kept.endpoint, "p256dh": base64url(kept.p256dh), "auth": base64url(kept.auth)}
    assert subscription_of(**good, language="en") == kept
    refused = subscription_of(**{**good, **change}, language="en")
    assert isinstance(refused, Unusable)
    assert refused.field == field


def push_example() -> Endpoint:
    endpoint = endpoint_of("https://push.example/1")
    assert endpoint is not None
    return endpoint


def new_key() -> VapidKey:
    return VapidKey(generate_private_key(SECP256R1()), contact="mailto:door@school.example")


def certify(folder: Path, host: str) -> None:
    """A certificate that vouches for itself."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
