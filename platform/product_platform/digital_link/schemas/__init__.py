"""What goes over the wire of this domain, a file for each question."""
