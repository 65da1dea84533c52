/* media/relay.h - a relay thread and the queue of commands to it.
 *
 * The functions are called by the signalling thread.  Commands are carried
 * out in order, between two batches of packets. */
#ifndef B2BUA_MEDIA_RELAY_H
#define B2BUA_MEDIA_RELAY_H

#include "media/stream.h"
#include "media/forward.h"

struct relay;

int relay_create(struct relay **out, unsigned number);
/* Carries out what was queued and ends the thread.  Two steps, since a stream
 * on its way from one thread to another needs both: first stop all of them,
 * then destroy. */
void relay_stop(struct relay *r);
void relay_destroy(struct relay **rp); /* NULL-safe */

/* Takes f over and watches its sockets at once: 0, or -errno and f is
 * destroyed (by the thread, soon). */
int relay_add(struct relay *r, struct stream *f);
void relay_set_remote(struct relay *r, struct stream *f,
                      const struct endpoint_remote *remote);
void relay_connect(struct relay *r, struct stream *a, struct stream *b);
void relay_disconnect(struct relay *r, struct stream *f);
/* 128 payload types, copied; NULL: none is changed. */
void relay_set_numbers(struct relay *r, struct stream *f,
                       const uint8_t *numbers);
/* Silence for a stream that is not connected; NULL: no more. */
void relay_set_silence(struct relay *r, struct stream *f,
                       const struct media_silence *s);
/* f must not be connected.  Later commands about it go to `to`. */
void relay_move(struct relay *r, struct stream *f, struct relay *to);
/* Disconnects and destroys it, within a second: the thread is not woken. */
void relay_remove(struct relay *r, struct stream *f);

/* Commands between hold and push need one wake-up of the thread together. */
void relay_hold(struct relay *r);
void relay_push(struct relay *r);

/* Waits until everything posted before has been carried out. */
void relay_flush(struct relay *r);

const struct forward_totals *relay_totals(const struct relay *r);

#endif
