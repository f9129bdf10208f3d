-- The whole life of a licence: acts that end it or put another in its place, what they are done for, and
-- the two ways of issuing. The checks grow; what older versions write still fits.
alter table vault.act
  drop constraint act_act_check,
  drop constraint act_state_check,
  add constraint act_act_check check (
    act in ('suspend', 'restore', 'expire', 'cancel', 'revoke', 'withdraw', 'transfer', 'archive',
            'renew', 'change', 'supersede')),
  add constraint act_state_check check (
    state in ('valid', 'suspended', 'expired', 'cancelled', 'revoked', 'withdrawn', 'transferred',
              'superseded', 'archived')),
  add column case_number text,
  add column request_key text,
  -- To whom a licence was transferred, and which licence took its place.
  add column receiver text,
  add column successor text,
  add constraint act_successor_check check (successor is null or state = 'superseded'),
  add constraint act_receiver_check check (receiver is null or state = 'transferred');
create unique index act_successor on vault.act (successor) where successor is not null;
create unique index act_request on vault.act (department, request_key)
  where request_key is not null;
grant select (successor) on vault.act to zt_auditor;

-- Licences begun that will each take the place of another; as vault.intent, a queue. A licence has one
-- successor, so it stands here once.
create table vault.succession (
  licence_id text primary key,
  superseded text not null unique,
  facts jsonb not null,
  draft bytea not null,
  begun_at timestamptz not null
);
alter table vault.succession alter column draft set storage external;
grant select, insert, delete on vault.succession to zt_app;
grant select (facts) on vault.succession to zt_keeper;

-- What an idempotency key stands for since it was first used: the keyed digest of the request, and the
-- identifier that was proposed then.
create table vault.request (
  department text not null,
  key text not null,
  asked bytea not null check (octet_length(asked) = 32),
  licence_id text not null,
  asked_at timestamptz not null,
  primary key (department, key)
);
grant select, insert on vault.request to zt_app;

-- Places in the status lists given to a department that seals on its own premises. Whoever takes one
-- away stores the licence that has it.
create table vault.place (
  position bigint primary key check (position >= 0),
  department text not null,
  reserved_at timestamptz not null
);
create index place_department on vault.place (department);
grant select, insert, delete on vault.place to zt_app;
