"""Go back and forth in the history of a rule set: what differs between two versions, and rollback."""

from collections.abc import Sequence
from uuid import UUID

from product_platform.digital_link.errors import VersionNotFoundError
from product_platform.digital_link.models import RuleChange, RuleVersion, StoredRule
from product_platform.digital_link.repository import history
from product_platform.digital_link.repository import rules as repository
from product_platform.digital_link.service.past_rules import read_state
from product_platform.digital_link.service.rule_writer import RuleWriter, refuse_if_wrong
from product_platform.digital_link.service.rules import Author, RequireEtag, Rules, require_nothing
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.errors import Detail, InvalidError
from product_platform.kit.ids import to_short
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import Permission, Principal


class RuleHistory:
    """The versions of a rule set, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock) -> None:
        self._rules = Rules(clock)
        self._writer = RuleWriter(clock)

    async def diff(
        self,
        connection: Connection,
        organization_id: UUID,
        query: PageQuery,
        *,
        versions: tuple[int, int],
        principal: Principal,
    ) -> Page[RuleChange]:
        """Return a page of how rules changed from one version to another, which may be the earlier.

        The version 0 is the empty rule set before the first. Raises VersionNotFoundError.
        """
        principal.require(Permission.VIEW, organization_id, hidden=True)
        newest = await history.read_newest(connection, organization_id)
        for number in versions:
            if number > newest:
                raise VersionNotFoundError(number)
        first, last = sorted(versions)
        page = await history.fetch_net_changes_page(
            connection, organization_id, range(first + 1, last + 1), query
        )
        return page if versions == (first, last) else page.map(lambda change: change.undone)

    async def roll_back(
        self,
        connection: Connection,
        organization_id: UUID,
        number: int,
        *,
        author: Author,
        require: RequireEtag = require_nothing,
    ) -> RuleVersion:
        """Bring all rules back to what they were in a version, and return the newest version then.

        That is one more version, unless nothing differs. Rules keep their ids. Raises
        VersionNotFoundError, InvalidError with everything that no longer holds, and ConflictError.
        """
        author.principal.require(Permission.CHANGE_RULES, organization_id, hidden=True)
        await repository.lock_rule_set(connection, organization_id)
        newest = await history.read_newest(connection, organization_id)
        require(await self._rules.read_etag(connection, organization_id, principal=author.principal))
        if not 0 < number <= newest:
            raise VersionNotFoundError(number)
        later = await history.fetch_net_changes(connection, organization_id, range(number + 1, newest + 1))
        if later:
            changes = await self._undo(connection, organization_id, later)
            noted = author if author.note else Author(author.principal, f"rollback to version {number}")
            await self._rules.record(connection, organization_id, changes, author=noted)
        newest_first = PageQuery(page=1, page_size=1)
        return (await history.fetch_versions(connection, organization_id, newest_first)).data[0]

    async def _undo(
        self, connection: Connection, organization_id: UUID, later: Sequence[RuleChange]
    ) -> list[RuleChange]:
        stored = await repository.fetch_many(connection, organization_id, [each.rule_id for each in later])
        changes: list[RuleChange] = []
        restored: list[StoredRule] = []
        details: list[Detail] = []
        for change in later:
            now = stored.get(change.rule_id)
            try:
                if change.before is not None:
                    rule = await self._writer.restore(connection, now, past=read_state(change.before))
                    changes.append(RuleChange.of(now, rule))
                    restored.append(rule)
                elif now is not None:
                    await self._writer.delete(connection, now)
                    changes.append(RuleChange.of(now, None))
            except InvalidError as error:
                details += _of_rule(change.rule_id, error)
        refuse_if_wrong(details)
        await repository.check_places(connection, organization_id, restored)
        return changes


def _of_rule(rule_id: UUID, error: InvalidError) -> list[Detail]:
    name = f"rules.{to_short(rule_id)}"
    return [Detail(f"{name}.{each.field}", each.message, each.code) for each in error.details or ()]
