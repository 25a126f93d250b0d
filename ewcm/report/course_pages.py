"""Pages of the course: slides, exercise sheets, answers, and where to begin. Plain HTML without a script."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from ewcm.report.webmap.page import RIGHT_TO_LEFT, template

#: Halves of the course, in their order.
HALVES = ("regulators", "analysts")


def slides_page(words: Mapping[str, Any], language: str) -> str:
    """The slides of both halves, one below the other; on paper one a page."""
    parts = []
    for half in HALVES:
        level = "h1" if half == HALVES[0] else "h2"
        title = (
            f"<{level}>{_text(words[half]['title'])}</{level}><p>{_text(words['title'])} · {_text(words['made'])}</p>"
        )
        parts.append(f'<section class="slide first">{title}</section>')
        slides = words[half]["slides"]
        for number, slide in enumerate(slides, 1):
            points = "".join(f"<li>{_text(point)}</li>" for point in slide["points"])
            head = f"<h2>{_text(slide['title'])}</h2>"
            parts.append(f'<section class="slide">{head}<ul>{points}</ul><p>{number} / {len(slides)}</p></section>')
    return _page(words["slides"], words, language, "".join(parts), wide=True)


def sheets_page(words: Mapping[str, Any], language: str, figures: Mapping[str, str] | None = None) -> str:
    """The exercises of both halves, with lines to write on; with ``figures`` the answers in their place."""
    title = words["sheets"] if figures is None else words["answers"]
    parts = [f"<h1>{_text(title)}</h1>", f'<p class="made">{_text(words["made"])}</p>']
    for half in HALVES:
        parts.append(f"<h2>{_text(words[half]['title'])}</h2>")
        for number, task in enumerate(words[half]["exercises"], 1):
            heading = f"<h3>{_text(words['exercise'].format(number=number))}</h3>"
            below = '<div class="lines"></div>'
            if figures is not None:
                answer = task["answer"].format_map(figures)
                below = f'<p class="answer"><strong>{_text(words["answer"])}</strong><br>{_text(answer)}</p>'
            parts.append(f'<section class="task">{heading}{_question(task["question"])}{below}</section>')
    return _page(title, words, language, "".join(parts))


def start_page(words: Mapping[str, Mapping[str, Any]], pages: Sequence[tuple[str, str]], first: str = "en") -> str:
    """Where to begin: in every language what there is, with links to the files beside the page.

    ``pages``: file and key of the words of each map.
    """
    sections = []
    for language, own in words.items():
        links = [(f"{kind}-{language}.html", own[kind]) for kind in ("slides", "sheets")]
        links += [(f"{path}#lang={language}", own[key]) for path, key in pages] + [("files/", own["files"])]
        items = "".join(f'<li><a href="{html.escape(path)}">{_text(text)}</a></li>' for path, text in links)
        sections.append(
            f'<section lang="{language}" dir="{_direction(language)}"><h2>{_text(own["title"])}</h2><p>{_text(own["start"])}</p>'
            f"<ul>{items}</ul><p>{_text(own['made'])}</p></section>"
        )
    title = words[first]["title"]
    body = f'<h1>{_text(title)}</h1><div class="languages">{"".join(sections)}</div>'
    return _page(title, words[first], first, body)


def _question(text: str) -> str:
    """Lines of a question; what is typed into a terminal stands by itself."""
    tag = {True: "pre", False: "p"}
    lines = [(tag[line.startswith("ewcm ")], _text(line)) for line in text.split("\n")]
    return "".join(f"<{name}>{line}</{name}>" for name, line in lines)


def _page(title: str, words: Mapping[str, Any], language: str, body: str, wide: bool = False) -> str:
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{_text(title)} · {_text(words['title'])}</title><style>{template('course.css')}</style>"
    )
    kind = ' class="wide"' if wide else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{language}" dir="{_direction(language)}"><head>{head}</head>'
        f"<body><main{kind}>{body}</main></body></html>\n"
    )


def _direction(language: str) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def _text(text: str) -> str:
    return html.escape(text)
