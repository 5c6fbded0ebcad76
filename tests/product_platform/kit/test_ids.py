from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, ValidationError

from product_platform.kit.ids import (
    CanonicalId,
    MalformedIdError,
    Nanoid,
    NanoidsTakenError,
    ShortId,
    from_short,
    insert_named,
    make_nanoid,
    to_short,
)

VECTORS = [
    ("00000000-0000-0000-0000-000000000001", "2222222222222222222223"),
    ("6f1c1d3e-8a57-4f0b-9c52-2b7e4d9a1c30", "MmpnTEBdVLAJ37kqiqxFZU"),
    ("ffffffff-ffff-ffff-ffff-ffffffffffff", "oZEq7ovRbLq6UnGMPwc8B5"),
]


class Thing(BaseModel):
    id: ShortId


class TestToShort:
    @pytest.mark.parametrize(("canonical", "short"), VECTORS)
    def test_is_base_57_padded_to_22_characters(self, canonical, short):
        assert to_short(UUID(canonical)) == short


class TestFromShort:
    @pytest.mark.parametrize(("canonical", "short"), VECTORS)
    def test_reads_both_forms(self, canonical, short):
        assert from_short(short) == from_short(canonical) == from_short(canonical.upper()) == UUID(canonical)

    def test_is_the_inverse_of_to_short(self):
        ids = [uuid4() for _ in range(100)]
        assert [from_short(to_short(id_)) for id_ in ids] == ids

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "2" * 21,
            "2" * 23,
            "O" * 22,  # looks like a zero, so it is not in the alphabet
            "oZEq7ovRbLq6UnGMPwc8B6",  # one above the largest UUID
            "z" * 22,
            "2222222222222222222223\n",
            "00000000000000000000000000000001",
            "{00000000-0000-0000-0000-000000000001}",
        ],
    )
    def test_refuses_anything_else(self, text):
        with pytest.raises(MalformedIdError):
            from_short(text)


class TestShortId:
    def test_is_a_uuid_inside_and_short_outside(self):
        thing = Thing.model_validate({"id": VECTORS[0][0]})
        assert thing.id == UUID(VECTORS[0][0])
        assert thing.model_dump() == {"id": thing.id}
        assert thing.model_dump_json() == '{"id":"2222222222222222222223"}'

    @pytest.mark.parametrize("value", ["x", 1, None])
    def test_refuses_what_is_none(self, value):
        with pytest.raises(ValidationError):
            Thing.model_validate({"id": value})


class Notification(BaseModel):
    id: CanonicalId
    short_id: Nanoid = "acegacegaceg"


class TestCanonicalId:
    @pytest.mark.parametrize(("canonical", "short"), VECTORS)
    def test_both_forms_come_in_and_the_canonical_goes_out(self, canonical, short):
        for text in (canonical, canonical.upper(), short):
            assert Notification(id=text).model_dump(mode="json")["id"] == canonical


class TestNanoid:
    def test_has_12_characters_without_look_alikes(self):
        names = [make_nanoid() for _ in range(100)]
        assert len(set(names)) == 100
        assert {len(name) for name in names} == {12}
        assert set("".join(names)) == set("aceghjkpqrtwxy346789")
        assert all(Notification(id=uuid4(), short_id=name) for name in names)

    @pytest.mark.parametrize("name", ["", "a" * 11, "a" * 13, "b" * 12, "A" * 12])
    def test_anything_else_is_none(self, name):
        with pytest.raises(ValidationError):
            Notification(id=uuid4(), short_id=name)


class TestInsertNamed:
    async def test_a_taken_name_is_followed_by_another(self):
        tried = []

        async def insert(name: str) -> str | None:
            tried.append(name)
            return name if len(tried) == 3 else None

        assert await insert_named(insert) == tried[2]
        assert len(set(tried)) == 3

    async def test_it_does_not_try_for_ever(self):
        async def insert(_name: str) -> None:
            return None

        with pytest.raises(NanoidsTakenError):
            await insert_named(insert)
