/* Where a call's messages go, and what stands in their addresses. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "integration/bench.h"
#include "support/warp.h"

/* --- answers that come again ------------------------------------------------ */

static void a_callers_repeated_200_gets_its_ack_again(void **unused)
{
	const struct msg *ok;
	struct rig r;
	struct talk t;

	(void)unused;
	rig_open(&r, NULL);
	talk_up(&t, &r);
	peer_in_dialog(t.b, t.db, "INVITE", NULL,
	               peer_sdp(t.b, RTP_B, "sendonly"));
	ok = peer_reply(t.a, peer_expect(t.a, "INVITE"), 200, "OK", NULL,
	                peer_sdp(t.a, RTP_A, "recvonly"));
	peer_expect(t.a, "ACK"); /* as if it was lost */
	peer_ack(t.b, peer_expect(t.b, "200 INVITE"), NULL);
	for (int i = 0; i < 3; i++) {
		warp_ms(r.loop, 500);
		peer_resend(t.a, ok);
		assert_int_equal(peer_expect(t.a, "ACK")->cseq, ok->cseq);
	}
	talk_end(&t, t.b);
	rig_close(&r, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_callers_repeated_200_gets_its_ack_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
