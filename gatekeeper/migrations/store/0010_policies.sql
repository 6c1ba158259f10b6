-- The narrowing policy that the opening's terms name, if they name one: the signed policy as JSON. In
-- clear, because it has to be applied.
ALTER TABLE openings ADD COLUMN policy TEXT;
