/* config/read.h - inside src/config: from libconfig's settings to fields.
 *
 * Each key names a function that reads its setting into its field; what is
 * wrong goes to the reader's diag and the field is left alone. */
#ifndef B2BUA_CONFIG_READ_H
#define B2BUA_CONFIG_READ_H

#include <libconfig.h>
#include "config/config.h"

struct reader {
	struct config *conf; /* borrowed; what is being filled */
	const char *path;    /* borrowed; of the main file */
	char *folder;        /* owned; the file's, NULL: the current one */
	struct diag *why;    /* borrowed, never NULL */
};

struct key;
typedef void key_fn(struct reader *r, const config_setting_t *s,
                    const struct key *k);

struct key {
	const char *group; /* NULL at the top */
	const char *name;
	key_fn *read;
	size_t offset;      /* of the field in struct config */
	long long min, max; /* of numbers */
};

key_fn read_unsigned, read_unsigned_or_zero, read_path, read_socket_path, read_ports, read_address;
key_fn read_bool, read_path_or_none, read_word;
key_fn read_advertise, read_listen, read_digest, read_log_level;
key_fn read_log_format, read_networks, read_nameservers;

/* A fault of s as "file:line: group.name: text". */
void conf_fault(struct reader *r, const config_setting_t *s, const char *fmt,
                  ...) printf_like(3, 4);
/* "folder/file:line"; file as libconfig names it, or NULL */
void conf_place(struct buf *out, const struct reader *r, const char *file,
                  unsigned line);
/* "sip.max_calls", "sip.listen[1]" */
void conf_key(struct buf *out, const config_setting_t *s);
/* What the operator calls this type: "a string", "a group { ... }". */
const char *conf_type(int type);

/* A listen URI.  0, or -EINVAL and a reason. */
int listen_parse(struct conf_listen *out, const char *uri, const char **reason);

/* Finds what libconfig would take wrongly or die of: numbers that do not
 * fit, @include of something that is no file.  0 or -errno, faults in why. */
int source_check(const char *path, const char *folder, struct diag *why);

#endif
