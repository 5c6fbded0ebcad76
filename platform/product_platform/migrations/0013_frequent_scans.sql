-- What shoppers scan most of an organization is found without reading the scans of all others.

CREATE INDEX scan_events_organization ON scan_events (organization_id, at) WHERE NOT is_bot;
