"""An operator's SMSC that speaks SMPP 3.4: strict about what it takes, with phones behind it that receive and write.

Field by field after the SMPP v3.4 specification (issue 1.2, sections 4 and 5). What is wrong is kept in `errors` and
answered with its error status; a phone shows a long message only when all of its parts have come.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

BIND_TRANSCEIVER, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15
ANSWER, NACK = 0x80000000, 0x80000000
OK, NOT_BOUND, WRONG_PASSWORD, SYSTEM_ERROR, QUEUE_FULL, INVALID_NUMBER = 0, 4, 0x0E, 8, 0x14, 0x0B
UCS2 = 8
UDHI, RECEIPT = 0x40, 0x04


@dataclass
class Submitted:
    """One submit_sm as it came."""

    id: str
    to: str
    sender: str
    coding: int
    body: bytes
    part: tuple[int, int, int] | None
    wants_receipt: bool

    @property
    def text(self) -> str:
        return self.body.decode("utf-16-be" if self.coding == UCS2 else "latin-1")


@dataclass
class Smsc:
    """`fates` by number: a stat such as DELIVRD or UNDELIV, `silent` (no receipt), or an error status for submit_sm."""

    system_id: str = "huzhu"
    password: str = "village1"
    fates: dict[str, str | int] = field(default_factory=dict)
    submitted: list[Submitted] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._sequence = itertools.count(1)
        self._lock = threading.RLock()
        self._bound: socket.socket | None = None
        self._answered: dict[int, int] = {}
        self._changed = threading.Condition(self._lock)
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    # What the phones see and do.

    def texts_to(self, number: str) -> list[str]:
        """What this phone shows: whole messages only, each once, in the order of their last part."""
        shown: list[str] = []
        parts: dict[tuple[str, int], dict[int, str]] = {}
        with self._lock:
            for one in self.submitted:
                if not one.to.endswith(number):
                    continue
                if one.part is None:
                    shown.append(one.text)
                    continue
                reference, total, n = one.part
                have = parts.setdefault((one.sender, reference), {})
                have[n] = one.text
                if len(have) == total:
                    shown.append("".join(have[i] for i in range(1, total + 1)))
                    parts.pop((one.sender, reference))
        return shown

    def say(self, sender: str, text: str, *, size: int = 67, backwards: bool = False, only: int | None = None) -> None:
        """A phone writes; longer than one message it leaves in parts, if wanted in the wrong order or with one lost."""
        raw = text.encode("utf-16-be")
        if len(raw) <= 140:
            self._deliver(sender, raw, 0)
            return
        chunks = [raw[at : at + 2 * size] for at in range(0, len(raw), 2 * size)]
        reference = next(self._numbers) % 256
        order = list(range(len(chunks)))
        for n in reversed(order) if backwards else order:
            if only is None or n == only:
                head = bytes([5, 0, 3, reference, len(chunks), n + 1])
                self._deliver(sender, head + chunks[n], UDHI)

    def wait_bound(self, seconds: float = 20) -> None:
        with self._lock:
            assert self._changed.wait_for(lambda: self._bound is not None, seconds), "the gateway never bound"

    def cut(self) -> None:
        """The line to the operator breaks."""
        with self._lock:
            if self._bound is not None:
                with contextlib.suppress(OSError):
                    self._bound.shutdown(socket.SHUT_RDWR)
                self._bound = None

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    # The wire.

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        bound = False
        with contextlib.suppress(OSError, EOFError), connection:
            while True:
                length, command, status, sequence = struct.unpack(">IIII", _exactly(connection, 16))
                if not 16 <= length <= 65536:
                    self.errors.append(f"length {length}")
                    return
                body = _exactly(connection, length - 16)
                if command & ANSWER:
                    with self._lock:
                        self._answered[sequence] = status
                        self._changed.notify_all()
                elif command == BIND_TRANSCEIVER:
                    bound = self._bind(connection, body, sequence)
                elif not bound:
                    self._send(connection, command | ANSWER, NOT_BOUND, sequence, b"")
                elif command == SUBMIT:
                    self._submit(connection, body, sequence)
                elif command in (ENQUIRE, UNBIND):
                    self._send(connection, command | ANSWER, OK, sequence, b"")
                else:
                    self.errors.append(f"command {command:#x}")
                    self._send(connection, NACK, 3, sequence, b"")
        with self._lock:
            if self._bound is connection:
                self._bound = None

    def _bind(self, connection: socket.socket, body: bytes, sequence: int) -> bool:
        system_id, password, *_ = body.split(b"\0")
        right = (system_id.decode(), password.decode()) == (self.system_id, self.password)
        self._send(connection, BIND_TRANSCEIVER | ANSWER, OK if right else WRONG_PASSWORD, sequence, b"smsc\0")
        if right:
            with self._lock:
                self._bound = connection
                self._changed.notify_all()
        return right

    def _submit(self, connection: socket.socket, body: bytes, sequence: int) -> None:
        try:
            one = self._read(body)
        except (ValueError, IndexError, struct.error) as error:
            self.errors.append(f"submit_sm: {error!r}")
            self._send(connection, SUBMIT | ANSWER, SYSTEM_ERROR, sequence, b"\0")
            return
        fate = self.fates.get(one.to[-11:], "DELIVRD")
        if isinstance(fate, int):
            self._send(connection, SUBMIT | ANSWER, fate, sequence, b"\0")
            return
        with self._lock:
            self.submitted.append(one)
            self._changed.notify_all()
        self._send(connection, SUBMIT | ANSWER, OK, sequence, one.id.encode() + b"\0")
        if one.wants_receipt and fate != "silent":
            threading.Timer(0.05, self._receipt, (one, fate)).start()

    def _read(self, body: bytes) -> Submitted:
        at = body.index(0) + 1  # service_type
        sender, at = _text(body, at + 2)
        to, at = _text(body, at + 2)
        esm_class = body[at]
        _, at = _text(body, at + 3)  # schedule_delivery_time
        _, at = _text(body, at)  # validity_period
        registered, _replace, coding, _default, length = body[at : at + 5]
        words = body[at + 5 : at + 5 + length]
        if len(words) != length or length > 140:
            raise ValueError(f"short_message of {len(words)} bytes, sm_length {length}")
        if not to.removeprefix("+").isdigit():
            raise ValueError("destination_addr")
        part = None
        if esm_class & UDHI:
            if words[:3] != b"\x05\x00\x03":
                raise ValueError("user data header")
            part, words = (words[3], words[4], words[5]), words[6:]
        if coding == UCS2:
            words.decode("utf-16-be")
        return Submitted(f"m{next(self._numbers)}", to, sender, coding, words, part, bool(registered & 1))

    def _receipt(self, one: Submitted, stat: str) -> None:
        done = time.strftime("%y%m%d%H%M")
        err = "000" if stat == "DELIVRD" else "001"
        text = f"id:{one.id} sub:001 dlvrd:001 submit date:{done} done date:{done} stat:{stat} err:{err} text:x"
        with contextlib.suppress(OSError, AssertionError):
            self._deliver(one.to, text.encode(), RECEIPT, coding=0, to=one.sender)

    def _deliver(self, sender: str, words: bytes, esm_class: int, coding: int = UCS2, to: str = "10690001") -> None:
        """One deliver_sm; a phone's message is offered again, as an operator does, until somebody takes it."""
        body = (
            b"\0\x01\x01" + sender.encode() + b"\0\x01\x01" + to.encode() + b"\0"
            + bytes([esm_class, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0, len(words)]) + words
        )
        for _ in range(100):
            sequence = next(self._sequence)
            with self._lock:
                self._changed.wait_for(lambda: self._bound is not None, 20)
                connection = self._bound
            assert connection is not None, "nobody is bound"
            with contextlib.suppress(OSError):
                self._send(connection, DELIVER, OK, sequence, body)
            with self._lock:
                if self._changed.wait_for(lambda sequence=sequence: sequence in self._answered, 2):  # type: ignore[misc]
                    if self._answered[sequence] == OK:
                        return
                    time.sleep(0.1)
        raise AssertionError("the gateway never took the message")

    def _send(self, connection: socket.socket, command: int, status: int, sequence: int, body: bytes) -> None:
        with self._lock:
            connection.sendall(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)


def _exactly(connection: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        more = connection.recv(length - len(found))
        if not more:
            raise EOFError
        found += more
    return found


def _text(body: bytes, at: int) -> tuple[str, int]:
    end = body.index(0, at)
    return body[at:end].decode("ascii"), end + 1
