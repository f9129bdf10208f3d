-- Which places a request for places was answered with: whoever lost the answer gets the same ones, used
-- since then or not.
create table vault.place_request (
  department text not null,
  key text not null,
  positions bigint[] not null,
  reserved_at timestamptz not null,
  primary key (department, key)
);
grant select, insert on vault.place_request to zt_app;
