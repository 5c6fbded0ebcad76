-- Logos are files of ours; where they are fetched follows from their key.
ALTER TABLE brands RENAME COLUMN logo_url TO logo_key;

-- Shops, and what they carry: enough to tell a shopper where a brand is sold.
CREATE TABLE retailers (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Null for one that all organizations share.
    organization_id uuid REFERENCES organizations,
    name            text NOT NULL,
    website         text NOT NULL DEFAULT '',
    is_active       boolean NOT NULL DEFAULT true,
    metadata        jsonb NOT NULL DEFAULT '{}',
    created         timestamptz NOT NULL DEFAULT now(),
    modified        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE locations (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid REFERENCES organizations,
    retailer_id     uuid REFERENCES retailers,
    name            text NOT NULL,
    address         text NOT NULL DEFAULT '',
    -- Longitude and latitude in degrees, on WGS 84.
    point           point CHECK (point[0] BETWEEN -180 AND 180 AND point[1] BETWEEN -90 AND 90),
    phone           text NOT NULL DEFAULT '',
    website         text NOT NULL DEFAULT '',
    is_active       boolean NOT NULL DEFAULT true,
    metadata        jsonb NOT NULL DEFAULT '{}',
    created         timestamptz NOT NULL DEFAULT now(),
    modified        timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE in_store_offers (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id   uuid REFERENCES organizations,
    product_id        uuid NOT NULL REFERENCES products,
    physical_store_id uuid NOT NULL REFERENCES locations,
    sku               text NOT NULL DEFAULT '',
    status            text NOT NULL DEFAULT 'active' CHECK (status IN
        ('active', 'discontinued', 'seasonal', 'out_of_stock')),
    metadata          jsonb NOT NULL DEFAULT '{}',
    created           timestamptz NOT NULL DEFAULT now(),
    modified          timestamptz NOT NULL DEFAULT now(),
    UNIQUE (product_id, physical_store_id, sku)
);
CREATE INDEX in_store_offers_store ON in_store_offers (physical_store_id);
