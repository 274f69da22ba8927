"""A real gammu-smsd over gammu's dummy phone, whose SIM is a folder: messages are laid in there, sent ones read back.

The configuration is the one of docs/gateways.md; only paths, and the short times between two looks, are the test's.
"""

from __future__ import annotations

import gzip
import itertools
import signal
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path("/usr/bin/gammu-smsd")
EXAMPLES = Path("/usr/share/doc/gammu-smsd/examples")
OWN_SMSC = "123456"
"""The dummy phone's; a report from another one is only matched with skipsmscnumber."""


@dataclass
class Dongle:
    """`sent` are the messages that left the phone; the SIM takes them at smsd's pace."""

    folder: Path

    def __post_init__(self) -> None:
        self.sim = self.folder / "phone" / "sms" / "1"
        self.sim.mkdir(parents=True, exist_ok=True)
        self.database = self.folder / "smsd.db"
        self.url = f"sqlite:///{self.database}"
        self._numbers = itertools.count(1)
        self._seconds = itertools.count(0)
        self._process: subprocess.Popen[bytes] | None = None
        if not self.database.exists():
            self._create()
        (self.folder / "smsdrc").write_text(self._text(), "utf-8")

    def _create(self) -> None:
        plain = EXAMPLES / "sqlite.sql"
        schema = plain.read_text("utf-8") if plain.exists() else gzip.decompress(
            plain.with_suffix(".sql.gz").read_bytes()).decode()
        with sqlite3.connect(self.database) as connection:
            connection.executescript(schema)
        connection.close()

    def _text(self) -> str:
        return f"""[gammu]
model = dummy
connection = none
port = {self.folder}/phone
gammuloc = /dev/null

[smsd]
service = sql
driver = sqlite3
dbdir = {self.folder}
database = smsd.db
logfile = {self.folder}/smsd.log
debuglevel = 1
phoneid = village1
deliveryreport = sms
deliveryreportdelay = 172800
multiparttimeout = 2
commtimeout = 1
sendtimeout = 5
loopsleep = 0
receivefrequency = 0
statusfrequency = 5
checksecurity = 0
checkbattery = 0
checksignal = 0
checknetwork = 0
"""

    def start(self) -> None:
        with (self.folder / "smsd.out").open("ab") as out:
            self._process = subprocess.Popen(
                [str(PROGRAM), "-c", str(self.folder / "smsdrc")], stdout=out, stderr=out, cwd=self.folder
            )
        time.sleep(0.2)
        assert self._process.poll() is None, self.log()

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self._process = None

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process = None

    def log(self) -> str:
        return (self.folder / "smsd.out").read_text("utf-8", "replace")[-2000:]

    # The people on the other side.

    def say(self, sender: str, text: str, *, size: int = 67, backwards: bool = False, lost: int = -1) -> None:
        """A message lands on the SIM: a long one in parts, if wanted in the wrong order or with one lost."""
        raw = text.encode("utf-16-be")
        chunks = [raw[at : at + 2 * size] for at in range(0, len(raw), 2 * size)]
        if len(raw) <= 140:
            self._lay(sender, raw, "")
            return
        reference = next(self._numbers) % 256
        order = [n for n in range(len(chunks)) if n != lost]
        for n in reversed(order) if backwards else order:
            self._lay(sender, chunks[n], f"050003{reference:02X}{len(chunks):02X}{n + 1:02X}")

    def report(self, number: str, outcome: str) -> None:
        """The operator reports what became of the last message to a number: Delivered, Failed or Pending."""
        now = time.strftime("%Y%m%dT%H%M%S")
        fields = f'PDU = Status_Report\nMessageReference = 255\nSMSC = "{OWN_SMSC}"\nSMSCTime = {now}\n'
        self._write(number, fields, outcome.encode("utf-16-be"), now)

    def _lay(self, sender: str, raw: bytes, header: str) -> None:
        udh = f"UDH = {header}\n" if header else ""
        self._write(sender, f'PDU = Deliver\nSMSC = "+8613800100500"\n{udh}', raw, self._time())

    def _time(self) -> str:
        second = next(self._seconds)
        return f"20261124T{8 + second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}"

    def _write(self, number: str, fields: str, raw: bytes, at: str) -> None:
        text = raw.hex().upper()
        pieces = [text[begin : begin + 200] for begin in range(0, len(text), 200)]
        lines = "".join(f"Text{n:02d} = {piece}\n" for n, piece in enumerate(pieces))
        place = self.sim / str(next(self._numbers) + 1000)
        hidden = self.folder / "laying"
        hidden.write_text(
            f'[SMSBackup000]\n{fields}DateTime = {at}\nState = UnRead\nNumber = "+86{number}"\n'
            f"Coding = Unicode\nFolder = 1\nLength = {len(raw) // 2}\nClass = -1\n{lines}", "ascii")
        hidden.rename(place)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.database, timeout=10)
        try:
            return list(connection.execute(query))
        finally:
            connection.close()

    def texts_to(self, number: str) -> list[str]:
        """What left for this phone, long messages put together."""
        rows = self.rows(
            "SELECT group_concat(TextDecoded, '') FROM (SELECT * FROM sentitems WHERE Status <> 'SendingError' AND "
            f"DestinationNumber = '+86{number}' ORDER BY ID, SequencePosition) GROUP BY ID ORDER BY ID")
        return [str(row[0]) for row in rows]
