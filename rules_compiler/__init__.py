"""Turn the rules that brands write into frozen decision tables, and answer from them.

Everything here is pure: no clock, no network, no framework, and no disk but time-zone data.
"""
