/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor_sim.c: the whole monitor as a program: its serial line is a pseudo terminal or a unix socket.
 *
 *     monitor_sim pty|unix:PATH EVENTS [chatty]
 *
 * It prints "line PATH" when it is ready. What commands did to the guests is appended to EVENTS, a line each.
 * Guests print a line a second and repeat what is typed to them; chatty: the log grows as well. For tests of real
 * clients, so it ends by itself after 10 minutes.
 */
#define _GNU_SOURCE /* pseudo terminals */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "kernel/partition_view.h"

/* The fake's own nmi becomes a part of ours, which also counts. */
enum status sim_fake_nmi(struct partition *partition);
#define partition_nmi sim_fake_nmi
#include "tests/host/monitor_fakes.h"
#undef partition_nmi

enum { SIM_SECONDS_MAX = 600, SIM_POLL_MS = 2, SIM_BEAT_US = 1000000, SIM_CHANGE_US = 50000 };

static struct {
	int listener; /* -1 for a pseudo terminal */
	int line;     /* -1: nobody is there */
	FILE *events;
	bool chatty;
	size_t sent; /* of fake_uart.screen */
	uint64_t next_beat_us;
	uint32_t beats;
	enum partition_state states[FAKE_GUESTS];
	uint64_t since_us[FAKE_GUESTS];
	char heard[FAKE_GUESTS][256];
	size_t heard_bytes[FAKE_GUESTS];
	size_t taken[FAKE_GUESTS]; /* of the guests' input */
} sim = { .listener = -1, .line = -1 };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

enum status partition_nmi(struct partition *partition)
{
	fprintf(sim.events, "%s nmi\n", partition->name);
	fflush(sim.events); /* before the answer is out */
	return sim_fake_nmi(partition);
}

/* --- The line */

static void open_pty(void)
{
	struct termios raw;

	sim.line = posix_openpt(O_RDWR | O_NOCTTY);
	if (sim.line < 0 || grantpt(sim.line) != 0 || unlockpt(sim.line) != 0) {
		fail("pty");
	}
	/* Held open here too: without any reader the line is still a line. */
	int slave = open(ptsname(sim.line), O_RDWR | O_NOCTTY);
	if (slave < 0 || tcgetattr(slave, &raw) != 0) {
		fail("pty");
	}
	cfmakeraw(&raw);
	tcsetattr(slave, TCSANOW, &raw);
	printf("line %s\n", ptsname(sim.line));
}

static void open_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	sim.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	unlink(path);
	if (bind(sim.listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(sim.listener, 1) != 0) {
		fail(path);
	}
	printf("line unix:%s\n", path);
}

static void line_lost(void)
{
	if (sim.listener >= 0) {
		close(sim.line);
		sim.line = -1;
	}
}

static void take_client(void)
{
	if (sim.listener >= 0 && sim.line < 0) {
		sim.line = accept(sim.listener, NULL, NULL);
	}
	if (sim.line >= 0) {
		fcntl(sim.line, F_SETFL, fcntl(sim.line, F_GETFL) | O_NONBLOCK);
	}
}

static void wait_line(void)
{
	struct pollfd wait = { .fd = sim.line >= 0 ? sim.line : sim.listener, .events = POLLIN };
	bool flows = fake_uart.screen_used > sim.sent;

	if (poll(&wait, 1, flows ? 0 : SIM_POLL_MS) > 0 && sim.line < 0) {
		take_client();
	}
}

static void receive(void)
{
	char bytes[4096];

	if (fake_uart.keys_got == fake_uart.keys_put) {
		fake_uart.keys_got = 0;
		fake_uart.keys_put = 0;
	}
	ssize_t count = sim.line >= 0 ? read(sim.line, bytes, sizeof(bytes)) : -1;
	if (count > 0) {
		fake_type_bytes(bytes, (size_t)count);
	} else if (count == 0) {
		line_lost();
	}
}

