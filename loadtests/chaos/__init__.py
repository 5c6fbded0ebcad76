"""Kills, cuts and lies, done to a whole installation while shoppers ask it and brands edit it."""
