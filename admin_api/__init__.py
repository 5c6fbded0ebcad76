"""Composes the domains and the edge into processes: wiring, authentication, the command line."""
