/* guard/filter.c - the banned as a classic BPF program.
 *
 *     the IP version of the packet: 4, 6 or accept
 *     4: the source address, searched for in a tree of comparisons
 *     6: of its upper 64 bits the lower half in a tree, then the other half
 *
 * A jump of BPF's reaches 255 instructions, so each fork of a tree is two of
 * them: "below the middle?" and a far jump to the upper half. */
#include "guard/filter.h"

#include <stdlib.h>

#define ACCEPT        0xffffffffu
#define LEAF          8  /* sources looked at one by one */
#define FIXED         12 /* instructions around the two trees */
#define COST_V4       2  /* instructions for each source; and */
#define COST_LEAF     3  /* for each leaf, its end and its fork */
#define COST_V6       (5 + COST_LEAF) /* it may be alone in its leaf */

#define IP_SOURCE     12 /* RFC 791 3.1 */
#define IP6_SOURCE    8  /* RFC 8200 3 */

static void emit(struct filter *f, unsigned code, unsigned k, size_t jt,
                 size_t jf)
{
	f->code[f->len++] = (struct sock_filter){
		(__u16)code, (__u8)jt, (__u8)jf, k
	};
}

static void load(struct filter *f, unsigned size, unsigned at)
{
	/* relative to the IP header, whatever the socket */
	emit(f, BPF_LD | size | BPF_ABS, (unsigned)SKF_NET_OFF + at, 0, 0);
}

static uint32_t sort_word(const struct source *s)
{
	return s->is_v6 ? s->word[1] : s->word[0];
}

static void leaf(struct filter *f, const struct source *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		emit(f, BPF_JMP | BPF_JEQ | BPF_K, sort_word(&s[i]), 0,
		     s[i].is_v6 ? 4 : 1);
		if (s[i].is_v6) {
			load(f, BPF_W, IP6_SOURCE);
			emit(f, BPF_JMP | BPF_JEQ | BPF_K, s[i].word[0], 0, 1);
		}
		emit(f, BPF_RET | BPF_K, 0, 0, 0);
		if (s[i].is_v6)
			load(f, BPF_W, IP6_SOURCE + 4);
	}
	emit(f, BPF_RET | BPF_K, ACCEPT, 0, 0);
}

/* Where to part them: never between two with the same word; 0: nowhere. */
static size_t middle(const struct source *s, size_t n)
{
	for (size_t i = n / 2; i < n; i++)
		if (sort_word(&s[i]) != sort_word(&s[i - 1]))
			return i;
	for (size_t i = n / 2; i > 0; i--)
		if (sort_word(&s[i]) != sort_word(&s[i - 1]))
			return i;
	return 0;
}

static void tree(struct filter *f, const struct source *s, size_t n)
{
	size_t cut = n > LEAF ? middle(s, n) : 0, jump;

	if (cut == 0) {
		leaf(f, s, n);
		return;
	}
	emit(f, BPF_JMP | BPF_JGE | BPF_K, sort_word(&s[cut]), 0, 1);
	jump = f->len;
	emit(f, BPF_JMP | BPF_JA, 0, 0, 0);
	tree(f, s, cut);
	f->code[jump].k = (__u32)(f->len - jump - 1);
	tree(f, s + cut, n - cut);
}

static int by_word(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->is_v6 != y->is_v6)
		return x->is_v6 < y->is_v6 ? -1 : 1;
	if (sort_word(x) != sort_word(y))
		return sort_word(x) < sort_word(y) ? -1 : 1;
	return x->word[0] < y->word[0] ? -1 : x->word[0] > y->word[0];
}

/* A leaf of IPv4 is at least half full: that bounds their number. */
static size_t fitting(const struct source *s, size_t n, size_t most)
{
	size_t cost = FIXED, v4 = 0, i;

	for (i = 0; i < n; i++) {
		cost += s[i].is_v6 ? COST_V6 : COST_V4;
		if (!s[i].is_v6 && v4++ % (LEAF / 2) == 0)
			cost += COST_LEAF;
		if (cost > most)
			break;
	}
	return i;
}

void filter_build(struct filter *out, struct source *s, size_t n, size_t most)
{
	size_t v4 = 0, jump;

	out->len = 0;
	n = fitting(s, n, most < FILTER_MAX ? most : FILTER_MAX);
	out->taken = n;
	qsort(s, n, sizeof(*s), by_word);
	while (v4 < n && !s[v4].is_v6)
		v4++;
	load(out, BPF_B, 0);
	emit(out, BPF_ALU | BPF_AND | BPF_K, 0xf0, 0, 0);
	emit(out, BPF_JMP | BPF_JEQ | BPF_K, 0x40, 3, 0);
	emit(out, BPF_JMP | BPF_JEQ | BPF_K, 0x60, 1, 0);
	emit(out, BPF_RET | BPF_K, ACCEPT, 0, 0);
	jump = out->len;
	emit(out, BPF_JMP | BPF_JA, 0, 0, 0); /* to 6 */
	load(out, BPF_W, IP_SOURCE);
	tree(out, s, v4);
	out->code[jump].k = (__u32)(out->len - jump - 1);
	load(out, BPF_W, IP6_SOURCE + 4);
	tree(out, s + v4, n - v4);
}
