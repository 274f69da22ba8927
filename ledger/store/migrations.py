"""Bringing a database to the newest schema with Alembic; safe to repeat, all or nothing on both databases."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from . import statistics  # noqa: F401  (new SQLite databases are told the shape of their tables)
from .mailbox import Mailbox
from .sealed import plan_of
from .sealing import NAMES, keys_of, names_kept
from .store import Store
from .tables import metadata

FOLDER = Path(__file__).parent / "versions"
NEWEST = "0013"
"""The revision this code was written for; a test holds it against the newest file."""


class NewerSchema(Exception):
    """The database was made by a newer program; this one must not touch it."""


def upgrade(store: Store) -> str:
    """Create or migrate; gives the revision the database is at. Raises NewerSchema, and WrongKeys without keys.

    What stood there in clear before the keys is sealed, and its traces in the file are overwritten.
    """
    # Alembic is only loaded where something is to be done: every command asks for the revision.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    sealed_before = True
    with store.write() as books:
        config.attributes["connection"] = books.connection
        if not store.sqlite:
            books.connection.exec_driver_sql("SELECT pg_advisory_xact_lock(71406)")
            books.connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        before = current(books.connection)
        keys = keys_of(books.connection)
        if not names_kept(books.connection):
            sealed_before = not before
            keys.fresh()
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NewerSchema(str(error)) from None
        mailbox = Mailbox(books.connection)
        if not mailbox.setting("installation"):
            mailbox.set_setting("installation", secrets.token_hex(4))
        if not mailbox.setting(NAMES):
            mailbox.set_setting(NAMES, keys.names)
        at = current(books.connection)
    if not sealed_before:
        store.forget_what_was(sorted(name for name, table in metadata.tables.items() if plan_of(table)))
    return at


def current(connection: Connection) -> str:
    """The revision a database is at; empty for none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
