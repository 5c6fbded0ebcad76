-- Rules for every level of every primary key, and who owns a key that is no product.

-- `item_key` is the item whose slice tells what lies below it, `shape` where below it the rule
-- stands: '' for the item itself, `10`, `22/10`, `21*` for any serial.
ALTER TABLE resolution_rules
    DROP CONSTRAINT resolution_rules_scope_type_check,
    ADD CONSTRAINT resolution_rules_scope_type_check CHECK (scope_type IN
        ('SERIAL', 'BATCH', 'VARIANT', 'IDENTIFIER', 'PRODUCT', 'BRAND', 'ORGANIZATION')),
    ADD COLUMN item_key text NOT NULL GENERATED ALWAYS AS (
        split_part(slice_key, '/', 1) || '/' || split_part(slice_key, '/', 2)
    ) STORED,
    ADD COLUMN shape text NOT NULL GENERATED ALWAYS AS (
        regexp_replace(
            regexp_replace(slice_key, '^[^/]+/[^/]+/?', ''), '([0-9]+)/([^/*]+|([*]))', '\1\3', 'g'
        )
    ) STORED;

-- Finds the shapes below an item one by one, however many rules have the same.
CREATE INDEX resolution_rules_shape ON resolution_rules (item_key, shape) WHERE enabled AND shape <> '';
DROP INDEX resolution_rules_product;

CREATE TABLE identifiers (
    id                        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Two segments of a canonical path, such as 414/9520000100117.
    key                       text NOT NULL UNIQUE,
    organization_id           uuid REFERENCES organizations,
    -- A piece of a product (8006) is whoever's the product is, now and later.
    product_id                uuid REFERENCES products,
    claim_verification_status text NOT NULL DEFAULT 'unverified' CHECK (claim_verification_status IN
        ('unverified', 'prefix_matched', 'verified', 'disputed', 'rejected')),
    name                      text NOT NULL,
    created                   timestamptz NOT NULL,
    modified                  timestamptz NOT NULL,
    CHECK ((organization_id IS NULL) <> (product_id IS NULL))
);
CREATE INDEX identifiers_product ON identifiers (product_id) WHERE product_id IS NOT NULL;
