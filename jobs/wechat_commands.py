"""The operator's commands for the official account and the mini-program: the menu, the codes to hang up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bot.channels import wechat_codes, wechat_menu
from bot.channels.line import Lost, NotSent
from bot.channels.wechat_api import ApiError, HttpStatus, WeChatApi
from bot.channels.wechat_token import NoToken

from .books_commands import Tools


def add(main: click.Group, tools: Tools) -> None:
    """Hang every command of this file into the command line."""
    main.add_command(_wechat(tools))


def _wechat(tools: Tools) -> click.Group:
    @click.group("wechat")
    def wechat() -> None:
        """The official account and the mini-program."""

    wechat.add_command(_menu(tools))
    wechat.add_command(_code(tools))
    return wechat


def _menu(tools: Tools) -> click.Command:
    @click.command("menu")
    @click.option("--show", is_flag=True, help="Show the menu that followers see now.")
    @click.option("--remove", is_flag=True, help="Take the menu away.")
    @tools._command
    def menu(show: bool, remove: bool, config_path: Path | None, as_json: bool) -> None:
        """Put the menu of texts.toml into the official account, or show or remove what is there."""
        if show and remove:
            raise click.UsageError("--show or --remove, not both")
        with _api(tools, config_path) as api:
            if remove:
                wechat_menu.remove(api)
            elif not show:
                wechat_menu.install(api)
            there = wechat_menu.installed(api)
        if as_json:
            tools._print_json({"button": there})
            return
        for button in there:
            click.echo(button["name"])
            for one in button.get("sub_button", []):
                click.echo(f"  {one['name']}")
        if not there:
            click.echo("no menu")

    return menu


def _code(tools: Tools) -> click.Command:
    @click.command("code")
    @click.argument("society")
    @click.option("--page", default="", help="The mini-program's code instead, opening this page (pages/index/index).")
    @click.option("-o", "out", type=click.Path(path_type=Path, dir_okay=False), help="Where its picture goes.")
    @tools._command
    def code(society: str, page: str, out: Path | None, config_path: Path | None, as_json: bool) -> None:
        """The code to hang up in a village: who scans it is greeted by its fund."""
        if bool(page) != bool(out):
            raise click.UsageError("--page and -o belong together; without them it is the official account's code")
        with _api(tools, config_path, "miniprogram" if page else "wechat") as api:
            try:
                if out is not None:
                    out.write_bytes(wechat_codes.of_miniprogram(api, society, page))
                told = {"file": str(out)} if out else {"picture": wechat_codes.official(api, society)}
            except ValueError as wrong:
                raise tools.Failed(str(wrong)) from None
            except OSError as error:
                raise tools.Failed(f"{out} cannot be written: {error.strerror}") from None
        if as_json:
            tools._print_json({"society": society, **told})
        else:
            click.echo(f"{society}: {next(iter(told.values()))}")

    return code


@contextmanager
def _api(tools: Tools, config_path: Path | None, section: str = "wechat") -> Iterator[WeChatApi]:
    """WeChat's API by the configuration; whatever it refuses becomes one line."""
    services: Any = tools._services(config_path, prepared=False)
    account = getattr(services.config, section)
    if account is None:
        raise tools.Failed(f"no [{section}] section in the configuration")
    api = WeChatApi(account, services.redis)
    try:
        yield api
    except (ApiError, HttpStatus, NoToken, NotSent, Lost) as error:
        raise tools.Failed(f"wechat: {error}; docs/wechat.md lists what the codes ask for") from None
    finally:
        api.close()
