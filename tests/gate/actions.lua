-- The echo milter alone: every action, one message each, as the message's X-Do fields say.
local conn = mt.connect(socket, 40, 0.1)
if conn == nil then error("mt.connect() failed") end
if mt.conninfo(conn, "mail.example.com", "192.0.2.1") ~= nil then error("mt.conninfo() failed") end
if mt.helo(conn, "mail.example.com") ~= nil then error("mt.helo() failed") end

local function send(...)
	if mt.mailfrom(conn, "<ada@example.com>") ~= nil then error("mt.mailfrom() failed") end
	if mt.rcptto(conn, "<bob@example.net>") ~= nil then error("mt.rcptto() failed") end
	if mt.header(conn, "From", " ada@example.com") ~= nil then error("mt.header() failed") end
	for _, instruction in ipairs({...}) do
		if mt.header(conn, "X-Do", " " .. instruction) ~= nil then error("mt.header() failed") end
	end
	if mt.eoh(conn) ~= nil then error("mt.eoh() failed") end
	if mt.bodystring(conn, "Hello\r\n") ~= nil then error("mt.bodystring() failed") end
	if mt.eom(conn) ~= nil then error("mt.eom() failed") end
	return mt.getreply(conn)
end

local function must(found, what)
	if not found then error("missing: " .. what) end
end

if send("insert 1 X-A a", "add X-B b b", "change 1 Subject c", "delete 2 X-D") ~= SMFIR_ACCEPT then error("not accepted") end
must(mt.eom_check(conn, MT_HDRINSERT, "X-A", " a", 1), "insert")
must(mt.eom_check(conn, MT_HDRADD, "X-B", " b b"), "add")
must(mt.eom_check(conn, MT_HDRCHANGE, "Subject", " c"), "change")
must(mt.eom_check(conn, MT_HDRDELETE, "X-D"), "delete")

if send("add-recipient c@example.net", "delete-recipient bob@example.net") ~= SMFIR_ACCEPT then error("not accepted") end
must(mt.eom_check(conn, MT_RCPTADD, "<c@example.net>"), "add recipient")
must(mt.eom_check(conn, MT_RCPTDELETE, "<bob@example.net>"), "delete recipient")

if send("body new text", "hold for a look") ~= SMFIR_ACCEPT then error("not accepted") end
must(mt.eom_check(conn, MT_BODYCHANGE, "new text"), "body")
must(mt.eom_check(conn, MT_QUARANTINE, "for a look"), "quarantine")

if send("reject 550 5.7.1 no 100% way") ~= SMFIR_REPLYCODE then error("no reply code") end
must(mt.eom_check(conn, MT_SMTPREPLY, "550", "5.7.1", "no 100%% way"), "reply")
if send("reject") ~= SMFIR_REJECT then error("not rejected") end
if send("tempfail") ~= SMFIR_TEMPFAIL then error("not tempfailed") end
if send("discard") ~= SMFIR_DISCARD then error("not discarded") end
if send("wait 500") ~= SMFIR_ACCEPT then error("no answer after progress") end
mt.disconnect(conn)
