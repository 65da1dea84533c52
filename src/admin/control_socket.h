/* admin/control_socket.h - inside src/admin: the listening UNIX socket. */
#ifndef B2BUA_ADMIN_CONTROL_SOCKET_H
#define B2BUA_ADMIN_CONTROL_SOCKET_H

#include <sys/stat.h>

struct control_socket { /* all zero is closed */
	int fd;         /* owned */
	char *path;     /* owned; NULL: not open */
	dev_t dev;      /* of the file that we made */
	ino_t ino;
};

/* 0; -EADDRINUSE: a live server answers there; -EEXIST: something that is no
 * socket stands there; -ENAMETOOLONG and what bind(2) says. */
int control_socket_open(struct control_socket *s, const char *path);
/* Removes the file too, if it is still ours. */
void control_socket_close(struct control_socket *s);

#endif
