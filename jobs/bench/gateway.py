"""A gateway on this machine that takes every message, counts them and says so: what delivery is measured against.

It runs in a process of its own (`python -m jobs.bench.gateway FILE`), speaks just enough HTTP to keep connections open,
and writes how many it took into the file when it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..processes import end, start_tied, wait_until

ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
COUNT = b"GET /count "
ROOT = Path(__file__).parents[2]


class _Line(asyncio.Protocol):
    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.got = transport, b""

    def data_received(self, data: bytes) -> None:
        self.got += data
        while (cut := self.got.find(b"\r\n\r\n")) >= 0:
            head = self.got[:cut].lower()
            length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            whole = cut + 4 + int(length or 0)
            if len(self.got) < whole:
                return
            if self.got.startswith(COUNT):
                said = str(_Line.taken).encode()
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
            else:
                _Line.taken += 1
                self.transport.write(ANSWER)
            self.got = self.got[whole:]


async def _serve(told: Path) -> None:
    server = await asyncio.get_running_loop().create_server(_Line, "127.0.0.1", 0, backlog=1024)
    part = told.with_suffix(".part")
    part.write_text(str(server.sockets[0].getsockname()[1]), "utf-8")
    part.rename(told)
    await server.serve_forever()


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """The gateway's port, as long as it is needed."""
    told = folder / "gateway.port"
    with (folder / "gateway.log").open("wb") as log:
        process = start_tied([sys.executable, "-m", "jobs.bench.gateway", str(told)], output=log, cwd=ROOT)
    try:
        if not wait_until(lambda: told.exists() or process.poll() is not None, 30) or not told.exists():
            raise RuntimeError((folder / "gateway.log").read_text("utf-8")[-2000:])
        yield int(told.read_text("utf-8"))
    finally:
        end(process, 5)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Path(sys.argv[1])))
