"""What goes wrong, as `application/problem+json` (RFC 9457): a stable type, and words that say what to do next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response
from pydantic import ValidationError

from bot import texts

MIME = "application/problem+json"
PREFIX = "urn:huzhu:problem:"
KINDS: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request is not of the shape the schema asks for"),
    "login": (401, "No login, or one that is over"),
    "login_code": (401, "WeChat does not take this login code"),
    "not_bound": (403, "This login stands for nobody in the books"),
    "not_you": (403, "This login does not stand for that person"),
    "wrong_role": (403, "Somebody else does this"),
    "not_found": (404, "There is no such thing for this person"),
    "method": (405, "The address knows other methods"),
    "refused": (409, "The rules speak against it"),
    "not_done": (409, "Nothing was done"),
    "copy": (409, "These books are a copy"),
    "question_gone": (409, "The question is not open any more"),
    "wrong_code": (409, "The one-time code is not right"),
    "which_person": (409, "This login stands for several people"),
    "key_reused": (409, "The idempotency key was used for something else"),
    "too_old": (409, "The act was taken long ago, and its answer is not kept any more"),
    "phone_unknown": (409, "The phone is in no society's books"),
    "phone_code": (409, "WeChat does not take this phone code"),
    "too_large": (413, "The body is too large"),
    "media_type": (415, "The body must be JSON"),
    "length": (411, "The length of the body must be given"),
    "failed": (500, "A fault of ours; the message is kept"),
    "busy": (503, "The books are busy"),
    "weixin": (503, "WeChat cannot be asked now"),
}
"""Every type with its status; clients tell them apart by the type alone."""

OF_WORDS = {
    "wrong_role": "wrong_role", "not_you": "not_you", "not_master": "copy",
    "expired": "question_gone", "code_wrong": "wrong_code", "code_over": "wrong_code", "apology": "failed",
    "bind_unknown": "phone_unknown", "greeting.subscribed": "not_bound", "refused": "refused",
}
"""The type of what the turn said, by the key of its words; anything else is `not_done`."""


class Trouble(Exception):
    """Ends a request with a problem. `words` are there already where the turn has said them."""

    def __init__(self, kind: str, words: str = "", more: Mapping[str, Any] | None = None) -> None:
        super().__init__(kind)
        self.kind, self.words, self.more = kind, words, dict(more or {})


def answer(kind: str, words: str = "", more: Mapping[str, Any] | None = None) -> Response:
    """The response of a problem, in the language that is spoken."""
    status, title = KINDS[kind]
    told = {
        "type": PREFIX + kind.replace("_", "-"), "title": title, "status": status,
        "detail": words or texts.fill(f"api.{kind}", {}), "faults": [], "refusals": [], "question": None,
        **(more or {}),
    }
    response = Response(json.dumps(told, ensure_ascii=False), status, content_type=MIME)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response.headers["Retry-After"] = "3"
    return response


def invalid(error: ValidationError) -> Response:
    """What a request's shape lacks: where and which kind; values are not repeated."""
    faults = [
        {"where": ".".join(str(part) for part in (error.title, *one["loc"]))[:100], "kind": one["type"]}
        for one in error.errors(include_url=False, include_input=False, include_context=False)[:10]
    ]
    return answer("malformed", more={"faults": faults})


def of_said(said: Mapping[str, Any]) -> Trouble:
    """The problem of a turn that did nothing."""
    kind = OF_WORDS.get(str(said["why"]), "not_done")
    return Trouble(kind, str(said["text"]), {"refusals": said["refusals"], "question": said["question"]})
