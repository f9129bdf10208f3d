-- What happened to licences, for others to be told of, and how many there are of what. Whoever issues
-- or changes appends one row to a queue and waits for nobody; the sequencer empties it, gives each
-- event its place without a gap, and adds it to the counts.
create table vault.event_pending (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('issued', 'changed', 'superseded', 'expiring')),
  licence_id text not null,
  type text not null,
  issuer text not null,
  division text not null,
  state text not null,
  acts integer not null check (acts >= 0),
  at timestamptz not null
);

create table vault.event (
  ordinal bigint primary key check (ordinal > 0),
  kind text not null,
  licence_id text not null,
  type text not null,
  issuer text not null,
  division text not null,
  state text not null,
  at timestamptz not null
);

-- How far each consumer of the events has come, and who is at work for it until when.
create table vault.event_cursor (
  consumer text primary key check (consumer ~ '^[a-z][a-zA-Z0-9]{0,63}$'),
  ordinal bigint not null check (ordinal >= 0),
  lease text not null,
  leased_until timestamptz not null
);

-- How many licences entered and left each state in each month of Beijing. `month` is its first day.
create table vault.licence_count (
  type text not null,
  issuer text not null,
  division text not null,
  month date not null check (extract(day from month) = 1),
  state text not null,
  entered bigint not null,
  gone bigint not null,
  primary key (type, issuer, division, month, state)
);

-- Of whose end somebody was reminded.
create table vault.reminder (
  licence_id text primary key
);

-- Licences by what stands in clear, newest first: places in the status lists are given in order.
create index licence_place on vault.licence (status_position);
create index licence_issuer on vault.licence (issuer, type, status_position);
create index licence_division on vault.licence (division, status_position);
create index licence_begin on vault.licence (valid_from);
create index licence_end on vault.licence (valid_until, licence_id) where valid_until is not null;
create index act_state on vault.act (state, status_position);

grant usage on schema vault to zt_sequencer;
grant insert (kind, licence_id, type, issuer, division, state, acts, at) on vault.event_pending to zt_app;
grant select, delete on vault.event_pending to zt_sequencer;
grant select, insert on vault.event to zt_sequencer;
grant select on vault.event to zt_app, zt_auditor;
grant select, insert, update (ordinal, lease, leased_until) on vault.event_cursor to zt_sequencer;
grant select, insert, update (entered, gone) on vault.licence_count to zt_sequencer;
grant select on vault.licence_count to zt_app, zt_auditor;
grant select, insert on vault.reminder to zt_app;
grant select (licence_id, type, issuer, division, valid_from, valid_until) on vault.licence
  to zt_sequencer;
grant select (licence_id, ordinal, state, effective_at) on vault.act to zt_sequencer;

-- Whoever checks the vault counts again.
grant select on vault.event_pending to zt_app, zt_auditor;
grant select (type, issuer, division, valid_from, valid_until) on vault.licence to zt_auditor;
grant select (ordinal) on vault.act to zt_auditor;

-- What was there before.
insert into vault.event_pending (kind, licence_id, type, issuer, division, state, acts, at)
select kind, licence_id, type, issuer, division, state, acts, at
  from (select 'issued' as kind, licence_id, type, issuer, division, 'valid' as state, 0 as acts,
               recorded_at as at, status_position
          from vault.licence
         union all
        select 'changed', act.licence_id, type, issuer, division, state, ordinal, effective_at,
               act.status_position
          from vault.act
          join vault.licence on licence.licence_id = act.licence_id) as happened
 order by acts, status_position;
