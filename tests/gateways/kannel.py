"""A real Kannel in a folder of its own: bearerbox towards an operator, smsbox towards us, killed and started at will.

The configuration is the one of docs/gateways.md; only the ports and paths are the test's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")
# No file of the program may grow: for it the disk is full, without a file system of our own to fill.
FULL_DISK = ("/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Kannel:
    """`smpp_port` 0 means that a fakesmsc connects to `fake_port`."""

    folder: Path
    secret: str
    app_url: str
    smpp_port: int = 0
    post: bool = False

    username = "huzhu"
    password = "a-long-password-for-us"

    def __post_init__(self) -> None:
        self.admin, self.inner, self.sendsms, self.fake_port = (free_port() for _ in range(4))
        self.send_url = f"http://127.0.0.1:{self.sendsms}/cgi-bin/sendsms"
        self.spool = self.folder / "spool"
        self.spool.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "kannel.conf"
        self.config.write_text(self._text(), "utf-8")
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def _smsc(self) -> str:
        if not self.smpp_port:
            return f"smsc = fake\nsmsc-id = line\nport = {self.fake_port}\nconnect-allow-ip = 127.0.0.1\n"
        return f"""smsc = smpp
smsc-id = line
host = 127.0.0.1
port = {self.smpp_port}
transceiver-mode = true
smsc-username = huzhu
smsc-password = village1
system-type = ""
alt-charset = "UTF-8"
max-pending-submits = 50
reconnect-delay = 1
"""

    def _text(self) -> str:
        base = f"{self.app_url}/sms/kannel/{self.secret}?from=%p&to=%P&coding=%c&charset=%C&id=%I&smsc=%i&t=%t"
        service = f'post-url = "{base}"' if self.post else f'get-url = "{base}&text=%a"'
        return f"""group = core
admin-port = {self.admin}
admin-interface = 127.0.0.1
admin-password = "an-admin-password"
admin-deny-ip = "*.*.*.*"
admin-allow-ip = "127.0.0.1"
smsbox-port = {self.inner}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
log-file = "{self.folder}/bearerbox.log"
log-level = 1
store-type = spool
store-location = "{self.spool}"
dlr-storage = internal
sms-incoming-queue-limit = -1

group = smsc
{self._smsc()}
group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {self.inner}
sendsms-port = {self.sendsms}
sendsms-interface = 127.0.0.1
log-file = "{self.folder}/smsbox.log"
log-level = 1
mo-recode = true
http-request-retry = 1000000
http-queue-delay = 1
max-pending-requests = 512
reply-couldnotfetch = "系统忙，请稍后再发。"
reply-couldnotrepresent = "系统忙，请稍后再发。"
reply-requestfailed = "系统忙，请稍后再发。"

group = sendsms-user
username = {self.username}
password = {self.password}
user-deny-ip = "*.*.*.*"
user-allow-ip = "127.0.0.1"
concatenation = true
max-messages = 10
default-smsc = line
default-sender = 10690001

group = sms-service
keyword = default
catch-all = true
{service}
max-messages = 0
concatenation = true
omit-empty = true
assume-plain-text = true
accept-x-kannel-headers = true
"""

    def start(self) -> None:
        self._start("bearerbox", self.inner)
        self._start("smsbox", self.sendsms)

    def _start(self, name: str, port: int, *, full: bool = False) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            self.running[name] = subprocess.Popen(
                [*(FULL_DISK if full else ()), f"/usr/sbin/{name}", "-v", "4", str(self.config)],
                stdout=out, stderr=out, cwd=self.folder, start_new_session=True,
            )
        end = time.monotonic() + 20
        while not listens(port):
            told = (self.folder / f"{name}.out").read_text("utf-8", "replace")[-1500:]
            assert self.running[name].poll() is None and time.monotonic() < end, f"{name} did not start: {told}"
            time.sleep(0.05)

    def kill(self, name: str) -> None:
        """`kill -9`, as a power cut does."""
        self._end(self.running.pop(name))

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        # smsbox that lost its bearerbox begins anew as another process of the same group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def start_again(self, name: str, *, full: bool = False) -> None:
        self._start(name, self.inner if name == "bearerbox" else self.sendsms, full=full)

    def stop(self) -> None:
        for process in reversed(list(self.running.values())):
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)
            self._end(process)
        self.running.clear()

    def say_fake(self, lines: list[str]) -> subprocess.Popen[bytes]:
        """Debian's fakesmsc connects and says each line, `from to coding text`, once; it stays to take what we send."""
        out = (self.folder / "fakesmsc.out").open("wb")
        command = [str(FAKESMSC), "-H", "127.0.0.1", "-r", str(self.fake_port), "-i", "0.1", "-m", str(len(lines))]
        with out:
            return subprocess.Popen([*command, *lines], stdout=out, stderr=out, cwd=self.folder)

    def fake_log(self) -> str:
        return (self.folder / "fakesmsc.out").read_text("utf-8", "replace")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


