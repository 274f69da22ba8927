"""One token for all processes: fetched once, renewed once, and still to be had when Redis is not."""

from __future__ import annotations

import multiprocessing
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.channels.base import Fate
from bot.channels.line import Line
from bot.channels.wechat_client import WeChatSender
from bot.channels.wechat_token import NoToken, TokenShelf
from tests.channels.conftest import RedisServer
from tests.channels.stage import APP_ID, Account
from tests.fakes.wechat_server import WeChatServer

TOKEN = "/cgi-bin/stable_token"
SEND = "/cgi-bin/message/custom/send"


@pytest.fixture
def server() -> Iterator[WeChatServer]:
    account = Account()
    with WeChatServer(account.app_id, account.app_secret) as server:
        yield server


def openid(number: int) -> str:
    return f"oVillage_{number:020d}"


def _work(url: str, redis_socket: str, first: int, ready: threading.Barrier) -> int:
    redis = Redis(unix_socket_path=redis_socket, socket_timeout=2)
    sender = WeChatSender(Account(api_base=url), redis)
    ready.wait(30)
    sent = sum(sender.send_text(openid(first + n), "x").fate is Fate.ACCEPTED for n in range(20))
    sender.close()
    redis.close()
    return sent


def test_processes_share_one_token(server: WeChatServer, redis_server: RedisServer) -> None:
    for number in range(120):
        server.user_wrote(openid(number))
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(6) as pool:
        for fetches in (1, 2):
            ready = manager.Barrier(6)
            work = [(server.url, redis_server.socket, 20 * n, ready) for n in range(6)]
            assert sum(pool.starmap(_work, work)) == 120
            assert server.count(TOKEN) == fetches
            server.kill_token()
    assert server.count(SEND) <= 240 + 6 * 2


def test_threads_share_one_token_without_redis(server: WeChatServer) -> None:
    sender = WeChatSender(Account(api_base=server.url))
    for number in range(80):
        server.user_wrote(openid(number))
    with ThreadPoolExecutor(8) as pool:
        for fetches in (1, 2):
            outcomes = pool.map(lambda n: sender.send_text(openid(n), "x"), range(80))
            assert {outcome.fate for outcome in outcomes} == {Fate.ACCEPTED}
            assert server.count(TOKEN) == fetches
            server.kill_token()
    sender.close()


def test_redis_may_be_emptied_stopped_and_started(server: WeChatServer, redis_server: RedisServer) -> None:
    redis = redis_server.client()
    sender = WeChatSender(Account(api_base=server.url), redis)
    for number in range(6):
        server.user_wrote(openid(number))
    assert sender.send_text(openid(0), "x").fate is Fate.ACCEPTED
    assert redis.ttl(f"wechat:{APP_ID}:token") > 6000
    assert not redis.exists(f"wechat:{APP_ID}:token:lock")
    redis.flushall()
    assert sender.send_text(openid(1), "x").fate is Fate.ACCEPTED
    assert server.count(TOKEN) == 2
    redis_server.stop()
    assert sender.send_text(openid(2), "x").fate is Fate.ACCEPTED
    assert sender.send_text(openid(3), "x").fate is Fate.ACCEPTED
    assert server.count(TOKEN) == 3, "one more, kept in the process"
    server.kill_token()
    assert sender.send_text(openid(4), "x").fate is Fate.ACCEPTED
    redis_server.start()
    assert sender.send_text(openid(5), "x").fate is Fate.ACCEPTED
    assert server.count(TOKEN) == 4
    sender.close()
    redis.close()


def test_a_redis_that_hangs_costs_its_time_out_once(tmp_path: Path) -> None:
    """It accepts and never answers, as a stopped process does."""
    fetched = []

    def fetch() -> tuple[str, int]:
        fetched.append(1)
        return "t1", 7200

    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        path, once = str(tmp_path / "s"), Retry(NoBackoff(), 0)
        redis = Redis(unix_socket_path=path, socket_timeout=0.05, socket_connect_timeout=0.05, retry=once)
        shelf = TokenShelf(APP_ID, fetch, redis)
        assert [shelf.token() for _ in range(50)] == ["t1"] * 50
        assert len(fetched) == 1
        redis.close()


def test_the_lock_is_deleted_only_by_its_owner(redis_server: RedisServer) -> None:
    redis = redis_server.client()
    lock = f"wechat:{APP_ID}:token:lock"

    def slow_fetch() -> tuple[str, int]:
        # Meanwhile our lock has run out and another process has taken it.
        redis.set(lock, "somebody else")
        return "t1", 7200

    assert TokenShelf(APP_ID, slow_fetch, redis).token() == "t1"
    assert redis.get(lock) == b"somebody else"
    redis.close()


def test_a_waiting_process_takes_what_the_owner_of_the_lock_brings(redis_server: RedisServer) -> None:
    redis = redis_server.client()
    inside, go_on = threading.Event(), threading.Event()

    def first_fetch() -> tuple[str, int]:
        inside.set()
        assert go_on.wait(10)
        return "t1", 7200

    def never() -> tuple[str, int]:
        raise AssertionError("a second process fetched")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(TokenShelf(APP_ID, first_fetch, redis).token)
        assert inside.wait(10)
        second = pool.submit(TokenShelf(APP_ID, never, redis).token)
        go_on.set()
        assert (first.result(10), second.result(10)) == ("t1", "t1")
    redis.close()


def test_a_fetch_that_fails_leaves_the_lock_open(redis_server: RedisServer) -> None:
    redis = redis_server.client()

    def fails() -> tuple[str, int]:
        raise NoToken("for the test")

    with pytest.raises(NoToken, match="for the test"):
        TokenShelf(APP_ID, fails, redis).token()
    assert not redis.exists(f"wechat:{APP_ID}:token:lock")
    assert TokenShelf(APP_ID, lambda: ("t1", 7200), redis).token() == "t1"
    redis.close()


def test_a_dead_token_that_comes_again_is_not_asked_for_in_a_circle(redis_server: RedisServer) -> None:
    redis = redis_server.client()
    for shelf in (TokenShelf(APP_ID, lambda: ("t1", 7200), redis), TokenShelf(APP_ID, lambda: ("t1", 7200), None)):
        assert shelf.token() == "t1"
        with pytest.raises(NoToken, match="given again"):
            shelf.token(dead="t1")
        with pytest.raises(NoToken, match="a moment ago"):
            shelf.token(dead="t1")
        assert shelf.token(dead="older") == "t1", "another one is there already"
    redis.close()


def test_two_accounts_do_not_mix(redis_server: RedisServer) -> None:
    redis = redis_server.client()
    assert TokenShelf("wx1", lambda: ("t1", 7200), redis).token() == "t1"
    assert TokenShelf("wx2", lambda: ("t2", 7200), redis).token() == "t2"
    redis.close()


def test_a_line_is_used_by_many_threads_at_once(server: WeChatServer) -> None:
    """More threads than connections: they wait for a free one, nothing gets mixed up."""
    sender = WeChatSender(Account(api_base=server.url), line=Line(connections=2))
    for number in range(64):
        server.user_wrote(openid(number))
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda n: sender.send_text(openid(n), f"to {n}"), range(64)))
    assert {outcome.fate for outcome in outcomes} == {Fate.ACCEPTED}
    assert {sent.openid: sent.content for sent in server.sent} == {openid(n): f"to {n}" for n in range(64)}
    sender.close()
