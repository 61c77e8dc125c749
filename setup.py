"""What `pyproject.toml` can't say: the README as an index shows it, and the tree of links.

There is nothing beside the README there, so that pictures and links into the repository would be
dead. Source archives hold no links, which an editable install needs.
"""

import re
from pathlib import Path

from setuptools import setup
from setuptools.command.editable_wheel import editable_wheel

_ELSEWHERE = r"(?!https?:|#)[^)]*"  # a path in the repository


def by_itself(text: str) -> str:
    """Return Markdown without pictures of files, and with paths in place of links to files."""
    text = re.sub(rf"!\[[^]]*\]\({_ELSEWHERE}\)", "", text)
    text = re.sub(rf"\[\]\({_ELSEWHERE}\) ?", "", text)
    return re.sub(rf"\[([^]]+)\]\(({_ELSEWHERE})\)", _named, text)


def _named(link: re.Match[str]) -> str:
    return link[1] if link[1] == link[2] else f"{link[1]} ({link[2]})"


class EditableWheel(editable_wheel):
    """An editable install, which makes the tree of links where it is not there."""

    def run(self) -> None:
        tree = Path(".static", "linksim")
        if not tree.exists():
            tree.mkdir(parents=True)
            front = [path for path in Path("face").iterdir() if path.is_file()]
            for path in (*front, *map(Path, ("phy", "source", "link", "experiments"))):
                there = Path("..", "..", path)
                (tree / path.name).symlink_to(there, target_is_directory=path.is_dir())
        super().run()


setup(
    cmdclass={"editable_wheel": EditableWheel},
    long_description=by_itself(Path("README.md").read_text(encoding="utf-8")),
    long_description_content_type="text/markdown",
)
