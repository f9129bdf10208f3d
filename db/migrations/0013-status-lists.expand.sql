-- Every signed status list that was given out: each instance gives the newest, and the past stays known.
create table vault.status_list (
  list integer not null check (list >= 0),
  version bigint not null check (version > 0),
  signed_at timestamptz not null,
  digest bytea not null check (octet_length(digest) = 32),
  token text not null,
  primary key (list, version),
  unique (list, signed_at)
);
grant select, insert on vault.status_list to zt_app;
