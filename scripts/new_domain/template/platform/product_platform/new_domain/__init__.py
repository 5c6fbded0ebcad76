"""New domain: one sentence says what it is about."""

from product_platform.new_domain.endpoints import router

__all__ = ["router"]
