"""Alembic's environment: the caller gives the connection, so a migration is part of the caller's transaction."""

from __future__ import annotations

from alembic import context

from ledger.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
