"""The smallest web application, for the tests of the server alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from flask import Flask, Response, abort, request


def create() -> Flask:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 65536

    @app.get("/health/live")
    def live() -> str:
        return str(os.getpid())

    @app.get("/slow/<float:seconds>")
    def slow(seconds: float) -> str:
        time.sleep(seconds)
        return "done"

    @app.post("/size")
    def size() -> str:
        return str(len(request.get_data()))

    @app.route("/seen/<path:rest>", methods=["GET", "POST"])
    def seen(rest: str) -> dict[str, object]:
        shown = {name: request.headers.get(name) for name in ("X-Real-Ip", "Cookie", "X-Twice")}
        return {"rest": rest, "args": request.args.to_dict(), "from": request.remote_addr, **shown}

    @app.get("/pieces")
    def pieces() -> Response:
        def each() -> Iterator[str]:
            for number in range(3):
                yield f"{number}\n"
                time.sleep(0.2)

        return Response(each(), mimetype="text/plain")

    @app.get("/nothing")
    def nothing() -> tuple[str, int]:
        return "", 204

    @app.get("/fault")
    def fault() -> str:
        abort(500)

    return app


def broken() -> Flask:
    raise RuntimeError("the application cannot be made")
