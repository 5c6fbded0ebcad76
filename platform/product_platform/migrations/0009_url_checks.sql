-- When the target of a rule is looked at next, and how often in a row it answered.

ALTER TABLE custom_urls
    ADD COLUMN success_count integer NOT NULL DEFAULT 0,
    -- Whoever is about to look moves it on first, so that nobody else does.
    ADD COLUMN next_check_at timestamptz NOT NULL DEFAULT '-infinity',
    -- A URL with placeholders is no one place, and names that are kept for examples (RFC 2606)
    -- are nobody's.
    ADD COLUMN is_watched boolean NOT NULL GENERATED ALWAYS AS (
        strpos(url, '{') = 0
        AND url !~* '^https?://([^/?#]*\.)?example(\.(com|net|org))?\.?(:[0-9]*)?([/?#]|$)'
    ) STORED;

CREATE INDEX custom_urls_next_check ON custom_urls (next_check_at) WHERE is_watched;
