"""Charters and county rules taken over from files: a new version by resolution, bounded by the county, never changed.

A loan lives under the version of its application, so a new version changes no loan that was applied for before.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from ledger import assembly, cost, county
from ledger import charter as charters
from ledger.charter import CharterError
from ledger.records import Act, CharterVersion, CountyRules
from ledger.store.assembly import Assembly
from ledger.store.books import Books
from ledger.store.store import Store


def read(path: Path) -> dict[str, Any]:
    """A TOML file as data. Raises CharterError when it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CharterError([f"{path.name} cannot be read: {error}"]) from None


def adopt(
    store: Store, code: str, body: dict[str, Any], resolution: str, adopted_on: date, since: date, now: int
) -> CharterVersion:
    """A new version of a society's charter. Raises CharterError with every fault and every breach by clause."""
    made = charters.from_body(body)
    with store.write() as books:
        books.lock(code)
        society = books.society(code)
        if society is None:
            raise CharterError([f"no society {code}"])
        before = books.charter_version(code)
        faults = [] if resolution.strip() else ["resolution: the number of the assembly's resolution is needed"]
        vote = assembly.vote_named(resolution)
        motion = Assembly(books).motion(code, vote) if vote else None
        if assembly.against_resolution(resolution, motion, "章程", special=True):
            faults.append(f"resolution: vote {vote} of the members carried no motion about the charter (章程)")
        elif motion is not None and adopted_on != motion.closed_on:
            faults.append(f"resolution: vote {vote} was carried on {motion.closed_on}, not on {adopted_on}")
        if since < adopted_on:
            faults.append(f"since: {since} is before the resolution of {adopted_on}; a charter is never backdated")
        if since < before.since or adopted_on < (before.adopted_on or before.since):
            faults.append(f"since: version {before.version} holds since {before.since}, a newer one begins later")
        newest = books.newest_day()
        if newest is not None and since < newest:
            faults.append(f"since: the books have entries of {newest}; a charter begins on that day or later")
        faults += [str(one) for one in _breaches(books, society.province, society.county, made, since)]
        faults += cost.faults(made, adopted_on)
        if faults:
            raise CharterError(faults)
        version = CharterVersion(
            code, before.version + 1, made.name, since, resolution.strip(), charters.plain(body), adopted_on
        )
        books.save(code, Act((version,)), since, now)
    return version


def _breaches(
    books: Books, province: str, place: str, made: charters.Charter, on: date
) -> tuple[county.Breach, ...]:
    rules = books.county_rules(province, place, on)
    return county.breaches(county.bounds(rules.body), made) if rules else ()


def bind(store: Store, body: dict[str, Any], since: date, now: int) -> tuple[CountyRules, dict[str, list[str]]]:
    """A county's rules from `since` on, and which societies' charters lie outside them now, by code.

    Raises CharterError with every fault. Standing charters go on; their next version must fit.
    """
    bounds = county.bounds(body)
    outside: dict[str, list[str]] = {}
    with store.write() as books:
        before = books.county_rules(body["province"], body["county"])
        if before is not None and since < before.since:
            raise CharterError([f"since: version {before.version} holds since {before.since}"])
        version = before.version + 1 if before else 1
        rules = CountyRules(
            body["province"], body["county"], version, body["name"], since, body["source"], charters.plain(body)
        )
        books.save("", Act((rules,)), since, now)
        for one in books.societies():
            if (one.province, one.county) == (rules.province, rules.county):
                found = county.breaches(bounds, books.charter(one.code, None, since))
                if found:
                    outside[one.code] = [str(breach) for breach in found]
    return rules, outside


def show(store: Store, code: str, version: int | None, on: date) -> CharterVersion:
    """A version of a society's charter, without a number the one that holds on `on`. Raises CharterError."""
    with store.read() as books:
        if books.society(code) is None:
            raise CharterError([f"no society {code}"])
        known = [one for one in books.charter_versions() if one.society == code]
        if version is not None and version not in {one.version for one in known}:
            raise CharterError([f"{code} has versions {', '.join(str(one.version) for one in known)}"])
        return books.charter_version(code, version, None if version else on)
