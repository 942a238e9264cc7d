# For rules that know X-Spam-Flag already, with `headers: {spam: yes}` in postern.yaml: YES is tag or banner.
require ["fileinto", "mailbox"];

if header :is "X-Spam-Flag" "YES" {
    fileinto :create "Junk";
    stop;
}
