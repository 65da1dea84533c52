/* config/value.c - one setting's value, its type and its range checked. */
#include "config/read.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/mem.h"
#include "base/strutil.h"

const char *conf_type(int type)
{
	switch (type) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "an integer";
	case CONFIG_TYPE_FLOAT:
		return "a number with a fraction";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST:
		return "a list";
	default:
		return "a group { ... }";
	}
}

void conf_key(struct buf *out, const config_setting_t *s)
{
	const config_setting_t *up = config_setting_parent(s);

	if (!up)
		return;
	conf_key(out, up);
	if (!config_setting_name(s)) {
		buf_fmt(out, "[%d]", config_setting_index(s));
		return;
	}
	if (!config_setting_is_root(up))
		buf_char(out, '.');
	buf_str(out, config_setting_name(s));
}

void conf_place(struct buf *out, const struct reader *r, const char *file,
                  unsigned line)
{
	if (!file)
		file = r->path;
	/* An included file goes by the name that stands in the @include. */
	if (r->folder && *file != '/' && !str_starts(file, r->folder))
		buf_fmt(out, "%s/", r->folder);
	buf_fmt(out, "%s:%u", file, line);
}

void conf_fault(struct reader *r, const config_setting_t *s, const char *fmt,
                  ...)
{
	struct buf where = { 0 }, key = { 0 }, text = { 0 };
	va_list ap;

	conf_place(&where, r, config_setting_source_file(s),
	             config_setting_source_line(s));
	conf_key(&key, s);
	va_start(ap, fmt);
	buf_vfmt(&text, fmt, ap);
	va_end(ap);
	diag_fault(r->why, buf_text(&where), buf_text(&key), "%s",
	           buf_text(&text));
	buf_free(&where);
	buf_free(&key);
	buf_free(&text);
}

static void *field(struct reader *r, const struct key *k)
{
	return (char *)r->conf + k->offset;
}

static bool is_integer(const config_setting_t *s)
{
	return config_setting_type(s) == CONFIG_TYPE_INT ||
	       config_setting_type(s) == CONFIG_TYPE_INT64;
}

static bool is_list(const config_setting_t *s)
{
	return config_setting_is_array(s) || config_setting_is_list(s);
}

static bool number(struct reader *r, const config_setting_t *s,
                   const struct key *k, long long *out)
{
	if (!is_integer(s)) {
		conf_fault(r, s, "must be an integer, not %s",
		             conf_type(config_setting_type(s)));
		return false;
	}
	*out = config_setting_get_int64(s);
	if (*out >= k->min && *out <= k->max)
		return true;
	conf_fault(r, s, "must be between %lld and %lld, not %lld", k->min,
	             k->max, *out);
	return false;
}

static const char *string(struct reader *r, const config_setting_t *s)
{
	if (config_setting_type(s) == CONFIG_TYPE_STRING)
		return config_setting_get_string(s);
	conf_fault(r, s, "must be a string, not %s",
	             conf_type(config_setting_type(s)));
	return NULL;
}

void read_unsigned(struct reader *r, const config_setting_t *s,
                   const struct key *k)
{
	long long n;

	if (number(r, s, k, &n))
		*(unsigned *)field(r, k) = (unsigned)n;
}

/* Zero, which turns it off, or within the range. */
void read_unsigned_or_zero(struct reader *r, const config_setting_t *s,
                           const struct key *k)
{
	if (is_integer(s) && config_setting_get_int64(s) == 0)
		*(unsigned *)field(r, k) = 0;
	else
		read_unsigned(r, s, k);
}

void read_bool(struct reader *r, const config_setting_t *s,
               const struct key *k)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		conf_fault(r, s, "must be true or false, not %s",
		           conf_type(config_setting_type(s)));
	else
		*(bool *)field(r, k) = config_setting_get_bool(s);
}

/* Letters, digits and what may stand between them. */
void read_word(struct reader *r, const config_setting_t *s,
               const struct key *k)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	const char *word = string(r, s);

	if (!word)
		return;
	if (!*word || word[strspn(word, allowed)] ||
	    strlen(word) > (size_t)k->max)
		conf_fault(r, s, "'%s' is not a word of letters, digits, - _ "
		                 "and ., at most %lld of them", word, k->max);
	else
		*(char **)field(r, k) = xstrdup(word);
}

/* --- paths ------------------------------------------------------------- */

