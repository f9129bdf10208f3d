-- Which request scanned a code, so that whoever lost the answer to a scan is told again, and nobody else.
alter table vault.show_scan add column request_id text check (length(request_id) between 1 and 128);
