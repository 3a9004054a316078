// An echo server for UDP, as short as it can be: recvfrom and sendto in a loop.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static char buffer[64 << 10];

int main(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof addr;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&addr, length) < 0) {
		perror("bind");
		exit(1);
	}
	getsockname(fd, (struct sockaddr *)&addr, &length);
	printf("listening on udp://127.0.0.1:%d\n", ntohs(addr.sin_port));
	fflush(stdout);
	for (;;) {
		struct sockaddr_in peer;
		socklen_t length = sizeof peer;
		ssize_t n = recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &length);
		if (n >= 0)
			sendto(fd, buffer, n, 0, (struct sockaddr *)&peer, length);
	}
}
