/* directory/read.h - one document of each type becomes its struct.
 *
 * Each returns a struct from the reader's pool, filled as far as the document
 * has no faults (rd->faults counts those); what refers to other documents is
 * left for link.c.  The account is NULL for global resources and when a
 * document is only checked. */
#ifndef B2BUA_DIRECTORY_READ_H
#define B2BUA_DIRECTORY_READ_H

#include "directory/directory.h"
#include "directory/plan.h"
#include "directory/reader.h"

struct account_doc {
	struct account account;
	const char *parent_id; /* NULL at the top */
};

struct callflow_doc {
	struct callflow callflow;
	const char **numbers;   /* normalised ones follow those as written */
	size_t n_numbers;
	struct rule **patterns; /* compiled */
	size_t n_patterns;
};

struct account_doc *read_account(struct reader *rd, const char *id,
                                 const struct cJSON *doc,
                                 struct plan_classes classes);
struct device *read_device(struct reader *rd, const struct account *a,
                           const char *id, const struct cJSON *doc);
struct user *read_user(struct reader *rd, const struct account *a,
                       const char *id, const struct cJSON *doc);
struct group *read_group(struct reader *rd, const struct account *a,
                         const char *id, const struct cJSON *doc);
struct callflow_doc *read_callflow(struct reader *rd, const struct account *a,
                                   const char *id, const struct cJSON *doc);
struct resource *read_resource(struct reader *rd, const struct account *a,
                               const char *id, const struct cJSON *doc);

/* What they say from here on. */
void device_take(struct device *d, const struct settings *s, const char *text);
void user_take(struct user *u, const struct settings *s, const char *text);

const struct limits *read_limits(struct reader *rd, const struct cJSON *doc);
/* `formatters` of any document; NULL when it has none. */
const struct formatters *read_formatters(struct reader *rd,
                                         const struct cJSON *doc);
/* Faults and warnings for a custom_sip_headers, which may be NULL. */
void check_sip_headers(struct reader *rd, const struct place *at,
                       const struct cJSON *headers);
/* The same for an invite_parameters. */
void check_invite_parameters(struct reader *rd, const struct place *at,
                             const struct cJSON *parameters);
/* A weight_cost, clamped as Kazoo does. */
int read_weight(int weight);
/* The `classifiers` of a carrier, whose other members are read. */
void read_resource_classes(struct reader *rd, struct resource *r,
                  const struct cJSON *doc);

/* A callflow's tree of actions: its shape, and the types of the data of every
 * module we know. */
void check_action(struct reader *rd, const struct place *at,
                  const struct cJSON *action);

/* The data of modules that ring nobody; NULL: not known here. */
const struct field *module_fields(const char *module);

/* What the documents of accounts, users and devices have in common; `on` is
 * one of ON_ACCOUNT, ...  Never NULL. */
const struct settings *read_settings(struct reader *rd,
                                     const struct cJSON *doc, unsigned on);
extern const struct field fields_settings[];
extern const struct field fields_account[];
extern const struct field fields_callflow[];
extern const struct field fields_device[];
extern const struct field fields_group[];
extern const struct field fields_user[];
/* Of the documents of groups and of actions, too. */
extern const struct field fields_ringtones[];

#endif
