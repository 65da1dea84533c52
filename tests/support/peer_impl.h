/* support/peer_impl.h - what peer.c and peer_send.c share. */
#ifndef B2BUA_TESTS_PEER_IMPL_H
#define B2BUA_TESTS_PEER_IMPL_H

#include "support/peer.h"

#define PEER_CONNECTIONS 8

struct peer_connection {
	int fd; /* -1: closed */
	struct peer_tls *tls; /* owned; NULL: in the clear */
	struct buf in;
};

struct peer {
	struct peer_conf conf; /* strings owned */
	char *contact;
	struct addr addr; /* its own */
	int fd;           /* UDP socket, or listening TCP socket */
	struct peer_connection connections[PEER_CONNECTIONS];
	int n_connections;
	struct msg *messages, **end; /* all, in order; owned */
	const struct msg **queue;    /* received, not yet expected */
	size_t n_queue;
	struct dialog *dialogs; /* owned */
	bool wants_repeats, wants_100;
	size_t n_repeats, n_pongs;
	unsigned n_branches, nc;
	struct buf own_trace, *trace;
	struct buf sdp;
};

/* Keeps a message in the log; it is the peer's from here on. */
const struct msg *peer_keep(struct peer *p, struct msg *m);
void peer_transmit(struct peer *p, struct msg *m);
const struct msg *peer_find_sent(struct peer *p, const char *method,
                                 const char *call_id, unsigned cseq);
/* Learns tags, target and routes of the dialog from it. */
void peer_learn(struct peer *p, const struct msg *m);

#endif
