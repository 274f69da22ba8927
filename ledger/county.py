"""A county's rules (实施细则) as data: the range every charter of the county stays within, key by key with its clause.

A charter outside them is refused by clause; what a county does not speak of, the society's assembly decides alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, get_type_hints

from .charter import Charter, CharterError
from .records import CountyRules

HEAD = ("name", "province", "county", "source", "bound")
LIMITS = ("min", "max", "equals", "one_of", "includes")


@dataclass(frozen=True)
class Bound:
    """What a county allows for one key. Numbers: `min` and `max`, for each item of a list; any value: `equals`;
    words: `one_of`; lists: what they must hold at least (`includes`)."""

    key: str
    clause: str
    min: int | None = None
    max: int | None = None
    equals: Any = None
    one_of: tuple[str, ...] = ()
    includes: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Breach:
    """A charter's value that its county does not allow."""

    key: str
    value: Any
    allowed: str
    clause: str

    def __str__(self) -> str:
        return f"{self.key} = {self.value}: {self.clause} allows {self.allowed}"


def keys_of_charters() -> dict[str, Any]:
    """Every `section.key` a charter has, with its type."""
    found: dict[str, Any] = {}
    for section, kind in get_type_hints(Charter).items():
        if is_dataclass(kind):
            hints = get_type_hints(kind)
            found |= {f"{section}.{spec.name}": hints[spec.name] for spec in fields(kind)}
    return found


def bounds(body: Mapping[str, Any]) -> tuple[Bound, ...]:
    """The bounds of a county's rules. Raises CharterError with every fault by key."""
    wrong = [f"{key}: unknown key" for key in sorted(set(body) - set(HEAD))]
    wrong += [f"{key}: a text is needed" for key in HEAD[:-1] if not isinstance(body.get(key), str)]
    made, known, given = [], keys_of_charters(), body.get("bound")
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise CharterError([*wrong, "bound: a list of tables is needed"])
    for number, one in enumerate(given, 1):
        found = _bound(number, one, known, wrong)
        if found is not None:
            made.append(found)
    if wrong:
        raise CharterError(wrong)
    return tuple(made)


def _bound(number: int, one: Any, known: Mapping[str, Any], wrong: list[str]) -> Bound | None:
    if not isinstance(one, Mapping) or one.get("key") not in known:
        wrong.append(f"bound {number}: key must name a number, word or list of a charter")
        return None
    key = str(one["key"])
    faults = [f"bound {number} {key}: unknown {name}" for name in sorted(set(one) - {"key", "clause", *LIMITS})]
    if not isinstance(one.get("clause"), str) or not one["clause"]:
        faults.append(f"bound {number} {key}: the clause it stands in is needed")
    if not set(one) & set(LIMITS):
        faults.append(f"bound {number} {key}: one of {', '.join(LIMITS)} is needed")
    numbers = known[key] in (int, tuple[int, ...])
    for name in ("min", "max"):
        if name in one and (not numbers or type(one[name]) is not int):
            faults.append(f"bound {number} {key}: {name} is for whole numbers")
    for name in ("one_of", "includes"):
        if name in one and not isinstance(one[name], list | tuple):
            faults.append(f"bound {number} {key}: {name} is a list")
    if isinstance(one.get("min"), int) and isinstance(one.get("max"), int) and one["min"] > one["max"]:
        faults.append(f"bound {number} {key}: min is above max")
    wrong += faults
    if faults:
        return None
    more = {name: tuple(one[name]) for name in ("one_of", "includes") if name in one}
    return Bound(key, one["clause"], one.get("min"), one.get("max"), one.get("equals"), **more)


def breaches(rules: Sequence[Bound], charter: Charter) -> tuple[Breach, ...]:
    """Every value of the charter that its county does not allow, each by clause."""
    found = []
    for one in rules:
        section, _, name = one.key.partition(".")
        value = getattr(getattr(charter, section), name)
        allowed = _allowed(one, value)
        if allowed:
            found.append(Breach(one.key, value, allowed, one.clause))
    return tuple(found)


def _allowed(one: Bound, value: Any) -> str:
    """What is allowed instead of `value`; empty where the value is well."""
    items = value if isinstance(value, tuple) else (value,)
    if one.min is not None and any(item < one.min for item in items):
        return f"at least {one.min}"
    if one.max is not None and any(item > one.max for item in items):
        return f"at most {one.max}"
    if one.equals is not None and value != (tuple(one.equals) if isinstance(one.equals, list) else one.equals):
        return f"only {one.equals}"
    if one.one_of and any(item not in one.one_of for item in items):
        return f"one of {', '.join(map(str, one.one_of))}"
    missing = [item for item in one.includes if item not in items]
    return f"a list with {', '.join(map(str, missing))}" if missing else ""


def check(rules: CountyRules | None, charter: Charter) -> None:
    """Raise CharterError with every breach by clause; a county without rules binds nobody."""
    found = breaches(bounds(rules.body), charter) if rules else ()
    if found:
        raise CharterError([str(one) for one in found])
