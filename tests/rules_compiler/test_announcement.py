import msgpack
import pytest

from rules_compiler.announcement import MAX_CHANGES_BYTES, Announcement, from_bytes, to_bytes


@pytest.mark.parametrize(
    "announcement",
    [
        Announcement(7),
        Announcement(8, {}),
        Announcement(9, {"01/1": b"\x01", "org/o": None}),
        Announcement(9, None, "a lineage"),
    ],
)
def test_a_message_says_what_was_announced(announcement: Announcement) -> None:
    assert from_bytes(to_bytes(announcement)) == announcement


def test_a_publisher_that_knows_no_lineages_is_understood() -> None:
    assert from_bytes(msgpack.packb((7, {"org/o": None}))) == Announcement(7, {"org/o": None})


@pytest.mark.parametrize(
    ("ours", "told", "is_foreign"),
    [("a", "a", False), ("a", "b", True), (None, "a", False), ("a", None, False)],
)
def test_only_a_lineage_that_is_known_is_foreign(
    ours: str | None,
    told: str | None,
    is_foreign: bool,
) -> None:
    assert Announcement(7, None, told).is_foreign_to(ours) is is_foreign


def test_a_large_change_set_is_announced_by_number_alone() -> None:
    large = Announcement(7, {"01/1": bytes(MAX_CHANGES_BYTES)})
    assert from_bytes(to_bytes(large)) == Announcement(7)


@pytest.mark.parametrize(
    "message",
    [b"", b"\xc1", b"7"]
    + [
        msgpack.packb(each)
        for each in (
            (1, 2),
            ("1", None),
            (1, {"org/o": 7}),
            (1, {b"org/o": b"\x01"}),
            (1, None, 7),
            (1, None, None, 1),
        )
    ],
)
def test_anything_else_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError, match="not an announcement"):
        from_bytes(message)
