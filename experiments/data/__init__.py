"""What is sent: pictures with their questions, drawn or from files."""
