"""The configuration: what is read, what is refused and in which words, what is kept secret.

The refusals are asked for by key name, because the operator has nothing else to find the line with.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import socket
from pathlib import Path

import pytest

from bot import config
from bot.config import Config, ConfigError

STRONG = "k3Jq8vTz1LmN5pRw"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT = f'app_id = "wx1"\napp_secret = "{STRONG}s"\ntoken = "{STRONG}t"\naes_key = "{AES_KEY}"\n'
SMS = f'[sms]\ngateway = "http"\n[sms.http]\nsecret = "{STRONG}i"\nkey = "{STRONG}o"\n'
SMS += 'send_url = "https://sms.example/send"\n'
FULL = f"[wechat]\n{ACCOUNT}[miniprogram]\n{ACCOUNT}{SMS}"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUZHU_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


def write(text: str | bytes, mode: int = 0o600, name: str = "config.toml") -> Path:
    path = Path.cwd() / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def read(text: str | bytes, mode: int = 0o600) -> Config:
    return config.load(write(text, mode))


def problems(text: str | bytes, mode: int = 0o600) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text, mode)
    assert "\n" not in str(caught.value)
    return "\n".join(caught.value.problems)


def test_defaults_without_a_file(tmp_path: Path) -> None:
    found = config.load(None)
    assert found.path is None and found.warnings == ()
    assert (found.server.demo, found.server.host, found.server.port) == (False, "127.0.0.1", 8000)
    assert found.server.data_dir == tmp_path / "var" and found.server.base_url == "http://127.0.0.1:8000"
    assert found.database.url == f"sqlite:///{tmp_path}/var/huzhu.db"
    assert found.redis.url == "embedded" and found.redis_url() is None
    assert (found.wechat, found.miniprogram, found.sms) == (None, None, None)


def test_which_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("[server]\nport = 1001\n")
    other = write("[server]\nport = 1002\n", name="other.toml")
    third = write("[server]\nport = 1003\n", name="third.toml")
    assert config.load(None).server.port == 1001
    monkeypatch.setenv("HUZHU_CONFIG", str(other))
    assert config.load(None).server.port == 1002
    assert config.load(third).server.port == 1003
    monkeypatch.setenv("HUZHU_CONFIG", str(tmp_path / "gone.toml"))
    with pytest.raises(ConfigError, match=r"gone\.toml does not exist"):
        config.load(None)


def test_everything_set() -> None:
    found = read(FULL)
    assert found.wechat and found.miniprogram and found.sms
    assert found.wechat.app_id == "wx1" and found.wechat.aes_key == AES_KEY
    assert found.wechat.api_base == found.miniprogram.api_base == "https://api.weixin.qq.com"
    assert found.sms.gateway == "http" and found.sms.http.send_url == "https://sms.example/send"
    assert found.warnings == ()


def test_paths_are_meant_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    path = write('[server]\ndata_dir = "../data"\n[database]\nurl = "sqlite:///books.db"\n', name="etc/c.toml")
    found = config.load(path)
    assert found.server.data_dir == tmp_path / "etc" / ".." / "data"
    assert found.database.url == f"sqlite:///{tmp_path}/etc/books.db"
    assert read('[database]\nurl = "sqlite:////srv/books.db"').database.url == "sqlite:////srv/books.db"


def test_postgresql_gets_our_driver() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert read(f'[database]\nurl = "{scheme}://u@/d"').database.url == "postgresql+psycopg://u@/d"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[server]\nprot = 1\n", r"server.prot \(line 2\): unknown key: did you mean port\?"),
        ("[servr]\nport = 1\n", r"servr \(line 1\): unknown section: did you mean server\?"),
        ('[server]\ntoken2 = 1\n[sms]\nsend_url = "x"\n', r"sms.send_url \(line 4\): unknown key: .*\[sms.http\]"),
        ("port = 8000\n", r"port \(line 1\): unknown section.*belongs under \[server\]"),
        ("server = 5\n", r"server \(line 1\): has to be a section"),
        ("[sms]\nhttp = 5\n", "sms.http .*has to be a section"),
        ('[server]\nport = "8000"\n', r"server.port \(line 2\): has to be a whole number, not a text"),
        ("[server]\nport = true\n", "server.port .*whole number, not true or false"),
        ("[server]\nport = 0\n", "server.port .*between 1 and 65535"),
        ("[server]\ndemo = 1\n", "server.demo .*has to be true or false"),
        ('[server]\nhost = "two words"\n', "server.host .*not a host name"),
        ('[server]\ndata_dir = "a\\u0000b"\n', "server.data_dir .*control characters"),
        ('[database]\nurl = "sqlite://"\n', "database.url .*names no file"),
        ('[database]\nurl = "sqlite:///:memory:"\n', "database.url .*names no file"),
        ('[database]\nurl = "mysql://h/d"\n', "database.url .*mysql is not available"),
        ('[database]\nurl = "huzhu.db"\n', "database.url .*has to look like"),
        ('[redis]\nurl = "localhost"\n', "redis.url .*has to be embedded"),
        ('[redis]\nurl = "unix://relative"\n', "redis.url .*has to be embedded"),
        ('[sms]\ngateway = "aliyun"\n', "sms.aliyun.key_secret: is missing"),
        ('[sms]\ngateway = "pigeon"\n', "sms.gateway .*'pigeon' is not a gateway"),
        ("[sms]\n", "sms.http.secret: is missing"),
        (FULL.replace("sms.example", "u@sms.example"), "sms.http.send_url .*plain web address"),
        (FULL.replace("https://sms.example", "ftp://sms.example"), "sms.http.send_url .*http:// or https://"),
        (FULL.replace("https://sms.example", "http://sms.example"), "sms.http.send_url .*write https://"),
        (FULL.replace(f"{STRONG}i", f"{STRONG}/i"), "sms.http.secret .*part of a web address"),
        (FULL.replace(f"{STRONG}t", "short"), r"wechat.token \(line 4\): is too short"),
        (FULL.replace(f"{STRONG}t", ""), "miniprogram.token .*is empty"),
        (FULL.replace(f"{STRONG}t", "a" * 20), "wechat.token .*easy to guess"),
        (FULL.replace(AES_KEY, AES_KEY[1:]), "wechat.aes_key .*43"),
        (f"[server]\ndemo = true\n[wechat]\n{ACCOUNT}".replace(AES_KEY, "short"), "wechat.aes_key .*43"),
        ('[server]\nsecret_key = "changeme-changeme"\n', "server.secret_key .*easy to guess"),
        ('[server]\nsecret_key = "env:HUZHU_NOT_THERE"\n', "server.secret_key .*environment has no HUZHU_NOT_THERE"),
        ('[server]\nsecret_key = "file:gone"\n', "server.secret_key .*gone does not exist"),
    ],
)
def test_refused_by_name(text: str, words: str) -> None:
    assert re.search(words, problems(text)), problems(text)


def test_all_problems_at_once() -> None:
    told = problems('[server]\nport = -1\ndemoo = true\n[redis]\nurl = 3\n[sms]\n[wechat]\napp_id = "x"\n')
    for name in ("server.port", "server.demoo", "redis.url", "sms.http.key", "wechat.token", "wechat.aes_key"):
        assert name in told


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"[server]\nport = \n", "line 2, column 8"),
        (b"[server]\n[server]\n", "line 2"),
        (b"[server]\nport = 1\nport = 2\n", "line 3"),
        (b"[server]\nhost = '\xff'\n", "not UTF-8 (line 2, byte 9)"),
        (b"a = " + b"[" * 5000, "config.toml: "),
        (b"#" * (1 << 21), "larger than 1 MiB"),
    ],
)
def test_unreadable(raw: bytes, words: str) -> None:
    assert words in problems(raw)


def test_no_file_to_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a directory"):
        config.load(tmp_path)
    with pytest.raises(ConfigError, match="does not exist"):
        config.load(tmp_path / "gone.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path / "a\0b")


def test_byte_order_mark_and_windows_lines() -> None:
    assert read(b"\xef\xbb\xbf[server]\r\nport = 81\r\n").server.port == 81


def test_open_file_refused_only_when_it_holds_secrets(tmp_path: Path) -> None:
    assert "config.toml holds secrets" in problems(FULL, mode=0o644)
    assert read("[server]\nport = 81\n", mode=0o644).warnings == ()
    assert read('[database]\nurl = "postgresql://u@h/d"', mode=0o644).warnings == ()
    assert "database.url (line 2): " in problems('[database]\nurl = "postgresql://u:secret@h/d"', mode=0o644)
    assert "secrets and is open" in read(f"[server]\ndemo = true\n[wechat]\n{ACCOUNT}", mode=0o644).warnings[-1]


def test_secrets_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUZHU_TEST_KEY", STRONG)
    write(f"{STRONG}-file\n", name="key")
    assert read('[server]\nsecret_key = "env:HUZHU_TEST_KEY"\n', mode=0o644).server.secret_key == STRONG
    assert read('[server]\nsecret_key = "file:key"\n', mode=0o644).server.secret_key == f"{STRONG}-file"
    (tmp_path / "key").chmod(0o644)
    assert "key holds secrets" in problems('[server]\nsecret_key = "file:key"\n')


def test_demo_warns_where_others_refuse() -> None:
    weak = FULL.replace(f"{STRONG}t", "").replace(AES_KEY, "").replace("https://sms.example", "http://127.0.0.1:9")
    found = read(f'[server]\ndemo = true\nhost = "0.0.0.0"\nsecret_key = "weak"\n{weak}')
    told = "\n".join(found.warnings)
    for name in ("server.host", "server.secret_key", "wechat.token", "miniprogram.aes_key", "wechat.api_base"):
        assert name in told
    assert found.wechat and found.wechat.api_base == "http://127.0.0.1:9"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1:99", "localhost:80", "[::1]:80"])
def test_demo_calls_this_machine(host: str) -> None:
    assert read(f"[server]\ndemo = true\n{SMS}".replace("sms.example", host)).sms


@pytest.mark.parametrize(
    "host", ["sms.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "evil\\\\@127.0.0.1", "127.1", "[::2]"]
)
def test_demo_calls_nobody_else(host: str) -> None:
    assert "sms.http.send_url" in problems(f"[server]\ndemo = true\n{SMS}".replace("sms.example", host))
    assert "wechat.api_base" in problems(f'[server]\ndemo = true\n[wechat]\n{ACCOUNT}api_base = "https://{host}"\n')


def test_nothing_secret_is_shown() -> None:
    found = read(FULL + f'[server]\nsecret_key = "{STRONG}z"\n[database]\nurl = "postgresql://u:{STRONG}@h/d"\n')
    for shown in (repr(found), str(found), f"{found.sms!r}{found.server}{found.database}"):
        assert STRONG not in shown and AES_KEY not in shown


def _key_of(directory: Path, gate: multiprocessing.synchronize.Barrier, keys: multiprocessing.Queue[str]) -> None:
    os.chdir(directory)
    gate.wait()
    keys.put(config.load(None).server.secret_key)


def test_secret_key_is_made_once(tmp_path: Path) -> None:
    """Eight processes that start at the same moment agree on one key."""
    context = multiprocessing.get_context("fork")
    gate, keys = context.Barrier(8), context.Queue()
    children = [context.Process(target=_key_of, args=(tmp_path, gate, keys)) for _ in range(8)]
    for child in children:
        child.start()
    found = {keys.get(timeout=20) for _ in children}
    for child in children:
        child.join()
    assert len(found) == 1 and len(found.pop()) >= 48
    assert {path.name for path in (tmp_path / "var").iterdir()} == {"secret_key"}
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_secret_key_that_cannot_be_kept(tmp_path: Path) -> None:
    config.load(None)
    (tmp_path / "var" / "secret_key").write_text("")
    with pytest.raises(ConfigError, match="is damaged"):
        config.load(None)
    write("", name="taken")
    assert "server.data_dir" in problems('[server]\ndata_dir = "taken"\n')


def test_embedded_redis_is_found_by_its_socket(tmp_path: Path) -> None:
    found = config.load(None)
    (tmp_path / "var" / "redis").mkdir()
    address = tmp_path / "s"
    (tmp_path / "var" / "redis" / "socket").write_text(f"{address}\n")
    assert found.redis_url() is None
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(address))
        server.listen()
        assert found.redis_url() == f"unix://{address}"
    assert found.redis_url() is None
    assert read('[redis]\nurl = "redis://127.0.0.1:6379/0"').redis_url() == "redis://127.0.0.1:6379/0"


def test_the_example_is_the_default(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "config.example.toml").read_text("utf-8")
    found = read(text)
    assert (found.server.port, found.redis.url, found.wechat) == (8000, "embedded", None)
    named: dict[str, set[str]] = {}
    keys: set[str] = set()
    for section, key in re.findall(r"^(?:# ?)?(?:\[([a-z.]+)\]|([a-z_]+) = )", text, re.MULTILINE):
        if section:
            keys = named.setdefault(section, set())
        else:
            keys.add(key)
    assert named == {section: set(keys) for section, keys in config.TABLE.items()}


KANNEL = f'[sms.kannel]\nsecret = "{STRONG}k"\nusername = "huzhu"\npassword = "{STRONG}p"\n'
GAMMU = '[sms.gammu]\ndatabase = "sqlite:////var/lib/huzhu-sms/smsd.db"\n'


def test_every_gateway() -> None:
    found = read(f'[server]\nport = 8123\n[sms]\ngateway = "kannel"\n{KANNEL}').sms
    assert found and found.kannel and found.codes == "kannel" and found.configured() == ("kannel",)
    assert found.kannel.callback_url == "http://127.0.0.1:8123" and STRONG not in repr(found)
    found = read(f'[sms]\ngateway = "gammu"\ncodes = "kannel"\n{KANNEL}{GAMMU}').sms
    assert found and found.gammu and found.codes == "kannel" and found.configured() == ("kannel", "gammu")
    assert found.gammu.database == "sqlite:////var/lib/huzhu-sms/smsd.db"
    assert read(f'[sms]\ngateway = "gammu"\ncodes = "wechat"\n{GAMMU}[wechat]\n{ACCOUNT}').sms


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'[sms]\ngateway = "gammu"\n{GAMMU}', "sms.codes: is missing: a village dongle never carries"),
        (f'[server]\ndemo = true\n[sms]\ngateway = "gammu"\n{GAMMU}', "sms.codes: is missing"),
        (f'[sms]\ngateway = "gammu"\ncodes = "gammu"\n{GAMMU}', "sms.codes .*'gammu' cannot carry codes"),
        (f'[sms]\ngateway = "gammu"\ncodes = "wechat"\n{GAMMU}', r"sms.codes .*there is no section \[wechat\]"),
        (f'[sms]\ngateway = "gammu"\ncodes = "kannel"\n{GAMMU}', r"sms.codes .*no section \[sms.kannel\]"),
        (f'[sms]\ngateway = "gammu"\ncodes = "http"\n{GAMMU.replace("sqlite:", "x:")}', "sms.gammu.database .*like"),
        (f'[sms]\ngateway = "kannel"\n{KANNEL}secrt = "x"\n', "sms.kannel.secrt .*did you mean secret"),
        (f'[sms]\ngateway = "kannel"\n{KANNEL.replace("huzhu", "hu zhu")}', "sms.kannel.username .*only ASCII"),
        (f'[sms]\ngateway = "kannel"\n{KANNEL.replace(STRONG + "p", "short")}', "sms.kannel.password .*too short"),
    ],
)  # fmt: skip
def test_wrong_gateways_are_refused_by_name(text: str, told: str) -> None:
    assert re.search(told, problems(text))
