-- The vault: licences, encrypted; their holders by keyed index; what happened to them afterwards.
-- Append-only except vault.intent, which is the queue of licences begun and not yet sealed.
create schema vault;
grant usage on schema vault to zt_app;

-- Where each licence stands in the status lists; gaps are harmless, repeats impossible.
create sequence vault.status_position minvalue 0 start with 0;
grant usage on sequence vault.status_position to zt_app;

create table vault.intent (
  licence_id text primary key,
  facts jsonb not null,
  draft bytea not null,
  begun_at timestamptz not null
);
-- What is encrypted cannot be compressed; `external` spares the attempt.
alter table vault.intent alter column draft set storage external;
grant select, insert, delete on vault.intent to zt_app;

-- The number printed on a face is given once, and so is an identifier; reserved with the intent.
create table vault.licence_number (
  type text not null,
  number_index bytea not null check (octet_length(number_index) = 32),
  licence_id text not null unique,
  primary key (type, number_index)
);
grant select, insert on vault.licence_number to zt_app;

create table vault.licence (
  licence_id text not null primary key,
  type text not null,
  type_version text not null,
  issuer text not null,
  division text not null check (division ~ '^[0-9]{6}$'),
  grade text not null check (grade in ('A', 'B', 'C', 'D')),
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until > valid_from),
  holders bytea[] not null check (cardinality(holders) > 0),
  sealed bytea not null,
  document_digest bytea not null check (octet_length(document_digest) = 32),
  status_position bigint not null check (status_position >= 0),
  leaf bytea not null check (octet_length(leaf) = 32),
  recorded_at timestamptz not null
) partition by hash (licence_id);

alter table vault.licence alter column sealed set storage external;

create table vault.holder (
  holder_index bytea not null check (octet_length(holder_index) = 32),
  type text not null,
  licence_id text not null,
  role text not null,
  wrapped_key bytea not null,
  primary key (holder_index, type, licence_id)
) partition by hash (holder_index);

-- A holder's own key, itself wrapped. The one row here that may be deleted: what only this holder
-- could open is unreadable then, wherever copies of it are.
create table vault.holder_key (
  holder_index bytea not null primary key check (octet_length(holder_index) = 32),
  wrapped_key bytea not null
) partition by hash (holder_index);

do $$
begin
  for part in 0..7 loop
    execute format(
      'create table vault.licence_%s partition of vault.licence for values with (modulus 8, remainder %s)',
      part, part);
    execute format(
      'create table vault.holder_%s partition of vault.holder for values with (modulus 8, remainder %s)',
      part, part);
    execute format(
      'create table vault.holder_key_%s partition of vault.holder_key for values with (modulus 8, remainder %s)',
      part, part);
  end loop;
end
$$;
grant select, insert on vault.licence, vault.holder, vault.holder_key to zt_app;

-- Acts after the issue; the newest one gives the state, none means valid.
create table vault.act (
  licence_id text not null references vault.licence (licence_id),
  ordinal integer not null check (ordinal > 0),
  act text not null check (act in ('suspend', 'restore', 'cancel', 'revoke', 'withdraw')),
  state text not null check (state in ('valid', 'suspended', 'cancelled', 'revoked', 'withdrawn')),
  reason text not null,
  effective_at timestamptz not null,
  recorded_at timestamptz not null,
  department text not null,
  officer text not null,
  status_position bigint not null,
  leaf bytea not null check (octet_length(leaf) = 32),
  primary key (licence_id, ordinal)
);
create index act_status_position on vault.act (status_position);
grant select, insert on vault.act to zt_app;

create table vault.import_run (
  run_id text primary key,
  file_digest bytea not null check (octet_length(file_digest) = 32),
  type text not null,
  started_at timestamptz not null
);
grant select, insert on vault.import_run to zt_app;

create table vault.import_result (
  run_id text primary key references vault.import_run (run_id),
  finished_at timestamptz not null,
  totals jsonb not null
);
grant select, insert on vault.import_result to zt_app;

-- Which line of a file gave which number first; this is how a second line with it is noticed. It
-- names its run without a foreign key, which would lock the run once for every line.
create table vault.import_line (
  run_id text not null,
  number_index bytea not null check (octet_length(number_index) = 32),
  line integer not null check (line > 0),
  primary key (run_id, number_index)
);
grant select, insert on vault.import_line to zt_app;

-- A row that was not taken, kept whole and encrypted until somebody mends it.
create table vault.quarantine (
  run_id text not null references vault.import_run (run_id),
  line integer not null check (line > 0),
  findings jsonb not null,
  sealed_row bytea not null,
  wrapped_key bytea not null,
  primary key (run_id, line)
);
alter table vault.quarantine alter column sealed_row set storage external;
grant select, insert on vault.quarantine to zt_app;

-- An auditor compares the vault with the log, and sees neither contents nor holders.
grant usage on schema vault to zt_auditor;
grant select (licence_id, document_digest, leaf) on vault.licence to zt_auditor;
grant select (licence_id, state, effective_at, leaf) on vault.act to zt_auditor;
