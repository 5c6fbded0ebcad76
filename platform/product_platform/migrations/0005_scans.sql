-- What was scanned: raw events by day, and the counts that outlive them.

CREATE TABLE scan_events (
    day             date NOT NULL,
    event_id        bytea NOT NULL,
    at              timestamptz NOT NULL,
    key             text NOT NULL,
    gtin            text,
    lot             text,
    serial          text,
    organization_id uuid,
    brand_id        uuid,
    rule_id         uuid,
    outcome         text NOT NULL,
    country         text,
    device          text NOT NULL,
    is_bot          boolean NOT NULL,
    PRIMARY KEY (day, event_id)
) PARTITION BY RANGE (day);

CREATE TABLE scan_counts (
    day             date NOT NULL,
    hour            smallint NOT NULL,
    gtin            text NOT NULL,
    -- The zero UUID and '' stand for "nobody" and "unknown": a key column cannot be null.
    organization_id uuid NOT NULL,
    brand_id        uuid NOT NULL,
    country         text NOT NULL,
    device          text NOT NULL,
    is_bot          boolean NOT NULL,
    scans           bigint NOT NULL,
    PRIMARY KEY (organization_id, day, gtin, hour, brand_id, country, device, is_bot)
);
