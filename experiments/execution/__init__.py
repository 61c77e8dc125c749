"""How a sweep's work is done: in this process, on worker processes, or on a cluster."""
