"""A call that cannot be understood: what is wrong with it, in German."""

from __future__ import annotations

import re

import typer

__all__ = ["WrongCallError", "sentence_about"]

# The public exception's base is what any call raises that cannot be understood.
WrongCallError: type[Exception] = typer.BadParameter.__mro__[1]


def sentence_about(error: Exception) -> str:
    """Say in German what is wrong with a call, and where the help is."""
    context = getattr(error, "ctx", None)
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, str(context.info_name))
        context = context.parent
    path = " ".join(["grader", *names])
    kind, parameter = type(error).__name__, getattr(error, "param", None)
    named = parameter.opts[0] if parameter and parameter.opts[0].startswith("-") else ""
    unknown = re.search(r"No such command '(.*?)'", str(error))
    if kind == "NoSuchOption":
        near = ", ".join(sorted(getattr(error, "possibilities", None) or []))
        what = f"Die Option {getattr(error, 'option_name', '')} gibt es nicht"
        what += f" (ähnlich: {near})" if near else ""
    elif unknown:
        what = f"Den Befehl {unknown[1]} gibt es nicht"
    elif kind == "MissingParameter" and parameter:
        what = f"Es fehlt die Angabe {named or parameter.metavar or str(parameter.name).upper()}"
    elif named:
        what = f"Der Wert für {named} ist nicht zulässig"
    else:
        what = f"Der Aufruf ist nicht zu verstehen ({error})"
    return f"{what}. Hilfe zeigt: {path} --help"
