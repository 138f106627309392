-- Which kind of client a session was started for. All earlier ones were for our page.

ALTER TABLE sessions ADD COLUMN client TEXT NOT NULL DEFAULT 'our_page' CHECK (client IN ('our_page', 'other'));
