/* config_keys.h: the texts of the configuration that are more than words. For config*.c and the importers. */
#ifndef POSTERN_GATE_CONFIG_KEYS_H
#define POSTERN_GATE_CONFIG_KEYS_H

#include "base/conf.h"

/* "user@domain", "domain", ".domain": the domain in its normal form. */
conf_normal config_normal_mailbox;

/* "domain", ".domain" for all below it. */
conf_normal config_normal_sender;

/* "ADDRESS", "ADDRESS@PORT", with a NUL behind it. */
conf_normal config_normal_server;

#endif
