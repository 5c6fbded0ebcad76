"""The services that the endpoints of accounts call."""

from typing import Annotated

from fastapi import Depends

from product_platform.account.service.accounts import Accounts
from product_platform.kit.dependencies import ServicesDep


def get_accounts(services: ServicesDep) -> Accounts:
    """Return the accounts of this process."""
    return Accounts(services.clock)


AccountsDep = Annotated[Accounts, Depends(get_accounts)]
