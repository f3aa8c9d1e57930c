-- The code by QCVN 102:2016/BTTTT under which the national exchange knows a unit too.
ALTER TABLE unit ADD code102 text COLLATE "C" NOT NULL DEFAULT '';
CREATE UNIQUE INDEX unit_code102 ON unit (code102) WHERE code102 <> '';
