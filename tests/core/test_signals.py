"""A command that is asked to end ends so, whatever a library makes of the exception that the signal raises."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

#: Commands that get a signal of their own, run one after the other; each says that it cleaned up, and the status is printed.
SCRIPT = """
import ctypes, json, os, signal, sys
from pathlib import Path
from ewcm import cli
from ewcm.core.signals import end_if_asked
from ewcm.errors import InputError

MODULE = '''
import os, time
loaded = False
try:
    os.kill(os.getpid(), %d)
    time.sleep(0.01)
except BaseException:
    raise TypeError("type is not subscriptable")
loaded = True
'''

def turned_into(error):
    def command(options):
        try:
            os.kill(os.getpid(), number)
        except BaseException:
            raise error
    return command

def lost(options):
    try:
        os.kill(os.getpid(), number)
    except BaseException:
        pass
    return 0

def noticed_late(options):
    lost(options)
    for _ in range(2):
        try:
            raise ValueError("what a library made of it")
        except Exception:
            end_if_asked()
    return 0

def importing(options):
    try:
        import tripping
        assert tripping.loaded
        signal.sigtimedwait([], 5)  # the end of the command comes in the meantime
        return 0
    finally:
        print("cleaned up", file=sys.stderr)

def called_back(options):
    ctypes.CFUNCTYPE(None)(lambda: os.kill(os.getpid(), number))()
    signal.sigtimedwait([], 5)
    return 0

def loading_kernels(options):
    text = "import os; os.kill(os.getpid(), number); where.append('whole')"
    where = []
    try:
        exec(compile(text, os.path.join("", "x", "llvmlite", "binding", "ffi.py"), "exec"), {"number": number, "where": where})
    finally:
        assert where == ["whole"]
    signal.sigtimedwait([], 5)
    return 0

commands = {
    "called back": called_back, "loading kernels": loading_kernels, "importing": importing,
    "an error": turned_into(TypeError("x")), "a mistake": turned_into(InputError("x")), "lost": lost,
    "noticed late": noticed_late,
}
found = {}
for name in sys.argv[2:]:
    number = getattr(signal, name)
    Path(sys.argv[1], "tripping.py").write_text(MODULE % number)
    sys.modules.pop("tripping", None)
    for what, command in commands.items():
        cli._countries = command
        try:
            status = cli.main(["countries"])
        except SystemExit as end:
            status = end.code
        found[f"{name} {what}"] = status
        assert signal.getsignal(number) == (signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> tuple[dict[str, int], str]:
    """The exit status of each command, by its signal, and what all of them said."""
    folder = tmp_path_factory.mktemp("signals")
    process = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT, str(folder), "SIGTERM", "SIGHUP", "SIGINT"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(folder)])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        # A test run in the background of a shell ignores signals, and so would its children.
        preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in (1, 2, 15)],
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout), process.stderr


@pytest.mark.parametrize(
    "what", ["importing", "called back", "loading kernels", "an error", "a mistake", "lost", "noticed late"]
)
def test_a_signal_ends_a_command_whatever_a_library_makes_of_it(found, what):
    """It was a TypeError with a traceback and 1 in a module in C that was being imported, a crash of the process where LLVM was
    loading compiled kernels, a file that "cannot be read" and 2 in a library, and nothing at all where a library swallowed it."""
    statuses, said = found
    assert (statuses[f"SIGTERM {what}"], statuses[f"SIGHUP {what}"]) == (143, 129)
    assert "Traceback" not in said and "Exception" not in said


def test_ctrl_c_does_the_same_and_leaves_to_the_command_how_it_ends(found):
    """A batch shows its table first."""
    statuses, said = found
    assert [statuses[f"SIGINT {what}"] for what in ("importing", "called back", "loading kernels")] == [130] * 3
    assert [statuses[f"SIGINT {what}"] for what in ("an error", "noticed late")] == [130] * 2
    assert (statuses["SIGINT a mistake"], statuses["SIGINT lost"]) == (2, 0)
    assert said.splitlines().count("cleaned up") == 3 and said.splitlines().count("ewcm: stopped") == 5
