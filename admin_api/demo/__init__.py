"""Two made-up companies to try Signpost with, and five URLs that show what it does.

Each file of lines is a catalogue as `signpost import` reads it: an organization with its brands,
products, lots, serials, targets and rules. `admin_api.demo.seed` loads them; it stands apart,
because it brings the domains with it, and printing the URLs does not need them.
"""

from admin_api.demo.urls import DEMO_URLS, DemoUrl

__all__ = ["DEMO_URLS", "DemoUrl"]
