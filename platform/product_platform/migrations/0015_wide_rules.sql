-- The few rules that govern whole brands and organizations are found without reading all the others.

CREATE INDEX resolution_rules_wide ON resolution_rules (organization_id)
    WHERE scope_type IN ('BRAND', 'ORGANIZATION');
