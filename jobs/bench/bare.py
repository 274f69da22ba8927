"""The base of `huzhu bench turn`: a bare Flask application that opens the push with wechatpy, does one durable insert
and echoes the text. It checks no age, knows no repeat and keeps no books.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
from flask import Flask, request
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply

DATABASE, SEAL = "HUZHU_BENCH_DATABASE", "HUZHU_BENCH_SEAL"
"""Environment: the database (a path of SQLite, a connection string of PostgreSQL, or empty: no insert), and
`token aes_key app_id`."""
TABLE = "CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, sender TEXT NOT NULL, words TEXT NOT NULL)"


def application() -> Flask:
    """What the production server loads in the place of ours."""
    app = Flask("bare")
    token, aes_key, app_id = os.environ[SEAL].split()
    crypto = WeChatCrypto(token, aes_key, app_id)
    insert = _insert(os.environ.get(DATABASE, ""))

    @app.post("/wechat")
    def push() -> str:
        given = request.args
        plain = crypto.decrypt_message(request.get_data(), given["msg_signature"], given["timestamp"], given["nonce"])
        message = parse_message(plain)
        insert((str(message.id), message.source, message.content))
        reply = TextReply(content=message.content, message=message).render()
        return str(crypto.encrypt_message(reply, given["nonce"], given["timestamp"]))

    @app.get("/health/live")
    def live() -> str:
        return "ok"

    return app


def prepare(database: str) -> None:
    """The one table, in a new database."""
    postgresql = database.startswith("host=")
    link: Any = psycopg.connect(database, autocommit=True) if postgresql else sqlite3.connect(database)
    with closing(link):
        link.execute(TABLE)


def _insert(database: str) -> Callable[[tuple[str, str, str]], object]:
    """One insert that is on the disk when it returns, over a connection each thread keeps."""
    if not database:
        return lambda _row: None
    here = threading.local()

    def connected() -> Any:
        if not hasattr(here, "link"):
            if database.startswith("host="):
                here.link = psycopg.connect(database, autocommit=True)
            else:
                here.link = sqlite3.connect(database, timeout=10, isolation_level=None)
                here.link.execute("PRAGMA journal_mode=WAL")
                here.link.execute("PRAGMA synchronous=FULL")
        return here.link

    mark = "%s" if database.startswith("host=") else "?"
    statement = f"INSERT INTO bare (id, sender, words) VALUES ({mark}, {mark}, {mark})"  # noqa: S608  (three marks)
    return lambda row: connected().execute(statement, row)
