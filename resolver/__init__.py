"""The edge: a request for an identifier becomes a key, the table decides, the answer leaves."""
