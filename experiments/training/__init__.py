"""Training of every weight that linksim ships."""
