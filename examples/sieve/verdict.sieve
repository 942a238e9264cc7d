# Postern in front (enforce mode): what it tagged or put a banner on goes into Junk, and so does what a DNS list has.
# docs/HEADERS.md tells the field's grammar. The action stands first and "; " separates what follows, so no sender can
# write something in the field that these patterns match.
require ["fileinto", "mailbox"];

if anyof (
    header :matches "X-Postern-Verdict" ["tag;*", "banner;*"],
    header :contains "X-Postern-Verdict" "; lists="
) {
    fileinto :create "Junk";
    stop;
}
