"""The loan walk of tests/processes, with its phones behind real gateway programs instead of a fake one."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bot.config import load
from bot.services import Services
from tests.processes.running import PHONES, Running

Texts = Callable[[str], list[str]]


class Ears:
    """What each phone shows, from several sources, in the order in which it was first seen."""

    def __init__(self, *sources: Texts) -> None:
        self.sources = list(sources)
        self._seen: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def texts_to(self, number: str) -> list[str]:
        with self._lock:
            seen = self._seen.setdefault(number, [])
            have = Counter(seen)
            now: Counter[str] = Counter()
            for source in self.sources:
                for text in source(number):
                    now[text] += 1
                    if now[text] > have[text]:
                        seen.append(text)
            return list(seen)

    def close(self) -> None:
        """The sources are closed by who made them."""


class Walking(Running):
    """`say(number, text)` is how a phone writes; `sections` follow `[server]` in the configuration."""

    def __init__(self, folder: Path, say: Callable[[str, str], None], *sources: Texts) -> None:
        super().__init__(folder)
        self._say = say
        self.outside = self.gateway
        self.secret = secrets.token_hex(16)
        self.gateway = Ears(*sources)  # type: ignore[assignment]

    def configure(self, sections: str, *, http: bool = False) -> None:
        """The channels of this walk; with `http` the generic gateway stays beside them, for codes."""
        text = self.config.read_text("utf-8")
        head, rest = text.split("[sms]", 1)
        kept = "[sms.http]" + rest.split("[sms.http]", 1)[1] if http else ""
        if http:
            assert isinstance(self.gateway, Ears)
            self.gateway.sources.append(self.outside.texts_to)
        self.config.write_text(head + sections + kept, "utf-8")
        self.services.store.close()
        self.services = Services(load(self.config))

    def send(self, name: str, text: str) -> None:
        self._say(PHONES[name], text)

    def states(self) -> Counter[str]:
        """How many SMS notices stand in each state."""
        with self.services.store.read() as books:
            rows = books.connection.exec_driver_sql("SELECT state, sent_channel, priority FROM notice").all()
        return Counter(str(row[0]) for row in rows)
