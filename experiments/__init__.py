"""Experiments: Monte-Carlo sweeps, training runs, metrics, results, plots and the command line."""

if __name__ == "experiments":
    raise ImportError("import linksim.experiments, not experiments: this folder is part of linksim")
