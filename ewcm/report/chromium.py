"""A page as PDF, by the print of a Chromium or Chrome that is installed. None is downloaded; nothing is asked of a network."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

#: Names under which they are found, in the order of preference.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge")

#: Where they are on systems that do not put programs on the path.
_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)

#: Without a window, and with nothing that calls home.
OFFLINE_ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)


class NoPdfError(Exception):
    """There is no document. ``code``: why (``no_chromium``, ``pdf_late``, ``pdf_failed``, ``pdf_pages``), with its ``values``."""

    def __init__(self, code: str, **values: float) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def find_chromium() -> str | None:
    """The program, or None where there is none."""
    found = next((path for path in map(shutil.which, _NAMES) if path), None)
    return found or next((path for path in _PLACES if Path(path).is_file()), None)


def print_pdf(page: Path, pdf: Path, pages: int, seconds: float) -> None:
    """Print a page into ``pdf`` as it is when it has loaded.

    Raises :class:`NoPdfError` and leaves no file where there is no browser, where it takes longer than ``seconds``, and where the
    document does not have so many ``pages``.
    """
    browser = find_chromium()
    if browser is None:
        raise NoPdfError("no_chromium")
    try:
        with tempfile.TemporaryDirectory(prefix="ewcm-print-", ignore_cleanup_errors=True) as profile:
            _run(_command(browser, page, pdf, profile), seconds)
        found = _pages(pdf) if pdf.is_file() else 0
        if not found:
            raise NoPdfError("pdf_failed")
        if found != pages:
            raise NoPdfError("pdf_pages", found=found, wanted=pages)
    except NoPdfError:
        pdf.unlink(missing_ok=True)
        raise


def _command(browser: str, page: Path, pdf: Path, profile: str) -> list[str]:
    # Chromium's sandbox refuses to start for the administrator; the page that it opens is the engine's own.
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        browser,
        *OFFLINE_ARGUMENTS,
        *root,
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--no-pdf-header-footer",
        f"--user-data-dir={profile}",
        f"--print-to-pdf={pdf.resolve()}",
        page.resolve().as_uri(),
    ]


def _run(command: list[str], seconds: float) -> None:
    """Run a program in a group of processes of its own, and end all of them when its time is over."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        raise NoPdfError("pdf_failed") from None
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise NoPdfError("pdf_late", seconds=seconds) from None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _pages(pdf: Path) -> int:
    """How many pages a document of Chromium's has, of which the objects of pages are not compressed; 0 for none that is whole."""
    content = pdf.read_bytes()
    if not content.startswith(b"%PDF") or b"%%EOF" not in content[-1024:]:
        return 0
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", content))
