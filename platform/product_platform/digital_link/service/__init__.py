"""What this domain does, one module a use case."""
