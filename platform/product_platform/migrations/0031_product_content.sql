-- What a catalogue says of a product beside its first page, and where each word of it comes from.

CREATE TABLE product_categories (
    id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE
);

ALTER TABLE products
    ADD COLUMN category_id            uuid REFERENCES product_categories,
    ADD COLUMN countries_sold         text[] NOT NULL DEFAULT '{}',
    ADD COLUMN primary_language       text NOT NULL DEFAULT '',
    ADD COLUMN usage_instructions     text NOT NULL DEFAULT '',
    ADD COLUMN brand_product_page_url text NOT NULL DEFAULT '',
    ADD COLUMN ai_summary             text NOT NULL DEFAULT '',
    -- For each field of which something is known, the data source that said it.
    ADD COLUMN field_sources          jsonb NOT NULL DEFAULT '{}';

CREATE TABLE product_images (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id    uuid NOT NULL REFERENCES products,
    title         text NOT NULL DEFAULT '',
    description   text NOT NULL DEFAULT '',
    is_primary    boolean NOT NULL DEFAULT false,
    priority      integer NOT NULL DEFAULT 0 CHECK (priority >= 0),
    image_url     text NOT NULL,
    thumbnail_url text NOT NULL DEFAULT '',
    width         integer CHECK (width > 0),
    height        integer CHECK (height > 0),
    created       timestamptz NOT NULL,
    UNIQUE (product_id, image_url)
);
CREATE UNIQUE INDEX product_images_primary ON product_images (product_id) WHERE is_primary;

CREATE TABLE ingredients (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id        uuid NOT NULL REFERENCES products,
    -- The place on the label, from 1.
    priority          integer NOT NULL CHECK (priority >= 1),
    name              text NOT NULL,
    is_major_allergen boolean NOT NULL,
    may_contain       boolean NOT NULL,
    percentage        numeric CHECK (percentage BETWEEN 0 AND 100),
    notes             text NOT NULL DEFAULT '',
    origin            text NOT NULL DEFAULT '',
    UNIQUE (product_id, priority)
);

CREATE TABLE nutrition_panels (
    product_id             uuid PRIMARY KEY REFERENCES products,
    serving_size           text NOT NULL,
    serving_size_g         numeric CHECK (serving_size_g >= 0),
    servings_per_container numeric CHECK (servings_per_container >= 0),
    label_format           text NOT NULL CHECK (label_format IN ('US_FDA', 'EU', 'CA_CFIA', 'AU_NZ', 'UK')),
    -- In the order of the label: name, amount, unit, daily_value_pct.
    nutrients              jsonb NOT NULL
);

-- What anybody but the owner says of a field of a product. One voice for each who says it: a later
-- word takes the place of the former.
CREATE TABLE contributions (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id  uuid NOT NULL REFERENCES products,
    field       text NOT NULL,
    value       jsonb NOT NULL,
    source      text NOT NULL,
    -- Who says it, within the source: a user, a feed, a site.
    contributor text NOT NULL,
    at          timestamptz NOT NULL,
    UNIQUE (product_id, field, source, contributor)
);
