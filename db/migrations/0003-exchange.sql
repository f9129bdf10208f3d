-- The exchange: registered keys, cases with their parties, and the requests that were answered.
-- Append-only throughout: a case is closed by a row of its own.
create schema exchange;
grant usage on schema exchange to zt_app;

-- A key is its certificate chain, leaf first: whoever can write this table still cannot make one.
create table exchange.department_key (
  kid text primary key check (kid <> ''),
  department text not null,
  chain bytea[] not null check (cardinality(chain) between 1 and 4),
  leaf bytea not null check (octet_length(leaf) = 32)
);
grant select, insert on exchange.department_key to zt_app;

-- One row for each authenticated request that was answered or refused. The token is the
-- department's own signature over what it asked; both keys make a replay impossible.
create table exchange.request (
  department text not null,
  rid text not null check (length(rid) between 1 and 128),
  attempt integer not null check (attempt between 1 and 1000),
  jti text not null,
  token text not null,
  recorded_at timestamptz not null,
  primary key (department, rid, attempt),
  unique (department, jti)
);
grant select, insert on exchange.request to zt_app;

-- Whom an entry is about, beside the log so that it can be erased while every proof stays valid:
-- the entry holds SHA-256(salt ‖ subject_index) only.
create table exchange.entry_subject (
  leaf bytea not null check (octet_length(leaf) = 32),
  ordinal integer not null check (ordinal >= 0),
  subject_index bytea not null check (octet_length(subject_index) = 32),
  salt bytea not null check (octet_length(salt) = 16),
  primary key (leaf, ordinal)
);
create index entry_subject_index on exchange.entry_subject (subject_index);
grant select, insert on exchange.entry_subject to zt_app;

create table exchange.case_opening (
  department text not null,
  number text not null check (length(number) between 1 and 64),
  item text not null,
  officer text not null,
  opened_at timestamptz not null,
  primary key (department, number)
);

create table exchange.case_party (
  department text not null,
  number text not null,
  role text not null,
  party_index bytea not null check (octet_length(party_index) = 32),
  wrapped_key bytea not null,
  sealed bytea not null,
  primary key (department, number, role),
  foreign key (department, number) references exchange.case_opening (department, number)
);

create table exchange.case_closing (
  department text not null,
  number text not null,
  officer text not null,
  closed_at timestamptz not null,
  primary key (department, number),
  foreign key (department, number) references exchange.case_opening (department, number)
);
grant select, insert on exchange.case_opening, exchange.case_party, exchange.case_closing to zt_app;
