"""A headless Chromium, taken from the machine and never downloaded."""

import shutil
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from ewcm.report.chromium import OFFLINE_ARGUMENTS, find_chromium

#: What its own print has, and the size of the window; the tests may run as root, for which the sandbox refuses to start.
ARGUMENTS = (*OFFLINE_ARGUMENTS, "--no-sandbox", "--disable-quic", "--window-size=1280,800")


class NoBrowser(Exception):
    """There is no Chromium on this machine, or it does not start."""


def start_chromium(profile: Path) -> webdriver.Chrome:
    """A Chromium with an empty profile. Its performance log holds every request; its browser log every script error.

    Raises NoBrowser with the reason.
    """
    browser, driver = find_chromium(), shutil.which("chromedriver")
    if browser is None or driver is None:
        raise NoBrowser("there is no chromium" if browser is None else "there is no chromedriver")
    options = Options()
    options.binary_location = browser
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        return webdriver.Chrome(options=options, service=Service(executable_path=driver))
    except WebDriverException as error:
        raise NoBrowser(f"chromium does not start ({str(error.msg).splitlines()[0]})") from error
