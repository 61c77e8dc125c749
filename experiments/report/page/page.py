"""Joins what a page shows with its style and scripts into one file."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from string import Template

from linksim.experiments.report.page.content import Content, content
from linksim.experiments.results.drawable import Drawable
from linksim.experiments.text_out import page_text

_SCRIPTS = ("dom", "state", "axes", "chart", "pictures", "about", "page")
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_MOST_TITLE = 90


def render(sweeps: Mapping[str, Drawable]) -> str:
    """Return a page of some sweeps and curves of links, by label, as HTML."""
    labels = ", ".join(page_text(label) for label in sweeps)
    short = labels if len(labels) <= _MOST_TITLE else f"{len(sweeps)} curves"
    return render_content(content(sweeps), f"{short} against Es/N0")


def render_content(content: Content, title: str) -> str:
    """Return a page as HTML.

    Everything is in it, and its policy forbids the browser to fetch anything or to run any script
    but the one that linksim ships, whose digest it names.

    Args:
        content: what it shows, as `linksim.experiments.report.page.content` makes it of sweeps.
        title: of the page.
    """
    script = "(() => {\n'use strict';\n" + "".join(_part(f"{s}.js") for s in _SCRIPTS) + "})();\n"
    style = _part("style.css")
    data = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return Template(_part("page.html")).substitute(
        policy=_policy(script, style),
        title=html.escape(title),
        style=style,
        data=data.translate(_ESCAPES),
        script=script,
        made=html.escape(f"Made by linksim {version('semantic-linksim')}."),
    )


def _part(name: str) -> str:
    return files("linksim.experiments.report.page").joinpath(name).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    """Return a Content-Security-Policy for a page with this script and this style alone."""
    return (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"script-src {_digest(script)}; style-src {_digest(style)}"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
