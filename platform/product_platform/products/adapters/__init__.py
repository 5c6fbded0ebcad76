"""How this domain hears of others."""
