-- Lists of products stay quick at any size: each order has an index, and a part of a name finds its products.

-- The pieces of three characters of which a text consists; shorter texts have none.
CREATE FUNCTION trigrams(value text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT array_agg(DISTINCT substr(value, place, 3)) FROM generate_series(1, length(value) - 2) AS place);

-- Without a list of what is still to be indexed, which every search would have to read.
CREATE INDEX products_name_trigrams ON products USING gin (trigrams(lower(product_name)))
    WITH (fastupdate = off);
CREATE INDEX brands_name_trigrams ON brands USING gin (trigrams(lower(name)));

CREATE INDEX products_created ON products (created, id);
CREATE INDEX products_name ON products (product_name, id);
CREATE INDEX products_confidence ON products (confidence_score, id);
CREATE INDEX products_category ON products (category_id, created, id) WHERE category_id IS NOT NULL;
CREATE INDEX products_country ON products (country_of_origin, created, id);
CREATE INDEX products_source ON products (data_source, created, id);
CREATE INDEX brands_sorted ON brands (name, id);
CREATE INDEX brands_name_key ON brands (name_key);
DROP INDEX products_brand, products_owner;
-- What an organization owns is counted in the indexes alone.
CREATE INDEX products_brand ON products (brand_id, id) INCLUDE (owner_id);
CREATE INDEX products_owner ON products (owner_id, claimed_at DESC NULLS LAST, id) INCLUDE (brand_id);
