"""What each channel code can do and how it is made, a file per code; see `linksim.phy.codes`."""
