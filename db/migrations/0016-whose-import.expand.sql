-- Whose file a run reads: the department may read what became of it, also when it brought nothing.
alter table vault.import_run add column department text;
