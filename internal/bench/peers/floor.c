// The floor: what an echo costs the kernel if no thread waits or is woken, and no call asks which socket is ready.
// One thread has both ends of CONNECTIONS connections over loopback. In each of ROUNDS rounds it sends SIZE bytes on all of
// them, echoes them at the other ends, and takes them back. Only the echoes' time counts: recv and send, and nothing else.
// It prints the CPU time of an echo in microseconds.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char buffer[64 << 10];

static void die(const char *call)
{
	perror(call);
	exit(1);
}

static void move(ssize_t (*call)(int, char *, size_t), int fd, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = call(fd, buffer + done, size - done);
		if (n <= 0)
			die("transfer");
		done += n;
	}
}

static ssize_t in(int fd, char *p, size_t n) { return recv(fd, p, n, 0); }
static ssize_t out(int fd, char *p, size_t n) { return send(fd, p, n, 0); }

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: floor CONNECTIONS SIZE ROUNDS\n");
		return 64;
	}
	int connections = atoi(argv[1]), rounds = atoi(argv[3]), one = 1;
	size_t size = atoi(argv[2]);
	int *client = calloc(connections, sizeof *client), *server = calloc(connections, sizeof *server);
	if (!client || !server || size > sizeof buffer)
		die("size");
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof addr;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&addr, length) < 0 || listen(listener, 16) < 0)
		die("listen");
	getsockname(listener, (struct sockaddr *)&addr, &length);
	for (int i = 0; i < connections; i++) {
		client[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(client[i], (struct sockaddr *)&addr, length) < 0)
			die("connect");
		server[i] = accept(listener, NULL, NULL);
		if (server[i] < 0)
			die("accept");
		setsockopt(client[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		setsockopt(server[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	}
	double spent = 0;
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < connections; i++)
			move(out, client[i], size);
		double start = now();
		for (int i = 0; i < connections; i++) {
			move(in, server[i], size);
			move(out, server[i], size);
		}
		spent += now() - start;
		for (int i = 0; i < connections; i++)
			move(in, client[i], size);
	}
	printf("%.3f\n", spent / rounds / connections);
	return 0;
}
