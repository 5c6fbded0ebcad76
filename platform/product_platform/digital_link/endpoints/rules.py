"""Rules, their order and their history."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status

from product_platform.digital_link.endpoints.author import AuthorDep
from product_platform.digital_link.models import StoredRule
from product_platform.digital_link.schemas.history import RuleVersionOut
from product_platform.digital_link.schemas.rules import (
    RuleCreateBody,
    RuleFilters,
    RuleList,
    RuleOut,
    RulePatchBody,
    RuleReorder,
)
from product_platform.digital_link.service.rules import Rules
from product_platform.digital_link.service.rules_lint import RulesLint
from product_platform.kit.dependencies import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.http import Success
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep
from product_platform.kit.preconditions import ConditionalDep

router = APIRouter()

_RULES = "/organizations/{organization_id}/resolution-rules"
_RULE = "/resolution-rules/{rule_id}"


def get_rules(services: ServicesDep) -> Rules:
    """Return the rules service of this process."""
    return Rules(services.clock)


RulesDep = Annotated[Rules, Depends(get_rules)]


async def tag_rule_set(
    organization_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    rules: RulesDep,
    conditional: ConditionalDep,
) -> None:
    """Let the answer carry the version of the rule set, read before its rules are."""
    conditional.tag(await rules.read_etag(connection, organization_id, principal=principal))


class WrittenRule:
    """The answer to a write of one rule: the rule, its entity tag, and how many warnings it has earned."""

    def __init__(
        self,
        response: Response,
        services: ServicesDep,
        connection: ConnectionDep,
        conditional: ConditionalDep,
    ) -> None:
        self._response = response
        self._lint = RulesLint(services.clock, base_url=services.settings.base_url)
        self._connection = connection
        self.conditional = conditional

    async def show(self, rule: StoredRule) -> RuleOut:
        """Return the body that shows *rule*; the headers go with it."""
        self.conditional.tag(rule.etag)
        count = await self._lint.count_warnings(self._connection, rule)
        self._response.headers["Signpost-Warnings"] = str(count)
        return RuleOut.model_validate(rule)


WrittenRuleDep = Annotated[WrittenRule, Depends()]


@router.get(_RULES, dependencies=[Depends(tag_rule_set)])
async def list_rules(
    organization_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    rules: RulesDep,
    query: PageDep,
    filters: Annotated[RuleFilters, Query()],
) -> Page[RuleOut]:
    """List an organization's rules in the order of evaluation."""
    page = await rules.list_rules(connection, organization_id, query, principal=principal, filters=filters)
    return page.map(RuleOut.model_validate)


@router.post(_RULES, status_code=status.HTTP_201_CREATED)
async def create_rule(
    organization_id: ShortId,
    body: RuleCreateBody,
    author: AuthorDep,
    connection: ConnectionDep,
    rules: RulesDep,
    written: WrittenRuleDep,
) -> RuleOut:
    """Add a rule to a scope."""
    rule = await rules.create(connection, organization_id, body=body, author=author)
    return await written.show(rule)


@router.post(f"{_RULES}/reorder")
async def reorder_rules(
    organization_id: ShortId,
    body: RuleReorder,
    author: AuthorDep,
    connection: ConnectionDep,
    rules: RulesDep,
    conditional: ConditionalDep,
) -> RuleList:
    """Give rules new places in their scopes, all at once."""
    ordered = await rules.reorder(
        connection, organization_id, orders=body.rules, author=author, require=conditional.require
    )
    conditional.tag(await rules.read_etag(connection, organization_id, principal=author.principal))
    return RuleList(data=[RuleOut.model_validate(rule) for rule in ordered])


@router.get(f"{_RULES}/history")
async def list_versions(
    organization_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    rules: RulesDep,
    query: PageDep,
) -> Page[RuleVersionOut]:
    """List the versions of an organization's rule set, newest first."""
    page = await rules.list_versions(connection, organization_id, query, principal=principal)
    return page.map(RuleVersionOut.model_validate)


@router.get(_RULE)
async def get_rule(
    rule_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    rules: RulesDep,
    conditional: ConditionalDep,
) -> RuleOut:
    """Show one rule."""
    rule = await rules.get(connection, rule_id, principal=principal)
    conditional.tag(rule.etag)
    return RuleOut.model_validate(rule)


@router.patch(_RULE)
async def patch_rule(
    rule_id: ShortId,
    body: RulePatchBody,
    author: AuthorDep,
    connection: ConnectionDep,
    rules: RulesDep,
    written: WrittenRuleDep,
) -> RuleOut:
    """Change some fields of a rule."""
    rule = await rules.patch(
        connection, rule_id, body=body, author=author, require=written.conditional.require
    )
    return await written.show(rule)


@router.delete(_RULE)
async def delete_rule(
    rule_id: ShortId,
    author: AuthorDep,
    connection: ConnectionDep,
    rules: RulesDep,
    conditional: ConditionalDep,
) -> Success:
    """Delete a rule."""
    await rules.delete(connection, rule_id, author=author, require=conditional.require)
    return Success()


@router.get(f"{_RULE}/history")
async def list_versions_of_rule(
    rule_id: ShortId, principal: PrincipalDep, connection: ConnectionDep, rules: RulesDep, query: PageDep
) -> Page[RuleVersionOut]:
    """List the versions that changed one rule, newest first."""
    page = await rules.list_versions_of_rule(connection, rule_id, query, principal=principal)
    return page.map(RuleVersionOut.model_validate)
