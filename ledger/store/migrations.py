"""Bringing a database to the newest schema with Alembic; safe to repeat, all or nothing on both databases."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from . import statistics  # noqa: F401  (new SQLite databases are told the shape of their tables)
from .mailbox import Mailbox
from .store import Store

FOLDER = Path(__file__).parent / "versions"
NEWEST = "0004"
"""The revision this code was written for; a test holds it against the newest file."""


class NewerSchema(Exception):
    """The database was made by a newer program; this one must not touch it."""


def upgrade(store: Store) -> str:
    """Create or migrate; gives the revision the database is at. Raises NewerSchema."""
    # Alembic is only loaded where something is to be done: every command asks for the revision.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    with store.write() as books:
        config.attributes["connection"] = books.connection
        if not store.sqlite:
            books.connection.exec_driver_sql("SELECT pg_advisory_xact_lock(71406)")
            books.connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NewerSchema(str(error)) from None
        mailbox = Mailbox(books.connection)
        if not mailbox.setting("installation"):
            mailbox.set_setting("installation", secrets.token_hex(4))
        return current(books.connection)


def current(connection: Connection) -> str:
    """The revision a database is at; empty for none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
