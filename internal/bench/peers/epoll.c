// An echo server on epoll(7) as a textbook has it: one thread, level-triggered, one buffer; what a client doesn't take
// at once is kept for it, and it isn't received from until it has taken that.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 64 << 10, EVENTS = 128 };

struct client {
	int fd;
	size_t start, end; // what is owed lies between
	char *owed;
};

static int epfd;
static char buffer[SIZE];

static void die(const char *call)
{
	perror(call);
	exit(1);
}

static void watch(int op, int fd, uint32_t events, void *client)
{
	struct epoll_event event = {.events = events, .data.ptr = client};
	if (epoll_ctl(epfd, op, fd, &event) < 0)
		die("epoll_ctl");
}

static void forget(struct client *c)
{
	close(c->fd);
	free(c->owed);
	free(c);
}

static void take(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct client *c = calloc(1, sizeof *c);
	if (!c)
		die("calloc");
	c->fd = fd;
	watch(EPOLL_CTL_ADD, fd, EPOLLIN, c);
}

static void keep(struct client *c, const char *p, size_t n)
{
	c->owed = malloc(n);
	if (!c->owed)
		die("malloc");
	memcpy(c->owed, p, n);
	c->start = 0;
	c->end = n;
	watch(EPOLL_CTL_MOD, c->fd, EPOLLOUT, c);
}

static void echo(struct client *c)
{
	ssize_t n = recv(c->fd, buffer, SIZE, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		forget(c);
		return;
	}
	ssize_t sent = send(c->fd, buffer, n, MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN) {
		forget(c);
		return;
	}
	if (sent < 0)
		sent = 0;
	if (sent < n)
		keep(c, buffer + sent, n - sent);
}

static void flush(struct client *c)
{
	ssize_t sent = send(c->fd, c->owed + c->start, c->end - c->start, MSG_NOSIGNAL);
	if (sent < 0 && errno == EAGAIN)
		return;
	if (sent < 0) {
		forget(c);
		return;
	}
	c->start += sent;
	if (c->start < c->end)
		return;
	free(c->owed);
	c->owed = NULL;
	watch(EPOLL_CTL_MOD, c->fd, EPOLLIN, c);
}

int main(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof addr;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&addr, length) < 0)
		die("bind");
	if (listen(listener, 4096) < 0)
		die("listen");
	getsockname(listener, (struct sockaddr *)&addr, &length);
	epfd = epoll_create1(EPOLL_CLOEXEC);
	watch(EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
	printf("listening on tcp://127.0.0.1:%d\n", ntohs(addr.sin_port));
	fflush(stdout);
	for (;;) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(epfd, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			struct client *c = events[i].data.ptr;
			if (!c)
				take(listener);
			else if (c->owed)
				flush(c);
			else
				echo(c);
		}
	}
}
