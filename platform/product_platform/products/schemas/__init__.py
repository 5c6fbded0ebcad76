"""What goes over the wire about products, their claims, their content and their codes."""