void read_path(struct reader *r, const config_setting_t *s, const struct key *k)
{
	const char *path = string(r, s);
	char **out = field(r, k);

	if (!path)
		return;
	if (!*path)
		conf_fault(r, s, "must not be empty");
	else if (*path == '/' || !r->folder)
		*out = xstrdup(path);
	else
		*out = xasprintf("%s%s%s", r->folder,
		                 str_eq(r->folder, "/") ? "" : "/", path);
}

void read_path_or_none(struct reader *r, const config_setting_t *s,
                       const struct key *k)
{
	char **out = field(r, k);

	if (config_setting_type(s) == CONFIG_TYPE_STRING &&
	    !*config_setting_get_string(s))
		*out = xstrdup("");
	else
		read_path(r, s, k);
}

void read_socket_path(struct reader *r, const config_setting_t *s,
                      const struct key *k)
{
	size_t longest = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	char **out = field(r, k);

	read_path(r, s, k);
	if (*out && strlen(*out) > longest)
		conf_fault(r, s,
		             "'%s' is too long for a socket: %zu bytes, at "
		             "most %zu",
		             *out, strlen(*out), longest);
}

/* --- addresses --------------------------------------------------------- */

void read_address(struct reader *r, const config_setting_t *s,
                  const struct key *k)
{
	const char *text = string(r, s);
	bool is_shown = str_eq(k->name, "advertise");
	struct addr a;

	if (!text || !*text)
		return;
	if (addr_parse(&a, text, 0) < 0)
		conf_fault(r, s, "'%s' is not an IPv4 or IPv6 address", text);
	else if (addr_is_multicast(&a))
		conf_fault(r, s, "'%s' is a multicast address", text);
	else if (is_shown && addr_is_any(&a))
		conf_fault(r, s, "'%s' is not an address to send to", text);
	else
		*(struct addr *)field(r, k) = a;
}

/* RFC 3261 25.1 hostname, and the underscore that some use. */
static bool is_hostname(const char *s, size_t n)
{
	if (n == 0 || n > 253)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("-._", s[i]))
			return false;
	return isalnum((unsigned char)s[0]);
}

static bool is_port(const char *s)
{
	char *end;
	unsigned long port;

	if (!isdigit((unsigned char)*s))
		return false;
	port = strtoul(s, &end, 10);
	return *end == '\0' && port >= 1 && port <= 65535;
}

static bool is_host_port(const char *s)
{
	const char *colon = strrchr(s, ':');
	size_t n = colon ? (size_t)(colon - s) : strlen(s);
	struct addr a;

	if (*s == '[' || (colon && strchr(s, ':') != colon))
		return addr_parse_hostport(&a, s, 5060) == 0 &&
		       addr_port(&a) != 0 && *s == '[';
	return is_hostname(s, n) && (!colon || is_port(colon + 1));
}

void read_advertise(struct reader *r, const config_setting_t *s,
                    const struct key *k)
{
	const char *text = string(r, s);

	if (!text)
		return;
	if (*text && !is_host_port(text))
		conf_fault(r, s,
		             "'%s' is not host, host:port, [IPv6] or "
		             "[IPv6]:port",
		             text);
	else
		*(char **)field(r, k) = xstrdup(text);
}

static bool is_address_list(const char *text)
{
	char item[ADDR_TEXT];
	struct addr a;
	size_t n;

	for (;; text += n + 1) {
		n = strcspn(text, ",");
		if (n >= sizeof(item))
			return false;
		memcpy(item, text, n);
		item[n] = '\0';
		if (addr_parse_hostport(&a, item, 53) < 0)
			return false;
		if (!text[n])
			return true;
	}
}

void read_nameservers(struct reader *r, const config_setting_t *s,
                      const struct key *k)
{
	const char *text = string(r, s);

	if (!text)
		return;
	if (*text && !is_address_list(text))
		conf_fault(r, s, "'%s' is not IP[:port],...", text);
	else
		*(char **)field(r, k) = xstrdup(text);
}

void read_ports(struct reader *r, const config_setting_t *s,
                const struct key *k)
{
	long long port[2];

	if (!is_list(s) || config_setting_length(s) != 2) {
		conf_fault(r, s, "must be [ lowest, highest ]");
		return;
	}
	for (unsigned i = 0; i < 2; i++)
		if (!number(r, config_setting_get_elem(s, i), k, &port[i]))
			return;
	/* RTP takes an even port and RTCP the next (RFC 3550 11) */
	if (port[1] - port[0] < 3) {
		conf_fault(r, s,
		             "from %lld to %lld is too few: a call takes four "
		             "ports",
		             port[0], port[1]);
		return;
	}
	r->conf->media.port_min = (uint16_t)port[0];
	r->conf->media.port_max = (uint16_t)port[1];
}

