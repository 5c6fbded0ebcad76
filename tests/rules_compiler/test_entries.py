"""Entries as rows of primitives, in whatever format they were written."""

from rules_compiler.entries import Arm, Entry, Place, pack_entry, unpack_entry
from rules_compiler.templates import compile_template
from rules_compiler.windows import Schedule

URL = "https://example.com/{gtin}"
EVENING = Schedule(zone="Europe/Berlin", start_second=61_200)

BARE = Entry("one", "PRODUCT", None, "https://example.com", None, None, (), None, (), None, None)
FULL = BARE._replace(
    url=URL,
    template=compile_template(URL),
    place=Place(("ca",), (), ("québec",)),
    schedule=EVENING,
    arm=Arm(2, 30),
)


class TestUnpackEntry:
    def test_a_bare_entry_survives_packing(self):
        assert unpack_entry(tuple(pack_entry(BARE))) == BARE

    def test_all_parts_survive_packing(self):
        assert unpack_entry(tuple(pack_entry(FULL))) == FULL

    def test_a_row_of_the_first_format_has_no_arm(self):
        assert unpack_entry(tuple(pack_entry(FULL))[:-1]) == FULL._replace(arm=None)
