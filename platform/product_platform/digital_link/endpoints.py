"""The API of rules and their targets, mounted at /resolver/api/v1."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, status

from product_platform.digital_link.errors import HostUnboundError
from product_platform.digital_link.models import StoredRule
from product_platform.digital_link.ports import TxtLookup, UrlCheck
from product_platform.digital_link.schemas import (
    CustomUrlIn,
    CustomUrlOut,
    HostIn,
    HostOut,
    RuleCreateBody,
    RuleFilters,
    RuleList,
    RuleOut,
    RulePatchBody,
    RuleReorder,
    RuleVersionOut,
)
from product_platform.digital_link.service.custom_urls import CustomUrls
from product_platform.digital_link.service.hosts import Hosts
from product_platform.digital_link.service.prober import Prober
from product_platform.digital_link.service.rules import Author, Rules
from product_platform.digital_link.service.rules_lint import RulesLint
from product_platform.kit.dependencies import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.http import Success
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep
from product_platform.kit.preconditions import ConditionalDep

router = APIRouter(tags=["resolver"])

_RULES = "/organizations/{organization_id}/resolution-rules"
_RULE = "/resolution-rules/{rule_id}"
_CUSTOM_URLS = "/organizations/{organization_id}/custom-urls"
_CUSTOM_URL = f"{_CUSTOM_URLS}/{{custom_url_id}}"
_HOSTS = "/organizations/{organization_id}/hosts"
_HOST = f"{_HOSTS}/{{host_id}}"


def get_rules(services: ServicesDep) -> Rules:
    """Return the rules service of this process."""
    return Rules(services.clock)


def get_custom_urls(services: ServicesDep) -> CustomUrls:
    """Return the custom URL service of this process."""
    return CustomUrls(services.clock)


def get_hosts(request: Request, services: ServicesDep) -> Hosts:
    """Return the host service of this process."""
    lookup: TxtLookup = request.app.state.txt_lookup
    return Hosts(services.clock, lookup, base_url=services.settings.base_url)


def get_prober(request: Request, services: ServicesDep) -> Prober:
    """Return the prober of this process."""
    url_check: UrlCheck = request.app.state.url_check
    return Prober(services.database, services.clock, url_check)


def get_author(
    principal: PrincipalDep,
    note: Annotated[str, Query(max_length=500, description="Why, for the history.")] = "",
) -> Author:
    """Return who makes a change, and why."""
    return Author(principal, note)


RulesDep = Annotated[Rules, Depends(get_rules)]
CustomUrlsDep = Annotated[CustomUrls, Depends(get_custom_urls)]
HostsDep = Annotated[Hosts, Depends(get_hosts)]
ProberDep = Annotated[Prober, Depends(get_prober)]
AuthorDep = Annotated[Author, Depends(get_author)]


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


@router.get(_CUSTOM_URLS)
async def list_custom_urls(
    organization_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    custom_urls: CustomUrlsDep,
    query: PageDep,
) -> Page[CustomUrlOut]:
    """List the targets of an organization's rules, with their health."""
    page = await custom_urls.list_urls(connection, organization_id, query, principal=principal)
    return page.map(CustomUrlOut.model_validate)


@router.post(_CUSTOM_URLS, status_code=status.HTTP_201_CREATED)
async def create_custom_url(
    organization_id: ShortId,
    body: CustomUrlIn,
    principal: PrincipalDep,
    connection: ConnectionDep,
    custom_urls: CustomUrlsDep,
) -> CustomUrlOut:
    """Add a target."""
    entry = await custom_urls.create(connection, organization_id, body.url, principal=principal)
    return CustomUrlOut.model_validate(entry)


@router.get(_CUSTOM_URL)
async def get_custom_url(
    organization_id: ShortId,
    custom_url_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    custom_urls: CustomUrlsDep,
) -> CustomUrlOut:
    """Show one target."""
    entry = await custom_urls.get(connection, organization_id, custom_url_id, principal=principal)
    return CustomUrlOut.model_validate(entry)


@router.put(_CUSTOM_URL)
async def rewrite_custom_url(  # what a request brings, and what it works with
    organization_id: ShortId,
    custom_url_id: ShortId,
    body: CustomUrlIn,
    principal: PrincipalDep,
    connection: ConnectionDep,
    custom_urls: CustomUrlsDep,
) -> CustomUrlOut:
    """Give a target another URL, of which nothing is known yet."""
    entry = await custom_urls.rewrite(
        connection, organization_id, custom_url_id, url=body.url, principal=principal
    )
    return CustomUrlOut.model_validate(entry)


@router.post(f"{_CUSTOM_URL}/retry")
async def retry_custom_url(
    organization_id: ShortId, custom_url_id: ShortId, principal: PrincipalDep, prober: ProberDep
) -> CustomUrlOut:
    """Look at a target now, which takes five seconds at most."""
    entry = await prober.retry(organization_id, custom_url_id, principal=principal)
    return CustomUrlOut.model_validate(entry)


@router.delete(_CUSTOM_URL)
async def delete_custom_url(
    organization_id: ShortId,
    custom_url_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    custom_urls: CustomUrlsDep,
) -> Success:
    """Delete a target that no rule leads to."""
    await custom_urls.delete(connection, organization_id, custom_url_id, principal=principal)
    return Success()


@router.get(_HOSTS)
async def list_hosts(
    organization_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    hosts: HostsDep,
    query: PageDep,
) -> Page[HostOut]:
    """List the hosts at which an organization answers, or wants to."""
    page = await hosts.list_hosts(connection, organization_id, query, principal=principal)
    return page.map(HostOut.model_validate)


@router.post(_HOSTS, status_code=status.HTTP_201_CREATED)
async def create_host(
    organization_id: ShortId,
    body: HostIn,
    principal: PrincipalDep,
    connection: ConnectionDep,
    hosts: HostsDep,
) -> HostOut:
    """Ask for a host, and be told the DNS record that proves it."""
    host = await hosts.create(connection, organization_id, body.name, principal=principal)
    return HostOut.model_validate(host)


@router.get(_HOST)
async def get_host(
    organization_id: ShortId,
    host_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    hosts: HostsDep,
) -> HostOut:
    """Show one host."""
    host = await hosts.get(connection, organization_id, host_id, principal=principal)
    return HostOut.model_validate(host)


@router.delete(_HOST)
async def delete_host(
    organization_id: ShortId,
    host_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    hosts: HostsDep,
) -> Success:
    """Give a host up; it answers as the default host from then on."""
    await hosts.delete(connection, organization_id, host_id, principal=principal)
    return Success()


@router.post(f"{_HOST}/verify")
async def verify_host(
    organization_id: ShortId,
    host_id: ShortId,
    principal: PrincipalDep,
    services: ServicesDep,
    hosts: HostsDep,
) -> HostOut:
    """Look for the DNS record of a host, and bind it."""
    host = await hosts.verify(services.database, organization_id, host_id, principal=principal)
    return HostOut.model_validate(host)


@router.get("/hosts/allowed")
async def allow_host(domain: str, connection: ConnectionDep) -> Success:
    """Tell a proxy whether to get a certificate for a host name: 404 when nobody is bound to it."""
    if not await Hosts.is_bound(connection, domain):
        raise HostUnboundError(domain)
    return Success()
