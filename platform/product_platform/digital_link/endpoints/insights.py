"""The part of the API that tells about rules: why, what was, how to go back, and what if."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request

from product_platform.digital_link.endpoints.author import AuthorDep
from product_platform.digital_link.ports import Edge, Question
from product_platform.digital_link.schemas.drafts import Simulation, SimulationOut
from product_platform.digital_link.schemas.explain import ExplainBatch, ExplainBody, ExplainRequest
from product_platform.digital_link.schemas.findings import FindingList, FindingOut
from product_platform.digital_link.schemas.history import (
    RuleDiffOut,
    RuleVersionOut,
    VersionNumber,
    VersionPair,
)
from product_platform.digital_link.service.explain import Explainer
from product_platform.digital_link.service.explanations import Explanations
from product_platform.digital_link.service.fields import read_one_or_many
from product_platform.digital_link.service.rule_history import RuleHistory
from product_platform.digital_link.service.rules_lint import RulesLint
from product_platform.digital_link.service.simulator import Simulator
from product_platform.kit.dependencies import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep
from product_platform.kit.preconditions import ConditionalDep

router = APIRouter()

_HISTORY = "/organizations/{organization_id}/resolution-rules/history"


def get_explainer(request: Request, services: ServicesDep) -> Explainer:
    """Return what explains requests in this process."""
    edge: Edge = request.app.state.edge
    return Explainer(edge, Explanations(services.settings.edge_min_claim_tier))


def get_history(services: ServicesDep) -> RuleHistory:
    """Return the history service of this process."""
    return RuleHistory(services.clock)


def get_lint(services: ServicesDep) -> RulesLint:
    """Return what lints rules in this process."""
    return RulesLint(services.clock, base_url=services.settings.base_url)


def get_simulator(request: Request, services: ServicesDep) -> Simulator:
    """Return what tries drafts of rules in this process."""
    edge: Edge = request.app.state.edge
    explanations = Explanations(services.settings.edge_min_claim_tier)
    return Simulator(services.database, services.clock, edge, explanations)


ExplainerDep = Annotated[Explainer, Depends(get_explainer)]
HistoryDep = Annotated[RuleHistory, Depends(get_history)]
LintDep = Annotated[RulesLint, Depends(get_lint)]
SimulatorDep = Annotated[Simulator, Depends(get_simulator)]


@router.post("/organizations/{organization_id}/explain")
async def explain_requests(  # what a request brings, and what it works with
    organization_id: ShortId,
    body: ExplainBody,
    principal: PrincipalDep,
    connection: ConnectionDep,
    services: ServicesDep,
    explainer: ExplainerDep,
) -> dict[str, Any] | list[dict[str, Any]]:
    """Tell what the edge would answer to a request, or to each of up to 100, and why."""
    asked = read_one_or_many(ExplainRequest, ExplainBatch, body)
    reports = [
        await explainer.explain_to(
            connection,
            organization_id,
            Question(each.uri, each.at or services.clock.now(), each.headers, each.country),
            principal=principal,
            clock=services.clock,
        )
        for each in asked
    ]
    return reports if isinstance(body, list) else reports[0]


@router.get(f"{_HISTORY}/diff")
async def diff_versions(
    organization_id: ShortId,
    versions: Annotated[VersionPair, Query()],
    principal: PrincipalDep,
    connection: ConnectionDep,
    history: HistoryDep,
    query: PageDep,
) -> Page[RuleDiffOut]:
    """List the rules that differ between two versions of the rule set, and how."""
    page = await history.diff(
        connection, organization_id, query, versions=(versions.first, versions.last), principal=principal
    )
    return page.map(RuleDiffOut.model_validate)


@router.post(f"{_HISTORY}/{{number}}/rollback")
async def roll_back(
    organization_id: ShortId,
    number: Annotated[VersionNumber, Path(ge=1)],
    author: AuthorDep,
    connection: ConnectionDep,
    history: HistoryDep,
    conditional: ConditionalDep,
) -> RuleVersionOut:
    """Bring the rule set back to what it was in a version, as one new version."""
    version = await history.roll_back(
        connection, organization_id, number, author=author, require=conditional.require
    )
    conditional.tag(f'"{version.number}"')
    return RuleVersionOut.model_validate(version)


@router.get("/organizations/{organization_id}/resolution-rules/lint")
async def lint_rules(
    organization_id: ShortId, principal: PrincipalDep, connection: ConnectionDep, rules_lint: LintDep
) -> FindingList:
    """List what is wrong or strange about an organization's rules, errors first, up to 1,000 findings."""
    findings = await rules_lint.lint(connection, organization_id, principal=principal)
    return FindingList(data=[FindingOut.model_validate(finding) for finding in findings])


@router.post("/organizations/{organization_id}/resolution-rules/simulate")
async def simulate_changes(
    organization_id: ShortId, body: Simulation, principal: PrincipalDep, simulator: SimulatorDep
) -> SimulationOut:
    """Tell which answers a draft of changes would change, and from what to what; nothing is stored."""
    return await simulator.simulate(organization_id, body, principal=principal)
