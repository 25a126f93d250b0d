"""One HTML file with everything inside: the page that the map, the atlas and the answers to questions share.

Leaflet comes from the package ``xstatic-leaflet`` and is written into the file, so that nothing is ever fetched. Two rules keep
the names of inputs from becoming code:

* data enters the page once, as JSON in which ``<``, ``>``, ``&`` and the two line separators of JavaScript are escaped,
  and the page writes it with ``textContent`` only;
* text that is not a template never passes through one.

A content security policy in the page allows its own script by hash and nothing else, and no request at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup
from xstatic.pkg import leaflet

from ewcm.core.texts import caveat_texts
from ewcm.countries import LANGUAGES

#: Languages that are written from right to left.
RIGHT_TO_LEFT = ("ar",)

_ESCAPES = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def to_json(value: object) -> str:
    """JSON that is safe inside a ``<script>`` element: no character in it can end the element or the line."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    # Half of a surrogate pair, which no UTF-8 file can hold, becomes a question mark.
    return text.encode("utf-8", "replace").decode("utf-8")


def _spaced(text: str, language: str) -> str:
    """A text as its language sets it: French has a space before signs of two parts and within its quotation marks, at which no
    line may end."""
    return re.sub(r" (?=[:;?!»])|(?<=«) ", "\u00a0", text) if language == "fr" else text


@cache
def page_words() -> dict[str, dict[str, object]]:
    """The strings of every language, by language code and then by key: those of ``languages/en.json`` and of
    ``languages/training.en.json``."""
    folder = resources.files("ewcm.report.webmap").joinpath("languages")
    found: dict[str, dict[str, object]] = {}
    for code in LANGUAGES:
        files = (folder.joinpath(name) for name in (f"{code}.json", f"training.{code}.json"))
        found[code] = {
            key: _spaced(text, code)
            for path in files
            for key, text in json.loads(path.read_text(encoding="utf-8")).items()
        }
    return found


@cache
def strings() -> dict[str, dict[str, object]]:
    """The same with the caveats of a run, told by a ``caveat_`` of the page where it has one: its readers have no terminal."""
    return {
        code: {**{f"caveat_{caveat}": _spaced(text, code) for caveat, text in caveat_texts(code).items()}, **own}
        for code, own in page_words().items()
    }


#: What stands first on the page of an answer (a plan, a comparison, an alert), whose strings have its ``answer_title``.
ANSWER_HEAD = "answer_head.html"


def template(name: str) -> str:
    """The text of a file of ``templates/``."""
    return resources.files("ewcm.report.webmap").joinpath("templates", name).read_text(encoding="utf-8")


def _leaflet(name: str) -> str:
    """A file of Leaflet without its references to files beside it (source maps, images of controls not used here)."""
    text = (Path(leaflet.BASE_DIR) / name).read_text(encoding="utf-8")
    text = re.sub(r"//# sourceMappingURL=\S*", "", text)
    return re.sub(r"url\(images/[^)]*\)", "none", text)


def _direction(language: str) -> str:
    """How a language is written, as HTML says it."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def _without_script(language: str, figures_in: Sequence[str]) -> list[dict[str, str]]:
    """What a browser without scripts shows: where the figures are, first in the language of the page. It cannot be changed."""
    return [
        {
            "language": code,
            "direction": _direction(code),
            "text": str(page_words()[code]["without_script"]).replace("{files}", ", ".join(figures_in)),
        }
        for code in dict.fromkeys((language, *LANGUAGES))
    ]


class Page:
    """The whole file: policy, styles, body, data, and one script with a hash.

    ``body``: a file of ``templates/``, or several, one after another. ``map_script``: makes the map of the page,
    :func:`ewcm.report.webmap.offline_map.map_script`'s; without it one of ``scripts`` makes it. ``figures_in``: the files that
    hold the same figures, for a browser whose scripts are switched off.
    """

    def __init__(
        self,
        *,
        title: str,
        language: str,
        body: str | Sequence[str],
        styles: list[str],
        scripts: list[str],
        data: object,
        figures_in: Sequence[str],
        map_script: str = "",
    ) -> None:
        self.title = title
        self.language = language
        self.direction = _direction(language)
        self.without_script = _without_script(language, figures_in)
        self.styles = [_leaflet("leaflet.css"), *map(template, styles)]
        self.body = "".join(map(template, [body] if isinstance(body, str) else body))
        self.data = to_json(data)
        self._scripts = scripts
        self._map_script = map_script

    def render(self) -> str:
        """The text of the file."""
        code = "\n".join(template(name) for name in self._scripts)
        # The map is made first; what follows fills it. One function keeps every name out of the global scope.
        script = "\n".join([_leaflet("leaflet.js"), "(() => {", '"use strict";', self._map_script, code, "})();"])
        digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
        page = Environment(autoescape=True).from_string(template("page.html"))
        parts = {name: Markup(text) for name, text in {"body": self.body, "data": self.data, "script": script}.items()}
        return page.render(this=self, digest=digest, styles=[Markup(style) for style in self.styles], **parts)
