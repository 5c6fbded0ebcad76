-- Which history the numbers of change sets belong to. A database that is set back, as by the restore of a
-- backup, gives numbers a second time; what was published under them before is not what is now.

-- The publisher begins a lineage with its first change set, and whenever the head is not the one that it
-- left. A change set belongs to the lineage that began last before it. Edges remember that of their table.
CREATE TABLE publish_lineages (
    first_seq bigint PRIMARY KEY,
    lineage   text NOT NULL
);
