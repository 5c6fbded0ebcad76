"""What a brand sees of its traffic at a glance."""

from product_platform.dashboard.endpoints import router

__all__ = ["router"]
