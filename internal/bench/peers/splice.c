// An echo server for bulk: epoll(7) and splice(2), in one thread. Each connection has a pipe, through which its bytes go back
// without being copied. What a client doesn't take at once stays in its pipe, and it isn't received from until it has taken that.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 256 << 10, EVENTS = 128 };

struct client {
	int fd, pipe[2];
	size_t held; // bytes in the pipe
	int blocked;
};

static int epfd;

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

static void take(int listener)
{
	int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct client *c = calloc(1, sizeof *c);
	if (!c || pipe2(c->pipe, O_NONBLOCK | O_CLOEXEC) < 0)
		die("pipe2");
	fcntl(c->pipe[0], F_SETPIPE_SZ, SIZE);
	c->fd = fd;
	watch(EPOLL_CTL_ADD, fd, EPOLLIN, c);
}

static void forget(struct client *c)
{
	close(c->fd);
	close(c->pipe[0]);
	close(c->pipe[1]);
	free(c);
}

static void echo(struct client *c)
{
	if (!c->held) {
		ssize_t n = splice(c->fd, NULL, c->pipe[1], NULL, SIZE, SPLICE_F_NONBLOCK);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			forget(c);
			return;
		}
		c->held = n;
	}
	while (c->held) {
		ssize_t n = splice(c->pipe[0], NULL, c->fd, NULL, c->held, SPLICE_F_NONBLOCK);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			forget(c);
			return;
		}
		c->held -= n;
	}
	int blocked = c->held > 0;
	if (blocked != c->blocked)
		watch(EPOLL_CTL_MOD, c->fd, blocked ? EPOLLOUT : EPOLLIN, c);
	c->blocked = blocked;
}

int main(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof addr;
	signal(SIGPIPE, SIG_IGN);
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
			if (c)
				echo(c);
			else
				take(listener);
		}
	}
}
