-- What there is to scan: brands, products, and the lots and serials that were made of them.

CREATE TABLE brands (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid REFERENCES organizations,
    name            text NOT NULL,
    -- The name as it is compared: trimmed, inner spaces collapsed, lower case.
    name_key        text NOT NULL,
    website         text NOT NULL DEFAULT '',
    description     text NOT NULL DEFAULT '',
    logo_url        text,
    instagram       text NOT NULL DEFAULT '',
    facebook        text NOT NULL DEFAULT '',
    twitter         text NOT NULL DEFAULT '',
    linkedin        text NOT NULL DEFAULT '',
    youtube         text NOT NULL DEFAULT '',
    tiktok          text NOT NULL DEFAULT '',
    pinterest       text NOT NULL DEFAULT '',
    threads         text NOT NULL DEFAULT '',
    metadata        jsonb NOT NULL DEFAULT '{}',
    is_active       boolean NOT NULL DEFAULT true,
    created         timestamptz NOT NULL DEFAULT now(),
    modified        timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX brands_name ON brands (name_key) WHERE is_active;
CREATE INDEX brands_organization ON brands (organization_id);

CREATE TABLE products (
    id                        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    gtin                      text NOT NULL UNIQUE CHECK (gtin ~ '^[0-9]{14}$'),
    brand_id                  uuid REFERENCES brands,
    -- The organization that claims the product; a brand that has an owner overrules it.
    owner_id                  uuid REFERENCES organizations,
    claim_verification_status text CHECK (claim_verification_status IN
        ('unverified', 'prefix_matched', 'verified', 'disputed', 'rejected')),
    claimed_at                timestamptz,
    resolver_enabled          boolean NOT NULL DEFAULT true,
    product_name              text NOT NULL DEFAULT '',
    manufacturer              text NOT NULL DEFAULT '',
    description               text NOT NULL DEFAULT '',
    image_url                 text NOT NULL DEFAULT '',
    country_of_origin         text NOT NULL DEFAULT '',
    net_content               text NOT NULL DEFAULT '',
    net_content_value         numeric,
    net_content_uom           text,
    data_source               text NOT NULL DEFAULT 'crowd_sourced',
    confidence_score          double precision NOT NULL DEFAULT 0,
    field_confidence          jsonb NOT NULL DEFAULT '{}',
    length                    numeric,
    length_uom                text NOT NULL DEFAULT '',
    width                     numeric,
    width_uom                 text NOT NULL DEFAULT '',
    height                    numeric,
    height_uom                text NOT NULL DEFAULT '',
    depth                     numeric,
    depth_uom                 text NOT NULL DEFAULT '',
    gross_weight              numeric,
    gross_weight_uom          text NOT NULL DEFAULT '',
    net_weight                numeric,
    net_weight_uom            text NOT NULL DEFAULT '',
    gpc_brick_code            text NOT NULL DEFAULT '',
    gpc_class_code            text NOT NULL DEFAULT '',
    gpc_family_code           text NOT NULL DEFAULT '',
    gpc_segment_code          text NOT NULL DEFAULT '',
    metadata                  jsonb NOT NULL DEFAULT '{}',
    created                   timestamptz NOT NULL DEFAULT now(),
    modified                  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX products_owner ON products (owner_id, claimed_at DESC, id);
CREATE INDEX products_brand ON products (brand_id);

CREATE TABLE lots (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id       uuid NOT NULL REFERENCES products,
    code             text NOT NULL,
    production_date  date,
    expiry_date      date,
    resolver_enabled boolean NOT NULL DEFAULT true,
    created          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (product_id, code)
);

CREATE TABLE serials (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id       uuid NOT NULL REFERENCES products,
    lot_id           uuid REFERENCES lots,
    serial           text NOT NULL,
    state            text NOT NULL DEFAULT 'authentic' CHECK (state IN
        ('authentic', 'suspect', 'counterfeit_suspected', 'serialization_error')),
    resolver_enabled boolean NOT NULL DEFAULT true,
    created          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (product_id, serial)
);
-- The few that carry a warning: an item's slice tells whether it has any.
CREATE INDEX serials_flagged ON serials (product_id) WHERE state <> 'authentic';
