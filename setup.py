"""What `pyproject.toml` can't say: the README as a package index shows it.

There is nothing beside it there, so that pictures and links into the repository would be dead.
"""

import re
from pathlib import Path

from setuptools import setup

_ELSEWHERE = r"(?!https?:|#)[^)]*"  # a path in the repository


def by_itself(text: str) -> str:
    """Return Markdown without pictures of files, and with paths in place of links to files."""
    text = re.sub(rf"!\[[^]]*\]\({_ELSEWHERE}\)", "", text)
    text = re.sub(rf"\[\]\({_ELSEWHERE}\) ?", "", text)
    return re.sub(rf"\[([^]]+)\]\(({_ELSEWHERE})\)", _named, text)


def _named(link: re.Match[str]) -> str:
    return link[1] if link[1] == link[2] else f"{link[1]} ({link[2]})"


setup(
    long_description=by_itself(Path("README.md").read_text(encoding="utf-8")),
    long_description_content_type="text/markdown",
)
