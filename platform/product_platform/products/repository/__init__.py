"""Every query about products, what is said of them, and their codes."""
