-- How a claim comes to be believed, or not.

-- GS1 company prefixes, each licensed to one organization as an operator has found out.
CREATE TABLE company_prefixes (
    prefix          text PRIMARY KEY CHECK (prefix ~ '^[0-9]{4,12}$'),
    organization_id uuid NOT NULL REFERENCES organizations,
    created         timestamptz NOT NULL
);
CREATE INDEX company_prefixes_organization ON company_prefixes (organization_id);

-- What somebody says against a claim. The reporter is known to the operator alone.
CREATE TABLE claim_reports (
    id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id            uuid NOT NULL REFERENCES products,
    -- Whose claim it was.
    organization_id       uuid NOT NULL REFERENCES organizations,
    reporter_email        text NOT NULL,
    reporter_relationship text NOT NULL CHECK (reporter_relationship IN
        ('brand_rep', 'legal', 'consumer', 'competitor', 'staff', 'other')),
    reason                text NOT NULL,
    reporter_phone        text NOT NULL,
    reporter_company      text NOT NULL,
    supporting_url        text NOT NULL,
    -- Tells whether two reports come from one address, and no more.
    source_digest         bytea NOT NULL,
    created               timestamptz NOT NULL
);
CREATE INDEX claim_reports_product ON claim_reports (product_id, created);
CREATE INDEX claim_reports_source ON claim_reports (source_digest, created);

-- The claims that a prefix may support, in the order in which they are looked at.
CREATE INDEX products_unverified ON products (owner_id, gtin) WHERE claim_verification_status = 'unverified';
