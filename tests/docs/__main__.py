"""Write what is generated of the pages in `docs/` again: `python -m tests.docs`."""

from tests.docs.pages import PAGES, fill

for page in PAGES:
    page.write_text(fill(page.read_text("utf-8")), "utf-8")
