"""A question in front of a still picture codec: what nobody asked about gets few bits."""
