"""Help pages in German: what typer itself writes on them, beside what the commands say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

__all__ = ["Commands"]

_Function = TypeVar("_Function", bound=Callable[..., Any])
_TITLES = {
    "ARGUMENTS_PANEL_TITLE": "Angaben",
    "OPTIONS_PANEL_TITLE": "Optionen",
    "COMMANDS_PANEL_TITLE": "Befehle",
    "DEFAULT_STRING": "[Vorgabe: {}]",
    "REQUIRED_LONG_STRING": "[nötig]",
}
_OPTIONS = "[OPTIONEN]"


class _Command(TyperCommand):
    def get_usage(self, ctx: Any) -> str:
        return _german_usage(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> Any:
        return _german_help(super().get_help_option(ctx))


class _Group(TyperGroup):
    def get_usage(self, ctx: Any) -> str:
        return _german_usage(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> Any:
        return _german_help(super().get_help_option(ctx))


class Commands(typer.Typer):
    """A group of commands whose help pages are German throughout."""

    def __init__(self, **given: Any) -> None:
        for name, text in _TITLES.items():
            setattr(rich_utils, name, text)
        super().__init__(
            cls=_Group,
            no_args_is_help=True,
            options_metavar=_OPTIONS,
            subcommand_metavar="BEFEHL …",
            pretty_exceptions_enable=False,
            **given,
        )

    def command(self, name: str | None = None, **given: Any) -> Callable[[_Function], _Function]:
        """Register a command, as :meth:`typer.Typer.command` does."""
        return super().command(name, cls=_Command, options_metavar=_OPTIONS, **given)


def _german_usage(text: str) -> str:
    return text.replace("Usage:", "Aufruf:", 1)


def _german_help(option: Any) -> Any:
    if option is not None:
        option.help = "Diese Hilfe zeigen."
    return option
