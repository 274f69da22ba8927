"""The generic gateway's way out: every ending of an attempt, against a gateway that counts what reached phones."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.channels.base import Fate, Outcome
from bot.channels.line import Line
from bot.channels.sms_http import Sender
from tests.channels.conftest import line_for
from tests.channels.stage import Gateway
from tests.fakes.sms_gateway import Delivery, SmsGateway

TO = "13800138000"
KEY = Gateway().key


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with SmsGateway(KEY) as gateway:
        yield gateway


def sender_to(url: str, key: str = KEY) -> Sender:
    return Sender(Gateway(send_url=url, key=key), Line(total=30))


@pytest.fixture
def sender(gateway: SmsGateway, request: pytest.FixtureRequest) -> Iterator[Sender]:
    sender = Sender(Gateway(send_url=gateway.send_url), line_for(request))
    yield sender
    sender.close()


def test_a_message_arrives_and_the_connection_is_kept(gateway: SmsGateway, sender: Sender) -> None:
    for number in range(5):
        assert sender.send(f"n-{number}", TO, f"应还 {number}元🐷\n回1确认\x00") == Outcome(Fate.ACCEPTED)
    assert gateway.texts_to(TO) == [f"应还 {number}元🐷\n回1确认" for number in range(5)]
    (first, *_) = gateway.calls
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(first.body).keys() == {"id", "to", "text"}
    assert "应还".encode() in first.body
    assert len(gateway._sockets) == 1


@pytest.mark.parametrize(
    "to",
    ["", "10086", "1380013800", "138001380000", "+8613800138000", "008613800138000", "+12025550123", "12800138000",
     "85291234567", "１３８００１３８０００", "13800138000\n", " 13800138000", "4008001234", "02066668888", "chen"],
)  # fmt: skip
def test_only_mainland_mobile_numbers_are_sent_to(gateway: SmsGateway, sender: Sender, to: str) -> None:
    assert sender.send("n", to, "x") == Outcome(Fate.REFUSED, "not a mainland mobile number")
    assert not gateway.calls


def test_an_empty_text_is_not_sent(gateway: SmsGateway, sender: Sender) -> None:
    assert sender.send("n", TO, "\x00 \n") == Outcome(Fate.REFUSED, "empty text")
    assert not gateway.calls


@pytest.mark.parametrize(
    ("fault", "fate", "arrived"),
    [
        ("hold", Fate.UNKNOWN, True), ("close", Fate.UNKNOWN, True), ("half", Fate.UNKNOWN, True),
        ("huge", Fate.UNKNOWN, True), ("redirect", Fate.UNKNOWN, True), ("html", Fate.ACCEPTED, True),
        ("refuse", Fate.UNKNOWN, False), (400, Fate.REFUSED, False), (401, Fate.REFUSED, False),
        (404, Fate.REFUSED, False), (409, Fate.REFUSED, False), (451, Fate.REFUSED, False),
        (408, Fate.UNKNOWN, False), (429, Fate.UNKNOWN, False), (500, Fate.UNKNOWN, False),
        (502, Fate.UNKNOWN, False), (503, Fate.UNKNOWN, False), (304, Fate.UNKNOWN, False),
    ],
)  # fmt: skip
def test_every_way_an_attempt_can_end(
    gateway: SmsGateway, sender: Sender, fault: str | int, fate: Fate, arrived: bool
) -> None:
    assert sender.send("n-0", TO, "first").fate is Fate.ACCEPTED
    gateway.misbehave(fault)
    assert sender.send("n-1", TO, "x").fate is fate
    assert gateway.attempts.get("n-1", 0) == int(arrived)
    assert len(gateway.calls) == 2, "nothing is repeated or followed by itself"
    assert sender.send("n-1", TO, "x") == Outcome(Fate.ACCEPTED)
    assert gateway.delivered["n-1"] == Delivery("n-1", TO, "x")
    assert gateway.texts_to(TO) == ["first", "x"], "under the same id the person gets it once"


def test_the_gateway_is_strict(gateway: SmsGateway, sender: Sender) -> None:
    wrong_key = sender_to(gateway.send_url, key="another")
    assert wrong_key.send("n", TO, "x") == Outcome(Fate.REFUSED, "http 401")
    wrong_key.close()
    lost = sender_to(gateway.url + "/nowhere")
    assert lost.send("n", TO, "x") == Outcome(Fate.REFUSED, "http 404")
    lost.close()
    assert sender.send("n", TO, "x" * 501) == Outcome(Fate.REFUSED, "http 422")
    assert sender.send("n", TO, "x").fate is Fate.ACCEPTED
    assert sender.send("n", TO, "y") == Outcome(Fate.REFUSED, "http 409")
    assert gateway.texts_to(TO) == ["x"]


def test_nothing_was_sent_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/", "http://[bad/", "nonsense", "file:///etc/passwd", ""):
        sender = sender_to(url)
        assert sender.send("n", TO, "x").fate is Fate.RETRY, url
        sender.close()


def test_a_gateway_that_starts_anew_between_two_messages(gateway: SmsGateway, sender: Sender) -> None:
    assert sender.send("n-1", TO, "x").fate is Fate.ACCEPTED
    gateway.cut_all()
    second = sender.send("n-2", TO, "x")
    assert second.fate in (Fate.ACCEPTED, Fate.UNKNOWN), "the cut may be seen before or after sending"
    assert sender.send("n-2", TO, "x").fate is Fate.ACCEPTED
    assert len(gateway.texts_to(TO)) == 2


def test_t32_an_answer_that_drips_is_given_up(sender: Sender) -> None:
    """One byte at a time, each in time, but never an end."""
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not stop.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        config = Gateway(send_url=f"http://127.0.0.1:{listener.getsockname()[1]}/")
        slow = Sender(config, Line(connect=1, read=1, total=0.2))
        assert slow.send("n", TO, "x") == Outcome(Fate.UNKNOWN, "answer is too slow")
        stop.set()
        thread.join(10)
        slow.close()


def make_certificate(directory: Path) -> None:
    """A certificate that is right in everything but who signed it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / "cert").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (directory / "key").write_bytes(key.private_bytes(*plain))


def test_t32_a_certificate_nobody_trusts_is_met_before_anything_is_sent(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    received: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    received.append(secure.recv(65536))
            except OSError:
                received.append(b"")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        sender = sender_to(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        assert sender.send("n", TO, "x") == Outcome(Fate.RETRY, "not sent: certificate is not trusted")
        thread.join(10)
        sender.close()
    assert received == [b""]


def test_many_threads_share_a_few_connections(gateway: SmsGateway) -> None:
    sender = Sender(Gateway(send_url=gateway.send_url), Line(connections=3))
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda n: sender.send(f"n-{n}", TO, f"text {n}"), range(200)))
    assert outcomes == [Outcome(Fate.ACCEPTED)] * 200
    assert {d.id: d.text for d in gateway.delivered.values()} == {f"n-{n}": f"text {n}" for n in range(200)}
    assert len(gateway._sockets) <= 3
    sender.close()


def test_keys_numbers_and_words_stay_out_of_logs_and_reasons(
    gateway: SmsGateway, sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.misbehave("close", 500, 400, "half")
    outcomes = [sender.send("n", TO, "机密") for _ in range(5)]
    for secret in (KEY, TO, "机密"):
        assert secret not in caplog.text
        assert secret not in repr(outcomes)
