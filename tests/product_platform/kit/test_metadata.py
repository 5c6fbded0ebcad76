import pytest
from pydantic import BaseModel, ValidationError

from product_platform.kit.errors import InvalidError
from product_platform.kit.metadata import Metadata, merge_metadata

OLD = {"sku": "A1", "warehouse": "east"}


class Body(BaseModel):
    metadata: Metadata | None = None


class TestMetadata:
    @pytest.mark.parametrize("value", [{"k" * 40: "v" * 500}, {"ключ": "значение"}, {"k": ""}, {}, None])
    def test_accepts(self, value):
        assert Body.model_validate({"metadata": value}).metadata == value

    @pytest.mark.parametrize(
        "value",
        [
            {"k" * 41: "v"},
            {"k": "v" * 501},
            {"": "v"},
            {"a[b": "v"},
            {"a]b": "v"},
            {"k": None},
            {"k": 1},
            {"k": True},
            {"k": {}},
            {"k": []},
            [],
            "text",
        ],
    )
    def test_refuses(self, value):
        with pytest.raises(ValidationError):
            Body.model_validate({"metadata": value})


class TestMergeMetadata:
    @pytest.mark.parametrize(
        ("sent", "merged"),
        [
            ({"sku": "A2", "warehouse": "", "campaign": "q3"}, {"sku": "A2", "campaign": "q3"}),
            ({"absent": ""}, OLD),
            ({}, {}),
            (None, {}),
        ],
    )
    def test_each_key_follows_its_own_rule(self, sent, merged):
        assert merge_metadata(OLD, sent) == merged

    def test_the_limit_counts_what_results(self):
        full = {str(number): "x" for number in range(50)}
        assert len(merge_metadata(full, {"0": "", "new": "x"})) == 50
        with pytest.raises(InvalidError) as refusal:
            merge_metadata(full, {"new": "x"})
        assert refusal.value.details[0].field == "metadata"
