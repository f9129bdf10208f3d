-- Changing keys while the exchange runs. Wrapped data keys are wrapped again by a role of its own, so
-- that the exchange itself still changes nothing it has written.
grant usage on schema vault, exchange to zt_keeper;
grant select, update (wrapped_key) on vault.holder_key to zt_keeper;
grant select (run_id, line, wrapped_key), update (wrapped_key) on vault.quarantine to zt_keeper;
grant select (department, number, role, wrapped_key), update (wrapped_key)
  on exchange.case_party to zt_keeper;

-- A request key that was retired before its certificate ends. It never comes back.
create table exchange.key_retirement (
  kid text primary key references exchange.department_key (kid),
  leaf bytea not null check (octet_length(leaf) = 32)
);
grant select, insert on exchange.key_retirement to zt_app;
