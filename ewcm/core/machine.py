"""What tells this machine, as it runs now, from every other one."""

from __future__ import annotations

import socket
import uuid
from pathlib import Path

#: Of Linux: a number that is drawn anew whenever the system starts (proc(5)).
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def running_machine() -> str:
    """A text that processes of one running machine share and no other machine has. On Linux a restart changes it as well; other
    systems keep no such number, and their host name and network address stand for them."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return f"{socket.gethostname()}/{uuid.getnode():012x}"
