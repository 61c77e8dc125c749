"""What a script calls, and the command line reads text for: objects in, objects out."""
