"""The keys: what is sealed opens only where it stands and only with them, and moves to newer ones beside everything."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Text, select, text, type_coerce, update

import jobs.bench.rotate as rotate
from bot.channels.base import Busy
from jobs.bench import Setting
from ledger.store import rotation
from ledger.store import tables as t
from ledger.store.mailbox import Mailbox
from ledger.store.sealing import Keyring, Moved, WrongKeys, fingerprint, new_key, parse
from ledger.store.store import Store
from tests.keys import TEXT, VARIABLE, keyring
from tests.village import CODE, Village

BORROWER = "19900000012"


class Kept:
    """A text of keys that can be added to, as a file is."""

    def __init__(self) -> None:
        self.text = TEXT

    def ring(self) -> Keyring:
        return Keyring(lambda: self.text, "the keys of this test")

    def add(self, kind: str) -> None:
        self.text += f" {new_key(kind)}"


def another(village: Village, keys: Keyring) -> Store:
    """The same database under other keys."""
    return Store(village.store.url.render_as_string(hide_password=False), keys=keys)


@pytest.fixture
def kept(village: Village) -> Iterator[tuple[Kept, Store]]:
    """The village's database with keys that the test may add to."""
    keys = Kept()
    store = another(village, keys.ring())
    yield keys, store
    store.close()


def values(store: Store) -> list[str]:
    """Every sealed value there is."""
    with store.read() as books:
        return [
            value for table, plan in rotation.sealed_tables() for name, _ in plan.sealed
            for value in books.connection.execute(select(type_coerce(table.c[name], Text))).scalars() if value
        ]


def test_t20_a_value_opens_only_in_its_own_row_and_column(village: Village) -> None:
    village.say("陈桂花", "余额")
    with village.store.write() as books:
        books.connection.execute(text(
            "UPDATE person SET phone = (SELECT phone FROM person WHERE no = 1 AND society = :s)"
            " WHERE no = 2 AND society = :s"), {"s": CODE})
        assert books.person(CODE, 1) is not None
        with pytest.raises(Moved, match="phone of person"):
            books.person(CODE, 2)
    with village.store.write() as books:
        books.connection.execute(text("UPDATE person SET id_card = phone WHERE no = 3"))
        with pytest.raises(Moved, match="id_card of person"):
            books.person(CODE, 3)
    with village.store.write() as books:
        # A sender's row given to another person: who writes from that phone speaks for nobody.
        books.connection.execute(text("UPDATE address SET person = 9999 - person WHERE channel = 'sms'"))
        books.connection.execute(text("UPDATE person SET no = 9999 - no"))
        with pytest.raises(Moved):
            books.known("sms", "", BORROWER)


def test_one_notice_that_was_moved_stops_no_other(village: Village) -> None:
    """Words or an address taken from another row: that one fails visibly, the rest leaves, nobody gets another's."""
    village.apply()
    village.take("刘大山", "同意联保 23")
    village.take("孙二妹", "同意联保 23")
    with village.store.write() as books:
        books.connection.execute(text(
            "UPDATE notice SET facts = (SELECT max(facts) FROM notice WHERE say = 'raw' AND state = 'waiting')"
            " WHERE id = (SELECT max(id) FROM notice WHERE state = 'waiting' AND say <> 'raw')"))
        books.connection.execute(text(
            "UPDATE address SET sender = (SELECT max(sender) FROM address) WHERE person = 1 AND channel = 'sms'"))
    village.deliver()
    with village.store.read() as books:
        counts = Mailbox(books.connection).counts()
        told = Mailbox(books.connection).given_up(["failed"], 5)
    assert counts.get("waiting", 0) == 0 and counts["sent"] > 2
    assert [one[5] for one in told] == ["does not open"]


def test_one_changed_sign_is_seen(village: Village) -> None:
    with village.store.read() as books:
        value = books.connection.execute(select(t.person.c.phone).where(t.person.c.no == 1)).scalar_one()
        clear = books.person(CODE, 1)
    assert clear is not None and value.startswith(f"{next(iter(parse(TEXT, '')[0]))}.")
    ring = keyring()
    ring.fresh()
    for place in range(9, len(value) - 1, 7):
        changed = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        with pytest.raises(Moved):
            ring.open(f"person\x1f{CODE}\x1f1", "phone", changed)
    assert ring.open(f"person\x1f{CODE}\x1f1", "phone", value) == clear.phone


def test_a_clear_value_cannot_be_written_or_asked_for(village: Village) -> None:
    with village.store.write() as books, pytest.raises(Exception, match="a clear value on its way into a sealed"):
        books.connection.execute(update(t.person).values(phone="19900000000"))
    with village.store.write() as books, pytest.raises(Exception, match="a clear value compared with a blind index"):
        books.connection.execute(select(t.address).where(t.address.c.sender_index == "19900000000"))


def test_t21_a_copy_without_keys_confirms_no_number(village: Village) -> None:
    """Known numbers hashed every plain way, and under another key, stand nowhere; not even two seals are alike."""
    for _ in range(2):
        village.say("陈桂花", "余额")
    with village.store.read() as books:
        found = "".join(repr(books.connection.execute(select(table)).all()) for table in t.metadata.sorted_tables)
    tried = [
        getattr(hashlib, kind)(f"{before}{BORROWER}".encode())
        for kind in ("md5", "sha1", "sha256", "sha512") for before in ("", "+86", "86", "sms", "phone\x1f")
    ]
    assert not [one for one in tried if one.hexdigest()[:16] in found or one.hexdigest().upper()[:16] in found]
    other = Kept()
    other.text = f"{new_key('index')} {new_key('seal')}"
    ring = other.ring()
    ring.fresh()
    assert ring.index(t.SENDER, BORROWER) not in found
    right = keyring()
    right.fresh()
    assert right.index(t.SENDER, BORROWER) in found
    sealed = values(village.store)
    assert len(sealed) == len(set(sealed))


