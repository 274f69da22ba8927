"""The operator's commands for the official account: its menu."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bot.channels import wechat_menu
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
        """The official account."""

    wechat.add_command(_menu(tools))
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


@contextmanager
def _api(tools: Tools, config_path: Path | None) -> Iterator[WeChatApi]:
    """WeChat's API by the configuration; whatever it refuses becomes one line."""
    services: Any = tools._services(config_path, prepared=False)
    account = services.config.wechat
    if account is None:
        raise tools.Failed("no [wechat] section in the configuration")
    api = WeChatApi(account, services.redis)
    try:
        yield api
    except (ApiError, HttpStatus, NoToken, NotSent, Lost) as error:
        raise tools.Failed(f"wechat: {error}; docs/wechat.md lists what the codes ask for") from None
    finally:
        api.close()
