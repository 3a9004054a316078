// A load as ordinary clients make it: one send and one receive call per message, by one thread on epoll(7).
//
//	load URL CONNECTIONS SIZE DEPTH SECONDS [reconnect]
//
// Each connection has DEPTH messages of SIZE bytes in flight; with reconnect it is closed after one message, and opened again.
// A message begins with its number; all bytes that come back are compared. It prints what echoclient -json prints.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 128, PATIENCE = 10000 };

struct client {
	int fd, blocked;     // blocked: epoll reports when there is space to send
	uint64_t sent, done; // messages
	size_t out, in;      // bytes of the next message to be sent, and to be received
	double *began;       // when each message in flight was sent
};

static struct sockaddr_in server = {.sin_family = AF_INET};
static int epfd, type, depth, reconnect;
static size_t size;
static char *message, *answer;
static double *latencies;
static size_t count, room;

static void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void wrong(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void record(double began)
{
	if (count == room) {
		room = room ? 2 * room : 1 << 20;
		latencies = realloc(latencies, room * sizeof *latencies);
		if (!latencies)
			die("realloc");
	}
	latencies[count++] = seconds(CLOCK_MONOTONIC) - began;
}

static void watch(int op, struct client *c, int blocked)
{
	struct epoll_event event = {.events = EPOLLIN | (blocked ? EPOLLOUT : 0), .data.ptr = c};
	if (epoll_ctl(epfd, op, c->fd, &event) < 0)
		die("epoll_ctl");
	c->blocked = blocked;
}

// push sends until DEPTH messages are in flight, or the socket takes no more.
static void push(struct client *c)
{
	while (c->sent - c->done < (uint64_t)depth) {
		if (!c->out && !reconnect)
			c->began[c->sent % depth] = seconds(CLOCK_MONOTONIC);
		memcpy(message, &c->sent, sizeof c->sent);
		ssize_t n = send(c->fd, message + c->out, size - c->out, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			if (!c->blocked)
				watch(EPOLL_CTL_MOD, c, 1);
			return;
		}
		if (n < 0)
			die("send");
		c->out += n;
		if (c->out < size)
			continue;
		c->out = 0;
		c->sent++;
		if (reconnect && shutdown(c->fd, SHUT_WR) < 0)
			die("shutdown");
	}
	if (c->blocked)
		watch(EPOLL_CTL_MOD, c, 0);
}

static void start(struct client *c)
{
	int one = 1;
	c->sent = c->done = c->out = c->in = 0;
	c->began[0] = seconds(CLOCK_MONOTONIC);
	c->fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&server, sizeof server) < 0)
		die("connect");
	if (type == SOCK_STREAM)
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	watch(EPOLL_CTL_ADD, c, 0);
}

static void pull(struct client *c)
{
	ssize_t n = recv(c->fd, answer, reconnect ? size : size - c->in, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		die("recv");
	if (n == 0 && reconnect && c->in == size) {
		close(c->fd);
		record(c->began[0]);
		start(c);
		push(c);
		return;
	}
	memcpy(message, &c->done, sizeof c->done);
	if (n == 0 || c->in + n > size || memcmp(answer, message + c->in, n) != 0)
		wrong("wrong answer");
	c->in += n;
	if (c->in < size || reconnect)
		return;
	record(c->began[c->done % depth]);
	c->in = 0;
	c->done++;
	push(c);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

// percentile is the latency, in ns, that so many percent of the messages didn't exceed.
static double percentile(size_t percent)
{
	return latencies[(count * percent + 99) / 100 - 1] * 1e9;
}

static void report(double elapsed, double cpu)
{
	if (!count)
		wrong("no answer");
	qsort(latencies, count, sizeof *latencies, ascending);
	printf("{\"messages\": %zu, \"messages_per_second\": %.1f, \"cpu_seconds\": %.6f, \"latency_ns\": {\"p50\": %.0f, \"p99\": %.0f}}\n",
	       count, count / elapsed, cpu, percentile(50), percentile(99));
}

int main(int argc, char **argv)
{
	if (argc < 6) {
		fprintf(stderr, "usage: load URL CONNECTIONS SIZE DEPTH SECONDS [reconnect]\n");
		return 64;
	}
	char *port = strrchr(argv[1], ':');
	int connections = atoi(argv[2]);
	double duration = atof(argv[5]);
	size = atoi(argv[3]), depth = atoi(argv[4]), reconnect = argc > 6;
	type = strncmp(argv[1], "udp", 3) ? SOCK_STREAM : SOCK_DGRAM;
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.sin_port = htons(port ? atoi(port + 1) : 0);
	message = malloc(size), answer = malloc(size);
	struct client *clients = calloc(connections, sizeof *clients);
	if (!message || !answer || !clients || size < sizeof clients->sent)
		die("size");
	for (size_t i = 0; i < size; i++)
		message[i] = i * 31;
	epfd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < connections; i++) {
		clients[i].began = calloc(depth, sizeof *clients[i].began);
		if (!clients[i].began)
			die("calloc");
		start(&clients[i]);
	}
	double began = seconds(CLOCK_MONOTONIC), now = began;
	for (int i = 0; i < connections; i++)
		push(&clients[i]);
	while ((now = seconds(CLOCK_MONOTONIC)) < began + duration) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(epfd, events, EVENTS, PATIENCE);
		if (n == 0)
			errno = ETIMEDOUT;
		if (n <= 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < n; i++) {
			if (events[i].events & EPOLLOUT)
				push(events[i].data.ptr);
			if (events[i].events & ~EPOLLOUT)
				pull(events[i].data.ptr);
		}
	}
	report(now - began, seconds(CLOCK_PROCESS_CPUTIME_ID));
	return 0;
}