def test_other_keys_are_refused_by_name(village: Village) -> None:
    wrong = Kept()
    wrong.text = f"{new_key('index')} {new_key('seal')}"
    right = parse(TEXT, "")[0]
    store = another(village, wrong.ring())
    with pytest.raises(WrongKeys, match=f"key {next(iter(right))}, which the keys of this test does not"), store.read():
        pass
    store.close()
    for nonsense in ("seal:short", "word", f"{TEXT} index:"):
        with pytest.raises(WrongKeys, match="holds something that is no key"):
            parse(nonsense, "a file")


def test_everything_moves_to_a_newer_key_and_both_are_read_meanwhile(
    village: Village, kept: tuple[Kept, Store]
) -> None:
    keys, store = kept
    village.say("陈桂花", "余额")
    before = len(values(store))
    newest = rotation.begin(store, lambda: keys.add("seal"))
    moving = rotation.move(store, newest)
    next(moving)
    # Half is moved: a process from before reads both, and seals under the newer key as soon as it meets it.
    running = another(village, keys.ring())
    with running.read() as books:
        assert len(books.people(CODE)) > 50 and books.known("sms", "", BORROWER)
    assert 0 < rotation.left(store, newest) < before
    for _ in moving:
        pass
    assert rotation.finish(store, newest) == 0
    assert {value[:8] for value in values(store)} == {newest} and len(values(store)) == before
    assert rotation.standing(store)[1] == {newest: before}
    added = keys.text.split()[-1]
    # The older key may go now: the books are read without it.
    keys.text = " ".join(word for word in keys.text.split() if word.startswith("index:") or word == added)
    bare = another(village, keys.ring())
    with bare.read() as books:
        person = books.known("sms", "", BORROWER)[0].person
        assert person.phone == BORROWER
    running.close()
    bare.close()


def test_a_move_that_is_begun_again_adds_no_key(kept: tuple[Kept, Store]) -> None:
    keys, store = kept
    newest = rotation.begin(store, lambda: keys.add("seal"))
    next(rotation.move(store, newest))
    assert rotation.begin(store, lambda: keys.add("seal")) == newest
    assert len(keys.text.split()) == 3
    list(rotation.move(store, newest))
    assert rotation.finish(store, newest) == 0
    assert rotation.begin(store, lambda: keys.add("seal")) != newest


def test_a_newer_index_finds_everybody_and_a_message_stays_once(village: Village, kept: tuple[Kept, Store]) -> None:
    keys, store = kept
    first = village.take("陈桂花", "余额", key="once")
    running = Village(another(village, keys.ring()))
    running.say("刘大山", "余额")
    counted = rotation.reindex(store, lambda: keys.add("index"))
    assert counted > 100
    index = rotation.standing(store)[0]
    assert index == fingerprint("index", _decoded(keys.text.split()[-1]))
    # Who runs with the older index is told once that the books are busy, and then knows everybody again.
    with pytest.raises(Busy, match="keys were changed"):
        running.take("陈桂花", "余额", key="once")
    again = running.take("陈桂花", "余额", key="once")
    assert again.repeated and again.text == first.text
    with store.read() as books:
        assert books.known("sms", "", BORROWER)[0].person.phone == BORROWER
        assert books.members_by(phone=BORROWER)
    running.store.close()


def _decoded(word: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(word.split(":")[1] + "=")


KILLED = """
import os, signal, sys
from ledger.store import rotation
from ledger.store.store import Store
from bot.keys import Keys, keyring
from pathlib import Path
kept = Keys(Path(sys.argv[2]), "")
store = Store(sys.argv[1], 30, keys=keyring(kept))
left = int(sys.argv[3])
rotation.BATCH = 7
newest = rotation.begin(store, lambda: kept.add("seal"))
if left == 0:
    os.kill(os.getpid(), signal.SIGKILL)
for done in rotation.move(store, newest):
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
sys.exit(rotation.finish(store, newest))
"""


def test_a_move_is_killed_at_any_point_and_goes_on(village: Village, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(TEXT.replace(" ", "\n"), "utf-8")
    file.chmod(0o600)
    address = village.store.url.render_as_string(hide_password=False)
    clear = {VARIABLE: ""}

    def run(after: int) -> int:
        words = [sys.executable, "-c", KILLED, address, str(file), str(after)]
        return subprocess.run(words, env=os.environ | clear, check=False, timeout=60).returncode

    before = len(values(village.store))
    for after in (0, 3):
        assert run(after) == -signal.SIGKILL
        store = another(village, Keyring(lambda: file.read_text("utf-8"), "the file"))
        with store.read() as books:
            assert all(one.phone for one in books.people(CODE).values() if one.no in (1, 2, 3))
            assert books.known("sms", "", BORROWER)
        assert len(values(store)) == before
        store.close()
    assert run(-1) == 0
    assert len(file.read_text("utf-8").split()) == 3, "one key was added, however often it was begun"
    store = another(village, Keyring(lambda: file.read_text("utf-8"), "the file"))
    assert len({value[:8] for value in values(store)}) == 1
    with store.read() as books:
        assert Mailbox(books.connection).setting("keys").count(" ") == 1
    store.close()



def test_the_bench_of_a_rotation(tmp_path: Path) -> None:
    result = rotate.run(Setting(tmp_path, 700, 1))
    assert result.good and result.figures["rows"] == 700
