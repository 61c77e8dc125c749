"""``python -m linksim``, the same as ``linksim``."""

from linksim.experiments.cli.main import main

main()
