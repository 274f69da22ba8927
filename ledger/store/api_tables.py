"""The tables of the mini-program: who is logged in there, and which subscription messages a person still wants.

Both lead with the address, as the mailbox does: an openid belongs to its account and may not be known to any society.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index

from .sealed import Blind
from .tables import SENDER, Fen, Json, _index, _int, _key, _sealed, _table, _text

api_session = _table(
    "api_session",
    # Only the SHA-256 of the token is kept: who reads the database cannot speak for anybody.
    _key("token_hash"), _text("account", None), _sealed("sender", SENDER), _index("sender"),
    Column("people", Json, nullable=False),
    _int("made_at", None, Fen), _int("expires_at", None, Fen), _int("ended_at", "0", Fen),
    Index("api_session_sender", "account", "sender_index"),
)
subscription = _table(
    "subscription",
    _key("account"), _key("sender_index", Blind()), _key("template"), _sealed("sender", SENDER), _int("left", "0"),
    _int("said_at", None, Fen),
    CheckConstraint('"left" >= 0', name="subscription_left"),
)
