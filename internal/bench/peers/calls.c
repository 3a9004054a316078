// The calls that BenchmarkCalls makes, in C. For each line of standard input, the name of a call, it makes that call BATCH times
// and prints how many nanoseconds one took. With an argument it has a second thread, which only waits: from then on the kernel
// counts references to a descriptor in each call.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, MANY = 8, SIZE = 64 };

static int stream[2], from, to, listener, epfd, accepted[BATCH], dialed[BATCH];
static struct sockaddr_in listening;
static char buffer[MANY][SIZE], all[BATCH * SIZE];
static struct mmsghdr headers[MANY];
static struct iovec vectors[MANY];
static struct sockaddr_storage names[MANY];

static void check(int ok, const char *call)
{
	if (!ok) {
		perror(call);
		exit(1);
	}
}

static int bound(int type, struct sockaddr_in *addr)
{
	socklen_t length = sizeof *addr;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	*addr = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	check(bind(fd, (struct sockaddr *)addr, length) == 0, "bind");
	getsockname(fd, (struct sockaddr *)addr, &length);
	return fd;
}

static void nothing(void) {}

static void fill(void)
{
	check(send(stream[0], all, sizeof all, 0) == sizeof all, "send");
}

static void drain(void)
{
	for (size_t n = 0; n < sizeof all;)
		n += recv(stream[1], all, sizeof all, 0);
}

static void fire(void)
{
	for (int i = 0; i < BATCH; i++)
		check(send(from, buffer, SIZE, 0) == SIZE, "send");
}

static void dial(void)
{
	for (int i = 0; i < BATCH; i++) {
		dialed[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		check(connect(dialed[i], (struct sockaddr *)&listening, sizeof listening) == 0, "connect");
	}
}

static void hang_up(void)
{
	struct linger reset = {.l_onoff = 1};
	for (int i = 0; i < BATCH; i++) {
		setsockopt(dialed[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		close(dialed[i]);
		close(accepted[i]);
	}
}

static int make_send(int i) { return send(stream[0], buffer, SIZE, 0) == SIZE; }
static int make_recv(int i) { return recv(stream[1], buffer, SIZE, 0) == SIZE; }

static int make_try_send(int i) { return send(stream[0], buffer, SIZE, MSG_DONTWAIT | MSG_NOSIGNAL) == SIZE; }
static int make_try_recv(int i) { return recv(stream[1], buffer, SIZE, MSG_DONTWAIT) == SIZE; }

static int make_recvfrom(int i)
{
	struct sockaddr_storage sender;
	socklen_t length = sizeof sender;
	return recvfrom(to, buffer, SIZE, 0, (struct sockaddr *)&sender, &length) == SIZE;
}

static int make_sendmsg(int i)
{
	struct iovec vector = {buffer, SIZE};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	return sendmsg(stream[0], &message, 0) == SIZE;
}

static int make_recvmmsg(int i)
{
	for (int k = 0; k < MANY; k++)
		headers[k].msg_hdr.msg_namelen = sizeof names[k];
	return recvmmsg(to, headers, MANY, 0, NULL) == MANY;
}

static int make_accept(int i)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof peer;
	return (accepted[i] = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC)) >= 0;
}

static int make_epoll_wait(int i)
{
	struct epoll_event events[8];
	return epoll_wait(epfd, events, 8, 0) == 1;
}

static int make_getsockopt(int i)
{
	int value;
	socklen_t length = sizeof value;
	return getsockopt(to, SOL_SOCKET, SO_RCVBUF, &value, &length) == 0;
}

static const struct row {
	const char *name;
	int times;
	void (*before)(void);
	int (*call)(int);
	void (*after)(void);
} rows[] = {
	{"Send", BATCH, nothing, make_send, drain},
	{"Recv", BATCH, fill, make_recv, nothing},
	{"TrySend", BATCH, nothing, make_try_send, drain},
	{"TryRecv", BATCH, fill, make_try_recv, nothing},
	{"Recvfrom", BATCH, fire, make_recvfrom, nothing},
	{"Sendmsg", BATCH, nothing, make_sendmsg, drain},
	{"Recvmmsg", BATCH / MANY, fire, make_recvmmsg, nothing},
	{"Accept", BATCH, dial, make_accept, hang_up},
	{"EpollWait", BATCH, nothing, make_epoll_wait, nothing},
	{"Getsockopt", BATCH, nothing, make_getsockopt, nothing},
};

static double turn(const struct row *r)
{
	struct timespec began, ended;
	r->before();
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int i = 0; i < r->times; i++)
		check(r->call(i), r->name);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	r->after();
	return ((ended.tv_sec - began.tv_sec) * 1e9 + (ended.tv_nsec - began.tv_nsec)) / r->times;
}

static void *wait_always(void *unused)
{
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	pthread_t second;
	struct sockaddr_in address;
	struct epoll_event ready = {.events = EPOLLOUT};
	check(argc < 2 || pthread_create(&second, NULL, wait_always, NULL) == 0, "pthread_create");
	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream) == 0, "socketpair");
	from = bound(SOCK_DGRAM, &address), to = bound(SOCK_DGRAM, &address);
	check(connect(from, (struct sockaddr *)&address, sizeof address) == 0, "connect");
	listener = bound(SOCK_STREAM, &listening);
	check(listen(listener, BATCH) == 0, "listen");
	epfd = epoll_create1(EPOLL_CLOEXEC);
	check(epoll_ctl(epfd, EPOLL_CTL_ADD, stream[0], &ready) == 0, "epoll_ctl");
	for (int k = 0; k < MANY; k++) {
		vectors[k] = (struct iovec){buffer[k], SIZE};
		headers[k].msg_hdr = (struct msghdr){.msg_name = &names[k], .msg_iov = &vectors[k], .msg_iovlen = 1};
	}
	char name[32];
	while (scanf("%31s", name) == 1) {
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			if (strcmp(rows[i].name, name) == 0)
				printf("%.2f\n", turn(&rows[i]));
		}
		fflush(stdout);
	}
	return 0;
}
