"""Write a draft: each change by the code of a real write, and every problem of all of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from product_platform.digital_link.schemas.drafts import DraftChange
from product_platform.digital_link.service.rule_writer import refuse_if_wrong
from product_platform.digital_link.service.rules import Author, Rules
from product_platform.kit.db import Connection
from product_platform.kit.details import to_details
from product_platform.kit.errors import ApiError, Detail
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Principal


class Draft:
    """Changes of one organization's rules, on behalf of somebody who could make them."""

    def __init__(self, rules: Rules, organization_id: UUID, principal: Principal) -> None:
        # Whoever acts for several organizations drafts for one: the rules of the others are not there.
        own = {organization_id: principal.organizations[organization_id]}
        self._author = Author(replace(principal, organizations=own))
        self._organization_id = organization_id
        self._rules = rules

    async def write(self, connection: Connection, changes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        """Write *changes* one after the other, and return the names of the rules that they create, by id.

        Raises InvalidError with everything that a write of each would be refused for.
        """
        names: dict[str, str] = {}
        details: list[Detail] = []
        for at, written in enumerate(changes):
            place = f"changes[{at}]"
            try:
                change = DraftChange.model_validate(written)
            except ValidationError as error:
                details += [_move(detail, place) for detail in to_details(error)]
                continue
            try:
                async with connection.transaction():
                    created = await self._write(connection, change)
            except ApiError as error:
                details += _locate(error, f"{place}.{change.kind}")
            else:
                names |= {} if created is None else {to_short(created): place}
        refuse_if_wrong(details)
        return names

    async def _write(self, connection: Connection, change: DraftChange) -> UUID | None:
        """Write one change, and return the id of the rule that it creates."""
        rules, author, organization_id = self._rules, self._author, self._organization_id
        if change.create is not None:
            return (await rules.create(connection, organization_id, body=change.create, author=author)).id
        if change.update is not None:
            await rules.patch(connection, change.update.id, body=change.update.fields, author=author)
        if change.delete is not None:
            await rules.delete(connection, change.delete.id, author=author)
        if change.reorder is not None:
            await rules.reorder(connection, organization_id, orders=change.reorder, author=author)
        return None


def _locate(error: ApiError, place: str) -> list[Detail]:
    """Return what is wrong with the change at *place*, where it stands in the draft."""
    if error.details is None:
        return [Detail(place, error.message, error.code.lower())]
    # The list of a reorder is the change itself here.
    return [_move(replace(each, field=each.field.removeprefix("rules")), place) for each in error.details]


def _move(detail: Detail, place: str) -> Detail:
    is_step = detail.field and not detail.field.startswith("[")
    return replace(detail, field=f"{place}.{detail.field}" if is_step else f"{place}{detail.field}")
