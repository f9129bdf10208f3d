-- A first attempt looks here for one of its request id that was counted before it. Hardly any attempt is
-- a later one, so those who look among serializable transactions seldom meet one who writes.
create index request_later_attempts on exchange.request (department, rid) where attempt > 1;