/* Return: whether all is gone; a line on which nobody listens takes everything, as a real one does. */
static bool transmit(void)
{
	while (sim.line >= 0 && sim.sent < fake_uart.screen_used) {
		ssize_t count = write(sim.line, &fake_uart.screen[sim.sent],
				      fake_uart.screen_used - sim.sent);
		if (count < 0 && errno == EAGAIN) {
			return false;
		}
		if (count < 0) {
			line_lost();
			break;
		}
		sim.sent += (size_t)count;
	}
	fake_screen_clear();
	sim.sent = 0;
	return true;
}

/* --- The guests */

static void beat(void)
{
	char text[64];

	sim.beats++;
	for (size_t i = 0; i < FAKE_GUESTS; i++) {
		struct partition *guest = &fake_guests[i];

		if (guest->state == PARTITION_RUNNING) {
			snprintf(text, sizeof(text), "%s: beat %u\r\n", guest->name, sim.beats);
			fake_guest_prints(guest, text);
			guest->counts[0].exits[10].count += 7;
			guest->counts[0].exits[30].count += 3;
		}
	}
	if (sim.chatty) {
		log_info("sim: second %u", sim.beats);
	}
}

static void hear(size_t index)
{
	struct partition *guest = &fake_guests[index];
	char text[300];

	while (sim.taken[index] < guest->input_used) {
		char c = guest->input[sim.taken[index]++ % sizeof(guest->input)];
		if (c != '\r' && c != '\n' &&
		    sim.heard_bytes[index] + 1 < sizeof(sim.heard[index])) {
			sim.heard[index][sim.heard_bytes[index]++] = c;
			continue;
		}
		sim.heard[index][sim.heard_bytes[index]] = '\0';
		sim.heard_bytes[index] = 0;
		fprintf(sim.events, "%s heard %s\n", guest->name, sim.heard[index]);
		snprintf(text, sizeof(text), "%s heard: %s\r\n", guest->name, sim.heard[index]);
		fake_guest_prints(guest, text);
	}
}

/* What is under way is done a little later. */
static void live(size_t index)
{
	struct partition *guest = &fake_guests[index];

	if (guest->state != sim.states[index]) {
		fprintf(sim.events, "%s %s\n", guest->name, partition_state_text(guest->state));
		sim.states[index] = guest->state;
		sim.since_us[index] = fake_us;
	}
	if (fake_us - sim.since_us[index] < SIM_CHANGE_US) {
		return;
	}
	if (guest->state == PARTITION_STARTING) {
		guest->state = PARTITION_RUNNING;
	} else if (guest->state == PARTITION_ENDING) {
		guest->state = PARTITION_OFF;
	}
}

static void guests(void)
{
	if (fake_us >= sim.next_beat_us) {
		sim.next_beat_us = fake_us + SIM_BEAT_US;
		beat();
	}
	for (size_t i = 0; i < FAKE_GUESTS; i++) {
		hear(i);
		live(i);
	}
	fflush(sim.events);
}

/* --- Its life */

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void poll_monitor(void)
{
	do {
		fake_uart.fifo_full = false;
	} while (monitor_poll() && fake_uart.screen_used < FAKE_SCREEN_BYTES / 2);
}

static void run(void)
{
	uint64_t start_us = now_us() - fake_us;

	for (;;) {
		wait_line();
		receive();
		fake_us = now_us() - start_us;
		poll_monitor();
		fake_uart.line_stopped = !transmit();
		guests();
	}
}

int main(int argc, char **argv)
{
	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: monitor_sim pty|unix:PATH EVENTS [chatty]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	alarm(SIM_SECONDS_MAX);
	sim.events = fopen(argv[2], "w");
	sim.chatty = argc > 3;
	if (sim.events == NULL) {
		fail(argv[2]);
	}
	fake_start();
	log_set_clock(clock_us);
	fake_type("set paging on\r");
	if (!fake_settle()) {
		fprintf(stderr, "monitor_sim: the monitor does not come to rest\n");
		return 1;
	}
	fake_screen_clear();
	for (size_t i = 0; i < FAKE_GUESTS; i++) {
		sim.states[i] = fake_guests[i].state;
	}
	if (strncmp(argv[1], "unix:", 5) == 0) {
		open_socket(&argv[1][5]);
	} else {
		open_pty();
		take_client();
	}
	fflush(stdout);
	run();
	return 0;
}