/* --- listen ------------------------------------------------------------ */

static bool is_taken(const struct config *c, const struct conf_listen *l)
{
	for (size_t i = 0; i < c->sip.n_listen; i++)
		if (c->sip.listen[i].transport == l->transport &&
		    addr_eq(&c->sip.listen[i].addr, &l->addr))
			return addr_port(&l->addr) != 0;
	return false;
}

static void read_one_listen(struct reader *r, const config_setting_t *s)
{
	const char *uri = string(r, s), *reason = NULL;
	struct config *c = r->conf;
	struct conf_listen l = { 0 };

	if (!uri)
		return;
	if (listen_parse(&l, uri, &reason) < 0) {
		conf_fault(r, s, "'%s': %s", uri, reason);
		return;
	}
	if (is_taken(c, &l))
		conf_fault(r, s, "'%s' is listed twice", uri);
	l.uri = xstrdup(uri);
	c->sip.listen[c->sip.n_listen++] = l;
}

void read_listen(struct reader *r, const config_setting_t *s,
                 const struct key *k)
{
	int n = config_setting_length(s);

	(void)k;
	if (!is_list(s)) {
		conf_fault(r, s, "must be a list of URIs, not %s",
		             conf_type(config_setting_type(s)));
		return;
	}
	if (n == 0)
		conf_fault(r, s, "must name at least one address");
	r->conf->sip.listen =
		xcalloc((size_t)n + 1, sizeof(*r->conf->sip.listen));
	for (int i = 0; i < n; i++)
		read_one_listen(r, config_setting_get_elem(s, (unsigned)i));
}

/* --- digest ------------------------------------------------------------ */

static void read_one_digest(struct reader *r, const config_setting_t *s)
{
	static const char *const names[CONF_DIGESTS] = {
		[CONF_MD5] = "MD5",
		[CONF_SHA256] = "SHA-256",
		[CONF_SHA512_256] = "SHA-512-256",
	};
	const char *text = string(r, s);
	struct config *c = r->conf;
	size_t i = 0;

	if (!text)
		return;
	while (i < NELEM(names) && !str_eq_case(names[i], text))
		i++;
	if (i == NELEM(names)) {
		conf_fault(r, s,
		             "must be \"MD5\", \"SHA-256\" or "
		             "\"SHA-512-256\", not \"%s\"",
		             text);
		return;
	}
	for (size_t k = 0; k < c->sip.n_digest; k++)
		if (c->sip.digest[k] == (enum conf_digest)i) {
			conf_fault(r, s, "'%s' is listed twice", text);
			return;
		}
	c->sip.digest[c->sip.n_digest++] = (enum conf_digest)i;
}

void read_digest(struct reader *r, const config_setting_t *s,
                 const struct key *k)
{
	int n = config_setting_length(s);

	(void)k;
	if (!is_list(s)) {
		conf_fault(r, s, "must be a list of algorithms, not %s",
		             conf_type(config_setting_type(s)));
		return;
	}
	if (n == 0)
		conf_fault(r, s, "must name at least one algorithm");
	for (int i = 0; i < n; i++)
		read_one_digest(r, config_setting_get_elem(s, (unsigned)i));
}

/* --- log --------------------------------------------------------------- */

void read_log_level(struct reader *r, const config_setting_t *s,
                    const struct key *k)
{
	const char *text = string(r, s);

	if (text && !log_level_parse(text, field(r, k)))
		conf_fault(r, s,
		             "must be \"error\", \"warn\", \"info\" or "
		             "\"debug\", not \"%s\"",
		             text);
}

void read_log_format(struct reader *r, const config_setting_t *s,
                     const struct key *k)
{
	const char *text = string(r, s);
	enum log_format *out = field(r, k);

	if (!text)
		return;
	if (str_eq(text, "text"))
		*out = LOG_FMT_TEXT;
	else if (str_eq(text, "json"))
		*out = LOG_FMT_JSON;
	else
		conf_fault(r, s, "must be \"text\" or \"json\", not \"%s\"",
		             text);
}
