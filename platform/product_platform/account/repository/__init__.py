"""Every query about accounts."""
