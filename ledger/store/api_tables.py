"""The tables of the mini-program: who is logged in there, and which subscription messages a person still wants.

Both lead with the address, as the mailbox does: an openid belongs to its account and may not be known to any society.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index

from .tables import Fen, Json, _int, _key, _table, _text

api_session = _table(
    "api_session",
    # Only the SHA-256 of the token is kept: who reads the database cannot speak for anybody.
    _key("token_hash"), _text("account", None), _text("sender", None), Column("people", Json, nullable=False),
    _int("made_at", None, Fen), _int("expires_at", None, Fen), _int("ended_at", "0", Fen),
    Index("api_session_sender", "account", "sender"),
)
subscription = _table(
    "subscription",
    _key("account"), _key("sender"), _key("template"), _int("left", "0"), _int("said_at", None, Fen),
    CheckConstraint('"left" >= 0', name="subscription_left"),
)
