"""Reads the body of an incoming request: bounded before anything is parsed, then as a flat set of named texts.

Whatever is wrong becomes a `BadBody` with its HTTP status and one line that names fields but never repeats values.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.http import parse_options_header

LIMIT = 64 * 1024
_MAX_FIELDS = 32
TIME = "received_at"
"""The one field that may be a number with a fraction: seconds of a clock."""


class BadBody(Exception):
    """The request is refused with `status`; `line` may be shown to whoever runs the other side."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status
        self.line = line


def read_body(request: Request, limit: int = LIMIT, *, keep: bool = False) -> bytes:
    """The raw body, at most `limit` bytes. A length must be given unless the server itself ends the stream.

    With `keep` the request can be read once more.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadBody(415, "the body must not be compressed")
    if request.content_length is None and not request.environ.get("wsgi.input_terminated"):
        raise BadBody(411, "the length of the body must be given")
    # One byte more, because a stream without a length is cut at the limit silently.
    request.max_content_length = limit + 1
    try:
        raw = request.get_data(cache=keep)
    except RequestEntityTooLarge:
        raise BadBody(413, f"the body is longer than {limit} bytes") from None
    except (HTTPException, OSError):
        raise BadBody(400, "the body ended too early") from None
    if len(raw) > limit:
        raise BadBody(413, f"the body is longer than {limit} bytes")
    return raw


def read_fields(request: Request, required: Collection[str], optional: Collection[str] = ()) -> dict[str, str]:
    """The fields of a JSON object or a form. Unknown, repeated and missing ones are refused by name."""
    raw = read_body(request)
    kind, options = parse_options_header(request.headers.get("Content-Type", ""))
    if options.get("charset", "utf-8").lower().replace("_", "-") not in ("utf-8", "utf8"):
        raise BadBody(400, "the body must be UTF-8")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadBody(400, "the body is not UTF-8") from None
    if kind == "application/json":
        fields = _json_fields(text, optional)
    elif kind == "application/x-www-form-urlencoded":
        fields = _form_fields(text)
    else:
        raise BadBody(400, "the body must be application/json or application/x-www-form-urlencoded")
    known = {*required, *optional}
    if any(name not in known for name in fields):
        raise BadBody(400, f"a field is unknown: possible are {', '.join((*required, *optional))}")
    for name in required:
        if name not in fields:
            raise BadBody(400, f"the field {name} is missing")
    return fields


def _json_fields(text: str, optional: Collection[str]) -> dict[str, str]:
    """An optional field that is null was not given."""
    try:
        value = json.loads(text, object_pairs_hook=no_repeats)
    except (ValueError, RecursionError):
        # json.loads reports a broken document and an absurdly long number as ValueError, deep nesting otherwise.
        raise BadBody(400, "the body is not one flat JSON object with every name once") from None
    if not isinstance(value, dict):
        raise BadBody(400, "the body is not a JSON object")
    return {name: str(item) if isinstance(item, float) and name == TIME else _as_text(item)
            for name, item in value.items() if item is not None or name not in optional}


def _as_text(value: object) -> str:
    # Gateways write ids and numbers of phones as JSON numbers too; True is an int to Python but never a text to us.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise BadBody(400, "every field must be a text")
    return value


def no_repeats(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs of an object whose names are all different; ValueError otherwise."""
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise ValueError("repeated name")
        result[name] = value
    return result


def _form_fields(text: str) -> dict[str, str]:
    try:
        return no_repeats(parse_qsl(text, True, strict_parsing=True, errors="strict", max_num_fields=_MAX_FIELDS))
    except ValueError:
        raise BadBody(400, "the body is not a form in UTF-8 with every name once") from None
