-- The log: what happened, as bytes that are never changed again, and the Merkle tree over them.

create schema log;

create table log.entry (
  id bigint generated always as identity primary key,
  leaf bytea not null unique check (octet_length(leaf) = 32),
  body bytea not null check (octet_length(body) between 2 and 32768),
  -- All below repeats members of the body, to be searched by; see log.fill_columns.
  kind text not null,
  at timestamptz not null,
  recorded_at timestamptz not null,
  shard integer not null,
  department text,
  officer text,
  case_number text,
  item text,
  decision text,
  rid text,
  licence_id text
);

create index entry_recorded_at on log.entry using brin (recorded_at);
create index entry_kind on log.entry (kind, id);
create index entry_department on log.entry (department, id) where department is not null;
create index entry_officer on log.entry (officer, id) where officer is not null;
create index entry_case_number on log.entry (case_number, id) where case_number is not null;
create index entry_rid on log.entry (rid, id) where rid is not null;
create index entry_licence_id on log.entry (licence_id, id) where licence_id is not null;

-- The columns of an entry come from its bytes alone, whatever the insert says. One reading serves
-- them all: a generated column each would parse the body a dozen times, which was measured to take
-- three times as long as everything else. The whole verification compares them again.
create function log.fill_columns() returns trigger
  language plpgsql
  as $$
declare
  content jsonb := convert_from(new.body, 'UTF8')::jsonb;
begin
  new.kind := content ->> 'kind';
  new.at := content ->> 'at';
  new.recorded_at := content ->> 'recordedAt';
  new.shard := extract(year from new.recorded_at at time zone 'UTC');
  new.department := content ->> 'department';
  new.officer := content ->> 'officer';
  new.case_number := content ->> 'case';
  new.item := content ->> 'item';
  new.decision := content ->> 'decision';
  new.rid := content ->> 'rid';
  new.licence_id := content ->> 'licenceId';
  return new;
end
$$;

create trigger columns_from_body before insert on log.entry
  for each row execute function log.fill_columns();

-- Entries whose leaf is promised but not yet under a signed head. Written with the entry.
create table log.pending (
  entry_id bigint primary key references log.entry (id)
);

-- A shard is one tree: the entries recorded in one year.
create table log.leaf_position (
  shard integer not null,
  index bigint not null check (index >= 0),
  entry_id bigint not null unique references log.entry (id),
  primary key (shard, index)
);

-- C2SP tlog-tiles: up to 256 hashes of one level, side by side; the last of a level is partial.
create table log.tile (
  shard integer not null,
  level smallint not null check (level between 0 and 6),
  index bigint not null check (index >= 0),
  hashes bytea not null
    check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
  primary key (shard, level, index)
);

-- Signed heads. Two of one size cannot both be kept. `signed_at` is for operators: no signature
-- covers it, and nothing may be proven with it.
create table log.checkpoint (
  shard integer not null,
  size bigint not null check (size > 0),
  root bytea not null check (octet_length(root) = 32),
  note text not null check (length(note) <= 8192),
  signed_at timestamptz not null,
  primary key (shard, size)
);

-- The grants are the wall. These triggers are a second net that holds the owner's slips as well;
-- they do not hold a superuser who means harm. That is what heads held outside are for.
create function log.refuse_change() returns trigger
  language plpgsql
  as $$
begin
  raise exception 'rows of %.% are never changed', tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;

create function log.only_extend() returns trigger
  language plpgsql
  as $$
begin
  if (new.shard, new.level, new.index) is distinct from (old.shard, old.level, old.index)
    or substring(new.hashes for octet_length(old.hashes)) is distinct from old.hashes
  then
    raise exception 'a tile only ever grows' using errcode = 'insufficient_privilege';
  end if;
  return new;
end
$$;

create trigger append_only before update or delete or truncate on log.entry
  for each statement execute function log.refuse_change();
create trigger append_only before update or delete or truncate on log.leaf_position
  for each statement execute function log.refuse_change();
create trigger append_only before update or delete or truncate on log.checkpoint
  for each statement execute function log.refuse_change();
create trigger append_only before delete or truncate on log.tile
  for each statement execute function log.refuse_change();
create trigger extend_only before update on log.tile
  for each row execute function log.only_extend();
create trigger append_only before update or truncate on log.pending
  for each statement execute function log.refuse_change();

grant usage on schema log to zt_app, zt_sequencer, zt_auditor;
grant select on all tables in schema log to zt_app, zt_sequencer, zt_auditor;
grant insert (leaf, body) on log.entry to zt_app;
grant insert (entry_id) on log.pending to zt_app;
grant delete on log.pending to zt_sequencer;
grant insert on log.leaf_position, log.checkpoint, log.tile to zt_sequencer;
grant update (hashes) on log.tile to zt_sequencer;
