-- What a request asked, so that a request id cannot be used again for something else. Rows of former
-- versions say nothing of it and stand in nobody's way.
alter table exchange.request add column asked bytea check (octet_length(asked) = 32);
