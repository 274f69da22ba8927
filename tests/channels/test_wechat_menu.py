"""The menu of the official account and the codes to hang up: a tap is understood, the commands do what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.channels.wechat_menu import buttons
from bot.understand import read
from huzhu import main
from tests.channels.stage import Account
from tests.fakes.wechat_server import WeChatServer

PROGRAM = Path(__file__).resolve().parents[2] / "huzhu.py"
COMMANDS = ["balance", "schedule", "statement", "payoff", "rules", "borrow", "repay", "notices", "contacts", "bind",
            "help"]


@pytest.fixture
def server() -> Iterator[WeChatServer]:
    account = Account()
    with WeChatServer(account.app_id, account.app_secret) as server:
        yield server


def test_a_tap_says_what_its_name_promises() -> None:
    said = [one["key"] for button in buttons() for one in button["sub_button"]]
    assert [read(words).command for words in said] == COMMANDS


def test_the_command_installs_shows_and_removes(server: WeChatServer, tmp_path: Path) -> None:
    account = Account()
    config = tmp_path / "config.toml"
    config.write_text(
        f'[server]\ndemo = true\ndata_dir = "."\n[wechat]\napp_id = "{account.app_id}"\n'
        f'app_secret = "{account.app_secret}"\ntoken = "{account.token}"\naes_key = "{account.aes_key}"\n'
        f'api_base = "{server.url}"\n', "utf-8")

    def menu(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, PROGRAM, "wechat", "menu", "--config", config, *words],
                              capture_output=True, text=True, timeout=60, check=False)

    first = menu("--show")
    assert first.stdout == "no menu\n", first.stderr
    done = menu()
    assert done.returncode == 0 and "余额" in done.stdout, done.stderr
    assert server.menu == buttons()
    assert json.loads(menu("--show", "--json").stdout)["button"] == buttons()
    assert menu("--remove").stdout == "no menu\n" and server.menu is None
    server.say_always = 48001
    refused = menu()
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1 and "48001" in refused.stderr
    assert menu("--show", "--remove").returncode == 2


def test_a_code_for_each_village(server: WeChatServer, tmp_path: Path) -> None:
    """The account's by the address of its picture, the mini-program's as the picture; both mean the society."""
    account = Account()
    rest = (f'app_id = "{account.app_id}"\napp_secret = "{account.app_secret}"\ntoken = "{account.token}"\n'
            f'aes_key = "{account.aes_key}"\napi_base = "{server.url}"\n')
    config = tmp_path / "config.toml"
    config.write_text(f'[server]\ndemo = true\ndata_dir = "."\n[wechat]\n{rest}[miniprogram]\n{rest}', "utf-8")
    picture = tmp_path / "code.png"

    def code(*words: str) -> Result:
        return CliRunner().invoke(main, ["wechat", "code", *words, "--config", str(config)])

    told = code("QS001")
    assert told.exit_code == 0 and "showqrcode?ticket=ticket" in told.output.replace("%20", " "), told.output
    server.kill_token()
    made = code("QS001", "--page", "pages/index/index", "-o", str(picture))
    assert made.exit_code == 0 and picture.read_bytes() == b"\x89PNG of QS001", made.output
    for words, why in ((["青山"], "cannot be a scene"), (["QS001", "--page", "/x", "-o", str(picture)], "is no page"),
                       (["QS001", "--page", "pages/x", "-o", str(tmp_path)], "is a directory")):
        refused = code(*words)
        assert refused.exit_code and why in refused.output + refused.stderr, (words, refused.output)
    server.say_always = 45009
    refused = code("QS001", "--page", "pages/x", "-o", str(picture))
    assert refused.exit_code == 1 and "45009" in refused.stderr
