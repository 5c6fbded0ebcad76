"""All queries of this domain; every one that reads for a caller is bound to an organization."""
