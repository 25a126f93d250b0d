"""The reference of the command line, from its parser."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

_EXIT = """## Exit status

| status | of | meaning |
|---|---|---|
| 0 | every command | all was done |
| 1 | `batch` | a country is not published as it should be |
| 1 | `check --strict` | there is something to doubt |
| 1 | every command | all was done, and could not be said (standard output is full or closed) |
| 2 | every command | something is to be mended: one line on standard error says what, and how |
| 3 | `fetch` | something that was asked for did not come |
| 130 | every command | Ctrl-C; a batch prints what became of each country, and the same command goes on |
| 128 + n | every command | ended by signal n (143: TERM); nothing is left half done |
"""


def commands(parser: argparse.ArgumentParser) -> str:
    """A heading and a table of arguments for each command, and what the exit status means."""
    parts = [
        "# Command line\n\nMade from the code by `make docs`. The same options work in every command that has them; "
        "`ewcm COMMAND --help` prints this at the terminal.\n"
    ]
    return "\n".join([*parts, *_below(parser, "ewcm"), _EXIT])


def _below(parser: argparse.ArgumentParser, name: str) -> Iterator[str]:
    """The commands of a parser, those below a command under its name."""
    for below in parser._actions:
        if not isinstance(below, argparse._SubParsersAction):
            continue
        helps = {choice.dest: choice.help or "" for choice in below._choices_actions}
        for word, command in below.choices.items():
            rows = [f"| `{_call(action)}` | {_plain(action)} |" for action in _arguments(command)]
            table = "| argument | meaning |\n|---|---|\n" + "\n".join(rows) + "\n" if rows else ""
            yield f"## {name} {word}\n\n{_sentence(helps[word])}\n\n{table}"
            yield from _below(command, f"{name} {word}")


def _arguments(command: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in command._actions:
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            yield action


def _call(action: argparse.Action) -> str:
    value = ",".join(map(str, action.choices)) if action.choices else str(action.metavar or action.dest.upper())
    if not action.option_strings:
        return {"*": f"[{value} …]", "+": f"{value} …", "?": f"[{value}]"}.get(str(action.nargs), value)
    flags = ", ".join(action.option_strings)
    return flags if action.nargs == 0 else f"{flags} {value}"


def _plain(action: argparse.Action) -> str:
    return re.sub(r"[|<>]", lambda sign: f"\\{sign[0]}", action.help or "")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""
