-- The text that each verdict is about, so that it is known when another one stands there.
ALTER TABLE feedback ADD COLUMN text TEXT NOT NULL DEFAULT '';
