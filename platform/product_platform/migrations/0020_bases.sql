-- Whole tables as files, for edges that have none yet or are far behind.

-- A base holds every slice as of change set `seq`. Edges take those that are offered; what is not has
-- been left behind half stored, or is being stored.
CREATE TABLE bases (
    seq        bigint PRIMARY KEY,
    slices     bigint NOT NULL,
    size_bytes bigint NOT NULL,
    -- BLAKE2b, 16 bytes, of the whole file.
    digest     bytea NOT NULL,
    created    timestamptz NOT NULL DEFAULT now(),
    offered_at timestamptz
);

-- The file, cut into pieces of 1 MiB that are numbered from 0.
CREATE TABLE base_chunks (
    seq    bigint NOT NULL REFERENCES bases ON DELETE CASCADE,
    number integer NOT NULL,
    bytes  bytea NOT NULL,
    PRIMARY KEY (seq, number)
);
-- A piece is handed out as it lies, at no cost to the server.
ALTER TABLE base_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Tombstones go once every offered base is newer. A table older than this number can no longer catch up by
-- slices: it would keep what was deleted. It has to begin from a base, or from all slices. No row stands for 0.
CREATE TABLE slices_horizon (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    seq      bigint NOT NULL
);
CREATE INDEX slices_tombstones ON slices (seq) WHERE bytes IS NULL;
