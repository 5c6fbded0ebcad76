"""How this domain reaches the world outside."""
