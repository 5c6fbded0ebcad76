"""The reference of the API for people: every domain with its operations, to read and to try."""

from admin_api.reference.routes import create_reference_routes

__all__ = ["create_reference_routes"]
