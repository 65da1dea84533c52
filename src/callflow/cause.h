/* callflow/cause.h - cause names and SIP status codes, both ways, as
 * FreeSWITCH and Kazoo map them.  Pure tables. */
#ifndef B2BUA_CALLFLOW_CAUSE_H
#define B2BUA_CALLFLOW_CAUSE_H

/* The cause name of a failed leg's SIP status: "USER_BUSY" for 486.  A
 * literal; "NORMAL_UNSPECIFIED" for codes without a row. */
const char *cause_of_status(int status);
/* The cause name of a Q.850 number, as a Reason header brings it (RFC 3326);
 * NULL for numbers without a row. */
const char *cause_of_q850(int number);
/* ... and back; 0 for names without a row. */
int q850_of_cause(const char *cause);
/* The SIP status of a cause on an unanswered leg: 486 for "USER_BUSY"; 480
 * for names without a row. */
int status_of_cause(const char *cause);
/* Kazoo's default response to a cause: status, with its phrase in *reason;
 * 0 when nothing is configured for this cause. */
int response_of_cause(const char *cause, const char **reason);
/* The usual reason phrase: "Busy Here" for 486; "Call Failed" for codes
 * without a row. */
const char *phrase_of_status(int status);

#endif
