-- When the organization came to own the brand: since then it claims all products of the brand that
-- it did not claim before, without a row of any of them being touched.
ALTER TABLE brands ADD COLUMN claimed_at timestamptz;
UPDATE brands SET claimed_at = modified WHERE organization_id IS NOT NULL;
