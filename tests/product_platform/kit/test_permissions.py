from uuid import UUID

import pytest

from product_platform.kit.errors import ForbiddenError, NotFoundError
from product_platform.kit.permissions import PERMISSIONS, Permission, Principal, Role

OURS, THEIRS = UUID(int=1), UUID(int=2)
EDITOR = Principal(user_id=UUID(int=3), organizations={OURS: PERMISSIONS[Role.EDITOR]})

# One row a permission: owner, manager, editor, billing, readonly.
MATRIX = {
    Permission.VIEW: "xxxxx",
    Permission.MANAGE_ORG: "x----",
    Permission.MANAGE_BILLING: "xx-x-",
    Permission.MANAGE_MEMBERS: "xx---",
    Permission.MANAGE_API_KEYS: "xx---",
    Permission.MANAGE_OFFERS: "xxx--",
    Permission.MANAGE_INTEGRATIONS: "xx---",
    Permission.CONTRIBUTE: "xxx--",
    Permission.CLAIM: "xx---",
    Permission.CHANGE_RULES: "xx---",
}


class TestPermissions:
    @pytest.mark.parametrize("permission", Permission)
    def test_roles_have_what_the_contract_gives_them(self, permission):
        row = "".join("x" if permission in PERMISSIONS[role] else "-" for role in Role)
        assert row == MATRIX[permission]


class TestPrincipal:
    def test_sees_its_own_organizations_only(self):
        assert EDITOR.sees(OURS)
        assert not EDITOR.sees(THEIRS)
        assert not EDITOR.sees(None)

    def test_can_do_what_its_role_allows_there(self):
        assert EDITOR.can(Permission.CONTRIBUTE, OURS)
        assert not EDITOR.can(Permission.CLAIM, OURS)
        assert not EDITOR.can(Permission.VIEW, THEIRS)
        assert not EDITOR.can(Permission.VIEW, None)

    def test_a_member_without_the_permission_is_forbidden(self):
        with pytest.raises(ForbiddenError, match="CLAIM"):
            EDITOR.require(Permission.CLAIM, OURS)

    def test_a_stranger_does_not_learn_that_the_organization_exists(self):
        with pytest.raises(NotFoundError, match="No organization has the id '2222222222222222222224'"):
            EDITOR.require(Permission.VIEW, THEIRS)

    def test_where_existence_is_hidden_a_member_too_finds_nothing(self):
        with pytest.raises(NotFoundError):
            EDITOR.require(Permission.CLAIM, OURS, hidden=True)

    def test_what_is_allowed_is_not_refused(self):
        EDITOR.require(Permission.CONTRIBUTE, OURS)
