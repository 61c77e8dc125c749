"""DeepJSCC: a picture straight to channel symbols and back, by two small networks."""
