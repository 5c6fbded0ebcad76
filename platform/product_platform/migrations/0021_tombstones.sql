-- Organizations that were deleted: for 90 days it is remembered what was theirs.

ALTER TABLE organizations
    ADD COLUMN require_reauth_to_delete boolean NOT NULL DEFAULT true,
    ADD COLUMN purged_at timestamptz;

-- Brands and claims that come back with their organization, unless somebody else has them by then.
CREATE TABLE tombstoned_brands (
    organization_id uuid NOT NULL REFERENCES organizations,
    brand_id        uuid NOT NULL REFERENCES brands,
    claimed_at      timestamptz,
    PRIMARY KEY (organization_id, brand_id)
);
CREATE TABLE tombstoned_claims (
    organization_id           uuid NOT NULL REFERENCES organizations,
    product_id                uuid NOT NULL REFERENCES products,
    claim_verification_status text,
    claimed_at                timestamptz,
    PRIMARY KEY (organization_id, product_id)
);
