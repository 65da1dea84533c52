/* sip/presence_doc.h - the documents a NOTIFY tells: dialog-info (RFC 4235),
 * PIDF (RFC 3863), message-summary (RFC 3842).  Pure: data in, text out. */
#ifndef B2BUA_SIP_PRESENCE_DOC_H
#define B2BUA_SIP_PRESENCE_DOC_H

#include <stdbool.h>
#include "base/buf.h"

#define DIALOG_INFO_TYPE     "application/dialog-info+xml"
#define PIDF_TYPE            "application/pidf+xml"
#define MESSAGE_SUMMARY_TYPE "application/simple-message-summary"

enum doc_dialog_state {
	DOC_TRYING,
	DOC_EARLY,
	DOC_CONFIRMED,
	DOC_TERMINATED
};

struct doc_dialog { /* strings borrowed; NULL where nothing is to be told */
	const char *id;
	bool is_recipient;      /* else the initiator */
	enum doc_dialog_state state;
	const char *call_id, *local_tag, *remote_tag; /* as the watched phone
	                                                 has them */
	const char *local_uri;
	const char *remote_name, *remote_uri;
};

/* Full state.  entity: "sip:101@realm". */
void doc_dialog_info(struct buf *out, const char *entity, unsigned version,
                     const struct doc_dialog *dialogs, size_t n);

struct doc_presence {
	const char *entity;
	bool is_open;
	const char *note;       /* NULL: none */
};
void doc_pidf(struct buf *out, const struct doc_presence *p);

/* No mailbox is here. */
void doc_message_summary(struct buf *out, const char *account_uri);

/* Text as it may stand in an element or an attribute: markup is escaped,
 * what XML 1.0 does not allow is "?". */
void xml_text(struct buf *out, const char *s);

/* The first <basic> of a PIDF says "closed". */
bool pidf_is_closed(const char *body, size_t len);

#endif
