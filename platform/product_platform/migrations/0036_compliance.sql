-- Recalls concern numbers, not rows: a product that is stored after its recall has it as well.

CREATE TABLE recall_gtins (
    gtin      text NOT NULL CHECK (gtin ~ '^[0-9]{14}$'),
    recall_id uuid NOT NULL REFERENCES recalls,
    PRIMARY KEY (gtin, recall_id)
);
CREATE INDEX recall_gtins_recall ON recall_gtins (recall_id, gtin);

INSERT INTO recall_gtins (gtin, recall_id)
SELECT gtin, recall_id FROM product_recalls JOIN products ON products.id = product_id;
DROP TABLE product_recalls;

ALTER TABLE recalls ADD COLUMN modified timestamptz NOT NULL DEFAULT now();
