"""postfix_mta: a real Postfix with its own configuration, queue and ports, between a raw SMTP client and smtp-sink."""
import os
import pwd
import subprocess

import mta

MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
myhostname = mx.example.net
mydestination =
relay_domains = example.net example.org
relay_transport = smtp:[127.0.0.1]:{sink}
default_transport = smtp:[127.0.0.1]:{sink}
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
smtpd_authorized_xclient_hosts = 127.0.0.0/8
milter_default_action = tempfail
message_size_limit = 30000000
"""
MASTER = """
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix(mta.World):
    """`services`: lines of master.cf for the smtpds, at `names` of ports."""

    def __init__(self, directory, services, names):
        super().__init__(directory, names)
        self.started = False
        for name in ("conf", "queue", "data"):
            (self.dir / name).mkdir()
        owner = pwd.getpwnam("postfix")
        os.chown(self.dir / "data", owner.pw_uid, owner.pw_gid)
        (self.dir / "conf/main.cf").write_text(MAIN.format(dir=self.dir, **self.ports))
        (self.dir / "conf/master.cf").write_text((services + MASTER).format(dir=self.dir, **self.ports))

    def start(self):
        super().start()
        self.postfix("start")
        self.started = True

    def postfix(self, verb):
        done = subprocess.run(["postfix", "-c", self.dir / "conf", verb], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (verb, done.stdout, done.stderr)

    def stop(self):
        if self.started:
            self.postfix("stop")
        return super().stop()
