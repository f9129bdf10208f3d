-- Erasing what the vault holds of a subject: the keeper deletes the holder's key and says so in the log,
-- in one transaction; nobody else may.
grant delete on vault.holder_key to zt_keeper;
grant select (facts) on vault.intent to zt_keeper;
grant usage on schema log to zt_keeper;
grant insert (leaf, body) on log.entry to zt_keeper;
grant select (id) on log.entry to zt_keeper;
grant insert (entry_id) on log.pending to zt_keeper;
