"""Redis by one address: a single server, a master that Sentinels name, or the node of a Cluster that holds the bell.

    redis://[user:password@]host:6379/0        rediss://… is the same over TLS, unix:///path is a socket
    redis+sentinel://[user:password@]host:26379,host:26379/name[/0]     rediss+sentinel://…
    redis+cluster://[user:password@]host:6379,host:6379                 rediss+cluster://…

User and password are those of the data servers; `?sentinel_username=` and `?sentinel_password=` are the Sentinels' own,
`?ssl_ca_certs=/path` is the authority of a TLS certificate. All keys of RQ hash to one slot of a cluster (`{rq}`), so
one plain connection to its owner does; after a failover the next connection asks anew who that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from redis import Redis
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ConnectionError, RedisClusterException
from redis.sentinel import Sentinel

SLOT = "{rq}"
"""The part of every key of ours that decides where in a cluster it lives (bot/__init__.py tells RQ)."""
SINGLE, SENTINEL, CLUSTER = "", "sentinel", "cluster"
SCHEMES = {f"redis{tls}{kind}" for tls in ("", "s") for kind in ("", "+sentinel", "+cluster")} | {"unix"}
_TLS_OPTIONS = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs"})
_SENTINEL_OPTIONS = frozenset({"sentinel_username", "sentinel_password"})
_PORT = {SENTINEL: 26379, CLUSTER: 6379}


@dataclass(frozen=True)
class Address:
    """One address taken apart. `hosts` are (host, port); `service` and `database` only with Sentinels."""

    kind: str
    hosts: tuple[tuple[str, int], ...]
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    service: str = ""
    database: int = 0
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


def parse(url: str) -> Address:
    """Takes a Sentinel's or a Cluster's address apart. Raises ValueError that says what is wrong."""
    parts = urlsplit(url)
    base, _, kind = parts.scheme.partition("+")
    if parts.scheme not in SCHEMES:
        raise ValueError("unknown scheme")
    if not kind:
        return Address(SINGLE, ())
    login, _, places = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    hosts = tuple(_host(one, _PORT[kind]) for one in places.split(","))
    options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    allowed = _TLS_OPTIONS | (_SENTINEL_OPTIONS if kind == SENTINEL else frozenset())
    if wrong := sorted(set(options) - allowed):
        raise ValueError(f"unknown option {wrong[0]}")
    service, _, database = parts.path.strip("/").partition("/")
    if kind == SENTINEL and not service:
        raise ValueError("names no master: redis+sentinel://host:26379/mymaster")
    if kind == CLUSTER and service:
        raise ValueError("a cluster has no databases: nothing may stand behind the hosts")
    if database and not database.isdecimal():
        raise ValueError("the database has to be a number")
    tls, number = base == "rediss", int(database or 0)
    return Address(kind, hosts, tls, unquote(user), unquote(password), service, number, options)


def _host(written: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{written}")
    if not parts.hostname:
        raise ValueError("a host is missing")
    return parts.hostname, parts.port or port


def connect(url: str, **settings: Any) -> Redis:
    """A client for `url`; `settings` are time-outs and the like of redis-py. Sentinels and clusters are asked now or at
    the first command who is in charge, so a broken client is thrown away and made anew. Raises RedisError, OSError."""
    found = parse(url)
    if found.kind == SINGLE:
        return Redis.from_url(url, **settings)
    login = _login(found)
    waits = {name: value for name, value in settings.items() if name.startswith("socket_")}
    if found.kind == SENTINEL:
        sentinel = {
            "username": found.options.get("sentinel_username"), "password": found.options.get("sentinel_password"),
            "socket_timeout": 2, "socket_connect_timeout": 2, **waits,
            **{name: value for name, value in login.items() if name.startswith("ssl")},
        }
        watchers = Sentinel(  # type: ignore[no-untyped-call]
            list(found.hosts), sentinel_kwargs=sentinel, db=found.database, **login, **settings)
        master: Redis = watchers.master_for(found.service)  # type: ignore[no-untyped-call]
        return master
    try:
        with _cluster(found, **{**login, "socket_timeout": 2, "socket_connect_timeout": 2, **waits}) as seen:
            owner = seen.get_node_from_key(SLOT)
    except RedisClusterException as error:
        raise ConnectionError(str(error)) from error
    return Redis(owner.host, int(owner.port), **login, **settings)


def shared(url: str, **settings: Any) -> Redis:
    """A client that is kept for long: of a cluster it goes to whichever node holds a key, also after a failover."""
    found = parse(url)
    if found.kind != CLUSTER:
        return connect(url, **settings)
    kept = {name: value for name, value in settings.items() if name != "retry"}
    return cast(Redis, _Cluster(found, {**_login(found), **kept}))


class _Cluster:
    """A cluster's client, made when it is first needed and anew after it broke; it fails as every other client does."""

    def __init__(self, found: Address, settings: Mapping[str, Any]) -> None:
        self._found, self._settings = found, settings
        self._client: RedisCluster | None = None

    def __getattr__(self, command: str) -> Any:
        def run(*given: Any, **options: Any) -> Any:
            try:
                self._client = self._client or _cluster(self._found, **self._settings)
                return getattr(self._client, command)(*given, **options)
            except RedisClusterException as error:  # no RedisError, for reasons of its own
                self._client = None
                raise ConnectionError(str(error)) from error

        return run


def _login(found: Address) -> dict[str, Any]:
    tls = {name: found.options[name] for name in _TLS_OPTIONS & set(found.options)} | {"ssl": True}
    return {"username": found.user or None, "password": found.password or None, **(tls if found.tls else {})}


def _cluster(found: Address, **settings: Any) -> RedisCluster:
    nodes = [ClusterNode(host, port) for host, port in found.hosts]  # type: ignore[no-untyped-call]
    return RedisCluster(startup_nodes=nodes, **settings)
