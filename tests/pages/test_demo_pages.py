"""The addresses under `/demo` one by one: what they refuse, and what they give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.app import create_app
from bot.config import load
from bot.services import Services

GUIHUA = "19900000012"


def gateway(client: FlaskClient, tmp_path: Path, **asked: Any) -> tuple[int, Any]:
    sms = load(tmp_path / "config.toml").sms
    assert sms is not None and sms.http is not None
    answer = client.post("/demo/gateway", json=asked, headers={"Authorization": f"Bearer {sms.http.key}"})
    return answer.status_code, answer.get_json()


def weixin(client: FlaskClient, path: str, asked: Any, token: str = "") -> Any:
    return client.post(f"/demo/weixin/cgi-bin/{path}?access_token={token}", json=asked).get_json()


def test_outside_demo_mode_nothing_of_it_is_there(tmp_path: Path) -> None:
    services = Services(load(_plain(tmp_path)))
    client = create_app(services.config, services).test_client()
    for path in ("/demo", "/demo/people", "/demo/messages", "/demo/static/main.js", "/demo/next"):
        assert client.get(path).status_code == 404
    assert client.post("/demo/today", json={"day": "2026-03-02"}).status_code == 404


def _plain(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(f'[server]\ndata_dir = "{tmp_path}"\n', "utf-8")
    path.chmod(0o600)
    return path


def test_the_page_brings_everything_itself(client: FlaskClient) -> None:
    page = client.get("/demo")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    for name in ("demo.css", "main.js", "phone.js", "line.js", "picker.js", "icon.svg"):
        with client.get(f"/demo/static/{name}") as file:
            assert file.status_code == 200
            text = file.get_data(as_text=True)
        assert "innerHTML" not in text and "insertAdjacentHTML" not in text
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_the_cast_and_the_village(client: FlaskClient) -> None:
    found = client.get("/demo/people").get_json()
    assert len(found["people"]) == 61, "62 households and two from outside, of whom three have no phone"
    assert found["cast"][0] == GUIHUA
    li = next(one for one in found["people"] if one["name"] == "李秀英")
    assert (li["title"], li["group"], li["household"]) == ("会计", "第五组", "QS001-024")
    assert not any("id_card" in one for one in found["people"])


@pytest.mark.parametrize(
    "asked",
    [
        {"phone": "123", "channel": "sms", "text": "余额"},
        {"phone": GUIHUA, "channel": "fax", "text": "余额"},
        {"phone": GUIHUA, "channel": "sms", "text": " "},
        {"phone": GUIHUA, "channel": "sms", "text": "长" * 1001},
        {"phone": GUIHUA, "channel": "sms", "text": "\ud800"},
        {"phone": GUIHUA, "channel": "sms", "text": "a\0b"},
        {"phone": GUIHUA, "channel": "sms"},
        {"phone": GUIHUA, "channel": "sms", "text": ["余额"]},
        {"phone": GUIHUA, "channel": "sms", "text": "余额", "more": "1"},
        [],
    ],
)
def test_send_refuses_what_no_phone_sends(client: FlaskClient, asked: Any) -> None:
    answer = client.post("/demo/send", json=asked)
    assert answer.status_code == 400
    assert answer.get_json()["error"]
    assert client.get("/demo/messages?after=0").get_json()["messages"] == []


def test_a_form_of_another_site_is_refused(client: FlaskClient) -> None:
    assert client.post("/demo/send", data={"phone": GUIHUA, "channel": "sms", "text": "余额"}).status_code == 415
    assert client.post("/demo/today", data="{}", content_type="text/plain").status_code == 415


def test_messages_come_after_a_number(client: FlaskClient, tmp_path: Path) -> None:
    for n in range(3):
        assert gateway(client, tmp_path, id=f"a-{n}", to=GUIHUA, text=f"第{n}条")[0] == 202
    first = client.get("/demo/messages?after=0").get_json()
    assert [one["text"] for one in first["messages"]] == ["第0条", "第1条", "第2条"]
    assert first["messages"][0]["day"] == "2026-03-01"
    second = client.get(f"/demo/messages?after={first['messages'][1]['id']}").get_json()
    assert [one["text"] for one in second["messages"]] == ["第2条"]
    for bad in ("x", "-1", "1.5", "9" * 19, "١"):
        assert client.get(f"/demo/messages?after={bad}").status_code == 400


def test_the_gateway_takes_a_message_once_for_each_id(client: FlaskClient, tmp_path: Path) -> None:
    assert gateway(client, tmp_path, id="a-1", to=GUIHUA, text="您好") == (202, {"accepted": "a-1"})
    assert gateway(client, tmp_path, id="a-1", to=GUIHUA, text="您好")[0] == 202
    assert gateway(client, tmp_path, id="a-1", to=GUIHUA, text="别的")[0] == 409
    assert len(client.get("/demo/messages").get_json()["messages"]) == 1


def test_the_gateway_refuses_what_a_real_one_refuses(client: FlaskClient, tmp_path: Path) -> None:
    assert client.post("/demo/gateway", json={}, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.post("/demo/gateway", json={}).status_code == 401
    assert gateway(client, tmp_path, id="a", to=GUIHUA)[0] == 400
    assert gateway(client, tmp_path, id="a", to=GUIHUA, text=1)[0] == 400
    assert gateway(client, tmp_path, id="a", to="123", text="您好")[0] == 422
    assert gateway(client, tmp_path, id="a", to=GUIHUA, text="长" * 501)[0] == 422
    assert gateway(client, tmp_path, id="a", to=GUIHUA, text="\ud800")[0] == 400


def test_weixin_gives_a_token_only_for_the_secret(client: FlaskClient, tmp_path: Path) -> None:
    account = load(tmp_path / "config.toml").wechat
    assert account is not None
    asked = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.app_secret}
    assert weixin(client, "stable_token", asked)["expires_in"] == 7200
    assert weixin(client, "stable_token", asked | {"secret": "wrong"})["errcode"] == 40125
    assert weixin(client, "stable_token", asked | {"appid": "wrong"})["errcode"] == 40013
    assert weixin(client, "stable_token", asked | {"grant_type": "wrong"})["errcode"] == 40002
    assert weixin(client, "stable_token", [])["errcode"] == 47001


def test_weixin_sends_five_for_each_message_of_the_follower(client: FlaskClient, tmp_path: Path) -> None:
    account = load(tmp_path / "config.toml").wechat
    assert account is not None
    asked = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.app_secret}
    token = weixin(client, "stable_token", asked)["access_token"]
    message = {"touser": f"oDemoVillage_{GUIHUA}", "msgtype": "text", "text": {"content": "您好"}}
    send = "message/custom/send"
    assert weixin(client, send, message, "wrong")["errcode"] == 40001
    assert weixin(client, send, message)["errcode"] == 41001
    assert weixin(client, send, message | {"touser": "oNobody"}, token)["errcode"] == 40003
    assert weixin(client, send, message | {"text": {"content": ""}}, token)["errcode"] == 44004
    assert weixin(client, send, message | {"text": {"content": "长" * 700}}, token)["errcode"] == 45002
    assert weixin(client, send, message | {"msgtype": "image"}, token)["errcode"] == 40008
    assert weixin(client, send, message, token)["errcode"] == 45015, "this follower never wrote"
    client.post("/demo/send", json={"phone": GUIHUA, "channel": "wechat", "text": "余额"})
    assert [weixin(client, send, message, token)["errcode"] for _ in range(6)] == [0, 0, 0, 0, 0, 45047]


def test_the_day_moves_and_never_before_the_newest_entry(client: FlaskClient) -> None:
    shown = client.get("/demo/today").get_json()
    assert (shown["day"], shown["words"]) == ("2026-03-01", "2026年3月1日 星期日")
    assert (shown["society"], shown["notice"]) == ("QS001", None)
    moved = client.post("/demo/today", json={"day": "2026-03-31"}).get_json()
    assert moved["words"] == "2026年3月31日 星期二"
    assert client.post("/demo/today", json={"day": "2026-01-01"}).status_code == 200, "the books open on this day"
    refused = client.post("/demo/today", json={"day": "2025-12-31"})
    assert refused.status_code == 400
    assert "账本已记到2026年1月1日" in refused.get_json()["error"]
    for bad in ("", "明天", "2026-02-30", "9999-12-31"):
        assert client.post("/demo/today", json={"day": bad}).status_code == 400
    assert client.get("/demo/today").get_json()["day"] == "2026-01-01"


def test_the_next_event_of_the_village(client: FlaskClient) -> None:
    coming = client.get("/demo/next").get_json()["next"]
    assert coming == {"day": "2026-03-03", "what": "韩立新的6号借款7天后到期，该提醒了"}
