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

import psycopg
from sqlalchemy import make_url

PROGRAM = Path("/usr/bin/gammu-smsd")
EXAMPLES = Path("/usr/share/doc/gammu-smsd/examples")
OWN_SMSC = "123456"
"""The dummy phone's; a report from another one is only matched with skipsmscnumber."""


@dataclass
class Dongle:
    """smsd's tables stand in a SQLite file of its own, or in the empty PostgreSQL database that `server` names."""

    folder: Path
    server: str = ""

    def __post_init__(self) -> None:
        self.sim = self.folder / "phone" / "sms" / "1"
        self.sim.mkdir(parents=True, exist_ok=True)
        self.database = self.folder / "smsd.db"
        self.url = self.server or f"sqlite:///{self.database}"
        self._numbers = itertools.count(1)
        self._seconds = itertools.count(0)
        self._process: subprocess.Popen[bytes] | None = None
        if self.server:
            with self._link() as link:
                # Its first statement is for servers before 9.1; a newer one has the language and says so.
                link.execute(_schema("pgsql.sql").replace("CREATE LANGUAGE plpgsql;", "").encode())
        elif not self.database.exists():
            self._create()
        (self.folder / "smsdrc").write_text(self._text(), "utf-8")

    def _create(self) -> None:
        with sqlite3.connect(self.database) as connection:
            connection.executescript(_schema("sqlite.sql"))
        connection.close()

    def _link(self) -> psycopg.Connection[tuple[object, ...]]:
        address = make_url(self.server)
        return psycopg.connect(host=str(address.query["host"]), user=address.username, dbname=address.database)

    def _service(self) -> str:
        if not self.server:
            return f"driver = sqlite3\ndbdir = {self.folder}\ndatabase = smsd.db"
        address = make_url(self.server)
        return f"driver = native_pgsql\nhost = {address.query['host']}\nuser = {address.username}\n" \
               f"database = {address.database}"

    def _text(self) -> str:
        return f"""[gammu]
model = dummy
connection = none
port = {self.folder}/phone
gammuloc = /dev/null

[smsd]
service = sql
{self._service()}
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
        if self.server:
            with self._link() as link:
                return list(link.execute(query.encode()))
        connection = sqlite3.connect(self.database, timeout=10)
        try:
            return list(connection.execute(query))
        finally:
            connection.close()

    def texts_to(self, number: str) -> list[str]:
        """What left for this phone, long messages put together."""
        rows = self.rows(
            'SELECT "ID", "TextDecoded" FROM sentitems WHERE "Status" <> \'SendingError\' AND '
            f'"DestinationNumber" = \'+86{number}\' ORDER BY "ID", "SequencePosition"')
        found: dict[object, str] = {}
        for message, part in rows:
            found[message] = found.get(message, "") + str(part)
        return list(found.values())

    def references_sent(self) -> list[object]:
        """Our references in the order in which they left."""
        place = "ctid" if self.server else "rowid"
        return [row[0] for row in self.rows(f'SELECT "CreatorID" FROM sentitems ORDER BY {place}')]


def _schema(name: str) -> str:
    """The tables as gammu-smsd's own package ships them."""
    plain = EXAMPLES / name
    if plain.exists():
        return plain.read_text("utf-8")
    return gzip.decompress(plain.with_suffix(".sql.gz").read_bytes()).decode()
