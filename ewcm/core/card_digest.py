"""The digest by which a model card shows that it was changed since it was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

#: The name under which a card holds it.
KEY = "content_sha256"


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of what a card says, whatever the order and the blanks of its text."""
    content_alone = {name: value for name, value in content.items() if name != KEY}
    text = json.dumps(content_alone, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def is_changed(content: Mapping[str, Any]) -> bool:
    """Whether a card holds the digest of something else than what it says, or none: every card is written with one."""
    return content.get(KEY) != digest_of(content)
