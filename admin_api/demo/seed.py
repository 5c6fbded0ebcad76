"""Load the demo companies through the same code that loads a customer's file."""

from dataclasses import replace
from importlib.resources import files

import orjson

from product_platform.account import Accounts, OrganizationCreate
from product_platform.digital_link import import_lines
from product_platform.kit.clock import Clock
from product_platform.kit.db import Database
from product_platform.kit.lines import LineProblem
from product_platform.kit.pagination import PageQuery
from product_platform.kit.permissions import PERMISSIONS, Principal, Role

# The first of them is the first organization of a new installation.
FILES = ("patient_oat.ndjson", "owl_and_spoke.ndjson")


async def seed(database: Database, clock: Clock, *, principal: Principal) -> list[LineProblem]:
    """Give the user who acts the demo companies, and return what could not be loaded.

    Nothing goes wrong in a new database. Doing it again, or after a crash, adds only what is missing.
    """
    problems = []
    for name in FILES:
        lines = files(__package__).joinpath(name).read_text().splitlines()
        organization = OrganizationCreate.model_validate(orjson.loads(lines[0]))
        owner = await _make_owner(database, clock, organization=organization, principal=principal)
        (organization_id,) = owner.organizations
        report = await import_lines(
            database, lines, organization_id=organization_id, principal=owner, clock=clock
        )
        problems.extend(report.problems)
    return problems


async def _make_owner(
    database: Database, clock: Clock, *, organization: OrganizationCreate, principal: Principal
) -> Principal:
    """Return the principal as owner of the organization alone, which is made where it is missing."""
    accounts = Accounts(clock)
    async with database.transaction() as connection:
        mine = await accounts.list_organizations(
            connection, PageQuery(), principal=principal, metadata={}, ordering="created"
        )
        ids = {known.name: known.id for known in mine.data}
        if organization.name not in ids:
            new = await accounts.create_organization(connection, organization, owner_id=principal.user_id)
            ids[new.name] = new.id
    return replace(principal, organizations={ids[organization.name]: PERMISSIONS[Role.OWNER]})
