"""Still picture formats as codecs: a whole file is sent, and read with care when it is damaged."""
