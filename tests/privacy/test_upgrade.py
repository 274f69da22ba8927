"""A database from before the keys: all that is personal in it is sealed by the upgrade and found as before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from ledger.store import sessions, subscriptions
from ledger.store.mailbox import Mailbox
from ledger.store.migrations import FOLDER, NEWEST, upgrade
from ledger.store.sealing import WrongKeys
from ledger.store.store import Store
from tests.keys import KEYS

PHONE, ID_CARD, OPENID, ANSWER = "19955550123", "110101199003071233", "oCanaryOpenid000000000001", "请打19955550123"
CANARIES = (PHONE, ID_CARD, OPENID, "canary-token")
OLD_MARK = "0123456789abcdef01234567"
ROWS: list[tuple[str, dict[str, object]]] = [
    ("person", {"society": "QS", "no": 1, "name": "甲", "sex": "", "phone": PHONE, "id_card": ID_CARD,
                "household": "QS-001"}),
    ("household", {"society": "QS", "no": "QS-001", "head": "甲", "person": 1, "category": "一般户",
                   "joined_on": "2026-01-01", "group_name": "", "leader": 0}),
    ("address", {"channel": "sms", "account": "", "sender": PHONE, "society": "QS", "person": 1,
                 "bound_on": "2026-01-01", "silent": 0}),
    ("address", {"channel": "wechat", "account": "wx1", "sender": OPENID, "society": "QS", "person": 1,
                 "bound_on": "2026-01-01", "silent": 0, "ended_on": "2026-02-01"}),
    ("inbox", {"channel": "sms", "account": "http", "sender": PHONE, "key": f"m1/{PHONE}", "digest": "canary-token",
               "received_at": 7, "kind": "text", "text": ANSWER, "command": "balance", "society": "QS", "person": 1,
               "state": "done", "reply": f"甲{PHONE}：余额"}),
    ("question", {"channel": "sms", "account": "", "sender": PHONE, "society": "QS", "person": 1, "command": "bind",
                  "slots": json.dumps({"phone": PHONE}), "wants": "code", "nonce": "n", "content": "c", "tries": 0,
                  "expires_at": 99}),
    ("notice", {"society": "QS", "key": f"reply/{OLD_MARK}", "person": 1, "channel": "sms", "account": "",
                "recipient": PHONE, "say": "raw", "facts": json.dumps({"text": ANSWER}), "priority": 0,
                "day": "2026-01-01", "made_at": 7}),
    ("notice", {"society": "QS", "key": "due/23/1", "person": 1, "channel": "", "account": "", "recipient": "",
                "say": "raw", "facts": json.dumps({"text": ANSWER}), "priority": 5, "day": "2026-01-01",
                "made_at": 7}),
    ("matter", {"society": "QS", "no": 1, "kind": "complaint", "loan": 0, "person": 1, "text": ANSWER,
                "raised_on": "2026-01-01", "answer": "", "answered_by": 0}),
    ("proposal", {"society": "QS", "no": 1, "kind": "join", "household": "", "by": 1, "state": "open",
                  "raised_on": "2026-01-01", "body": json.dumps({"phone": PHONE})}),
    ("api_session", {"token_hash": "h", "account": "wx2", "sender": OPENID, "people": '[["QS",1]]', "made_at": 1,
                     "expires_at": 99}),
    ("subscription", {"account": "wx2", "sender": OPENID, "template": "T1", "left": 2, "said_at": 1}),
]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A database as the version before the keys left it."""
    made = Store(store_url, 30, keys=KEYS)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    with made.write() as books:
        config.attributes["connection"] = books.connection
        command.upgrade(config, "0004")
        for table, row in ROWS:
            columns, values = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
            books.connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)
    yield made
    made.close()


def everything(store: Store) -> str:
    """All values of all tables, and on SQLite the bytes of the file and of its log."""
    with store.read() as books:
        names = books.connection.execute(text(
            "SELECT name FROM sqlite_master WHERE type = 'table'" if store.sqlite else
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )).scalars().all()
        found = [repr(books.connection.execute(text(f'SELECT * FROM "{name}"')).all()) for name in names]
    if store.sqlite:
        path = Path(str(store.url.database))
        found += [file.read_bytes().decode("latin-1") for file in path.parent.glob(f"{path.name}*")]
    return "".join(found)


def test_what_stood_in_clear_is_sealed_and_found_as_before(store: Store) -> None:
    assert all(one in everything(store) for one in CANARIES)
    assert upgrade(store) == NEWEST
    left = everything(store)
    assert not [one for one in (*CANARIES, OLD_MARK) if one in left]
    with store.write() as books:
        mailbox = Mailbox(books.connection)
        [one] = books.known("sms", "", PHONE)
        assert (one.address.sender, one.person.phone, one.person.id_card) == (PHONE, PHONE, ID_CARD)
        assert books.known("wechat", "wx1", OPENID) == []
        assert len(books.members_by(phone=PHONE)) == len(books.members_by(id_card=ID_CARD)) == 1
        again = mailbox.claim(("sms", "http", PHONE), f"m1/{PHONE}", "canary-token", "text", ANSWER, 9)
        assert again is not None and (again.digest, again.reply) == ("canary-token", f"甲{PHONE}：余额")
        question = mailbox.question(("sms", "", PHONE))
        assert question is not None and question.slots == {"phone": PHONE}
        leased = mailbox.lease(9, 10, 10)
        assert [(one.recipient, one.facts) for one in leased] == [(PHONE, {"text": ANSWER}), ("", {"text": ANSWER})]
        matter, proposal = books.matter("QS", 1), books.proposal("QS", 1)
        assert matter is not None and matter.text == ANSWER
        assert proposal is not None and proposal.body == {"phone": PHONE}
        session = sessions.find(books.connection, "h", 9)
        assert session is not None and session.sender == OPENID
        assert subscriptions.left(books.connection, "wx2", OPENID) == {"T1": 2}


def test_the_upgrade_is_refused_without_keys(store: Store) -> None:
    bare = Store(store.url.render_as_string(hide_password=False))
    with pytest.raises(WrongKeys, match="without keys"):
        upgrade(bare)
    bare.close()
    assert PHONE in everything(store)
