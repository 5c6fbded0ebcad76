-- What others attest of products. These rows are shown with each product.

CREATE TABLE certification_bodies (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name        text NOT NULL,
    website     text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    logo_url    text
);

CREATE TABLE certifications (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Whose private definition it is; null for one that everybody sees.
    organization_id uuid REFERENCES organizations,
    body_id         uuid REFERENCES certification_bodies,
    label           text NOT NULL,
    code            text NOT NULL DEFAULT '',
    description     text NOT NULL DEFAULT '',
    url             text NOT NULL DEFAULT '',
    logo_url        text,
    program         text NOT NULL DEFAULT '',
    standard        text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX certifications_code ON certifications (lower(code)) WHERE organization_id IS NULL;
CREATE UNIQUE INDEX certifications_own_code ON certifications (organization_id, lower(code))
    WHERE organization_id IS NOT NULL AND code <> '';

CREATE TABLE product_certifications (
    product_id                 uuid NOT NULL REFERENCES products,
    certification_id           uuid NOT NULL REFERENCES certifications,
    valid_from                 date,
    expiration_date            date,
    certificate_number         text NOT NULL DEFAULT '',
    issuing_body               text NOT NULL DEFAULT '',
    verification_url           text NOT NULL DEFAULT '',
    verification_status        text NOT NULL DEFAULT 'unverified' CHECK (verification_status IN
        ('unverified', 'verified', 'expired')),
    scope                      text NOT NULL DEFAULT '',
    certification_value        text NOT NULL DEFAULT '',
    audit_date                 date,
    initial_certification_date date,
    certificate_countries      text[] NOT NULL DEFAULT '{}',
    metadata                   jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (product_id, certification_id)
);

CREATE TABLE claims (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    label       text NOT NULL,
    code        text NOT NULL UNIQUE,
    category    text NOT NULL CHECK (category IN
        ('DIETARY', 'INGREDIENT_ABSENCE', 'ALLERGEN_FREE', 'PROCESS', 'SUSTAINABILITY', 'OTHER')),
    description text NOT NULL DEFAULT ''
);

CREATE TABLE product_claims (
    product_id      uuid NOT NULL REFERENCES products,
    claim_id        uuid NOT NULL REFERENCES claims,
    source          text NOT NULL DEFAULT 'BRAND_SELF_DECLARED' CHECK (source IN
        ('BRAND_SELF_DECLARED', 'THIRD_PARTY_VERIFIED')),
    valid_from      date,
    expiration_date date,
    evidence_url    text NOT NULL DEFAULT '',
    evidence_note   text NOT NULL DEFAULT '',
    metadata        jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (product_id, claim_id)
);

CREATE TABLE recalls (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    source_system    text NOT NULL CHECK (source_system IN ('FDA', 'FSIS', 'CPSC', 'HEALTH_CANADA')),
    source_reference text NOT NULL,
    title            text NOT NULL,
    status           text NOT NULL CHECK (status IN ('ONGOING', 'COMPLETED', 'TERMINATED', 'UNKNOWN')),
    severity         text NOT NULL CHECK (severity IN ('CLASS_I', 'CLASS_II', 'CLASS_III', 'UNKNOWN')),
    description      text NOT NULL DEFAULT '',
    hazard           text NOT NULL DEFAULT '',
    remedy           text NOT NULL DEFAULT '',
    public_url       text NOT NULL DEFAULT '',
    company_name     text NOT NULL DEFAULT '',
    recall_date      date,
    jurisdictions    text[] NOT NULL DEFAULT '{}',
    created          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source_system, source_reference)
);

CREATE TABLE product_recalls (
    product_id uuid NOT NULL REFERENCES products,
    recall_id  uuid NOT NULL REFERENCES recalls,
    PRIMARY KEY (product_id, recall_id)
);
