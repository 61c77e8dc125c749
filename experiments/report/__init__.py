"""A page of results that opens anywhere: one HTML file, which asks the network for nothing."""
