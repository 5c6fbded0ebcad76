-- Rules that share one place by weight.

-- Arms of a weight group have one place; that they have equal criteria is checked by whoever writes
-- them, under the lock of the organization. Any other rule has its place for itself.
ALTER TABLE resolution_rules
    ADD COLUMN weight smallint CHECK (weight BETWEEN 1 AND 1000),
    DROP CONSTRAINT resolution_rules_organization_id_slice_key_order_index_key,
    ADD CONSTRAINT resolution_rules_place EXCLUDE
        (organization_id WITH =, slice_key WITH =, order_index WITH =)
        WHERE (weight IS NULL) DEFERRABLE INITIALLY DEFERRED;
