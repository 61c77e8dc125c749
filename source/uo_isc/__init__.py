"""UO-ISC, user-oriented image semantic coding."""
