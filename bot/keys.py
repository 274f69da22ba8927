"""Where the keys of personal data come from: the configuration, the environment, or a file outside the data directory.

The file is made once, by the first who seals anything; a database that names other keys is refused by name
(ledger/store/sealing.py), so a new file never takes the place of a lost one.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path

from bot.config_reader import ConfigError, read_text
from ledger.store.sealing import Keyring, new_key

VARIABLE = "HUZHU_KEYS"
HEAD = """\
# The keys that personal data in huzhu's database is sealed under. Without this file phones, ID numbers and messages in
# the database and in every backup of it are lost for good; who has it and a backup reads them all. Keep a copy in
# another place than the backups. huzhu keys rotate adds a line; an old line is needed as long as a backup is.
"""


@dataclass(frozen=True)
class Keys:
    """`ring` are the keys themselves when they were given as a text; else they stand in `file`."""

    file: Path
    ring: str = field(repr=False)
    given_by: str = ""

    @property
    def name(self) -> str:
        return self.given_by if self.ring else str(self.file)

    def read(self) -> str:
        """The keys as they are now; empty while there is no file. Raises ConfigError for one that cannot be read."""
        if self.ring:
            return self.ring
        return read_text(self.file) if self.file.exists() else ""

    def make(self) -> None:
        """Make the file with its first keys, unless it stands by now. Raises ConfigError."""
        with self._locked() as there:
            if not there:
                self._write(f"{HEAD}{new_key('index')}\n{new_key('seal')}\n")

    def add(self, kind: str) -> None:
        """Add a newer key of a kind, seal or index. Raises ConfigError where the keys were given as a text."""
        if self.ring:
            raise ConfigError([f"the keys come from {self.given_by}: add {new_key(kind)} to it, then do this again"])
        with self._locked() as there:
            self._write(f"{(there or HEAD).rstrip()}\n{new_key(kind)}\n")

    def _locked(self) -> _Locked:
        return _Locked(self.file)

    def _write(self, text: str) -> None:
        """Under its name the file is either complete or not there, also when the power goes."""
        part = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(file, text.encode())
            os.fsync(file)
        finally:
            os.close(file)
        part.rename(self.file)


class _Locked:
    """The directory of the file, held: of two who would write it one waits and then sees the other's work."""

    def __init__(self, file: Path) -> None:
        self._file, self._directory = file, -1

    def __enter__(self) -> str:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._directory = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._directory, fcntl.LOCK_EX)
            return self._file.read_text("utf-8") if self._file.exists() else ""
        except OSError as error:
            self._close()
            raise self._failed(error) from None

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        try:
            if error is None:
                os.fsync(self._directory)
        finally:
            self._close()
        if isinstance(error, OSError):
            raise self._failed(error) from None

    def _close(self) -> None:
        if self._directory >= 0:
            os.close(self._directory)

    def _failed(self, error: OSError) -> ConfigError:
        return ConfigError([f"keys.file: {self._file} cannot be kept: {error.strerror}; name another place for it"])


def default_file() -> Path:
    """In the user's own configuration, so that no copy of a data directory holds it."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "huzhu" / "keys"


def keyring(keys: Keys) -> Keyring:
    """The keys as the store takes them."""
    return Keyring(keys.read, keys.name, keys.make)
