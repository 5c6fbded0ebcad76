"""Who makes a change, and why: what the history remembers of it."""

from typing import Annotated

from fastapi import Depends, Query

from product_platform.digital_link.service.rules import Author
from product_platform.kit.dependencies import PrincipalDep


def get_author(
    principal: PrincipalDep,
    note: Annotated[str, Query(max_length=500, description="Why, for the history.")] = "",
) -> Author:
    """Return who makes a change, and why."""
    return Author(principal, note)


AuthorDep = Annotated[Author, Depends(get_author)]
