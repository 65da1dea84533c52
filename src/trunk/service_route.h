/* trunk/service_route.h - the way that a registrar wants calls to take (RFC
 * 3608).  Pure. */
#ifndef B2BUA_TRUNK_SERVICE_ROUTE_H
#define B2BUA_TRUNK_SERVICE_ROUTE_H

/* The values of Service-Route, as a Route header takes them; owned by the
 * caller.  NULL when they are none: each must be a loose router in <>. */
char *service_route_read(const char *values);
/* The whole route of a call: by the outbound proxy ("<sip:proxy;lr>"; NULL:
 * none), and then as the registrar said; owned by the caller. */
char *service_route_by(const char *proxy, const char *service);

#endif
