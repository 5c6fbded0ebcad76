"""The page on errors has a line for every code there is, and for no other."""

import re
from collections.abc import Iterator

from admin_api.wiring import create_domains
from product_platform.kit.errors import ApiError
from tests.docs.codes import find_codes
from tests.docs.pages import ROOT

_ROW = re.compile(r"^\| `(\w+)` \|(?: (\d+) \|)?", re.MULTILINE)

PAGE = dict(_ROW.findall((ROOT / "docs" / "errors.md").read_text("utf-8")))


create_domains()  # so that every class of a refusal is there


def refusals(base: type[ApiError] = ApiError) -> Iterator[type[ApiError]]:
    yield base
    for each in base.__subclasses__():
        yield from refusals(each)


def test_every_code_has_a_line() -> None:
    codes, patterns = find_codes()
    assert codes - PAGE.keys() == set(), "explain these in docs/errors.md"
    unexplained = {pattern for pattern in patterns if not any(re.fullmatch(pattern, code) for code in PAGE)}
    assert unexplained == set(), "explain these in docs/errors.md"


def test_every_line_is_about_a_code() -> None:
    codes, patterns = find_codes()
    others = {code for code in PAGE.keys() - codes if not any(re.fullmatch(each, code) for each in patterns)}
    assert others == set(), "docs/errors.md explains what nothing says"


def test_the_status_is_that_of_the_code() -> None:
    statuses = {refusal.code: str(refusal.status) for refusal in refusals()}
    assert {code: PAGE[code] for code in statuses} == statuses
