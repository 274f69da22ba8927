"""The XML of WeChat's pushes: a strict reader of the top level, and the writer of a passive text reply.

A general parser gives lists and trees where a hostile sender repeats or nests a field; here that is refused at once.
"""

from __future__ import annotations

from collections.abc import Collection
from xml.parsers import expat

from bot.channels.plain_text import clip, sayable

TEXT_LIMIT = 2048
"""WeChat refuses longer texts with 45002; it counts UTF-8 bytes of the text itself."""
_MAX_DEPTH = 16


class Malformed(Exception):
    """The document is not what WeChat sends; the message says what is wrong, without any content."""


def top_level(raw: bytes, names: Collection[str]) -> dict[str, str]:
    """The text of each child of `<xml>` that is in `names`: at most once each, text only. Others are passed over."""
    return _Reader(names).read(raw)


def listed(raw: bytes, outer: str, names: Collection[str]) -> list[dict[str, str]]:
    """The `<List>` elements of `<xml><outer>`, each the texts of its children in `names`; empty where there are none.

    The document was read by `top_level` before, so it is well-formed and not deep.
    """
    return _Lists(outer, names).read(raw)


def text_reply(to: str, sender: str, created_at: str, text: str) -> str:
    """A passive reply as in developers.weixin.qq.com/doc/offiaccount/Message_Management/Passive_user_reply_message.

    Empty when nothing of `text` can be shown: the caller then answers `success`.
    """
    content = clip(sayable(text), TEXT_LIMIT)
    if not content.strip():
        return ""
    fields = (
        ("ToUserName", _cdata(to)),
        ("FromUserName", _cdata(sender)),
        ("CreateTime", created_at),
        ("MsgType", _cdata("text")),
        ("Content", _cdata(content)),
    )
    return "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields) + "</xml>"


def _cdata(text: str) -> str:
    # `]]>` would end the section, and what follows would be read as elements: it is split over two sections.
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


class _Reader:
    """One pass of expat that stops at the first thing out of order, so that no input costs more than its bytes."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._found: dict[str, str] = {}
        self._depth = 0
        self._current = ""

    def read(self, raw: bytes) -> dict[str, str]:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            # Expat would still believe a mark of UTF-16 at the beginning.
            raw.decode("utf-8")
            parser.Parse(raw, True)
        except (expat.ExpatError, UnicodeDecodeError):
            raise Malformed("not well-formed XML in UTF-8") from None
        return self._found

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise Malformed("declared in another encoding than UTF-8")

    def _doctype(self, *_args: object) -> None:
        raise Malformed("has a document type")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise Malformed("nested too deep")
        if self._depth == 1 and name != "xml":
            raise Malformed("the root is not <xml>")
        if self._depth == 2 and name in self._names:
            if name in self._found:
                raise Malformed(f"{name} is there twice")
            self._current = name
            self._found[name] = ""
        elif self._depth > 2 and self._current:
            raise Malformed(f"{self._current} is not a text")

    def _end(self, _name: str) -> None:
        if self._depth == 2:
            self._current = ""
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._depth == 2 and self._current:
            self._found[self._current] += text
        elif self._depth == 1 and text.strip():
            raise Malformed("text outside of the elements")


class _Lists:
    """Collects what stands at `xml/<outer>/List/<name>`; everything else is passed over."""

    def __init__(self, outer: str, names: Collection[str]) -> None:
        self._path: list[str] = []
        self._place = ["xml", outer, "List"]
        self._names = names
        self._found: list[dict[str, str]] = []

    def read(self, raw: bytes) -> list[dict[str, str]]:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(raw, True)
        return self._found

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name)
        if self._path == self._place:
            self._found.append({})

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if self._path[:3] == self._place and len(self._path) == 4 and self._path[3] in self._names:
            item = self._found[-1]
            item[self._path[3]] = item.get(self._path[3], "") + text
