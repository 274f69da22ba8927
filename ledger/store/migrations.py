"""Bringing a database to the newest schema with Alembic; safe to repeat, all or nothing on both databases."""

from __future__ import annotations

import secrets
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from .mailbox import Mailbox
from .store import Store

FOLDER = Path(__file__).parent / "versions"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(store: Store) -> str:
    """Create or migrate; gives the revision the database is at."""
    config = _config()
    with store.write() as books:
        config.attributes["connection"] = books.connection
        if not store.sqlite:
            books.connection.exec_driver_sql("SELECT pg_advisory_xact_lock(71406)")
            books.connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        command.upgrade(config, "head")
        mailbox = Mailbox(books.connection)
        if not mailbox.setting("installation"):
            mailbox.set_setting("installation", secrets.token_hex(4))
        return current(store, books.connection)


def current(store: Store, connection: object) -> str:
    """The revision a database is at; empty for none."""
    context = MigrationContext.configure(connection)  # type: ignore[arg-type]
    return context.get_current_revision() or ""


def newest() -> str:
    """The revision this code was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""
