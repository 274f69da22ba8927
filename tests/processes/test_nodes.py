"""Two machines of one installation: both take messages and send, one of them loses its network and then its power.

What it had taken and not answered is repeated by its senders to the other, and is done once; what its worker held is
sent by the other's; the books prove. What it had locked is free again after a while, though nobody told the database.
"""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import pytest

from jobs.bench import scene
from jobs.processes import wait_until
from ledger.store.store import Unavailable
from ledger.store.verify import verify
from tests.fakes.sms_gateway import SmsGateway
from tests.processes import nodes

WHY_NOT = nodes.cannot()
CODE = re.compile(r"(?<!\d)(\d{6})(?![\d元号月日])")
SOCIETIES = 4


def _cashier(number: int) -> str:
    return f"19{number:06}090"


def _code(gateway: SmsGateway, phone: str) -> str:
    found: list[str] = []

    def there() -> bool:
        found[:] = [code for text in gateway.texts_to(phone) for code in CODE.findall(text)]
        return bool(found)

    assert wait_until(there, 30), gateway.texts_to(phone)
    return found[-1]


def _free(installation: nodes.Installation, society: str) -> bool:
    try:
        with installation.services.store.write() as books:
            books.lock(society)
        return True
    except Unavailable:
        return False


class _Sender(threading.Thread):
    """A gateway's balancer: stays with the node that answers, else goes to the other, and repeats a message under its
    id until somebody took it."""

    def __init__(self, installation: nodes.Installation, first: int, messages: list[tuple[str, str, str]]) -> None:
        super().__init__(daemon=True)  # a test that fails ends with its machines, and this goes with it
        self.installation, self.first, self.messages = installation, first, messages

    def run(self) -> None:
        turn = self.first
        for phone, words, key in self.messages:
            while True:
                node = self.installation.nodes[turn % 2]
                try:
                    if self.installation.phone(node).say(phone, words, key) == 200:
                        break
                except OSError:
                    pass
                turn += 1
                time.sleep(0.01)  # a balancer does not hammer either


@pytest.mark.skipif(bool(WHY_NOT), reason=f"network namespaces: {WHY_NOT}")
def test_one_of_two_machines_is_cut_off_and_killed(tmp_path: Path) -> None:
    with nodes.Installation(tmp_path, 2, SOCIETIES) as installation:
        gateway = installation.gateway
        asked = [(_cashier(number), f"收 {scene.name(1)} 1", f"ask-{number}") for number in range(SOCIETIES)]
        senders = [_Sender(installation, number, [asked[number]]) for number in range(SOCIETIES)]
        for one in senders:
            one.start()
        for one in senders:
            one.join(60)
        confirmed = [(phone, _code(gateway, phone), f"yes-{number}") for number, (phone, _, _) in enumerate(asked)]
        questions = [
            (f"19{number:06}{home:03}", "余额", f"balance-{number}-{home}")
            for number in range(SOCIETIES) for home in range(2, 9)
        ]
        senders = [_Sender(installation, 0, confirmed[:2] + questions[::2]),
                   _Sender(installation, 1, confirmed[2:] + questions[1::2])]
        for one in senders:
            one.start()
        assert wait_until(lambda: len(gateway.delivered) > SOCIETIES + 3, 60)
        held = scene.code(SOCIETIES - 1)
        installation.nodes[0].hold(held)
        installation.nodes[0].cut_off()
        time.sleep(1)  # its power goes a moment after its network
        installation.nodes[0].kill()
        assert wait_until(lambda: _free(installation, held), 60)
        for one in senders:
            one.join(120)
            assert not one.is_alive()
        wanted = {phone for phone, _, _ in questions}
        assert wait_until(lambda: all(gateway.texts_to(phone) for phone in wanted), 60)
        assert wait_until(lambda: all(
            any("已入账" in text for text in gateway.texts_to(phone)) for phone, _, _ in asked), 60)
        with installation.services.store.read() as books:
            for number in range(SOCIETIES):
                code = scene.code(number)
                assert not verify(books, code).fault
                assert books.head(code)[0] == 2, "the opening and one repayment, whatever was said twice"
        assert all(len(gateway.texts_to(phone)) == 1 for phone in wanted), "one answer to one question"
