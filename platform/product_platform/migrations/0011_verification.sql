-- What is known of a serial number beside its state: its owner's word, and what retailers scanned.

-- `state` is what is published. `flag` is what the owner says of the serial, null while nothing;
-- it was all that there was until now.
ALTER TABLE serials ADD COLUMN flag text CHECK (flag IN
    ('suspect', 'counterfeit_suspected', 'serialization_error'));
UPDATE serials SET flag = state WHERE state <> 'authentic';

-- A verification by an organization that does not own the product. The place is that of a store.
CREATE TABLE retailer_scans (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    gtin            text NOT NULL,
    serial          text NOT NULL,
    organization_id uuid NOT NULL REFERENCES organizations,
    at              timestamptz NOT NULL,
    latitude        double precision,
    longitude       double precision,
    CHECK ((latitude IS NULL) = (longitude IS NULL))
);
CREATE INDEX retailer_scans_serial ON retailer_scans (gtin, serial, at);

CREATE INDEX scan_events_serial ON scan_events (gtin, serial, at) WHERE serial IS NOT NULL;
-- A serial that stands under several products of one owner is found by its value.
CREATE INDEX serials_value ON serials (serial);
