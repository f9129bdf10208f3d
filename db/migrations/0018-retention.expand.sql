-- What has been told is not told otherwise: events and status lists are never changed. The oldest go
-- when their time is over; the newest stays, so that neither places nor versions begin again.
alter table vault.event add column settled_at timestamptz not null default now();

create function vault.keep_newest_event() returns trigger
  language plpgsql
  as $$
begin
  if not exists (select from vault.event where ordinal > old.ordinal) then
    raise exception 'the newest event stays' using errcode = 'insufficient_privilege';
  end if;
  return old;
end
$$;

create function vault.keep_newest_status_list() returns trigger
  language plpgsql
  as $$
begin
  if not exists (select from vault.status_list where list = old.list and version > old.version) then
    raise exception 'the newest status list stays' using errcode = 'insufficient_privilege';
  end if;
  return old;
end
$$;

create trigger append_only before update or truncate on vault.event
  for each statement execute function log.refuse_change();
create trigger append_only before update or truncate on vault.status_list
  for each statement execute function log.refuse_change();
create trigger keep_newest before delete on vault.event
  for each row execute function vault.keep_newest_event();
create trigger keep_newest before delete on vault.status_list
  for each row execute function vault.keep_newest_status_list();

grant delete on vault.event, vault.status_list to zt_sequencer;
grant select (list, version, signed_at) on vault.status_list to zt_sequencer;
