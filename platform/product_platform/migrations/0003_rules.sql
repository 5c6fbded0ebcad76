-- Where scans go: rules, the health of their targets, and every version there ever was.

CREATE TABLE custom_urls (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations,
    url             text NOT NULL,
    status          text NOT NULL DEFAULT 'UNKNOWN' CHECK (status IN
        ('UNKNOWN', 'HEALTHY', 'DEGRADED', 'UNREACHABLE')),
    failure_count   integer NOT NULL DEFAULT 0,
    last_checked_at timestamptz,
    -- True when a rule brought the URL in, so that it leaves with the last rule that uses it.
    made_by_rule    boolean NOT NULL DEFAULT false,
    created         timestamptz NOT NULL DEFAULT now(),
    modified        timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, url)
);

CREATE TABLE resolution_rules (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id    uuid NOT NULL REFERENCES organizations,
    scope_type         text NOT NULL CHECK (scope_type IN
        ('SERIAL', 'BATCH', 'PRODUCT', 'BRAND', 'ORGANIZATION')),
    scope_id           text,
    product_id         uuid REFERENCES products,
    -- The slice that this rule compiles into; it names the scope uniquely.
    slice_key          text NOT NULL,
    order_index        integer NOT NULL,
    enabled            boolean NOT NULL,
    destination_type   text NOT NULL CHECK (destination_type IN ('HOSTED_PAGE', 'CUSTOM_URL')),
    custom_url         text,
    on_custom_url_dead text NOT NULL CHECK (on_custom_url_dead IN
        ('SKIP_RULE', 'FALLBACK_TO_HOSTED')),
    link_type          text,
    title              text,
    languages          text[],
    media_type         text,
    contexts           text[],
    absolute_start_at  timestamptz,
    absolute_end_at    timestamptz,
    annual_start_mmdd  text,
    annual_end_mmdd    text,
    days_of_week       smallint[],
    time_of_day_start  text,
    time_of_day_end    text,
    timezone           text,
    location_countries text[],
    location_regions   text[],
    location_cities    text[],
    metadata           jsonb NOT NULL DEFAULT '{}',
    created            timestamptz NOT NULL DEFAULT now(),
    modified           timestamptz NOT NULL DEFAULT now(),
    CHECK (destination_type <> 'CUSTOM_URL' OR custom_url IS NOT NULL),
    -- Deferred, because swapping two neighbours passes through a duplicate.
    UNIQUE (organization_id, slice_key, order_index) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX resolution_rules_slice ON resolution_rules (slice_key);
CREATE INDEX resolution_rules_product ON resolution_rules (product_id, scope_type);
CREATE INDEX resolution_rules_url ON resolution_rules (organization_id, custom_url);

-- One row a change of an organization's rule set; `number` counts from 1 in each organization.
CREATE TABLE rule_versions (
    organization_id uuid NOT NULL REFERENCES organizations,
    number          bigint NOT NULL,
    author_id       uuid REFERENCES users,
    author          text NOT NULL,
    note            text NOT NULL DEFAULT '',
    at              timestamptz NOT NULL,
    PRIMARY KEY (organization_id, number)
);

-- What a version changed: the rule before (null when created) and after (null when deleted).
CREATE TABLE rule_changes (
    organization_id uuid NOT NULL,
    number          bigint NOT NULL,
    rule_id         uuid NOT NULL,
    before          jsonb,
    after           jsonb,
    PRIMARY KEY (organization_id, number, rule_id),
    FOREIGN KEY (organization_id, number) REFERENCES rule_versions
);
CREATE INDEX rule_changes_rule ON rule_changes (rule_id, number);
