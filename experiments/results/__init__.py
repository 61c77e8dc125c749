"""What was measured: figures, intervals, and the files that hold them."""
