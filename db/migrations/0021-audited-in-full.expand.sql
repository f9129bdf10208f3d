-- Whoever compares the vault with the log compares all that the log says. Nothing of it is new to those
-- who read the log.
grant select (act, reason, recorded_at, department, officer, case_number, receiver, status_position)
   on vault.act to zt_auditor;
grant select (grade, recorded_at, status_position) on vault.licence to zt_auditor;
