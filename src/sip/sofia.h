/* sip/sofia.h - sofia-sip as this folder sees it.
 *
 * The magic pointers that nta hands back are void here, because one kind of
 * handle serves several of our structs; each callback checks the magic number
 * of what it gets (OBJ_CHECK). */
#ifndef B2BUA_SIP_SOFIA_H
#define B2BUA_SIP_SOFIA_H

#define SU_ROOT_MAGIC_T     struct loop
#define NTA_AGENT_MAGIC_T   struct agent
#define NTA_LEG_MAGIC_T     void
#define NTA_INCOMING_MAGIC_T void
#define NTA_OUTGOING_MAGIC_T void
#define TP_CLIENT_T         struct flow
struct agent;
struct loop;
struct flow;

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_tagarg.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/tport_tag.h>

#endif
