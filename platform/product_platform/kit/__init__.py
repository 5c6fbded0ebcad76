"""What every domain may use: time, ids, the database, errors, HTTP, permissions, paging.

The kit knows no domain. Its modules are imported one by one, by name.
"""
