-- How often a department has asked whether items of a holder's licences are right: who guesses is stopped.
create table exchange.field_check (
  id bigint generated always as identity primary key,
  department text not null,
  type text not null,
  subject_index bytea not null check (octet_length(subject_index) = 32),
  asked_at timestamptz not null
);
create index field_check_asked
  on exchange.field_check (subject_index, department, type, asked_at);
grant select, insert on exchange.field_check to zt_app;
