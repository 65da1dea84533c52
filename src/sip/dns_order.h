/* sip/dns_order.h - in which order the records of an answer are to be tried.
 * Pure: data and chance in, an order out (RFC 2782, RFC 3263 4.1). */
#ifndef B2BUA_SIP_DNS_ORDER_H
#define B2BUA_SIP_DNS_ORDER_H

#include "sip/agent.h"
#include "sip/dns_message.h"

/* A stream of numbers that its start decides (splitmix64). */
uint64_t dns_chance(uint64_t *state);

/* Writes the n indices of the SRV records s into order: by priority, among
 * equals drawn by weight. */
void srv_order(const struct dns_service *s, size_t n, uint64_t seed,
               size_t *order);

/* Writes into order the indices of the NAPTR records that lead to an SRV
 * record of a transport we speak, the first to be tried first, and that
 * transport beside each; returns how many.  transports: bits 1 << SIP_UDP
 * ...; is_sips: nothing but TLS will do. */
size_t naptr_order(const struct dns_pointer *p, size_t n, unsigned transports,
                   bool is_sips, size_t *order, enum sip_transport *speaks);

#endif
