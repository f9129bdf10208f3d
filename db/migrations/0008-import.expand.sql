-- An import is known by its file and its map, so that the same command goes on where it broke off.
alter table vault.import_run
  add column path_digest bytea check (octet_length(path_digest) = 32),
  add column map_digest bytea check (octet_length(map_digest) = 32);
create index import_run_by_path on vault.import_run (path_digest, type, started_at);

-- Whose licence a line brings, so that the same number for somebody else is noticed; and whether the
-- number was in the vault before the run, which is not the same as after an interruption.
alter table vault.import_line
  add column holders_digest bytea check (octet_length(holders_digest) = 32),
  add column is_known boolean not null default false;

-- What became of the rows so far, batch by batch and in order: an interrupted run goes on after the
-- last. Whoever comes second with a batch is a second process, and stops.
create table vault.import_batch (
  run_id text not null references vault.import_run (run_id),
  ordinal integer not null check (ordinal >= 0),
  totals jsonb not null,
  primary key (run_id, ordinal)
);
grant select, insert on vault.import_batch to zt_app;
