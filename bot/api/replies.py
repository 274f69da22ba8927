"""Shapes as responses."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response
from pydantic import BaseModel

from bot.api import shapes as s
from handlers.request import Speaker


def reply(shape: BaseModel) -> Response:
    return Response(shape.model_dump_json(), content_type="application/json")


def persons(speakers: Sequence[Speaker]) -> list[s.Person]:
    """Everybody a login speaks for, as its own screen shows them: no phone, no ID number."""
    return [
        s.Person(
            me=me_of(one), society=one.society.code, society_name=one.society.name, name=one.person.name,
            household=one.household.no if one.household else "", roles=sorted(str(role) for role in one.roles),
            group=one.household.group_name if one.household else "",
        )
        for one in speakers
    ]


def me_of(speaker: Speaker) -> str:
    """How a client names one of its people: `QS001/12`."""
    return f"{speaker.society.code}/{speaker.person.no}"
