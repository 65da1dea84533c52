/* Replies of DNS servers, or of whoever pretends to be one. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "sip/dns_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct dns_answer *a, enum dns_type type)
{
	if (a->n > DNS_MAX_RECORDS || (a->status == DNS_FOUND) != (a->n > 0))
		abort();
	for (size_t i = 0; i < a->n; i++) {
		if (type == DNS_SRV ? !a->services[i].host
				    : !addr_is_set(&a->addrs[i]))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned ttl = 0;

	for (enum dns_type type = DNS_A; type <= DNS_NAPTR; type++) {
		struct dns_answer a;

		dns_read(&a, type, data, size);
		check(&a, type);
		dns_answer_clear(&a);
	}
	if (dns_negative_ttl(&ttl, data, size) && ttl > INT32_MAX)
		abort();
	if (dns_answer_ttl(&ttl, data, size) && ttl > INT32_MAX)
		abort();
	return 0;
}
