"""Two made-up companies to try Signpost with, and five links that show what it does.

Each file of lines is a catalogue as `signpost import` reads it: an organization with its brands,
products, lots, serials, targets and rules.
"""

from admin_api.demo.links import DEMO_LINKS, DemoLink
from admin_api.demo.seed import seed

__all__ = ["DEMO_LINKS", "DemoLink", "seed"]
