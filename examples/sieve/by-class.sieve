# A folder for one class: mail whose author domain asks that such mail be rejected, and that an exception let through.
require ["fileinto", "mailbox"];

if header :contains "X-Postern-Verdict" ["; class=dmarc-reject;", "; class=dmarc-quarantine;"] {
    fileinto :create "Suspicious";
    stop;
}
