"""JSON inside a page stays JSON and never ends its element."""

import json

import pytest

from resolver.pages.structured_data import to_script


class TestToScript:
    @pytest.mark.parametrize("text", ["</script>", "<!--", "&lt;", "\u2028\u2029", "\\u003c", "日本 é", "\0"])
    def test_holds_every_text_and_nothing_that_ends_a_script(self, text: str) -> None:
        document = {"name": text, text: [text]}

        script = to_script(document)

        assert json.loads(script) == document
        assert not set("<>&\u2028\u2029") & set(script)
