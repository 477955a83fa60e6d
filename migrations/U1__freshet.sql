-- Undoes V1__freshet.sql and every freshet.track: triggers go with the functions they call, and
-- these with the schema. Run it as the schema's owner. It waits for writers of tracked tables and
-- keeps new ones waiting while it runs, hence the timeout.
--
-- The publication of the wal feed is not part of the schema: drop publication freshet, and, where
-- nothing else needs it, alter table ... replica identity default.

set lock_timeout = '5s';
drop schema if exists freshet cascade;
reset lock_timeout;
