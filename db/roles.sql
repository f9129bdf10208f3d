-- The roles of the program. They cannot log in: a connection logs in as a member and becomes one of
-- them, so a table's grants are the second wall behind the gate. Roles belong to the whole cluster,
-- and databases of one cluster may be migrated at the same moment; losing that race is no failure.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['zt_app', 'zt_sequencer', 'zt_auditor', 'zt_keeper'] loop
    if to_regrole(wanted) is null then
      begin
        execute format('create role %I nologin', wanted);
      exception when duplicate_object or unique_violation then
        null;
      end;
    end if;

    -- Since PostgreSQL 16 a membership alone does not allow `set role`; 15 has no such column.
    if not exists (
      select
        from pg_catalog.pg_auth_members as membership
       where membership.roleid = to_regrole(wanted)
         and membership.member = to_regrole(quote_ident(current_user))
         and coalesce((to_jsonb(membership) ->> 'set_option')::boolean, true)
    ) then
      begin
        execute format('grant %I to current_user', wanted);
      exception when unique_violation or internal_error then
        null; -- "tuple concurrently updated": the other migration has just granted the same.
      end;
    end if;
  end loop;
end
$$;
