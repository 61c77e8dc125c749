"""How fast linksim is, always as ratios within one run."""
