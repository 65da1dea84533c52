/* base/worker.c - a thread that does blocking work in order. */
#include "base/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct job {
	struct job *next; /* owned by the queue */
	worker_fn *fn;
	void *arg;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t wake, idle;
	struct job *head, **tail;
	size_t backlog; /* queued and running */
	bool ending;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		struct job *j;

		while (!w->head && !w->ending)
			pthread_cond_wait(&w->wake, &w->lock);
		j = w->head;
		if (!j)
			break;
		w->head = j->next;
		if (!w->head)
			w->tail = &w->head;
		pthread_mutex_unlock(&w->lock);
		j->fn(j->arg);
		free(j);
		pthread_mutex_lock(&w->lock);
		if (--w->backlog == 0)
			pthread_cond_broadcast(&w->idle);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Signals are the signalling thread's business. */
static int start_thread(struct worker *w)
{
	sigset_t all, was;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	rc = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return -rc;
}

int worker_create(struct worker **out, const char *name)
{
	struct worker *w = xzalloc(sizeof(*w));
	int rc;

	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	pthread_cond_init(&w->idle, NULL);
	w->tail = &w->head;
	rc = start_thread(w);
	if (rc < 0) {
		free(w);
		return rc;
	}
	pthread_setname_np(w->thread, name);
	*out = w;
	return 0;
}

void worker_destroy(struct worker **wp)
{
	struct worker *w = *wp;

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->idle);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
	*wp = NULL;
}

void worker_post(struct worker *w, worker_fn *fn, void *arg)
{
	struct job *j = xzalloc(sizeof(*j));

	j->fn = fn;
	j->arg = arg;
	pthread_mutex_lock(&w->lock);
	*w->tail = j;
	w->tail = &j->next;
	w->backlog++;
	pthread_mutex_unlock(&w->lock);
	/* After: a thread that wakes up must not find the lock taken. */
	pthread_cond_signal(&w->wake);
}

void worker_flush(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->backlog > 0)
		pthread_cond_wait(&w->idle, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

size_t worker_backlog(struct worker *w)
{
	size_t n;

	pthread_mutex_lock(&w->lock);
	n = w->backlog;
	pthread_mutex_unlock(&w->lock);
	return n;
}
