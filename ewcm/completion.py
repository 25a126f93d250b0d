"""Completion of commands, options, countries and files in a shell, from the parser itself, so that it has every command."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import argcomplete
from argcomplete.completers import ChoicesCompleter, DirectoriesCompleter, FilesCompleter

from ewcm.countries import countries


def script(shell: str) -> str:
    """What a shell runs at its start, so that it asks this program."""
    return str(argcomplete.shellcode(["ewcm"], shell=shell)).rstrip("\n") + "\n"


def answer(parser: argparse.ArgumentParser) -> None:
    """Tell the shell that has asked what may come next, and end the process."""
    action: Any  # argcomplete gives actions a completer
    for action in _actions(parser):
        if action.dest == "iso3":
            action.completer = ChoicesCompleter({entry.iso3: entry.name for entry in countries()})
        elif action.type is Path:
            of_folders = action.metavar == "DIR"
            action.completer = DirectoriesCompleter() if of_folders else FilesCompleter()
    argcomplete.autocomplete(parser, always_complete_options="long")


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every argument of a parser and of the commands below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from _actions(each)
